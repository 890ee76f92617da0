#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_configuration
short_description: Point the mailboxes of one database at another
version_added: 1.0.0
description:
  - Rehomes every mailbox of a failed database. That is a change in the directory only; no mail is moved, and the users find an empty
    mailbox in the other database.
  - Covers users, shared, room, equipment, linked and discovery mailboxes, archives (also those whose owner lives elsewhere), and the
    arbitration, audit log, auxiliary audit log and group mailboxes, however many there are.
  - Monitoring mailboxes are left, since the health manager creates them anew. Mailboxes with a move request are left until it is
    gone.
  - A list of who was where is written to the controller before the first change, and the number is proven afterwards.
  - A mailbox that Exchange refuses does not stop the others; the task fails at the end and names it. Run it again to go on.
options:
  source_database:
    description: Name of the database that the mailboxes are on. It must be dismounted.
    type: str
    required: true
  target_database:
    description:
      - Name of the database to point them at.
      - The name of O(source_database) itself is for a recovery in place. Then nothing is changed, and everyone is put into the ledger.
    type: str
    required: true
  ledger:
    description:
      - File on the controller for the list, one row per mailbox and archive, as JSON. A CSV file of the same name lies beside it.
        Both are readable by their owner only.
      - An existing ledger of the same recovery is continued; where a mailbox came from is never overwritten.
    type: path
    required: true
  archives:
    description:
      - V(rehome) points archives on the source database at the target database, so that they come back with the same swap.
      - V(leave) leaves them. They can't be reached until they are rehomed after the swap.
    type: str
    choices: [rehome, leave]
    default: rehome
  public_folders:
    description:
      - V(leave) leaves public folder mailboxes, since an empty one confuses clients and the hierarchy.
      - V(rehome) rehomes them as well. Use it after the swap, when the target database holds their content.
    type: str
    choices: [rehome, leave]
    default: leave
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.dial_tone_database
  - module: dialtone.exchange.mail_queue
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Point the mailboxes at the dial tone database
  dialtone.exchange.mailbox_configuration:
    source_database: DB01
    target_database: DB01-DT
    ledger: evidence/DB01/ledger.json

- name: After the swap, bring the public folder mailboxes, too
  dialtone.exchange.mailbox_configuration:
    source_database: DB01
    target_database: DB01-DT
    ledger: evidence/DB01/ledger.json
    public_folders: rehome
"""

RETURN = r"""
rehomed:
  description:
    - Number of mailboxes and archives that were rehomed by this task, proven by reading the target database.
    - In check mode those that would be.
  returned: success
  type: int
  sample: 132
already:
  description: Number of mailboxes and archives that were on the target database before.
  returned: success
  type: int
  sample: 0
by_kind:
  description: The number in RV(rehomed) by C(RecipientTypeDetails); archives count as C(Archive).
  returned: success
  type: dict
  sample: {UserMailbox: 104, SharedMailbox: 8, Archive: 12}
left:
  description: Mailboxes that are left on the source database on purpose.
  returned: success
  type: list
  elements: dict
  contains:
    <<: &mailbox
      display_name:
        description: Display name.
        type: str
        returned: success
      primary_smtp_address:
        description: Primary address.
        type: str
        returned: success
      guid:
        description: GUID of the directory object.
        type: str
        returned: success
      exchange_guid:
        description: GUID of the mailbox or archive.
        type: str
        returned: success
      kind:
        description: C(RecipientTypeDetails), or C(Archive).
        type: str
        returned: success
    reason:
      description: Why it is left.
      type: str
      returned: success
waiting:
  description:
    - Number of those in RV(left) that wait for the source database's files, or for a move request to end. All but
      monitoring mailboxes, of which each database has its own.
  returned: success
  type: int
  sample: 2
failures:
  description: Mailboxes that Exchange refused to rehome. If there are any, the task fails.
  returned: success
  type: list
  elements: dict
  contains:
    <<: *mailbox
    error:
      description: What Exchange said.
      type: str
      returned: success
    remedy:
      description: What to do, if it is known.
      type: str
      returned: success
remaining:
  description:
    - Number of mailboxes and archives that are still on the source database although they were to be rehomed.
    - Always 0 when the task succeeds, and in check mode.
  returned: success
  type: int
  sample: 0
ledger:
  description: Path of the ledger.
  returned: success
  type: str
  sample: evidence/DB01/ledger.json
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    mailbox_configuration,
)


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(mailbox_configuration.ARGUMENT_SPEC, mailbox_configuration.run)


if __name__ == "__main__":
    main()
