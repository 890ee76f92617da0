# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What eseutil prints, as data (exchange.md 5.2 to 5.7).

Everything is found by its label, never by its place: builds of different age print different
lines. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ansible_collections.dialtone.exchange.plugins.module_utils._model import jet
from ansible_collections.dialtone.exchange.plugins.module_utils._model.lines import split_lines

CLEAN: t.Final = "Clean Shutdown"

_LABEL = re.compile(r"\s*(?P<label>[^:]+?)\s*:\s?(?P<value>.*?)\s*")
_SECTION = re.compile(r"(Previous|Current) [\w ]+[Bb]ackup:")
# Numbers have 64 bits; more digits are no number.
_RANGE = re.compile(r"(\d{1,20})-(\d{1,20})(?!\d)")
_POSITION = re.compile(r"\(0x([0-9A-Fa-f]{1,16})\s*,")
_SIGNATURE = re.compile(r"Create time:\s*(?P<created>.*?)\s*Rand:\s*(?P<rand>\d{1,20})(?!\d)")
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(?: (UTC|LOC))?")
_CLOSING = re.compile(
    r"^Operation (?P<how>completed successfully|terminated)"
    r"(?: with (?:error )?(?P<code>-?\d{1,20}) \(JET_(?P<name>\w+), (?P<text>.*)\))?"
    r".*?(?P<seconds>\d{1,20})\.(?P<milliseconds>\d{1,20}) seconds\.\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Signature:
    """What tells two databases, or two log streams, apart. created: as printed."""

    created: str
    rand: int

    @classmethod
    def parse(cls, text: str) -> Signature | None:
        """From "Create time:03/14/2023 08:21:45.113 Rand:1873440912 Computer:"; None if unset."""
        match = _SIGNATURE.search(text)
        if not match or not int(match["rand"]):
            return None
        return cls(match["created"], int(match["rand"]))

    def __str__(self) -> str:
        return f"{self.created} Rand:{self.rand}"


@dataclass(frozen=True)
class DatabaseHeader:
    """The header of an .edb.

    log_required: the generations that must be replayed, (0, 0) when none. log_committed: the newest
    generation whose content was promised to clients, 0 when none. last_consistent: the generation
    in which it was consistent last. dbtime: grows with every change. last_full_backup: ISO 8601.
    warnings: what eseutil added about the header's own health.
    """

    state: str
    signature: Signature | None
    log_signature: Signature | None
    log_required: tuple[int, int] = (0, 0)
    log_committed: int = 0
    last_consistent: int = 0
    dbtime: int = 0
    repair_count: int = 0
    last_full_backup: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the file can be mounted as it is: both signs must agree (exchange.md fact 19)."""
        return self.state == CLEAN and self.log_required == (0, 0)

    def as_result(self) -> dict[str, t.Any]:
        """The form in which modules return it."""
        return {
            "state": self.state,
            "signature": str(self.signature) if self.signature else None,
            "log_signature": str(self.log_signature) if self.log_signature else None,
            "log_required": list(self.log_required),
            "log_committed": self.log_committed,
            "repair_count": self.repair_count,
            "last_full_backup": self.last_full_backup,
        }


@dataclass(frozen=True)
class LogHeader:
    """The header of one log. databases: signature by the path it was attached under.
    created: ISO 8601. end: position of its last record, (generation, sector, offset)."""

    generation: int | None
    signature: Signature | None
    created: str | None = None
    databases: t.Mapping[str, Signature | None] = field(default_factory=dict)
    end: tuple[int, ...] | None = None


@dataclass(frozen=True)
class LogCheck:
    """What the check of a log stream found: how many logs are good, generations that are missing
    (only those that the tool names), and lines about damaged or strange ones."""

    good: int
    missing: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The closing line. code: 0, or a warning (> 0) or error (< 0) of the engine; None when the
    program ended without saying so. seconds: as eseutil measured."""

    succeeded: bool
    code: int | None
    name: str = ""
    text: str = ""
    seconds: float = 0.0


def parse_outcome(output: str) -> Outcome | None:
    """The closing line, or None when there is none. "0.47 seconds" are 47 ms (exchange.md fact 18)."""
    matches = list(_CLOSING.finditer(output.replace("\r\n", "\n")))
    if not matches:
        return None
    match = matches[-1]
    succeeded = match["how"] != "terminated"
    code = int(match["code"]) if match["code"] else (0 if succeeded else None)
    seconds = int(match["seconds"]) + int(match["milliseconds"]) / 1000
    return Outcome(succeeded, code, match["name"] or "", match["text"] or "", seconds)


def parse_header(output: str) -> DatabaseHeader:
    """The header that /mh printed. Raises ValueError when the output holds none."""
    labels: dict[str, str] = {}
    backup: dict[str, str] = {}
    section, seen_header = labels, False
    warnings = []
    for line in split_lines(output):
        if _SECTION.fullmatch(line.strip()):
            section = backup if line.strip() == "Previous Full Backup:" else {}
        elif not line.strip():
            # A blank line ends a section; what follows belongs to the header again.
            section = labels
        elif line.strip().startswith("WARNING"):
            warnings.append(line.strip())
        elif match := _LABEL.fullmatch(line):
            label = _squeeze(match["label"])
            seen_header = seen_header or label == "state"
            section.setdefault(label, match["value"])
            if label == "mark" and (moment := parse_date(match["value"])):
                section["mark date"] = moment
    if not seen_header:
        raise ValueError("The output of eseutil holds no database header.")
    return DatabaseHeader(
        state=labels["state"],
        signature=Signature.parse(labels.get("db signature", "")),
        log_signature=Signature.parse(labels.get("log signature", "")),
        log_required=_range(labels.get("log required", "")),
        log_committed=_range(labels.get("log committed", ""))[1],
        last_consistent=_generation(labels.get("last consistent", "")),
        dbtime=_number(labels.get("dbtime", "")),
        repair_count=_number(labels.get("repair count", "")),
        last_full_backup=backup.get("mark date"),
        warnings=tuple(warnings),
    )


def parse_log_header(output: str) -> LogHeader:
    """The header that /ml printed for one log file."""
    labels: dict[str, str] = {}
    databases: dict[str, Signature | None] = {}
    attached: str | None = None
    for line in split_lines(output):
        if match := re.fullmatch(r"\s*\d+ ([A-Za-z]:\\.*\S)\s*", line):
            attached = match[1]
            databases[attached] = None
        elif match := _LABEL.fullmatch(line):
            label = _squeeze(match["label"])
            if label == "signature" and attached is not None:
                databases[attached] = Signature.parse(match["value"])
            else:
                labels.setdefault(label, match["value"])
    generation = _number(labels.get("lgeneration", ""))
    return LogHeader(
        generation or None,
        Signature.parse(labels.get("signature", "")),
        parse_date(labels.get("creation time", "")),
        databases,
        _position(labels.get("last lgpos", "")),
    )


def _position(text: str) -> tuple[int, ...] | None:
    """A position in a log stream from "(0xfb5,7F,0)", all three in hexadecimal; None if it is none."""
    match = re.fullmatch(r"\(0x([0-9A-Fa-f]+),([0-9A-Fa-f]+),([0-9A-Fa-f]+)\)", text.strip())
    return tuple(int(part, 16) for part in match.groups()) if match else None


def parse_log_check(output: str) -> LogCheck:
    """What /ml printed for a whole stream."""
    good, missing, errors = 0, [], []
    for line in split_lines(output):
        text = line.strip()
        if text.endswith(" - OK"):
            good += 1
        elif match := re.fullmatch(r"Missing log files?: (.+)", text):
            missing.append(match[1])
        elif text.startswith("ERROR") or " - ERROR" in text or "Log damaged" in text:
            errors.append(text)
    return LogCheck(good, tuple(missing), tuple(errors))


def parse_checkpoint(output: str) -> int | None:
    """The generation from which a replay would start, as /mk printed it, or None."""
    for line in split_lines(output):
        match = _LABEL.fullmatch(line)
        if match and _squeeze(match["label"]) == "checkpoint":
            return _generation(match["value"]) or None
    return None


def parse_date(text: str) -> str | None:
    """ISO 8601 of "11/05/2025 09:13:27.540 UTC"; without zone for LOC and for builds that print
    none; None for an unset date (year 1900) and an impossible one."""
    match = _DATE.search(text)
    if not match or match[3] == "1900":
        return None
    month, day, year, hour, minute, second = (int(match[n]) for n in range(1, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    if match[7]:
        moment = moment.replace(microsecond=int(match[7]) * 1000)
    if match[8] == "UTC":
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.isoformat()


def is_usage(output: str) -> bool:
    """Whether eseutil explains itself, after which it waits for a key that nobody will press."""
    return "MODES OF OPERATION" in output.upper() or "<PRESS A KEY" in output.upper()


class ReplayProgress:
    """Counts the dots of a soft recovery as they come, in pieces of any size.

    percent: 0 to 100. failed: the bar ended in an X.
    """

    def __init__(self) -> None:
        self.percent = 0
        self.failed = False
        self._before = ""
        self._dots = 0
        self._ended = False

    def feed(self, output: str) -> None:
        """More output."""
        if self._ended:
            return
        if not self._started():
            self._before += output
            scale = re.search(r"\|(?:-+\|)+\s*?\n\s*", self._before)
            if not scale:
                return
            end = scale.end()
            output = self._before[end:]
            self._before = "|"
        for c in output:
            if c == ".":
                self._dots += 1
            elif c in "Xx":
                self.failed = self._ended = True
                break
            elif not c.isspace() or (c == "\n" and self._dots):
                self._ended = True
                break
        # One dot per two percent; the first one stands at 0.
        self.percent = min(100, 2 * max(0, self._dots - 1))

    def _started(self) -> bool:
        return self._before == "|"


def _squeeze(label: str) -> str:
    return " ".join(label.lower().split())


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.match(text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _generation(text: str) -> int:
    match = _POSITION.match(text)
    return int(match[1], 16) if match else 0


def _number(text: str) -> int:
    match = re.match(r"\d{1,20}(?!\d)", text)
    return int(match[0]) if match else 0


def describe_exit(exit_code: int, output: str) -> tuple[str, str]:
    """(what happened, what to do) of a failed run, in sentences without the final full stop of
    the first."""
    code = jet.signed(exit_code)
    outcome = parse_outcome(output)
    entry = jet.find(code)
    if outcome and outcome.text:
        said = f"error {outcome.code} (JET_{outcome.name}, {outcome.text})"
    elif entry:
        said = f"error {code} (JET_{entry.name})"
    else:
        last = next((line.strip() for line in reversed(split_lines(output)) if line.strip()), "")
        said = f"exit code {code}" + (f": {last}" if last else "")
    return said, jet.remedy(code)
