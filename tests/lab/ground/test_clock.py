# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import pytest

from exchange_lab.clock import Clock, JumpClock, Scheduler
from exchange_lab.latency import Latency


def test_time_runs_faster_than_the_wall() -> None:
    clock = Clock(speed=1000.0)
    started = time.monotonic()
    assert clock.sleep(50.0) is True
    assert time.monotonic() - started < 20.0
    assert clock.elapsed() >= 50.0
    assert clock.now() - clock.start >= timedelta(seconds=50)


def test_sleep_ends_when_it_is_stopped() -> None:
    clock = Clock(speed=1.0)
    stopping = threading.Event()
    threading.Timer(0.05, stopping.set).start()
    started = time.monotonic()
    assert clock.sleep(3600.0, stopping) is False
    assert time.monotonic() - started < 60.0


def test_a_jump_clock_stands_still_until_it_is_moved() -> None:
    clock = JumpClock()
    before = clock.now()
    time.sleep(0.01)
    assert clock.now() == before
    clock.sleep(10.0)
    clock.advance(5.0)
    assert clock.now() - before == timedelta(seconds=15)


def test_callbacks_run_in_due_order_at_their_own_times() -> None:
    clock = JumpClock()
    scheduler = Scheduler(clock)
    seen: list[tuple[str, float]] = []
    scheduler.after(30, lambda: seen.append(("c", clock.elapsed())))
    scheduler.after(10, lambda: seen.append(("a", clock.elapsed())))
    scheduler.at(clock.now() + timedelta(seconds=20), lambda: seen.append(("b", clock.elapsed())))
    clock.advance(25)
    assert seen == [("a", 10), ("b", 20)]
    clock.sleep(10)
    assert seen[2:] == [("c", 30)]
    assert clock.elapsed() == 35


def test_a_callback_may_sleep_and_schedule() -> None:
    clock = JumpClock()
    scheduler = Scheduler(clock)
    seen: list[tuple[str, float]] = []

    def slow() -> None:
        scheduler.after(1, lambda: seen.append(("inner", clock.elapsed())))
        clock.sleep(60)
        seen.append(("slow", clock.elapsed()))

    scheduler.after(10, slow)
    scheduler.after(15, lambda: seen.append(("other", clock.elapsed())))
    clock.advance(20)
    assert seen == [("inner", 11), ("other", 15), ("slow", 70)]
    assert clock.elapsed() == 70


def test_periods_and_cancelling() -> None:
    clock = JumpClock()
    scheduler = Scheduler(clock)
    seen: list[float] = []
    handle = scheduler.every(10, lambda: seen.append(clock.elapsed()))
    clock.advance(35)
    handle.cancel()
    clock.advance(100)
    assert seen == [10, 20, 30]
    with pytest.raises(ValueError):
        scheduler.every(0, lambda: None)


def test_a_failing_callback_is_counted_and_logged_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = JumpClock()
    scheduler = Scheduler(clock)
    seen: list[int] = []
    scheduler.after(1, lambda: seen.append(1 // 0))
    scheduler.after(2, lambda: seen.append(2))
    with caplog.at_level(logging.ERROR):
        clock.advance(3)
    assert seen == [2]
    assert [type(e) for e in scheduler.failures] == [ZeroDivisionError]
    assert "ZeroDivisionError" in caplog.text


def test_the_thread_of_a_running_clock() -> None:
    clock = Clock(speed=200.0)
    scheduler = Scheduler(clock)
    done = threading.Event()
    names: list[str] = []
    scheduler.after(4, lambda: (names.append(threading.current_thread().name), done.set()))
    scheduler.after(100_000, lambda: names.append("never"))
    assert done.wait(60)
    scheduler.close()
    scheduler.after(0, lambda: names.append("closed"))
    time.sleep(0.05)
    assert names == ["lab-scheduler"]


def test_two_threads_on_a_jump_clock_run_every_callback_once() -> None:
    clock = JumpClock()
    scheduler = Scheduler(clock)
    seen: list[int] = []
    for number in range(200):
        scheduler.after(number, lambda n=number: seen.append(n))  # type: ignore[misc]
    threads = [
        threading.Thread(target=lambda: [clock.sleep(1) for _unused in range(150)]) for _unused in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(200))


def test_latency_follows_its_table_and_its_seed() -> None:
    latency, same = Latency(3), Latency(3)
    draws = sorted(latency.seconds("Set-Mailbox") for _unused in range(2000))
    assert draws == sorted(same.seconds("Set-Mailbox") for _unused in range(2000))
    assert 0.30 < draws[1000] < 0.40
    assert 0.9 < draws[1900] < 1.6
    unknown = sorted(latency.seconds("Get-Unheard") for _unused in range(1000))
    assert 0.15 < unknown[500] < 0.25


def test_latency_of_throughputs_and_switched_off() -> None:
    latency = Latency(5)
    gigabyte = 1024**3
    draws = sorted(latency.seconds("copy across volumes", 40 * gigabyte) for _unused in range(200))
    assert 120 < draws[100] < 220
    off = Latency(5, enabled=False)
    assert off.seconds("Mount-Database") == 0.0
    assert off.seconds("eseutil /r", 5000) == 0.0
