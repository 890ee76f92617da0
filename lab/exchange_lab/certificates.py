# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own certificate authority."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = timedelta(days=1)
_LIFE = timedelta(days=30)


def issue(folder: Path, organisation: str, hosts: list[str]) -> tuple[Path, dict[str, Path]]:
    """Make a CA and one certificate per host (also valid for 127.0.0.1 and localhost).

    Returns the CA's certificate and, per host, a PEM file with certificate and key. Real time, not the lab's.
    """
    authority = Authority(folder, organisation)
    return authority.file, {host: authority.certify(host) for host in hosts}


class Authority:
    """A certificate authority. file: its own certificate, PEM; all files go into `folder`."""

    def __init__(self, folder: Path, organisation: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.file = folder, folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} lab authority")]
        )
        own = (
            _builder(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                    key_encipherment=False, data_encipherment=False, key_agreement=False,
                    encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        self.file.write_bytes(own.public_bytes(Encoding.PEM))

    def certify(
        self,
        host: str,
        *,
        local: bool = True,
        ended: timedelta = -_LIFE,
        self_signed: bool = False,
    ) -> Path:
        """Issue a certificate; returns a PEM file with it and its key.

        local: also valid for 127.0.0.1 and localhost. ended: how long ago its life ended.
        self_signed: by nobody else, as the one that Exchange setup makes.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        issuer, signer = (subject, key) if self_signed else (self._name, self._key)
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if local:
            names.append(x509.DNSName("localhost"))
            names.append(x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")))
        certificate = (
            _builder(subject, issuer, key.public_key(), ended)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )
        file = self._folder / f"{host}.pem"
        file.touch(mode=0o600)
        file.write_bytes(
            certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return file


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    ended: timedelta = -_LIFE,
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - max(ended, timedelta()) - _DAY)
        .not_valid_after(now - ended)
    )
