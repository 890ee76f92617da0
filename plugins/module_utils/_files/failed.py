# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The failed database, as far as its files are concerned.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths

_ANY_LOG = re.compile(r"([A-Za-z][0-9A-Za-z]{2})(?:[0-9A-Fa-f]{8})?\.log", re.IGNORECASE)


@dataclass(frozen=True)
class FailedFiles:
    """Where the failed database's object says its files are.

    log_prefix: "E00", None if unknown. here: whether these paths are on the server of the connection;
    on an alternate server they are those of other files, which must not be taken for its own.
    in_place: whether the dial tone is at these paths, so that the failed files are preserved ones.
    """

    name: str
    guid: str
    edb_path: str
    log_folder: str
    log_prefix: str | None
    here: bool = True
    in_place: bool = False

    @property
    def in_its_place(self) -> bool:
        """Whether a file at these paths is the failed one."""
        return self.here and not self.in_place

    @property
    def edb_folder(self) -> str:
        return paths.folder_of(self.edb_path)

    @property
    def edb_name(self) -> str:
        return paths.name_of(self.edb_path)

    @property
    def flush_map_name(self) -> str:
        """The .jfm that belongs to the .edb."""
        return f"{paths.stem_of(self.edb_path)}.jfm"

    @property
    def catalogue_name(self) -> str:
        """The folder of the search index beside the .edb (Exchange 2013 and 2016)."""
        return f"{self.guid}12.1.Single"

    def prefix(self, *listings: Listing | None) -> str:
        """The base name of the log files: the object's, else the one most files here have."""
        return self.log_prefix or detect_prefix(*listings) or log_stream.DEFAULT_PREFIX


def detect_prefix(*listings: Listing | None) -> str | None:
    """The base name that most log files in these folders have; None when there are none."""
    counted = Counter(
        match[1].upper()
        for listing in listings
        for file in (listing.directly() if listing else ())
        if (match := _ANY_LOG.fullmatch(file.name))
    )
    return counted.most_common(1)[0][0] if counted else None
