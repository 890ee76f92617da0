# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Kerberos library reports, as a sentence."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._kerberos import explain

_BASE = -1765328384  # of its codes, signed
_EXPIRED_CREDENTIAL, _FAILURE = 11 << 16, 13 << 16  # gssapi.h


class GssError(Exception):
    """As gssapi and spnego raise it."""

    def __init__(self, maj_code: int = 0, min_code: int = 0, base_error: Exception | None = None) -> None:
        super().__init__()
        self.maj_code, self.min_code, self.base_error = maj_code, min_code, base_error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (GssError(_FAILURE, _BASE + 24), "the password is wrong"),
        (GssError(_FAILURE, _BASE + 24 + 2**32), "the password is wrong"),
        (GssError(_FAILURE, _BASE + 32), "the ticket has expired"),
        (GssError(_EXPIRED_CREDENTIAL, 100001), "the ticket has expired"),
        (GssError(base_error=GssError(_EXPIRED_CREDENTIAL, 100001)), "the ticket has expired"),
        (GssError(_EXPIRED_CREDENTIAL, _BASE + 24), "the password is wrong"),
        (GssError(base_error=GssError(_FAILURE, _BASE + 189)), "there is no ticket"),
    ],
)
def test_known(error: Exception, sentence: str) -> None:
    explained = explain(error)
    assert explained is not None and explained[0] == sentence and explained[1]


@pytest.mark.parametrize("error", [GssError(_FAILURE, 100001), GssError(), ValueError("no code")])
def test_unknown(error: Exception) -> None:
    assert explain(error) is None
