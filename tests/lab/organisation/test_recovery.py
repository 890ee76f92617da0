# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole same-server dial tone recovery by hand, without the wire: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange_lab.ese import dump_header, soft_recovery

Site = Any  # the class of conftest.py
ROOT = "D:\\DialTone\\DB01"
FAULTS = (
    "lost", "doubled", "bounced", "queued", "unreadable_lost",
    "permissions_lost", "hidden_lost", "hidden_doubled", "unreachable",
)  # fmt: skip


def _fail(site: Site) -> None:
    """A backup, more mail, and the loss of the .edb; the logs survive."""
    site.control.start_mail_flow(8)
    site.clock.advance(3600)
    site.control.backup("DB01", "E:\\Restore")
    site.clock.advance(3600)
    site.control.break_database("DB01", "destroy_edb")
    site.clock.advance(600)


def _dial_tone(site: Site) -> None:
    fs = site.server.fs
    fs.mkdir(ROOT)
    fs.rename("D:\\Databases\\DB01", f"{ROOT}\\preserved")
    old = site.object("DB01")
    site.create(
        "DB01-DT", f"{ROOT}\\dialtone\\DB01-DT.edb",
        issue_warning_quota=old.issue_warning_quota,
        prohibit_send_quota=old.prohibit_send_quota,
        prohibit_send_receive_quota=old.prohibit_send_receive_quota,
    )  # fmt: skip
    site.mount("DB01-DT")
    site.rehome("DB01", "DB01-DT")
    for server in site.organisation.servers.values():
        server.transport.retry(lambda q: q.next_hop_domain == "DB01", resubmit=True)
    site.clock.advance(3600)


def _restore(site: Site, with_logs: bool = True) -> None:
    fs = site.server.fs
    fs.mkdir(f"{ROOT}\\restored")
    sources = ["E:\\Restore"] + ([f"{ROOT}\\preserved"] if with_logs else [])
    for folder in sources:
        for entry in fs.listdir(folder):
            if entry.name.lower().endswith((".edb", ".log")):
                fs.copy(f"{folder}\\{entry.name}", f"{ROOT}\\restored\\{entry.name}")
    for _percent in soft_recovery(fs, "E00", f"{ROOT}\\restored", f"{ROOT}\\restored", f"{ROOT}\\restored"):
        site.clock.advance(1)
    assert dump_header(fs, f"{ROOT}\\restored\\DB01.edb").clean


def _swap(site: Site) -> None:
    fs = site.server.fs
    site.control.dismount("DB01-DT")
    fs.rename(f"{ROOT}\\dialtone", f"{ROOT}\\swapped")
    fs.mkdir(f"{ROOT}\\dialtone")
    fs.rename(f"{ROOT}\\restored\\DB01.edb", f"{ROOT}\\dialtone\\DB01-DT.edb")
    assert site.refusal("DB01-DT").kind == "ForeignFile"
    site.set("DB01-DT", allow_file_restore=True)
    site.mount("DB01-DT")
    site.clock.advance(600)


def _merge(site: Site) -> None:
    site.create("RDB", f"{ROOT}\\swapped\\DB01-DT.edb", logs=f"{ROOT}\\swapped\\rdb-logs", recovery=True)
    source = site.mount("RDB")
    target = site.organisation.mounted(site.object("DB01-DT").guid)
    for mailbox in source.statistics():
        into = target.mailbox(mailbox.guid)
        if mailbox.row.type_detail == "SystemMailbox" or into is None:
            continue
        for message in [m for m in mailbox.messages.values() if not m.associated]:
            into.copy_in(message)
    site.control.dismount("RDB")


def _faults(site: Site) -> dict[str, Any]:
    site.control.drain()
    audit = site.control.audit()
    return {name: audit[name][:3] for name in FAULTS if audit[name]}


@pytest.mark.parametrize("topology", ["tiny", "contoso"])
def test_nothing_is_lost_and_nothing_doubled(make_site: Callable[..., Site], topology: str) -> None:
    site = make_site(topology)
    _fail(site)
    _dial_tone(site)
    during = site.control.audit()
    assert during["lost"] and during["permissions_lost"]  # the old mail and calendars are away
    assert not during["queued"]
    _restore(site)
    _swap(site)
    # besides mail of the dial tone period: what somebody homed elsewhere moved to his archive here meanwhile
    assert "during" in {e["period"] for e in site.control.audit()["lost"]}
    assert not site.control.audit()["permissions_lost"]
    _merge(site)
    site.control.mark("end")
    assert _faults(site) == {}
    audit = site.control.audit()
    assert audit["periods"]["before"] > 80 and audit["periods"]["during"] > 50
    outages = site.control.timeline()["outages"]
    homed = site.control.status()["databases"]["DB01-DT"]["mailboxes"]
    assert [o["still_down"] for o in outages] == [0, 0]
    assert outages[0]["mailboxes"] == homed


def test_without_the_surviving_logs_mail_since_the_backup_is_lost(make_site: Callable[..., Site]) -> None:
    site = make_site()
    _fail(site)
    _dial_tone(site)
    _restore(site, with_logs=False)
    _swap(site)
    _merge(site)
    assert set(_faults(site)) >= {"lost"}


def test_without_the_merge_mail_of_the_dial_tone_period_is_lost(make_site: Callable[..., Site]) -> None:
    site = make_site()
    _fail(site)
    _dial_tone(site)
    _restore(site)
    _swap(site)
    assert set(_faults(site)) == {"lost"}


def test_a_second_merge_of_everything_doubles(make_site: Callable[..., Site]) -> None:
    site = make_site()
    _fail(site)
    _dial_tone(site)
    _restore(site)
    _swap(site)
    _merge(site)
    site.organisation.directory.delete(site.dc, "database", site.object("RDB").guid)
    site.wait()
    _merge(site)
    assert set(_faults(site)) == {"doubled"}
