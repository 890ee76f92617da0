# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cmdlet's body sees of the world while it runs: the session, the streams, prompts, simulated time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Error, PipelineStopped, TerminatingError

if TYPE_CHECKING:
    from .engine import Host
    from .spec import CmdletSpec

_IMPACT = {"None": 0, "Low": 1, "Medium": 2, "High": 3}
_CONFIRM_CHOICES = ("&Yes", "Yes to &All", "&No", "No to A&ll", "&Suspend")
_CONTINUE_CHOICES = ("&Yes", "Yes to &All", "&No", "No to A&ll")
_YES, _YES_TO_ALL, _NO, _NO_TO_ALL = range(4)


def _wall_sleep(seconds: float, stopping: threading.Event | None = None) -> bool:
    return not (stopping or threading.Event()).wait(seconds)


@dataclass
class SessionState:
    """One shell's state: whose it is, and what its commands have set for those that follow.

    settings: free for cmdlets, such as what Set-ADServerSettings keeps.
    sleep: `sleep(simulated seconds, stopping) -> bool`, False when interrupted (Clock.sleep fits).
    """

    account: str
    roles: frozenset[str] = frozenset()
    server: Any = None
    organisation: Any = None
    settings: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    sleep: Callable[[float, threading.Event | None], bool] = _wall_sleep


class Invocation:
    """One cmdlet in one pipeline. The body is called with it once per pipeline input object.

    session, organisation (the session's), spec, parameter_set (name of the resolved set), stopping (Event),
    pipeline_input (the object that came through the pipeline, or None), error_count, what_if, force.
    """

    def __init__(
        self, spec: CmdletSpec, session: SessionState, host: Host, stopping: threading.Event
    ) -> None:
        self.spec, self.session, self.host, self.stopping = spec, session, host, stopping
        self.organisation = session.organisation
        self.parameter_set = ""
        self.pipeline_input: Any = None
        self.error_action = "continue"
        self.warning_action = "continue"
        self.verbose = False
        self.debug = False
        self.what_if = False
        self.confirm: bool | None = None
        self.force = False
        self.error_count = 0
        self.visible_cmdlets: Callable[[], list[CmdletSpec]] = list
        self._answer_for_all: bool | None = None
        self._continue_for_all: bool | None = None

    # -- streams
    def write_error(self, error: Error) -> None:
        """A non-terminating error: the pipeline goes on, unless the caller asked for ErrorAction Stop."""
        error.activity = error.activity or self.spec.name
        self.error_count += 1
        if self.error_action == "stop":
            raise TerminatingError(error)
        if self.error_action not in ("silentlycontinue", "ignore"):
            self.host.error(error)

    def throw(self, error: Error) -> None:
        """A terminating error: ends the pipeline. Never returns."""
        error.activity = error.activity or self.spec.name
        raise TerminatingError(error)

    def write_warning(self, text: str) -> None:
        """A line in the warning stream."""
        if self.warning_action not in ("silentlycontinue", "ignore"):
            self.host.warning(text)

    def write_verbose(self, text: str) -> None:
        """A line in the verbose stream, if the caller asked for it."""
        if self.verbose:
            self.host.verbose(text)

    def write_debug(self, text: str) -> None:
        """A line in the debug stream, if the caller asked for it."""
        if self.debug:
            self.host.debug(text)

    def write_progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        """A progress record; percent -1 when unknown."""
        self.host.progress(activity, status, percent, done)

    # -- confirmation
    def should_process(self, target: str, action: str, description: str | None = None) -> bool:
        """Whether to do it: False under WhatIf (which is said), or when the user was asked and refused.

        Asked when -Confirm was given, or when the cmdlet's impact is High and -Confirm:$false was not.
        description replaces the default sentence 'Performing the operation "action" on target "target".'.
        """
        sentence = description or f'Performing the operation "{action}" on target "{target}".'
        if self.what_if:
            self.host.information(f"What if: {sentence}")
            return False
        asks = self.confirm if self.confirm is not None else _IMPACT[self.spec.confirm_impact] >= 3
        if not asks:
            return True
        if self._answer_for_all is None:
            answer = self.host.prompt_choice(
                "Confirm",
                f"Are you sure you want to perform this action?\n{sentence}",
                _CONFIRM_CHOICES,
                0,
            )
            if answer not in (_YES_TO_ALL, _NO_TO_ALL):
                return answer == _YES
            self._answer_for_all = answer == _YES_TO_ALL
        return self._answer_for_all

    def should_continue(self, query: str, caption: str = "Confirm") -> bool:
        """A further question that only -Force silences; -Confirm:$false does not."""
        if self.force:
            return True
        if self._continue_for_all is None:
            answer = self.host.prompt_choice(caption, query, _CONTINUE_CHOICES, 0)
            if answer not in (_YES_TO_ALL, _NO_TO_ALL):
                return answer == _YES
            self._continue_for_all = answer == _YES_TO_ALL
        return self._continue_for_all

    # -- time
    def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass. Raises PipelineStopped when the client stops the pipeline meanwhile."""
        if seconds > 0 and not self.session.sleep(seconds, self.stopping):
            raise PipelineStopped
        self.check()

    def check(self) -> None:
        """Raise PipelineStopped if the client has stopped the pipeline."""
        if self.stopping.is_set():
            raise PipelineStopped
