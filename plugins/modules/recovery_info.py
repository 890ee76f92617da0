#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: recovery_info
short_description: Look at a failed database and at how far its recovery is
version_added: 1.0.0
description:
  - Reads the failed database, its server, volumes, mailboxes and files, and what an earlier run left, and changes nothing.
  - Says whether a dial tone recovery can work (RV(checks)), how far it is (RV(stage)), and what a run would still do (RV(plan)).
  - The stage comes from Exchange and the files only. Nothing on the controller is needed.
  - Must run on the server of the failed database, where the files are, or on O(dial_tone_server). O(scope=location) may run on any
    server.
options:
  failed_database:
    description: Name of the database that failed. Either this or O(failed_server) is needed.
    type: str
  failed_server:
    description:
      - Name of a server that failed. Returns RV(failed_databases) and RV(others) only, and may run on any server.
    type: str
  recovery_root:
    description:
      - Folder on the server for everything the recovery keeps; a local, full path, not a drive's root.
      - By default that of the recovery that has begun, else the folder C(DialTone) on the failed database's volume.
      - On O(dial_tone_server) the default is the data volume with the most room, never the system drive C(C:).
    type: str
  restore_folder:
    description:
      - Folder on the server into which the backup software restored the database's files. Its contents are checked.
      - Trouble with it only warns until the dial tone database is there, since the users come first.
      - May be a folder of a file share, such as C(\\backup\exchange\DB01), whose contents are checked if the session may read it.
    type: str
  final_database:
    description: Name of a database that is to take the restored file over, instead of the dial tone database.
    type: str
  share_access:
    description: Who reads the file share that O(restore_folder) is on, as for M(dialtone.exchange.database_files).
    type: str
    choices: [auto, session, computer]
    default: auto
  restore_pending:
    description:
      - The restored files are still to come, since the run that follows waits for them or fetches them. Then trouble with
        O(restore_folder) only warns.
    type: bool
    default: false
  override:
    description:
      - Names of RV(checks) that advise against a dial tone, and may only warn.
      - V(copies) stops for a copy that can be activated, V(soft_recovery) for a file that can be mounted, or only needs its logs,
        V(repaired) for a restored file that C(eseutil /p) has repaired.
      - Checks that stop because the recovery can't work can't be overridden.
    type: list
    elements: str
    choices: [copies, repaired, soft_recovery]
    default: []
  dial_tone_database:
    description: Name of the dial tone database. By default that of the recovery that has begun, else the failed one's name and C(-DT).
    type: str
  dial_tone_server:
    description:
      - Name of the alternate server that has the dial tone database, or is to have it, when it is not the failed database's own.
      - The failed database's server need not answer then.
    type: str
  adopt_database:
    description:
      - Name of a dial tone database that somebody has made by hand for this recovery, and that is to be taken over with its own
        paths. What was done is recognised from the directory, the headers and the system mailboxes, and shown in RV(plan).
      - If the failed database's own object is gone, its recovery counts as ended by hand.
    type: str
  adopt_recovery_database:
    description:
      - Name of a recovery database that somebody has made by hand for this recovery. If there is none any more, it is not missed.
      - Before the swap its file is what is restored, after it its file is what is merged.
    type: str
  preserved_folder:
    description: Folder on the server that somebody has moved the failed database's files to.
    type: str
  dial_tone_file:
    description: Path of the dial tone C(.edb) after a swap by hand, when no recovery database is over it any more.
    type: str
  max_mailboxes:
    description:
      - How many mailboxes and archives O(dial_tone_server) may carry with those of the failed database; more is a V(stop).
      - By default there is no limit.
    type: int
  max_database_size:
    description:
      - How large the failed database may be to be carried by O(dial_tone_server), such as V(500 GB); a larger one is a V(stop).
      - By default there is no limit.
    type: str
  method:
    description:
      - How the users of the failed database get their dial tone. It counts for a recovery that begins; one that has begun goes on as
        it began.
      - V(beside) creates a dial tone database beside the failed one, and rehomes the mailboxes.
      - V(in_place) mounts the failed database itself over an empty file, after its files were moved aside. RV(checks) say whether
        that is safe.
    type: str
    choices: [beside, in_place]
    default: beside
  swap_method:
    description: How the files will change places, see O(dialtone.exchange.database_swap#module:method).
    type: str
    choices: [auto, rename, repoint]
    default: auto
  merge_direction:
    description:
      - Which way the mail is merged. V(dial_tone_into_old) is after a swap, V(old_into_dial_tone) without one, when the restored file
        must not become production.
      - V(auto) takes the latter for a restored file that C(eseutil /p) has repaired, unless O(override) has V(repaired).
      - A recovery goes on as it began, and users who go home from O(dial_tone_server) go to the restored file.
    type: str
    choices: [auto, dial_tone_into_old, old_into_dial_tone]
    default: auto
  scope:
    description:
      - V(location) returns only RV(failed_database), and fails for a database that doesn't exist or is a recovery database.
      - V(full) never fails for what it finds; what is wrong is in RV(checks).
    type: str
    choices: [full, location]
    default: full
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.info
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.dial_tone_database
  - module: dialtone.exchange.database_files
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Look at a failed database
  dialtone.exchange.recovery_info:
    failed_database: DB01
    restore_folder: E:\Restore\DB01
  register: recovery

- name: Look at it from another server, since its own is lost
  dialtone.exchange.recovery_info:
    failed_database: DB01
    dial_tone_server: MBX2

- name: Show what speaks against a dial tone recovery
  ansible.builtin.debug:
    msg: "{{ recovery.checks | selectattr('verdict', 'equalto', 'stop') | map(attribute='text') }}"

- name: Ask any Exchange server which databases of MBX1 need a recovery
  dialtone.exchange.recovery_info:
    failed_server: MBX1

- name: Ask any Exchange server where the database lives
  dialtone.exchange.recovery_info:
    failed_database: DB01
    scope: location
"""

RETURN = r"""
run_id:
  description: Run id of the recovery that has begun, else null.
  returned: with O(scope=full)
  type: str
  sample: 20261122-141502
stage:
  description:
    - How far the recovery is.
    - V(new), V(dial_tone) (the dial tone database exists), V(restoring) (restored files are being prepared), V(restored) (they are
      clean and were mounted once), V(swapping) (a swap was interrupted), V(swapped) (old mail is back), V(merging), V(merged) (every
      item is accounted for), or V(closed).
  returned: with O(scope=full)
  type: str
  sample: new
failed_database:
  description: The failed database. Null if there is none of this name, or if it is a recovery database.
  returned: success
  type: dict
  contains:
    name:
      description: Its name, written as in Exchange.
      type: str
      returned: success
    guid:
      description: Its GUID.
      type: str
      returned: success
    distinguished_name:
      description: Its distinguished name.
      type: str
      returned: success
    server:
      description: Name of its server.
      type: str
      returned: success
    server_fqdn:
      description: Full name of its server.
      type: str
      returned: success
    edb_path:
      description: Where Exchange expects its file.
      type: str
      returned: success
    log_folder:
      description: Where Exchange expects its logs.
      type: str
      returned: success
    log_prefix:
      description: Base name of its logs.
      type: str
      returned: success
    mounted:
      description: Whether it is mounted; null if Exchange doesn't know, and with O(scope=location).
      type: bool
      returned: success
    last_full_backup:
      description: When it was last backed up, if Exchange knows.
      type: str
      returned: success
    circular_logging:
      description: Whether it overwrites its logs.
      type: bool
      returned: success
failed_databases:
  description:
    - Mailbox databases of O(failed_server) that are not mounted or are in the midst of a recovery, each with the keys of RV(failed_database).
    - Recovery databases, dial tone databases of a recovery, and what a finished recovery left empty are not among them.
  returned: with O(failed_server)
  type: list
  elements: dict
others:
  description: Other mailbox databases of O(failed_server), C(name), and C(reason) why they need no recovery.
  returned: with O(failed_server)
  type: list
  elements: dict
  sample: [{"name": "DB02", "reason": "it is mounted"}]
dial_tone:
  description: The dial tone database of this recovery, with the same keys as far as they apply. Null if there is none.
  returned: with O(scope=full)
  type: dict
dial_tone_name:
  description: Name the dial tone database has, or will have.
  returned: with O(scope=full)
  type: str
  sample: DB01-DT
final_database:
  description: Name of the database that takes the restored file over, when that is not the dial tone database; else null.
  returned: with O(scope=full)
  type: str
  sample: DB01N
recovery_root:
  description: Folder of everything the recovery keeps.
  returned: with O(scope=full)
  type: str
  sample: D:\DialTone
adopts:
  description: Whether a dial tone database that was made by hand is taken over, see O(adopt_database).
  returned: with O(scope=full)
  type: bool
  sample: false
adopted_recovery_database:
  description: The recovery database made by hand whose file is to be restored, and that is removed then. Else null.
  returned: with O(scope=full)
  type: str
  sample: RDB1
restore_folder:
  description: O(restore_folder), or the folder of the recovery database that was made by hand. Null when it is not known.
  returned: with O(scope=full)
  type: str
  sample: E:\Restore\DB01
names:
  description:
    - What everything of this recovery is called, or will be. C(names.run_id) is the known run id, or the one that a recovery which
      starts now would get.
  returned: with O(scope=full)
  type: dict
  sample:
    run_id: 20261122-141502
    dial_tone_database: DB01-DT
    merge_recovery_database: DB01-Merge-20261122-141502
server:
  description: The server of the dial tone database, its edition, version, and its databases against the edition's limit.
  returned: with O(scope=full)
  type: dict
  sample:
    name: MBX1
    fqdn: mbx1.example.com
    edition: Enterprise
    version: 15.2.1544.4
    databases: 4
    database_limit: 100
volumes:
  description: The server's volumes, mount points included, with capacity and free space in bytes.
  returned: with O(scope=full)
  type: list
  elements: dict
mailboxes:
  description: How many mailboxes the failed database has now, by kind; archives count by where the archive is.
  returned: with O(scope=full)
  type: dict
  sample: {"user": 110, "arbitration": 3, "archive": 12}
copies:
  description: The database's copies and their states.
  returned: with O(scope=full)
  type: list
  elements: dict
recovery_databases:
  description: Recovery databases on the server.
  returned: with O(scope=full)
  type: list
  elements: dict
moves:
  description: Move requests from or to the failed database.
  returned: with O(scope=full)
  type: list
  elements: dict
folders:
  description: The recovery's folders, with their files.
  returned: with O(scope=full)
  type: dict
merge_direction:
  description: Which way the mail will be merged, or was, as far as the files tell by now. V(null) when nothing can be recovered.
  returned: with O(scope=full)
  type: str
  sample: dial_tone_into_old
choices:
  description: The methods of this recovery that still matter, each with its reason.
  returned: with O(scope=full)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the playbook's variable.
      type: str
      returned: success
      sample: dialtone_swap_method
    value:
      description: What was chosen.
      type: str
      returned: success
      sample: rename
    reason:
      description: Why.
      type: str
      returned: success
plan:
  description: Commands that a run would still send, in order. For people; nothing reads them.
  returned: with O(scope=full)
  type: list
  elements: dict
  contains:
    stage:
      description: Stage it belongs to.
      type: str
      returned: success
    command:
      description: The command line, with real names.
      type: str
      returned: success
    seconds:
      description: How long it is expected to take; null where a person acts.
      type: float
      returned: success
    text:
      description: All of it as one line.
      type: str
      returned: success
checks:
  description: What was checked. Any V(stop) means that the recovery can't work, or isn't needed.
  returned: with O(scope=full)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the check.
      type: str
      returned: success
    verdict:
      description: V(ok), V(warn) or V(stop).
      type: str
      returned: success
    have:
      description: What was found.
      type: str
      returned: success
    need:
      description: What is needed.
      type: str
      returned: success
    remedy:
      description: What to do; empty if it is V(ok).
      type: str
      returned: success
    text:
      description: All of it as one line.
      type: str
      returned: success
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_info


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(recovery_info.ARGUMENT_SPEC, recovery_info.run, **recovery_info.CONSTRAINTS)


if __name__ == "__main__":
    main()
