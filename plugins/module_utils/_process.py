# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What tells this run of Ansible from every other, and whether a run of this machine is gone.

A token names the machine (since its start, and the container), the process and when that began, so
that a number that was given again is not taken for the old process. PRIVATE to the collection: it
can change at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from pathlib import Path


def run_token(pid: int | None = None) -> str:
    """The token of a process; by default of this one's parent, which is ansible-playbook."""
    number = os.getppid() if pid is None else pid
    return f"{_machine()}-{number}-{_began(number) or 0}"


def is_gone(token: str) -> bool:
    """Whether it is known that the process is gone; False for one of another machine."""
    machine, _dash, rest = token.partition("-")
    number, _dash, began = rest.partition("-")
    if machine != _machine() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    # Without /proc nothing more is known. A zombie has ended; its parent has only not asked yet.
    return began != "0" and _began(int(number)) != began


def _machine() -> str:
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
        parts.append(str(os.stat("/proc/self/ns/pid").st_ino))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _began(pid: int) -> str | None:
    """When the process began, in ticks since the machine's start; None for one that has ended, or
    without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
