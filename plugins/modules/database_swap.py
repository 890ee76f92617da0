#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: database_swap
short_description: Put the restored files into production, and the dial tone files aside
version_added: 1.0.0
description:
  - Dismounts the dial tone database, exchanges its files with the restored ones without copying any (O(method)), and mounts it
    again. The users then see their old mail; what arrived in the dial tone period comes back with
    M(dialtone.exchange.mailbox_restore_request).
  - Everything is checked before the interruption begins. The restored file must be in clean shutdown and must have been mounted
    once as a recovery database; the dial tone database must be mounted.
  - It is a transaction. Whatever fails after the dismount is undone, and the dial tone files are mounted again; then the task fails
    with the reason. A run that is killed is finished, or undone, by the next one, which sees from the files where it stands.
  - If the domain controller that the run writes to dies for good while users wait, the return goes on through another one that
    Exchange names for the server and that knew the database before the interruption; a warning says so. Where the server itself
    uses another domain controller than the run, the swap waits until that one knows what was changed, before users are interrupted.
  - With O(method=home), no file moves. The restored file lies at the failed database's own path, everyone on the dial tone database
    is rehomed to the failed database, and the dial tone database is dismounted. For a dial tone on an alternate server.
  - B(This interrupts all users of the dial tone database), for the seconds in RV(outage_seconds).
options:
  dial_tone_database:
    description:
      - Name of the dial tone database; by default the name of the failed database with C(-DT) behind it.
      - The name of the failed database itself, if its dial tone is in place. Then the swap is renames between its own folders and
        those of the recovery.
    type: str
  failed_database:
    description: Name of the database that failed.
    type: str
    required: true
  recovery_root:
    description: Folder on the server that the dial tone database was created with.
    type: str
    required: true
  mount_timeout:
    description: Seconds to wait until the database can be mounted, before the swap is undone.
    type: int
    default: 600
  method:
    description:
      - V(auto) takes V(rename) where dial tone and restored files are on one volume, else V(repoint).
      - V(rename) exchanges the files of the dial tone database, by renames on one volume.
      - V(repoint) points the dial tone database at the restored file where it lies (C(Move-DatabasePath -ConfigurationOnly)). No
        file moves, whatever the volumes. The database keeps these paths.
      - V(home) brings the users back to the failed database, whose restored file must be at its own path (state C(in_place) of
        M(dialtone.exchange.database_files)). The task runs against the failed database's server. The failed database is mounted
        first, while nobody lives on it; everyone on the dial tone database is rehomed, also mailboxes created there since. If that
        fails before all are home, they return, and the dial tone database is mounted again.
    type: str
    choices: [auto, rename, repoint, home]
    default: auto
  ledger:
    description: File on the controller for the ledger of the recovery. Needed for O(method=home), which rehomes mailboxes.
    type: path
  final_database:
    description:
      - With O(method=home), name of the database that everyone goes to, when it is not the failed one. It must have been created
        with M(dialtone.exchange.dial_tone_database), O(dialtone.exchange.dial_tone_database#module:state=successor).
    type: str
  adopt:
    description: The dial tone database was made by hand; check mode predicts what comes after it was taken over.
    type: bool
    default: false
  one_by_one:
    description:
      - With O(method=home), the dial tone database stays mounted until the last user has left it. There is no common interruption,
        only a moment for each user; a mailbox that is open then may lose unsaved drafts.
    type: bool
    default: false
  accept_repaired:
    description:
      - Put a restored file into production that C(eseutil /p) has repaired. Without this the task fails, since such a file is
        better read from only (O(dialtone.exchange.mailbox_restore_request#module:merge_direction)).
    type: bool
    default: false
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.database_files
  - module: dialtone.exchange.recovery_database
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Swap the dial tone files and the restored files
  dialtone.exchange.database_swap:
    failed_database: DB01
    recovery_root: D:\DialTone

- name: Bring the users back from the alternate server
  dialtone.exchange.database_swap:
    failed_database: DB01
    recovery_root: D:\DialTone
    method: home
    ledger: dialtone-evidence/DB01/ledger.json
"""

RETURN = r"""
swapped:
  description: Whether the restored file is in production. In check mode false, when it would be swapped.
  returned: success
  type: bool
  sample: true
outage_seconds:
  description:
    - Seconds between the dismount and the moment when a log-on worked again, by the controller's clock.
    - Null when nothing was interrupted.
  returned: success
  type: float
  sample: 18.4
rehomed:
  description: Number of mailboxes and archives that went home. In check mode the number on the dial tone database now.
  returned: with O(method=home)
  type: int
  sample: 112
returned_to_dial_tone:
  description: Whether the swap failed and was undone. Then the task fails, and the users work in the dial tone files.
  returned: success, and when a swap was undone
  type: bool
  sample: false
method:
  description: How the files changed places, V(rename) or V(repoint).
  returned: with O(method) other than V(home)
  type: str
  sample: rename
production_file:
  description: Path of the file that the dial tone database uses.
  returned: success
  type: str
  sample: D:\DialTone\DB01\dialtone\DB01-DT.edb
dial_tone_files:
  description: Folder that holds the dial tone files after the swap.
  returned: success
  type: str
  sample: D:\DialTone\DB01\swapped
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_swap


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(database_swap.ARGUMENT_SPEC, database_swap.run)


if __name__ == "__main__":
    main()
