# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management faults: numbers and texts of wsmerror.h and [MS-WSMV], as clients know them."""

from __future__ import annotations


class WsmanFault(Exception):
    """A fault to send. code: the WSManFault number; subcode: the SOAP subcode; sender: whose fault it is.

    reason goes to the SOAP reason, message (same text when None) into the WSManFault element.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        subcode: str = "w:InternalError",
        *,
        sender: bool = False,
        detail: str | None = None,
        provider: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.code, self.reason, self.subcode, self.sender = code, reason, subcode, sender
        self.detail, self.provider, self.message = detail, provider, message or reason


_INVALID_SELECTORS = (
    "The WS-Management service cannot process the request because the request contained invalid selectors for the "
    "resource. "
)


def timed_out() -> WsmanFault:
    """Nothing to say within the client's OperationTimeout; the client asks again."""
    return WsmanFault(
        2150858793,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
        "w:TimedOut",
    )


def shell_not_found() -> WsmanFault:
    """No such shell: never opened, deleted, or closed for idleness."""
    return WsmanFault(
        2150858843,
        _INVALID_SELECTORS,
        "w:InvalidSelectors",
        sender=True,
        detail="UnexpectedSelectors",
        provider="Shell provider",
    )


def command_not_found() -> WsmanFault:
    """No such command in this shell."""
    return WsmanFault(
        2150858843,
        _INVALID_SELECTORS,
        "w:InvalidSelectors",
        sender=True,
        detail="UnexpectedSelectors",
        message="The Windows Remote Shell received a request to perform an operation on a command identifier that "
        "does not exist. Either the command has completed execution or the client specified an invalid command "
        "identifier. ",
    )


def operation_aborted() -> WsmanFault:
    """The command ended under a waiting Receive, since it or its shell was closed."""
    return WsmanFault(
        995,
        "The I/O operation has been aborted because of either a thread exit or an application request.  ",
    )


def resource_not_found(uri: str) -> WsmanFault:
    """An unknown resource URI: wrong endpoint or configuration name."""
    return WsmanFault(
        2150858811,
        f"The WS-Management service cannot process the request. The resource URI ({uri}) was not found in the "
        "WS-Management catalog. The catalog contains the metadata that describes resources, or logical endpoints.  ",
        "a:DestinationUnreachable",
        sender=True,
    )


def action_not_supported(action: str) -> WsmanFault:
    """A WS-Management action the resource doesn't have."""
    return WsmanFault(
        2150858753,
        f"The action {action} is not supported by the resource.  ",
        "a:ActionNotSupported",
        sender=True,
    )


def too_many_shells(limit: int) -> WsmanFault:
    """The quota of the PowerShell endpoint (exchange.md 7.5)."""
    return WsmanFault(
        2150859173,
        f"The WS-Management service cannot process the request. This user is allowed a maximum number of {limit} "
        "concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user.  ",
        "w:QuotaLimit",
    )


def too_many_remote_shells() -> WsmanFault:
    """The quota of command shells ([MS-WSMV] 3.1.4.5.2.1)."""
    return WsmanFault(
        2150859173,
        "The Windows Remote Shell cannot process the request. The server is already executing the maximum number of "
        "concurrent shells a user can remotely open on the same system. Retry later.  ",
        "w:QuotaLimit",
    )


def too_many_commands() -> WsmanFault:
    """MaxConcurrentCommandsPerShell: commands that were never closed count too."""
    return WsmanFault(
        2150859174,
        "The WS-Management service cannot process the request. The maximum number of concurrent commands per shell "
        "has been exceeded. Retry the request later or raise the Maximum Commands per Shell quota.  ",
        "w:QuotaLimit",
    )


def file_not_found() -> WsmanFault:
    """A bare program that doesn't exist (ERROR_FILE_NOT_FOUND as HRESULT)."""
    return WsmanFault(2147942402, "The system cannot find the file specified. ")


def access_denied() -> WsmanFault:
    """Someone else's shell, or an account without the right to use the endpoint."""
    return WsmanFault(5, "Access is denied.  ", "w:AccessDenied", sender=True)


def bad_request(text: str) -> WsmanFault:
    """The envelope can't be understood."""
    return WsmanFault(2150858817, text, "w:SchemaValidationError", sender=True)


def bad_query() -> WsmanFault:
    """WBEM_E_INVALID_QUERY through WS-Enumeration."""
    return WsmanFault(
        2150859002,
        "The WS-Management service cannot process the request because the filter is not valid.  ",
        "n:CannotProcessFilter",
        sender=True,
    )


def invalid_class(name: str) -> WsmanFault:
    """WBEM_E_INVALID_CLASS."""
    return WsmanFault(
        2150859002,
        "The WS-Management service cannot process the request. The service cannot find the resource identified by "
        f"the resource URI and selectors: WMI class {name}: Invalid class.  ",
        "a:DestinationUnreachable",
        sender=True,
    )


def invalid_enumeration() -> WsmanFault:
    """A Pull with an unknown or used-up context."""
    return WsmanFault(
        2150858829,
        "The WS-Management service cannot process the request because the enumeration context is not valid.  ",
        "n:InvalidEnumerationContext",
        sender=True,
    )


def internal_error() -> WsmanFault:
    """A defect of this server."""
    return WsmanFault(1359, "An internal error occurred.  ")
