# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connection_info says of tickets, against a real KDC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import connection_info
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

from exchange_lab.lab import ADMINISTRATOR_PASSWORD, Lab

USER = "Administrator@TINY.LAB"


def told(lab: Lab, **changes: Any) -> dict[str, Any]:
    """What is known without a session."""
    there = ConnectionOptions(
        "127.0.0.1", server="mbx1.tiny.lab", port=lab.endpoints["MBX1"]["http"], **changes
    )
    found = connection_info.unreached(there, ExchangeError("no session"))
    assert found["service_principal"] == "HTTP/mbx1.tiny.lab"
    assert abs(found["clock_skew_seconds"]) <= 2
    return found


@pytest.mark.parametrize(("seconds", "problems"), [(36000, 0), (600, 1)])
def test_a_ticket_cache(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, problems: int
) -> None:
    assert realm_lab.realm
    cache = tmp_path / "tickets"
    realm_lab.realm.ticket("Administrator", ADMINISTRATOR_PASSWORD, cache, seconds)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    found = told(realm_lab)
    assert (found["ticket"]["source"], found["ticket"]["principal"]) == ("cache", USER)
    assert seconds - 120 <= found["ticket"]["seconds_left"] <= seconds
    assert len([p for p in found["problems"] if "kinit" in p]) == problems


def test_a_keytab_and_a_password(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert realm_lab.realm
    realm_lab.realm.write_keytab("Administrator", tmp_path / "admin.keytab")
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{tmp_path}/admin.keytab")
    found = told(realm_lab, user=USER)
    assert (found["ticket"]["source"], found["ticket"]["principal"]) == ("keytab", USER)
    assert found["problems"] == ["no session."]
    assert told(realm_lab, user=USER, password="x")["ticket"]["source"] == "password"


def test_no_ticket(realm_lab: Lab) -> None:
    found = told(realm_lab)
    assert found["ticket"]["problem"] == "there is no ticket"
    assert any("kinit" in problem for problem in found["problems"])
