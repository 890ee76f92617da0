# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of a recovery, each the modules that its role runs, with the same arguments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._context import Operation
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    dial_tone_database,
    mail_queue,
    mailbox_configuration,
    mailbox_restore_request,
    recovery_database,
    recovery_info,
)
from desks import RESTORE as RESTORE_FOLDER
from desks import Recovery

DIAL_TONE, RESTORE, SWAP, MERGE = STAGES = ("dial_tone", "restore", "swap", "merge")


@dataclass
class Stages:
    """One recovery of DB01. `run` is what the same command does again: each stage can be run as often as needed.

    swap: further arguments of database_swap.
    """

    recovery: Recovery
    run_id: str = ""
    swap: dict[str, Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)  # directory GUIDs of those who are to work

    def __post_init__(self) -> None:
        organisation = self.recovery.desk.lab.organisation
        failed = organisation.database("DB01").guid
        with organisation.lock:
            self.users = [o.guid for o in organisation.mail_flow.recipients() if o.database == failed]

    @property
    def ledger(self) -> str:
        return str(self.recovery.evidence / "ledger.json")

    def run(self, stage: str) -> None:
        """One stage from its beginning. What it raises is for the caller."""
        {
            DIAL_TONE: self._dial_tone, RESTORE: self._restore, SWAP: self._swap, MERGE: self._merge
        }[stage]()  # fmt: skip
        if stage not in self.done:
            self.done.append(stage)
            if stage == DIAL_TONE:
                # mail of the dial tone period, which only the merge brings into production
                self.recovery.desk.control.send("all", 2)

    def finish(self) -> None:
        """All stages that are left, and all mail delivered."""
        for stage in STAGES:
            if stage not in self.done:
                self.run(stage)
        self.recovery.desk.control.drain()

    # -- the roles
    def _dial_tone(self) -> None:
        recovery, run = self.recovery, self._run
        recovery.preserve()
        result = run(
            dial_tone_database.run, failed_database="DB01", recovery_root=self.recovery.root, mount_timeout=60,
            state="present",
        )  # fmt: skip
        self.run_id = result["run_id"]
        self._rehome("leave", "leave")
        run(mail_queue.run, database="DB01", state="resubmitted", wait_timeout=30)

    def _restore(self) -> None:
        recovery = self.recovery
        files = recovery.preserve(state="restored", restore_folder=RESTORE_FOLDER)
        for state in ("mounted", "absent") if files["proof_due"] else ("absent",):
            self._run(recovery_database.run, **recovery.recovery_database(state=state))

    def _swap(self) -> None:
        self._run(database_swap.run, **self.recovery.swap(**self.swap))
        self._rehome("rehome", "rehome")
        self._run(
            mail_queue.run, database="DB01-DT", state="resubmitted", wait_timeout=30
        )

    def _merge(self) -> None:
        info = self._run(
            recovery_info.run, failed_database="DB01", recovery_root=self.recovery.root, restore_folder=None,
            dial_tone_database=None, scope="full",
        )  # fmt: skip
        if info["stage"] == "merged":
            return
        self._merge_database("mounted")
        try:
            merged = self._run(mailbox_restore_request.run, **self.merge_arguments())
        except ExchangeError as error:
            if error.code == "MergeIncomplete":
                self._merge_database("dismounted")
            raise
        self._merge_database("absent")
        if merged["skipped_items"]:  # which the role lists
            self.recovery.desk.lines.append(json.dumps(merged["skipped_items"]))

    def _run(self, operation: Operation, **args: Any) -> dict[str, Any]:
        """A task: one that ends as failed ends the command."""
        result = self.recovery.desk.run(operation, **args)
        if result.get("failed"):
            error = result["error"]
            raise ExchangeError(
                result["msg"], object=error["object"], operation=error["operation"],
                remedy=error["remedy"], code=error["code"],
            )  # fmt: skip
        return result

    def _rehome(self, archives: str, public_folders: str) -> None:
        self._run(
            mailbox_configuration.run, source_database="DB01", target_database="DB01-DT",
            ledger=self.ledger, archives=archives, public_folders=public_folders,
        )  # fmt: skip

    def _merge_database(self, state: str) -> None:
        self._run(
            recovery_database.run,
            **self.recovery.recovery_database(
                name=f"DB01-Merge-{self.run_id}", state=state,
                edb_path=f"{self.recovery.root}\\DB01\\swapped\\DB01-DT.edb",
                log_folder=f"{self.recovery.root}\\DB01\\swapped\\rdb-logs",
            ),
        )  # fmt: skip

    def merge_arguments(self) -> dict[str, Any]:
        """What the role gives mailbox_restore_request."""
        return {
            "source_database": f"DB01-Merge-{self.run_id}", "target_database": "DB01-DT",
            "failed_database": "DB01", "run_id": self.run_id, "recovery_root": self.recovery.root,
            "bad_item_limit": 10, "conflict_resolution": "KeepLatestItem",
            "associated_messages": "DoNotCopy", "priorities": {}, "ledger": self.ledger,
            "wait_timeout": 600,
        }  # fmt: skip
