# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Names of Kerberos principals, and the errors of MIT Kerberos as a sentence and a remedy.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

# The codes of the library (krb5.h, KRB5KDC_ERR_* and KRB5_*), as signed 32 bit numbers.
_BASE = -1765328384

_KINIT = "Get a ticket for the account that runs Ansible (kinit), or give ansible_user and ansible_password."
_ETC = "Check the realm in /etc/krb5.conf (or the file that KRB5_CONFIG names) of the controller"

_SENTENCES: dict[int, tuple[str, str]] = {
    6: (
        "the domain has no such user",
        "Write ansible_user as name@REALM, with the domain's DNS name in capital letters.",
    ),
    7: (
        "the domain has no service principal for this name",
        "Connect by the server's FQDN (ansible_host), or name the one in its service principal HTTP/<fqdn> with"
        " ansible_exchange_kerberos_hostname; setspn -L <server> lists them.",
    ),
    18: (
        "the account is disabled, locked, or its password has expired",
        "Enable or unlock it, or set its password.",
    ),
    23: ("the password has expired", "Set a new password for the account."),
    24: ("the password is wrong", "Check ansible_password."),
    31: ("the password is wrong", "Check ansible_password."),
    32: ("the ticket has expired", f"{_KINIT} With a password or a keytab it is renewed by itself."),
    37: (
        "the clocks of the controller and the domain differ by more than the domain allows (5 minutes)",
        "Set the controller's clock by the domain's time source.",
    ),
    41: ("the message was modified, or the keys differ", "Check the server's service principal: setspn -X."),
    156: ("no domain controller of the realm answers", f"{_ETC}, its DNS, and port 88."),
    195: ("there is no ticket", _KINIT),
    181: ("the keytab has no key of the account", "Check KRB5_CLIENT_KTNAME: klist -k lists what it holds."),
    220: ("the domain controller could not be found", f"{_ETC}, and its DNS."),
    154: ("the realm's domain controllers could not be found", f"{_ETC}, and its DNS."),
}  # fmt: skip
# GSS_S_CONTEXT_EXPIRED and GSS_S_CREDENTIALS_EXPIRED (gssapi.h)
_EXPIRED = (12 << 16, 11 << 16)
_NO_CREDENTIALS = (141, 189, 195)  # cache not found, no cache, no principal in any cache


def principal(user: str | None) -> str | None:
    """The principal for a user's name: DOMAIN\\name becomes name@DOMAIN if DOMAIN is a DNS name, or a name
    of the default realm, since the NetBIOS name of a domain is no realm."""
    if not user or "\\" not in user:
        return user
    domain, _backslash, name = user.partition("\\")
    return f"{name}@{domain.upper()}" if "." in domain else name


def explain(error: BaseException) -> tuple[str, str] | None:
    """(what is wrong, remedy) of an error by the Kerberos library, or None if it is unknown."""
    code = _code(error)
    if code in _NO_CREDENTIALS:
        return _SENTENCES[195]
    if code not in _SENTENCES and any(has_expired(cause) for cause in _causes(error)):
        return _SENTENCES[32]
    return _SENTENCES.get(code)


def has_expired(error: BaseException) -> bool:
    """Whether the security context of a connection ended together with its ticket."""
    return getattr(error, "maj_code", None) in _EXPIRED


def _code(error: BaseException) -> int:
    """The library's code relative to its base; -1 without one."""
    for cause in _causes(error):
        found = getattr(cause, "err_code", None) or getattr(cause, "min_code", None)
        if isinstance(found, int) and found:
            signed = found - 2**32 if found >= 2**31 else found
            return signed - _BASE
    return -1


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """The error, and those that it came from."""
    seen: BaseException | None = error
    for _depth in range(5):
        if seen is None:
            return
        yield seen
        seen = t.cast("BaseException | None", getattr(seen, "base_error", None) or seen.__cause__)
