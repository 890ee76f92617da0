# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How eseutil shows headers (exchange.md, 5.2 and 5.4)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone

from ..ese.dump import Checkpoint
from ..ese.header import BackupInfo, DatabaseHeader, LogPosition, Signature
from ..ese.logs import LogFile

_UNSET = "00/00/1900 00:00:00.000"
_ZERO = LogPosition()


def moment(when: datetime | None, zone: bool = True) -> str:
    """ "03/14/2023 08:21:45.113 UTC"; an unset one is local time of the year 1900."""
    if when is None:
        return f"{_UNSET} LOC" if zone else _UNSET
    utc = when.astimezone(timezone.utc)
    text = f"{utc:%m/%d/%Y %H:%M:%S}.{utc.microsecond // 1000:03d}"
    return f"{text} UTC" if zone else text


def signature(value: Signature | None) -> str:
    created, number = (value.created, value.random) if value else (None, 0)
    return f"Create time:{moment(created, zone=False)} Rand:{number} Computer:"


def _range(low: int, high: int) -> str:
    return f"{low}-{high} (0x{low:x}-0x{high:x})"


def _number(value: int) -> str:
    return f"{value} (0x{value:x})"


def as_in_2013(lines: Iterator[str]) -> Iterator[str]:
    """The lines as 2013 printed them: fewer, without brackets, milliseconds and zones (exchange.md 5.2)."""
    for line in lines:
        if not line.startswith(_NEW_IN_2016):
            line = re.sub(r" \[(Min\. Req\. )?Pre-Redo: [^\]]*\]", "", line)
            yield re.sub(r"(\d\d:\d\d:\d\d)\.\d{3}( UTC| LOC)?", r"\1", line)


_NEW_IN_2016 = (
    "   Log Recovering:",
    "       RBS Header",
    "Gen. Max. Com.",
    "     Shrink",
    "      Shrink",
    "      Last Resize",
)


def database_header(header: DatabaseHeader) -> Iterator[str]:
    """The lines of /mh after the name of the database."""
    checksum = zlib.crc32(repr(header).encode())
    low, high = header.log_required
    resize = f"{header.last_resize}  "
    if header.clean and header.last_resize == header.last_consistent:
        resize += '(Matches "Last Consistent", no subsequent resize)'
    yield from (
        "DATABASE HEADER:",
        "Checksum Information:",
        f"Expected Checksum: 0x{checksum:08x}",
        f"  Actual Checksum: 0x{checksum:08x}",
        "",
        "Fields:",
        "        File Type: Database",
        f"         Checksum: 0x{checksum:08x}",
        "   Format ulMagic: 0x89abcdef",
        "   Engine ulMagic: 0x89abcdef",
        " Format ulVersion: 0x620,20,0  (attached by 8920)",
        " Engine ulVersion: 0x620,20,0  (efvCurrent = 8520)",
        "Created ulVersion: 0x620,20",
        f"     DB Signature: {signature(header.signature)}",
        "         cbDbPage: 32768",
        f"           dbtime: {_number(header.dbtime)}",
        f"            State: {header.state}",
        f"     Log Required: {_range(low, high)} [Min. Req. Pre-Redo: {_number(low)}]",
        f"Gen. Max. Req. Creation Time: {moment(header.required_time)}",
        f"    Log Committed: {_range(*header.log_committed)}",
        f"Gen. Max. Com. Creation Time: {moment(header.committed_time)}",
        f"   Log Consistent: {_number(header.log_consistent)}"
        f" [Pre-Redo: {_number(header.log_consistent)}]",
        "   Log Recovering: 0 (0x0)",
        "         Shadowed: Yes",
        f"       Last Objid: {header.last_objid}",
        "     Scrub Dbtime: 0 (0x0)",
        f"       Scrub Date: {moment(None)}",
        f"     Repair Count: {header.repair_count}",
        f"      Repair Date: {moment(header.repair_date)}",
        " Old Repair Count: 0",
        f"  Last Consistent: {header.last_consistent}  {moment(header.last_consistent_time)}",
        f"      Last Attach: {header.last_attach}  {moment(header.last_attach_time)}",
        f"      Last Detach: {header.last_detach}  {moment(header.last_detach_time)}",
        f"    Last ReAttach: {_ZERO}  {moment(None)}",
        "             Dbid: 1",
        f"    Log Signature: {signature(header.log_signature)}",
        "       OS Version: (10.0.17763 SP 0 NLS 60101.60101)",
        "",
    )
    nothing = BackupInfo()
    for title, backup in (
        ("Previous Full Backup", header.previous_full_backup),
        ("Previous Incremental Backup", nothing),
        ("Previous Copy Backup", header.previous_copy_backup),
        ("Previous Differential Backup", nothing),
        ("Current Full Backup", nothing),
        ("Current Shadow copy backup", nothing),
    ):
        kind = f" - {backup.kind}" if backup.kind else ""
        yield f"{title}:"
        yield f"        Log Gen: {_range(backup.low, backup.high)}{kind}"
        yield f"           Mark: {backup.mark}"
        yield f"           Mark: {moment(backup.time)}"
        yield ""
    yield from (
        "     cpgUpgrade55Format: 0",
        "    cpgUpgradeFreePages: 0",
        "cpgUpgradeSpaceMapPages: 0",
        "",
        f"      Last Resize: {resize}",
        "",
        f"     Extend Count: {header.extend_count}",
        f"      Extend Date: {moment(header.extend_date)}",
        "",
        "     Shrink Count: 0",
        f"      Shrink Date: {moment(None)}",
        "",
        "       Trim Count: 0",
        "",
        "       ECC Fix Success Count: none",
        "   Old ECC Fix Success Count: none",
        "         ECC Fix Error Count: none",
        "     Old ECC Fix Error Count: none",
        "    Bad Checksum Error Count: none",
        "Old bad Checksum Error Count: none",
        "",
        f"  Last Database Maintenance Finish Date: {moment(None)}",
        f"Current Database Maintenance Start Date: {moment(None)}",
        "      Highest Continuous Database Maintenance Page: 0",
        "      Highest Database Maintenance Page: 0",
        "",
        f"  Database Header Flush Signature: {signature(header.signature)}",
        f" Flush Map Header Flush Signature: {signature(header.signature)}",
        f"       RBS Header Flush Signature: {signature(None)}",
        "",
    )


def log_header(log: LogFile, prefix: str) -> Iterator[str]:
    """The lines of /ml for one log file."""
    header = log.header
    yield from (
        f"      Base name: {prefix}",
        f"      Log file: {log.path}",
        f"      lGeneration: {_upper(header.generation)}",
        f"      Checkpoint: {header.checkpoint}",
        f"      creation time: {moment(header.created)}",
        f"      prev gen time: {moment(header.previous)}",
        "      Format LGVersion: (8.4000.4.5) (generated by 8920)",
        "      Engine LGVersion: (8.4000.4.5) (efvCurrent = 8920)",
        f"      Signature: {signature(header.signature)}",
        f"      Env SystemPath: {log.path.rpartition(chr(92))[0]}\\",
        f"      Env LogFilePath: {log.path.rpartition(chr(92))[0]}\\",
        "      Env Log Sec size: 4096 (matches)",
        "      Env (CircLog,Session,Opentbl,VerPage,Cursors,LogBufs,LogFile,Buffers)",
        "          (    off,   1227,  61350,  16384,  61350,   2048,    256,1048576)",
        "      Using Reserved Log File: false",
        "      Circular Logging Flag (current file): off",
        "      Circular Logging Flag (past files): off",
        f"      Checkpoint at log creation time: {header.checkpoint}",
    )
    for number, attached in enumerate(header.attachments, 1):
        yield from (
            f"      {number} {attached.path}",
            f"                 Signature: {signature(attached.signature)}",
            "                 MaxDbSize: 0 pages",
            f"                 Last Attach: {attached.attach}",
            f"                 Last Consistent: {attached.consistent}",
        )
    yield from (
        "",
        f"      Last Lgpos: {log.end}",
        "",
        f"Number of database page references:  {len(log.records)}",
        "",
    )


def _upper(value: int) -> str:
    return f"{value} (0x{value:X})"


def checkpoint(value: Checkpoint, name: str) -> Iterator[str]:
    """The lines of /mk."""
    nothing = f"{_UNSET} LOC"
    yield from (
        f"      Checkpoint file: {name}",
        "",
        f"      LastFullBackupCheckpoint: {_ZERO}",
        f"      Checkpoint: {value.position}",
        f"      FullBackup: {_ZERO}",
        f"      FullBackup time: {nothing}",
        f"      IncBackup: {_ZERO}",
        f"      IncBackup time: {nothing}",
        f"      Signature: {signature(value.log_signature)}",
        "      Env (CircLog,Session,Opentbl,VerPage,Cursors,LogBufs,LogFile,Buffers)",
        "          (    off,   1227,  61350,  16384,  61350,   2048,    256,1048576)",
        "",
    )
