# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What beats a dial tone recovery: a copy that can be activated, a file that only needs its logs.

These stop a recovery because it isn't needed, not because it can't work, so they can be overridden;
as can the advice against a repaired file.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.copies import (
    DatabaseCopy,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    STOP,
    WARN,
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import minutes

# Logs a copy may lack and still be mounted, by the value of MountDialOverride (exchange.md 9).
_MOUNT_DIAL: t.Final = ((0, ""), (6, "GoodAvailability"), (12, "BestAvailability"))
_ANY_LOSS: t.Final = "BestEffort"
_SLOWEST_REPLAY = 2.0  # logs per second that Microsoft demands of a server (exchange.md 9)


def copies(facts: Facts) -> Check:
    """A healthy copy beats every dial tone: minutes, and little or nothing lost (exchange.md 9)."""
    need = "no healthy copy of the database"
    healthy = [copy for copy in facts.copies if copy.healthy]
    if healthy:
        best = min(healthy, key=_rank)
        return stop("copies", _state(best), need, _activation(facts.failed.name, best))
    coming = [copy for copy in facts.copies if copy.getting_healthy]
    if coming:
        return warn(
            "copies",
            "no healthy copy yet, but"
            f" {some(sorted(f'the one on {copy.server} is {copy.status}' for copy in coming))}",
            need,
            "That state often lasts seconds only: look again before the dial tone begins.",
        )
    return ok("copies", "no healthy copy", need)


def soft_recovery(facts: Facts) -> Check | None:
    """A file that is only dirty, with all its logs, needs minutes and no dial tone."""
    file = facts.failed_file
    need = "a database file that can't simply be mounted"
    if not facts.before("dial_tone") or facts.elsewhere:
        return None
    if file is None:
        return ok("soft_recovery", f"{facts.failed.edb_path} is gone", need)
    if file.header is None:
        return ok("soft_recovery", f"{file.path} can't be read: {file.problem}", need)
    folder = paths.folder_of(file.path)
    # When its files are preserved already, the recovery has begun, and somebody has decided.
    verdict = WARN if paths.same(file.path, facts.layout.preserved_edb) else STOP
    if file.header.is_clean:
        return Check(
            "soft_recovery",
            verdict,
            f"{file.path} is in clean shutdown and has a readable header",
            need,
            f"It may mount as it is: Mount-Database {facts.failed.name}. {_OTHERWISE}",
        )
    first, last = file.header.log_required
    last = max(last, file.header.log_committed)
    gaps = log_stream.gaps(facts.failed_logs, first, last)
    if gaps:
        lacks = log_stream.describe(gaps)
        return ok("soft_recovery", f"{file.path} is dirty and lacks logs {lacks}", need)
    prefix, logs = facts.failed.log_prefix or log_stream.DEFAULT_PREFIX, _log_folder(facts)
    return Check(
        "soft_recovery",
        verdict,
        f"{file.path} is only dirty, and all its logs are there ({first} to {last})",
        need,
        "Mounting it replays them in minutes:"
        f" Mount-Database {facts.failed.name}; or, on a copy of the files,"
        f' eseutil /r {prefix} /l "{logs}" /s "{logs}" /d "{folder}" /o. {_OTHERWISE}',
    )


_OTHERWISE = (
    "If that has failed, go on with override: [soft_recovery] (dialtone_override in the playbooks)."
)


def _rank(copy: DatabaseCopy) -> tuple[bool, bool, int, int]:
    return (
        copy.lagged,
        copy.activation_suspended,
        copy.copy_queue_length or 0,
        copy.replay_queue_length or 0,
    )


def _state(copy: DatabaseCopy) -> str:
    lagged = " and lags on purpose" if copy.lagged else ""
    behind = "an unknown number of" if copy.copy_queue_length is None else copy.copy_queue_length
    return (
        f"the copy on {copy.server} is {copy.status}{lagged}, {behind} logs behind,"
        f" {copy.replay_queue_length or 0} to replay"
    )


def _activation(database: str, copy: DatabaseCopy) -> str:
    """What to do instead, with the commands."""
    lost, replay = copy.copy_queue_length or 0, copy.replay_queue_length or 0
    parts = []
    name = f'"{database}\\{copy.server}"'
    quoted = f'"{database}"' if " " in database else database
    if copy.activation_suspended:
        parts.append(f"Its activation is suspended: first Resume-MailboxDatabaseCopy {name}.")
    dial = next((value for most, value in _MOUNT_DIAL if lost <= most), _ANY_LOSS)
    override = f" -MountDialOverride {dial}" if dial else ""
    parts.append(
        f"Activate it instead: Move-ActiveMailboxDatabase {quoted}"
        f" -ActivateOnServer {copy.server}{override}."
    )
    if lost:
        parts.append(f"That loses what is in the {lost} logs (1 MB each) it has not got.")
    if replay:
        parts.append(f"It replays {replay} logs first, up to {minutes(replay / _SLOWEST_REPLAY)}.")
    if copy.lagged:
        parts.append(
            f"Or take it as the backup: Suspend-MailboxDatabaseCopy {name}, and copy its .edb and"
            " logs without the .chk into a restore folder."
        )
    parts.append(
        "For a dial tone nevertheless give override: [copies] (dialtone_override in the playbooks),"
        f" and keep Exchange from activating it: Suspend-MailboxDatabaseCopy {name}"
        " -ActivationOnly."
    )
    return " ".join(parts)


def _log_folder(facts: Facts) -> str:
    file = facts.failed_file
    if file and paths.same(file.path, facts.layout.preserved_edb):
        return facts.layout.preserved_logs
    return facts.failed.log_folder


ALL = (copies, soft_recovery)
OVERRIDABLE: t.Final = ("copies", "repaired", "soft_recovery")
