# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of error codes, read from the places in the code that raise errors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PAGE = ROOT / "docs" / "errors.md"
GAP = "…"  # what only a run knows

# Where an error comes from, by the folder of its source, in the order of the page.
AREAS = {
    "_transport": "The way to the server",
    "_files": "Files, logs, backups, shares",
    "_exchange": "Exchange and its databases",
    "_operations": "The recovery",
    "plugin_utils": "Runs on the controller",
    "": "The controller itself",
}

HEAD = """\
<!-- Written by tests/docs/write_errors.py from the code. Change that. -->
# Error codes

A failed task has `error.code` in its result, and the sentence in `msg` names the object, the reason and the remedy. After the
remedy, **the same command goes on**. {gap} stands for names, sizes and paths of your case. Preflight checks are in
[which option](which-option.md#what-the-preflight-looks-at); what the lab has let fail is in [when something fails](faults.md).

A playbook of your own can branch on it: `when: result.error.code == 'NoSpace'`.
"""

GENERAL = """\
## Codes without a cause of their own

Where no code of the tables fits, it is the kind of error. The message has the cause.

| Code | Kind |
| --- | --- |
"""


# For codes whose sentences the code puts together at run time: what it says and what to do.
WORDS = {
    "FileInUse": ("", "End what uses the file (backup software, antivirus, eseutil)."),
    "Http…": ("", "The message says what this status means here."),
    "LogGap": (
        "Logs between the restored file and the failure are missing or damaged, so that mail would be lost.",
        "Find them (backup, quarantine of the antivirus) and put them into the restore folder; or do without"
        " that mail with accept_gap: true.",
    ),
    "MissingLibrary": (
        "The Python that runs the task lacks a library; the message names both.",
        "Install it there, in an execution environment into its image.",
    ),
    "MountFailed": ("", "The message says what Exchange's answer means, and the cure."),
    "OtherLogStream": (
        "The surviving logs belong to another log stream than the restored file: it was begun anew after the backup.",
        "",
    ),
    "ProgramTimeout": ("", "See on the server why it takes so long; a limit can be raised by its option."),
    "RestoreNotReady": ("The restore folder was waited for, and is not complete.", ""),
    "Stopped": ("The run was stopped, or another one took over.", "Run the same command again."),
    "Tls": (
        "The server's certificate is not accepted: its name, its date or who issued it; the message says which.",
        "Have the certificate renewed, use the name that is in it, or give the CA that issued it.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Raised:
    """One place that raises an error with a code of its own."""

    code: str
    area: str
    message: str
    remedy: str


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PLUGINS.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def _constants(trees: list[ast.Module]) -> dict[str, str]:
    """Module-level NAME = "text", by name."""
    found = {}
    for tree in trees:
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else ()
            if isinstance(node, ast.AnnAssign):
                targets = (node.target,)
            value = getattr(node, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found |= {
                    target.id: value.value for target in targets if isinstance(target, ast.Name)
                }
    return found


def _texts(node: ast.expr | None, constants: dict[str, str]) -> list[str]:
    """The texts an expression can have; what only a run knows is a gap."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Name):
        return [constants.get(node.id, GAP)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, constants), *_texts(node.orelse, constants)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _texts(node.left, constants), _texts(node.right, constants)
        return [(left or [""])[0] + (right or [""])[0]]
    if isinstance(node, ast.JoinedStr):
        parts = []
        for value in node.values:
            inner = value.value if isinstance(value, ast.FormattedValue) else value
            known = _texts(inner, constants) if isinstance(inner, (ast.Constant, ast.Name)) else []
            parts.append(known[0] if known else GAP)
        return ["".join(parts)]
    return [GAP] if node is not None else []


def _area(path: Path) -> str:
    return next((folder for folder in AREAS if folder and folder in path.parts), "")


def _errors(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Calls with a keyword `code` that make an error: of ...Error or of WaitTimeout."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if not (name.endswith("Error") or name == "WaitTimeout"):
            continue
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield node, keyword.value


def _sentence(texts: list[str]) -> str:
    text = re.sub(rf"{GAP}(\s*{GAP})+", GAP, " ".join((texts or [""])[0].split()))
    # a sentence that is nothing but a gap says nothing
    return "" if text.strip(f" {GAP}.:") == "" else text


def raised() -> list[Raised]:
    """All of them, by area and code; the same code with the same words once, one of WORDS once only."""
    sources = list(_sources())
    constants = _constants([tree for _path, tree in sources])
    found: dict[Raised, None] = {}
    for path, tree in sources:
        for call, code in _errors(tree):
            message = _sentence(_texts(call.args[0] if call.args else None, constants))
            remedy = next((k.value for k in call.keywords if k.arg == "remedy"), None)
            for word in _texts(code, constants):
                says, do = WORDS.get(word, ("", ""))
                do = do or _sentence(_texts(remedy, constants))
                found[Raised(word, _area(path), says or message, do)] = None
    order = list(AREAS)
    return sorted(found, key=lambda r: (order.index(r.area), r.code, r.message))


def kinds() -> dict[str, str]:
    """The code and the first sentence of each class of the family of errors."""
    tree = ast.parse((PLUGINS / "module_utils" / "_errors.py").read_text("utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.bases[0].id != "Exception":  # type: ignore[attr-defined]
            doc = " ".join((ast.get_docstring(node) or "").split())
            first = re.split(r"(?<=\.)\s", doc)[0]
            found[node.name.removesuffix("Error")] = re.sub(r" \(exchange\.md [^)]*\)", "", first)
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*") or "-"


def page() -> str:
    """The whole page."""
    lines = [HEAD.format(gap=GAP)]
    everything = raised()
    for area, title in AREAS.items():
        rows = [r for r in everything if r.area == area]
        if rows:
            lines.append(f"## {title}\n\n| Code | It says | Do |\n| --- | --- | --- |")
            lines += [f"| `{r.code}` | {_cell(r.message)} | {_cell(r.remedy)} |" for r in rows]
            lines.append("")
    rows = [f"| `{code}` | {_cell(doc)} |" for code, doc in sorted(kinds().items())]
    return "\n".join(lines) + "\n" + GENERAL + "\n".join(rows) + "\n"
