# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Where a merge takes place: its databases, folders, own requests and ledger, as they are found.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    restore_requests,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RestoreRequest,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import merge_sign
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    ledger as ledger_model,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import merge_direction, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    Ledger,
    LedgerError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases


@dataclass
class Place:
    """What was found: databases, own requests, the ledger, and whether the sign is there. reverse:
    whether the old mail is merged into the dial tone database. adopted: requests that somebody
    created by hand, by identity, with the name that ours would have."""

    failed: Database
    target: Database
    layout: RecoveryLayout
    batch: str
    requests: list[RestoreRequest]
    ledger: Ledger
    merged: bool
    reverse: bool = False
    adopted: dict[str, str] = field(default_factory=dict)

    @property
    def source_folder(self) -> str:
        """Where the files lie that the recovery database is over, and the sign of the merge."""
        return self.layout.restored if self.reverse else self.layout.swapped

    @property
    def source_files(self) -> str:
        """What these are called."""
        return "restored files" if self.reverse else "dial tone files"


def look(context: OperationContext, args: dict[str, t.Any]) -> Place | None:
    """What there is; None when check mode runs before the dial tone database exists."""
    failed = databases.get(context, args["failed_database"])
    target = databases.find(context, args["target_database"], status=True)
    if target is None and context.check:
        return None
    if target is None:
        raise NotFoundError(
            "there is no such database.",
            object=f"target_database {args['target_database']}",
            remedy="Give the database the users work in, the former dial tone database.",
        )
    if target.recovery:
        raise PreconditionError(
            "it is a recovery database, which can't be the target of a merge.",
            object=f"target_database {target.name}",
            remedy="Give the database the users work in, the former dial tone database.",
        )
    layout = _layout(args, failed, target)
    batch = restore_requests.batch_name(failed.guid, args["run_id"])
    try:
        ledger = ledger_model.load(args["ledger"], failed.name, args["run_id"])
    except LedgerError as error:
        raise PreconditionError(error.message, object="ledger", remedy=error.remedy) from error
    except OSError as error:
        raise PreconditionError(
            f"can't be read: {error.strerror or error}.",
            object=f"ledger {args['ledger']}",
            remedy="Give the path of a file on the controller that you may read and write.",
        ) from error
    return Place(
        failed=failed,
        target=target,
        layout=layout,
        batch=batch,
        requests=restore_requests.in_batch(context, batch),
        ledger=ledger,
        merged=merge_sign.is_there(context, layout, args["run_id"]),
        reverse=args.get("merge_direction") == merge_direction.OLD_INTO_DIAL_TONE,
    )


def _layout(args: dict[str, t.Any], failed: Database, target: Database) -> RecoveryLayout:
    r"""Where the files are: under recovery_root, or where the target's path says:
    <root>\<failed>\dialtone\<target>.edb."""
    if args["recovery_root"]:
        return _databases.layout_of(args["recovery_root"], failed, target.name)
    root = paths.folder_of(paths.folder_of(paths.folder_of(target.edb_path)))
    if not root.endswith("\\"):
        layout = RecoveryLayout.of(root, failed.name, failed.edb_path, target.name)
        if paths.same(layout.dialtone_edb, target.edb_path):
            return layout
    raise PreconditionError(
        f"its file {target.edb_path} does not lie in a recovery folder of {failed.name}.",
        object=f"target_database {target.name}",
        remedy="Give recovery_root, or the name of the former dial tone database.",
    )


def source(context: OperationContext, args: dict[str, t.Any], place: Place) -> Database | None:
    """The mounted recovery database over the files to merge; None where check mode must predict it."""
    source = databases.find(context, args["source_database"], status=True)
    about = f"source_database {args['source_database']}"
    files = place.source_files
    mount_it = (
        f"Mount the {files} first: dialtone.exchange.recovery_database with the state mounted."
    )
    give_it = f"Give the recovery database that was created over the {files}."
    if source is not None and not source.recovery:
        raise PreconditionError(
            "it is not a recovery database; users may be working in it.",
            object=about,
            remedy=give_it,
        )
    if (
        source is not None
        and not args.get("adopt")
        and not paths.is_inside(source.edb_path, place.source_folder)
    ):
        raise PreconditionError(
            f"its file {source.edb_path} is not in {place.source_folder}, so it does not hold the"
            f" {files}.",
            object=about,
            remedy=give_it,
        )
    if source is None or source.mounted is not True:
        if context.check:
            return None
        raise PreconditionError(
            "it is not mounted." if source else "there is no such database.",
            object=about,
            remedy=mount_it,
        )
    if place.target.mounted is not True:
        raise PreconditionError(
            "it is not mounted, so nothing can be copied into it.",
            object=f"target_database {place.target.name}",
            remedy=f"Mount it (Mount-Database {place.target.name}), then run the same command again.",
        )
    return source


def by_hand(context: OperationContext, place: Place, source: Database) -> list[RestoreRequest]:
    """Requests from this recovery database into the target that are not of the own batch."""
    return [
        request
        for request in restore_requests.touching(context, place.target.guid)
        if request.batch != place.batch
        and request.source_database is not None
        and request.source_database.casefold()
        in (source.name.casefold(), source.guid.casefold(), source.distinguished_name.casefold())
    ]


def adopted(context: OperationContext, place: Place) -> list[RestoreRequest]:
    """The requests that were created by hand, as they are now, under our names for them."""
    if not place.adopted:
        return []
    return [
        replace(request, name=place.adopted[request.identity])
        for request in restore_requests.touching(context, place.target.guid)
        if request.identity in place.adopted
    ]
