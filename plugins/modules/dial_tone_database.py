#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dial_tone_database
short_description: The empty database that users work in while theirs is being restored
version_added: 1.0.0
description:
  - Creates a mailbox database beside a failed one, on the same or on an alternate server, copies the failed database's settings to
    it, mounts it, and proves by a log-on that it serves mailboxes. Point the mailboxes at it afterwards, with
    M(dialtone.exchange.mailbox_configuration).
  - Quotas, retention, offline address book and journal recipient come from the failed database, since the restored mailboxes will
    live under this database object after the swap. Circular logging is always off.
  - The database is excluded from automatic provisioning, with a reason that names the failed database and the run. This marker is
    how later tasks, other controllers and colleagues recognise it; a database without it is never touched.
  - The failed database is kept from being mounted at the next start of the server (C(MountAtStartup)). Its former value is in the
    C(diff).
  - The Information Store is never restarted, although Exchange asks for it after each new database. The restart is about cache
    sizes, and would dismount every database of the server.
options:
  name:
    description:
      - Name of the dial tone database, at most 64 characters.
      - By default the name of the failed database with C(-DT) behind it.
      - The name of the failed database itself means a dial tone in place. The failed database is marked and mounted over an empty
        file (C(Mount-Database -Force)) at its own path, and nobody has to be rehomed. Its files must have been moved aside by
        M(dialtone.exchange.database_files) before. It is refused when the volume or the folder doesn't answer, when nothing of
        the database was left there, when a file is still there, and for a database with copies.
    type: str
  failed_database:
    description:
      - Name of the database that failed. It must be dismounted.
      - When the task runs on another server, because the failed one is lost, it is enough that Exchange can't tell.
    type: str
    required: true
  server:
    description:
      - Name of the server that is to have the dial tone database, when it is not the failed database's own. The task must run
        against it.
    type: str
  recovery_root:
    description:
      - Folder on a local volume of the server, which holds the files of recoveries. The files of this database lie in the folder
        C(dialtone) of the failed database's folder below it.
      - Needed for every O(state) but V(final).
    type: str
  edb_path:
    description:
      - Path of the database file, if it is not to lie below O(recovery_root).
      - M(dialtone.exchange.database_swap) can't swap a database with a path of its own.
    type: str
  log_folder:
    description: Folder of the log files, if it is not to lie below O(recovery_root).
    type: str
  run_id:
    description:
      - The run that the database is created for, as C(YYYYMMDD-HHMMSS); by default the present time, in UTC.
      - The run of an existing dial tone database goes on; then this option is not used.
    type: str
  adopt:
    description:
      - Take over a database of this name that somebody has made by hand. It gets the marker and the settings, and keeps its paths.
      - Files that were exchanged by hand are told by their contents. If the dial tone file was moved away and nothing is in its
        place, it comes back; if the restored file is in its place, it is left to M(dialtone.exchange.database_swap) to mount it.
      - With the state V(production) it lets check mode predict that.
    type: bool
    default: false
  adopt_recovery_database:
    description:
      - Name of the recovery database that was made by hand, whose file may be the other one of these. It is dismounted while it
        holds the restored file, since that has to be collected.
    type: str
  preserved_folder:
    description: Folder that somebody has moved the failed database's files to; its logs tell which file is which.
    type: str
  mount_timeout:
    description:
      - Seconds to wait until the database can be mounted. A new database can't be mounted before the server's domain controller
        knows it.
    type: int
    default: 900
  state:
    description:
      - V(present) has the database created, set and mounted.
      - V(successor) has a database created under a name of its own, set but not mounted, that is to take the restored file over on
        the server of the dial tone database. It lies in the folder C(production) of the recovery.
      - V(production) ends the dial tone. The database takes new mailboxes again, and its marker says that the recovery is closed.
        It is refused while the mail of the dial tone period is not merged.
      - V(retired) removes the object after a swap home (method C(home) of M(dialtone.exchange.database_swap)), only when no mailbox
        and no archive refers to it any more. The files stay; their folder C(dialtone) becomes C(swapped), the source of the merge.
      - V(final) settles what stays after a closed recovery, by O(final_name) and O(retire_failed_database).
    type: str
    choices: [present, successor, production, retired, final]
    default: present
  final_database:
    description: With O(state=retired), name of the database that everyone went to, when it is not the failed one.
    type: str
  final_name:
    description:
      - With O(state=final), the name of the database in production. V(dial_tone) keeps its own. V(original) gives it that of the
        failed database, whose object then is called C(DB01-Failed-<run>), unless it is removed.
      - The failed object is renamed or removed only when no mailbox, archive, restore request or running move refers to it.
    type: str
    choices: [dial_tone, original]
    default: dial_tone
  retire_failed_database:
    description: With O(state=final), whether the object of the failed database is removed. Its files stay.
    type: bool
    default: false
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.mailbox_configuration
  - module: dialtone.exchange.database_swap
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Create, mount and probe the dial tone database
  dialtone.exchange.dial_tone_database:
    failed_database: DB01
    recovery_root: D:\DialTone

- name: The same, with a name of its own
  dialtone.exchange.dial_tone_database:
    name: Emergency mail of DB01
    failed_database: DB01
    recovery_root: D:\DialTone

- name: On another server, since MBX1 is lost
  dialtone.exchange.dial_tone_database:
    failed_database: DB01
    server: MBX2
    recovery_root: D:\DialTone

- name: Let the database in production take over the name of the failed one
  dialtone.exchange.dial_tone_database:
    failed_database: DB01
    recovery_root: D:\DialTone
    state: final
    final_name: original
    retire_failed_database: true

- name: End the dial tone when everything is merged
  dialtone.exchange.dial_tone_database:
    failed_database: DB01
    recovery_root: D:\DialTone
    state: production
"""

RETURN = r"""
run_id:
  description:
    - The run that the database belongs to. In check mode, for a database that is not there yet, the one it would get now.
    - Null only in check mode, with O(state=production), when there is no database yet.
  returned: success
  type: str
  sample: 20261122-141502
database:
  description: The dial tone database. In check mode as it would be; what only Exchange can assign is null then.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: success
      sample: DB01-DT
    guid:
      description: GUID of the database object.
      type: str
      returned: success
      sample: 7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c55aa
    distinguished_name:
      description: Distinguished name of the database object.
      type: str
      returned: success
      sample: CN=DB01-DT,CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),DC=contoso,DC=lab
    server:
      description: Name of the server.
      type: str
      returned: success
      sample: MBX1
    edb_path:
      description: Path of the database file.
      type: str
      returned: success
      sample: D:\DialTone\DB01\dialtone\DB01-DT.edb
    log_folder:
      description: Folder of the log files.
      type: str
      returned: success
      sample: D:\DialTone\DB01\dialtone
    log_prefix:
      description: Base name of the log files.
      type: str
      returned: success
      sample: E04
    mounted:
      description: Whether it is mounted.
      type: bool
      returned: success
      sample: true
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    dial_tone_database,
)


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(
        dial_tone_database.ARGUMENT_SPEC,
        dial_tone_database.run,
        **dial_tone_database.CONSTRAINTS,
    )


if __name__ == "__main__":
    main()
