#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: recovery_database
short_description: A recovery database over files that exist
version_added: 1.0.0
description:
  - Creates a recovery database over an existing database file, mounts it and lists the mailboxes in it; or dismounts it; or removes
    the object. The files always stay where they are.
  - The file must be in clean shutdown. It is never forced, never repaired, and never created empty.
  - Exchange allows one mounted recovery database per server. While another one is mounted, the task waits its turn.
options:
  name:
    description: Name of the recovery database, at most 64 characters.
    type: str
    required: true
  edb_path:
    description: Path of the database file. Required with O(state=mounted).
    type: str
  log_folder:
    description:
      - Folder for the log files that the mount begins. Required with O(state=mounted).
      - Take an empty or new folder; log files of another stream in it keep the database from being mounted.
    type: str
  server:
    description: Server that the file lies on; the task must run against this server, and does by default.
    type: str
  state:
    description:
      - V(mounted) has it created and mounted.
      - V(dismounted) has it not mounted. One that does not exist is left so.
      - V(absent) has it dismounted and its object removed.
    type: str
    choices: [mounted, dismounted, absent]
    default: mounted
  expect_mailboxes:
    description:
      - GUIDs (C(ExchangeGuid)) of mailboxes that should be in the file. The task fails when more than half of them are not, which
        means the wrong backup; those that are younger than the backup or were never used are in RV(missing_mailboxes).
    type: list
    elements: str
    default: []
  priority:
    description:
      - Who comes first when several tasks of a run wait for the one recovery database of a server; 0 comes before 1.
    type: int
    default: 0
  wait_timeout:
    description: Seconds to wait for another recovery database to be dismounted.
    type: int
    default: 3600
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
seealso:
  - module: dialtone.exchange.database_files
  - module: dialtone.exchange.mailbox_restore_request
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Mount the restored file once, to see what is in it
  dialtone.exchange.recovery_database:
    name: DB01-Restored-20261122-141502
    edb_path: D:\DialTone\DB01\restored\DB01.edb
    log_folder: D:\DialTone\DB01\restored\rdb-logs
  register: restored

- name: Remove it again, its files stay
  dialtone.exchange.recovery_database:
    name: DB01-Restored-20261122-141502
    state: absent
"""

RETURN = r"""
database:
  description: The recovery database as it is, or would be in check mode. What only Exchange can assign is null when it does not exist.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: success
    guid:
      description: GUID of the database object; of the removed one with O(state=absent).
      type: str
      returned: success
    distinguished_name:
      description: Distinguished name of the database object.
      type: str
      returned: success
    server:
      description: Name of the server.
      type: str
      returned: success
    edb_path:
      description: Path of the database file. It stays there with O(state=absent), too.
      type: str
      returned: success
    log_folder:
      description: Folder of the log files.
      type: str
      returned: success
    log_prefix:
      description: Base name of the log files.
      type: str
      returned: success
    mounted:
      description: Whether it is mounted; null when it does not exist.
      type: bool
      returned: success
statistics:
  description: The mailboxes in the file. Empty unless it is mounted.
  returned: success
  type: list
  elements: dict
  contains:
    mailbox_guid:
      description: GUID of the mailbox; equals C(ExchangeGuid), or C(ArchiveGuid) of an archive.
      type: str
      returned: success
    display_name:
      description: Display name.
      type: str
      returned: success
    item_count:
      description: Number of items that are not hidden.
      type: int
      returned: success
    size:
      description: Bytes of these items.
      type: int
      returned: success
    is_archive:
      description: Whether it is an archive.
      type: bool
      returned: success
    disconnected:
      description: Whether it was disconnected from its user.
      type: bool
      returned: success
missing_mailboxes:
  description: Those of O(expect_mailboxes) that are not in the file.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_database


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(
        recovery_database.ARGUMENT_SPEC, recovery_database.run, **recovery_database.CONSTRAINTS
    )


if __name__ == "__main__":
    main()
