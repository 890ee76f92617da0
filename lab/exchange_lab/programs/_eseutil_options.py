# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What eseutil is told, and what it says of wrong arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..ese.errors import (
    INVALID_PARAMETER,
    JetError,
)

USAGE = """DESCRIPTION:  Database utilities for the Extensible Storage Engine for Microsoft(R) Exchange Server.

MODES OF OPERATION:
      Defragmentation:  ESEUTIL /d <database name> [options]
             Recovery:  ESEUTIL /r <logfile base name> [options]
            Integrity:  ESEUTIL /g <database name> [options]
             Checksum:  ESEUTIL /k <file name> [options]
               Repair:  ESEUTIL /p <database name> [options]
            File Dump:  ESEUTIL /m[mode-modifier] <filename>
            Copy File:  ESEUTIL /y <source file> [options]
              Restore:  ESEUTIL /c[mode-modifier] <path name> [options]

<<<<<  Press a key for more help  >>>>>
D=Defragmentation, R=Recovery, G=inteGrity, K=checKsum,
P=rePair, M=file duMp, Y=copY file, C=restore
=> """

SWITCHES = "/-"


class UsageError(Exception):
    """Wrong arguments: eseutil explains itself and waits for a key."""


@dataclass
class Options:
    """What stands behind the mode: the object and its switches, "" for those without a value."""

    target: str | None = None
    values: dict[str, str] = field(default_factory=dict)


def read_options(arguments: list[str], with_value: str, bare: str) -> Options:
    """Switches with a value take it directly, after a colon or blank, or as the next argument."""
    options = Options()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word[:1] not in SWITCHES or len(word) == 1:
            if options.target is not None:
                raise UsageError(
                    f"Invalid argument '{word}'. Options must be preceded by '-' or '/'."
                )
            options.target = word
            continue
        letter, value = word[1].lower(), word[2:]
        if letter in with_value:
            if not value and rest and rest[0][:1] not in SWITCHES:
                value = rest.pop(0)
            value = value.removeprefix(":") if value[:1] == ":" else value
        elif letter not in bare or value:
            raise UsageError(f"Invalid option '{word}'.")
        if letter in options.values:
            raise UsageError(f"Duplicate '{word[:2]}' specification.")
        options.values[letter] = value
    return options


def read_generations(text: str) -> tuple[int, int]:
    """ "0xFB5-0xFC1" or "FB5-FC1"."""
    match = re.fullmatch(r"(?:0x)?([0-9A-F]+)-(?:0x)?([0-9A-F]+)", text, re.IGNORECASE)
    if match is None:
        raise JetError(INVALID_PARAMETER, text)
    return int(match[1], 16), int(match[2], 16)


def read_renames(text: str) -> dict[str, str]:
    """/n<new[:old]>, both with drive letters; without old it holds for every database."""
    match = re.fullmatch(r"(?P<new>[A-Za-z]:\\[^:]+)(?::(?P<old>[A-Za-z]:\\[^:]+))?", text)
    if match is None:
        raise JetError(INVALID_PARAMETER, text)
    return {match["old"] or "*": match["new"]}
