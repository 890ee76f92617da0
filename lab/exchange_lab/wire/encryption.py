# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM message encryption: multipart bodies sealed by the connection's security context ([MS-WSMV] 2.2.9.1)."""

from __future__ import annotations

import re
import struct
from typing import Any

_BOUNDARY = b"Encrypted Boundary"
_PROTOCOL = re.compile(r'protocol="?([^";]+)"?', re.I)
_PART = re.compile(rb"--\s*" + _BOUNDARY + rb"(?:--)?\r\n")
_OCTETS = b"\tContent-Type: application/octet-stream\r\n"
_DEFAULT_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"


class EncryptionError(Exception):
    """The body can't be decrypted: wrong context, or not a sealed message."""


def is_encrypted(content_type: str) -> bool:
    """Whether a body of this Content-Type is sealed."""
    return content_type.lower().startswith(("multipart/encrypted", "multipart/x-multi-encrypted"))


def decrypt(context: Any, content_type: str, body: bytes) -> tuple[bytes, str]:
    """The plain body, and the protocol to answer in. context: a pyspnego context. Raises EncryptionError."""
    found = _PROTOCOL.search(content_type)
    parts = [part for part in _PART.split(body) if part]
    plain = b""
    try:
        for head, sealed in zip(parts[0::2], parts[1::2], strict=True):
            length = int(head.strip().rsplit(b"Length=", 1)[1])
            data = sealed.removeprefix(_OCTETS)
            (size,) = struct.unpack_from("<i", data)
            piece = context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])
            if len(piece) > length:
                raise EncryptionError(f"length {len(piece)} is more than the announced {length}")
            plain += piece
    except EncryptionError:
        raise
    except (
        Exception
    ) as e:  # whatever the security context finds wrong: pyspnego has no common base for it
        raise EncryptionError(f"{type(e).__name__}: {e}") from e
    return plain, found.group(1) if found else _DEFAULT_PROTOCOL


def encrypt(context: Any, protocol: str, body: bytes) -> tuple[str, bytes]:
    """Content-Type and sealed body."""
    header, data, padding = context.wrap_winrm(body)
    mark = b"--" + _BOUNDARY
    sealed = (
        mark
        + b"\r\n\tContent-Type: "
        + protocol.encode()
        + b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n"
        % (len(body) + padding)
        + mark
        + b"\r\n"
        + _OCTETS
        + struct.pack("<i", len(header))
        + header
        + data
        + mark
        + b"--\r\n"
    )
    return f'multipart/encrypted;protocol="{protocol}";boundary="{_BOUNDARY.decode()}"', sealed
