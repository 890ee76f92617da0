# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PSRP messages in fragments, and the session key that protects SecureStrings ([MS-PSRP] 2.2.1, 2.2.4)."""

from __future__ import annotations

import base64
import os
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class MessageType(IntEnum):
    """The messages this server reads or writes."""

    SESSION_CAPABILITY = 0x00010002
    INIT_RUNSPACEPOOL = 0x00010004
    PUBLIC_KEY = 0x00010005
    ENCRYPTED_SESSION_KEY = 0x00010006
    PUBLIC_KEY_REQUEST = 0x00010007
    SET_MAX_RUNSPACES = 0x00021002
    SET_MIN_RUNSPACES = 0x00021003
    RUNSPACE_AVAILABILITY = 0x00021004
    RUNSPACEPOOL_STATE = 0x00021005
    CREATE_PIPELINE = 0x00021006
    GET_AVAILABLE_RUNSPACES = 0x00021007
    APPLICATION_PRIVATE_DATA = 0x00021009
    RESET_RUNSPACE_STATE = 0x0002100C
    PIPELINE_INPUT = 0x00041002
    END_OF_PIPELINE_INPUT = 0x00041003
    PIPELINE_OUTPUT = 0x00041004
    ERROR_RECORD = 0x00041005
    PIPELINE_STATE = 0x00041006
    DEBUG_RECORD = 0x00041007
    VERBOSE_RECORD = 0x00041008
    WARNING_RECORD = 0x00041009
    PROGRESS_RECORD = 0x00041010
    INFORMATION_RECORD = 0x00041011
    PIPELINE_HOST_CALL = 0x00041100
    PIPELINE_HOST_RESPONSE = 0x00041101


NO_PIPELINE = bytes(16)
_TO_CLIENT = 1
_MESSAGE = struct.Struct("<II")
_MESSAGE_HEADER = 40
_FRAGMENT = struct.Struct(">QQBI")
_START, _END = 1, 2
_FRAGMENT_SIZE = 32768
_MAX_MESSAGE = 64 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class FragmentError(ValueError):
    """The bytes aren't a sequence of PSRP fragments."""


@dataclass(slots=True)
class Message:
    """One message; data: its CLIXML. kind may be a number that MessageType doesn't know."""

    kind: int
    pool_id: uuid.UUID
    pipeline_id: uuid.UUID | None
    data: bytes


class Assembler:
    """Fragments to messages."""

    def __init__(self) -> None:
        self._parts: dict[int, list[bytes]] = {}

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that these fragments complete. Raises FragmentError."""
        at = 0
        while at < len(data):
            if len(data) - at < _FRAGMENT.size:
                raise FragmentError("truncated fragment header")
            object_id, number, flags, size = _FRAGMENT.unpack_from(data, at)
            at += _FRAGMENT.size
            if len(data) - at < size:
                raise FragmentError("truncated fragment")
            parts = self._parts.setdefault(object_id, [])
            if number != len(parts) or bool(flags & _START) != (number == 0):
                raise FragmentError(f"fragment {number} of object {object_id} is out of order")
            parts.append(data[at : at + size])
            at += size
            if flags & _END:
                del self._parts[object_id]
                yield _message(b"".join(parts))
            elif sum(map(len, parts)) > _MAX_MESSAGE:
                raise FragmentError("the message is too large")


def _message(raw: bytes) -> Message:
    if len(raw) < _MESSAGE_HEADER:
        raise FragmentError("truncated message")
    _destination, kind = _MESSAGE.unpack_from(raw)
    pipeline = raw[24:40]
    return Message(
        kind,
        uuid.UUID(bytes_le=raw[8:24]),
        None if pipeline == NO_PIPELINE else uuid.UUID(bytes_le=pipeline),
        raw[_MESSAGE_HEADER:].removeprefix(_BOM),
    )


class Fragmenter:
    """Messages to fragments. Not thread-safe: object ids must reach the client in order."""

    def __init__(self) -> None:
        self.pool_id = NO_PIPELINE
        self._object_id = 0

    def fragments(self, kind: int, data: bytes, pipeline: bytes = NO_PIPELINE) -> list[bytes]:
        """The fragments of one message; pipeline: its id as little-endian bytes."""
        raw = _MESSAGE.pack(_TO_CLIENT, kind) + self.pool_id + pipeline + _BOM + data
        self._object_id += 1
        room = _FRAGMENT_SIZE - _FRAGMENT.size
        pieces = [raw[at : at + room] for at in range(0, len(raw), room)]
        last = len(pieces) - 1
        return [
            _FRAGMENT.pack(
                self._object_id,
                number,
                (_START if number == 0 else 0) | (_END if number == last else 0),
                len(piece),
            )
            + piece
            for number, piece in enumerate(pieces)
        ]


class SessionKey:
    """The AES key of one runspace pool."""

    _BLOB_HEADER = bytes.fromhex(
        "010200001066000000a40000"
    )  # SIMPLEBLOB, AES-256, RSA key exchange

    def __init__(self) -> None:
        self._key = os.urandom(32)

    def sealed_for(self, public_key: str) -> str:
        """The key, encrypted for the client's public key; both are base64 of CryptoAPI blobs."""
        blob = base64.b64decode(public_key)
        bits, exponent = struct.unpack_from("<II", blob, 12)
        modulus = int.from_bytes(blob[20 : 20 + bits // 8], "little")
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        sealed = public.encrypt(self._key, padding.PKCS1v15())
        return base64.b64encode(self._BLOB_HEADER + sealed[::-1]).decode()

    def decrypt(self, text: str) -> str:
        """The text of a SecureString. Raises ValueError."""
        cipher: Cipher[Any] = Cipher(algorithms.AES(self._key), modes.CBC(bytes(16)))
        decryptor = cipher.decryptor()
        padded = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
        unpadder = block_padding.PKCS7(128).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode("utf-16-le")
