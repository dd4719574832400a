"""The units' seals: a certificate with its private key each, in the data folder, sealed with the centre's own key.

seals/<code of the unit>.p12    PKCS#12 without a passphrase, sealed by `central.vault`

A seal made here is self-signed and says 演示 in its certificate: for demonstrations. A real one comes from the site's
certificate authority as PKCS#12 and is imported. (National seals after GB/T 38540 with SM2 need the site's seal service.)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from central.vault import CannotUnseal, Vault

DEMONSTRATION = "演示 Demonstration"
VALID_FOR = timedelta(days=5 * 365)
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")


class SealUnusable(Exception):
    """The seal cannot be made, imported or used. The message says why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A unit's seal. `repr` shows no key."""

    unit_code: str
    subject: str
    issuer: str
    serial: str
    valid_from: datetime
    valid_until: datetime
    demonstration: bool
    p12: bytes = field(repr=False)

    def valid(self, at: datetime) -> bool:
        """Whether documents may be signed with it."""
        return self.valid_from <= at < self.valid_until


class Seals:
    """The folder of seals."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def has(self, unit_code: str) -> bool:
        """Whether the unit has one, usable or not."""
        return self._path(unit_code).exists()

    def get(self, unit_code: str) -> Certificate | None:
        """The unit's seal, if it has one.

        Raises:
            SealUnusable: damaged, or sealed under another key.
        """
        try:
            sealed = self._path(unit_code).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return _read(unit_code, self._vault.open_bytes(sealed, _where(unit_code)), None)
        except CannotUnseal:
            raise SealUnusable("the seal does not open with this centre's keys") from None

    def all(self) -> Iterator[Certificate]:
        """All seals, by unit code."""
        for path in sorted(self._folder.glob("*.p12")):
            seal = self.get(path.stem)
            if seal is not None:
                yield seal

    def create(self, unit_code: str, unit_name: str, seal_name: str, now: datetime) -> Certificate:
        """A self-signed seal for demonstrations.

        Raises:
            SealUnusable: the unit has one already; it is never overwritten by this.
        """
        if self._path(unit_code).exists():
            raise SealUnusable("this unit has a seal already")
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _fitting(unit_name)),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEMONSTRATION),
                x509.NameAttribute(NameOID.COMMON_NAME, _fitting(seal_name or unit_name)),
            ]
        )
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=True,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + VALID_FOR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return self._keep(
            unit_code, pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, NoEncryption())
        )

    def bring(self, unit_code: str, data: bytes, passphrase: str) -> Certificate:
        """Import a PKCS#12 file; it takes the place of the seal the unit had. What was signed before stays as it is.

        Raises:
            SealUnusable: no key, no certificate, or the wrong passphrase.
        """
        seal = _read(unit_code, data, passphrase.encode())
        return self._keep(unit_code, seal.p12)

    def _keep(self, unit_code: str, p12: bytes) -> Certificate:
        seal = _read(unit_code, p12, None)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(unit_code)
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._vault.seal_bytes(p12, _where(unit_code)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return seal

    def _path(self, unit_code: str) -> Path:
        if _CODE.fullmatch(unit_code) is None:
            raise SealUnusable("a unit with a seal needs a code of letters, digits, dot, hyphen and underscore")
        return self._folder / f"{unit_code}.p12"


def _where(unit_code: str) -> str:
    return f"seal|{unit_code}"


def _read(unit_code: str, data: bytes, passphrase: bytes | None) -> Certificate:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase)
    except ValueError:
        raise SealUnusable("not a PKCS#12 file, or the passphrase is wrong") from None
    if key is None or certificate is None:
        raise SealUnusable("the file lacks the private key or its certificate")
    bare = pkcs12.serialize_key_and_certificates(b"seal", key, certificate, others, NoEncryption())  # type: ignore[arg-type]
    return Certificate(
        unit_code=unit_code,
        subject=_common_name(certificate.subject),
        issuer=_common_name(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before_utc.astimezone(UTC),
        valid_until=certificate.not_valid_after_utc.astimezone(UTC),
        demonstration=any(one.value == DEMONSTRATION for one in certificate.subject),
        p12=bare,
    )


def _fitting(name: str) -> str:
    """As much of it as X.509 takes (ub-common-name: 64, counted in bytes of UTF-8 by the library)."""
    return name.encode()[:64].decode(errors="ignore")


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
