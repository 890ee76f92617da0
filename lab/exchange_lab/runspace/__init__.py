# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The NoLanguage runspace: cmdlets from reference data, parameter binding, pipelines. Knows no protocol and no Exchange.

    specs = load_specs(json.load(open("reference.json")))

    def get_thing(inv: Invocation, bound: dict[str, Any]) -> Iterator[PSObj]:
        inv.sleep(0.2)                                     # simulated seconds; raises when the pipeline is stopped
        thing = inv.organisation.things.get(bound.get("Identity"))
        if thing is None:
            inv.write_error(Error("No such thing.", category="ObjectNotFound", error_id="NotFound,Get-Thing"))
            return
        yield PSObj(("Contoso.Thing", "System.Object"), {"Name": thing.name}, to_string=thing.name)

    table = CmdletTable([Cmdlet(specs["Get-Thing"], get_thing), *HELPERS])
    Runspace(table, SessionState("CONTOSO\\ann", organisation=org)).run([Command("Get-Thing", [("Identity", "x")])], host)

`values` holds what travels, `spec` the cmdlets' description, `conversion` the parameter types, `binding` the rules,
`engine` the pipelines, `invocation` what a body sees, `helpers` Select-Object and the like.
"""

from __future__ import annotations

from .engine import Cmdlet, CmdletTable, Command, Host, OnCall, QuietHost, Runspace
from .errors import Error, PipelineStopped, TerminatingError
from .helpers import FEWEST_HELPERS, HELPERS
from .invocation import Invocation, SessionState
from .spec import CmdletSpec, Parameter, load_specs
from .values import UNLIMITED, EnumValue, Int64, ListValue, PSObj, SecureString, UInt32, UInt64

__all__ = [
    "FEWEST_HELPERS",
    "HELPERS",
    "UNLIMITED",
    "Cmdlet",
    "CmdletSpec",
    "CmdletTable",
    "Command",
    "EnumValue",
    "Error",
    "Host",
    "Int64",
    "Invocation",
    "ListValue",
    "OnCall",
    "PSObj",
    "Parameter",
    "PipelineStopped",
    "QuietHost",
    "Runspace",
    "SecureString",
    "SessionState",
    "TerminatingError",
    "UInt32",
    "UInt64",
    "load_specs",
]
