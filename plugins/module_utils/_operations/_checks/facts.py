# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What is known about a recovery before it goes on: plain data that checks, stage and plan read.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.copies import (
    DatabaseCopy,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.moves import MoveRequest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RestoreRequest,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import (
    Server,
    ServiceHealth,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
    Signature,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.merge_direction import (
    DIAL_TONE_INTO_OLD,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._adoption import (
    ByHand,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._alternate_facts import (
    Alternate,
    Limits,
)

# The stages of a recovery, in order; a stage is what has been begun or done so far.
STAGES: t.Final = (
    "new",
    "dial_tone",
    "restoring",
    "restored",
    "swapping",
    "swapped",
    "merging",
    "merged",
    "closed",
)


@dataclass(frozen=True)
class Names:
    """What everything of this recovery is called. run_id: the known one, or the one a recovery
    that starts now would get."""

    run_id: str
    dial_tone_database: str
    restored_recovery_database: str
    merge_recovery_database: str
    batch: str

    @property
    def recovery_databases(self) -> tuple[str, str]:
        return (self.restored_recovery_database, self.merge_recovery_database)


@dataclass(frozen=True)
class Adopt:
    """What was named of what somebody made by hand. preserved_folder: where the failed files were
    moved to. dial_tone_file: the dial tone .edb of which no recovery database is left."""

    database: str | None = None
    recovery_database: str | None = None
    preserved_folder: str | None = None
    dial_tone_file: str | None = None


@dataclass(frozen=True)
class MergeSource:
    """The files to merge after a swap by hand. name: of a recovery database that is over them, None
    when ours is to be made. problem: why they can't be."""

    edb_path: str
    log_folder: str
    name: str | None = None
    problem: str = ""


@dataclass(frozen=True)
class EdbFile:
    """A database file: where it is, how large, its header, or why that could not be read."""

    path: str
    size: int
    header: DatabaseHeader | None = None
    problem: str = ""


@dataclass(frozen=True)
class Facts:
    """failed: the database; original: its host. server: where the recovery works, which is the same
    or an alternate server. databases: all on that server, recovery databases too. dial_tone: the
    database that is marked as its dial tone, or has the name. failed_file: the .edb at its path, or
    preserved; restored_file: the one the recovery has brought back.
    failed_signature: by its header, or by its logs. failed_log_signature: of the logs that survived.
    failed_logs: generations that survived, the
    current one included. restore: the tree of the restore folder, None when there is none;
    restore_files: the .edb files in it; restore_logs: generations in it. requests: this recovery's
    own; others: those of anybody else into its mailboxes. missing_commands, shell_limit: None when
    unreadable. final_name: of a database that
    is to take the restored file over; final: that database, when it is there; final_taken: its name
    is another's. share_access: who reads the share that the restore folder is on; share_reader: the
    computer account, when the session can't see what is there; share_problem: why nobody can.
    restore_pending: the run itself waits for the restored files, or fetches them.
    method, swap_method: as asked for, None to choose. merge_direction: as asked for. override: names
    of checks whose advice is declined. again: whether the failed database was in production
    after an earlier recovery.
    """

    failed: Database
    original: Server
    server: Server
    session_server: str
    layout: RecoveryLayout
    names: Names
    run_id: str | None
    recovery_root_option: str | None
    restore_folder: str | None
    stage: str = "new"
    databases: Sequence[Database] = ()
    dial_tone: Database | None = None
    marked: Sequence[Database] = ()
    copies: Sequence[DatabaseCopy] = ()
    services: Sequence[ServiceHealth] = ()
    components: t.Mapping[str, str] = field(default_factory=dict)
    moves: Sequence[MoveRequest] = ()
    mailboxes: Sequence[Mailbox] = ()
    archive_owners: Sequence[Mailbox] = ()
    volumes: Sequence[Volume] = ()
    folders: RecoveryFolders | None = None
    failed_file: EdbFile | None = None
    failed_signature: Signature | None = None
    failed_log_signature: Signature | None = None
    failed_logs: frozenset[int] = frozenset()
    failed_logs_bytes: int = 0
    restored_file: EdbFile | None = None
    final_name: str | None = None
    final: Database | None = None
    final_taken: bool = False
    share_access: str = "auto"
    share_reader: str | None = None
    share_problem: str | None = None
    restore: Listing | None = None
    restore_files: Sequence[EdbFile] = ()
    restore_logs: frozenset[int] = frozenset()
    requests: Sequence[RestoreRequest] = ()
    others: Sequence[RestoreRequest] = ()
    missing_commands: Sequence[str] | None = None
    shell_limit: str | None = None
    alternate: Alternate | None = None
    limits: Limits = Limits()
    restore_pending: bool = False
    method: str | None = None
    swap_method: str | None = None
    merge_direction: str = DIAL_TONE_INTO_OLD
    override: t.Collection[str] = ()
    again: bool = False
    adopt: Adopt = Adopt()
    by_hand: ByHand | None = None
    rehomed_by_hand: int = 0
    merge_source: MergeSource | None = None
    restore_folder_by_hand: str | None = None
    look_alikes: Sequence[Database] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether the recovery works on an alternate server: no path of the failed database is one
        of facts.server then."""
        return not names.same_name(self.server.name, self.original.name)

    @property
    def comes_home(self) -> bool:
        """Whether these are facts of the original server, and the dial tone is on an alternate one."""
        dial_tone = self.dial_tone
        return (
            dial_tone is not None
            and self.is_ours
            and not names.same_name(dial_tone.server, self.server.name)
        )

    @property
    def recovery_databases(self) -> list[Database]:
        """On the server."""
        return [database for database in self.databases if database.recovery]

    def before(self, stage: str) -> bool:
        """Whether the recovery has not reached this stage."""
        return STAGES.index(self.stage) < STAGES.index(stage)

    def volume_of(self, path: str) -> Volume | None:
        """The volume a path is on, None when there is none."""
        name = paths.volume_of(path, [volume.name for volume in self.volumes])
        return next((volume for volume in self.volumes if volume.name == name), None)

    @property
    def marker(self) -> Marker | None:
        """The marker of the dial tone database, when it is one of ours."""
        return Marker.parse(self.dial_tone.excluded_reason) if self.dial_tone else None

    @property
    def is_ours(self) -> bool:
        """Whether the dial tone database exists and belongs to this recovery."""
        if self.by_hand is not None:
            return True
        return self.marker is not None and self.marker.belongs_to(self.failed.name)

    def database(self, name: str) -> Database | None:
        """A database of the server by name."""
        return next((d for d in self.databases if names.same_name(d.name, name)), None)
