# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failed object when Exchange refuses to remove it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import RemoteCommandError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _final_name
from scripted_transport import ScriptedTransport, scripted_context


def database(server: str) -> Database:
    return Database("DB01", "guid", "CN=DB01", server, False, "D:\\DB01.edb", "D:\\")


@pytest.fixture(autouse=True)
def _refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: t.Any) -> t.NoReturn:
        raise RemoteCommandError("no.")

    monkeypatch.setattr(databases, "remove", refuse)


def test_that_of_a_server_that_is_away_stays_with_a_warning() -> None:
    context = scripted_context(ScriptedTransport())
    assert _final_name._remove(context, database("MBX9")) is False
    (warning,) = context.warnings
    assert "DB01" in warning and "MBX9" in warning and "Remove-MailboxDatabase" in warning


def test_on_its_own_server_it_is_an_error() -> None:
    context = scripted_context(ScriptedTransport())
    with pytest.raises(RemoteCommandError):
        _final_name._remove(context, database(context.server.partition(".")[0].upper()))
