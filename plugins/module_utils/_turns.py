# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whose turn it is, among the tasks of one run that wait for the same thing.

Each waiting task has a ticket: a locked file, which the kernel unlocks however its process ends.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import typing as t


class Ticket:
    """A place in the queue for `thing`. Lower priorities come first; the name breaks a tie.

    base: folder for the files. Tasks of one run have one parent process: ansible-playbook.
    """

    def __init__(self, thing: str, priority: int, name: str, base: str | None = None) -> None:
        self._folder = base or os.path.join(tempfile.gettempdir(), f"dialtone-turns-{os.getuid()}")
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._queue = _digest(f"{os.getppid()} {thing}")
        self._file = f"{self._queue}-{max(priority, 0):06d}-{_digest(name)}"
        self._fd: int | None = None

    def __enter__(self) -> Ticket:
        path = os.path.join(self._folder, self._file)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # a task of the same name waits already: one is enough
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self

    def __exit__(self, *error: t.Any) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self._folder, self._file))
            os.close(fd)

    def is_first(self) -> bool:
        """Whether nobody who waits comes before."""
        return not any(
            name.startswith(f"{self._queue}-") and name < self._file and self._is_held(name)
            for name in os.listdir(self._folder)
        )

    def _is_held(self, name: str) -> bool:
        try:
            fd = os.open(os.path.join(self._folder, name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(fd)
        return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:12]
