# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab in a real Kerberos realm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from realms import require_kerberos

from exchange_lab.lab import Lab


@pytest.fixture(scope="session")
def realm_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab, whose cmdlet endpoints take Kerberos and nothing else."""
    require_kerberos()
    lab = Lab("tiny", tmp_path_factory.mktemp("realm"), speed=600, seed=5, kerberos=True)
    with lab:
        yield lab
    assert not lab.defects, lab.defects


@pytest.fixture(autouse=True)
def no_ticket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test begins without tickets, whatever the machine has."""
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/cache")
    monkeypatch.delenv("KRB5_CLIENT_KTNAME", raising=False)
