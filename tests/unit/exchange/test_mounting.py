# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a mount failed: texts as in exchange.md 6.2."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import mounting
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)


def two_levels(jet: str, exception: str = "MapiExceptionDatabaseError", ec: str = "1108") -> str:
    """The form of 2013 and later: the engine's code is in a diagnostic line."""
    return (
        'Failed to mount database "DB01". Error: An Active Manager operation failed. Error: The'
        " database action failed. Error: Operation failed with message: "
        f"{exception}: Unable to mount database. (hr=0x80004005, ec={ec})\nDiagnostic context:\n"
        "    Lid: 65256\n    Lid: 10722   StoreEc: 0x454\n"
        "    Lid: 1494    ---- Remote Context Beg ----\n"
        f"    Lid: 34760   StoreEc: 0x{jet}\n"
        "    Lid: 1750    ---- Remote Context End ----\n"
        "    Lid: 1047    StoreEc: 0x454 [Database: DB01, Server: mbx1]"
    )


@pytest.mark.parametrize(
    ("text", "code", "kind", "retry"),
    [
        (two_levels("FFFFFDDA"), -550, "dirty", False),
        (two_levels("FFFFFDE1"), -543, "logs_missing", False),
        (two_levels("FFFFFDF0"), -528, "logs_missing", False),
        (two_levels("FFFFFDE3"), -541, "foreign_logs", False),
        (two_levels("FFFFFDEE"), -530, "foreign_logs", False),
        (two_levels("FFFFFBF8"), -1032, "file_access", False),
        (two_levels("FFFFF8F0"), -1808, "disk_full", False),
        (two_levels("FFFFFC06"), -1018, "damaged", False),
        (
            two_levels("FFFFFB40", "MapiExceptionJetErrorAttachedDatabaseMismatch"),
            -1216,
            "foreign_logs",
            False,
        ),
        (
            "MapiExceptionCallFailed: Unable to mount database. (hr=0x80004005, ec=-550)",
            -550,
            "dirty",
            False,
        ),
        (
            two_levels("8004010F", "MapiExceptionNotFound", "-2147221233"),
            None,
            "not_in_directory",
            True,
        ),
        (
            two_levels("80040115", "MapiExceptionNetworkError", "-2147221227"),
            None,
            "store_not_ready",
            True,
        ),
        (
            "MapiExceptionADUnavailable: Unable to mount database. (ec=2414)",
            None,
            "directory",
            True,
        ),
        (
            two_levels("454", "MapiExceptionTooManyMountedDatabases"),
            None,
            "second_recovery_database",
            False,
        ),
        ("The database 'X' is already mounted on server 'Y'.", None, "already_mounted", False),
        ("... error 0x6ba (The RPC server is unavailable).", None, "services_down", False),
        ("the database availability group must have quorum", None, "quorum", False),
        (two_levels("454"), None, "unknown", False),
        ("something new", None, "unknown", False),
    ],
)
def test_cause(text: str, code: int | None, kind: str, retry: bool) -> None:
    error = mounting.explain(CommandError(text), about="database DB01", server="mbx1")
    assert (error.jet_code, error.kind, error.retry) == (code, kind, retry)
    assert (error.tries > 1) == (kind in ("file_access", "unknown", "services_down"))
    assert error.remedy
    assert "DB01" in str(error)
    assert "Diagnostic context" not in str(error)


@pytest.mark.parametrize(
    ("recovery", "kind"), [(True, "second_recovery_database"), (False, "limit")]
)
def test_too_many_mounted_means_two_things(recovery: bool, kind: str) -> None:
    text = two_levels("454", "MapiExceptionTooManyMountedDatabases")
    error = mounting.explain(CommandError(text), about="x", server="mbx1", recovery=recovery)
    assert error.kind == kind


def test_the_last_code_with_the_top_bit_counts() -> None:
    text = "StoreEc: 0x454 StoreEc: 0xFFFFFDDA StoreEc: 0xFFFFFDE1 StoreEc: 0x454"
    assert mounting.jet_code(text) == -543


def test_mapi_codes_are_no_jet_codes() -> None:
    assert mounting.jet_code("StoreEc: 0x8004010F ec=-2147221233") is None
