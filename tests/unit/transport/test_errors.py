# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors: their sentence, their result, and the way over the socket."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    _CLASSES,
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    ProgramError,
    RemoteCommandError,
    TransportError,
    error_from_dict,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
    ProgramResult,
    Value,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ExchangeError("It broke."), "It broke."),
        (
            ExchangeError("The file is missing", operation="mount", object="database DB01"),
            "mount database DB01: The file is missing",
        ),
        (
            ExchangeError(
                "database DB01 is mounted", object="database DB01", remedy="Dismount it."
            ),
            "database DB01 is mounted. Dismount it. Then run the same command again.",
        ),
        (
            ExchangeError("Which one?", remedy="Say so, then run the same command again."),
            "Which one? Say so, then run the same command again.",
        ),
        (InputError("Which one?", remedy="Say so."), "Which one? Say so."),
    ],
)
def test_sentence(error: ExchangeError, text: str) -> None:
    assert str(error) == text
    assert error.as_result()["msg"] == text


def test_result_has_all_keys() -> None:
    error = RemoteCommandError(
        "no",
        category="InvalidOperation",
        exception="X",
        error_id="[..]",
        server="mbx1",
        command="C",
    )
    assert error.as_result()["error"] == {
        "code": "RemoteCommand",
        "object": None,
        "operation": None,
        "remedy": None,
        "server": "mbx1",
        "command": "C",
        "category": "InvalidOperation",
        "exception": "X",
        "error_id": "[..]",
    }


@pytest.mark.parametrize("name", sorted(_CLASSES))
def test_every_class_survives_the_socket(name: str) -> None:
    cls = _CLASSES[name]
    extra = {key: f"<{key}>" for key in cls._extra}
    error = cls("m", object="o", operation="p", remedy="r", server="s", command="c", **extra)
    again = error_from_dict(error.as_dict())
    assert again.__class__ is cls
    assert again.as_result() == error.as_result()


def test_unknown_class_survives() -> None:
    assert str(error_from_dict({"class": "Exit", "message": "m"})) == "m"


def _failed(exception: str) -> CommandResult:
    return CommandResult(
        errors=[CommandError("no such thing", "NotSpecified", "id", exception)],
        command="Get-X",
        server="mbx1",
    )


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        ("ManagementObjectNotFoundException", NotFoundError),
        ("ManagementObjectAmbiguousException", ConflictError),
        ("InvalidOperationException", RemoteCommandError),
        ("", RemoteCommandError),
    ],
)
def test_command_errors_are_raised_by_kind(exception: str, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind) as caught:
        _failed(exception).raise_for_errors("look up", "database DB01")
    assert caught.value.__class__ is kind
    assert (caught.value.command, caught.value.server) == ("Get-X", "mbx1")


def test_single() -> None:
    assert CommandResult(output=[{"a": 1}]).single() == {"a": 1}
    with pytest.raises(NotFoundError):
        CommandResult().single("look up", "x")
    with pytest.raises(ConflictError):
        CommandResult(output=[{}, {}]).single("look up", "x")


def test_exit_codes() -> None:
    result = ProgramResult(-550, "Operation terminated with error -550", program="eseutil")
    assert result.raise_for_exit(good=(0, -550)) is result
    with pytest.raises(ProgramError) as caught:
        result.raise_for_exit("dump the header of", "x.edb")
    assert caught.value.exit_code == -550
    assert "error -550" in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "  ", [], [""]])
@pytest.mark.parametrize("parameter", ["Identity", "identity", "Database", "Server", "Filter"])
def test_a_command_never_means_every_object(parameter: str, value: Value) -> None:
    with pytest.raises(InputError, match=f"empty {parameter}"):
        Command("Get-Mailbox", {parameter: value})


def test_other_parameters_may_be_empty() -> None:
    command = Command("Set-MailboxDatabase", {"Identity": "DB01", "JournalRecipient": None})
    assert command.parameters["JournalRecipient"] is None


def test_broken_unicode_is_refused() -> None:
    with pytest.raises(InputError, match="Unicode"):
        Command("Get-Mailbox", {"Identity": "a\ud800"})


def test_lost_connections_are_not_unreachable_by_default() -> None:
    assert TransportError("x").unreachable is False
