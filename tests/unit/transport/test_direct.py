# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport over the real protocols: sessions, programs and WMI on the lab's wire."""

from __future__ import annotations

import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    AuthenticationError,
    NotFoundError,
    PreconditionError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import (
    _session_pool,
    _shell_pool,
    _wire,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._session_pool import (
    CallControl,
)
from exchange_endpoint import PASSWORD, SERVER, Endpoint

from exchange_lab.certificates import issue
from exchange_lab.wire import Limits


@pytest.fixture
def endpoint() -> t.Iterator[Endpoint]:
    with Endpoint() as running:
        yield running
        assert running.service.defects == []


@pytest.fixture
def transport(endpoint: Endpoint) -> t.Iterator[DirectTransport]:
    direct = DirectTransport(endpoint.options())
    yield direct
    direct.close()
    assert endpoint.sessions() == 0


@pytest.mark.parametrize("auth", ["basic", "ntlm", "negotiate"])
def test_each_authentication(endpoint: Endpoint, auth: str) -> None:
    direct = DirectTransport(endpoint.options(auth=auth))
    assert direct.describe() == (SERVER, "dc1.contoso.lab")
    assert direct.run("hostname", []).stdout == "MBX1\r\n"
    direct.close()
    assert endpoint.sessions() == 0


def test_tls(tmp_path: Path) -> None:
    authority, files = issue(tmp_path, "contoso", [SERVER])
    with Endpoint(certificate=files[SERVER]) as endpoint:
        tls: dict[str, t.Any] = {
            "scheme": "https",
            "winrm_scheme": "https",
            "allow_basic_over_http": False,
        }
        for auth in ("basic", "ntlm"):
            direct = DirectTransport(endpoint.options(**tls, auth=auth, ca_cert=str(authority)))
            assert direct.describe()[0] == SERVER
            assert direct.run("hostname", []).exit_code == 0
            direct.close()
        with pytest.raises(TransportError, match="ansible_exchange_ca_cert") as caught:
            DirectTransport(endpoint.options(**tls)).describe()
        assert (caught.value.code, caught.value.unreachable) == ("Tls", True)
        direct = DirectTransport(endpoint.options(**tls, validate_certs=False))
        direct.describe()
        direct.close()
        assert endpoint.sessions() == 0


def test_a_session_is_pinned_to_one_domain_controller(transport: DirectTransport) -> None:
    thing = transport.invoke(Command("Get-Thing", {"Identity": "x"})).single()
    assert (thing["Controller"], thing["WholeForest"]) == ("dc1.contoso.lab", True)


def test_pinned_again_after_a_reconnect(endpoint: Endpoint, transport: DirectTransport) -> None:
    first = transport.invoke(Command("Get-Thing", {"Identity": "x"})).single()
    endpoint.kill_sessions()
    again = transport.invoke(Command("Get-Thing", {"Identity": "x"})).single()
    assert again["Session"] != first["Session"]
    assert again["Controller"] == "dc1.contoso.lab"
    assert endpoint.names().count("Get-ExchangeServer") == 1


def test_whoever_pins_another_one_moves_later_sessions_too(endpoint: Endpoint) -> None:
    direct = DirectTransport(endpoint.options(sessions=1))
    direct.describe()
    direct.invoke(Command("Set-ADServerSettings", {"PreferredServer": "dc2.contoso.lab"}))
    direct.release_idle()
    assert direct.describe()[1] == "dc2.contoso.lab"
    assert direct.invoke(Command("Get-Thing")).single()["Controller"] == "dc2.contoso.lab"
    direct.close()


def test_given_domain_controller_is_used(endpoint: Endpoint) -> None:
    direct = DirectTransport(endpoint.options(domain_controller="dc2.contoso.lab"))
    assert direct.describe()[1] == "dc2.contoso.lab"
    direct.close()


def test_domain_controller_that_does_not_answer(endpoint: Endpoint) -> None:
    direct = DirectTransport(endpoint.options(domain_controller="dc9.contoso.lab"))
    with pytest.raises(NotFoundError, match="ansible_exchange_domain_controller"):
        direct.describe()
    assert endpoint.sessions() == 0


def test_unknown_server(endpoint: Endpoint) -> None:
    with pytest.raises(NotFoundError, match="ansible_exchange_server"):
        DirectTransport(endpoint.options(server="mbx7")).describe()
    with pytest.raises(PreconditionError, match="ansible_exchange_server"):
        DirectTransport(endpoint.options(server="")).describe()
    assert endpoint.sessions() == 0


def test_sessions_are_used_again(endpoint: Endpoint, transport: DirectTransport) -> None:
    ids = {
        transport.invoke(Command("Get-Thing", {"Identity": "x"})).single()["Session"]
        for _unused in range(5)
    }
    assert len(ids) == 1
    for _unused in range(3):
        transport.run("hostname", [])
    assert endpoint.service.shells.opened == 2


def test_values_there_and_back(transport: DirectTransport) -> None:
    text = 'O\'Brien "x" $(whoami) & 100% Größe Дом 📬 _x0041_ <b> \t.'
    thing = transport.invoke(
        Command("Get-Thing", {"Identity": text, "Items": [text, "b"], "Number": -5})
    ).single()
    assert (thing["Identity"], thing["Items"], thing["Number"]) == (text, [text, "b"], -5)


def test_pipelines_warnings_and_errors(transport: DirectTransport) -> None:
    result = transport.invoke(
        Command("Get-Thing", {"Identity": "warn"}),
        Command("Select-Object", {"Property": ["Identity"]}),
    )
    assert (result.output, result.warnings) == ([{"Identity": "warn"}], ["be careful"])
    assert result.command == "Get-Thing | Select-Object"
    result = transport.invoke(Command("Get-Nothing", {"Identity": "x"}))
    assert [e.exception for e in result.errors] == ["ManagementObjectNotFoundException"] * 2
    assert "couldn't be found" in result.errors[0].message
    with pytest.raises(NotFoundError):
        result.raise_for_errors()
    unknown = transport.invoke(Command("Get-Nonsense")).errors[0]
    assert (unknown.exception, unknown.category) == ("CommandNotFoundException", "ObjectNotFound")


def test_a_question_is_an_error_and_leaves_the_session_usable(
    endpoint: Endpoint, transport: DirectTransport
) -> None:
    result = transport.invoke(Command("Remove-Thing", {"Identity": "x"}), timeout=20)
    assert result.errors and result.output == []
    done = transport.invoke(Command("Remove-Thing", {"Identity": "x", "Confirm": False}))
    assert done.output == [{"value": "gone"}]


def test_wrong_password(endpoint: Endpoint) -> None:
    for auth in ("basic", "ntlm"):
        with pytest.raises(AuthenticationError) as caught:
            DirectTransport(endpoint.options(password="wr0ng", auth=auth)).describe()
        assert caught.value.unreachable
        assert "wr0ng" not in str(caught.value)


def test_nobody_there(endpoint: Endpoint) -> None:
    for changes in ({"port": 1}, {"path": "nowhere"}):
        with pytest.raises(TransportError) as caught:
            DirectTransport(endpoint.options(**changes)).describe()
        assert caught.value.unreachable
        assert caught.value.remedy


def test_quota_names_the_way_out() -> None:
    with Endpoint(Limits(shells_per_user=1)) as endpoint:
        first = DirectTransport(endpoint.options())
        first.describe()
        said: list[str] = []
        pauses: list[float] = []
        second = DirectTransport(
            endpoint.options(), on_wait=said.append, pause=lambda _event, s: pauses.append(s)
        )
        with pytest.raises(TransportError, match="concurrent shells") as caught:
            second.describe()
        assert (caught.value.code, caught.value.unreachable) == ("SessionQuota", False)
        assert "PowerShellMaxConcurrency" in str(caught.value)
        assert 60 < sum(pauses) < 120 and len(said) == len(pauses)
        assert "concurrent shells" in said[0]
        first.close()
        again = DirectTransport(endpoint.options())
        again.describe()
        again.close()


def test_a_changing_command_that_never_arrived_is_sent_again(endpoint: Endpoint) -> None:
    said: list[str] = []
    transport = DirectTransport(endpoint.options(), on_wait=said.append)
    transport.describe()
    endpoint.kill_sessions()
    assert transport.invoke(Command("Set-Thing", {"Identity": "x"})).errors == []
    assert endpoint.names().count("Set-Thing") == 1
    assert len(said) == 1 and "a new session" in said[0]
    transport.close()


def test_a_changing_command_that_may_have_run_is_never_repeated(
    endpoint: Endpoint, transport: DirectTransport
) -> None:
    transport.describe()
    begun = threading.Thread(
        target=lambda: (
            endpoint.wait_for(lambda: "Set-Slow" in endpoint.names()) and endpoint.kill_sessions()
        )
    )
    begun.start()
    with pytest.raises(SessionLostError, match="is unknown") as caught:
        transport.invoke(Command("Set-Slow", {"Seconds": 20}))
    assert not caught.value.unreachable
    assert endpoint.names().count("Set-Slow") == 1


def test_timeout_stops_the_command_and_frees_the_session(
    endpoint: Endpoint, transport: DirectTransport
) -> None:
    with pytest.raises(TransportError) as caught:
        transport.invoke(Command("Set-Slow", {"Seconds": 60}), timeout=0.5)
    assert caught.value.code == "CommandTimeout"
    assert endpoint.sessions() == 0
    assert transport.invoke(Command("Get-Thing", {"Identity": "x"})).output


def test_stopping_from_another_thread(transport: DirectTransport) -> None:
    control = CallControl()
    threading.Timer(0.3, control.stopping.set).start()
    start = time.monotonic()
    with pytest.raises(TransportError) as caught:
        transport.invoke(Command("Set-Slow", {"Seconds": 60}), control=control)
    assert caught.value.code == "Stopped"
    assert time.monotonic() - start < 30


def test_idle_session_is_probed_before_use(
    endpoint: Endpoint, transport: DirectTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_session_pool, "_DOUBTFUL", 0.0)
    monkeypatch.setattr(_shell_pool, "_DOUBTFUL", 0.0)
    transport.describe()
    transport.run("hostname", [])
    endpoint.kill_sessions()
    assert transport.invoke(Command("Set-Thing", {"Identity": "x"})).errors == []
    assert transport.run("hostname", []).exit_code == 0


@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_dropped_idle_connection_with_message_encryption(
    endpoint: Endpoint, auth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_wire, "IDLE", 0.0)
    direct = DirectTransport(endpoint.options(auth=auth))
    first = direct.invoke(Command("Get-Thing", {"Identity": "x"})).single()
    again = direct.invoke(Command("Get-Thing", {"Identity": "x"})).single()
    assert again["Session"] == first["Session"]
    direct.close()


def test_sessions_beside_each_other(endpoint: Endpoint) -> None:
    direct = DirectTransport(endpoint.options(sessions=3))
    results: list[t.Any] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(direct.invoke(Command("Get-Together", {"Callers": 3})))
        )
        for _unused in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.output for r in results] == [[{"value": True}]] * 3
    assert endpoint.service.shells.opened == 3
    direct.close()
    assert endpoint.sessions() == 0


def test_programs(transport: DirectTransport) -> None:
    result = transport.run("fail", [])
    assert (result.exit_code, result.stdout, result.stderr) == (-550, "", "Größe 📬\r\n")
    line = transport.run("echo", ["/mh", "D:\\a b\\", 'x"y']).stdout
    assert line == 'echo /mh "D:\\a b\\\\" "x\\"y"'


def test_unknown_program_is_a_failure_not_a_hang(transport: DirectTransport) -> None:
    transport.run("hostname", [])
    with pytest.raises(TransportError):
        transport.run("nonsense", [])
    assert transport.run("hostname", []).exit_code == 0


def test_cmd_builtin_reaches_the_wire_as_one_line(
    endpoint: Endpoint, transport: DirectTransport
) -> None:
    endpoint.service._programs["cmd"] = lambda console, _args: (
        console.write(console.command_line) or 0
    )
    result = transport.run(*cmd_builtin("ren", [r"D:\a b\x.edb", "y.edb"]))
    assert result.stdout == r'cmd.exe /d /v:off /s /c "ren "D:\a b\x.edb" y.edb"'


def test_job_output_comes_while_it_runs(endpoint: Endpoint, transport: DirectTransport) -> None:
    job = transport.start("chatter", ["20"])
    parts = []
    while True:
        state = job.poll(0.2)
        parts.append(state.output)
        if state.done:
            break
    assert state.exit_code == 0
    assert "".join(parts).splitlines() == [f"line {n} ä" for n in range(20)]
    assert len([p for p in parts if p]) > 2
    assert job.poll(0.1).done


def test_stop_ends_the_program(endpoint: Endpoint, transport: DirectTransport) -> None:
    job = transport.start("sleeper", [])
    assert not job.poll(0.1).done
    job.stop()
    job.stop()
    assert endpoint.wait_for(lambda: "sleeper stopped" in endpoint.ended)
    assert endpoint.sessions() == 0


def test_program_timeout(endpoint: Endpoint, transport: DirectTransport) -> None:
    with pytest.raises(TransportError) as caught:
        transport.run("sleeper", [], timeout=0.5)
    assert caught.value.code == "ProgramTimeout"
    assert endpoint.wait_for(lambda: "sleeper stopped" in endpoint.ended)


def test_enumerate_in_several_pulls(transport: DirectTransport) -> None:
    rows = transport.enumerate("Win32_Volume", ["Name", "FreeSpace"])
    assert len(rows) == 700
    assert rows[3] == {"Name": "V3:\\", "FreeSpace": "3"}


def test_enumerate_refuses_what_is_no_name(transport: DirectTransport) -> None:
    with pytest.raises(ValueError, match="no name"):
        transport.enumerate("Win32_Volume WHERE 1=1", ["Name"])


def test_the_password_travels_but_never_shows(
    endpoint: Endpoint, transport: DirectTransport
) -> None:
    transport.describe()
    assert PASSWORD not in repr(vars(transport))
