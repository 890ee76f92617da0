# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages name what exists: files, headings, make targets, modules, roles, playbooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
DOCUMENTATION, REPOSITORY = f"{GALAXY['documentation']}/", f"{GALAXY['repository']}/"
# Pages of the site whose source is not a guide in docs/.
ELSEWHERE = {"index.md": "docs/site/index.md"}
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*GUIDES, *sorted(ROOT.glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
SECTIONS = [
    "Description", "Requirements", "Installation", "Use Cases", "Testing", "Contributing",
    "Communication", "Support", "Release Notes and Roadmap", "Related Information",
    "License Information",
]  # fmt: skip


def text_of(path: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """What can follow the # of a link to this page."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def problem(target: Path, anchor: str) -> str:
    """What is wrong with a link to it; nothing if nothing is."""
    if not target.exists():
        return "no such file"
    return "no such heading" if anchor and anchor not in anchors(target) else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    wrong = {}
    for link in LINK.findall(text_of(page)):
        path, _mark, anchor = link.partition("#")
        if path.startswith(DOCUMENTATION):  # a page of the site; its source is a guide
            name = path.removeprefix(DOCUMENTATION).replace(".html", ".md") or "index.md"
            target = ROOT / ELSEWHERE.get(name, f"docs/{name}")
        elif path.startswith(REPOSITORY):
            if path == GALAXY["issues"]:
                continue
            target = ROOT / path.removeprefix(REPOSITORY)
        elif "://" in path:
            continue
        else:
            target = page.parent / path if path else page
        if found := problem(target, anchor):
            wrong[link] = found
    assert not wrong


def test_the_readme_has_the_sections_in_their_order_and_absolute_links_only() -> None:
    text = text_of(ROOT / "README.md")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert not [link for link in LINK.findall(text) if not link.startswith("https://")]
    assert "pip install ansible" not in (ROOT / "README.md").read_text("utf-8")


def test_the_readme_has_every_playbook_role_and_module() -> None:
    text = text_of(ROOT / "README.md")
    playbooks = {path.name.split(".")[0] for path in (ROOT / "playbooks").glob("*.meta.yml")}
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    missing = [name for name in playbooks | roles | modules if f"`{name}`" not in text]
    assert not sorted(missing)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "TESTING.md", "MAINTAINERS.md"])
def test_the_files_a_page_names_exist(page: str) -> None:
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*|\w+\.(?:md|yml|toml))`", text_of(ROOT / page))
    assert named
    missing = []
    for name in named:
        # NAME is the reader's; its folder, or the one of all of them, is ours
        parts = name.split("/")
        known = next((i for i, part in enumerate(parts) if "NAME" in part), len(parts))
        if not name.startswith(".c") and not ROOT.joinpath(*parts[:known]).exists():
            missing.append(name)
    assert not missing


def test_testing_has_every_target_of_the_makefile_and_no_other() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony
    rows = re.findall(
        r"^\| `make ([\w-]+)`", (ROOT / "TESTING.md").read_text("utf-8"), re.MULTILINE
    )
    assert set(rows) == set(phony[1].split())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_make_target_in_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    known = {name for line in targets for name in line.split()}
    named = re.findall(r"(?:^|`)make ([a-z][\w-]*)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= known


def test_every_guide_is_in_the_sites_table_of_contents() -> None:
    index = (ROOT / "docs" / "site" / "index.md").read_text("utf-8")
    blocks = re.findall(r"```\{toctree\}(.*?)```", index, re.DOTALL)
    listed = {line.strip() for block in blocks for line in block.splitlines() if line.strip()}
    names = {page.stem for page in GUIDES} | {Path(name).stem for name in ELSEWHERE}
    assert names - {"index"} <= listed
