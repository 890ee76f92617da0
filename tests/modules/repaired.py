# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An admin who repairs a copy of a database, since nothing else helps."""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

from exchange_lab.lab import Lab

REPAIRED = 595  # JET_wrnDatabaseRepaired
# by its whole path: where it is not found by its name it is here
ESEUTIL = r"C:\Program Files\Microsoft\Exchange Server\V15\Bin\eseutil.exe"


def repair(
    lab: Lab, folder: str, *, server: str = "MBX1", edb: str = "DB01.edb", logs: str | None = None
) -> None:
    """Run C(eseutil /p) on the .edb in the folder of the server. logs: a folder whose E00 logs are
    replayed before; what is only in logs is lost otherwise."""
    ports, account = lab.endpoints[server], lab.administrator
    transport = DirectTransport(
        ConnectionOptions(
            host="127.0.0.1",
            server=lab.organisation.servers[server].fqdn,
            user=account.name,
            password=account.password,
            auth="ntlm",
            port=ports["http"],
            winrm_port=ports["http"],
            winrm_auth="ntlm",
        )
    )
    path = f"{folder}\\{edb}"
    try:
        if logs is not None:
            copied = transport.run("robocopy", [logs, folder, "E00*.log"])
            assert copied.exit_code < 8, copied.stdout
            replayed = transport.run(
                ESEUTIL, ["/r", "E00", "/l", folder, "/s", folder, "/d", folder, "/o"]
            )
            assert replayed.exit_code == 0, replayed.stdout
        done = transport.run(ESEUTIL, ["/p", path, "/o"])
        assert done.exit_code == REPAIRED, done.stdout
    finally:
        transport.close()
