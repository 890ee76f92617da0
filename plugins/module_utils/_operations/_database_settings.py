# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The settings that a new database takes over from the failed one, by their names in Set-MailboxDatabase.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import sizes
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value

# Settings that a dial tone database has whatever the failed one had: without circular logging the
# logs of the dial tone period survive.
_FIXED: Mapping[str, Value] = {"CircularLoggingEnabled": False, "MountAtStartup": True}
# An explicit null takes these away. For all others null means that this version of Exchange does
# not report them.
_CLEARABLE = frozenset(("OfflineAddressBook", "JournalRecipient"))


def current(database: Database | None) -> dict[str, t.Any]:
    """Those of a database; none where there is no database."""
    if database is None:
        return {}
    return {
        **database.settings,
        "CircularLoggingEnabled": database.circular_logging,
        "MountAtStartup": database.mount_at_startup,
        "IsExcludedFromProvisioning": database.excluded_from_provisioning,
        "IsExcludedFromProvisioningReason": database.excluded_reason,
    }


def wanted(have: Database | None, failed: Database, mark: Marker | None) -> dict[str, Value]:
    """Those that a database for the users of the failed one is to have. have: as it is, None before it
    is created. mark: None for one that is no dial tone database."""
    wanted: dict[str, Value] = {
        name: value
        for name, value in failed.settings.items()
        if value is not None or (have is not None and name in _CLEARABLE)
    }
    wanted.update(_FIXED)
    # A recovery that was closed is not opened again: its database takes new mailboxes.
    if mark is not None and not mark.closed:
        wanted["IsExcludedFromProvisioning"] = True
        wanted["IsExcludedFromProvisioningReason"] = mark.text()
    return wanted


def different(have: Mapping[str, t.Any], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """Those that have to be sent."""
    return {
        name: _to_send(value)
        for name, value in wanted.items()
        if name not in have or _to_send(have[name]) != _to_send(value)
    }


def _to_send(value: Value) -> Value:
    """A printed setting in the form that every culture reads: sizes as plain bytes."""
    if not isinstance(value, str) or "(" not in value:
        return value
    try:
        size = sizes.parse_size(value)
    except ValueError:
        return value  # a name with brackets
    return value if size is None else str(size)
