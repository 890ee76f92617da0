# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs over WinRS, started by unmodified pywinrm and pypsrp."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import winrm
from pypsrp.exceptions import WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from winrm.exceptions import WSManFaultError as PywinrmFault

from exchange_lab.wire import Limits
from exchange_lab.wire.command_line import program_name, split_cmd_line, split_command_line

from .conftest import PASSWORD, USER, Endpoint, threads_named


def protocol(endpoint: Endpoint, **more: Any) -> winrm.Protocol:
    """pywinrm's protocol client."""
    options = {"username": USER, "password": PASSWORD, "transport": "basic", "proxy": None, **more}
    return winrm.Protocol(f"http://localhost:{endpoint.port}/wsman", **options)


def run(
    client: winrm.Protocol, program: str, arguments: list[str], bare: bool = True
) -> tuple[bytes, bytes, int]:
    """Start a program in a shell of its own and wait for its end."""
    shell = client.open_shell()
    try:
        command = client.run_command(shell, program, arguments, skip_cmd_shell=bare)
        out, err, code = client.get_command_output(shell, command)
        client.cleanup_command(shell, command)
        return out, err, code
    finally:
        client.close_shell(shell)


def test_a_bare_program_gets_its_arguments(endpoint: Endpoint) -> None:
    out, err, code = run(
        protocol(endpoint),
        r"C:\Windows\System32\show.exe",
        ["/x", r'"D:\DB 1\x.edb"', r'"a\\"', "b"],
    )
    assert out.decode().splitlines() == [
        r"/x|D:\DB 1\x.edb|a\|b",
        r'C:\Windows\System32\show.exe /x "D:\DB 1\x.edb" "a\\" b',
    ]
    assert err.decode() == "C:\\Windows\\System32 None\r\n"
    assert code == 0


@pytest.mark.strictness
def test_an_unknown_bare_program_is_a_fault(endpoint: Endpoint) -> None:
    with pytest.raises(PywinrmFault) as fault:
        run(protocol(endpoint), "nope", [])
    assert "cannot find the file specified" in str(fault.value)


def test_without_skip_the_whole_line_goes_to_cmd(endpoint: Endpoint) -> None:
    session = winrm.Session(
        f"http://localhost:{endpoint.port}/wsman",
        auth=(USER, PASSWORD),
        transport="basic",
        proxy=None,
    )
    result = session.run_cmd("ren", [r'"D:\a b"', "c"])
    assert result.std_out.decode().strip() == r"""cmd got ['/c', 'ren "D:\\a b" c']"""


def test_without_cmd_an_unknown_program_is_its_message(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory()
    endpoint.service._programs = {"hostname": endpoint.service._programs["hostname"]}
    out, err, code = run(protocol(endpoint), "nope", [], bare=False)
    assert (out, code) == (b"", 1)
    assert b"'nope' is not recognized as an internal or external command" in err
    assert run(protocol(endpoint), "hostname", [], bare=False) == (b"EX01\r\n", b"", 0)


@pytest.mark.parametrize(
    ("given", "seen"),
    [(0, 0), (8, 8), (-550, -550), (0xFFFFFDDA, -550), (-1032, -1032), (0x80000000, -(2**31))],
)
def test_exit_codes_are_signed_32_bits(endpoint: Endpoint, given: int, seen: int) -> None:
    assert run(protocol(endpoint), "leave", [str(given)])[2] == seen


def test_large_output_keeps_its_order(endpoint: Endpoint) -> None:
    out, _err, code = run(protocol(endpoint), "big", ["20000"])
    lines = out.decode("cp437").splitlines()
    assert code == 3
    assert [line[:13] for line in lines] == [f"line {i:08d}" for i in range(20000)]
    assert lines[0][14:17] == "äöü"


def test_input_code_page_and_environment(endpoint: Endpoint) -> None:
    with WinRS(
        endpoint.wsman("wsman"), codepage=65001, environment={"A": "1"}, working_directory="E:\\"
    ) as shell:
        process = Process(shell, "upper", no_shell=True)
        process.begin_invoke()
        process.send("eins\nжук ".encode(), end=False)
        process.send("ü😀".encode(), end=True)
        process.end_invoke()
        assert process.stdout.decode("utf-8") == "EINS\r\nЖУК Ü😀"
        process = Process(shell, "show", ["x"], no_shell=True)
        process.invoke()
        assert process.stderr == b"E:\\ 1\r\n"


def test_long_silence_is_bridged_by_operation_timeouts(endpoint: Endpoint) -> None:
    client = protocol(endpoint, operation_timeout_sec=1, read_timeout_sec=3)
    shell = client.open_shell()
    command = client.run_command(shell, "upper", [], skip_cmd_shell=True)
    late = threading.Timer(
        2.5, lambda: protocol(endpoint).send_command_input(shell, command, b"late", end=True)
    )
    late.start()
    out, _err, code = client.get_command_output(shell, command)
    client.close_shell(shell)
    assert (out, code) == (b"LATE", 0)


def test_control_c_ends_a_program(endpoint: Endpoint) -> None:
    with WinRS(endpoint.wsman("wsman")) as shell:
        process = Process(shell, "forever", no_shell=True)
        process.begin_invoke()
        process.poll_invoke()
        process.signal(SignalCode.CTRL_C)
        process.end_invoke()
    assert process.rc == -1073741510
    assert endpoint.calls[0][::3] == ("program", "stopped")


def _wait_for_no_program(name: str) -> float:
    start = time.monotonic()
    while threads_named(f"program {name}") and time.monotonic() - start < 30:
        time.sleep(0.02)
    assert not threads_named(f"program {name}")
    return time.monotonic() - start


@pytest.mark.strictness
@pytest.mark.parametrize("how", ["terminate", "delete", "idle"])
def test_what_else_kills_a_program(endpoint_factory: Callable[..., Endpoint], how: str) -> None:
    endpoint = endpoint_factory(limits=Limits(remote_idle_timeout=0.5, reap_every=0.1))
    client = protocol(endpoint)
    shell = client.open_shell(idle_timeout=None)
    command = client.run_command(shell, "forever", [], skip_cmd_shell=True)
    assert threads_named("program forever") == 1
    if how == "terminate":
        client.cleanup_command(shell, command)
    elif how == "delete":
        client.close_shell(shell)
    _wait_for_no_program("forever")
    assert endpoint.calls == [
        ("program", "forever", {"arguments": [], "command_line": "forever"}, "stopped")
    ]


def test_a_broken_program_is_counted(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory()
    assert run(protocol(endpoint), "broken", [])[2] == -532462766
    assert len(endpoint.service.defects) == 1
    assert "broken program" in endpoint.service.defects[0]


@pytest.mark.strictness
def test_the_quota_of_command_shells(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory(limits=Limits(remote_shells_per_user=2))
    client = protocol(endpoint)
    shells = [client.open_shell(), client.open_shell()]
    with pytest.raises(PywinrmFault) as refused:
        client.open_shell()
    assert (
        "The Windows Remote Shell cannot process the request. The server is already executing the maximum number"
        in str(refused.value)
    )
    with endpoint.pool():  # cmdlet sessions are counted apart
        client.close_shell(shells.pop())
    client.close_shell(client.open_shell())


@pytest.mark.strictness
def test_who_may_start_programs(endpoint: Endpoint) -> None:
    with pytest.raises(PywinrmFault) as refused:
        protocol(endpoint, username="CONTOSO\\bob", password="bobpw").open_shell()
    assert "'wsmanfault_code': 5," in str(refused.value)
    with pytest.raises(WSManFaultError) as fault:
        endpoint.pool(endpoint.wsman(username="CONTOSO\\carl", password="carlpw")).open()
    assert fault.value.code == 5


def test_a_command_that_does_not_exist(endpoint: Endpoint) -> None:
    client = protocol(endpoint)
    shell = client.open_shell()
    with pytest.raises(PywinrmFault) as fault:
        client.get_command_output(shell, "A0000000-0000-0000-0000-000000000000")
    assert "'wsmanfault_code': 2150858843" in str(fault.value)
    client.close_shell(shell)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("", []),
        ("a b  c", ["a", "b", "c"]),
        ('"a b" c', ["a b", "c"]),
        (r"D:\x\ y", ["D:\\x\\", "y"]),
        (r'"D:\x\" y', ['D:\\x" y']),
        (r'"D:\x\\" y', ["D:\\x\\", "y"]),
        (r"a\"b", ['a"b']),
        ('a"b c"d', ["ab cd"]),
        ('""', [""]),
        ("\t a\tb ", ["a", "b"]),
    ],
)
def test_command_lines_are_split_as_windows_does(line: str, arguments: list[str]) -> None:
    assert split_command_line(line) == arguments


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        (
            r'cmd.exe /d /v:off /s /c "mkdir "D:\a b\""',
            ["/d", "/v:off", "/s", "/c", r'"mkdir "D:\a b\""'],
        ),
        ("cmd /cecho  a", ["/c", "echo  a"]),
        (r'"C:\Program Files\cmd" /C dir /s', ["/C", "dir /s"]),
        ("cmd", []),
        ("cmd /?", ["/?"]),
    ],
)
def test_cmd_keeps_its_line_whole(line: str, arguments: list[str]) -> None:
    assert split_cmd_line(line) == arguments


def test_a_bare_cmd_gets_its_line_whole(endpoint: Endpoint) -> None:
    out, _err, _code = run(protocol(endpoint), "cmd.exe", ["/d", "/c", '"mkdir "D:\\a b""'])
    assert out.decode().strip() == r"""cmd got ['/d', '/c', '"mkdir "D:\\a b""']"""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("ESEUTIL.EXE", "eseutil"),
        (r"C:\Program Files\x\Eseutil", "eseutil"),
        ("a.b", "a.b"),
        ("robocopy.exe", "robocopy"),
    ],
)
def test_names_of_programs(path: str, name: str) -> None:
    assert program_name(path) == name
