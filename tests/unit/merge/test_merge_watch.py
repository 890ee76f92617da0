# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching restore requests: each ends in one outcome, judged by items."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    SessionLostError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_watch import (
    Outcome,
    Watch,
)
from merge.request_model import ModelRequest, RequestModel
from scripted_transport import FakeTime, scripted_context

BAD_ITEMS = {"FailureType": "TooManyBadItemsPermanentException"}
NETWORK = {
    "FailureType": "MailboxReplicationTransientException",
    "Message": "The call failed.",
    "ItemsTransferred": 1,
}


def watch(
    model: RequestModel,
    *,
    limit: int = 10,
    due: int | None = None,
    timeout: float = 3600,
    lines: list[str] | None = None,
    settled: t.Callable[[Outcome], None] = lambda _o: None,
) -> dict[str, Outcome]:
    time = FakeTime()
    return Watch(
        context=scripted_context(model, time=time, lines=lines),
        batch="B",
        due={request.name: due for request in model.requests},
        bad_item_limit=limit,
        wait_timeout=timeout,
        settled=settled,
    ).run()


def test_queued_and_stalled_are_waited_for_and_statistics_read_once_each() -> None:
    model = RequestModel(
        [
            ModelRequest("a", ["Queued", "Queued", "Queued", "InProgress", "Completed"]),
            ModelRequest("b", ["Queued", "InProgress", "CompletionInProgress", "Completed"]),
        ]
    )
    seen: list[str] = []
    outcomes = watch(model, settled=lambda outcome: seen.append(outcome.name))
    assert {name: outcome.complete for name, outcome in outcomes.items()} == {"a": True, "b": True}
    assert model.names().count("Get-MailboxRestoreRequestStatistics") == 2
    assert seen == ["b", "a"]
    assert outcomes["a"].bytes == 10240
    assert "New-MailboxRestoreRequest" not in model.names()


def test_unreadable_items_are_first_seen_then_allowed_and_listed() -> None:
    model = RequestModel([ModelRequest("a", ["InProgress", BAD_ITEMS, "Queued", "Completed"])])
    model.requests[0].skipped, model.requests[0].items = 1, 4
    outcome = watch(model)["a"]
    changes = [c for c in model.names() if not c.startswith("Get-")]
    assert changes == ["Set-MailboxRestoreRequest", "Resume-MailboxRestoreRequest"]
    assert model.requests[0].limit == "10"
    assert outcome.complete
    assert (outcome.items, outcome.skipped_count) == (4, 1)
    assert [item["folder"] for item in outcome.skipped] == ["Inbox"]


def test_more_unreadable_items_than_allowed_stop_with_the_remedy() -> None:
    first = {**BAD_ITEMS, "BadItemsEncountered": 1}
    model = RequestModel([ModelRequest("a", ["InProgress", first, BAD_ITEMS])])
    model.requests[0].skipped = 12
    outcome = watch(model)["a"]
    assert not outcome.complete
    assert "bad_item_limit" in outcome.note
    assert model.requests[0].resumed == 1


def test_bad_and_large_items_have_a_limit_each() -> None:
    both = {**BAD_ITEMS, "BadItemsEncountered": 8, "LargeItemsEncountered": 8}
    model = RequestModel([ModelRequest("a", ["InProgress", both, "Queued", "Completed"])])
    assert watch(model)["a"].complete


def test_a_limit_of_zero_is_never_raised() -> None:
    model = RequestModel([ModelRequest("a", ["InProgress", BAD_ITEMS])])
    model.requests[0].skipped = 1
    assert not watch(model, limit=0)["a"].complete
    assert "Set-MailboxRestoreRequest" not in model.names()


def test_a_limit_that_an_earlier_run_raised_is_used() -> None:
    """That run ended between the new limit and the resume."""
    model = RequestModel([ModelRequest("a", ["InProgress", BAD_ITEMS, "Queued", "Completed"])])
    model.requests[0].limit, model.requests[0].skipped, model.requests[0].items = "10", 1, 4
    assert watch(model)["a"].complete
    assert "Set-MailboxRestoreRequest" not in model.names()
    model = RequestModel([ModelRequest("a", ["InProgress", BAD_ITEMS, "Queued", BAD_ITEMS])])
    model.requests[0].limit = "10"
    assert not watch(model)["a"].complete
    assert model.requests[0].resumed == 1


def test_failed_but_every_item_copied_is_complete() -> None:
    failed = {"FailureType": "MapiExceptionNotFound", "StatusDetail": "FailedOther"}
    outcome = watch(RequestModel([ModelRequest("a", ["InProgress", failed])]))["a"]
    assert outcome.complete
    assert "after every item was copied" in outcome.note


def test_a_transient_failure_is_resumed_once() -> None:
    model = RequestModel([ModelRequest("a", ["InProgress", NETWORK, "Queued", "Completed"])])
    assert watch(model)["a"].complete
    assert model.requests[0].resumed == 1


def test_a_failure_that_returns_is_given_up_with_its_reason() -> None:
    model = RequestModel([ModelRequest("a", ["InProgress", NETWORK, "InProgress", NETWORK])])
    outcome = watch(model)["a"]
    assert not outcome.complete
    assert "The call failed" in outcome.note
    assert "same command again" in outcome.note


def test_the_failure_that_was_answered_is_not_counted_twice() -> None:
    """After a resume the record may show the old failure for a while."""
    model = RequestModel([ModelRequest("a", ["InProgress", NETWORK, NETWORK, "Completed"])])
    looks = iter(range(10))

    def advance_later() -> None:
        request = model.requests[0]
        if request.status != "Failed" or next(looks) > 2:
            request.script.pop(0) if len(request.script) > 1 else None

    model.requests[0].advance = advance_later  # type: ignore[method-assign]
    model.requests[0].failures = 1
    assert watch(model)["a"].complete
    assert model.requests[0].resumed == 1


def test_a_suspended_request_is_resumed() -> None:
    model = RequestModel([ModelRequest("a", ["Suspended", "Queued", "Completed"])])
    assert watch(model)["a"].complete


def test_a_request_that_somebody_removed_is_not_complete() -> None:
    model = RequestModel([ModelRequest("a", ["Queued", "Completed"])])
    outcomes = Watch(
        context=scripted_context(model),
        batch="B",
        due={"a": 5, "removed": None},
        bad_item_limit=10,
        wait_timeout=60,
        settled=lambda _o: None,
    ).run()
    assert outcomes["a"].complete
    assert not outcomes["removed"].complete


def test_completed_with_fewer_items_is_complete_and_says_so() -> None:
    model = RequestModel([ModelRequest("a", ["Completed"], items=3)])
    outcome = watch(model)["a"]
    assert outcome.complete
    assert "3 of 5 items" in outcome.note


def test_requests_of_other_batches_are_not_looked_at() -> None:
    model = RequestModel([ModelRequest("a", ["Completed"]), ModelRequest("a", ["Failed"], "other")])
    assert watch(model)["a"].complete


def test_waiting_ends_and_names_what_was_seen_last() -> None:
    model = RequestModel([ModelRequest("a", ["Queued"])])
    lines: list[str] = []
    with pytest.raises(WaitTimeout, match="0 active, 1 waiting") as caught:
        watch(model, timeout=300, lines=lines)
    assert "same command again" in str(caught.value)
    assert any("StalledDueToTarget_Processor" in line for line in lines)


def test_the_live_line_has_count_percent_rate_and_eta() -> None:
    model = RequestModel(
        [
            ModelRequest("a", ["Queued", "Completed"]),
            ModelRequest("b", ["Queued", "Queued", "Queued", "Queued", "Completed"]),
        ]
    )
    lines: list[str] = []
    watch(model, lines=lines)
    assert any(
        line.startswith("merged 1 of 2 mailboxes (50 %), ") and " left; " in line for line in lines
    )
    assert lines[-1].startswith("merged 2 of 2 mailboxes (100 %)")


def test_a_lost_session_does_not_end_the_wait() -> None:
    model = RequestModel([ModelRequest("a", ["Queued", "Completed"])], lose_sessions=3)
    assert watch(model)["a"].complete
    with pytest.raises(SessionLostError):
        watch(RequestModel([ModelRequest("a", ["Queued"])], lose_sessions=9))


def test_hidden_items_that_are_left_out_on_purpose_are_not_missed() -> None:
    model = RequestModel([ModelRequest("a", ["Completed"], items=5, estimate=8)])
    assert watch(model, due=5)["a"].note == ""
    model = RequestModel([ModelRequest("a", ["Completed"], items=4, estimate=8)])
    assert "4 of 5 items" in watch(model, due=5)["a"].note
