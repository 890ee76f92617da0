# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site: the guides of docs/, and a page for each module, role and plugin.

    python docs/site/build.py [FOLDER]      default .cache/site; the site is in FOLDER/html

Needs docs/requirements.txt in the Python that runs it, and no network. Warnings are errors, and so is a
link to a page or a heading that isn't there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from links import broken_links

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLLECTION = "dialtone.exchange"


def run(*command: str | Path, environment: dict[str, str]) -> None:
    """Run a tool of this Python's environment; end with its exit status if it fails."""
    status = subprocess.run(
        [str(part) for part in command], env=environment, check=False
    ).returncode
    if status:
        sys.exit(status)


def main() -> int:
    """Write the source, let Sphinx build it, check the links."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".cache" / "site").resolve()
    source, html, tree = out / "source", out / "html", out / "tree"
    for folder in (source, html, tree):
        shutil.rmtree(folder, ignore_errors=True)
    place = tree / "ansible_collections" / COLLECTION.replace(".", "/")
    place.parent.mkdir(parents=True)
    place.symlink_to(ROOT)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(tree),
        "ANSIBLE_HOME": str(out / "ansible"),
    }
    reference = source / "collection"
    reference.mkdir(parents=True, mode=0o755)  # antsibull-docs wants it writable by its owner only
    run(
        "antsibull-docs", "collection", "--use-current", "--squash-hierarchy",
        "--cleanup", "everything", "--dest-dir", reference, COLLECTION,
        environment=environment,
    )  # fmt: skip
    for page in (*(ROOT / "docs").glob("*.md"), HERE / "index.md"):
        shutil.copy(page, source)
    run(
        "sphinx-build", "-b", "html", "-W", "--keep-going", "-q", "-c", HERE, "-d", out / "doctrees",
        source, html,
        environment=environment,
    )  # fmt: skip
    if broken := broken_links(html):
        print("Broken links:", *broken, sep="\n  ", file=sys.stderr)
        return 1
    print(f"{len(list(html.rglob('*.html')))} pages, no broken link: {html / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
