# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of PSRP messages as Windows PowerShell 5.1 writes it ([MS-PSRP] 2.2.2, 2.2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from enum import IntEnum
from typing import Any

from ..runspace.errors import Error
from ..runspace.values import EnumValue, Int64, PSObj, UInt32, Version, text_of
from .clixml_writer import dumps

_CATEGORIES = [
    "NotSpecified",
    "OpenError",
    "CloseError",
    "DeviceError",
    "DeadlockDetected",
    "InvalidArgument",
    "InvalidData",
    "InvalidOperation",
    "InvalidResult",
    "InvalidType",
    "MetadataError",
    "NotImplemented",
    "NotInstalled",
    "ObjectNotFound",
    "OperationStopped",
    "OperationTimeout",
    "SyntaxError",
    "ParserError",
    "PermissionDenied",
    "ResourceBusy",
    "ResourceExists",
    "ResourceUnavailable",
    "ReadError",
    "WriteError",
    "FromStdErr",
    "SecurityError",
    "ProtocolError",
    "ConnectionError",
    "AuthenticationError",
    "LimitsExceeded",
    "QuotaExceeded",
    "NotEnabled",
]
_MANAGEMENT = "System.Management.Automation."
_PROMPT_FOR_CHOICE = 26
_VERSIONS = ("1.0", "2.0", "3.0", "4.0", "5.0", "5.1.17763.1")


class PipelineState(IntEnum):
    """States a pipeline ends in."""

    STOPPED = 3
    COMPLETED = 4
    FAILED = 5


def _notes(**notes: Any) -> bytes:
    return dumps(PSObj((), notes=notes))


def session_capability() -> bytes:
    """SESSION_CAPABILITY."""
    return _notes(
        protocolversion=Version("2.3"),
        PSVersion=Version("2.0"),
        SerializationVersion=Version("1.1.0.1"),
    )


def application_private_data() -> bytes:
    """APPLICATION_PRIVATE_DATA: the version table."""
    dictionary = f"<T>{_MANAGEMENT}PSPrimitiveDictionary</T><T>System.Collections.Hashtable</T><T>System.Object</T>"

    def entry(key: str, value: str) -> str:
        return f'<En><S N="Key">{key}</S>{value}</En>'

    def version(key: str, text: str) -> str:
        return entry(key, f'<Version N="Value">{text}</Version>')

    compatible = "".join(f"<Version>{v}</Version>" for v in _VERSIONS)
    table = (
        version("PSVersion", "5.1.17763.1")
        + entry("PSEdition", '<S N="Value">Desktop</S>')
        + entry(
            "PSCompatibleVersions",
            '<Obj N="Value" RefId="3"><TN RefId="1"><T>System.Version[]</T><T>System.Array</T>'
            f"<T>System.Object</T></TN><LST>{compatible}</LST></Obj>",
        )
        + version("CLRVersion", "4.0.30319.42000")
        + version("BuildVersion", "10.0.17763.1")
        + version("WSManStackVersion", "3.0")
        + version("PSRemotingProtocolVersion", "2.3")
        + version("SerializationVersion", "1.1.0.1")
    )
    return (
        '<Obj RefId="0"><MS><Obj N="ApplicationPrivateData" RefId="1">'
        f'<TN RefId="0">{dictionary}</TN><DCT><En><S N="Key">PSVersionTable</S>'
        f'<Obj N="Value" RefId="2"><TNRef RefId="0"/><DCT>{table}</DCT></Obj></En></DCT></Obj></MS></Obj>'
    ).encode()


def pool_opened() -> bytes:
    """RUNSPACEPOOL_STATE: opened."""
    return _notes(RunspaceState=2)


def availability(call_id: int, value: Any) -> bytes:
    """RUNSPACE_AVAILABILITY: the answer to a runspace count."""
    return _notes(SetMinMaxRunspacesResponse=value, ci=Int64(call_id))


def encrypted_session_key(key: str) -> bytes:
    """ENCRYPTED_SESSION_KEY."""
    return _notes(EncryptedSessionKey=key)


def informational(kind: str, text: str) -> bytes:
    """A record of the warning, verbose or debug stream; kind: "Warning", "Verbose", "Debug"."""
    return dumps(
        PSObj(
            (
                f"{_MANAGEMENT}{kind}Record",
                f"{_MANAGEMENT}InformationalRecord",
                "System.Object",
            ),
            notes={
                "InformationalRecord_Message": text,
                "InformationalRecord_SerializeInvocationInfo": False,
            },
            to_string=text,
        )
    )


def information(text: str, source: str, computer: str) -> bytes:
    """INFORMATION_RECORD."""
    return dumps(
        PSObj(
            (f"{_MANAGEMENT}InformationRecord", "System.Object"),
            notes={
                "MessageData": text,
                "Source": source,
                "TimeGenerated": datetime.now(timezone.utc),
                "Tags": [],
                "User": "",
                "Computer": computer,
                "ProcessId": UInt32(0),
                "NativeThreadId": UInt32(0),
                "ManagedThreadId": UInt32(0),
                "WriteInformationStream": True,
            },
            to_string=text,
        )
    )


def progress(activity: str, status: str, percent: int, done: bool) -> bytes:
    """PROGRESS_RECORD; percent -1 when unknown."""
    return _notes(
        Activity=activity,
        ActivityId=0,
        StatusDescription=status,
        CurrentOperation=None,
        ParentActivityId=-1,
        PercentComplete=percent,
        Type=EnumValue(
            f"{_MANAGEMENT}ProgressRecordType", "Completed" if done else "Processing", int(done)
        ),
        SecondsRemaining=-1,
    )


def error(e: Error) -> bytes:
    """ERROR_RECORD."""
    return dumps(_error_record(e, to_stream=True))


def pipeline_state(state: PipelineState, e: Error | None = None) -> bytes:
    """PIPELINE_STATE, with the error that ended it."""
    notes: dict[str, Any] = {"PipelineState": int(state)}
    if e is not None:
        notes["ExceptionAsErrorRecord"] = _error_record(e, to_stream=False)
    return dumps(PSObj((), notes=notes))


def prompt_for_choice(
    call_id: int, caption: str, message: str, choices: Sequence[str], default: int
) -> bytes:
    """PIPELINE_HOST_CALL of PSHostUserInterface.PromptForChoice."""
    described = [PSObj((), notes={"label": choice, "helpMessage": ""}) for choice in choices]
    return _notes(
        ci=Int64(call_id),
        mi=EnumValue(
            f"{_MANAGEMENT}Remoting.RemoteHostMethodId", "PromptForChoice", _PROMPT_FOR_CHOICE
        ),
        mp=[caption, message, described, default],
    )


def _error_record(e: Error, to_stream: bool) -> PSObj:
    target_name, target_type = e.target_name, e.target_type
    if e.target is not None and not target_name:
        target_name, target_type = text_of(e.target), target_type or "String"
    exception = PSObj(
        (e.exception, *e.bases),
        {
            "Message": e.message,
            "Data": {},
            "InnerException": None,
            "TargetSite": None,
            "StackTrace": None,
            "HelpLink": None,
            "Source": None,
            "HResult": -2146233087,
        },
        to_string=f"{e.exception}: {e.message}",
    )
    notes: dict[str, Any] = {"writeErrorStream": True} if to_stream else {}
    notes |= {
        "Exception": exception,
        "TargetObject": e.target,
        "FullyQualifiedErrorId": e.error_id,
        "InvocationInfo": None,
        "ErrorCategory_Category": _CATEGORIES.index(e.category),
        "ErrorCategory_Activity": e.activity,
        "ErrorCategory_Reason": e.short_exception,
        "ErrorCategory_TargetName": target_name,
        "ErrorCategory_TargetType": target_type,
        "ErrorCategory_Message": _category_text(e, target_name, target_type),
        "SerializeExtendedInfo": False,
        "PSMessageDetails": None,
    }
    return PSObj((f"{_MANAGEMENT}ErrorRecord", "System.Object"), notes=notes, to_string=e.message)


def _category_text(e: Error, target_name: str, target_type: str) -> str:
    name = target_name if len(target_name) <= 40 else f"{target_name[:15]}...{target_name[-15:]}"
    return f"{e.category}: ({name}:{target_type}) [{e.activity}], {e.short_exception}"
