# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every cmdlet call that any test ever sent to a lab is valid in the public cmdlet reference.

The labs of the other tests append their calls to the folder EXCHANGE_LAB_CALLS; `make contract` reads
them afterwards. Calls the lab's own tests send to be refused are left out; the collection's are not.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import rights

ROOT = Path(__file__).resolve().parents[2]
LAB_REFERENCE = ROOT / "lab" / "exchange_lab" / "cmdlets" / "reference.json"
FULL_REFERENCE = (
    Path(os.environ.get("DIALTONE_REFERENCE", ROOT.parent / "shared" / "reference"))
    / "exchange-cmdlets.json"
)
HELPERS = {"select-object", "measure-object", "get-command", "out-default", "get-help"}
COMMON = {
    "verbose", "debug", "erroraction", "errorvariable", "warningaction", "warningvariable",
    "outbuffer", "outvariable", "confirm", "whatif",
}  # fmt: skip


def _calls() -> list[dict]:
    folder = Path(os.environ.get("EXCHANGE_LAB_CALLS", ROOT / ".cache" / "calls"))
    calls = []
    for path in sorted(folder.rglob("*.jsonl")):
        origin = path.relative_to(folder).parts[0]
        for line in path.read_text("utf-8").splitlines():
            calls.append({**json.loads(line), "origin": origin})
    return calls


def _problem(call: dict, reference: dict) -> str | None:
    """Why `call` isn't valid in `reference`, or None."""
    spec = reference.get(call["name"].lower())
    if spec is None:
        return "unknown cmdlet"
    known = {}
    for name, parameter in spec["parameters"].items():
        for alias in (name, *parameter.get("aliases", ())):
            known[alias.lower()] = name
    given = {known.get(name.lower(), name.lower()) for name in call["parameters"]}
    given = {name for name in given if name.lower() not in COMMON}
    unknown = given - set(spec["parameters"])
    if unknown:
        return f"unknown parameters {sorted(unknown)}"
    for parts in spec["parameter_sets"].values():
        required, optional = set(parts["required"]), set(parts["optional"])
        if given <= required | optional and required <= given | call.get("piped", set()):
            return None
    return f"no parameter set takes {sorted(given)}"


@pytest.mark.parametrize("path", [LAB_REFERENCE, FULL_REFERENCE], ids=["lab", "public"])
def test_every_call_ever_sent_is_in_the_reference(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    reference = {k.lower(): v for k, v in json.loads(path.read_text("utf-8")).items()}
    cmdlets = [
        call
        for call in _calls()
        if call["kind"] == "cmdlet"
        and call["name"].lower() not in HELPERS
        and (call["origin"] != "lab" or call["outcome"] == "ok")
    ]
    assert cmdlets, (
        "no calls were recorded: run the module and playbook tests first (make test does)"
    )
    problems = Counter()
    for call in cmdlets:
        problem = _problem(call, reference)
        if problem:
            problems[f"{call['origin']}: {call['name']}: {problem}"] += 1
    print(f"{len(cmdlets)} calls of {len({c['name'] for c in cmdlets})} cmdlets checked")
    assert not problems, "\n".join(f"{n} x {text}" for text, n in problems.most_common())


def test_the_list_of_rights_holds_what_is_sent() -> None:
    """What the account is checked for, and told to be given, is what the collection uses."""
    sent: dict[str, set[str]] = {}
    for call in _calls():
        if call["kind"] == "cmdlet" and call["origin"] in ("modules", "playbooks", "recoveries"):
            sent.setdefault(call["name"].lower(), set()).update(
                p.lower() for p in call["parameters"]
            )
    helpers = HELPERS | {"set-adserversettings"}
    unlisted = []
    for name, parameters in sent.items():
        right = rights.of(name)
        if right is None:
            unlisted += [name] if name not in helpers else []
            continue
        known = {p.lower() for p in (*right.parameters, *rights.OPTIONAL.get(right.cmdlet, ()))}
        unlisted += [f"{name} -{p}" for p in sorted(parameters - known - COMMON)]
    assert not unlisted, unlisted
    unused = [right.cmdlet for right in rights.RIGHTS if right.cmdlet.lower() not in sent]
    assert not unused, f"listed, but never sent: {unused}"


def test_the_collection_never_sends_an_empty_identity() -> None:
    """A null identity makes Get- cmdlets answer with every object (exchange.md section 0, fact 9)."""
    sent = [c for c in _calls() if c["kind"] == "cmdlet" and c["origin"] == "recoveries"]
    assert sent
    empty = [c for c in sent if c["parameters"].get("Identity", "x") in (None, "", " ")]
    assert not empty
