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
from ._command_line import (
    EXECUTABLES,
    Unsupported,
    after_program,
    branches,
    first_word,
    redirections,
    split_arguments,
    split_commands,
    strip_quotes,
    unescape,
)
from ._console import Console, ProgramContext, absolute
from ._shell import Shell
from .cmd_builtins import BUILTINS

_SYNTAX = "The syntax of the command is incorrect."
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
        line = after_program(line)
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
    return _Interpreter(shell).run(strip_quotes(line, keep_program))


class _Interpreter:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def run(self, line: str) -> int:
        try:
            return self._sequence(self._expand(line))
        except Unsupported as error:
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
        for operator, part in split_commands(line):
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
        name, rest = first_word(text)
        if name.lower() == "if":
            return self._if(rest)
        if text.startswith("("):
            if not text.endswith(")"):
                raise Unsupported("blocks of commands")
            return self._sequence(text[1:-1])
        text, redirection, errors_too = redirections(text)
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

        name, rest = first_word(unescape(text))
        builtin = BUILTINS.get(name.lower())
        if builtin is None:  # also glued to a path: dir\, cd.., md"x"
            glued = re.match(r"([a-z]+)([\\./\"].*)", name, re.IGNORECASE)
            if glued and glued[1].lower() in BUILTINS and not name.lower().endswith(EXECUTABLES):
                builtin, rest = BUILTINS[glued[1].lower()], f"{glued[2]} {rest}"
        if builtin is not None:
            return builtin(self.shell, rest.strip())
        program = name.strip('"').replace("/", "\\").rpartition("\\")[2].lower()
        for extension in EXECUTABLES:
            program = program.removesuffix(extension)
        if program in _NOT_SIMULATED:
            raise Unsupported(program)
        if program not in PROGRAMS:
            self.shell.console.err(
                f"'{name}' is not recognized as an internal or external command,\n"
                "operable program or batch file."
            )
            return 1
        line = unescape(text)
        child = _Child(self.shell.console, line)
        return PROGRAMS[program](self.shell.context, child, split_arguments(line)[1:])

    def _if(self, text: str) -> int:
        negative = False
        word, rest = first_word(text)
        if word.lower() == "not":
            negative = True
            word, rest = first_word(rest)
        if word.lower() != "exist":
            raise Unsupported(f"if {word}")
        name, rest = first_word(rest)
        path = absolute(self.shell.context, unescape(name).strip('"'))
        found = self._exists(path)
        body, otherwise = branches(rest.strip())
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
