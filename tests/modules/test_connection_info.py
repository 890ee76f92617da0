# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""connection_info against the lab: what it says of a good way to Exchange, and of each thing that is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import rights
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import connection_info
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import _local
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._slots import Slots
from desks import documented

OpenDesk = Callable[..., Any]


def look(desk: Any, **changes: Any) -> dict[str, Any]:
    """The module's result, by the desk's session; nothing may have been changed."""
    before = len(desk.changing())
    context = replace(desk.context(), connection=options(desk, **changes), sessions_held=lambda: 2)
    found = connection_info.run(context, {})
    assert desk.changing()[before:] == []
    return found


def options(desk: Any, **changes: Any) -> ConnectionOptions:
    port = desk.lab.endpoints["MBX1"]["http"]
    values = {
        "host": "127.0.0.1", "server": desk.server, "user": "u", "password": "p", "auth": "ntlm",
        "port": port, "winrm_port": port,
    }  # fmt: skip
    return ConnectionOptions(**{**values, **changes})


def test_nothing_is_wrong(open_desk: OpenDesk) -> None:
    desk = open_desk("tiny")
    found = look(desk)
    assert found["problems"] == []
    assert found["connected"] is True
    assert found["interpreter"]["executable"] == sys.executable
    assert {library["name"] for library in found["libraries"]} >= {"pypsrp", "pyspnego"}
    assert all(library["good"] for library in found["libraries"])
    assert abs(found["clock_skew_seconds"]) <= 1
    assert found["ticket"] is None and found["service_principal"] is None
    assert [(c["name"], c["auth"], c["protection"], c["works"]) for c in found["channels"]] == [
        ("cmdlets", "ntlm", "message encryption", True),
        ("programs", "ntlm", "message encryption", True),
    ]
    assert found["account"].lower() == "tiny\\administrator"
    assert found["rights"] == {
        "known": True, "roles_found": list(rights.ROLES), "roles_missing": [], "missing": [],
    }  # fmt: skip
    assert found["sessions"] == {"held": 2, "allowed": "18"}
    assert set(found) - {"changed"} == documented(connection_info.run)


def test_a_clock_that_is_wrong(open_desk: OpenDesk) -> None:
    desk = open_desk("tiny")
    desk.lab.shift_clock("MBX1", -400)
    found = look(desk)
    assert -402 <= found["clock_skew_seconds"] <= -398
    assert "clocks" in found["problems"][0] and "time source" in found["problems"][0]


def test_roles_and_local_rights_that_are_missing(open_desk: OpenDesk) -> None:
    desk = open_desk("tiny", switches={"role_of_set_mailbox_database": "Databases"})
    account = desk.lab.administrator
    account.roles = ("View-Only Organization Management",)
    account.local_administrator = False
    desk.lab.disconnect("MBX1")
    desk.lab.reconnect("MBX1")
    desk.reconnect()
    found = look(desk)
    assert {"Databases", "Mail Recipients"} <= set(found["rights"]["roles_missing"])
    assert "View-Only Recipients" in found["rights"]["roles_found"]
    missing = {lack["cmdlet"]: lack for lack in found["rights"]["missing"]}
    assert missing["Set-Mailbox"]["role"] == "Mail Recipients"
    assert "merge" in missing["New-MailboxRestoreRequest"]["stages"]
    assert "Get-Mailbox" not in missing
    assert found["channels"][1]["works"] is False and found["account"] is None
    text = " ".join(found["problems"])
    assert "local administrator" in text
    assert "'Transport Queues'" in text


def test_parameters_that_are_missing(open_desk: OpenDesk) -> None:
    """A role can grant a cmdlet without a parameter."""
    desk = open_desk("tiny", switches={"role_of_set_mailbox_database": "Move Mailboxes"})
    desk.lab.administrator.roles = (
        "Databases", "Disaster Recovery", "Mail Recipients", "Transport Queues", "Monitoring",
    )  # fmt: skip
    desk.lab.disconnect("MBX1")
    desk.lab.reconnect("MBX1")
    desk.reconnect()
    (lack,) = look(desk)["rights"]["missing"]
    assert (lack["cmdlet"], lack["parameters"]) == ("Set-Mailbox", ["Database", "ArchiveDatabase"])


def test_an_endpoint_that_does_not_tell_rights(open_desk: OpenDesk) -> None:
    found = look(open_desk("tiny", switches={"helper_cmdlets": "fewest"}))
    assert found["rights"] == dict.fromkeys(("roles_found", "roles_missing", "missing"), []) | {"known": False}
    assert any("Get-Command" in problem for problem in found["problems"])


def test_without_a_session_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No KDC, no server: every field is there, and each problem has a remedy."""
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")
    monkeypatch.delenv("KRB5_CLIENT_KTNAME", raising=False)
    error = ExchangeError("nobody answers.", remedy="Switch it on.")
    there = ConnectionOptions("127.0.0.1", server="mbx1.contoso.com", port=1, connect_timeout=2)
    found = connection_info.unreached(there, error)
    assert found["connected"] is False
    assert found["problems"][0] == "nobody answers. Switch it on."
    assert found["service_principal"] == "HTTP/mbx1.contoso.com"
    assert found["clock_skew_seconds"] is None
    assert [c["works"] for c in found["channels"]] == [False, None]
    for name in ("rights", "sessions", "server", "account"):
        assert found[name] is None


def test_an_old_or_missing_library_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {
        "pypsrp": "0.5.0",
        "pyspnego": "0.11.1",
        "requests": "2.32.0",
        "cryptography": "43.0",
    }

    def version(name: str) -> str:
        if name not in versions:
            raise _local.importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(_local.importlib.metadata, "version", version)
    found = {lib.name: lib for lib in _local.libraries(ConnectionOptions("h", auth="kerberos"))}
    assert (found["pypsrp"].good, found["pyspnego"].good) == (False, True)
    assert (found["gssapi"].found, found["gssapi"].good) == (None, False)
    assert "gssapi" not in {
        lib.name for lib in _local.libraries(ConnectionOptions("h", auth="ntlm"))
    }


def test_places_that_are_held_are_counted(tmp_path: Path) -> None:
    slots = Slots(str(tmp_path), "admin", 3)
    assert slots.held() == 0
    taken = [slots.take(), slots.take()]
    assert slots.held() == 2
    taken[0].release()
    assert slots.held() == 1
    assert slots.take() is not None  # counting takes none
