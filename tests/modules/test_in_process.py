# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests without the wire rest on: the same answers as over it, and the same calls in a recovery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import TransportError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
)
from desks import Desk
from in_process import InProcess
from stages import STAGES, Stages

PIPELINES = {
    "an object with all its properties": [Command("Get-MailboxDatabase", {"Identity": "DB02", "Status": True})],
    "many objects, lists and enums in them": [Command("Get-Mailbox", {"ResultSize": "Unlimited"})],
    "some properties": [
        Command("Get-MailboxDatabase"),
        Command("Select-Object", {"Property": ["Name", "Guid", "Mounted", "MountAtStartup", "WhenChangedUTC"]}),
    ],
    "no object": [Command("Get-Mailbox", {"Database": "DB02", "Arbitration": True})],
    "an error of one object": [Command("Get-MailboxDatabase", {"Identity": "no such thing"})],
    "an error that ends the pipeline": [Command("Get-MailboxDatabase", {"Nonsense": True})],
    "an unknown cmdlet": [Command("Get-Nonsense")],
    "a question": [Command("Remove-MailboxDatabase", {"Identity": "DB02"})],
    "a warning": [
        Command("Set-MailboxDatabase", {"Identity": "DB02", "MountAtStartup": True, "AllowFileRestore": False})
    ],
    "statistics": [Command("Get-MailboxStatistics", {"Database": "DB02"})],
}  # fmt: skip
PROGRAMS = {
    "output": ("eseutil", ["/mh", "D:\\Databases\\DB02\\DB02.edb"]),
    "an exit code": ("eseutil", ["/mh", "D:\\nothing.edb"]),
    "quotes": ("cmd", ["/d", "/c", 'echo "a b" & echo c 1>&2']),
    "letters": ("cmd", ["/d", "/c", "echo \u00e4\u00f6 \u20ac"]),
}  # fmt: skip
CLASSES = {
    "Win32_Volume": ["Name", "FreeSpace", "Capacity", "BootVolume", "Nonsense"],
    "Win32_OperatingSystem": ["Version", "LocalDateTime"],
    "Win32_Service": ["Name", "State"],
}


@pytest.fixture(scope="module", autouse=True)
def off_the_record() -> Iterator[None]:
    """Some calls here are wrong on purpose: the contract test is to read what the collection sends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EXCHANGE_LAB_CALLS", raising=False)
        yield


@pytest.fixture(scope="module")
def both(shared_desk: Desk) -> Iterator[tuple[Any, Any]]:
    """The two ways to one server: over the wire, and inside."""
    wire = shared_desk.transport
    yield wire, InProcess(shared_desk.lab, "MBX1", wire.domain_controller)


def unique(result: CommandResult) -> CommandResult:
    """A result without what differs from call to call."""
    differs = r"RequestId=[^,]*,TimeStamp=[^]]*"
    errors = [replace(e, error_id=re.sub(differs, "", e.error_id)) for e in result.errors]
    return replace(result, seconds=0, errors=errors)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline(both: tuple[Any, Any], name: str) -> None:
    wire, inside = (unique(way.invoke(*PIPELINES[name])) for way in both)
    assert inside == wire


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(both: tuple[Any, Any], name: str) -> None:
    wire, inside = (way.run(*PROGRAMS[name]) for way in both)
    assert (wire.exit_code, wire.stderr, wire.program, wire.server) == (
        inside.exit_code, inside.stderr, inside.program, inside.server
    )  # fmt: skip
    assert timeless(inside.stdout) == timeless(wire.stdout) and wire.stdout


def test_a_program_that_is_watched(both: tuple[Any, Any]) -> None:
    ends = []
    for way in both:
        job, text = way.start(*PROGRAMS["output"]), ""
        while not (state := job.poll(5.0)).done:
            text += state.output
        ends.append((state.exit_code, timeless(text + state.output)))
        job.stop()
    assert ends[0] == ends[1] and ends[0][1]


def timeless(text: str) -> str:
    """A program's output without how long it took."""
    return re.sub(r"[\d.]+ seconds", "a while", text)


def test_no_such_program(both: tuple[Any, Any]) -> None:
    codes = set()
    for way in both:
        with pytest.raises(TransportError, match="was not found") as caught:
            way.run("nonsense", [])
        codes.add(caught.value.code)
    assert len(codes) == 1


@pytest.mark.parametrize("name", CLASSES)
def test_a_wmi_class(both: tuple[Any, Any], name: str) -> None:
    wire, inside = (way.enumerate(name, CLASSES[name]) for way in both)
    for rows in (wire, inside):
        for row in rows:
            row.pop("LocalDateTime", None) if name != "Win32_OperatingSystem" else row.update(
                LocalDateTime=row["LocalDateTime"][:10]
            )
    assert inside == wire and wire


def test_another_domain_controller_is_chosen(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("contoso", wire=False)
    chosen = Command("Set-ADServerSettings", {"PreferredServer": "dc2", "ViewEntireForest": True})
    desk.transport.invoke(chosen).raise_for_errors()
    assert desk.transport.domain_controller == "dc2"


def test_a_recovery(open_recovery: Callable[..., Any]) -> None:
    """It changes the same, in the same order."""
    changes = []
    for wire in (True, False):
        stages = Stages(open_recovery(wire=wire, latency=False, speed=3000.0))
        for stage in STAGES:
            stages.run(stage)
            stages.run(stage)
        changes.append(stages.recovery.desk.changing())
    assert changes[0] == changes[1] and len(changes[0]) > 20
