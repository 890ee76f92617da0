# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a built tarball with what belongs in it: python tests/gates/contents.py FILE.tar.gz"""

from __future__ import annotations

import re
import sys
import tarfile
from pathlib import Path

MOST = 20_000_000  # bytes that Galaxy takes
ALLOWED = (
    r"(MANIFEST|FILES)\.json",
    r"README\.md|CHANGELOG\.md|CODE_OF_CONDUCT\.md|CONTRIBUTING\.md|MAINTAINERS\.md|SECURITY\.md|TESTING\.md",
    r"REUSE\.toml|LICENSES/[\w.-]+\.txt",
    r"meta/(runtime|execution-environment)\.yml|meta/ee-\w+\.txt",
    r"plugins/(action|connection|doc_fragments|filter|modules|plugin_utils)/\w+\.py",
    r"plugins/module_utils/(\w+/)*\w+\.py",
    r"roles/\w+/(README\.md|(defaults|meta|tasks|vars|handlers)/\w+\.yml)",
    r"playbooks/(\w+/)?\w+(\.meta)?\.yml",
    r"docs/([\w.-]+/)*[\w.-]+\.(md|rst|yml|py|txt|css|html|svg)",
    r"changelogs/(config|changelog)\.yaml|changelogs/fragments/[\w.-]+\.yml",
    r"extensions/(audit|awx|eda|patterns)/([\w.-]+/)*[\w.-]+\.(yml|json|md|py|txt|cfg)",
)


def main() -> int:
    """Print every file that doesn't belong there; 1 if there is one."""
    path = Path(sys.argv[1])
    with tarfile.open(path) as tarball:
        members = tarball.getmembers()
    allowed = re.compile("|".join(f"(?:{one})" for one in ALLOWED))
    files = [member for member in members if not member.isdir()]
    stray = [member.name for member in files if not allowed.fullmatch(member.name)]
    stray += [member.name for member in files if not member.isfile()]  # links lead out of it
    # a folder that holds no file was left behind by a tool
    full = {str(parent) for member in files for parent in Path(member.name).parents}
    stray += [member.name + "/" for member in members if member.isdir() and member.name not in full]
    for name in stray:
        print(f"{path.name}: {name} doesn't belong there: name it in galaxy.yml's build_ignore")
    if path.stat().st_size > MOST:
        print(f"{path.name} is larger than {MOST} bytes")
        return 1
    print(f"{path.name}: {len(files)} files, {path.stat().st_size} bytes")
    return 1 if stray else 0


if __name__ == "__main__":
    sys.exit(main())
