# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recovered in the torture: for each option and method an incident, and the command that recovers from it.

A scene is small, so that a run lasts seconds. `prepare` brings the lab to the moment at which the command is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents import lose, lose_server, lose_server_for_good, restore_folder

from exchange_lab.lab import Lab

Command = Callable[..., int]  # runs the scene's playbook undisturbed, with more variables; its exit status
_DATABASE = {"dialtone_failed_databases": ["DB01"]}
_SAME = {**_DATABASE, "dialtone_restore_folder": restore_folder("DB01"), "dialtone_approve_swap": ["DB01"]}
_ALTERNATE = {**_SAME, "dialtone_alternate_server": "MBX2"}
_HOME_ALONE = {**_DATABASE, "dialtone_alternate_server": "MBX2"}


@dataclass(frozen=True)
class Scene:
    """option: the playbook. method: the way it goes, or how far. prepare: what has happened before. ends: whether
    the command brings back the old mail, too."""

    option: str
    method: str
    topology: str
    prepare: Callable[[Lab, Command], None]
    variables: Mapping[str, Any]
    ends: bool = True

    @property
    def name(self) -> str:
        """Option and method, as the results show them."""
        return f"{self.option}/{self.method}"


def _lose_the_database(lab: Lab, _command: Command) -> None:
    lose(lab, "DB01")


def _lose_the_server(lab: Lab, _command: Command) -> None:
    lose_server(lab)


def _lose_it_for_good(lab: Lab, _command: Command) -> None:
    lose_server_for_good(lab)


def _rebuild_it(lab: Lab, command: Command) -> None:
    """The users work on the other server; theirs is back, and so is the backup."""
    lose_server(lab)
    status = command(**dict.fromkeys(("dialtone_restore_folder", "dialtone_approve_swap"), ""))
    if status:
        raise RuntimeError(f"the first half of alternate_server ended with status {status}")
    lab.control.rebuild_server("MBX1")


SCENES = {
    scene.name: scene
    for scene in (
        Scene("same_server", "beside", "tiny", _lose_the_database, _SAME),
        Scene(
            "same_server", "in_place", "tiny", _lose_the_database,
            {**_SAME, "dialtone_method": "in_place"},
        ),
        Scene(
            "same_server", "repoint", "tiny", _lose_the_database,
            {
                **_SAME, "dialtone_swap_method": "repoint", "dialtone_recovery_root": r"E:\DialTone",
                "dialtone_final_name": "original",
            },
        ),
        Scene(
            "stay_on_alternate", "beside", "pair", _lose_it_for_good,
            {**_ALTERNATE, "dialtone_retire_failed_database": True},
        ),
        Scene("alternate_server", "away", "pair", _lose_the_server, _HOME_ALONE, ends=False),
        Scene("alternate_server", "home", "pair", _rebuild_it, _ALTERNATE),
        Scene(
            "alternate_server", "one_by_one", "pair", _rebuild_it,
            {**_ALTERNATE, "dialtone_move_one_by_one": True},
        ),
    )
}  # fmt: skip
