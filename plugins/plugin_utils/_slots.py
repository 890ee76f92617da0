# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many sessions one account holds, counted over all runs on this controller.

A user may hold 18 shells (exchange.md 7.5); beyond, every open fails. Each session takes a slot: a
locked file, which the kernel unlocks however its process ends. PRIVATE to the collection.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time

# A wish that has not been renewed for so many seconds is that of a process that is gone.
_WISH = 5.0


class Slot:
    """One place; release() gives it back."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def release(self) -> None:
        """Give the place back. Harmless when called twice."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


class Slots:
    """At most `count` places for `account`, all processes of this user together.

    base: a folder that only this user can write to.
    """

    def __init__(self, base: str, account: str, count: int) -> None:
        digest = hashlib.sha256(account.lower().encode()).hexdigest()[:12]
        self._folder = os.path.join(base, f"dialtone-slots-{digest}")
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._count = count
        self._wish = os.path.join(self._folder, f"wish-{os.getpid()}")

    def take(self) -> Slot | None:
        """A place, or None when all are taken; then the others learn that somebody waits."""
        for number in range(self._count):
            path = os.path.join(self._folder, f"slot-{number:02d}")
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                continue
            with contextlib.suppress(OSError):
                os.unlink(self._wish)
            return Slot(fd)
        os.close(os.open(self._wish, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.utime(self._wish)
        return None

    def held(self) -> int:
        """How many places are taken now, by whichever run of this user."""
        taken = 0
        for number in range(self._count):
            path = os.path.join(self._folder, f"slot-{number:02d}")
            with contextlib.suppress(FileNotFoundError):
                fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    taken += 1
                finally:
                    os.close(fd)
        return taken

    def wanted(self) -> bool:
        """Whether another process waits for a place."""
        now = time.time()
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                if not entry.name.startswith("wish-") or entry.path == self._wish:
                    continue
                with contextlib.suppress(OSError):
                    if now - entry.stat().st_mtime < _WISH:
                        return True
        return False
