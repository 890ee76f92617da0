# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages as Windows PowerShell 5.1 sent them, to compare ours with."""

from __future__ import annotations

WARNING = (
    '<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.WarningRecord</T>'
    "<T>System.Management.Automation.InformationalRecord</T><T>System.Object</T></TN>"
    '<ToString>warning stream</ToString><MS><S N="InformationalRecord_Message">warning stream</S>'
    '<B N="InformationalRecord_SerializeInvocationInfo">false</B></MS></Obj>'
)
PROGRESS = (
    '<Obj RefId="0"><MS><S N="Activity">Preparing modules for first use.</S><I32 N="ActivityId">0</I32>'
    '<S N="StatusDescription"> </S><Nil N="CurrentOperation" /><I32 N="ParentActivityId">-1</I32>'
    '<I32 N="PercentComplete">-1</I32><Obj N="Type" RefId="1"><TN RefId="0">'
    "<T>System.Management.Automation.ProgressRecordType</T><T>System.Enum</T><T>System.ValueType</T>"
    "<T>System.Object</T></TN><ToString>Completed</ToString><I32>1</I32></Obj>"
    '<I32 N="SecondsRemaining">-1</I32></MS></Obj>'
)
