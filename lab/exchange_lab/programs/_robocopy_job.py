# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a robocopy is told: its command line, and the job files that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ._console import ProgramContext, absolute
from ._wildcards import matches

# Accepted and without an effect that the lab could show.
_IGNORED = {"J", "B", "ZB", "Z", "XJ", "XJD", "XJF", "FFT", "NDL", "V", "X", "UNICODE", "NOOFFLOAD"}

_FLAGS = {
    "E", "S", "L", "NP", "BYTES", "MOV", "NJH", "NJS", "NFL", "NDL", "NC", "NS", "FP", "TEE",
    "PURGE", "MIR", "QUIT", "XO", "XN", "XC", "IS", "IT", "XX", "TS",
}  # fmt: skip

_COPY_FLAGS = {"COPY": set("DATSOUX"), "DCOPY": set("DATEX")}


class Refused(Exception):
    """A command line that robocopy does not take."""


@dataclass
class Job:
    """One run of robocopy. flags: switches without a value; values: those with one. levels: 0 for all."""

    source: str
    target: str
    filters: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    not_files: list[str] = field(default_factory=list)
    not_folders: list[str] = field(default_factory=list)
    retries: int = 1_000_000
    wait: int = 30
    levels: int = 0

    def wants(self, name: str) -> bool:
        """Whether a file of this name is to be copied."""
        filters = self.filters or ["*.*"]
        return matches(name, filters) and not matches(name, self.not_files)


def load(context: ProgramContext, arguments: Sequence[str]) -> list[str]:
    """The arguments, with those of the jobs that they name. FileError."""
    words: list[str] = []
    for word in arguments:
        name, _colon, value = word.partition(":")
        if name.upper() == "/JOB" and value:
            words += context.fs.read_bytes(_job_file(context, value)).decode("utf-16").splitlines()
        else:
            words.append(word)
    return words


def save(context: ProgramContext, name: str, words: Sequence[str]) -> None:
    """Not in the real format; nobody reads it but robocopy."""
    kept = [w for w in words if w.upper() != "/QUIT" and not w.upper().startswith("/SAVE:")]
    context.fs.write_bytes(_job_file(context, name), "\n".join(kept).encode("utf-16"))


def _job_file(context: ProgramContext, name: str) -> str:
    path = absolute(context, name)
    return path if path.lower().endswith(".rcj") else f"{path}.RCJ"


def parse(context: ProgramContext, arguments: list[str]) -> Job:
    """Raises Refused for what robocopy does not take."""
    folders: list[str] = []
    job = Job("", "")
    rest = list(enumerate(arguments, 1))
    while rest:
        number, word = rest.pop(0)
        if not word.startswith("/") or len(word) == 1:
            if len(folders) < 2:
                folders.append(word)
            else:
                job.filters.append(word)
            continue
        name, colon, value = word[1:].partition(":")
        name = name.upper()
        if name in ("XF", "XD"):
            names = job.not_files if name == "XF" else job.not_folders
            while rest and not rest[0][1].startswith("/"):
                names.append(rest.pop(0)[1])
        elif name in _COPY_FLAGS and value and set(value.upper()) <= _COPY_FLAGS[name]:
            job.values[name] = value.upper()
        elif name in ("R", "W", "LEV", "MT") and (value.isdigit() or (name == "MT" and not colon)):
            job.values[name] = value
        elif name in ("LOG", "LOG+", "UNILOG", "UNILOG+") and value:
            job.values["LOG"] = value
            job.values["APPEND"] = "yes" if name.endswith("+") else ""
        elif name == "SAVE" and value:
            job.values[name] = value
        elif name in ("COPYALL", "SEC") and not colon:
            job.values["COPY"] = "DATSOU" if name == "COPYALL" else "DATS"
        elif name in _FLAGS and not colon:
            job.flags.add(name)
        elif name not in _IGNORED or colon:
            raise Refused(f'Invalid Parameter #{number} : "{word}"')
    if not folders:
        raise Refused("No Source Directory Specified.")
    if len(folders) < 2:
        raise Refused("No Destination Directory Specified.")
    if "MIR" in job.flags:
        job.flags |= {"E", "PURGE"}
    job.source, job.target = (absolute(context, f).rstrip("\\") for f in folders)
    job.source += "\\" if job.source.endswith(":") else ""
    job.target += "\\" if job.target.endswith(":") else ""
    job.retries = int(job.values.get("R", job.retries))
    job.wait = int(job.values.get("W", job.wait))
    job.levels = int(job.values.get("LEV", 0))
    return job
