#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: connection_info
short_description: Check how Exchange is reached, and what the account may do
version_added: 1.0.0
description:
  - Says which libraries and which interpreter are used, which ticket and service principal Kerberos works with, how the
    clocks differ, how each of the two endpoints is reached, and which cmdlets and parameters the account lacks for a
    recovery.
  - Each problem comes with its remedy. Where no session can be opened, that is a problem of the list and no failure of the
    task, so that the rest can be read.
  - Nothing is changed.
options: {}
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.info
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.environment_info
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Check the way to Exchange
  dialtone.exchange.connection_info:
  register: way

- name: Stop if the account or the controller is not ready for a recovery
  ansible.builtin.assert:
    that: way.problems | length == 0
    fail_msg: "{{ way.problems | join(' ') }}"
"""

RETURN = r"""
connected:
  description: Whether a session with the Exchange endpoint could be opened.
  returned: success
  type: bool
interpreter:
  description: The C(executable) and C(version) of the Python that connects.
  returned: success
  type: dict
libraries:
  description: The Python libraries that this connection needs, with C(name), version C(found) and C(needed), C(purpose), and
    whether the version is C(good).
  returned: success
  type: list
  elements: dict
ticket:
  description:
    - Where Kerberos takes its ticket from (C(source) is V(password), V(keytab) or V(cache)), its C(principal), the
      C(seconds_left), and the C(problem) with its C(remedy) if there is none.
    - Null without Kerberos.
  returned: success
  type: dict
service_principal:
  description: The service principal that a ticket is asked for; null without Kerberos.
  returned: success
  type: str
  sample: HTTP/mbx1.contoso.com
clock_skew_seconds:
  description: Seconds by which the server's clock is fast, by what its web site tells; null if that is not known.
  returned: success
  type: float
channels:
  description: The two endpoints, V(cmdlets) and V(programs) by C(name), each with its C(url), C(auth), C(protection), and
    whether it C(works); null if that was not tried.
  returned: success
  type: list
  elements: dict
server:
  description: FQDN of the Exchange server; null without a session.
  returned: success
  type: str
domain_controller:
  description: FQDN of the domain controller in use; null without a session.
  returned: success
  type: str
account:
  description: The account as the server's Windows knows it; null if programs can't be run.
  returned: success
  type: str
rights:
  description:
    - Whether the endpoint tells what the account may do (C(known)), of which built-in roles it may do all that the collection
      uses (C(roles_found)) and of which not (C(roles_missing)), and what is C(missing).
    - Each missing entry has C(cmdlet), C(parameters) (empty if the whole cmdlet is missing), the built-in C(role) that grants
      it, the C(stages) that need it, and whether they stop without it (C(essential)).
    - Null without a session.
  returned: success
  type: dict
sessions:
  description: How many sessions this controller has C(held) for the account just now, and how many its throttling policy
    C(allowed), each null if that is not known. Null without a session.
  returned: success
  type: dict
problems:
  description: The problems as sentences, each with its remedy.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import connection_info


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(connection_info.ARGUMENT_SPEC, connection_info.run, connection_info.unreached)


if __name__ == "__main__":
    main()
