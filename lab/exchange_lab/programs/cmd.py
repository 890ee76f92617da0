# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd /c: what the command interpreter makes of a line before any command sees it.

Variables are expanded first, even in quotes; then ^ escapes and & && || split outside of quotes.
Pipes and blocks (other than those of `if`) are refused, since the lab has no use for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..files import FileError
from ..files.paths import parent
from ._console import Console, ProgramContext, absolute
from .cmd_builtins import BUILTINS, Shell

_SYNTAX = "The syntax of the command is incorrect."
_SPECIAL = set("&<>()@^|")
_NOT_SIMULATED = frozenset(
    [
        "assoc",
        "attrib",
        "call",
        "chcp",
        "color",
        "copy",
        "date",
        "for",
        "ftype",
        "goto",
        "mklink",
        "path",
        "pause",
        "popd",
        "prompt",
        "pushd",
        "start",
        "time",
        "title",
        "verify",
        "vol",
        "xcopy",
        "find",
        "findstr",
        "more",
        "powershell",
        "reg",
        "tasklist",
    ]
)
_EXECUTABLES = (".exe", ".com", ".bat", ".cmd")


class _Unsupported(Exception):
    pass


@dataclass
class _Redirected:
    """A console whose standard output goes elsewhere: into a file, or (None) nowhere."""

    inner: Console
    path: str | None
    errors_too: bool
    command_line: str = ""
    text: str = ""

    def write(self, text: str, stream: str = "stdout") -> None:
        if stream == "stdout" or self.errors_too:
            self.text += text
        else:
            self.inner.write(text, stream)

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def err(self, text: str) -> None:
        self.write(text + "\n", "stderr")

    def read(self, timeout: float | None = None) -> bytes:
        return self.inner.read(timeout)

    def sleep(self, seconds: float) -> None:
        self.inner.sleep(seconds)


@dataclass
class _Child:
    """The console of a program that cmd starts: the same streams, its own command line."""

    inner: Console
    command_line: str

    def write(self, text: str, stream: str = "stdout") -> None:
        self.inner.write(text, stream)

    def line(self, text: str = "") -> None:
        self.inner.line(text)

    def err(self, text: str) -> None:
        self.inner.err(text)

    def read(self, timeout: float | None = None) -> bytes:
        return self.inner.read(timeout)

    def sleep(self, seconds: float) -> None:
        self.inner.sleep(seconds)


def cmd(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """Run `cmd /c <line>`; the exit code is that of the last command."""
    line = console.command_line
    if len(arguments) != 2 or arguments[1] != line:  # not a shell's own: cmd was started bare
        line = _after_program(line)
    match = re.match(
        r"(?P<switches>(?:\s*/[abd-jl-z](?::\w+)?)*)\s*/c(?P<rest>.*)",
        line,
        re.DOTALL | re.IGNORECASE,
    )
    keep_program = True
    if match:
        line = match["rest"].lstrip()
        keep_program = "/s" not in match["switches"].lower()
    elif len(arguments) != 2 or arguments[0].lower() != "/c":
        # An interactive shell: it reads until its input ends.
        while not context.stopping.is_set() and console.read():
            pass
        return 0
    shell = Shell(context, console)
    return _Interpreter(shell).run(_strip_quotes(line, keep_program))


def _after_program(line: str) -> str:
    """What follows the name of the program on a command line."""
    text = line.lstrip()
    if text.startswith('"'):
        return text.partition('"')[2].partition('"')[2]
    return re.sub(r"^[^\s/]+", "", text, count=1)


def _strip_quotes(line: str, keep_program: bool) -> str:
    """`cmd /?`: the outer quotes go; without /s not those around a lone program with blanks."""
    if not line.startswith('"'):
        return line
    inner = line[1:].partition('"')
    if (
        keep_program
        and line.count('"') == 2
        and _SPECIAL.isdisjoint(line)
        and " " in inner[0]
        and inner[0].lower().endswith(_EXECUTABLES)
    ):
        return line
    head, quote, tail = line[1:].rpartition('"')
    return head + tail if quote else line[1:]


class _Interpreter:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def run(self, line: str) -> int:
        try:
            return self._sequence(self._expand(line))
        except _Unsupported as error:
            self.shell.console.err(f"cmd: the lab does not simulate {error}")
            return 255

    def _expand(self, line: str) -> str:
        """%NAME% by its value, wherever it stands; unknown ones stay as they are."""
        env = {name.upper(): value for name, value in self.shell.context.env.items()}
        env.setdefault("CD", self.shell.context.cwd)

        def value(match: re.Match[str]) -> str:
            return env.get(match[1].upper(), match[0])

        return re.sub(r"%([^%:\r\n]+)%", value, line)

    def _sequence(self, line: str) -> int:
        code = 0
        skip = False
        for operator, part in _split(line):
            if operator == "&":
                skip = False
            elif operator == "&&":
                skip = code != 0
            elif operator == "||":
                skip = code == 0
            if not skip:
                code = self._command(part.strip())
        return code

    def _command(self, text: str) -> int:
        text = text.lstrip("@ ")
        if not text:
            return 0
        name, rest = _first_word(text)
        if name.lower() == "if":
            return self._if(rest)
        if text.startswith("("):
            if not text.endswith(")"):
                raise _Unsupported("blocks of commands")
            return self._sequence(text[1:-1])
        text, redirection, errors_too = _redirections(text)
        shell = self.shell
        outer = shell.console
        target = _Redirected(outer, None, errors_too)
        if redirection is not None:
            shell.console = target
        try:
            code = self._start(text)
        finally:
            shell.console = outer
        if redirection is not None:
            code = self._save(redirection, target.text) or code
        return code

    def _save(self, redirection: tuple[str, bool], text: str) -> int:
        name, append = redirection
        if name.lower() == "nul":
            return 0
        shell = self.shell
        path = absolute(shell.context, name)
        try:
            before = shell.fs.read_bytes(path) if append and shell.fs.exists(path) else b""
            shell.fs.write_bytes(path, before + text.replace("\n", "\r\n").encode())
        except FileError as error:
            shell.console.err(error.text)
            return 1
        return 0

    def _start(self, text: str) -> int:
        from . import PROGRAMS

        name, rest = _first_word(_unescape(text))
        builtin = BUILTINS.get(name.lower())
        if builtin is None:  # also glued to a path: dir\, cd.., md"x"
            glued = re.match(r"([a-z]+)([\\./\"].*)", name, re.IGNORECASE)
            if glued and glued[1].lower() in BUILTINS and not name.lower().endswith(_EXECUTABLES):
                builtin, rest = BUILTINS[glued[1].lower()], f"{glued[2]} {rest}"
        if builtin is not None:
            return builtin(self.shell, rest.strip())
        program = name.strip('"').replace("/", "\\").rpartition("\\")[2].lower()
        for extension in _EXECUTABLES:
            program = program.removesuffix(extension)
        if program in _NOT_SIMULATED:
            raise _Unsupported(program)
        if program not in PROGRAMS:
            self.shell.console.err(
                f"'{name}' is not recognized as an internal or external command,\n"
                "operable program or batch file."
            )
            return 1
        line = _unescape(text)
        child = _Child(self.shell.console, line)
        return PROGRAMS[program](self.shell.context, child, split_arguments(line)[1:])

    def _if(self, text: str) -> int:
        negative = False
        word, rest = _first_word(text)
        if word.lower() == "not":
            negative = True
            word, rest = _first_word(rest)
        if word.lower() != "exist":
            raise _Unsupported(f"if {word}")
        name, rest = _first_word(rest)
        path = absolute(self.shell.context, _unescape(name).strip('"'))
        found = self._exists(path)
        body, otherwise = _branches(rest.strip())
        if not body:
            self.shell.console.err(_SYNTAX)
            return 1
        if found != negative:
            return self._command(body)
        return self._command(otherwise) if otherwise else 0

    def _exists(self, path: str) -> bool:
        fs = self.shell.fs
        if path.endswith("\\"):
            return fs.is_dir(path)
        if "*" in path or "?" in path:
            return bool(self.shell.matching(path, parent(path)))
        return fs.exists(path)


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


def _split(line: str) -> list[tuple[str, str]]:
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
            raise _Unsupported("pipes")
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


def _first_word(text: str) -> tuple[str, str]:
    """The first word (with its quotes) and the rest."""
    match = re.match(r'\s*((?:[^\s"=,;]|"[^"]*"?)+)(.*)', text, re.DOTALL)
    return (match[1], match[2]) if match else ("", "")


def _branches(text: str) -> tuple[str, str]:
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
                word, after = _first_word(rest)
                if word.lower() == "else":
                    return text[: at + 1], after.strip()
                if rest:
                    raise _Unsupported(f"{rest!r} behind a block")
                return text, ""
    raise _Unsupported("blocks over several lines")


def _redirections(text: str) -> tuple[str, tuple[str, bool] | None, bool]:
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
            raise _Unsupported("input from files")
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
            name, rest = _first_word(text[at:])
            if stream == "2":
                if name.lower() != "nul":
                    raise _Unsupported("errors into a file")
            else:
                found = (_unescape(name).strip('"'), append)
            at = len(text) - len(rest)
            continue
        out += char
        at += 1
    return out, found, errors_too


def _unescape(text: str) -> str:
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
