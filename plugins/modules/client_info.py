#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: client_info
short_description: Whose programs must be told another server name, and why
version_added: 1.0.0
description:
  - Lists the mailboxes whose programs may have the name of a server typed into them, when their database's server changes.
    Programs that use Autodiscover, Outlook first of all, find their mailbox by themselves and are not listed.
  - If your users reach Exchange by a name common to all servers (a load balancer, an alias in DNS), only the exceptions
    concern you. Then give O(protocols=[]).
  - Changes nothing. The list can be written as a CSV file on the controller, for its owner only, which is not done in check mode.
options:
  databases:
    description: Names of the databases whose users are listed. One that doesn't exist is left out, with a warning.
    type: list
    elements: str
    required: true
  from_server:
    description: Name of the server that the programs know.
    type: str
    required: true
  to_server:
    description: Name of the server that they must know now. If it is the same server, the list is empty.
    type: str
    required: true
  protocols:
    description:
      - Ways of access that are used in the organisation.
      - Exchange allows POP and IMAP for every mailbox unless an admin forbids them, though their services don't run by default.
        Leave out what nobody can use.
    type: list
    elements: str
    choices: [pop, imap, activesync]
    default: [pop, imap, activesync]
  exceptions:
    description: Mailboxes that are used by something with a typed-in server name, whatever the protocol, such as a scanner.
    type: list
    elements: dict
    default: []
    suboptions:
      mailbox:
        description: Its primary SMTP address, alias or GUID. It may live anywhere; only those on O(databases) are listed.
        type: str
        required: true
      reason:
        description: What uses it.
        type: str
        required: true
  csv:
    description: File on the controller for the list, mode 0600. It is replaced.
    type: path
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.info
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.mailbox_configuration
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: List who is affected when DB01 goes from MBX1 to MBX2
  dialtone.exchange.client_info:
    databases: [DB01, DB01-DT]
    from_server: MBX1
    to_server: MBX2
    csv: dialtone-evidence/DB01/clients-MBX2.csv

- name: Only phones, and a scanner that everybody knows of
  dialtone.exchange.client_info:
    databases: [DB01]
    from_server: MBX1
    to_server: MBX2
    protocols: [activesync]
    exceptions:
      - mailbox: scanner@contoso.example
        reason: the scanner on floor 2 sends by MBX1
"""

RETURN = r"""
clients:
  description: The mailboxes whose programs may have the old server's name, by display name.
  returned: success
  type: list
  elements: dict
  contains:
    display_name:
      description: Name of the mailbox.
      type: str
      returned: success
    primary_smtp_address:
      description: Its address.
      type: str
      returned: success
    guid:
      description: GUID of its directory object.
      type: str
      returned: success
    database:
      description: The database it lives on now.
      type: str
      returned: success
    from_server:
      description: The server its programs know.
      type: str
      returned: success
    to_server:
      description: The server they must know now.
      type: str
      returned: success
    clients:
      description: V(pop), V(imap), V(activesync), V(exception).
      type: list
      elements: str
      returned: success
    why:
      description: The reasons as one line.
      type: str
      returned: success
mailboxes:
  description: How many mailboxes the databases have, affected or not.
  returned: success
  type: int
  sample: 120
by_client:
  description: How many mailboxes by kind of client.
  returned: success
  type: dict
  sample: {"activesync": 14, "exception": 1}
csv:
  description: The file that was written; null if none was asked for.
  returned: success
  type: str
  sample: dialtone-evidence/DB01/clients-MBX2.csv
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import client_info


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(client_info.ARGUMENT_SPEC, client_info.run)


if __name__ == "__main__":
    main()
