# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all action plugins: options in, operation, result out.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import threading
import time
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader
from ansible.utils.display import Display
from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._journal import Journal
from ansible_collections.dialtone.exchange.plugins.module_utils._module import (
    EXCHANGE_SPEC,
    Unreached,
    require_libraries,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import LiveLines
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._journaling import (
    JournalingTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_client import (
    SessionTransport,
    end_sessions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_link import (
    ProcessOptions,
    account,
    socket_folder,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._slots import Slots

_LINK = "dialtone.exchange.link"
_display = Display()


def _socket_base() -> str:
    return str(C.PERSISTENT_CONTROL_PATH_DIR)  # through `config` it comes untemplated


def _end_sessions(owner: int) -> None:
    # Workers are forked from ansible-playbook, and inherit this; only the original may act.
    if os.getpid() == owner:
        end_sessions(owner, _socket_base())


if multiprocessing.parent_process() is None:
    # In a container nothing outlives ansible-playbook: the sessions have to be closed before.
    atexit.register(_end_sessions, os.getpid())
    # Read the link's documentation once, before the workers are forked, instead of in each.
    connection_loader.get(_LINK, class_only=True)


class ExchangeAction(ActionBase):
    """Runs one operation in Ansible's worker, with the sessions of the run.

    OPERATION: the operation. ARGUMENT_SPEC: its options. CONSTRAINTS: required_if and the like,
    as validate_argument_spec() takes them. UNREACHED: makes a result of an error, for a module that
    has something to say where there is no connection.
    """

    TRANSFERS_FILES = False
    _requires_connection = False

    OPERATION: t.ClassVar[t.Callable[[OperationContext, dict[str, t.Any]], dict[str, t.Any]]]
    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {}
    CONSTRAINTS: t.ClassVar[dict[str, t.Any]] = {}
    UNREACHED: t.ClassVar[Unreached | None] = None

    def run(
        self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None
    ) -> dict[str, t.Any]:
        """What Ansible calls."""
        variables = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, variables)
        self._task.args = _plain(self._task.args)
        validation, args = self.validate_argument_spec(
            {**self.ARGUMENT_SPEC, **EXCHANGE_SPEC}, **self.CONSTRAINTS
        )
        own = args.pop("exchange", None) or {}
        if own.get("host"):
            return self._run_module(variables)
        secrets = set(getattr(validation, "_no_log_values", ()))
        connection: ConnectionOptions | None = None
        try:
            link = self._link(variables)
            options = link.options()
            connection = ConnectionOptions.from_dict(
                {
                    **link.connection_options().as_dict(),
                    **{key: value for key, value in own.items() if value is not None},
                }
            )
            if connection.password:
                secrets.add(connection.password)
            require_libraries(connection)
            with self._context(connection, options, variables) as context:
                # Not self.OPERATION, which would bind it as a method.
                result.update(type(self).OPERATION(context, args))
                for warning in context.warnings:
                    _display.warning(warning)
        except ExchangeError as e:
            unreached = type(self).UNREACHED
            found = unreached(connection, e) if unreached and connection else None
            if found is not None:
                result.update(found)
            elif isinstance(e, TransportError) and e.unreachable:
                raise AnsibleConnectionFailure(_scrub(str(e), secrets)) from e
            else:
                result.update(failed=True, **e.as_result())
        if not self._task.diff:
            result.pop("diff", None)
        result.setdefault("changed", False)
        return t.cast("dict[str, t.Any]", _scrub(result, secrets))

    # -- the module itself, on another host

    def _run_module(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Let the module work on the task's host, with a session of its own."""
        if getattr(self._connection._shell, "_IS_WINDOWS", False):
            raise AnsibleActionFail(
                "exchange.host makes the module run on the host of the task, which needs Python,"
                " but this one is reached as Windows. Add delegate_to with a Linux host, or leave"
                " exchange.host out: then the controller connects to the host of the task."
            )
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(
                module_args=_Unprinted(self._task.args),
                task_vars=variables,
                wrap_async=self._task.async_val,
            ),
        )

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        # The module's arguments hold a password: where it can be avoided they go into no file,
        # even if ANSIBLE_KEEP_REMOTE_FILES is set.
        if super()._is_pipelining_enabled(module_style, wrap_async):
            return True
        become = self._connection.become
        able = become is None or getattr(become, "pipelining", become.name != "su")
        return module_style == "new" and not wrap_async and self._connection.has_pipelining and able

    # -- inside

    def _link(self, variables: dict[str, t.Any]) -> t.Any:
        """The link plugin with its options: the one place that touches Ansible's inner parts."""
        delegate = self._task.delegate_to
        if delegate:
            # A server that is not in the inventory is found by its name. inventory_hostname stays
            # that of the task's host, in the delegate's variables, too.
            theirs = (variables.get("ansible_delegated_vars") or {}).get(delegate, variables)
            variables = {**theirs, "inventory_hostname": delegate}
        link = connection_loader.get(_LINK, self._play_context, "/dev/null")
        if link is None:
            raise AnsibleActionFail(f"The connection plugin {_LINK} is missing.")
        values = {
            name: self._templar.template(variables[name])
            for name in C.config.get_plugin_vars("connection", link._load_name)
            if name in variables
        }
        keys = {"remote_user": self._play_context.remote_user}
        link.set_options(task_keys=keys, var_options=values)
        if link.get_option("password") is None and self._play_context.password:
            link.set_option("password", self._play_context.password)
        return link

    @contextlib.contextmanager
    def _context(
        self, connection: ConnectionOptions, options: dict[str, t.Any], variables: dict[str, t.Any]
    ) -> t.Iterator[OperationContext]:
        host = str(variables.get("inventory_hostname") or connection.name)
        progress = self._live_lines(host, options["progress_interval"])
        transport = _transport(connection, options, progress, host)
        with _beating(progress):
            try:
                server, controller = transport.describe()
                outer: t.Any = transport
                warnings: list[str] = []
                if options["journal"]:
                    journal = Journal(options["journal"])
                    outer = JournalingTransport(transport, journal, host, warnings.append)
                slots = Slots(
                    socket_folder(_socket_base()), account(connection), options["max_sessions"]
                )
                keeper: dict[str, t.Any] = {}
                if isinstance(transport, SessionTransport):
                    keeper["keep_claim"] = transport.keep_claim
                yield OperationContext(
                    transport=outer,
                    server=server,
                    domain_controller=controller,
                    check=bool(self._task.check_mode),
                    diff=bool(self._task.diff),
                    progress=progress,
                    announce=progress.at_once,
                    sleep=time.sleep,
                    clock=time.monotonic,
                    connection=connection,
                    sessions_held=slots.held,
                    warnings=warnings,
                    **keeper,
                )
            finally:
                transport.close()

    def _live_lines(self, host: str, interval: int) -> LiveLines:
        quiet = bool(self._task.no_log) or interval <= 0

        def show(line: str) -> None:
            if not quiet:
                _display.display(f"  .. [{host}] {line}", color=C.COLOR_VERBOSE)

        return LiveLines(show, time.monotonic, interval=float(interval))


def _transport(
    connection: ConnectionOptions, options: dict[str, t.Any], progress: LiveLines, host: str
) -> SessionTransport | DirectTransport:
    base = _socket_base()
    if options["session_process"]:
        process = ProcessOptions(
            owner=os.getppid(),
            base=base,
            idle_timeout=options["idle_timeout"],
            max_sessions=options["max_sessions"],
        )
        return SessionTransport(
            connection, process, on_wait=progress, host=host, on_retry=progress.at_once
        )
    slots = Slots(socket_folder(base), account(connection), options["max_sessions"])
    return DirectTransport(connection, slots.take, on_wait=progress.at_once)


@contextlib.contextmanager
def _beating(progress: LiveLines) -> t.Iterator[None]:
    """Lets kept lines and heartbeats out, also while a call blocks."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(1.0):
            progress.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        progress.end()


class _Unprinted(dict[str, t.Any]):
    """Arguments that ANSIBLE_DEBUG does not print."""

    def __repr__(self) -> str:
        return "(not shown)"


def _plain(value: t.Any) -> t.Any:
    """Arguments without vault objects, which older ansible-core passes and its own argument spec
    refuses."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if type(value).__name__ == "AnsibleVaultEncryptedUnicode" else value


def _scrub(value: t.Any, secrets: set[str]) -> t.Any:
    return remove_values(value, secrets) if secrets else value
