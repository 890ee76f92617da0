# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of certificates and keys, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._tls import check_files
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

PASSWORD = BestAvailableEncryption(b"secret")


def options(folder: Path, form: PrivateFormat, how: KeySerializationEncryption) -> ConnectionOptions:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, form, how)
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_text("a certificate")
    return ConnectionOptions(
        host="mbx1", server="mbx1", auth="certificate", scheme="https",
        client_cert=str(folder / "cert.pem"), client_key=str(folder / "key.pem"),
    )  # fmt: skip


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_with_a_password_is_refused_since_nobody_could_answer(
    tmp_path: Path, form: PrivateFormat
) -> None:
    check_files(options(tmp_path, form, NoEncryption()), "certificate")
    locked = options(tmp_path, form, PASSWORD)
    with pytest.raises(InputError, match=r"key\.pem is encrypted"):
        check_files(locked, "certificate")
    check_files(locked, "kerberos")  # which doesn't use it


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    given = options(tmp_path, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").unlink()
    with pytest.raises(InputError, match="ansible_exchange_client_key: .*is missing"):
        check_files(given, "certificate")
