# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests in a real Kerberos realm need of the machine."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_PACKAGES = ("k5test", "gssapi", "krb5")


def require_kerberos() -> None:
    """Skip the test where programs or libraries are missing; with DIALTONE_KERBEROS=required it fails instead."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [p for p in _PROGRAMS if not shutil.which(p, path=path)]
    missing += [p for p in _PACKAGES if importlib.util.find_spec(p) is None]
    if not missing:
        return
    text = f"Kerberos tests need {', '.join(missing)}; see TESTING.md"
    if os.environ.get("DIALTONE_KERBEROS") == "required":
        pytest.fail(text)
    pytest.skip(text)
