#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: environment_info
short_description: Find out what no documentation says about this Exchange
version_added: 1.0.0
description:
  - Finds out by reading how this Exchange behaves where public documentation is silent or contradicts itself, and what that
    means for a dial tone recovery.
  - Asks which cmdlets and parameters the account's roles grant, what the endpoint accepts, how objects look, what restore
    requests that happen to exist show, how many databases there is room for, and where C(eseutil) is and what it prints.
  - What reading can't tell is said to be unknown. Nothing is changed.
options: {}
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.info
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.recovery_info
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Find out how this Exchange behaves
  dialtone.exchange.environment_info:
  register: environment

- name: Show what stands in the way of a recovery
  ansible.builtin.debug:
    var: environment.problems
"""

RETURN = r"""
facts:
  description: What was found out, and what could not be.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Number of the fact in the page of what has not been seen on a real Exchange server.
      type: str
      returned: success
      sample: 6a
    scope:
      description: Whether the answer is that of the whole V(organisation) or of this V(server).
      type: str
      returned: success
    question:
      description: The question.
      type: str
      returned: success
    answer:
      description: The answer. It begins with C(unknown) where reading can't tell.
      type: str
      returned: success
    means:
      description: What that means for a recovery.
      type: str
      returned: success
    problem:
      description: Whether a recovery would suffer from it.
      type: bool
      returned: success
    remedy:
      description: What to do about a problem; else null.
      type: str
      returned: success
problems:
  description: The problems as sentences, each with its remedy.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import environment_info


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(environment_info.ARGUMENT_SPEC, environment_info.run)


if __name__ == "__main__":
    main()
