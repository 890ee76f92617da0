#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_restore_request
short_description: Merge what a recovery database holds into production
version_added: 1.0.0
description:
  - After a swap that is what arrived in the dial tone period. Where the restored file must not become production, it is all the old
    mail, and the dial tone database stays in production (O(merge_direction)).
  - Copies every mailbox and archive that a mounted recovery database holds into its production mailbox, by restore requests with
    names of their own, and waits until all are complete.
  - A mailbox of the recovery database belongs to the mailbox with the same C(ExchangeGuid), an archive to the one with the same
    C(ArchiveGuid). Names play no part. Mailboxes without data there need no request.
  - A request is judged by its items. A failed one is resumed; one with items that can't be read is resumed with O(bad_item_limit),
    and every skipped item is listed. Queued and stalled requests are waited for, since Exchange works on some ten at a time.
  - When every item is accounted for, an empty folder C(merged-<run id>) is put beside the merged files, and then the own requests
    are removed. The folder is how a later run, on any controller, knows that nothing is left to do.
  - Requests of others are never touched. The same task goes on after any stop; a mailbox that is merged is never merged again.
options:
  source_database:
    description: Name of the mounted recovery database over the files to merge, which O(merge_direction) names.
    type: str
    required: true
  target_database:
    description: Name of the production database, the former dial tone database.
    type: str
    required: true
  failed_database:
    description: Name of the database that failed.
    type: str
    required: true
  run_id:
    description: Run id of the recovery, as M(dialtone.exchange.dial_tone_database) or M(dialtone.exchange.recovery_info) returned it.
    type: str
    required: true
  recovery_root:
    description: Folder of everything the recovery keeps. By default found by the path of O(target_database).
    type: str
  merge_direction:
    description:
      - V(dial_tone_into_old) merges the dial tone files, in C(swapped) since the swap, into the restored database.
      - V(old_into_dial_tone) merges the restored file, in C(restored), into the dial tone database, and there is no swap. It is for
        files that must not become production, such as those that C(eseutil /p) has repaired.
      - Folder permissions, rights of delegates and, with O(associated_messages=DoNotCopy), rules, views and forms of the old mailboxes
        don't come back then. RV(left_behind) lists whose, and the ledger says so in each row.
      - The task fails when most mailboxes of the restored file belong to nobody on O(target_database), since the signature of a
        repaired file doesn't tell whose it is.
    type: str
    choices: [dial_tone_into_old, old_into_dial_tone]
    default: dial_tone_into_old
  bad_item_limit:
    description:
      - How many items of a mailbox may be unreadable, from 0 to 50. As many may be too large.
      - Each request begins with none allowed, so that nothing is skipped without being seen first.
    type: int
    default: 10
  conflict_resolution:
    description:
      - Which item stays when both sides have it.
      - Ways that double items are not offered.
    type: str
    choices: [KeepLatestItem, KeepSourceItem, KeepTargetItem]
    default: KeepLatestItem
  associated_messages:
    description:
      - What happens to hidden items (rules, views, forms) of the recovery database. V(DoNotCopy) keeps the production mailbox's own
        ones. Rules that are copied point at folders of another database.
      - V(Copy) doubles them each time.
    type: str
    choices: [DoNotCopy, MapByMessageClass, Copy]
    default: DoNotCopy
  priorities:
    description:
      - Whose request comes first. Keys are primary addresses, aliases or GUIDs, values the priority of the request.
      - V(Lowest), V(Lower), V(Low), V(Normal), V(High), V(Higher), V(Highest) or V(Emergency).
    type: dict
    default: {}
  ledger:
    description:
      - File for the ledger, on the controller. A CSV file of the same name lies beside it. Only its owner can read them.
      - One row per mailbox and archive. It is written before the first request is created.
    type: path
    required: true
  adopt:
    description:
      - The recovery database was made by hand, and may lie anywhere. Requests that somebody has created from it, under any name or
        batch, count as those of this recovery. They are not created twice, and are removed at the end like those.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for all requests. After that the task fails, while Exchange goes on with them.
    type: int
    default: 86400
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
notes:
  - Folder permissions, rules and other settings made in the dial tone period are not merged; those of the restored mailbox stay.
  - In check mode, before the swap or the restore, the recovery database doesn't exist yet. Then the task only predicts that there will be a change.
seealso:
  - module: dialtone.exchange.recovery_database
  - module: dialtone.exchange.database_swap
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Merge the mail of the dial tone period
  dialtone.exchange.mailbox_restore_request:
    source_database: DB01-Merge-20261122-141502
    target_database: DB01-DT
    failed_database: DB01
    run_id: 20261122-141502
    ledger: ./dialtone-evidence/DB01/ledger.json
  register: merge

- name: Merge the old mail from a repaired file into the dial tone database
  dialtone.exchange.mailbox_restore_request:
    source_database: DB01-Merge-20261122-141502
    target_database: DB01-DT
    failed_database: DB01
    run_id: 20261122-141502
    merge_direction: old_into_dial_tone
    ledger: ./dialtone-evidence/DB01/ledger.json

- name: Merge, the board first, and allow more unreadable items
  dialtone.exchange.mailbox_restore_request:
    source_database: DB01-Merge-20261122-141502
    target_database: DB01-DT
    failed_database: DB01
    run_id: 20261122-141502
    ledger: ./dialtone-evidence/DB01/ledger.json
    bad_item_limit: 30
    priorities:
      ann@example.com: High
      helpdesk@example.com: Higher
"""

RETURN = r"""
merged:
  description: Mailboxes and archives of this recovery that are merged, those of earlier runs included.
  returned: success
  type: int
  sample: 97
item_count:
  description: Items copied for them, as the ledger has it.
  returned: success
  type: int
  sample: 1284
bytes:
  description: Bytes that the requests of this run copied.
  returned: success
  type: int
  sample: 83886080
requests:
  description: Number of own restore requests by state, as they were when they were removed; in check mode those that exist.
  returned: success
  type: dict
  sample: {"Completed": 97}
skipped_items:
  description: Every item that could not be read and was left out in this run. The ledger keeps them, too.
  returned: success
  type: list
  elements: dict
  contains:
    mailbox:
      description: Whose item it is.
      type: str
      returned: success
    mailbox_guid:
      description: GUID of the mailbox in the store.
      type: str
      returned: success
    archive:
      description: Whether it was in the archive.
      type: bool
      returned: success
    kind:
      description: Why it was skipped, as V(Corrupt) or V(Large).
      type: str
      returned: success
    folder:
      description: Its folder, if Exchange tells it.
      type: str
      returned: success
    subject:
      description: Its subject, if Exchange tells it.
      type: str
      returned: success
    reason:
      description: What Exchange says about it.
      type: str
      returned: success
left_behind:
  description: With O(merge_direction=old_into_dial_tone), what is not brought back, for each mailbox and archive merged in this run.
  returned: success
  type: list
  elements: dict
  contains:
    mailbox:
      description: Whose mailbox it is.
      type: str
      returned: success
    mailbox_guid:
      description: GUID of the mailbox in the store.
      type: str
      returned: success
    archive:
      description: Whether it is an archive.
      type: bool
      returned: success
    hidden_items:
      description: Number of hidden items (rules, views, forms) that are not copied. Folder permissions can't be counted.
      type: int
      returned: success
nothing_to_merge:
  description: Mailboxes and archives of the production database that have no data in the recovery database.
  returned: success
  type: list
  elements: str
  sample: [Boardroom]
unknown:
  description: Mailboxes of the recovery database that belong to nobody on the production database. They are not merged.
  returned: success
  type: list
  elements: dict
  contains:
    mailbox_guid:
      description: GUID of the mailbox in the store.
      type: str
      returned: success
    display_name:
      description: Display name it had.
      type: str
      returned: success
    item_count:
      description: Number of its items.
      type: int
      returned: success
ledger:
  description: Path of the ledger.
  returned: success
  type: str
  sample: ./dialtone-evidence/DB01/ledger.json
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    mailbox_restore_request,
)


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(mailbox_restore_request.ARGUMENT_SPEC, mailbox_restore_request.run)


if __name__ == "__main__":
    main()
