# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How cmd, and the C runtime, take a command line apart. Nothing is run here."""

from __future__ import annotations

import re

_SPECIAL = set("&<>()@^|")

EXECUTABLES = (".exe", ".com", ".bat", ".cmd")


class Unsupported(Exception):
    """What cmd can do, but the lab does not."""


def after_program(line: str) -> str:
    """What follows the name of the program on a command line."""
    text = line.lstrip()
    if text.startswith('"'):
        return text.partition('"')[2].partition('"')[2]
    return re.sub(r"^[^\s/]+", "", text, count=1)


def strip_quotes(line: str, keep_program: bool) -> str:
    """`cmd /?`: the outer quotes go; without /s not those around a lone program with blanks."""
    if not line.startswith('"'):
        return line
    inner = line[1:].partition('"')
    if (
        keep_program
        and line.count('"') == 2
        and _SPECIAL.isdisjoint(line)
        and " " in inner[0]
        and inner[0].lower().endswith(EXECUTABLES)
    ):
        return line
    head, quote, tail = line[1:].rpartition('"')
    return head + tail if quote else line[1:]


def split_arguments(line: str) -> list[str]:
    """The C runtime's way from a line to arguments: backslashes count only before a quote."""
    out: list[str] = []
    word: str | None = None
    quoted = False
    for match in re.finditer(r'(\\*)("?)([^\\"]?)', line):
        slashes, quote, char = match.groups()
        if slashes or quote:
            word = (word or "") + "\\" * (len(slashes) // 2 if quote else len(slashes))
            if quote and len(slashes) % 2:
                word += '"'
            elif quote:
                quoted = not quoted
        if char in " \t" and char and not quoted:
            if word is not None:
                out.append(word)
            word = None
        elif char:
            word = (word or "") + char
    return out if word is None else [*out, word]


def split_commands(line: str) -> list[tuple[str, str]]:
    """("", first), then (operator, command); quotes, ^ and the blocks of `if` are respected."""
    parts: list[tuple[str, str]] = []
    operator, start, depth, quoted, at = "", 0, 0, False, 0
    swallow = re.match(r"\s*@?\s*if\b", line, re.IGNORECASE) is not None
    while at < len(line):
        char = line[at]
        if char == '"':
            quoted = not quoted
        elif not quoted and char == "^":
            at += 1
        elif not quoted and char == "(":
            depth += 1
        elif not quoted and char == ")":
            depth -= 1
        elif not quoted and depth <= 0 and line.startswith("||", at):
            parts.append((operator, line[start:at]))
            operator, start, at = "||", at + 2, at + 1
        elif not quoted and char == "|":
            raise Unsupported("pipes")
        elif not quoted and depth <= 0 and char == "&" and line[at - 1 : at] not in (">", "<"):
            if swallow:  # everything behind `if` on the line belongs to its command
                break
            operator_here = "&&" if line.startswith("&&", at) else "&"
            parts.append((operator, line[start:at]))
            at += len(operator_here) - 1
            operator, start = operator_here, at + 1
        at += 1
    parts.append((operator, line[start:]))
    return parts


def first_word(text: str) -> tuple[str, str]:
    """The first word (with its quotes) and the rest."""
    match = re.match(r'\s*((?:[^\s"=,;]|"[^"]*"?)+)(.*)', text, re.DOTALL)
    return (match[1], match[2]) if match else ("", "")


def branches(text: str) -> tuple[str, str]:
    """`(a) else (b)`, `(a)`, or a command up to the end of the line."""
    if not text.startswith("("):
        return text, ""
    depth, quoted = 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                rest = text[at + 1 :].strip()
                word, after = first_word(rest)
                if word.lower() == "else":
                    return text[: at + 1], after.strip()
                if rest:
                    raise Unsupported(f"{rest!r} behind a block")
                return text, ""
    raise Unsupported("blocks over several lines")


def redirections(text: str) -> tuple[str, tuple[str, bool] | None, bool]:
    """The command without its redirections; (file, append) for output; whether 2>&1."""
    found: tuple[str, bool] | None = None
    errors_too = False
    out, at, quoted = "", 0, False
    while at < len(text):
        char = text[at]
        if char == '"':
            quoted = not quoted
        if char == "^" and not quoted:
            out += text[at : at + 2]
            at += 2
            continue
        if not quoted and char == "<":
            raise Unsupported("input from files")
        if not quoted and char == ">":
            stream = out[-1:] if re.search(r"(?:^|\s)[12]$", out) else ""
            if stream:
                out = out[:-1]
            append = text.startswith(">>", at)
            at += 2 if append else 1
            if text.startswith("&1", at) and stream == "2":
                errors_too = True
                at += 2
                continue
            name, rest = first_word(text[at:])
            if stream == "2":
                if name.lower() != "nul":
                    raise Unsupported("errors into a file")
            else:
                found = (unescape(name).strip('"'), append)
            at = len(text) - len(rest)
            continue
        out += char
        at += 1
    return out, found, errors_too


def unescape(text: str) -> str:
    """Take the ^ away, outside of quotes."""
    out, quoted, at = "", False, 0
    while at < len(text):
        if text[at] == '"':
            quoted = not quoted
        if text[at] == "^" and not quoted:
            at += 1
        out += text[at : at + 1]
        at += 1
    return out
