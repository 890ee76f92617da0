# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of a pipeline as they are sent."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._cmdlets import (
    pipeline_command,
)
from pypsrp.complex_objects import Command, CommandParameter, Pipeline
from pypsrp.serializer import Serializer


def packed(*commands: Any) -> bytes:
    for number, command in enumerate(commands):
        command.args += [CommandParameter(f"P{number}", v) for v in ("a", 1, True, ["x", "y"], None)]
    pipeline = Pipeline(is_nested=False, cmds=list(commands), history="", redirect_err_to_out=False)
    return ET.tostring(Serializer().serialize(pipeline))


def test_commands_are_sent_as_pypsrp_sends_its_own() -> None:
    names = ("Get-Mailbox", "Select-Object")
    ours = packed(*(pipeline_command(name, "2.3") for name in names))
    assert ours == packed(*(Command(name, "2.3", is_script=False) for name in names))


def test_no_command_is_copied() -> None:
    command = pipeline_command("Get-Mailbox", "2.3")
    assert copy.deepcopy(command) is command
