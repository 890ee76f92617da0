# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of databases: their states, and which of them can be activated."""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable
from typing import Any

import pytest
from exchange_shell import Answer, Site, category

from exchange_lab import power
from exchange_lab.directory import MAILBOX
from exchange_lab.ese import soft_recovery
from exchange_lab.ese.header import decode_database
from exchange_lab.store import Message

pytestmark = pytest.mark.strictness


@pytest.fixture
def dag(make_site: Callable[..., Site]) -> Site:
    return make_site("dag")


def destroy(site: Site, name: str, logs: bool = False) -> None:
    """The active copy is gone: its .edb, with `logs` everything."""
    item = site.database(name)
    host = site.organisation.server(item.server)
    host.store.crash_database(item.guid)
    for path in site.organisation.replication.files(host, item):
        if logs or path.endswith(".edb"):
            host.fs.delete(path)


def activate(site: Site, name: str, **more: Any) -> Answer:
    return site.run("Move-ActiveMailboxDatabase", Identity=name, **{"Confirm": False, **more})


def status(site: Site, identity: str) -> str:
    return str(site.run("Get-MailboxDatabaseCopyStatus", Identity=identity).one.get("Status"))


def servers(value: Any) -> list[str]:
    """Server names in a list as it comes over the wire."""
    return re.findall(r"MBX\d", str(value.property_sets))


def test_copies_and_their_states(dag: Site) -> None:
    shown = dag.run("Get-MailboxDatabaseCopyStatus", Identity="*").ok()
    states = {o.get("Identity"): (o.get("Status"), o.get("ActiveCopy")) for o in shown.output}
    assert states == {
        "DB01\\MBX1": ("Mounted", True), "DB01\\MBX2": ("Healthy", False),
        "DB02\\MBX1": ("Mounted", True), "DB02\\MBX2": ("FailedAndSuspended", False),
        "DB03\\MBX1": ("Mounted", True), "DB03\\MBX3": ("Healthy", False),
        "DB04\\MBX2": ("Mounted", True),
    }  # fmt: skip
    by_server = dag.run("Get-MailboxDatabaseCopyStatus", Server="MBX2").values("Identity")
    assert by_server == ["DB01\\MBX2", "DB02\\MBX2", "DB04\\MBX2"]
    refusal = dag.run("Get-MailboxDatabaseCopyStatus", Identity="DB04\\MBX1").refusal
    assert category(refusal) == "ManagementObjectNotFoundException"
    lagged = dag.run("Get-MailboxDatabaseCopyStatus", Identity="DB03\\MBX3").one
    assert "7.00:00:00" in str(lagged.get("ReplayLagStatus"))


def test_the_directory_shows_the_group(dag: Site) -> None:
    item = dag.run("Get-MailboxDatabase", Identity="DB01").one
    assert item.get("ReplicationType") == "Remote"
    assert servers(item.get("Servers")) == ["MBX1", "MBX2"]
    assert item.get("MasterServerOrAvailabilityGroup") == "DAG1"
    alone = dag.run("Get-MailboxDatabase", Identity="DB04").one
    assert alone.get("ReplicationType") == "None" and servers(alone.get("Servers")) == ["MBX2"]
    assert dag.run("Get-MailboxDatabase", Server="MBX3").values("Name") == ["DB03"]
    group = dag.run("Get-DatabaseAvailabilityGroup", Identity="DAG1", Status=True).one
    assert servers(group.get("Servers")) == ["MBX1", "MBX2", "MBX3"]
    assert servers(group.get("OperationalServers")) == ["MBX1", "MBX2", "MBX3"]
    plain = dag.run("Get-DatabaseAvailabilityGroup").one
    assert plain.get("OperationalServers") is None
    assert dag.run("Get-DatabaseAvailabilityGroup", Identity="DAG9").refusal
    assert (
        dag.run("Get-MailboxServer", Identity="MBX1").one.get("DatabaseAvailabilityGroup") == "DAG1"
    )


def test_a_healthy_copy_has_everything_that_was_written(dag: Site) -> None:
    box = dag.mailboxes("DB01")[0]
    dag.put("DB01", box, "early")
    dag.mounted("DB01").instance.roll()
    dag.wait()
    message = dag.put("DB01", box, "last")  # still in the current log
    destroy(dag, "DB01")
    assert status(dag, "DB01\\MBX1") == "Dismounted"
    moved = activate(dag, "DB01", ActivateOnServer="MBX2").one
    assert (moved.get("ActiveServerAtEnd"), moved.get("NumberOfLogsLost")) == ("mbx2", 0)
    mounted = dag.mounted("DB01")
    assert mounted.server == "MBX2" and dag.database("DB01").server == "MBX2"
    stored = mounted.mailbox(box.exchange_guid)
    assert stored is not None
    assert {"early", "last"} <= {m.subject for m in stored.messages.values()}
    assert message.id in stored.messages
    dag.wait()
    assert status(dag, "DB01\\MBX1") == "FailedAndSuspended"  # its file is gone


def test_a_switchover_and_back(dag: Site) -> None:
    box = dag.mailboxes("DB01")[0]
    for number, server in enumerate(("MBX2", "MBX1", "MBX2")):
        subject = f"before move {number}"
        dag.put("DB01", box, subject)
        assert activate(dag, "DB01").one
        assert dag.mounted("DB01").server == server
        dag.wait()
        other = "MBX1" if server == "MBX2" else "MBX2"
        assert status(dag, f"DB01\\{other}") == "Healthy"
    stored = dag.mounted("DB01").mailbox(box.exchange_guid)
    assert stored is not None
    subjects = [m.subject for m in stored.messages.values()]
    assert all(subjects.count(f"before move {number}") == 1 for number in range(3))


def test_a_failed_copy_is_refused(dag: Site) -> None:
    destroy(dag, "DB02")
    assert "FailedAndSuspended" in activate(dag, "DB02").refusal.message
    assert activate(dag, "DB02", SkipHealthChecks=True).refusal  # its file is damaged
    assert dag.database("DB02").server == "MBX1"


def test_a_refused_move_leaves_a_mounted_database_mounted(dag: Site) -> None:
    assert activate(dag, "DB02", SkipHealthChecks=True).refusal
    assert dag.mounted("DB02").server == "MBX1"


def test_a_lagged_copy_needs_a_word(dag: Site) -> None:
    instance = dag.mounted("DB03").instance
    for _unused in range(60):
        instance.roll()
    dag.wait()
    shown = dag.run("Get-MailboxDatabaseCopyStatus", Identity="DB03\\MBX3").one
    assert shown.get("ReplayQueueLength") == 60 and shown.get("CopyQueueLength") == 0
    destroy(dag, "DB03")
    assert "replay queue length 60" in activate(dag, "DB03").refusal.message
    assert activate(dag, "DB03", SkipLagChecks=True).one
    assert dag.mounted("DB03").server == "MBX3" and dag.mounted("DB03").mailboxes


def test_loss_is_accepted_only_when_told(dag: Site) -> None:
    dag.wait()
    for _unused in range(8):  # more than GoodAvailability, less than BestAvailability allows
        dag.mounted("DB01").instance.roll()
    generated = dag.mounted("DB01").instance.generation
    dag.organisation.replication.of(dag.database("DB01").guid, "MBX2").generated = generated - 1
    destroy(dag, "DB01", logs=True)
    shown = dag.run("Get-MailboxDatabaseCopyStatus", Identity="DB01\\MBX2").one
    assert shown.get("CopyQueueLength") == 8
    for dial in ({}, {"MountDialOverride": "GoodAvailability"}, {"MountDialOverride": "None"}):
        assert "8 logs are missing" in activate(dag, "DB01", **dial).refusal.message
    assert "isn't valid" in activate(dag, "DB01", MountDialOverride="Much").refusal.message
    moved = activate(dag, "DB01", MountDialOverride="BestAvailability").one
    assert moved.get("NumberOfLogsLost") == 8


def test_safety_net_brings_what_the_lost_log_held(dag: Site) -> None:
    dag.wait()
    box = dag.mailboxes("DB01")[0]
    message = Message(id="just now", message_id="just now", subject="just now")
    dag.organisation.audit.accepted(message, box.guid)
    dag.server.transport.submit(message, box.guid)  # nothing has followed this yet
    destroy(dag, "DB01", logs=True)
    assert activate(dag, "DB01").one.get("NumberOfLogsLost") == 0
    stored = dag.mounted("DB01").mailbox(box.exchange_guid)
    assert stored is not None and "just now" not in stored.messages
    dag.wait(60)
    assert "just now" in stored.messages
    report = dag.organisation.audit.report(dag.organisation.view(), dag.organisation.mounted)
    assert not report["lost"] and not report["doubled"]


def test_the_active_copy_s_server_dies_and_comes_back(dag: Site) -> None:
    dag.wait()
    dead = dag.organisation.server("MBX3")
    activate(dag, "DB03", ActivateOnServer="MBX3").ok()
    dag.wait()
    power.kill(dag.organisation, dead, disks_kept=True)
    dag.wait()
    assert status(dag, "DB03\\MBX3") == "ServiceDown"
    assert status(dag, "DB03\\MBX1") == "DisconnectedAndHealthy"
    activate(dag, "DB03").ok()
    assert dag.mounted("DB03").server == "MBX1" and dag.mounted("DB03").mailboxes
    assert status(dag, "DB03\\MBX3") == "ServiceDown"
    power.rebuild(dag.organisation, dead, disks_kept=True)
    dag.wait()
    assert status(dag, "DB03\\MBX3") == "Healthy" and dag.mounted("DB03").server == "MBX1"


def test_there_has_to_be_a_copy(dag: Site) -> None:
    assert "no other copy" in activate(dag, "DB04").refusal.message
    assert (
        "no copy on server 'MBX3'" in activate(dag, "DB01", ActivateOnServer="MBX3").refusal.message
    )
    assert "already active" in activate(dag, "DB01", ActivateOnServer="MBX1").refusal.message


def test_all_databases_of_a_server(dag: Site) -> None:
    answer = dag.run("Move-ActiveMailboxDatabase", Server="MBX1", Confirm=False)
    assert [o.get("Identity") for o in answer.output] == ["DB01", "DB03"]
    assert ["DB02" in e.message for e in answer.errors] == [True]


def test_it_asks_before(dag: Site) -> None:
    answer = dag.run("Move-ActiveMailboxDatabase", Identity="DB01", reply=2)
    assert answer.questions and dag.mounted("DB01").server == "MBX1"


def test_a_replicated_database_is_not_removed(dag: Site) -> None:
    target = dag.database("DB04").guid
    for box in dag.mailboxes("DB01") + dag.mailboxes("DB01", "SharedMailbox"):
        dc = dag.organisation.domain_controller
        dag.organisation.directory.write(dc, MAILBOX, box.guid, {"database": target})
    dag.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    refusal = dag.run("Remove-MailboxDatabase", Identity="DB01", Confirm=False).refusal
    assert "more than one copy" in refusal.message


def test_the_place_of_a_passive_copy_is_taken(dag: Site) -> None:
    path = dag.database("DB01").edb_file_path
    assert "'DB01'" in dag.new_database("DT", Server="MBX2", EdbFilePath=path).refusal.message
    dag.new_database("DT", Server="MBX3", EdbFilePath=path).ok()


def test_a_lagged_copy_is_a_source_of_a_restore(dag: Site) -> None:
    """Its files, without the newest logs and without checkpoint: eseutil makes them clean (exchange.md 9)."""
    box = dag.mailboxes("DB03")[0]
    for subject in ("older", "newer"):
        dag.put("DB03", box, subject)
        dag.mounted("DB03").instance.roll()
        dag.wait()
    item, fs = dag.database("DB03"), dag.organisation.server("MBX3").fs
    fs.mkdir("E:\\Copy")
    host = dag.organisation.server("MBX3")
    for path in dag.organisation.replication.files(host, item):
        fs.copy(path, f"E:\\Copy\\{ntpath.basename(path)}")
    newest = max(e.name for e in fs.listdir("E:\\Copy") if e.name.lower().endswith(".log"))
    fs.delete(f"E:\\Copy\\{newest}")
    for _percent in soft_recovery(
        fs, item.log_file_prefix, "E:\\Copy", "E:\\Copy", "E:\\Copy", accept_loss=True
    ):
        pass
    header, rows = decode_database(fs.read_bytes("E:\\Copy\\DB03.edb"), "DB03.edb")
    subjects = {row.get("subject") for key, row in rows.items() if key.startswith("message/")}
    assert header.clean and "older" in subjects and "newer" not in subjects


def test_settings_of_a_server(dag: Site) -> None:
    change = {"Identity": "MBX2", "DatabaseCopyAutoActivationPolicy": "Unrestricted"}
    dag.run("Set-MailboxServer", AutoDatabaseMountDial="Lossless", **change).ok()
    shown = dag.run("Get-MailboxServer", Identity="MBX2").one
    assert shown.get("DatabaseCopyAutoActivationPolicy") == "Unrestricted"
    assert shown.get("AutoDatabaseMountDial") == "Lossless"
    assert "no settings" in dag.run("Set-MailboxServer", **change).ok().warnings[0]
    assert (
        "simulate" in dag.run("Set-MailboxServer", Identity="MBX2", FaultZone="x").refusal.message
    )
    bad = dag.run("Set-MailboxServer", Identity="MBX2", AutoDatabaseMountDial="Never").refusal
    assert "enumerator" in bad.message
