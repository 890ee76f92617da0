# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The base of all modules when they run alone, without their action plugin.

In a playbook the action plugin does the work, with the run's sessions. A module that runs alone (on
a jump host, by another tool) opens its own, with the connection given in the option `exchange`.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import time
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.dialtone.exchange.plugins.module_utils._context import (
    Operation,
    OperationContext,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    AUTH,
    ConnectionOptions,
)

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
            "scheme": {"type": "str", "choices": ["http", "https"]},
            "port": {"type": "int"},
            "winrm_scheme": {"type": "str", "choices": ["http", "https"]},
            "winrm_port": {"type": "int"},
            "validate_certs": {"type": "bool"},
            "ca_cert": {"type": "path"},
            "domain_controller": {"type": "str"},
        },
    }
}


def run_module(spec: dict[str, t.Any], operation: Operation, **constraints: t.Any) -> None:
    """main() of a module. constraints: required_if and the like, as AnsibleModule takes them."""
    module = AnsibleModule({**spec, **EXCHANGE_SPEC}, supports_check_mode=True, **constraints)
    args = dict(module.params)
    exchange = args.pop("exchange", None) or {}
    if not exchange.get("host"):
        module.fail_json(
            msg="A module that runs alone, without its action plugin, needs exchange.host."
        )
    try:
        import pypsrp  # noqa: F401 - only whether it is there
    except ImportError:
        module.fail_json(msg=missing_required_lib("pypsrp"), exception=traceback.format_exc())
    try:
        transport = DirectTransport(ConnectionOptions.from_dict(exchange))
        try:
            server, controller = transport.describe()
            context = OperationContext(
                transport=transport,
                server=server,
                domain_controller=controller,
                check=module.check_mode,
                diff=module._diff,
                sleep=time.sleep,
                clock=time.monotonic,
            )
            result = operation(context, args)
        finally:
            transport.close()
    except ExchangeError as e:
        module.fail_json(**e.as_result())
    for warning in context.warnings:
        module.warn(warning)
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**{"changed": False, **result})
