# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The journal: one JSON line for every call that went to a server.

Evidence of what was done; nothing reads it to go on. Several processes may write to one file.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import typing as t
from datetime import datetime, timezone

_SECRET = re.compile(r"password|credential|secret|securestring", re.IGNORECASE)
_HIDDEN = "********"


class Journal:
    """Appends to a file that only its owner can read.

    path: created with mode 0600, its folder with 0700; what others may read is closed to them. now: aware UTC.
    """

    def __init__(
        self,
        path: str,
        now: t.Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self.path = os.path.abspath(os.path.expanduser(path))
        self._now = now

    def write(self, **entry: t.Any) -> None:
        """One line: time, and the keys given. Raises OSError, also when only a part of it was written."""
        line = json.dumps(
            {"time": self._now().isoformat(timespec="milliseconds"), **entry},
            ensure_ascii=False,
            default=str,
        )
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._opened() as fd:
            # One write, so that lines of several processes do not mix.
            if os.write(fd, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path)

    def check(self) -> None:
        """Raises OSError when nothing can be written now: no right, or no space."""
        with self._opened() as fd:
            disk = os.fstatvfs(fd)
            free = disk.f_bavail if os.geteuid() else disk.f_bfree
            if disk.f_blocks and not free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path)

    @contextlib.contextmanager
    def _opened(self) -> t.Iterator[int]:
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            status = os.fstat(fd)
            # No file of a device (/dev/stdout): its mode is not ours to change.
            if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                os.fchmod(fd, 0o600)
            yield fd
        finally:
            os.close(fd)


def without_secrets(parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Parameters with the values of those that hold a secret hidden."""
    return {
        name: _HIDDEN if _SECRET.search(name) and value is not None else value
        for name, value in parameters.items()
    }
