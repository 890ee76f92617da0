# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management envelopes: requests in, answers and faults out ([MS-WSMV], DSP0226)."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from . import faults
from .faults import WsmanFault

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "pwsh": "http://schemas.microsoft.com/powershell",
}
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
COMMAND_STATE = SHELL + "CommandState/"
COMMAND_SHELL_URI = SHELL + "cmd"
POWERSHELL_URI = "http://schemas.microsoft.com/powershell/"
WMI_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"

_ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
_TAG = {prefix: f"{{{uri}}}" for prefix, uri in NAMESPACES.items()}
_DURATION = re.compile(
    r"^P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?$"
)
_DEFAULT_TIMEOUT = 60.0
_DEFAULT_ENVELOPE_SIZE = 153600


def parse_duration(text: str | None, default: float) -> float:
    """Seconds of an xs:duration; the default when it is absent or not one."""
    found = _DURATION.match(text.strip()) if text else None
    if not found:
        return default
    part = found.groupdict(default="0")
    return int(part["d"]) * 86400 + int(part["h"]) * 3600 + int(part["m"]) * 60 + float(part["s"])


@dataclass
class Request:
    """One request. operation_timeout in seconds, max_envelope_size in bytes."""

    action: str
    resource_uri: str
    message_id: str
    body: ET.Element
    operation_timeout: float = _DEFAULT_TIMEOUT
    max_envelope_size: int = _DEFAULT_ENVELOPE_SIZE
    options: dict[str, str] = field(default_factory=dict)
    selectors: dict[str, str] = field(default_factory=dict)
    to: str = ""

    @property
    def shell_id(self) -> str | None:
        """The shell it is for."""
        return self.selectors.get("ShellId")

    def find(self, path: str) -> ET.Element | None:
        """An element of the body, by a path with this module's prefixes."""
        return self.body.find(path, NAMESPACES)

    def find_all(self, path: str) -> list[ET.Element]:
        """All elements of the body on this path."""
        return self.body.findall(path, NAMESPACES)


def parse(data: bytes) -> Request:
    """Read an envelope. Raises WsmanFault."""
    try:
        root = ET.fromstring(data)
    except ET.ParseError as e:
        raise faults.bad_request(f"The SOAP XML is not well-formed: {e}") from e
    header, body = root.find("s:Header", NAMESPACES), root.find("s:Body", NAMESPACES)
    if header is None:
        raise faults.bad_request("The SOAP header is missing")
    values: dict[str, str] = {}
    named: dict[str, dict[str, str]] = {"OptionSet": {}, "SelectorSet": {}}
    for child in header:
        kind = child.tag.removeprefix(_TAG["w"])
        if kind in named:
            named[kind] = {item.get("Name", ""): item.text or "" for item in child}
        else:
            values[child.tag] = (child.text or "").strip()
    try:
        return Request(
            action=values[_TAG["a"] + "Action"],
            resource_uri=values[_TAG["w"] + "ResourceURI"],
            message_id=values[_TAG["a"] + "MessageID"],
            body=body if body is not None else ET.Element("empty"),
            operation_timeout=parse_duration(
                values.get(_TAG["w"] + "OperationTimeout"), _DEFAULT_TIMEOUT
            ),
            max_envelope_size=int(
                values.get(_TAG["w"] + "MaxEnvelopeSize") or _DEFAULT_ENVELOPE_SIZE
            ),
            options=named["OptionSet"],
            selectors=named["SelectorSet"],
            to=values.get(_TAG["a"] + "To", ""),
        )
    except (KeyError, ValueError) as e:
        raise faults.bad_request(f"A SOAP header is missing or not valid: {e}") from e


_OPEN = (
    '<s:Envelope xml:lang="en-US" '
    + " ".join(f'xmlns:{p}="{NAMESPACES[p]}"' for p in ("s", "a", "x", "n", "w", "rsp", "p"))
    + "><s:Header><a:Action>"
)


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    return (
        f"{_OPEN}{action}</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f'<p:OperationID s:mustUnderstand="false">uuid:{str(uuid.uuid4()).upper()}</p:OperationID>'
        f"<a:To>{_ANONYMOUS}</a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def response(request: Request, body: str) -> bytes:
    """The answer to a request; body: the content of s:Body with this module's prefixes."""
    return _envelope(request.action + "Response", request.message_id, body)


def fault(e: WsmanFault, relates_to: str, machine: str) -> bytes:
    """The answer that says no."""
    host = quoteattr(machine)
    message = f"<f:Message>{escape(e.message)}</f:Message>"
    if e.provider is not None:
        message = (
            f'<f:Message><f:ProviderFault provider="{e.provider}" path="%systemroot%\\system32\\WsmSvc.dll">'
            f'<f:WSManFault Code="{e.code}" Machine={host}>{message}</f:WSManFault></f:ProviderFault></f:Message>'
        )
    detail = f"<w:FaultDetail>{_FAULT_DETAIL}{e.detail}</w:FaultDetail>" if e.detail else ""
    body = (
        f"<s:Fault><s:Code><s:Value>{'s:Sender' if e.sender else 's:Receiver'}</s:Value>"
        f"<s:Subcode><s:Value>{e.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(e.reason)}</s:Text></s:Reason><s:Detail>{detail}'
        f'<f:WSManFault xmlns:f="{NAMESPACES["f"]}" Code="{e.code}" Machine={host}>{message}</f:WSManFault>'
        "</s:Detail></s:Fault>"
    )
    return _envelope(_FAULT_ACTION, relates_to, body)
