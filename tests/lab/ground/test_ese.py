# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: what is in which file, and what recovery makes of it or refuses."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from exchange_lab.clock import JumpClock
from exchange_lab.ese import (
    Instance,
    JetError,
    Recovered,
    checksum,
    dump_checkpoint,
    dump_header,
    snapshot_backup,
    soft_recovery,
    verify_logs,
)
from exchange_lab.files import FileSystem

GB = 1024**3
KB = 1024
EDB, LOGS = "D:\\DB\\db1.edb", "D:\\DB"
BACKUP = "E:\\backup"


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(JetError) as caught:
        call()
    return caught.value.code


def recover(fs: FileSystem, folder: str, prefix: str = "E00", **options: object) -> Recovered:
    run = soft_recovery(fs, prefix, folder, folder, options.pop("into", folder), **options)  # type: ignore[arg-type]
    while True:
        try:
            next(run)
        except StopIteration as end:
            outcome: Recovered = end.value
            return outcome


def create(fs: FileSystem, clock: JumpClock, **options: object) -> Instance:
    return Instance.create(fs, EDB, LOGS, "E00", clock, **options)  # type: ignore[arg-type]


def attach(fs: FileSystem, clock: JumpClock, edb: str = EDB, logs: str = LOGS) -> Instance:
    return Instance.attach(fs, edb, logs, "E00", clock)


def fill(instance: Instance, first: int, last: int) -> None:
    for number in range(first, last):
        instance.put(f"message/{number}", {"n": number}, 100 * KB)
        instance.clock.sleep(10)


def logs_of(fs: FileSystem, folder: str = LOGS) -> list[str]:
    names = (e.name for e in fs.listdir(folder))
    return [n for n in names if n.endswith(".log") and n != "E00tmp.log"]


def copy_logs(fs: FileSystem, source: str, target: str) -> None:
    for name in logs_of(fs, source):
        fs.copy(f"{source}\\{name}", f"{target}\\{name}")


def content(fs: FileSystem, clock: JumpClock, edb: str) -> set[str]:
    """What a clean file holds, read by mounting it with logs of its own."""
    instance = Instance.attach(fs, edb, edb + ".logs", "E09", clock)
    keys = set(instance.rows)
    instance.detach()
    return keys


@pytest.fixture
def broken(fs: FileSystem, clock: JumpClock) -> set[str]:
    """A database that was backed up, went on and crashed; its keys. The .edb is intact."""
    instance = create(fs, clock, size=40 * GB, first_generation=4000, rows={"old": 1})
    fill(instance, 0, 150)
    snapshot_backup(instance, BACKUP)
    fill(instance, 150, 300)
    keys = set(instance.rows)
    instance.crash()
    return keys


# -- the life of a database ----------------------------------------------------------------


def test_a_new_database(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    instance.put("a", {"x": [1, "ü😀\u2028"]})
    instance.put("b", 2)
    instance.delete("b")
    assert instance.generation == 1
    instance.detach()
    header = dump_header(fs, EDB)
    assert (header.state, header.log_required, header.log_committed) == (
        "Clean Shutdown",
        (0, 0),
        (0, 0),
    )
    assert header.last_consistent == header.last_detach > header.last_attach
    again = attach(fs, clock)
    assert again.rows == {"a": {"x": [1, "ü😀\u2028"]}}
    assert again.generation == 2
    again.detach()
    names = [e.name for e in fs.listdir(LOGS)]
    assert names == [
        "db1.edb", "db1.jfm", "E00.chk", "E00.log", "E0000000001.log",
        "E00res00001.jrs", "E00res00002.jrs",
    ]  # fmt: skip


def test_a_database_exists_only_once(fs: FileSystem, clock: JumpClock) -> None:
    create(fs, clock).detach()
    assert code_of(lambda: create(fs, clock)) == -1201


def test_the_sizes_are_logical(fs: FileSystem, clock: JumpClock) -> None:
    free = fs.free(fs.volume_of(EDB))
    instance = create(fs, clock, size=40 * GB, first_generation=4000, rows={"a": 1})
    assert fs.size(EDB) == instance.size == 40 * GB
    assert (fs.root / "D" / "DB" / "db1.edb").stat().st_size < 20_000
    assert free - fs.free(fs.volume_of(EDB)) > 40 * GB
    assert fs.size(f"{LOGS}\\E00.log") == 1024 * 1024
    used = instance.header.used
    instance.put("mail", "big", GB // 8)
    assert instance.header.used == used + GB // 8
    assert instance.generation == 4000 + 128
    instance.update_header(used=40 * GB)
    instance.put("mail", "bigger", 1)
    assert instance.size == 40 * GB + 16 * 1024 * KB
    assert instance.header.extend_count == 1


def test_what_the_caller_keeps_is_not_in_the_database(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    value = {"flags": ["read"]}
    instance.put("a", value)
    value["flags"].append("deleted")
    assert instance.rows["a"] == {"flags": ["read"]}


def test_log_generations_follow_each_other(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 35)
    assert instance.generation == 4
    assert logs_of(fs) == ["E00.log", "E0000000001.log", "E0000000002.log", "E0000000003.log"]
    instance.crash()
    assert verify_logs(fs, f"{LOGS}\\E00").code == 0


def test_the_checkpoint_lags_and_the_file_lacks_what_is_in_the_logs(
    fs: FileSystem, clock: JumpClock
) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 400)
    keys = set(instance.rows)
    low, high = instance.header.log_required
    assert high - low >= 7
    assert instance.header.log_committed == (0, instance.generation) == (0, high + 1)
    instance.crash()
    assert instance.rows == {}
    header = dump_header(fs, EDB)
    assert header.state == "Dirty Shutdown"
    assert header.log_required == (low, high)
    assert dump_checkpoint(fs, f"{LOGS}\\E00.chk").position.generation == low
    on_disk = (fs.root / "D" / "DB" / "db1.edb").read_text().count("message/")
    assert 0 < on_disk < 400 - 60
    mounted = attach(fs, clock)
    assert set(mounted.rows) == keys
    mounted.detach()


def test_a_transaction_is_in_the_log_or_not(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    instance.put("a", 1)
    instance.write({"b": 1, "c": 2}, ["a"])
    instance.crash()
    with (fs.root / "D" / "DB" / "E00.log").open("ab") as log:
        log.write(b'["write",1024,{"torn":1}')  # the power failed here
    mounted = attach(fs, clock)
    assert mounted.rows == {"b": 1, "c": 2}
    mounted.crash()
    # The torn record is gone: the stream is sound from its first log on.
    assert verify_logs(fs, f"{LOGS}\\E00").code == 0
    fs.delete(f"{LOGS}\\E00.chk")
    assert attach(fs, clock).rows == {"b": 1, "c": 2}


@pytest.mark.strictness
def test_an_open_database_is_locked(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    assert code_of(lambda: dump_header(fs, EDB)) == -1032
    assert code_of(lambda: checksum(fs, EDB)) == -1032
    assert code_of(lambda: recover(fs, LOGS)) == -1032
    assert code_of(lambda: attach(fs, clock)) == -1032
    assert verify_logs(fs, f"{LOGS}\\E00").code == -1032
    instance.detach()
    assert dump_header(fs, EDB).clean


@pytest.mark.strictness
def test_system_needs_access(fs: FileSystem, clock: JumpClock) -> None:
    create(fs, clock).detach()
    fs.set_acl(EDB, ["CONTOSO\\admin:(F)"])
    assert code_of(lambda: attach(fs, clock)) == -1032


@pytest.mark.strictness
def test_a_full_disk_loses_nothing_that_was_promised(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 9)
    rest = fs.free(fs.volume_of(LOGS))
    fs.allocate("D:\\filler", rest)
    assert code_of(lambda: fill(instance, 9, 40)) == -529
    keys = set(instance.rows)
    assert "message/39" not in keys
    instance.crash()
    fs.delete("D:\\filler")
    assert set(attach(fs, clock).rows) == keys


@pytest.mark.strictness
def test_a_growing_database_stops_at_the_disk(fs: FileSystem, clock: JumpClock) -> None:
    instance = Instance.create(fs, EDB, "E:\\logs", "E00", clock, size=GB // 64)
    fs.allocate("D:\\filler", fs.free(fs.volume_of(EDB)))
    with pytest.raises(JetError) as caught:
        for number in range(100):
            instance.put(str(number), "x", GB // 512)
    assert caught.value.code == -1808


def test_circular_logging_keeps_only_what_the_checkpoint_needs(
    fs: FileSystem, clock: JumpClock
) -> None:
    instance = create(fs, clock)
    instance.circular = True
    fill(instance, 0, 400)
    assert len(logs_of(fs)) < 20
    keys = set(instance.rows)
    instance.crash()
    assert set(attach(fs, clock).rows) == keys


def test_random_crashes_lose_nothing(fs: FileSystem, clock: JumpClock) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    expected: dict[str, int] = {}
    instance = create(fs, clock)
    for _unused in range(8):
        for _unused in range(rng.randrange(1, 40)):
            key = f"k{rng.randrange(40)}"
            weight = rng.choice([1, 1000, 300_000, 2_500_000])
            if rng.random() < 0.3:
                instance.delete(key, weight)
                expected.pop(key, None)
            else:
                expected[key] = rng.randrange(1000)
                instance.put(key, expected[key], weight)
            clock.sleep(1)
            if rng.random() < 0.03:
                instance.flush(rng.randrange(3))
        rng.choice([instance.detach, instance.crash])()
        if rng.random() < 0.5:
            recover(fs, LOGS, into=rng.choice([None, LOGS]))
        assert verify_logs(fs, f"{LOGS}\\E00").code == 0
        if rng.random() < 0.3:
            (fs.root / "D" / "DB" / "E00.chk").unlink()
        instance = attach(fs, clock)
        assert instance.rows == expected


# -- backup and roll forward ---------------------------------------------------------------


def test_a_backup_is_dirty_and_recovers_by_its_own_logs(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock, size=40 * GB, first_generation=4000, rows={"old": 1})
    fill(instance, 0, 300)
    done = snapshot_backup(instance, BACKUP)
    info = instance.header.previous_full_backup
    assert (info.low, info.high, info.kind, info.time) == (
        done.low, done.high, "OSSnapshot", clock.now(),
    )  # fmt: skip
    header = dump_header(fs, done.edb)
    assert header.state == "Dirty Shutdown"
    assert header.log_required == (done.low, done.high)
    assert fs.size(done.edb) == 40 * GB
    assert header.previous_full_backup.time is None
    outcome = recover(fs, BACKUP)
    assert outcome.databases == [done.edb]
    assert outcome.warning == 0
    assert content(fs, clock, done.edb) == {"old", *(f"message/{n}" for n in range(300))}


def test_a_backup_truncates_only_when_it_is_told(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 300)
    before = len(logs_of(fs))
    assert snapshot_backup(instance, BACKUP).truncated == []
    assert len(logs_of(fs)) == before + 1
    done = snapshot_backup(instance, "E:\\second", truncate=True)
    assert len(done.truncated) > 5
    assert int(min(n for n in logs_of(fs) if n != "E00.log")[3:11], 16) == done.low
    instance.crash()
    assert len(attach(fs, clock).rows) == 300


def test_a_backup_rolls_forward_with_the_surviving_logs(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    fs.delete(EDB)
    copy_logs(fs, LOGS, BACKUP)
    outcome = recover(fs, BACKUP)
    assert len(outcome.replayed) > 20
    assert content(fs, clock, f"{BACKUP}\\db1.edb") == broken
    assert recover(fs, BACKUP).databases == []  # a second run has nothing to do


def test_it_rolls_forward_over_a_dismount_and_a_mount(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 50)
    snapshot_backup(instance, BACKUP)
    instance.detach()
    instance = attach(fs, clock)
    fill(instance, 50, 100)
    instance.detach()
    instance = attach(fs, clock)
    fill(instance, 100, 150)
    instance.crash()
    copy_logs(fs, LOGS, BACKUP)
    recover(fs, BACKUP)
    assert content(fs, clock, f"{BACKUP}\\db1.edb") == {f"message/{n}" for n in range(150)}


def test_a_clean_copy_rolls_forward_too(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 50)
    instance.detach()
    fs.mkdir(BACKUP)
    fs.copy(EDB, f"{BACKUP}\\db1.edb")
    instance = attach(fs, clock)
    fill(instance, 50, 100)
    instance.crash()
    copy_logs(fs, LOGS, BACKUP)
    recover(fs, BACKUP)
    assert content(fs, clock, f"{BACKUP}\\db1.edb") == {f"message/{n}" for n in range(100)}


def test_all_logs_since_the_creation_make_the_file_again(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 40)
    instance.crash()
    fs.delete(EDB)
    fs.delete(f"{LOGS}\\E00.chk")
    recover(fs, LOGS)
    assert content(fs, clock, EDB) == {f"message/{n}" for n in range(40)}


def test_recovery_that_is_stopped_has_changed_nothing(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    run = soft_recovery(fs, "E00", LOGS, LOGS, LOGS)
    assert next(run) > 0
    assert code_of(lambda: dump_header(fs, EDB)) == -1032
    run.close()
    assert dump_header(fs, EDB).state == "Dirty Shutdown"
    recover(fs, LOGS)
    assert content(fs, clock, EDB) == broken


# -- refusals ------------------------------------------------------------------------------


@pytest.mark.strictness
def test_dirty_without_logs(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    assert code_of(lambda: attach(fs, clock, logs="D:\\elsewhere")) == -550
    assert code_of(lambda: recover(fs, "D:\\nowhere")) == -1023
    fs.mkdir("D:\\empty")
    assert code_of(lambda: recover(fs, "D:\\empty")) == -1811
    assert code_of(lambda: attach(fs, clock, edb="D:\\DB\\no.edb")) == -1811


@pytest.mark.strictness
def test_a_required_log_is_missing(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    low, high = dump_header(fs, EDB).log_required
    fs.rename(f"{LOGS}\\E00{low + 2:08X}.log", "D:\\aside.log")
    assert code_of(lambda: recover(fs, LOGS)) == -543
    assert code_of(lambda: recover(fs, LOGS, accept_loss=True)) == -543
    assert code_of(lambda: attach(fs, clock)) == -543
    fs.rename("D:\\aside.log", f"{LOGS}\\E00{low + 2:08X}.log")
    fs.delete(f"{LOGS}\\E00{low:08X}.log")
    assert code_of(lambda: recover(fs, LOGS)) == -528
    fs.delete(f"{LOGS}\\E00.chk")
    assert code_of(lambda: recover(fs, LOGS)) in (-528, -543)


@pytest.mark.strictness
def test_the_current_log_is_missing(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    fs.delete(f"{LOGS}\\E00.log")
    assert code_of(lambda: recover(fs, LOGS)) == -528
    assert code_of(lambda: attach(fs, clock)) == -528
    outcome = recover(fs, LOGS, accept_loss=True)
    assert outcome.warning == 585
    found = content(fs, clock, EDB)
    assert found < broken
    assert len(broken) - len(found) <= 10
    assert attach(fs, clock).rows  # and the stream goes on


@pytest.mark.strictness
def test_committed_logs_are_missing(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    """An older current log than the database knows of."""
    _low, high = dump_header(fs, EDB).log_required
    fs.delete(f"{LOGS}\\E00.log")
    fs.rename(f"{LOGS}\\E00{high:08X}.log", f"{LOGS}\\E00.log")
    assert code_of(lambda: recover(fs, LOGS)) == -582
    assert recover(fs, LOGS, accept_loss=True).warning == 585
    assert dump_header(fs, EDB).clean
    assert verify_logs(fs, f"{LOGS}\\E00").code == 0


@pytest.mark.strictness
def test_a_gap_after_the_backup_ends_the_replay(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    copy_logs(fs, LOGS, BACKUP)
    high = dump_header(fs, f"{BACKUP}\\db1.edb").log_committed[1]
    gap = f"{BACKUP}\\E00{high + 3:08X}.log"
    fs.delete(gap)
    report = verify_logs(fs, f"{BACKUP}\\E00")
    assert (report.code, report.missing) == (-528, [high + 3])
    assert code_of(lambda: recover(fs, BACKUP)) == -528
    outcome = recover(fs, BACKUP, accept_loss=True)
    assert outcome.warning == 585
    assert outcome.replayed[-1] == high + 2
    found = content(fs, clock, f"{BACKUP}\\db1.edb")
    assert {f"message/{n}" for n in range(150)} < found < broken


def test_the_backups_own_current_log_between_newer_ones(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    """Surviving logs were copied, but not the current one over that of the backup."""
    for name in logs_of(fs):
        if name != "E00.log":
            fs.copy(f"{LOGS}\\{name}", f"{BACKUP}\\{name}")
    assert code_of(lambda: recover(fs, BACKUP)) == -515


@pytest.mark.strictness
def test_a_newer_checkpoint_must_be_deleted(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    copy_logs(fs, LOGS, BACKUP)
    fs.copy(f"{LOGS}\\E00.chk", f"{BACKUP}\\E00.chk")
    assert code_of(lambda: recover(fs, BACKUP)) == -543
    fs.delete(f"{BACKUP}\\E00.chk")
    recover(fs, BACKUP)
    assert content(fs, clock, f"{BACKUP}\\db1.edb") == broken


@pytest.fixture
def other(fs: FileSystem, clock: JumpClock) -> str:
    """Folder of another database: same file name, generation 1, crashed."""
    instance = Instance.create(fs, "D:\\DT\\db1.edb", "D:\\DT", "E00", clock)
    fill(instance, 1000, 1040)
    instance.flush()
    instance.crash()
    return "D:\\DT"


@pytest.mark.strictness
def test_streams_do_not_mix(fs: FileSystem, clock: JumpClock, broken: set[str], other: str) -> None:
    fs.copy(f"{other}\\E0000000002.log", f"{LOGS}\\E0000000002.log")
    fs.delete(f"{LOGS}\\E00.chk")
    assert code_of(lambda: recover(fs, LOGS)) == -539
    stranger = f"{LOGS}\\E00{dump_header(fs, EDB).log_required[0] + 1:08X}.log"
    fs.delete(f"{LOGS}\\E0000000002.log")
    fs.copy(f"{other}\\E0000000003.log", stranger)
    assert code_of(lambda: recover(fs, LOGS)) == -530
    assert verify_logs(fs, f"{LOGS}\\E00").code == -515


@pytest.mark.strictness
def test_a_log_under_the_name_of_another(fs: FileSystem, broken: set[str]) -> None:
    low, _high = dump_header(fs, EDB).log_required
    fs.copy(f"{LOGS}\\E00{low + 1:08X}.log", f"{LOGS}\\E00{low + 2:08X}.log")
    assert code_of(lambda: recover(fs, LOGS)) == -515


@pytest.mark.strictness
def test_the_creation_of_another_database_does_not_blank_this_one(
    fs: FileSystem, clock: JumpClock, broken: set[str], other: str
) -> None:
    """Dial tone logs, from generation 1 on, replayed over a restored file of the same name."""
    fs.mkdir("E:\\mixed")
    fs.copy(f"{BACKUP}\\db1.edb", "E:\\mixed\\db1.edb")
    copy_logs(fs, other, "E:\\mixed")
    before = fs.read_bytes("E:\\mixed\\db1.edb")
    assert code_of(lambda: recover(fs, "E:\\mixed")) == -539
    assert fs.read_bytes("E:\\mixed\\db1.edb") == before
    # Told to ignore it, recovery ends well and has recovered nothing.
    assert recover(fs, "E:\\mixed", ignore_attachments=True).databases == []
    assert fs.read_bytes("E:\\mixed\\db1.edb") == before
    # A clean file of another stream is no better.
    recover(fs, BACKUP)
    fs.delete("E:\\mixed\\E00.chk")
    fs.copy(f"{BACKUP}\\db1.edb", "E:\\mixed\\db1.edb")
    assert code_of(lambda: recover(fs, "E:\\mixed")) == -539
    assert dump_header(fs, "E:\\mixed\\db1.edb").clean


@pytest.mark.strictness
def test_another_database_of_the_same_stream(fs: FileSystem, clock: JumpClock) -> None:
    one = create(fs, clock)
    one.detach()
    two = Instance.create(fs, "D:\\DB\\db2.edb", LOGS, "E00", clock)
    two.crash()
    fs.delete("D:\\DB\\db2.edb")
    fs.rename(EDB, "D:\\DB\\db2.edb")
    assert code_of(lambda: recover(fs, LOGS)) == -531


@pytest.mark.strictness
def test_a_checkpoint_of_another_stream(
    fs: FileSystem, clock: JumpClock, broken: set[str], other: str
) -> None:
    fs.copy(f"{other}\\E00.chk", f"{LOGS}\\E00.chk")
    assert code_of(lambda: recover(fs, LOGS)) == -532
    fs.write_bytes(f"{LOGS}\\E00.chk", b"rubbish")
    assert code_of(lambda: recover(fs, LOGS)) == -533
    fs.delete(f"{LOGS}\\E00.chk")
    recover(fs, LOGS)
    assert content(fs, clock, EDB) == broken


@pytest.mark.strictness
def test_a_database_at_another_path_needs_to_be_pointed_at(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    fs.rename(EDB, "D:\\renamed.edb")
    fs.mkdir("D:\\RDB")
    copy_logs(fs, LOGS, "D:\\RDB")
    fs.copy("D:\\renamed.edb", "D:\\RDB\\db1.edb")
    assert code_of(lambda: recover(fs, "D:\\RDB", into=None)) == -1216
    assert code_of(lambda: recover(fs, "D:\\RDB", into="D:\\Mounts")) == -1216
    assert code_of(lambda: attach(fs, clock, "D:\\RDB\\db1.edb", "D:\\RDB")) == -1216
    assert recover(fs, "D:\\RDB", into="D:\\Mounts", ignore_attachments=True).databases == []
    assert not dump_header(fs, "D:\\RDB\\db1.edb").clean
    # After that the checkpoint says that all is done: recovery "succeeds" and the file stays dirty.
    assert recover(fs, "D:\\RDB").databases == []
    assert not dump_header(fs, "D:\\RDB\\db1.edb").clean
    fs.delete("D:\\RDB\\E00.chk")
    recover(fs, "D:\\RDB", into=None, rename={EDB.upper(): "D:\\RDB\\db1.edb"})
    assert content(fs, clock, "D:\\RDB\\db1.edb") == broken


@pytest.mark.strictness
def test_an_older_clean_copy_does_not_fit_the_logs(fs: FileSystem, clock: JumpClock) -> None:
    instance = create(fs, clock)
    fill(instance, 0, 30)
    instance.detach()
    fs.copy(EDB, "E:\\older.edb")
    attach(fs, clock).detach()
    instance = attach(fs, clock)
    fill(instance, 30, 60)
    instance.flush()
    instance.crash()
    fs.delete(EDB)
    fs.copy("E:\\older.edb", EDB)
    assert code_of(lambda: recover(fs, LOGS)) == -551


@pytest.mark.strictness
def test_a_damaged_log(fs: FileSystem, broken: set[str]) -> None:
    low, high = dump_header(fs, EDB).log_required
    path = f"{LOGS}\\E00{low + 1:08X}.log"
    data = fs.read_bytes(path)
    fs.write_bytes(path, data[: len(data) // 2])  # an incomplete copy
    assert code_of(lambda: recover(fs, LOGS)) == -501
    assert verify_logs(fs, f"{LOGS}\\E00").code == -501
    fs.write_bytes(path, b"\0" * 1000)
    assert code_of(lambda: recover(fs, LOGS)) == -501


def test_a_damaged_log_after_the_required_ones(
    fs: FileSystem, clock: JumpClock, broken: set[str]
) -> None:
    copy_logs(fs, LOGS, BACKUP)
    high = dump_header(fs, f"{BACKUP}\\db1.edb").log_required[1]
    fs.write_bytes(f"{BACKUP}\\E00{high + 4:08X}.log", b"zero")
    assert code_of(lambda: recover(fs, BACKUP)) == -586
    assert recover(fs, BACKUP, accept_loss=True).warning == 587
    assert content(fs, clock, f"{BACKUP}\\db1.edb") < broken


@pytest.mark.strictness
def test_a_destroyed_database(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    intact = fs.read_bytes(EDB)
    fs.write_bytes(EDB, b"\0" * 5000)
    for call in (
        lambda: dump_header(fs, EDB),
        lambda: recover(fs, LOGS),
        lambda: attach(fs, clock),
        lambda: checksum(fs, EDB),
    ):
        assert code_of(call) == -1206
    at = intact.index(b"message/1")
    fs.write_bytes(EDB, intact[: at - 2] + b"#####" + intact[at:])
    assert dump_header(fs, EDB).state == "Dirty Shutdown"  # the header says nothing of it
    assert checksum(fs, EDB).bad == 1
    assert code_of(lambda: recover(fs, LOGS)) == -1018


@pytest.mark.strictness
def test_recovery_on_a_full_disk(fs: FileSystem, clock: JumpClock, broken: set[str]) -> None:
    copy_logs(fs, LOGS, BACKUP)
    fs.allocate("E:\\filler", fs.free(fs.volume_of(BACKUP)))
    assert code_of(lambda: recover(fs, BACKUP)) == -529
    assert dump_header(fs, f"{BACKUP}\\db1.edb").state == "Dirty Shutdown"


def test_clean_files_attach_to_new_or_ended_streams(
    fs: FileSystem, clock: JumpClock, broken: set[str], other: str
) -> None:
    recover(fs, LOGS)
    fresh = attach(fs, clock, logs="D:\\fresh")
    assert fresh.generation == 1  # a new stream numbers anew, with a signature of its own
    signature = fresh.header.log_signature
    fresh.detach()
    assert signature != dump_header(fs, "D:\\DT\\db1.edb").log_signature
    recover(fs, other)
    joined = attach(fs, clock, logs=other)
    assert set(joined.rows) == broken
    assert joined.generation == 5
    joined.detach()


@pytest.mark.strictness
def test_a_clean_file_does_not_join_a_stream_that_waits_for_another(
    fs: FileSystem, clock: JumpClock, broken: set[str], other: str
) -> None:
    recover(fs, LOGS)
    fs.rename("D:\\DT\\db1.edb", "D:\\aside.edb")
    assert code_of(lambda: attach(fs, clock, logs=other)) == -1216
    fs.copy(EDB, "D:\\DT\\db1.edb")
    assert code_of(lambda: attach(fs, clock, "D:\\DT\\db1.edb", other)) == -539


def test_backups_beside_deliveries(fs: FileSystem, clock: JumpClock) -> None:
    """Neither waits for ever for the other, and each backup holds a beginning of the stream."""
    instance = create(fs, clock)
    deliveries = threading.Thread(target=lambda: fill(instance, 0, 150))
    deliveries.start()
    taken = 0
    while deliveries.is_alive() or taken == 0:
        snapshot_backup(instance, f"E:\\backup{taken}")
        taken += 1
    deliveries.join(20)
    assert not deliveries.is_alive()
    for number in sorted({0, taken // 2, taken - 1}):
        recover(fs, f"E:\\backup{number}")
        found = content(fs, clock, f"E:\\backup{number}\\db1.edb")
        assert found == {f"message/{n}" for n in range(len(found))}
