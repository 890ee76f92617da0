# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role groups see the cmdlets of copies, paths, repairs and clients (exchange.md 7.7)."""

from __future__ import annotations

import pytest
from exchange_shell import Shell, Site

EVERYTHING = {
    "Add-ResubmitRequest", "Get-CASMailbox", "Move-ActiveMailboxDatabase", "Move-DatabasePath",
    "New-MailboxRepairRequest", "Set-MailboxServer", "Test-MRSHealth",
}  # fmt: skip


@pytest.mark.parametrize(
    ("group", "visible"),
    [
        ("Organization Management", EVERYTHING),
        ("View-Only Organization Management", {"Test-MRSHealth", "Get-CASMailbox"}),
        ("Recipient Management", {"New-MailboxRepairRequest", "Get-CASMailbox"}),
        ("Server Management", EVERYTHING - {"New-MailboxRepairRequest", "Get-CASMailbox"}),
        ("Help Desk", set()),
    ],
)
def test_what_a_group_sees(site: Site, group: str, visible: set[str]) -> None:
    shell = Shell(site.organisation, [group])
    unknown = set()
    for name in EVERYTHING:
        answer = shell.run(name, NoSuchParameter=1)  # unknown as well, but said after the command
        assert answer.failure is not None
        if answer.failure.error_id.startswith("CommandNotFound"):
            unknown.add(name)
    assert EVERYTHING - unknown == visible
