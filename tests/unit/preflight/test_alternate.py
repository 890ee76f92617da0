# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions of an alternate server, as a table: what there is, and the verdict."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import Server
from ansible_collections.dialtone.exchange.plugins.module_utils._files import volumes
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _preflight
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._alternate_facts import (
    Alternate,
    Limits,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)
from preflight.test_checks import FAILED, GB, facts, volume

VERSION = "Version 15.2 (Build 1544.4)"
LOST = Server("MBX1", "mbx1.contoso.lab", "Enterprise", VERSION, None, True)
OTHER = replace(LOST, name="MBX2", fqdn="mbx2.contoso.lab")
KNOWN = Alternate(
    schema="0.147", windows="10.0.20348", memory=128 * GB, processors=8, original_runs=None
)


def elsewhere(alternate: Alternate | None = KNOWN, **changes: t.Any) -> Facts:
    """DB01 of MBX1, which is lost, and MBX2, which fits."""
    have: dict[str, t.Any] = {
        "failed": replace(FAILED, mounted=None),
        "original": LOST,
        "server": OTHER,
        "session_server": "mbx2.contoso.lab",
        "databases": [],
        "alternate": alternate,
    }
    return facts(**{**have, **changes})


def check(found: Facts, name: str) -> Check | None:
    return next((each for each in _preflight.run_all(found) if each.name == name), None)


def test_a_server_that_fits_only_warns_of_what_nobody_can_tell() -> None:
    verdicts = {each.name: each.verdict for each in _preflight.run_all(elsewhere())}
    assert "stop" not in verdicts.values()
    assert [name for name, verdict in verdicts.items() if verdict == "warn"] == ["windows_version"]


def test_on_the_failed_ones_own_server_there_are_no_such_conditions() -> None:
    assert check(facts(), "exchange_version") is None
    assert check(facts(failed=replace(FAILED, mounted=None)), "mounted").verdict == "stop"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "changes", "verdict", "words"),
    [
        ("mounted", {"failed": replace(FAILED, mounted=True)}, "stop", "is mounted"),
        ("mounted", {}, "ok", "doesn't answer"),
        ("exchange_version", {}, "ok", "1544.4"),
        (
            "exchange_version",
            {"server": replace(OTHER, version="Version 15.1 (Build 2507.6)")},
            "stop",
            "15.1",
        ),
        (
            "exchange_version",
            {"server": replace(OTHER, version="Version 15.2 (Build 1258.12)")},
            "warn",
            "1258",
        ),
        ("exchange_version", {"original": replace(LOST, version="")}, "warn", "1544.4"),
        ("windows_version", {}, "warn", "10.0.20348"),
        ("schema_version", {}, "ok", "can't be asked"),
        (
            "schema_version",
            {"alternate": replace(KNOWN, original_schema="0.148")},
            "stop",
            "0.147",
        ),
        (
            "schema_version",
            {"alternate": replace(KNOWN, original_schema="0.147")},
            "ok",
            "0.147",
        ),
        ("original_server", {}, "ok", "MBX1"),
        (
            "original_server",
            {"alternate": replace(KNOWN, original_runs=True)},
            "stop",
            "doesn't know",
        ),
        (
            "original_server",
            {
                "alternate": replace(KNOWN, original_runs=True),
                "failed": replace(FAILED, mounted=False),
            },
            "warn",
            "only DB01 is down",
        ),
        (
            "carried_mailboxes",
            {"alternate": replace(KNOWN, limits=Limits(mailboxes=3), mailboxes=2)},
            "ok",
            "2 mailboxes on MBX2",
        ),
        (
            "carried_mailboxes",
            {"alternate": replace(KNOWN, limits=Limits(mailboxes=2), mailboxes=2)},
            "stop",
            "1 mailboxes and archives to come",
        ),
        (
            "carried_size",
            {
                "alternate": replace(KNOWN, limits=Limits(database_size=100 * GB)),
                "failed": replace(FAILED, mounted=None, size=101 * GB),
            },
            "stop",
            "101.0 GB",
        ),
        (
            "carried_size",
            {
                "alternate": replace(KNOWN, limits=Limits(database_size=100 * GB)),
                "failed": replace(FAILED, mounted=None, size=None),
            },
            "warn",
            "nobody knows",
        ),
        ("machine", {}, "ok", "8 processors"),
        (
            "availability_group",
            {"alternate": replace(KNOWN, availability_group="DAG1")},
            "warn",
            "DAG1",
        ),
        ("slot", {"server": replace(OTHER, edition="Standard")}, "ok", "0 of 5"),
        ("server", {"session_server": "mbx1.contoso.lab"}, "stop", "mbx1"),
        ("recovery_root", {}, "ok", "most room"),
    ],
)
def test_conditions(name: str, changes: dict[str, t.Any], verdict: str, words: str) -> None:
    found = check(elsewhere(**changes), name)
    assert found is not None
    assert (found.verdict, words in found.have) == (verdict, True), found
    assert bool(found.remedy) == (verdict != "ok")


def test_the_default_root_is_on_the_roomiest_data_volume() -> None:
    there = [volume("C:\\", 900 * GB), volume("D:\\", 10 * GB), volume("E:\\", 20 * GB)]
    assert volumes.roomiest(there) == there[2]
    assert volumes.roomiest(there[:1]) is None
    mounted = volume("C:\\Mounts\\V1\\", 30 * GB)
    assert volumes.roomiest([*there, mounted]) == mounted
