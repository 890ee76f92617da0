# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in a real Kerberos realm. Where the programs or libraries are missing the tests are skipped,
unless DIALTONE_KERBEROS=required says that they must not be."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange_lab.lab import Lab

_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_PACKAGES = ("k5test", "gssapi", "krb5")


def _missing() -> list[str]:
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return [p for p in _PROGRAMS if not shutil.which(p, path=path)] + [
        p for p in _PACKAGES if importlib.util.find_spec(p) is None
    ]


@pytest.fixture(scope="session")
def realm_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab, whose cmdlet endpoints take Kerberos and nothing else."""
    if missing := _missing():
        text = f"Kerberos tests need {', '.join(missing)}; see TESTING.md"
        if os.environ.get("DIALTONE_KERBEROS") == "required":
            pytest.fail(text)
        pytest.skip(text)
    lab = Lab("tiny", tmp_path_factory.mktemp("realm"), speed=600, seed=5, kerberos=True)
    with lab:
        yield lab
    assert not lab.defects, lab.defects


@pytest.fixture(autouse=True)
def no_ticket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test begins without tickets, whatever the machine has."""
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/cache")
    monkeypatch.delenv("KRB5_CLIENT_KTNAME", raising=False)
