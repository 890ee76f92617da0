# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a restored .edb is the failed database: the signature in its header says so.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File
from ansible_collections.dialtone.exchange.plugins.module_utils._files.log_source import FolderLogs
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
    Signature,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout


def check(
    context: OperationContext,
    failed: FailedFiles,
    layout: RecoveryLayout,
    found: RecoveryFolders,
    surviving: FolderLogs,
    source: File | None,
    header: DatabaseHeader,
) -> None:
    """Raise PreconditionError when the .edb is another database; warn when nothing can tell.

    The failed database's signature is in its own .edb, preserved or still in place; when that is
    destroyed, the surviving logs name it.
    """
    preserved = found.file(layout.preserved_edb)
    told_by = preserved.path if preserved else failed.edb_path
    expected = _signature(context, told_by) if preserved or failed.in_its_place else None
    if expected is None:
        expected = surviving.database_signature(failed.edb_name)
        told_by = f"the logs in {surviving.source.folder}"
    path = source.path if source else layout.restored_edb
    if header.repair_count and expected != header.signature:
        context.warn(
            f"The repair gave {path} a new signature, so it can't tell whether it is database"
            f" {failed.name}; the mailboxes in it will (recovery_database lists them)."
        )
    elif expected is None or header.signature is None:
        context.warn(
            f"Neither the failed file nor its logs can tell whether {path} is database"
            f" {failed.name}; the mailboxes in it will (recovery_database lists them)."
        )
    elif expected != header.signature:
        raise PreconditionError(
            f"{path} is another database than {failed.name}: its signature is {header.signature},"
            f" but {told_by} says {expected}.",
            object="restore_folder" if source else path,
            operation="restore",
            code="OtherDatabase",
            remedy=f"Restore the backup of {failed.name}, or give the folder or edb_name of its"
            " file.",
            server=context.server,
        )


def _signature(context: OperationContext, path: str) -> Signature | None:
    try:
        return eseutil.header(context, path).signature
    except ProgramError:
        return None
