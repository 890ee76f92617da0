# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Where the files of a recovery lie: named folders under the recovery root.

    <root>\DB01\preserved\database   the failed database's .edb and .jfm, untouched
    <root>\DB01\preserved\logs       its logs, checkpoint and reserved logs, untouched
    <root>\DB01\dialtone             the production files: dial tone first, the restored .edb after the swap
    <root>\DB01\fetched\<source>     what was fetched from a file share, one folder for each
    <root>\DB01\restored             the restored .edb and its logs, brought to clean shutdown here
    <root>\DB01\restored\rdb-logs    the logs of the recovery database that proves them
    <root>\DB01\production           a database with a name of its own that takes the restored .edb over
    <root>\DB01\swapped              the dial tone files after the swap, the source of the merge
    <root>\DB01\swapped\rdb-logs     the logs of the recovery database of the merge
    <root>\DB01\merged               the same files, when the merge is complete
    <root>\DB01\restored\merge-logs  the logs of a recovery database from which old mail is merged
                                     into the dial tone database; there is no swap then

A recovery in place has no folder dialtone: its dial tone files lie in the failed database's own
folders, under its own names. A swap by repoint leaves the restored .edb in restored, where it is in
production from then on, with its logs in restored\\production-logs.

Which of these exist, and what is in them, says how far the recovery is.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    names,
    paths,
)

FOLDERS: t.Final = ("preserved", "dialtone", "restored", "swapped", "merged")
RDB_LOGS: t.Final = "rdb-logs"
_PRODUCTION_LOGS: t.Final = "production-logs"
_MERGE_LOGS: t.Final = "merge-logs"


@dataclass(frozen=True)
class RecoveryLayout:
    r"""The places of one recovery; every property is a path without a closing backslash.

    root: the recovery root (D:\DialTone). failed_database: its name. failed_edb_path: where its
    .edb was. dial_tone_database: the name of the dial tone database; the failed one's name means in
    place. failed_log_folder: where its logs were. log_prefix: their base name, such as "E00".
    own_edb_path, own_log_folder: the paths of a dial tone database that was made by hand, where it
    was made; log_prefix is that of its logs then.
    """

    root: str
    failed_database: str
    failed_edb_path: str
    dial_tone_database: str
    failed_log_folder: str
    log_prefix: str = log_stream.DEFAULT_PREFIX
    own_edb_path: str | None = None
    own_log_folder: str | None = None

    @classmethod
    def of(
        cls,
        root: str,
        failed_database: str,
        failed_edb_path: str,
        dial_tone_database: str | None = None,
        failed_log_folder: str | None = None,
        log_prefix: str | None = None,
    ) -> RecoveryLayout:
        """The layout under a checked root. Raises InputError for a root that can not be one.

        dial_tone_database: default is the failed database's name with "-DT". failed_log_folder:
        default is the folder of the .edb.
        """
        return cls(
            paths.check_folder(root, "recovery_root"),
            failed_database,
            failed_edb_path,
            dial_tone_database or names.dial_tone_name(failed_database),
            failed_log_folder or paths.folder_of(failed_edb_path),
            log_prefix or log_stream.DEFAULT_PREFIX,
        )

    def adopting(self, edb_path: str, log_folder: str, log_prefix: str | None) -> RecoveryLayout:
        """The same, but the dial tone database lies where somebody has made it."""
        return replace(
            self,
            own_edb_path=edb_path,
            own_log_folder=log_folder,
            log_prefix=log_prefix or log_stream.DEFAULT_PREFIX,
        )

    @property
    def is_apart(self) -> bool:
        """Whether the dial tone files lie in folders of their database, maybe among other files, and
        not in one that is theirs alone."""
        return self.in_place or self.own_edb_path is not None

    @property
    def in_place(self) -> bool:
        """Whether the dial tone database is the failed database itself."""
        return names.same_name(self.dial_tone_database, self.failed_database)

    @property
    def base(self) -> str:
        """The folder of this recovery."""
        return paths.join(self.root, names.folder_name(self.failed_database))

    @property
    def preserved(self) -> str:
        return paths.join(self.base, "preserved")

    @property
    def preserved_database(self) -> str:
        return paths.join(self.preserved, "database")

    @property
    def preserved_logs(self) -> str:
        return paths.join(self.preserved, "logs")

    @property
    def preserved_edb(self) -> str:
        """The failed .edb, under the name it always had."""
        return paths.join(self.preserved_database, paths.name_of(self.failed_edb_path))

    @property
    def dialtone(self) -> str:
        """EdbFilePath's folder of the dial tone database; its LogFolderPath, too, unless in place."""
        if self.own_edb_path is not None:
            return paths.folder_of(self.own_edb_path)
        if self.in_place:
            return paths.folder_of(self.failed_edb_path)
        return paths.join(self.base, "dialtone")

    @property
    def dialtone_logs(self) -> str:
        """LogFolderPath of the dial tone database."""
        if self.own_log_folder is not None:
            return self.own_log_folder
        return self.failed_log_folder if self.in_place else self.dialtone

    @property
    def dialtone_edb(self) -> str:
        """EdbFilePath of the dial tone database."""
        if self.own_edb_path is not None:
            return self.own_edb_path
        if self.in_place:
            return self.failed_edb_path
        return paths.join(self.dialtone, self._dial_tone_edb_name)

    @property
    def fetched(self) -> str:
        """The folder of what was fetched from file shares."""
        return paths.join(self.base, "fetched")

    @property
    def restored(self) -> str:
        return paths.join(self.base, "restored")

    @property
    def restored_incoming(self) -> str:
        """Where the .edb is copied to; it leaves this folder, by a rename, only when complete."""
        return paths.join(self.restored, "incoming")

    @property
    def restored_edb(self) -> str:
        """The restored .edb. It has the failed one's file name, since the logs look for that."""
        return paths.join(self.restored, paths.name_of(self.failed_edb_path))

    @property
    def restored_rdb_logs(self) -> str:
        """The log folder of the recovery database that proves the restored files."""
        return paths.join(self.restored, RDB_LOGS)

    @property
    def restored_merge_logs(self) -> str:
        """The log folder of the recovery database that is merged into the dial tone database."""
        return paths.join(self.restored, _MERGE_LOGS)

    @property
    def production_logs(self) -> str:
        """LogFolderPath of the dial tone database after a swap by repoint."""
        return paths.join(self.restored, _PRODUCTION_LOGS)

    def final_edb(self, name: str) -> str:
        """EdbFilePath of a database that takes the restored file over under a name of its own."""
        return paths.join(self.final, f"{names.folder_name(name)}.edb")

    @property
    def final(self) -> str:
        """The folder of that database and its logs."""
        return paths.join(self.base, "production")

    @property
    def swapped(self) -> str:
        return paths.join(self.base, "swapped")

    @property
    def swapped_edb(self) -> str:
        """The dial tone .edb after the swap."""
        return paths.join(self.swapped, self._dial_tone_edb_name)

    @property
    def swapped_rdb_logs(self) -> str:
        """The log folder of the recovery database of the merge."""
        return paths.join(self.swapped, RDB_LOGS)

    @property
    def merged(self) -> str:
        return paths.join(self.base, "merged")

    @property
    def merged_edb(self) -> str:
        """The dial tone .edb when the merge is complete."""
        return paths.join(self.merged, self._dial_tone_edb_name)

    def folder(self, name: str) -> str:
        """One of FOLDERS by its name."""
        if name == "dialtone":
            return self.dialtone
        return paths.join(self.base, name)

    @property
    def _dial_tone_edb_name(self) -> str:
        if self.own_edb_path is not None:
            return paths.name_of(self.own_edb_path)
        if self.in_place:
            return paths.name_of(self.failed_edb_path)
        return f"{names.folder_name(self.dial_tone_database)}.edb"


def default_root(volume_name: str) -> str:
    r"""The recovery root unless the user gives one: DialTone on the failed .edb's volume, so that
    its files move there by a rename. volume_name: "D:\" or "D:\Mounts\V1\"."""
    return paths.join(volume_name, "DialTone")
