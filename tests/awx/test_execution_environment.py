# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection declares for execution environments, the example of one, and navigator's settings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import ansiblelint
import jq
import jsonschema
import pytest
import yaml
from awx_data import AWX, PLAYBOOKS, ROOT, controller, load, options, tool

META = ROOT / "meta"
DEFINITION = AWX / "execution-environment.yml"
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9_-]+)(\[[a-z0-9,]+\])?>=(?P<bound>[0-9.]+)$")
NEEDS_BUILDER = pytest.mark.skipif(
    tool("ansible-builder") is None, reason="ansible-builder is not installed"
)


def lines(path: Path) -> list[tuple[str, str]]:
    """(what is declared, the comment that gives the reason: beside it, or above)."""
    found, above = [], ""
    for line in path.read_text("utf-8").splitlines():
        declared, _mark, comment = line.partition("#")
        if declared.strip():
            found.append((declared.strip(), comment.strip() or above))
        elif "SPDX" not in comment:
            above = comment.strip()
    return found


def test_the_metadata_names_its_files() -> None:
    declared = load(META / "execution-environment.yml")
    assert declared["version"] == 1
    assert all((ROOT / path).is_file() for path in declared["dependencies"].values())


def test_python_requirements_have_lower_bounds_and_reasons_and_are_the_modules() -> None:
    declared = lines(META / "ee-requirements.txt")
    bounds = {}
    for requirement, reason in declared:
        found = REQUIREMENT.match(requirement)
        assert found, f"{requirement}: a lower bound, and nothing else"
        assert reason, requirement
        bounds[found["name"]] = found["bound"]
    assert not {"ansible", "ansible-core", "pytest", "ansible-lint"} & set(bounds)
    fragment = (ROOT / "plugins" / "doc_fragments" / "_connection.py").read_text("utf-8")
    assert f"pypsrp >= {bounds['pypsrp']}" in fragment
    assert f"pypsrp >= {bounds['pypsrp']}" in (ROOT / "requirements.txt").read_text("utf-8")


def test_system_packages_are_for_both_families_with_reasons() -> None:
    declared = lines(META / "ee-bindep.txt")
    assert all(reason for _package, reason in declared)
    for family in ("rpm", "dpkg"):
        of_family = " ".join(
            package for package, _reason in declared if f"platform:{family}" in package
        )
        assert "krb5" in of_family and "gcc" in of_family


def test_the_definition_keeps_its_schema_and_names_what_we_build() -> None:
    definition = load(DEFINITION)
    schema = Path(ansiblelint.__file__).with_name("schemas") / "execution-environment.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8"))).validate(definition)
    (collection,) = definition["dependencies"]["galaxy"]["collections"]
    galaxy = load(ROOT / "galaxy.yml")
    assert (
        collection["name"] == f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"
    )


def test_navigators_example_keeps_the_schema_and_no_artifact() -> None:
    settings = load(AWX / "ansible-navigator.yml")
    schema = Path(ansiblelint.__file__).with_name("schemas") / "ansible-navigator-config.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8"))).validate(settings)
    example = settings["ansible-navigator"]
    assert example["playbook-artifact"] == {"enable": False}
    (environment,) = controller("execution_environments")
    assert example["execution-environment"]["image"] == environment["image"]
    assert environment["image"].endswith(f":{load(ROOT / 'galaxy.yml')['version']}")


def test_the_count_of_nodes_reads_what_the_module_returns() -> None:
    """By the library that a controller reads it with, from what the module's documentation shows."""
    for name, query in load(ROOT / "extensions" / "audit" / "event_query.yml").items():
        module = ROOT / "plugins" / "modules" / f"{name.removeprefix('dialtone.exchange.')}.py"
        returned = yaml.safe_load(module.read_text("utf-8").split('RETURN = r"""')[1].split('"""')[0])
        server = returned["server"]["sample"]
        (node,) = jq.compile(query["query"]).input_value({"changed": False, "server": server}).all()
        assert node["name"] == node["canonical_facts"]["host_name"] == server["fqdn"]
        assert set(node["facts"]) == {"device_type", "edition", "version"}
        assert all(node["facts"].values()), node
        for nothing in ({"server": None}, {"msg": "unreachable"}, {"results": []}):
            assert jq.compile(query["query"]).input_value(nothing).all() == []


@pytest.mark.thorough
@NEEDS_BUILDER
def test_builder_finds_our_lines_and_writes_the_context(tmp_path: Path) -> None:
    builder = str(tool("ansible-builder"))
    tree = tmp_path / "collections" / "ansible_collections" / "dialtone" / "exchange"
    tree.mkdir(parents=True)
    shutil.copytree(META, tree / "meta")
    shutil.copy(ROOT / "galaxy.yml", tree)
    run = subprocess.run(
        [builder, "introspect", "--sanitize", str(tmp_path / "collections")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = yaml.safe_load(run.stdout)
    assert any(line.startswith("pypsrp[kerberos]>=") for line in found["python"]), run.stdout
    assert any("krb5-devel" in line for line in found["system"]), run.stdout

    definition = load(DEFINITION)
    (collection,) = definition["dependencies"]["galaxy"]["collections"]
    (tmp_path / collection["name"]).write_bytes(b"")  # it is only copied
    shutil.copy(DEFINITION, tmp_path)
    context = tmp_path / "context"
    subprocess.run(
        [builder, "create", "-f", str(tmp_path / DEFINITION.name), "-c", str(context), "--output-filename", "Containerfile"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    containerfile = (context / "Containerfile").read_text("utf-8")
    assert definition["images"]["base_image"]["name"] in containerfile
    assert "KRB5CCNAME=MEMORY:" in containerfile
    written = load(context / "_build" / "requirements.yml")
    assert collection["name"] in written["collections"][0]["name"]


@pytest.mark.thorough
@pytest.mark.skipif(tool("ansible-navigator") is None, reason="ansible-navigator is not installed")
def test_navigator_runs_our_playbooks_by_name(tmp_path: Path) -> None:
    """By its own interpreter, without an image: the argument check of each playbook without an answer."""
    for name in PLAYBOOKS:
        run = subprocess.run(
            [str(tool("ansible-navigator")), "run", f"dialtone.exchange.{name}", "-i", "localhost,", "--syntax-check",
             "--mode", "stdout", "--ee", "false", "--pae", "false", "--lf", str(tmp_path / "log")],
            capture_output=True, text=True, check=False, cwd=tmp_path,
            env={"PATH": f"{Path(str(tool('ansible-navigator'))).parent}:/usr/bin:/bin", "HOME": str(tmp_path),
                 "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections")},
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        assert not list(tmp_path.glob("*artifact*"))
        assert options(name)
