#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: database_swap
short_description: Put the restored files into production, and the dial tone files aside
version_added: 0.1.0
description:
  - Dismounts the dial tone database, exchanges its files with the restored ones by renames on one volume, and mounts it again. The
    users then see their old mail; what arrived in the dial tone period comes back with
    M(dialtone.exchange.mailbox_restore_request).
  - Everything is checked before the interruption begins. The restored file must be in clean shutdown and must have been mounted
    once as a recovery database; the dial tone database must be mounted.
  - It is a transaction. Whatever fails after the dismount is undone, and the dial tone files are mounted again; then the task fails
    with the reason. A run that is killed is finished, or undone, by the next one, which sees from the files where it stands.
  - B(This interrupts all users of the dial tone database), for the seconds in RV(outage_seconds).
options:
  dial_tone_database:
    description: Name of the dial tone database; by default the name of the failed database with C(-DT) behind it.
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
returned_to_dial_tone:
  description: Whether the swap failed and was undone. Then the task fails, and the users work in the dial tone files.
  returned: success, and when a swap was undone
  type: bool
  sample: false
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
