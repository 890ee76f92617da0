# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable under its two names: the collection and the lab."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "lab"))
for _helpers in ("unit", "lab", "modules", "playbooks", "faults", "torture", "awx", "docs"):
    sys.path.insert(0, str(ROOT / "tests" / _helpers))


def _namespace(name: str, path: Path | None) -> None:
    """Register a package that is a plain folder, wherever the checkout lies."""
    module = types.ModuleType(name)
    module.__path__ = [str(path)] if path else []
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    module.__spec__.submodule_search_locations = module.__path__
    sys.modules[name] = module
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


_namespace("ansible_collections", None)
_namespace("ansible_collections.dialtone", None)
_namespace("ansible_collections.dialtone.exchange", ROOT)
