# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""database_files, state preserved: check, real, again, bad input, and every way to be interrupted."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_files
from scripted_transport import FakeTime, scripted_context

HOME = "D:\\Databases\\DB01"
KEPT = "D:\\DialTone\\DB01\\preserved"
GB = 1024**3
EDB = {"DB01.edb": 40 * GB, "DB01.jfm": 65536}
LOGS = {
    "E00.chk": 8192,
    "E00.log": 1048576,
    "E0000000FB5.log": 1048576,
    "E0000000FB6.log": 1048576,
    "E00res00001.jrs": 1048576,
    "E00tmp.log": 1048576,
}
STRANGERS = {"E01.log": 1048576, "readme.txt": 12, "Other.edb": GB}
ARGS = {"failed_database": "DB01", "state": "preserved", "recovery_root": "D:\\DialTone"}


def kept(*names: str) -> dict[str, int]:
    everything = {**EDB, **LOGS}
    return {
        f"{'database' if name in EDB else 'logs'}\\{name}": everything[name]
        for name in names or everything
    }


def tree(script: t.Any, target: str, preserved: dict[str, int] | None) -> t.Any:
    """The look at all folders of the recovery, of which there is only preserved, or none."""
    below = {f"preserved\\{name}": size for name, size in (preserved or {}).items()}
    base = target.removesuffix("\\preserved")
    return script.listing(base, None if preserved is None else below, tree=True)


def look(script: t.Any, home: dict[str, int] | None, preserved: dict[str, int] | None) -> None:
    tree(script.database().volumes().listing(HOME, home), KEPT, preserved)


def test_check_mode_predicts_and_changes_nothing(script: t.Any) -> None:
    look(script, {**EDB, **LOGS, **STRANGERS}, None)
    script.header(f"{HOME}\\DB01.edb")
    result = database_files.run(scripted_context(script, check=True), ARGS)
    assert result["changed"]
    assert result["edb_path"] == f"{KEPT}\\database\\DB01.edb"
    assert result["log_folder"] == f"{KEPT}\\logs"
    assert result["header"]["state"] == "Dirty Shutdown"
    assert result["logs"] == {"first": 4021, "last": 4022, "collected": 4, "missing": []}
    assert f"{HOME}\\DB01.edb  40.0 GB" in result["diff"]["before"]
    assert f"{KEPT}\\database\\DB01.edb  40.0 GB" in result["diff"]["after"]
    assert HOME not in result["diff"]["after"]


def test_everything_moves_by_rename_and_strangers_stay(script: t.Any) -> None:
    look(script, {**EDB, **LOGS, **STRANGERS}, None)
    script.header(f"{HOME}\\DB01.edb")
    script.builtin("mkdir", f"{KEPT}\\database").builtin("mkdir", f"{KEPT}\\logs")
    for name in ("DB01.edb", "DB01.jfm"):
        script.builtin("move", f"{HOME}\\{name}", f"{KEPT}\\database")
    for name in ("E00*.log", "E00.chk", "E00res*.jrs"):
        script.builtin("move", f"{HOME}\\{name}", f"{KEPT}\\logs")
    script.listing(KEPT, kept(), tree=True)
    assert database_files.run(scripted_context(script), ARGS)["changed"]


def test_again_nothing_is_left_to_do(script: t.Any) -> None:
    look(script, STRANGERS, kept())
    script.header(f"{KEPT}\\database\\DB01.edb")
    result = database_files.run(scripted_context(script), ARGS)
    assert not result["changed"]
    assert result["diff"]["before"] == result["diff"]["after"]


def test_an_interrupted_run_goes_on_where_it_stopped(script: t.Any) -> None:
    look(script, {"E00.log": 1048576, "E00.chk": 8192}, kept("DB01.edb", "E0000000FB5.log"))
    script.header(f"{KEPT}\\database\\DB01.edb")
    script.builtin("move", f"{HOME}\\E00*.log", f"{KEPT}\\logs")
    script.builtin("move", f"{HOME}\\E00.chk", f"{KEPT}\\logs")
    script.listing(KEPT, kept("DB01.edb", "E0000000FB5.log", "E00.log", "E00.chk"), tree=True)
    assert database_files.run(scripted_context(script), ARGS)["changed"]


def test_what_is_left_of_a_destroyed_database_is_kept(script: t.Any) -> None:
    look(script, LOGS, None)
    context = scripted_context(script, check=True)
    result = database_files.run(context, ARGS)
    assert result["changed"]
    assert result["edb_path"] is None
    assert result["header"] is None
    assert any("DB01.edb is missing" in text for text in context.warnings)


def test_a_damaged_file_is_kept_as_it_is(script: t.Any) -> None:
    look(script, {**EDB, **LOGS}, None)
    script.header(f"{HOME}\\DB01.edb", code=-1206)
    context = scripted_context(script, check=True)
    assert database_files.run(context, ARGS)["changed"]
    assert any("can not be read" in text for text in context.warnings)


def test_nothing_is_left_at_all(script: t.Any) -> None:
    look(script, None, None)
    context = scripted_context(script)
    assert not database_files.run(context, ARGS)["changed"]


def test_the_default_root_is_on_the_volume_of_the_edb(script: t.Any) -> None:
    script.database().volumes()
    tree(script.volumes().listing(HOME, STRANGERS), KEPT, kept())
    script.header(f"{KEPT}\\database\\DB01.edb")
    args = {**ARGS, "recovery_root": ""}
    assert not database_files.run(scripted_context(script), args)["changed"]


def test_from_another_volume_the_files_are_copied_and_the_originals_stay(script: t.Any) -> None:
    target = "E:\\R\\DB01\\preserved"
    script.database(LogFolderPath="E:\\Logs\\DB01").volumes()
    script.listing(HOME, {"DB01.edb": 40 * GB}).listing("E:\\Logs\\DB01", LOGS)
    tree(script, target, None).header(f"{HOME}\\DB01.edb")
    script.builtin("mkdir", f"{target}\\database").builtin("mkdir", f"{target}\\logs")
    script.copies(HOME, f"{target}\\database", {"DB01.edb": 40 * GB})
    for name in ("E00*.log", "E00.chk", "E00res*.jrs"):
        script.builtin("move", f"E:\\Logs\\DB01\\{name}", f"{target}\\logs")
    arrived = {"database\\DB01.edb": 40 * GB, **{f"logs\\{n}": s for n, s in LOGS.items()}}
    script.listing(target, arrived, tree=True)
    result = database_files.run(scripted_context(script), {**ARGS, "recovery_root": "E:\\R"})
    assert result["changed"]
    assert f"{HOME}\\DB01.edb" in result["diff"]["after"]


def test_a_half_copied_file_is_copied_again(script: t.Any) -> None:
    target = "E:\\R\\DB01\\preserved"
    script.database().volumes().listing(HOME, {"DB01.edb": 40 * GB})
    tree(script, target, {"database\\DB01.edb": 40 * GB, "logs\\": 0})
    # The same size, but robocopy knows it by its time.
    script.expect_program(
        "robocopy",
        [
            *(HOME, f"{target}\\database", "DB01.edb"),
            *("/L", "/XJ", "/BYTES", "/FP", "/NC", "/NJH", "/NJS", "/R:0", "/W:0"),
        ],
        1,
        f"\t\t42949672960\t{HOME}\\DB01.edb\r\n",
    )
    script.header(f"{HOME}\\DB01.edb")
    script.copies(HOME, f"{target}\\database", {"DB01.edb": 40 * GB})
    script.listing(target, {"database\\DB01.edb": 40 * GB}, tree=True)
    result = database_files.run(scripted_context(script), {**ARGS, "recovery_root": "E:\\R"})
    assert result["changed"]


def test_no_space_for_a_copy(script: t.Any) -> None:
    script.database().volumes(free=GB).listing(HOME, {"DB01.edb": 40 * GB})
    tree(script, "E:\\R\\DB01\\preserved", None)
    with pytest.raises(PreconditionError, match=r"E:\\ has 1\.0 GB free"):
        database_files.run(scripted_context(script), {**ARGS, "recovery_root": "E:\\R"})


def test_a_move_that_did_not_happen_is_seen(script: t.Any) -> None:
    look(script, {"DB01.edb": 40 * GB}, None)
    script.header(f"{HOME}\\DB01.edb")
    script.builtin("mkdir", f"{KEPT}\\database").builtin("mkdir", f"{KEPT}\\logs")
    script.builtin("move", f"{HOME}\\DB01.edb", f"{KEPT}\\database")
    script.listing(KEPT, {"logs\\": 0}, tree=True)
    with pytest.raises(ProgramError, match="Not all files arrived"):
        database_files.run(scripted_context(script), ARGS)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"Mounted": True}, PreconditionError, "it is mounted"),
        ({"Mounted": None}, PreconditionError, "can't tell whether it is mounted"),
        ({"Recovery": True}, PreconditionError, "recovery database"),
        ({"Server": "MBX2"}, PreconditionError, "Run the task against MBX2"),
        ({"EdbFilePath": "\\\\nas\\x\\DB01.edb"}, InputError, "network"),
    ],
)
def test_databases_that_are_refused(
    script: t.Any, values: dict[str, t.Any], error: type[ExchangeError], words: str
) -> None:
    script.database(**values)
    with pytest.raises(error) as caught:
        database_files.run(scripted_context(script), ARGS)
    assert words in str(caught.value)


def test_a_file_in_use_is_refused(script: t.Any) -> None:
    look(script, {**EDB, **LOGS}, None)
    for _try in range(10):
        script.header(f"{HOME}\\DB01.edb", code=-1032)
    time = FakeTime()
    with pytest.raises(PreconditionError, match="is in use") as caught:
        database_files.run(scripted_context(script, time=time), ARGS)
    assert "Dismount the database" in str(caught.value)
    assert sum(time.slept) == 90


def test_a_backup_in_the_original_place_never_overwrites_what_is_kept(script: t.Any) -> None:
    look(script, {"DB01.edb": 41 * GB}, kept())
    with pytest.raises(ConflictError, match="an earlier one is preserved") as caught:
        database_files.run(scripted_context(script), ARGS)
    assert "restore_folder" in str(caught.value)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"failed_database": "  "}, "is empty"),
        ({"failed_database": "x" * 65}, "65 characters"),
        ({"recovery_root": "\\\\srv\\x"}, "network"),
        ({"recovery_root": "D:\\"}, "root of a volume"),
        ({"recovery_root": "DialTone"}, "not an absolute path"),
        ({"recovery_root": "D:\\100%TEMP%"}, "percent"),
        ({"restore_folder": "..\\x"}, "not an absolute path"),
        ({"edb_name": "x\\y.edb"}, "contains a folder"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    script: t.Any, args: dict[str, str], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        database_files.run(scripted_context(script), {**ARGS, **args})
    assert words in str(caught.value)
    assert script.calls == []


def test_the_search_index_of_2016_moves_along(script: t.Any) -> None:
    index = "11111111-2222-3333-4444-55555555555512.1.Single"
    look(script, {"DB01.edb": 40 * GB, f"{index}\\indexMeta\\x": 1}, None)
    script.header(f"{HOME}\\DB01.edb")
    script.builtin("mkdir", f"{KEPT}\\database").builtin("mkdir", f"{KEPT}\\logs")
    script.builtin("move", f"{HOME}\\DB01.edb", f"{KEPT}\\database")
    script.builtin("move", f"{HOME}\\{index}", f"{KEPT}\\database")
    script.listing(KEPT, {"database\\DB01.edb": 40 * GB}, tree=True)
    assert database_files.run(scripted_context(script), ARGS)["changed"]


def test_thirty_thousand_logs_take_no_time(script: t.Any) -> None:
    logs = {f"E00{n:08X}.log": 1048576 for n in range(1, 30001)}
    look(script, logs, None)
    script.builtin("mkdir", f"{KEPT}\\database").builtin("mkdir", f"{KEPT}\\logs")
    script.builtin("move", f"{HOME}\\E00*.log", f"{KEPT}\\logs")
    script.listing(KEPT, {f"logs\\{name}": size for name, size in logs.items()}, tree=True)
    start = time.process_time()
    result = database_files.run(scripted_context(script), ARGS)
    assert result["logs"]["collected"] == 30000
    assert len(result["diff"]["after"]) < 1000
    assert time.process_time() - start < 10
