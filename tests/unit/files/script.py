# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A script of the calls that file work makes, and what the programs answer to them."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.dialtone.exchange.plugins.module_utils._files import copy, folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import PROPERTIES
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
)
from scripted_transport import ScriptedTransport

DB_SIGNATURE = "Create time:03/14/2023 08:21:45.113 Rand:1873440912 Computer:"
LOG_SIGNATURE = "Create time:03/14/2023 08:21:44.980 Rand:904417233 Computer:"
OTHER_SIGNATURE = "Create time:07/01/2024 10:00:00.001 Rand:55555 Computer:"
MB, GB = 1024**2, 1024**3


def header_text(
    *,
    clean: bool = False,
    required: tuple[int, int] = (4021, 4023),
    committed: int = 4024,
    consistent: int = 0xE10,
    signature: str = DB_SIGNATURE,
    log_signature: str = LOG_SIGNATURE,
    repairs: int = 0,
) -> str:
    """What eseutil /mh prints, as far as it matters."""
    low, high = (0, 0) if clean else required
    return f"""
Initiating FILE DUMP mode...
         Database: D:\\x.edb

DATABASE HEADER:

Fields:
     DB Signature: {signature}
           dbtime: 4812 (0x12cc)
            State: {"Clean" if clean else "Dirty"} Shutdown
     Log Required: {low}-{high} (0x{low:x}-0x{high:x}) [Min. Req. Pre-Redo: {low} (0x{low:x})]
    Log Committed: 0-{0 if clean else committed} (0x0-0x0)
     Repair Count: {repairs}
  Last Consistent: (0x{consistent:X},3,12C)  10/30/2025 22:01:10.400 UTC
    Log Signature: {log_signature}

Operation completed successfully in 0.157 seconds.
"""


def log_text(generation: int, signature: str = LOG_SIGNATURE, db: str = DB_SIGNATURE) -> str:
    """What eseutil /ml prints for one log."""
    return f"""
Initiating FILE DUMP mode...

      Base name: E00
      Log file: D:\\x\\E00.log
      lGeneration: {generation} (0x{generation:X})
      creation time: 11/22/2026 14:02:21.113 UTC
      Signature: {signature}
      1 D:\\Databases\\DB01\\DB01.edb
                 Signature: {db}

Operation completed successfully in 0.125 seconds.
"""


def failure(code: int, name: str = "errFileAccessDenied") -> str:
    return f"\nOperation terminated with error {code} (JET_{name}, said so) after 0.15 seconds.\n"


class Script(ScriptedTransport):
    """The strict transport, with words for what the file work calls."""

    def database(self, **values: t.Any) -> Script:
        row = {
            "Name": "DB01",
            "Guid": "11111111-2222-3333-4444-555555555555",
            "DistinguishedName": "CN=DB01,CN=Databases,DC=contoso,DC=lab",
            "Server": "MBX1",
            "Recovery": False,
            "EdbFilePath": "D:\\Databases\\DB01\\DB01.edb",
            "LogFolderPath": "D:\\Databases\\DB01",
            "LogFilePrefix": "E00",
            "Mounted": False,
            **values,
        }
        self.expect_name("Get-MailboxDatabase", output=[row])
        return self

    def volumes(self, free: int = 500 * GB, names: tuple[str, ...] = ("D:\\", "E:\\")) -> Script:
        self.expect_enumerate(
            "Win32_Volume",
            PROPERTIES,
            [
                {
                    "DeviceID": f"\\\\?\\Volume{{{name}}}\\",
                    "Name": name,
                    "Label": None,
                    "FileSystem": "ReFS",
                    "Capacity": str(2048 * GB),
                    "FreeSpace": str(free),
                    "BlockSize": "65536",
                }
                for name in names
            ]
            + [
                dict.fromkeys(PROPERTIES, None)
                | {"DeviceID": "x", "Name": "\\\\?\\Volume{no-letter}\\", "FileSystem": "NTFS"}
            ],
        )
        return self

    def listing(
        self, folder: str, files: Mapping[str, int] | None, *, tree: bool = False
    ) -> Script:
        """files: bytes by path relative to the folder; one that ends in a backslash is a folder;
        None: the folder does not exist."""
        depth = ["/E"] if tree else ["/E", "/LEV:2"]
        arguments = [folder, f"{folder}\\{folders.NO_TARGET}", *depth, *folders.LIST_SWITCHES]
        if files is None:
            text = f"2026/11/22 14:15:02 ERROR 3 (0x00000003) Accessing Source Directory {folder}\\"
            self.expect_program("robocopy", arguments, 16, text)
            return self
        inner = {folder}
        for name in files:
            parts = name.split("\\")[:-1]
            inner |= {"\\".join([folder, *parts[: n + 1]]) for n in range(len(parts))}
        lines = [f"\t                       0\t{path}\\" for path in sorted(inner)]
        lines += [
            f"\t\t{size:>10}\t{folder}\\{name}"
            for name, size in files.items()
            if not name.endswith("\\")
        ]
        self.expect_program("robocopy", arguments, 1 if files else 0, "\r\n".join(lines) + "\r\n")
        return self

    def header(self, path: str, text: str | None = None, code: int = 0) -> Script:
        text = failure(code) if code else (text or header_text())
        self.expect_program("eseutil", ["/mh", path], code, text)
        return self

    def log(self, path: str, text: str, code: int = 0) -> Script:
        self.expect_program("eseutil", ["/ml", path], code, failure(code) if code else text)
        return self

    def builtin(self, name: str, *arguments: str, code: int = 0, said: str = "") -> Script:
        program, line = cmd_builtin(name, arguments)
        self.expect_program(program, line, code, stderr=said)
        return self

    def copies(self, source: str, target: str, files: Mapping[str, int], code: int = 1) -> Script:
        """A copy of one batch, and the look at what arrived."""
        output = "".join(
            f"\t\t{size}\t{source}\\{name}\r  50%\r100%\r\n" for name, size in files.items()
        )
        self.expect_job(
            "robocopy",
            [source, target, *files, *copy.COPY_SWITCHES, "/NJH", "/NJS"],
            [output],
            exit_code=code,
        )
        return self.listing(target, files) if code < 8 else self
