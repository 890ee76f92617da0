# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Known errors of Exchange, as exceptions that name the remedy (exchange.md 6.2 and 7.4).

Exception names decide first, texts only where Exchange has no better sign: texts depend on the
session's culture and on the build. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    NotFoundError,
    PreconditionError,
    RemoteCommandError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import rights
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)

_ROLE = rights.remedy([])


# Exchange refuses a command for now, before it does anything; names and texts are unconfirmed.
BUSY = r"OverBudgetException|ServerBusyException|ResourceUnhealthyException"
BUSY_TEXT = r"budget .* exceeded|back ?off time"


_CONTROLLER_GONE = (
    r"domain controller '.*' couldn't be found or isn't available"
    r"|active directory server .* is(n't| not) available"
)


@dataclass(frozen=True)
class _Known:
    """An error that is recognised: by the exception's short name, the error id, or the text."""

    error: type[ExchangeError]
    remedy: str
    exception: str = ""  # regular expression for the whole short name
    error_id: str = ""  # what the error id starts with
    text: str = ""  # regular expression somewhere in the message

    def fits(self, error: CommandError) -> bool:
        return (
            (bool(self.exception) and re.fullmatch(self.exception, error.exception) is not None)
            or (bool(self.error_id) and error.error_id.startswith(self.error_id))
            or (bool(self.text) and re.search(self.text, error.message, re.IGNORECASE) is not None)
        )


_KNOWN = (
    # before the next, whose words it quotes
    _Known(
        RemoteCommandError,
        "The server that really ran the command asks a domain controller that does not hold the"
        " object. Set ansible_exchange_domain_controller to one of the object's own domain.",
        exception="CmdletProxyException",
    ),
    _Known(
        NotFoundError,
        "Check the name; when the object is new, the domain controllers may not all know it yet:"
        " run the same command again in a minute.",
        exception="ManagementObjectNotFoundException",
        text=r"couldn't find database|couldn't be found on",
    ),
    _Known(
        ConflictError,
        "Use the GUID or the distinguished name.",
        exception="ManagementObjectAmbiguousException",
    ),
    _Known(
        RemoteCommandError,
        _ROLE,
        exception="CommandNotFoundException",
        error_id="CommandNotFoundException",
        text="is not recognized as the name of a cmdlet",
    ),
    _Known(
        RemoteCommandError,
        _ROLE,
        exception="ParameterBindingException",
        error_id="NamedParameterNotFound",
    ),
    _Known(
        RemoteCommandError,
        "What was changed there last may not have reached the other domain controllers: wait until it"
        " is back. If it stays dead, go on with another one (ansible_exchange_domain_controller). Then"
        " run the same command again: it looks first.",
        text=_CONTROLLER_GONE,
    ),
    _Known(
        RemoteCommandError,
        "The account has used up its budget (exchange.md 7.5). Wait some minutes, or give it a"
        " throttling policy of its own. Then run the same command again.",
        exception=BUSY,
        text=BUSY_TEXT,
    ),
    _Known(
        RemoteCommandError,
        "The set of domain controllers changed under the session. Run the same command again.",
        exception="ADServerSettingsChangedException",
        text="ADServerSettingsChangedException",
    ),
    _Known(
        RemoteCommandError,
        "A domain controller does not know the database yet. Run the same command again in a"
        " minute, or pin another one with ansible_exchange_domain_controller.",
        text=r"problem 1005 \(CONSTRAINT_ATT_TYPE\)",
    ),
    _Known(
        PreconditionError,
        "Wait for the move, or remove its request, then run the same command again.",
        text=r"(is|are) (currently )?being moved|has a (pending )?move request",
    ),
    _Known(
        PreconditionError,
        "Rehome what still points to it (also arbitration, audit log and archive mailboxes).",
        exception="AssociatedUserMailboxExistException",
    ),
    _Known(
        PreconditionError,
        "Remove a database that nothing needs, or recover on a server with room for one more.",
        text=r"maximum number of (mailbox )?databases|number of databases .* (exceed|limit)",
    ),
    _Known(
        RemoteCommandError,
        "Look in the Application log for who dismounted the database, or whether its server was restarted."
        " Then run the same command again: it mounts it.",
        text="MapiExceptionMdbOffline",
    ),
)


def is_controller_gone(message: str) -> bool:
    """Whether an error's text says that a domain controller does not answer."""
    return re.search(_CONTROLLER_GONE, message, re.IGNORECASE) is not None


def remedy_for(error: CommandError, command: str) -> str | None:
    """One sentence of help for an error that stays data; None for an unknown one."""
    known = next((known for known in _KNOWN if known.fits(error)), None)
    if known is None:
        return None
    return rights.remedy([command]) if known.remedy == _ROLE else known.remedy


def translate(
    error: CommandError, *, command: str, server: str, about: str, operation: str
) -> ExchangeError:
    """The exception for this error: its class and remedy from the table, its text from Exchange."""
    keys: dict[str, t.Any] = {
        "object": about,
        "operation": operation,
        "server": server,
        "command": command,
    }
    known = next((known for known in _KNOWN if known.fits(error)), None)
    kind = known.error if known else RemoteCommandError
    if kind is RemoteCommandError:
        keys.update(category=error.category, exception=error.exception, error_id=error.error_id)
    return kind(first_sentences(error.message), remedy=remedy_for(error, command), **keys)


def first_sentences(message: str, most: int = 600) -> str:
    """A message without its diagnostic lines, and not longer than a reader bears."""
    head = re.split(r"\s*Diagnostic context:", message.strip(), maxsplit=1)[0]
    text = " ".join(head.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
