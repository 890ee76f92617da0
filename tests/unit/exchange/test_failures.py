# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Known errors: their class, and that each names a remedy."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    NotFoundError,
    PreconditionError,
    RemoteCommandError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _failures
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)
from scripted_transport import not_found


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (not_found(), NotFoundError, "Check the name"),
        (CommandError('Couldn\'t find database "X".'), NotFoundError, "Check the name"),
        (
            CommandError("two", exception="ManagementObjectAmbiguousException"),
            ConflictError,
            "GUID",
        ),
        (
            CommandError("The term 'X' is not recognized as the name of a cmdlet, function"),
            RemoteCommandError,
            "Organization Management",
        ),
        (
            CommandError("no such parameter", error_id="NamedParameterNotFound,Set-Mailbox"),
            RemoteCommandError,
            "Organization Management",
        ),
        (
            CommandError("The name reference is invalid. problem 1005 (CONSTRAINT_ATT_TYPE)"),
            RemoteCommandError,
            "domain controller",
        ),
        (
            CommandError("Mailbox 'Ann' has a pending move request (Queued)."),
            PreconditionError,
            "move",
        ),
        (
            CommandError("one or more", exception="AssociatedUserMailboxExistException"),
            PreconditionError,
            "Rehome",
        ),
        (CommandError("proxy", exception="CmdletProxyException"), RemoteCommandError, "domain"),
    ],
)
def test_known(error: CommandError, kind: type[ExchangeError], remedy: str) -> None:
    raised = _failures.translate(
        error, command="Get-Thing", server="mbx1", about="thing T", operation="read"
    )
    assert raised.__class__ is kind
    assert remedy in (raised.remedy or "")
    assert _failures.remedy_for(error, "Get-Thing") == raised.remedy
    assert raised.as_result()["error"]["command"] == "Get-Thing"


def test_unknown_stays_as_it_is() -> None:
    raised = _failures.translate(
        CommandError("Strange.", category="NotSpecified", exception="OddException"),
        command="Get-Thing",
        server="mbx1",
        about="thing T",
        operation="read",
    )
    assert raised.__class__ is RemoteCommandError
    assert raised.exception == "OddException"
    assert raised.remedy is None


def test_long_messages_are_cut_and_lose_their_diagnostics() -> None:
    text = _failures.first_sentences("Bad.\n\nDiagnostic context:\n    Lid: 1")
    assert text == "Bad."
    assert len(_failures.first_sentences("word " * 1000)) <= 600
