#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: database_files
short_description: Keep the files of a failed database, and bring restored ones to clean shutdown
version_added: 1.0.0
description:
  - With O(state=preserved), moves everything that is left of a failed mailbox database out of the way, untouched, into the
    folder C(preserved) of the recovery. On the recovery root's own volume this is a rename, which takes no time and no space.
    From another volume the files are copied, and the originals stay where they are.
  - With O(state=fetched), copies what the backup software restored on a file share to the folder C(fetched) of the recovery,
    proven by names, sizes and a readable header.
  - With O(state=restored), copies the C(.edb) that the backup software restored, adds the logs that survived the failure, and
    replays them, so that the mail up to the failure is in it. The result is a clean C(.edb) in the folder C(restored) of the
    recovery, proven by its header.
  - With O(state=in_place), moves the clean C(.edb), once it was mounted as a recovery database, to the failed database's own path,
    for a swap home from an alternate server.
  - With O(state=merged), gives the folder of the merged dial tone files its last name, by which later runs know that the
    recovery is over.
  - Nothing is ever deleted, and C(eseutil /p) is never run. The restore folder stays as it is.
  - It can be run again after a failure at any point. What is complete stays, what is half copied is copied again, and a
    replay that was interrupted is repeated.
  - To begin anew with another backup, give the folder C(restored) another name, and run the task again.
  - The surviving logs are looked for in C(preserved), or else in the database's own log folder.
options:
  failed_database:
    description:
      - Name of the failed database. It must be dismounted, and the task must run against the server it is on, or against O(server).
    type: str
    required: true
  server:
    description:
      - Name of the alternate server on which the recovery keeps its files, when it is not the failed database's own.
      - The failed files themselves can't be preserved from there; put logs that survived into O(restore_folder).
    type: str
  state:
    description:
      - V(preserved) keeps the failed files; it comes first, before a dial tone database is created.
      - V(fetched) copies O(restore_folder), a folder of a file share, to the server. RV(log_folder) is the copy, which is what
        O(state=restored) wants as O(restore_folder) then.
      - V(restored) makes a clean C(.edb) from O(restore_folder) and the surviving logs.
      - V(in_place) moves the restored C(.edb) to the path that the failed database's object has, by a rename.
      - V(merged) puts the dial tone files aside, from C(swapped) to C(merged), when their merge is finished.
    type: str
    choices: [preserved, fetched, restored, in_place, merged]
    required: true
  recovery_root:
    description:
      - Folder on a local volume of the server under which the folders of all recoveries lie.
      - The default is C(DialTone) in the root of the volume of the failed database's C(.edb), such as C(D:\DialTone). Keep it
        on that volume, since the files can only be swapped in a moment within one volume.
    type: str
  restore_folder:
    description:
      - Folder on the server into which the backup software restored the database's files, the C(.edb) and the logs that came
        with it. It is only read.
      - The place where the database itself was is refused, since a restore to there overwrites other databases of the backup.
      - Needed for O(state=restored) until the files are collected.
      - With O(state=fetched) it is a folder of a file share, such as C(\\backup\exchange\DB01).
    type: str
  share_access:
    description:
      - Who reads the file share of O(state=fetched). A session on the server has no credentials for a third machine.
      - V(session) is the account of the session. The file server must trust this server for delegation (resource-based constrained
        delegation), and must let the account read.
      - V(computer) is the computer account, such as C(CONTOSO\MBX1$), which must be granted read access to the share and to the
        folder. A scheduled task copies as C(SYSTEM), which goes on when the controller dies, and is adopted by the next run. No
        secret is needed anywhere.
      - V(auto) is the session if it is let in, else the computer.
    type: str
    choices: [auto, session, computer]
    default: auto
  edb_name:
    description:
      - File name of the C(.edb) in O(restore_folder), when there are several.
      - The restored file gets the failed one's name, since the logs look for that.
    type: str
  final_database:
    description:
      - With O(state=in_place), name of the database whose place the restored C(.edb) takes, when it is not the failed one. Then the
        task runs against the server of the dial tone database.
    type: str
  restore_wait:
    description:
      - Seconds to wait until O(restore_folder) is complete, whatever software restores into it. V(0) doesn't wait.
      - It is complete when it holds the C(.edb), no size has changed for O(restore_stable) seconds, and the header of the
        C(.edb) can be read, which a program that still writes it prevents.
      - Nothing is awaited in check mode, and nothing once the files are collected.
    type: int
    default: 0
  restore_stable:
    description: Seconds for which the files must stay as they are, with O(restore_wait). Give more for slow media.
    type: int
    default: 60
  preserved_folder:
    description: Folder that somebody has moved the failed database's files to by hand. Its logs count as surviving ones.
    type: str
  by_hand:
    description:
      - The file in O(restore_folder) is that of a recovery database that somebody has made by hand, and maybe mounted. If it is in
        clean shutdown it is taken as it is, with a warning if nothing can tell whether the surviving logs are in it.
    type: bool
    default: false
  accept_gap:
    description:
      - Go on although logs with accepted mail are missing. Without it the task fails, and names the missing logs.
      - All logs before the gap are replayed. Logs that the restored file itself needs can never be missing.
    type: bool
    default: false
  accept_repaired:
    description:
      - Take a file that C(eseutil /p) has repaired. Such a file lacks what was damaged, and Microsoft supports it in production only
        until its mailboxes are moved to another database. Without this the task fails.
      - Databases that were repaired years ago, and their backups, have it in their header for good.
    type: bool
    default: false
  merge_direction:
    description:
      - What the restored file is for. V(dial_tone_into_old) is for production, and a repaired file is refused.
      - V(old_into_dial_tone) is to be read from only; its mail is merged into the dial tone database, and a repaired file is taken.
      - V(auto) means the latter for a repaired file without O(accept_repaired), else the former. RV(merge_direction) says which.
    type: str
    choices: [auto, dial_tone_into_old, old_into_dial_tone]
    default: dial_tone_into_old
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Fetch a backup from a file share, as the account of the computer
  dialtone.exchange.database_files:
    failed_database: DB01
    state: fetched
    restore_folder: \\backup\exchange\DB01
    share_access: computer
  register: fetched

- name: Keep what is left of the failed database
  dialtone.exchange.database_files:
    failed_database: DB01
    state: preserved

- name: Make a clean database file from the backup and the surviving logs
  dialtone.exchange.database_files:
    failed_database: DB01
    state: restored
    restore_folder: E:\Restore\DB01
  register: restored

- name: Begin while the backup software still restores, and wait up to six hours for it
  dialtone.exchange.database_files:
    failed_database: DB01
    state: restored
    restore_folder: E:\Restore\DB01
    restore_wait: 21600

- name: The same from a folder with several files, on another recovery root
  dialtone.exchange.database_files:
    failed_database: DB01
    state: restored
    recovery_root: D:\Recoveries
    restore_folder: E:\Restore
    edb_name: DB01.edb

- name: Put the merged dial tone files aside
  dialtone.exchange.database_files:
    failed_database: DB01
    state: merged

- name: Go on although the log that was being written is destroyed
  dialtone.exchange.database_files:
    failed_database: DB01
    state: restored
    restore_folder: E:\Restore\DB01
    accept_gap: true
"""

RETURN = r"""
edb_path:
  description:
    - With O(state=preserved), the failed C(.edb) in its new place, or V(null) when it is missing.
    - With O(state=restored), the clean C(.edb); after the swap, the path it has in production.
    - With O(state=merged), the dial tone file in its last place.
    - In check mode, the path it will have.
  returned: success
  type: str
  sample: D:\DialTone\DB01\restored\DB01.edb
log_folder:
  description: Folder of the logs that belong to it.
  returned: success
  type: str
  sample: D:\DialTone\DB01\restored
header:
  description:
    - What the header of the C(.edb) says. In check mode, of the file as it is now.
    - It is V(null) when there is no readable failed file, and when the restored one has become the production file.
  returned: success
  type: dict
  contains:
    state:
      description: State as C(eseutil) names it; V(Clean Shutdown) when O(state=restored) has succeeded.
      type: str
      sample: Clean Shutdown
    signature:
      description: What tells this database from every other one.
      type: str
      sample: 03/14/2023 08:21:45.113 Rand:1873440912
    log_signature:
      description: What tells its log stream from every other one.
      type: str
      sample: 03/14/2023 08:21:44.980 Rand:904417233
    log_required:
      description: First and last log generation it requires; both 0 when it is clean.
      type: list
      elements: int
      sample: [0, 0]
    log_committed:
      description: Newest log generation that held accepted mail, 0 when it is clean.
      type: int
      sample: 0
    repair_count:
      description: How often it was repaired with C(eseutil /p).
      type: int
      sample: 0
    last_full_backup:
      description: Time of its last full backup.
      type: str
      sample: "2026-11-21T21:00:12.006000+00:00"
logs:
  description: The logs that are kept, or that were collected for the replay in this run.
  returned: success
  type: dict
  contains:
    first:
      description: Oldest generation.
      type: int
      sample: 4021
    last:
      description: Newest generation. With O(state=preserved), without the log that was being written.
      type: int
      sample: 4050
    collected:
      description: Number of log files.
      type: int
      sample: 30
    missing:
      description: Gaps, each as first and last missing generation.
      type: list
      elements: list
      sample: [[4034, 4035]]
replayed:
  description: Whether logs were replayed in this run, or will be.
  returned: success
  type: bool
  sample: true
last_log_time:
  description: When the newest log of the replay was begun; V(null) when nothing was replayed in this run.
  returned: success
  type: str
  sample: "2026-11-22T14:02:21.113000+00:00"
proof_due:
  description: Whether the restored C(.edb) has not been mounted for a test yet.
  returned: success
  type: bool
  sample: true
merge_direction:
  description: With O(state=restored), which way the mail is to be merged, by the restored file and O(merge_direction).
  returned: with O(state=restored)
  type: str
  sample: dial_tone_into_old
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_files


def main() -> None:
    """The module alone; in a playbook the action plugin runs the same operation."""
    run_module(database_files.ARGUMENT_SPEC, database_files.run)


if __name__ == "__main__":
    main()
