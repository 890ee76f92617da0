# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The claim of a run: renewed, lost, uncertain; and what stands before every change."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils import _process
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils import _lease
from ansible_collections.dialtone.exchange.plugins.plugin_utils._claim_keeper import ClaimKeeper
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_link import run_files

BASE = r"D:\DialTone\DB01"
MINE = Claim.new("root", "awx1", "42", "20261122-173000", "aa-1-1", 3600)
THEIRS = Claim.new("eva", "shell1", "", "20261122-174500", "bb-2-2", 3600)


class Server:
    """The folder of the claims. away: nothing answers; silent: done, but the answer is lost."""

    def __init__(self, *claims: Claim) -> None:
        self.names = [claim.name for claim in claims]
        self.away = self.silent = False
        self.server = "mbx1"

    def run(self, program: str, arguments: Sequence[str], timeout: float = 0) -> ProgramResult:
        if self.away:
            raise TransportError("no answer")
        line = " ".join(arguments)
        if program == "robocopy":
            out = "".join(f"\t     0\t{BASE}\\claim\\{name}\\\n" for name in self.names)
            return self._done(0, f"\t     0\t{BASE}\\claim\\\n{out}")
        old = next((name for name in self.names if name in line.split('" "', maxsplit=1)[0]), None)
        if old is None:
            return self._done(1)
        self.names.remove(old)
        if "ren " in line:
            self.names.append(line.split('" "')[1].rstrip('"'))
        if self.silent:
            self.silent = False
            raise TransportError("the answer was lost")
        return self._done(0)

    def _done(self, code: int, out: str = "") -> ProgramResult:
        return ProgramResult(code, out, "", 0.0, "x", "mbx1")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "dx1.lease")


def fence(path: str, keeper: ClaimKeeper | None = None) -> _lease.Fence:
    def renew(lease: _lease.Lease) -> None:
        if keeper is not None:
            keeper.hold(path, lease.server, lease.folder, lease.name)

    return _lease.Fence(path, renew)


def hold(path: str, server: Server) -> ClaimKeeper:
    keeper: Any = ClaimKeeper(server)
    keeper.hold(path, "mbx1", BASE, MINE.name)
    return keeper


def test_nothing_claimed_stops_nothing(path: str) -> None:
    fence(path).pass_or_raise()


def test_renewed_and_removed_at_the_end(path: str) -> None:
    server = Server(MINE)
    keeper = hold(path, server)
    assert server.names == [MINE.renewed().name]
    fence(path).pass_or_raise()
    keeper.release()
    assert server.names == []
    assert _lease.read(path) is None


def test_taken_over(path: str) -> None:
    server = Server(THEIRS)
    keeper = hold(path, server)
    with pytest.raises(ConflictError, match="it was taken over by eva at shell1, since 2026-11-22"):
        fence(path, keeper).pass_or_raise()
    keeper.release()
    assert server.names == [THEIRS.name]  # that one goes on


def test_a_lost_answer_is_no_lost_claim(path: str) -> None:
    server = Server(MINE)
    server.silent = True
    keeper = hold(path, server)
    assert server.names == [MINE.renewed().name]
    fence(path, keeper).pass_or_raise()  # asks for a renewal, which finds the new name
    keeper.release()
    assert server.names == []


def test_what_a_killed_run_left_is_not_taken_for_this_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of processes are given again."""
    base, owner = str(tmp_path), os.getpid()
    path = _lease.path_for(run_files(base, owner), "DB01")
    _lease.write(path, _lease.Lease("mbx1", BASE, MINE.name, 0.0))
    assert _lease.path_for(run_files(base, owner), "DB01") == path
    monkeypatch.setattr(_process, "_began", lambda _pid: "later")
    assert _lease.read(_lease.path_for(run_files(base, owner), "DB01")) is None


def test_no_change_while_the_server_is_away(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lease, "_PATIENCE", 0.0)
    server = Server(MINE)
    keeper = hold(path, server)
    lease = _lease.read(path)
    assert lease is not None
    _lease.write(path, replace(lease, confirmed=time.monotonic() - MINE.lease - 1))
    server.away = True
    with pytest.raises(PreconditionError, match="could not be renewed in time"):
        fence(path).pass_or_raise()
    server.away = False
    fence(path, keeper).pass_or_raise()
    keeper.release()


@pytest.mark.parametrize(
    ("program", "arguments", "changes"),
    [
        ("robocopy", ["a", "b", "/L"], False),
        ("robocopy", ["a", "b", "/J"], True),
        ("eseutil", ["/mh", "x.edb"], False),
        (r"C:\Exchange\Bin\eseutil.exe", ["/r", "E00"], True),
        ("cmd.exe", ["/c", "ren a b"], True),
        ("whoami", [], False),
        ("anything", [], True),
    ],
)
def test_what_could_change_something(program: str, arguments: list[str], changes: bool) -> None:
    assert _lease.program_could_change(program, arguments) is changes
