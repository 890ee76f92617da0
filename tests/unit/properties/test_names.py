# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and paths on their way to a command: they arrive as they are, or are refused before.

What a command makes of them is decided by the lab's own readers of command lines, filters and paths.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import queues
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    copy,
    folders,
    rename,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    evidence,
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    Ledger,
    LedgerRow,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
    command_line,
)
from files.machine import Machine
from hostile import ANY, HOSTILE
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scripted_transport import ScriptedTransport, scripted_context

from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.files.paths import fold
from exchange_lab.programs._command_line import split_arguments
from exchange_lab.runspace import PSObj
from exchange_lab.wire.command_line import split_cmd_line, split_command_line

RUN = "20261122-141502"


def accepted(name: str) -> str:
    """The name, if it can be a database's; otherwise the example is of no use here."""
    try:
        return names.check_database_name(name)
    except InputError:
        assume(False)
        raise


# -- command lines


@given(st.lists(ANY, max_size=6))
@example(["a b\\", 'a\\"b', "", "\\\\", "\\ ", '"'])
def test_arguments_arrive_as_they_are(arguments: list[str]) -> None:
    """Read back by two independent readers, after the name of the program."""
    try:
        line = f"program {command_line(arguments)}"
    except InputError:
        assert any(re.search(r"[\x00-\x1f\x7f]", argument) for argument in arguments)
        return
    assert split_command_line(line) == ["program", *arguments]
    assert split_arguments(line) == ["program", *arguments]


@given(st.lists(ANY, min_size=1, max_size=4))
def test_cmd_strips_the_outer_quotes_only(arguments: list[str]) -> None:
    try:
        program, line = cmd_builtin("echo", arguments)
    except InputError:
        assert any(re.search(r'[%"\x00-\x1f\x7f]', argument) for argument in arguments)
        return
    text = f"{program} {command_line(line)}"
    assert split_cmd_line(text)[:4] == ["/d", "/v:off", "/s", "/c"]
    inner = split_cmd_line(text)[4]
    assert inner[0] == inner[-1] == '"'
    # Inside quotes nothing but % has a meaning; outside of them there must be nothing that has one.
    bare = re.sub(r'"[^"]*"', "", inner[1:-1])
    assert not set(bare) & set("&|<>^()%!,;=@")


# -- files and folders


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with tempfile.TemporaryDirectory() as root:
        yield Machine(Path(root))


def context(machine: Machine) -> OperationContext:
    return OperationContext(transport=machine, server="mbx1", domain_controller="dc1")


def everything(machine: Machine, folder: str) -> list[str]:
    found = []
    for entry in machine.fs.listdir(folder):
        path = f"{folder.rstrip(chr(92))}\\{entry.name}"
        found += [path, *(everything(machine, path) if entry.is_dir else [])]
    return found


@given(HOSTILE.map(lambda text: re.sub(r'[<>:"/|?*%\x00-\x1f\x7f]', "", text)))
@example("a & mkdir b")
@example("-quiet")
@example("/S")
@example("a\u00a0")
@example("a\u2028b")
@example("a\x85b")
@example("it's ^&!x!")
def test_a_folder_of_any_name_is_made_listed_filled_and_renamed(
    machine: Machine, name: str
) -> None:
    """Through cmd and robocopy, and nothing else comes into being."""
    try:
        folder = paths.check_folder(f"E:\\{name}", "folder")
    except InputError as error:
        assert error.remedy
        return
    ours = context(machine)
    machine.calls.clear()
    machine.changing.clear()
    rename.make_folder(ours, folder)
    machine.fs.write_bytes(f"{folder}\\a b.log", b"x")
    try:
        made = everything(machine, "E:\\")
        assert fold(made[-1]) == fold(f"{folder}\\a b.log")
        assert len(made) == 1 + len(folder[3:].split("\\"))
        listing = folders.list_folder(ours, folder)
        assert listing is not None
        assert [file.path for file in listing.files] == [f"{folder}\\a b.log"]
        last = paths.name_of(folder)
        if names.utf16_length(f"{folder}\\{last}.log") < 260:
            rename.rename(ours, f"{folder}\\a b.log", f"{last}.log")
            copied = folders.list_folder(ours, folder)
            assert copied is not None
            copy.copy(ours, folder, "E:\\copied", copied.files, "it")
            assert [e.name for e in machine.fs.listdir("E:\\copied")] == [f"{last}.log"]
    finally:
        for entry in machine.fs.listdir("E:\\"):
            machine.fs.rmdir(f"E:\\{entry.name}", recurse=True)
    assert everything(machine, "D:\\") == []


@given(ANY, st.sampled_from(["D:\\DialTone", "E:\\Mounts\\V 1\\x"]))
@example("CON", "D:\\DialTone")
@example("a" * 64, "D:\\DialTone")
@example("..", "D:\\DialTone")
def test_every_database_has_a_folder(name: str, root: str) -> None:
    layout = RecoveryLayout.of(root, accepted(name), "D:\\Databases\\x\\x.edb")
    for path in (layout.base, layout.preserved, layout.restored_rdb_logs, layout.production_logs):
        assert paths.check_folder(path, "folder") == path
        assert paths.is_inside(path, root)
        cmd_builtin("mkdir", [path])
    for path in (layout.dialtone_edb, layout.swapped_edb, layout.merged_edb):
        assert paths.check_file(path, "file") == path


@given(ANY, ANY)
@example("DB%", "DB_")
@example("a.", "a_")
@example("DB01", "db01")
def test_two_databases_have_two_folders(one: str, other: str) -> None:
    assume(not names.same_name(accepted(one), accepted(other)))
    for make in (
        names.folder_name,
        names.dial_tone_name,
        lambda name: names.merge_recovery_database(name, RUN),
    ):
        first, second = make(one), make(other)
        assert fold(first) != fold(second)
        if make is not names.folder_name:
            assert names.check_database_name(first) == first


@given(st.one_of(ANY, HOSTILE.map(lambda s: f"D:\\{s}")))
def test_any_path_is_accepted_once_for_all_or_refused_with_advice(text: str) -> None:
    for check in (paths.check_folder, paths.check_file, paths.check_file_name):
        try:
            path = check(text, "recovery_root")
        except InputError as error:
            assert error.remedy and "recovery_root" in str(error)
            assert "\n" not in str(error) and "\x1b" not in str(error)
            continue
        assert check(path, "recovery_root") == path
        folder, name = paths.split(path)
        assert paths.same(paths.join(folder, name) if folder else name, path)


@given(ANY)
def test_any_database_name_is_accepted_or_refused_with_advice(text: str) -> None:
    try:
        assert names.check_database_name(text) == text
    except InputError as error:
        assert error.remedy
        assert "\n" not in str(error) and "\x1b" not in str(error)


# -- filters


@given(ANY, ANY)
@example("DB01' -or Status -eq 'Retry", "DB01")
@example("O'Neil''s", "O'Neil")
def test_a_filter_finds_the_queues_of_one_database(name: str, other: str) -> None:
    accepted(name)
    sent: list[Command] = []

    class Recording(ScriptedTransport):
        def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
            sent.extend(commands)
            return CommandResult()

    queues.for_database(scripted_context(Recording()), "MBX1", name)
    matches = compile_filter(str(sent[0].parameters["Filter"]), frozenset(["NextHopDomain"]))

    def queue(domain: str) -> PSObj:
        return PSObj(("Queue",), {"NextHopDomain": domain, "Status": "Retry"}, to_string=domain)

    assert matches(queue(name))
    assert matches(queue(other)) == (other.lower() == name.lower())


# -- what we write for others to read


@given(ANY, st.booleans())
@example(f"DB01, run {RUN}", True)
@example(", closed", False)
def test_a_marker_keeps_its_database(name: str, closed: bool) -> None:
    made = marker.Marker(accepted(name), RUN, closed)
    assert marker.Marker.parse(made.text()) == made
    assert marker.Marker.parse(f"  {made.text()}\n") == made


@given(ANY)
def test_any_reason_is_a_marker_or_none(text: str) -> None:
    found = marker.Marker.parse(text)
    assert found is None or found.text() == text.strip()


@given(st.lists(st.tuples(st.uuids().map(str), ANY, ANY), max_size=4, unique_by=lambda row: row[0]))
def test_a_ledger_keeps_its_rows(rows: list[tuple[str, str, str]]) -> None:
    ledger = Ledger("DB01", RUN, [LedgerRow(g, display_name=n, note=o) for g, n, o in rows])
    assert list(Ledger.from_json(ledger.to_json())) == list(ledger)
    assert Ledger.from_json(ledger.to_json()).to_csv() == ledger.to_csv()


@given(st.lists(st.lists(st.one_of(ANY, st.integers()), min_size=2, max_size=2), max_size=4))
@example([["=HYPERLINK(1)", " =1"], ["\t=1", "\r\n=1"]])
def test_a_table_is_text_for_a_spreadsheet(rows: list[list[str | int]]) -> None:
    text = evidence.table(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert len(read) == len(rows)
    for cells, row in zip(read, rows, strict=True):
        for cell, value in zip(cells, row, strict=True):
            assert cell.removeprefix("'") == str(value).removeprefix("'")
            if isinstance(value, str):
                assert not cell.lstrip(" \t\r\n\u00a0").startswith(("=", "+", "-", "@"))
