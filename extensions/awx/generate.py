# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write everything for AWX and Automation Platform from source.yml and playbooks/*.meta.yml.

python extensions/awx/generate.py          # writes
python extensions/awx/generate.py --check  # says what differs, and fails if something does
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from awx_content import controller, export, pattern  # noqa: E402

ROOT = HERE.parents[1]
_HEADER = """\
# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
---
"""
_GENERATED = "# Written by extensions/awx/generate.py from source.yml and the playbooks' argument specifications.\n"


class _Dumper(yaml.SafeDumper):
    """Block style; expressions are for the controller, not for who loads the file."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    tag = "!unsafe" if "{{" in text else "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, text, style='"' if "\n" in text or "{{" in text else None)


_Dumper.add_representer(str, _text)


def _yaml(data: Any, comment: str = _GENERATED) -> str:
    return (
        _HEADER
        + comment
        + yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    )


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _wrapper(playbook: str, meta: Mapping[str, Any]) -> str:
    play = {
        "name": meta["short_description"],
        "ansible.builtin.import_playbook": f"dialtone.exchange.{playbook}",
    }
    return _yaml([play])


def load(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.safe_load(path.read_text("utf-8"))


def files() -> dict[Path, str]:
    """Every generated file, path from the collection's root -> text."""
    source = load(HERE / "source.yml")
    metas = {
        path.name.removesuffix(".meta.yml"): load(path)
        for path in (ROOT / "playbooks").glob("*.meta.yml")
    }
    version = load(ROOT / "galaxy.yml")["version"]
    awx, patterns = Path("extensions/awx"), Path("extensions/patterns") / pattern.NAME
    objects = controller.build(source, metas)
    found = {
        awx / "aap_configuration" / f"{name.removeprefix('controller_')}.yml": _yaml({name: value})
        for name, value in objects.items()
    }
    base, templates = export.build(objects)
    found[awx / "export" / "1-before-the-project-sync.json"] = _json(base)
    found[awx / "export" / "2-after-the-project-sync.json"] = _json(templates)
    found[patterns / "meta" / "pattern.json"] = _json(pattern.build(source, metas))
    for playbook, meta in sorted(metas.items()):
        found[awx / "project" / f"{playbook}.yml"] = _wrapper(playbook, meta)
        found[patterns / "playbooks" / f"{playbook}.yml"] = _wrapper(playbook, meta)
        found[patterns / "playbooks" / f"{playbook}.meta.yml"] = (
            ROOT / "playbooks" / f"{playbook}.meta.yml"
        ).read_text("utf-8")
    requirements = {"collections": [{"name": "dialtone.exchange", "version": version}]}
    found[awx / "project" / "collections" / "requirements.yml"] = _yaml(requirements)
    return found


def differences() -> list[str]:
    """A line for each generated file that is missing, differs, or is no longer generated."""
    wanted = files()
    lines = [
        f"{path}: {'differs' if (ROOT / path).exists() else 'is missing'}"
        for path, text in wanted.items()
        if not (ROOT / path).exists() or (ROOT / path).read_text("utf-8") != text
    ]
    folders = {path.parent for path in wanted}
    stale = {
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).glob("*")
        if path.is_file() and path.relative_to(ROOT) not in wanted
    }
    return lines + [f"{path}: is not generated" for path in sorted(stale)]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing, fail if a file differs"
    )
    if parser.parse_args().check:
        lines = differences()
        print(
            "\n".join(
                [*lines, "Run: python extensions/awx/generate.py"]
                if lines
                else ["All files are as generated."]
            )
        )
        return bool(lines)
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
