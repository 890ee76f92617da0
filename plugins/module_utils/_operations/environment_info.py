# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""environment_info: facts of this Exchange that no documentation confirms, as far as reading can tell.

Each fact has the number of the page docs/unconfirmed.md. PRIVATE to the collection: it can change
at any time.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    access,
    databases,
    endpoint,
    rights,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, versions

ARGUMENT_SPEC: dict[str, t.Any] = {}

_OPTIONAL = ("Priority", "LargeItemLimit", "CompletedRequestAgeLimit", "SkipMerging")
_SESSIONS = 4  # what a recovery uses at a time, and one to look on
_STATUS = ("Mounted", "MountedOnServer", "DatabaseSize", "LastFullBackup", "CurrentSchemaVersion")


@dataclass(frozen=True)
class Fact:
    """One finding. number: of docs/unconfirmed.md. scope: "organisation" or "server". means: for the
    recovery. remedy: only of a problem."""

    number: str
    scope: str
    question: str
    answer: str
    means: str
    problem: bool = False
    remedy: str | None = None


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """Everything that can be found out from this server; changes nothing.

    A question that can't be asked here becomes a fact that says so; only a lost connection raises.
    """
    found = databases.everywhere(context)
    here = databases.on_server(context, context.server.partition(".")[0], status=True)
    probes: tuple[t.Callable[[], Iterator[Fact]], ...] = (
        lambda: _versions(context),
        lambda: _granted(context),
        lambda: _sessions(context),
        lambda: _endpoint(context, found),
        lambda: _status_properties(context, found),
        lambda: _requests(context, found),
        lambda: _databases(context, here),
        lambda: _eseutil(context, here),
    )
    facts = [fact for probe in probes for fact in _safely(probe)]
    return {
        "changed": False,
        "facts": [asdict(fact) for fact in facts],
        "problems": [f"{f.question}: {f.answer}. {f.remedy}" for f in facts if f.problem],
    }


def _safely(probe: t.Callable[[], Iterator[Fact]]) -> Iterator[Fact]:
    try:
        yield from probe()
    except ExchangeError as error:
        if getattr(error, "unreachable", False):
            raise
        yield Fact(
            "-", "server", "A question that could not be asked", error.message,
            "it stays unknown; a recovery may meet the same error",
            True, error.remedy or "Ask the administrator of the organisation.",
        )  # fmt: skip


def _versions(context: OperationContext) -> Iterator[Fact]:
    """Which Exchange this is (16)."""
    known = {}
    for server in servers.all_mailbox_servers(context):
        known[server.name] = f"{_version(server.version)} {server.edition}"
    same = len(set(known.values())) == 1
    yield Fact(
        "16a", "organisation", "Which version has each Mailbox server, by remote PowerShell?",
        ", ".join(f"{name}: {text}" for name, text in known.items()),
        "remote PowerShell answers, as the collection needs it"
        + ("" if same else "; a database's files fit on servers of the same version only"),
        False,
    )  # fmt: skip


def _version(text: str) -> str:
    try:
        version = versions.ServerVersion.parse(text)
    except ValueError:
        return f"unknown product {text}"
    return f"{version.product or 'unknown product'} {version}"


def _sessions(context: OperationContext) -> Iterator[Fact]:
    """How many sessions there may be (6c)."""
    account = context.transport.run("whoami", []).stdout.strip()
    limit = access.shell_limit(context, account) if "\\" in account else None
    few = limit is not None and limit.isdecimal() and int(limit) < _SESSIONS
    yield Fact(
        "6c", "organisation", "How many sessions may the account hold?",
        (limit or "unknown") + "; after how much idle time they are closed can't be read",
        "a session that was closed is opened again by itself"
        + ("; a recovery may wait for others to end" if few else ""),
        few,
        "Give the account a throttling policy of its own with a higher PowerShellMaxConcurrency."
        if few
        else None,
    )  # fmt: skip


def _granted(context: OperationContext) -> Iterator[Fact]:
    """What the account may do (6b, 7, 8.2, 16c)."""
    granted = endpoint.granted(context, [right.cmdlet for right in rights.RIGHTS])
    if granted is None:
        yield Fact(
            "6b", "organisation", "Does Get-Command say what the account may do?", "it does not",
            "missing roles show only when a command is refused, which stops the run",
            True, "Compare the account's roles with the documentation's permission table.",
        )  # fmt: skip
        return
    yield Fact(
        "6b", "organisation", "Does Get-Command say what the account may do?", "yes",
        "the preflight names missing roles before anything changes",
    )  # fmt: skip
    known = {name.lower(): parameters for name, parameters in granted.items()}
    missing = [lack for lack in rights.missing(granted) if lack.right.essential]
    remedy = rights.remedy([lack.right.cmdlet for lack in missing])
    yield Fact(
        "16c", "organisation", "Which cmdlets and parameters are missing that a recovery needs?",
        ", ".join(lack.text for lack in missing) or "none",
        "a recovery stops where it needs them" if missing else "the roles are enough",
        bool(missing), remedy if missing else None,
    )  # fmt: skip
    rehoming = known.get("set-mailbox")
    if rehoming is not None:
        yield Fact(
            "7", "organisation", "Do the account's roles grant Set-Mailbox -Database?",
            "yes" if "database" in rehoming else "no",
            "users can be pointed at a dial tone database"
            if "database" in rehoming
            else "users can't be rehomed; only dialtone_method=in_place works without it",
            "database" not in rehoming, None if "database" in rehoming else rights.remedy(["Set-Mailbox"]),
        )  # fmt: skip
    request = known.get("new-mailboxrestorerequest")
    if request is not None:
        there = [name for name in _OPTIONAL if name.lower() in request]
        yield Fact(
            "8.2", "organisation", "Which optional parameters has New-MailboxRestoreRequest?",
            ", ".join(there) or "none",
            "those that don't bind together are left out by themselves",
        )  # fmt: skip


def _endpoint(context: OperationContext, found: list[Database]) -> Iterator[Fact]:
    """What a pipeline may hold (5, 6)."""
    taken = {
        parameter: endpoint.accepts(context, parameter, value)
        for parameter, value in (("ErrorAction", "SilentlyContinue"), ("WarningAction", "Continue"))
    }
    words = {True: "accepted", False: "refused", None: "unknown"}
    yield Fact(
        "6a", "organisation", "Does the endpoint accept common parameters?",
        ", ".join(f"{name} {words[answer]}" for name, answer in taken.items()),
        "nothing: the collection sends none",
    )  # fmt: skip
    yield Fact(
        "6b", "organisation", "Does the endpoint offer Measure-Object?",
        "yes" if endpoint.offers(context, "Measure-Object") else "no",
        "nothing: the collection needs Select-Object only",
    )  # fmt: skip
    if found:
        yield Fact(
            "5", "organisation", "Do two Exchange cmdlets work as one pipeline?",
            "yes" if endpoint.pipes(context, found[0].guid) else "no",
            "nothing: the collection sends one Exchange cmdlet at a time",
        )  # fmt: skip


def _status_properties(context: OperationContext, found: list[Database]) -> Iterator[Fact]:
    """What Get-MailboxDatabase says without Status (8a)."""
    if not found:
        return
    row = {k.lower(): v for k, v in endpoint.whole_database(context, found[0].guid).items()}
    missing = [name for name in _STATUS if name.lower() not in row]
    filled = [name for name in _STATUS if row.get(name.lower()) is not None]
    yield Fact(
        "8a", "organisation", "Without -Status, what are the status properties of a database?",
        (f"set: {', '.join(filled)}" if filled else "")
        or (f"missing: {', '.join(missing)}" if missing else "null"),
        "nothing: the collection reads them with -Status only, and takes null for unknown",
    )  # fmt: skip


def _requests(context: OperationContext, found: list[Database]) -> Iterator[Fact]:
    """What restore requests that happen to exist tell (9)."""
    requests = endpoint.restore_requests(context)
    if not requests:
        yield Fact(
            "9c", "organisation", "How does this build spell a restore request's properties?",
            "unknown: " + ("none exists" if requests is not None else "they can't be read"),
            "nothing: the collection takes all known spellings; to see it, run this again after a merge",
        )  # fmt: skip
        return
    recovery = {database.name.lower() for database in found if database.recovery}
    requests.sort(key=lambda row: str(row.get("SourceDatabase")).lower() not in recovery)
    statuses = sorted({str(row.get("Status")) for row in requests})
    yield Fact(
        "9c", "organisation", "Which states do the restore requests have that exist?",
        ", ".join(statuses), "nothing: singular and plural of CompletedWithWarning are taken",
    )  # fmt: skip
    row = endpoint.whole_statistics(context, str(requests[0]["Identity"])) or {}
    stamp = next((name for name in row if name.lower() == "queuedtimestamp"), "unknown")
    yield Fact(
        "9d", "organisation", "How are a request's time stamps spelled?", stamp,
        "nothing: the collection reads names without regard to case",
    )  # fmt: skip
    of_recovery = str(requests[0].get("SourceDatabase")).lower() in recovery
    yield Fact(
        "9b", "organisation", "Which restore flags has a request from a recovery database?",
        str(row.get("MailboxRestoreFlags")) if of_recovery else "unknown: there is none",
        "nothing: the collection does not look at them",
    )  # fmt: skip


def _databases(context: OperationContext, here: list[Database]) -> Iterator[Fact]:
    """Room for databases, and what mounted ones tell (3a, 8b, 18b)."""
    server = servers.get(context, context.server)
    normal = [d for d in here if not d.recovery]
    recovery = [d for d in here if d.recovery]
    free = server.database_limit - len(normal)
    strict = free - len(recovery)
    yield Fact(
        "18b", "server", "How many databases can be added, whether recovery databases count or not?",
        f"{free} of {server.database_limit} ({server.edition})"
        + (f", {strict} if the {len(recovery)} recovery databases count" if recovery else ""),
        "a recovery beside the failed database needs one, and two if recovery databases count",
        strict < 2,
        "Use dialtone_method=in_place, or remove a database that nothing needs." if strict < 2 else None,
    )  # fmt: skip
    mounted = [d.name for d in recovery if d.mounted]
    yield Fact(
        "2a", "server", "Is a recovery database mounted?", ", ".join(mounted) or "none",
        "a server mounts one at a time; a recovery waits for its turn"
        if mounted
        else "the one place for a recovery database is free",
        bool(mounted),
        f"Dismount {mounted[0]} when it isn't needed any more: Dismount-Database {mounted[0]}."
        if mounted
        else None,
    )  # fmt: skip
    flagged = [d.name for d in normal if d.allow_file_restore and d.mounted]
    yield Fact(
        "3a", "server", "Is AllowFileRestore still set on databases that are mounted?",
        ", ".join(flagged) or "on none",
        "it does not reset by itself, or was set since; the collection sets it before each mount that needs it"
        if flagged
        else "nothing: the collection sets it before each mount that needs it",
    )  # fmt: skip
    unknown = [d.name for d in normal if not d.mounted]
    yield Fact(
        "8b", "server", "Which databases are not mounted, or don't tell?",
        ", ".join(f"{d.name}: {'null' if d.mounted is None else 'false'}" for d in normal if not d.mounted)
        or "none",
        "null is taken for unknown, never for false" if unknown else "every database answers",
    )  # fmt: skip


def _eseutil(context: OperationContext, here: list[Database]) -> Iterator[Fact]:
    """Where eseutil is, and what it prints (5.7, 14)."""
    path = here[0].edb_path if here else "C:\\no-such.edb"
    program, output = eseutil.probe(context, path)
    by_name = names.same_name(program, eseutil.PROGRAM)
    yield Fact(
        "5.7", "server", "Does a WinRS shell find eseutil?",
        "yes, by its name" if by_name else f"by its whole path only: {program}",
        "nothing: the collection finds it either way",
    )  # fmt: skip
    version = re.search(r"^Version (.+?)\s*$", output, re.MULTILINE)
    yield Fact(
        "14b", "server", "How does eseutil print its version?",
        version[0].strip() if version else "not at all",
        "nothing: the collection does not read it",
    )  # fmt: skip
    closed = next((d for d in here if d.mounted is False), None)
    if closed is None:
        answer, problem = "unknown: every database is mounted, and its header in use", False
    else:
        answer, problem = _header(context, closed.edb_path)
    yield Fact(
        "14a", "server", "Does eseutil print the fields of a header that a recovery needs?", answer,
        "the state, the signature and the required logs are read from it",
        problem,
        "Send the output of eseutil /mh to the developers of the collection." if problem else None,
    )  # fmt: skip


def _header(context: OperationContext, path: str) -> tuple[str, bool]:
    try:
        header = eseutil.header(context, path)
    except ProgramError as error:
        unreadable = error.exit_code == 0  # it printed something that is no header to us
        return (error.message if unreadable else f"unknown: {error.message}"), unreadable
    if header.signature is None or header.log_signature is None:
        return f"state {header.state}, but no signature", True
    return f"yes, of {path}: {header.state}", False
