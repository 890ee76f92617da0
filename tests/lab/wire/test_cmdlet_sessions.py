# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cmdlets over PSRP, asked by unmodified pypsrp."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pypsrp.complex_objects import ObjectMeta
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, PSInvocationState, RunspacePool

from exchange_lab.wire import Limits

from .conftest import Endpoint, invoke, make_table, threads_named


def test_an_object_arrives_with_all_its_properties(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        _ps, (got,) = invoke(pool, ("Get-Thing", {"Identity": "T1"}))
    properties = got.adapted_properties
    assert got.types[0] == "Contoso.Directory.Thing"
    assert str(got) == "T1"
    assert properties["Quota"] == "2 GB (2,147,483,648 bytes)"
    assert properties["Guid"] == uuid.uuid5(uuid.NAMESPACE_DNS, "T1")
    assert (properties["Enabled"], properties["Nothing"], properties["Count"]) == (True, None, 7)
    assert str(properties["When"]) == "2024-05-01T12:00:00Z"
    assert str(properties["Kind"]) == "Round"
    assert "smtp:ü&amp;&lt;b&gt;@contoso.lab" in str(properties["Addresses"].property_sets)


def test_a_pipeline_of_several_commands(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        _ps, out = invoke(
            pool,
            ("Get-Thing", {}),
            ("Select-Object", {"Property": ["name", "Count", "Absent"], "First": 2}),
        )
        assert [o.extended_properties for o in out] == [
            {"Name": "T0", "Count": 7, "Absent": None},
            {"Name": "T1", "Count": 7, "Absent": None},
        ]
        assert out[0].types[0] == "Selected.Contoso.Directory.Thing"
        _ps, names = invoke(pool, ("Get-Thing", {}), ("Select-Object", {"ExpandProperty": "Name"}))
        assert names == ["T0", "T1", "T2", "T3", "T4"]
        _ps, (measured,) = invoke(pool, ("Get-Thing", {}), ("Measure-Object", {}))
        assert measured.adapted_properties["Count"] == 5
        invoke(pool, ("Get-Thing", {"Identity": "T3"}), ("Set-Thing", {"Quota": "10GB"}))
        assert endpoint.things.quota == {"T3": 10 * 2**30}


def test_two_statements_in_one_request(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps = (
            PowerShell(pool).add_cmdlet("Get-Thing").add_parameter("Identity", "T0").add_statement()
        )
        ps.add_cmdlet("Get-Thing").add_parameter("Identity", "T4")
        assert [str(o) for o in ps.invoke()] == ["T0", "T4"]


def test_every_stream(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, out = invoke(pool, ("Test-Streams", {"Verbose": True, "Debug": True}))
    streams = ps.streams
    assert out == ["out"]
    assert [w.message for w in streams.warning] == ["careful"]
    assert [v.message for v in streams.verbose] == ["by the way"]
    assert [d.message for d in streams.debug] == ["deep down"]
    assert [(p.activity, p.percent_complete) for p in streams.progress] == [("Counting", 10)]
    assert [i.message_data for i in streams.information] == ["for your information"]
    (error,) = streams.error
    assert (str(error), error.fq_error, error.reason) == (
        "No thing 'x'.",
        "NotFound,Get-Thing",
        "NotFoundException",
    )
    assert (error.category, error.target_name, error.activity) == (13, "x", "Test-Streams")
    assert ps.state == PSInvocationState.COMPLETED


def test_quiet_streams_stay_quiet(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, _out = invoke(
            pool,
            (
                "Test-Streams",
                {"WarningAction": "SilentlyContinue", "ErrorAction": "SilentlyContinue"},
            ),
        )
    assert not (ps.streams.verbose or ps.streams.debug or ps.streams.warning or ps.streams.error)


def test_a_terminating_error_fails_the_pipeline(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, out = invoke(pool, ("Set-Thing", {"Identity": "nope"}))
        assert (ps.state, ps.had_errors, out) == (PSInvocationState.FAILED, True, [])
        assert ps.streams.error[0].fq_error == "NotFound,Get-Thing"
        ps, _out = invoke(pool, ("Get-Thing", {"Identity": "nope", "ErrorAction": "Stop"}))
        assert ps.state == PSInvocationState.FAILED
        ps, _out = invoke(pool, ("Get-Thing", {"Identity": "nope"}))
        assert ps.state == PSInvocationState.COMPLETED


@pytest.mark.strictness
def test_script_text_is_refused(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps = PowerShell(pool).add_script("Get-Thing | Where-Object Name -eq T1")
        assert ps.invoke() == []
        (error,) = ps.streams.error
    assert ps.state == PSInvocationState.FAILED
    assert error.fq_error == "ScriptsNotAllowed"
    assert "The syntax is not supported by this runspace" in str(error)


@pytest.mark.strictness
def test_an_unknown_cmdlet_looks_like_missing_rights(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, _out = invoke(pool, ("Where-Object", {"Property": "Name"}))
        assert ps.streams.error[0].fq_error == "CommandNotFoundException"
        assert "is not recognized as the name of a cmdlet" in str(ps.streams.error[0])
        ps, _out = invoke(pool, ("Get-Thing", {"Secret": "x"}))
        assert ps.streams.error[0].fq_error == "NamedParameterNotFound,Get-Thing"
    assert [outcome for *_rest, outcome in endpoint.calls] == [
        "refused: CommandNotFoundException",
        "refused: NamedParameterNotFound,Get-Thing",
    ]


def test_a_secure_string_is_read(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        pool.exchange_keys()
        invoke(
            pool,
            (
                "Set-Thing",
                {"Identity": "T1", "Password": pool.serialize("geheim ü", ObjectMeta("SS"))},
            ),
        )
    assert str(endpoint.things.seen[0]["Password"]) == "geheim ü"


@pytest.mark.parametrize("value", ["_x0041_", "ü 😀 \x01\t\n ", "a<b>&\"'", "", "Ж" * 50000])
def test_text_survives_both_ways(endpoint: Endpoint, value: str) -> None:
    with endpoint.pool() as pool:
        _ps, out = invoke(pool, ("Test-Echo", {"Value": value}))
    assert endpoint.things.seen == [value]
    assert out == [value]


def test_values_survive_both_ways(endpoint: Endpoint) -> None:
    guid = uuid.uuid4()
    with endpoint.pool() as pool:
        for value in (True, 5, 2**40, 1.5, ["a", "b"], {"k": "v"}, guid, None, b"\x00\xff"):
            _ps, out = invoke(pool, ("Test-Echo", {"Value": value}))
            assert endpoint.things.seen.pop() == value
            assert out == [value]


def test_pipeline_input_from_the_client(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps = PowerShell(pool).add_cmdlet("Test-Echo")
        assert ps.invoke(["a", "b", "c"]) == ["a", "b", "c"]


class _Answering(PSHostUserInterface):
    def __init__(self, answer: int) -> None:
        super().__init__()
        self.answer, self.asked = answer, []

    def PromptForChoice(
        self, runspace: Any, pipeline: Any, caption: Any, message: Any, choices: Any, default: Any
    ) -> int:  # noqa: N802, E501
        self.asked.append((caption, message, len(choices), default))
        return self.answer


@pytest.mark.parametrize(("answer", "left"), [(0, 4), (2, 5)])
def test_a_prompt_is_answered_by_the_client_host(
    endpoint: Endpoint, answer: int, left: int
) -> None:
    ui = _Answering(answer)
    host = PSHost(None, None, False, "test", None, ui, "1.0")
    with endpoint.pool(host=host) as pool:
        ps, _out = invoke(pool, ("Remove-Thing", {"Identity": "T1"}))
    assert not ps.had_errors
    assert len(endpoint.things.names) == left
    assert ui.asked[0] == (
        "Confirm", 'Are you sure you want to perform this action?\nPerforming the operation "Remove" on target "T1".', 5, 0,
    )  # fmt: skip


@pytest.mark.strictness
def test_a_prompt_without_host_fails_the_pipeline(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, _out = invoke(pool, ("Remove-Thing", {"Identity": "T1"}))
        assert ps.state == PSInvocationState.FAILED
        assert "A command that prompts the user failed" in str(ps.streams.error[0])
        assert ps.streams.error[0].fq_error == "HostFunctionNotImplemented"
        # Confirm:false silences should_process, only Force silences should_continue
        ps, _out = invoke(pool, ("Remove-Thing", {"Identity": "T1", "Confirm": False}))
        assert ps.state == PSInvocationState.FAILED
        assert len(endpoint.things.names) == 5
        ps, _out = invoke(
            pool, ("Remove-Thing", {"Identity": "T1", "Confirm": False, "Force": True})
        )
        assert not ps.had_errors
    assert len(endpoint.things.names) == 4


@pytest.mark.strictness
def test_a_host_without_answer_raises_in_the_client(endpoint: Endpoint) -> None:
    host = PSHost(None, None, False, "test", None, PSHostUserInterface(), "1.0")
    with endpoint.pool(host=host) as pool, pytest.raises(NotImplementedError):
        invoke(pool, ("Remove-Thing", {"Identity": "T1"}))
    assert len(endpoint.things.names) == 5


def test_what_if_changes_nothing(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps, _out = invoke(pool, ("Remove-Thing", {"Identity": "T1", "WhatIf": True}))
    assert 'What if: Performing the operation "Remove"' in ps.streams.information[0].message_data
    assert len(endpoint.things.names) == 5


def test_a_defect_is_an_error_that_is_counted(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory()
    with endpoint.pool() as pool:
        ps, _out = invoke(pool, ("Test-Defect", {}))
        assert ps.state == PSInvocationState.FAILED
        assert "ZeroDivisionError: oops" in str(ps.streams.error[0])
        assert len(invoke(pool, ("Get-Thing", {}))[1]) == 5
    assert len(endpoint.service.defects) == 1
    assert "ZeroDivisionError" in endpoint.service.defects[0]


def test_the_call_log_hears_everything(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        invoke(
            pool, ("Get-Thing", {"iden": "T1"}), ("Set-Thing", {"Quota": "1GB", "Confirm": False})
        )
        invoke(pool, ("Get-Thing", {"Identity": "nope"}))
    assert endpoint.calls == [
        ("cmdlet", "Set-Thing", {"Quota": "1GB", "Confirm": False, "Identity": "T1"}, "ok"),
        ("cmdlet", "Get-Thing", {"Identity": "T1"}, "ok"),
        ("cmdlet", "Get-Thing", {"Identity": "nope"}, "errors: 1"),
    ]


def test_stop_ends_a_running_pipeline(endpoint: Endpoint) -> None:
    with endpoint.pool() as pool:
        ps = PowerShell(pool).add_cmdlet("Test-Slow").add_parameter("Seconds", 60)
        ps.begin_invoke()
        time.sleep(0.2)
        started = time.monotonic()
        ps.stop()
        assert len(invoke(pool, ("Get-Thing", {}))[1]) == 5
        assert time.monotonic() - started < 30
    assert ps.state == PSInvocationState.STOPPED
    assert endpoint.calls[0][3] == "stopped"


def test_closing_the_pool_ends_its_pipelines(endpoint: Endpoint) -> None:
    pool = endpoint.pool()
    pool.open()
    PowerShell(pool).add_cmdlet("Test-Slow").add_parameter("Seconds", 61).begin_invoke()
    time.sleep(0.2)
    assert threads_named("pipeline Test-Slow") == 1
    pool.close()
    deadline = time.monotonic() + 30
    while threads_named("pipeline Test-Slow") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threads_named("pipeline Test-Slow") == 0


def test_pipelines_share_the_runspaces_of_their_pool(endpoint: Endpoint) -> None:
    def wait_of_the_quick_one(runspaces: int, seconds: int) -> float:
        with endpoint.pool(max_runspaces=runspaces) as pool:
            slow = PowerShell(pool).add_cmdlet("Test-Slow").add_parameter("Seconds", seconds)
            quick = PowerShell(pool).add_cmdlet("Get-Thing").add_parameter("Identity", "T1")
            slow.begin_invoke()
            start = time.monotonic()
            quick.begin_invoke()
            quick.end_invoke()
            return time.monotonic() - start

    assert wait_of_the_quick_one(2, 60) < 30
    assert wait_of_the_quick_one(1, 1) > 0.5


def test_a_long_silence_is_bridged_by_operation_timeouts(endpoint: Endpoint) -> None:
    with endpoint.pool(endpoint.wsman(operation_timeout=1)) as pool:
        _ps, out = invoke(pool, ("Test-Slow", {"Seconds": 3}))
    assert out == ["slept"]


def test_large_output_and_many_objects(endpoint: Endpoint) -> None:
    endpoint.things.names = [f"name {i:05d}" for i in range(3000)]
    with endpoint.pool() as pool:
        _ps, out = invoke(pool, ("Get-Thing", {}), ("Select-Object", {"Property": "Name"}))
    assert [o.extended_properties["Name"] for o in out] == endpoint.things.names


def test_a_lost_answer_is_given_again(endpoint: Endpoint) -> None:
    """Every second answer is lost on the wire; the client asks again with the same message id."""
    endpoint.things.names = [f"name {i:05d}" for i in range(2000)]
    wsman = endpoint.wsman()
    pool = endpoint.pool(wsman)
    pool.open()
    ps = (
        PowerShell(pool)
        .add_cmdlet("Get-Thing")
        .add_cmdlet("Select-Object")
        .add_parameter("Property", "Name")
    )
    ps.begin_invoke()
    real, count = wsman.transport._send_request, [0]

    def lossy(request: Any, timeout: Any = None) -> Any:
        answer = real(request, timeout=timeout)
        count[0] += 1
        if count[0] % 2:
            raise requests.ReadTimeout("lost")
        return answer

    wsman.transport.reconnection_backoff = 0.01
    wsman.transport._send_request = lossy
    out = ps.end_invoke()
    wsman.transport._send_request = real
    pool.close()
    assert count[0] > 2
    assert [o.extended_properties["Name"] for o in out] == endpoint.things.names


@pytest.mark.strictness
def test_the_nineteenth_shell_is_refused(endpoint: Endpoint) -> None:
    pools = []
    with pytest.raises(WSManFaultError) as refused:
        for _unused in range(19):
            pool = endpoint.pool()
            pool.open()
            pools.append(pool)
    assert len(pools) == 18
    assert refused.value.code == 2150859173
    assert refused.value.reason.strip() == (
        "The WS-Management service cannot process the request. This user is allowed a maximum number of 18 concurrent "
        "shells, which has been exceeded. Close existing shells or raise the quota for this user."
    )
    with endpoint.pool(endpoint.wsman(username="CONTOSO\\bob", password="bobpw")):
        pools.pop().close()  # another user has a quota of his own, and a closed shell makes room
    with endpoint.pool():
        pass
    for pool in pools:
        pool.close()
    assert endpoint.service.shells.open_shells() == []


@pytest.mark.strictness
def test_concurrent_opening_never_passes_the_quota(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(limits=Limits(shells_per_user=3))
    opened: list[Any] = []
    refused: list[int] = []
    barrier = threading.Barrier(6)

    def attempt() -> None:
        pool = endpoint.pool()
        barrier.wait()
        try:
            pool.open()
            opened.append(pool)
        except WSManFaultError as e:
            refused.append(e.code)

    threads = [threading.Thread(target=attempt) for _unused in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), refused) == (3, [2150859173] * 3)
    for pool in opened:
        pool.close()


@pytest.mark.strictness
def test_commands_that_are_never_closed_fill_the_shell(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(limits=Limits(commands_per_shell=5))
    with endpoint.pool() as pool:
        for _unused in range(12):
            invoke(pool, ("Get-Thing", {}))  # closed ones leave room
        with pytest.raises(WSManFaultError) as refused:
            for _unused in range(6):
                PowerShell(pool).add_cmdlet("Get-Thing").invoke()
    assert "maximum number of concurrent commands per shell" in refused.value.reason


@pytest.mark.strictness
def test_idle_shells_are_closed_and_used_ones_are_not(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(limits=Limits(idle_timeout=1.0, reap_every=0.1))
    pool = endpoint.pool()
    pool.open()
    for _unused in range(3):
        time.sleep(0.6)
        invoke(pool, ("Get-Thing", {}))
    invoke(pool, ("Test-Slow", {"Seconds": 2}))  # a waiting Receive is use
    time.sleep(1.6)
    assert endpoint.service.shells.reaped == 1
    with pytest.raises(WSManFaultError) as gone:
        invoke(pool, ("Get-Thing", {}))
    assert gone.value.code == 2150858843
    assert "invalid selectors" in gone.value.reason


def test_the_client_may_choose_its_idle_timeout(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory(limits=Limits(reap_every=0.1))
    pool = endpoint.pool(idle_timeout=1)
    pool.open()
    time.sleep(1.5)
    assert endpoint.service.shells.reaped == 1


def test_a_client_that_is_gone_leaves_no_thread_waiting(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(limits=Limits(idle_timeout=0.5, reap_every=0.1))
    wsman = endpoint.wsman()
    pool = endpoint.pool(wsman)
    pool.open()
    ps = PowerShell(pool).add_cmdlet("Test-Slow").add_parameter("Seconds", 62)
    ps.begin_invoke()
    waiting = threading.Thread(target=lambda: _quietly(ps.end_invoke), daemon=True)
    waiting.start()
    time.sleep(0.5)
    wsman.transport.reconnection_retries = 0
    endpoint.server.drop_connections()
    deadline = time.monotonic() + 30
    while threads_named("pipeline Test-Slow") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert threads_named("pipeline Test-Slow") == 0
    assert endpoint.service.shells.open_shells() == []


def _quietly(call: Callable[[], Any]) -> None:
    with contextlib.suppress(
        requests.exceptions.RequestException, WSManFaultError, WinRMTransportError
    ):
        call()  # the connection is cut under it


@pytest.mark.strictness
def test_someone_elses_shell_is_refused(endpoint: Endpoint) -> None:
    pool = endpoint.pool()
    pool.open()
    other = endpoint.wsman(username="CONTOSO\\bob", password="bobpw")
    mine = pool.connection
    pool.connection = pool.shell.wsman = other
    with pytest.raises(WSManFaultError) as refused:
        invoke(pool, ("Get-Thing", {}))
    assert refused.value.code == 5
    pool.connection = pool.shell.wsman = mine
    pool.close()


@pytest.mark.strictness
def test_unknown_configuration_and_wrong_path(endpoint: Endpoint) -> None:
    with pytest.raises(WSManFaultError) as fault:
        RunspacePool(endpoint.wsman(), configuration_name="Microsoft.PowerShell").open()
    assert "was not found in the WS-Management catalog" in fault.value.reason
    with pytest.raises(WSManFaultError):
        endpoint.pool(endpoint.wsman(path="wsman")).open()
    with pytest.raises(WinRMTransportError) as missing:
        endpoint.pool(endpoint.wsman(path="nope")).open()
    assert missing.value.code == 404


@pytest.mark.strictness
def test_rbac_hides_cmdlets_and_parameters(endpoint_factory: Callable[..., Endpoint]) -> None:
    def visible(session: Any, spec: Any) -> Any:
        if spec.name == "Remove-Thing":
            return None
        return spec.only(["Identity"]) if spec.name == "Set-Thing" else spec

    endpoint = endpoint_factory(table=make_table(visible=visible))
    with endpoint.pool() as pool:
        ps, _out = invoke(pool, ("Remove-Thing", {"Identity": "T1", "Force": True}))
        assert ps.streams.error[0].fq_error == "CommandNotFoundException"
        ps, _out = invoke(pool, ("Set-Thing", {"Identity": "T1", "Quota": "1GB"}))
        assert ps.streams.error[0].fq_error == "NamedParameterNotFound,Set-Thing"
        _ps, out = invoke(
            pool, ("Get-Command", {"Name": "*-Thing"}), ("Select-Object", {"Property": "Name"})
        )
        assert [o.extended_properties["Name"] for o in out] == ["Get-Thing", "Set-Thing"]
        ps, _out = invoke(pool, ("Get-Command", {"Name": "Remove-Thing"}))
        assert ps.streams.error[0].fq_error.startswith("CommandNotFoundException")
