# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changelog knows the version of galaxy.yml and every fragment; run in the collection's root."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml


def main() -> int:
    """Print what is missing; 1 if something is."""
    version = yaml.safe_load(Path("galaxy.yml").read_text("utf-8"))["version"]
    releases = yaml.safe_load(Path("changelogs/changelog.yaml").read_text("utf-8"))["releases"]
    if version not in releases:
        print(
            f"changelogs/changelog.yaml has no release {version}: run antsibull-changelog release"
        )
        return 1
    noted = {name for release in releases.values() for name in release.get("fragments", ())}
    written = {path.name for path in Path("changelogs/fragments").glob("*.yml")}
    for name in sorted(written - noted):
        print(f"changelogs/fragments/{name} is in no release")
    return 1 if written - noted else 0


if __name__ == "__main__":
    sys.exit(main())
