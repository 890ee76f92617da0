# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong with a certificate, as a sentence and a remedy.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

_UNTRUSTED = (
    "the controller trusts no authority that has issued the server's certificate",
    "Give the authority's certificate in ansible_exchange_ca_cert (PEM).",
)
_WRONG_NAME = (
    "the server's certificate is for other names than {host}",
    "Connect by the name that is in the server's certificate (ansible_host), or give its web site one"
    " for its FQDN.",
)
# By the code of OpenSSL's verification (x509_vfy.h, X509_V_ERR_*).
_SENTENCES: dict[int, tuple[str, str]] = {
    9: (
        "the server's certificate is not valid yet",
        "Compare the clocks of the server and the controller.",
    ),
    10: (
        "the server's certificate has expired",
        "Renew it on the server, and compare the clocks of the server and the controller.",
    ),
    18: (
        "the server's certificate is self-signed, and not one that the controller trusts",
        "Give the server a certificate of your own authority, or give this very certificate in"
        " ansible_exchange_ca_cert (PEM) after you have compared its thumbprint on the server.",
    ),
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}
# By the reason of a handshake that fails before any certificate is looked at.
_REASONS: dict[str, tuple[str, str]] = {
    "WRONG_VERSION_NUMBER": (
        "what answers there speaks no TLS",
        "Check ansible_exchange_{channel}scheme and ansible_exchange_{channel}port.",
    ),
    "CERTIFICATE_REQUIRED": (
        "the server asks for a client's certificate",
        "Give ansible_exchange_client_cert and ansible_exchange_client_key.",
    ),
}


def explain(chain: Iterable[BaseException], host: str, channel: str) -> tuple[str, str]:
    """(what is wrong, remedy) of a TLS connection that failed.

    chain: the error and those nested in it. host: where to connect. channel: "" or "winrm_".
    """
    found = None
    last = ""
    for error in chain:
        last = " ".join(str(error).split())[:500] or last
        found = (
            found
            or _SENTENCES.get(getattr(error, "verify_code", None) or 0)
            or _REASONS.get(str(getattr(error, "reason", "")))
        )
        if found is None and type(error).__name__ == "CertificateError":
            found = _WRONG_NAME
    why, remedy = found or (
        f"the TLS connection failed: {last.rstrip('.')}",
        "Check the server's certificate, and ansible_exchange_ca_cert.",
    )
    return why.format(host=host), remedy.format(channel=channel)


def check_files(options: ConnectionOptions, auth: str) -> None:
    """Raise InputError for a file of certificates or keys that can't be read, and for a key that is
    encrypted: OpenSSL would ask for its password, and nobody is there to answer."""
    names = ["ca_cert"] if options.validate_certs else []
    if auth == "certificate":
        names += ["client_cert", "client_key"]
    for name in names:
        path = getattr(options, name)
        if path and not os.access(path, os.R_OK):
            raise InputError(
                f"ansible_exchange_{name}: {path} is missing, or can't be read.",
                object=f"ansible_exchange_{name}",
                remedy="Name a file that the user who runs Ansible can read on this machine.",
            )
    if auth == "certificate" and _is_encrypted(options.client_key or ""):
        raise InputError(
            f"ansible_exchange_client_key: {options.client_key} is encrypted with a password.",
            object="ansible_exchange_client_key",
            remedy="Give a key without a password, in a file that only your account may read.",
        )


def _is_encrypted(path: str) -> bool:
    with open(path, encoding="ascii", errors="replace") as file:
        return "ENCRYPTED" in file.read(1 << 16)  # of both kinds of PEM, in the first lines
