# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal proved, in at most 25 lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# findings that make a rehearsal fail: any of them means a user misses or sees twice something
FAULTS = (
    "lost", "doubled", "bounced", "queued", "unreadable_lost",
    "permissions_lost", "hidden_lost", "hidden_doubled", "unreachable",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known at the end; the shapes of `audit` and `timeline` are those of the lab's control interface."""

    databases: tuple[str, ...]
    status: int  # of ansible-playbook
    audit: dict[str, Any]
    timeline: dict[str, Any]
    calls: list[dict[str, Any]]
    sessions: dict[str, Any]
    wall_seconds: float
    speed: float
    evidence: Path
    lab: Path

    @property
    def passed(self) -> bool:
        """Whether the playbook succeeded and every message is where it belongs, once."""
        return self.status == 0 and not any(self.audit[name] for name in FAULTS)


def _length(seconds: float | None) -> str:
    return "never" if seconds is None else str(timedelta(seconds=round(seconds)))


def _after(moment: str | None, start: str) -> float | None:
    if moment is None:
        return None
    return (datetime.fromisoformat(moment) - datetime.fromisoformat(start)).total_seconds()


def _service(facts: Facts) -> list[str]:
    """When users could work again, and how long the swap kept them from it."""
    outages = facts.timeline["outages"]
    failure = facts.timeline["marks"]["failure"]
    lines = []
    if outages:
        first = outages[0]
        lines.append(
            f"Users send and receive   again after {_length(_after(first['first_up'], failure))} (first mailbox), "
            f"{_length(_after(first['last_up'], failure))} (last of {first['mailboxes']})"
        )
    if len(outages) > 1:
        lines.append(
            f"Swap interrupted them    for {_length(outages[1]['longest_seconds'])} at most "
            f"({outages[1]['mailboxes']} mailboxes)"
        )
    for extra in outages[2:]:
        lines.append(
            f"Further interruption     {extra['mailboxes']} mailboxes, {_length(extra['longest_seconds'])}"
        )
    end = facts.timeline["marks"].get("end")
    lines.append(f"Whole recovery           {_length(_after(end, failure))} from failure to close")
    return lines


def _messages(audit: dict[str, Any]) -> list[str]:
    periods = audit["periods"]
    return [
        "Messages                 "
        + ", ".join(f"{periods.get(name, 0)} {name}" for name in ("before", "during", "after"))
        + f": {audit['accepted']} in all",
        f"Found exactly once       {audit['found'] - len(audit['doubled'])} of {audit['accepted']}"
        + (f"; {audit['deleted']} were deleted by their users" if audit["deleted"] else ""),
        f"Lost {len(audit['lost'])}, doubled {len(audit['doubled'])}, bounced {len(audit['bounced'])}, "
        f"still queued {len(audit['queued'])}",
        f"Hidden items             lost {len(audit['hidden_lost'])}, doubled {len(audit['hidden_doubled'])}; "
        f"folder permissions lost {len(audit['permissions_lost'])}",
    ]


def summary(facts: Facts) -> str:
    """The closing summary; simulated times, except where wall time is said."""
    cmdlets = sum(call["kind"] == "cmdlet" for call in facts.calls)
    changing = sum(bool(call["changing"]) for call in facts.calls)
    verdict = "PASSED" if facts.passed else "FAILED"
    lines = [
        "",
        f"Rehearsal {verdict}: dial tone recovery of {' and '.join(facts.databases)} on a simulated organisation",
        *_service(facts),
        *_messages(facts.audit),
        f"Remote calls             {cmdlets} cmdlets, {len(facts.calls) - cmdlets} programs and queries; {changing} changed something",
        f"Sessions                 {facts.sessions['opened']} opened, {facts.sessions['open']} left open",
        *(
            f"Ledger and journal       {facts.evidence / name / 'ledger.json'} (and .csv), journal.jsonl"
            for name in facts.databases
        ),
        f"The lab's files          {facts.lab}",
        f"Took                     {facts.wall_seconds:.0f} s of wall time; the times above are simulated, {facts.speed:g} times as fast,",
        "                         and contain the controller's own seconds as often",
    ]
    if facts.status:
        lines.append(f"The playbook failed with exit status {facts.status}")
    for name in FAULTS:
        found = facts.audit[name]
        if found:
            lines.append(f"{name.replace('_', ' ')}: {len(found)}, the first: {found[0]}")
    return "\n".join(lines[:25])
