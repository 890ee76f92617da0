#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: wbadmin_restore
short_description: Get a failed database's files out of a Windows Server Backup
version_added: 1.0.0
description:
  - Restores the folders of a mailbox database, the C(.edb) and its logs, from a backup of Windows Server Backup to another
    folder of the server, as files. Nothing is restored to its original place, and no other database is touched.
  - The files go to C(wbadmin-VERSION) below O(restore_folder). The folder gets that name only when everything has arrived and
    the header of the C(.edb) can be read. What an interrupted run leaves is restored again.
  - The restored C(.edb) is dirty as a rule. M(dialtone.exchange.database_files) brings it to clean shutdown.
options:
  failed_database:
    description: Name of the failed database.
    type: str
    required: true
  restore_folder:
    description: Folder on the server for what is restored. It is created; it must not be the database's own.
    type: str
    required: true
  version:
    description:
      - Identifier of the backup as C(wbadmin get versions) prints it, C(MM/DD/YYYY-HH:MM) in UTC.
      - With any other text the task fails and lists the identifiers there are.
    type: str
    required: true
  backup_target:
    description: Where the backups lie, such as C(E:), if it is not the server's usual place.
    type: str
  machine:
    description: Name of the server that was backed up, if it is another one.
    type: str
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
notes:
  - The account must be a member of the server's backup operators or administrators, and the feature Windows Server Backup must be
    installed.
seealso:
  - module: dialtone.exchange.database_files
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Restore the files of DB01 as of Saturday evening
  dialtone.exchange.wbadmin_restore:
    failed_database: DB01
    restore_folder: E:\Restore\DB01
    version: 11/21/2026-21:00
  register: backup

- name: Make a clean database file from them and the surviving logs
  dialtone.exchange.database_files:
    failed_database: DB01
    state: restored
    restore_folder: "{{ backup.restore_folder }}"
"""

RETURN = r"""
restore_folder:
  description: Folder with the restored C(.edb) and its logs. In check mode, the one it will most likely be.
  returned: success
  type: str
  sample: E:\Restore\DB01\wbadmin-11-21-2026-21-00\DB01
edb_path:
  description: The restored C(.edb); V(null) in check mode before the restore.
  returned: success
  type: str
  sample: E:\Restore\DB01\wbadmin-11-21-2026-21-00\DB01\DB01.edb
version:
  description: The version that was restored.
  returned: success
  type: str
  sample: 11/21/2026-21:00
versions:
  description: All versions that wbadmin knows.
  returned: success
  type: list
  elements: str
  sample: ["11/20/2026-21:00", "11/21/2026-21:00"]
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import wbadmin_restore


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(wbadmin_restore.ARGUMENT_SPEC, wbadmin_restore.run)


if __name__ == "__main__":
    main()
