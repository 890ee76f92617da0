# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The base of all modules when they run alone, without their action plugin.

In a playbook the action plugin does the work, with the run's sessions. A module that runs alone (on
a jump host, by another tool) opens its own, with the connection given in the option `exchange`.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import importlib.util
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible_collections.dialtone.exchange.plugins.module_utils._context import (
    Operation,
    OperationContext,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._journal import Journal
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import LiveLines
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._journaling import (
    JournalingTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    AUTH,
    ConnectionOptions,
)

_SCHEMES = ["http", "https"]

# The option of every module; documented in the fragment dialtone.exchange._connection.
EXCHANGE_SPEC: dict[str, t.Any] = {
    "exchange": {
        "type": "dict",
        "options": {
            "host": {"type": "str"},
            "server": {"type": "str"},
            "user": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "auth": {"type": "str", "choices": list(AUTH)},
            "scheme": {"type": "str", "choices": _SCHEMES},
            "port": {"type": "int"},
            "path": {"type": "str"},
            "validate_certs": {"type": "bool"},
            "ca_cert": {"type": "path"},
            "client_cert": {"type": "path"},
            # The name of a file.
            "client_key": {"type": "path", "no_log": False},
            "message_encryption": {"type": "str", "choices": ["auto", "always", "never"]},
            "allow_basic_over_http": {"type": "bool"},
            "kerberos_hostname": {"type": "str"},
            "winrm_scheme": {"type": "str", "choices": _SCHEMES},
            "winrm_port": {"type": "int"},
            "winrm_path": {"type": "str"},
            "winrm_auth": {"type": "str", "choices": list(AUTH)},
            "winrm_message_encryption": {"type": "str", "choices": ["auto", "always", "never"]},
            "domain_controller": {"type": "str"},
            "sessions": {"type": "int"},
            "connect_timeout": {"type": "int"},
            "read_timeout": {"type": "int"},
            "operation_timeout": {"type": "int"},
            "journal": {"type": "path"},
        },
    }
}

# What a module that runs alone takes from its environment when the task does not say it.
_FALLBACKS = {"host": "EXCHANGE_HOST", "user": "EXCHANGE_USER", "password": "EXCHANGE_PASSWORD"}


# A result made of an error, by a module that has something to say where there is no connection.
Unreached = t.Callable[[ConnectionOptions, ExchangeError], "dict[str, t.Any] | None"]


def run_module(
    spec: dict[str, t.Any],
    operation: Operation,
    unreached: Unreached | None = None,
    **constraints: t.Any,
) -> None:
    """main() of a module. constraints: required_if and the like, as AnsibleModule takes them.

    The result is that of the action plugin, and `progress`: the lines that it would have shown.
    """
    module = AnsibleModule({**spec, **_alone_spec()}, supports_check_mode=True, **constraints)
    lines: list[str] = []
    progress = LiveLines(lines.append, time.monotonic)
    try:
        result = _run(module, operation, progress, unreached)
    except ExchangeError as e:
        progress.end()
        module.fail_json(**_in_words_of_the_option(e.as_result()), progress=lines)
    progress.end()
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**{"changed": False, **result, "progress": lines})


def require_libraries(connection: ConnectionOptions) -> None:
    """Raise ExchangeError, with the interpreter in the message, when this Python lacks what the
    connection needs."""
    url = "https://pypi.org/project/pypsrp/"
    message = ""
    if importlib.util.find_spec("pypsrp") is None:
        message = missing_required_lib("pypsrp", url=url)
    elif "kerberos" in (connection.auth, connection.program_auth) and not _have_kerberos():
        reason = "for Kerberos, which ansible_exchange_auth asks for"
        message = missing_required_lib("pypsrp[kerberos]", reason=reason, url=url)
    if message:
        raise ExchangeError(message, code="MissingLibrary")


def _alone_spec() -> dict[str, t.Any]:
    options: dict[str, t.Any] = EXCHANGE_SPEC["exchange"]["options"]
    fallbacks = {
        name: {**options[name], "fallback": (env_fallback, [variable])}
        for name, variable in _FALLBACKS.items()
    }
    # apply_defaults: the environment counts also when the option is not there at all.
    exchange = {"type": "dict", "apply_defaults": True, "options": {**options, **fallbacks}}
    return {"exchange": exchange}


def _run(
    module: AnsibleModule,
    operation: Operation,
    progress: LiveLines,
    unreached: Unreached | None,
) -> dict[str, t.Any]:
    """The operation with a session of its own, which is closed whatever happens."""
    args = dict(module.params)
    exchange = args.pop("exchange")
    if not exchange["host"]:
        raise InputError(
            "A module that runs alone, without its action plugin, needs exchange.host.",
            object="exchange.host",
        )
    connection = ConnectionOptions.from_dict(exchange)
    try:
        return _connected(module, operation, progress, connection, args, exchange["journal"])
    except ExchangeError as e:
        found = unreached(connection, e) if unreached else None
        if found is None:
            raise
        return t.cast("dict[str, t.Any]", _in_words_of_the_option(found))


def _connected(
    module: AnsibleModule,
    operation: Operation,
    progress: LiveLines,
    connection: ConnectionOptions,
    args: dict[str, t.Any],
    journal: str | None,
) -> dict[str, t.Any]:
    require_libraries(connection)
    transport = DirectTransport(connection, on_wait=progress.at_once)
    try:
        server, controller = transport.describe()
        outer: t.Any = transport
        warnings: list[str] = []
        if journal:
            outer = JournalingTransport(
                transport, Journal(journal), connection.name, warnings.append
            )
        context = OperationContext(
            transport=outer,
            server=server,
            domain_controller=controller,
            check=module.check_mode,
            diff=module._diff,
            progress=progress,
            announce=progress.at_once,
            sleep=time.sleep,
            clock=time.monotonic,
            connection=connection,
            warnings=warnings,
        )
        result = operation(context, args)
    finally:
        transport.close()
    for warning in context.warnings:
        module.warn(warning)
    return result


def _in_words_of_the_option(value: t.Any) -> t.Any:
    """Messages name the inventory's variables; here the same things are called exchange.NAME."""
    if isinstance(value, dict):
        return {key: _in_words_of_the_option(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_words_of_the_option(item) for item in value]
    return value.replace("ansible_exchange_", "exchange.") if isinstance(value, str) else value


def _have_kerberos() -> bool:
    return importlib.util.find_spec("gssapi") is not None
