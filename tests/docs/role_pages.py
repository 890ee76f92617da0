# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README of each role, from its argument specification, its defaults, its tasks and the playbooks that use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
COLLECTION = "dialtone.exchange"
_FOUND = "preflight_info"  # what the role preflight leaves for the others
_MARKUP = re.compile(r"\b[BICMVOEPU]\(([^)]*)\)")

# What a play of one's own gives: a value for each variable that has no default anywhere, and for those a role is idle without.
VALUES = {
    "dialtone_failed_database": "DB01",
    "dialtone_server": "mbx1.contoso.com",
    "dialtone_evidence_folder": "/var/lib/dialtone/DB01",
    "dialtone_restore_folder": r"E:\Restore\DB01",
    "dialtone_alternate_host": "mbx2.contoso.com",
    "dialtone_alternate_server": "MBX2",
    "clients_from_server": "MBX1",
    "clients_to_server": "MBX2",
}
IDLE_WITHOUT = {"restore": ["dialtone_restore_folder"], "home": ["dialtone_restore_folder"]}
# how the preflight before a role is asked, where the users are on an alternate server
_ELSEWHERE = {
    "preflight_server": "{{ dialtone_alternate_host }}",
    "preflight_alternate_server": "{{ dialtone_alternate_server }}",
    "preflight_restore_folder": "",
}
BEFORE = {"home": _ELSEWHERE}


class _Indented(yaml.SafeDumper):
    """Lists are indented below their key, as ansible-lint has them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _tasks(role: str) -> Iterator[dict[str, Any]]:
    """Each task of a role, those in blocks too."""

    def walk(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for task in tasks:
            yield task
            for part in ("block", "rescue", "always"):
                yield from walk(task.get(part, []))

    for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")):
        yield from walk(_yaml(path))


def modules(role: str) -> list[str]:
    """The collection's modules that it runs, by itself or by a role that it includes."""
    found: set[str] = set()
    for task in _tasks(role):
        found |= {key for key in task if key.startswith(f"{COLLECTION}.")}
        included = task.get("ansible.builtin.include_role", {}).get("name", "")
        if included:
            found |= set(modules(included.removeprefix(f"{COLLECTION}.")))
    return sorted(found)


def playbooks(role: str) -> list[str]:
    """Those that include it, by themselves or by a file of tasks."""
    shared = {
        path.name
        for path in (ROOT / "playbooks" / "tasks").glob("*.yml")
        if _includes(path, f"name: {COLLECTION}.{role}")
    }
    wanted = [f"name: {COLLECTION}.{role}", *(f"import_tasks: tasks/{name}" for name in shared)]
    return [
        path.stem
        for path in sorted((ROOT / "playbooks").glob("*.yml"))
        if any(_includes(path, text) for text in wanted)
    ]


def _includes(path: Path, text: str) -> bool:
    return re.search(rf"{re.escape(text)}\b", path.read_text("utf-8")) is not None


def _whole(name: nodes.Name, tree: nodes.Template) -> str:
    """A variable with its attributes, a.b.c."""
    path, inner = name.name, True
    node: nodes.Node = name
    while inner:
        outer = [item for item in tree.find_all(nodes.Getattr) if item.node is node]
        inner = bool(outer)
        if outer:
            node, path = outer[0], f"{path}.{outer[0].attr}"
    return path


def _first(node: nodes.Node | None) -> nodes.Node | None:
    """What a chain of filters and attributes begins with."""
    while isinstance(node, (nodes.Filter, nodes.Getattr)):
        node = node.node
    return node


def sources(expression: object) -> dict[str, bool]:
    """The variables that a default is made of, a.b.c; True: it can't be had without."""
    if not isinstance(expression, str):
        return {}
    tree = Environment().parse(expression)
    optional = {_first(item) for item in tree.find_all(nodes.Filter) if item.name == "default"}
    return {
        _whole(name, tree): name not in optional
        for name in tree.find_all(nodes.Name)
        if name.name not in ("lookup", "omit")
    }


def _defaults(role: str) -> dict[str, Any]:
    return _yaml(ROOT / "roles" / role / "defaults" / "main.yml") or {}


def needs(role: str) -> list[str]:
    """Variables that a play must give, since nothing else does."""
    specs = _yaml(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    defaults = _defaults(role)
    found = [name for value in defaults.values() for name, must in sources(value).items() if must]
    found += [
        name
        for name, spec in specs["main"]["options"].items()
        if spec.get("required") and name not in defaults
    ]
    found += IDLE_WITHOUT.get(role, [])
    return [
        name
        for name in dict.fromkeys(found)
        if name.split(".")[0] != _FOUND and name not in defaults
    ]


def example(role: str) -> list[dict[str, Any]]:
    """A play of one's own that runs it."""
    names = dict.fromkeys([*needs("preflight"), *needs(role)])
    first: dict[str, Any] = {
        "name": "Look at the failed database, and stop if it can't work",
        "ansible.builtin.include_role": {"name": f"{COLLECTION}.preflight"},
    }
    if role in BEFORE:
        first["vars"] = BEFORE[role]
    specs = _yaml(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    then = {
        "name": specs["main"]["short_description"],
        "ansible.builtin.include_role": {"name": f"{COLLECTION}.{role}"},
    }
    return [
        {
            "name": f"Run the role {role}",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {name: VALUES[name] for name in names},
            "tasks": [first] if role == "preflight" else [first, then],
        }
    ]


def _plain(text: str) -> str:
    return _MARKUP.sub(r"`\1`", " ".join(text.split()))


def _sentences(description: str | list[str]) -> list[str]:
    return [_plain(one) for one in ([description] if isinstance(description, str) else description)]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(role: str, name: str, spec: dict[str, Any]) -> str:
    """Where its value comes from if a play gives none."""
    parts = [
        f"`{source}`"
        for source in sources(_defaults(role).get(name))
        if not source.startswith(f"{role}_")  # made of another one of the table
    ]
    value = spec.get("default")
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if not parts:
        return (
            "**required**"
            if spec.get("required")
            else f"`{value}`"
            if value not in (None, "")
            else "empty"
        )
    return ", ".join(parts) + (f", else `{value}`" if value not in (None, "") else "")


def _kind(spec: dict[str, Any]) -> str:
    kind = f"list of {spec['elements']}" if spec["type"] == "list" else spec["type"]
    return (
        f"{kind}: {', '.join(f'`{one}`' for one in spec['choices'])}" if "choices" in spec else kind
    )


def page(role: str) -> str:
    """The whole README."""
    specs = _yaml(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    main = specs["main"]
    lines = [
        "<!-- Written by tests/docs/write_roles.py from the role and its argument specification. Change those. -->",
        f"# {COLLECTION}.{role}",
        "",
        f"{main['short_description']}.",
        "",
        *(f"- {line}" for line in _sentences(main["description"])),
        "",
        f"Modules: {', '.join(f'`{name}`' for name in modules(role))}.",
        f"Playbooks that include it: {', '.join(f'`{COLLECTION}.{name}`' for name in playbooks(role))}.",
        "Check mode predicts what it would do; a second run changes nothing.",
        "",
    ]
    if len(specs) > 1:
        lines += ["## Entry points", "", "| `tasks_from` | |", "| --- | --- |"]
        lines += [
            f"| `{name}` | {_cell(_plain(spec['short_description']))} |"
            for name, spec in specs.items()
        ]
        lines.append("")
    lines += [
        "## In a playbook of your own",
        "",
        "In a recovery use the playbooks: they wait where a person decides, and go on after any stop."
        + (
            ""
            if role == "preflight"
            else f" The role takes what the role `preflight` found, `{_FOUND}`, so that one comes first."
        ),
        "",
        "```yaml",
        yaml.dump(example(role), Dumper=_Indented, sort_keys=False, width=120).rstrip(),
        "```",
        "",
        "## Variables",
        "",
        "A default that names a variable takes the value from there; those that begin with `dialtone_` are the playbooks'.",
        "",
        "| Variable | Type | Default | Meaning |",
        "| --- | --- | --- | --- |",
    ]
    options = {name: spec for entry in specs.values() for name, spec in entry["options"].items()}
    for name, spec in options.items():
        meaning = " ".join(_sentences(spec["description"]))
        lines.append(
            f"| `{name}` | {_kind(spec)} | {_cell(_default(role, name, spec))} | {_cell(meaning)} |"
        )
        for inner, part in spec.get("options", {}).items():
            must = "**required**" if part.get("required") else "empty"
            meaning = " ".join(_sentences(part["description"]))
            lines.append(f"| `{name}[].{inner}` | {_kind(part)} | {must} | {_cell(meaning)} |")
    return "\n".join(lines) + "\n"


def path(role: str) -> Path:
    """Where it belongs."""
    return ROOT / "roles" / role / "README.md"
