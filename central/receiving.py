"""The receiver's side of sharing (docs/integration.md): ask, open, check. For integrators: to try with, and to read.

It keeps what it fetched beside its digest, so that a broken line costs one page: what is here and right is not asked for again.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from kiosk.protocol.envelope import PublishedKey, TerminalFile, publish
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.sharing import (
    EntrySheet,
    MaterialsSheet,
    NotGenuine,
    SealedSheet,
    SharedKind,
    SharedPage,
    SheetT,
    open_page,
    open_sheet,
)

TIMEOUT = 30
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


class NotReceived(Exception):
    """The centre refused, or what came is not genuine. Says which, and nothing of the content."""


@dataclass(frozen=True)
class Receiver:
    """A platform's connection to a centre."""

    url: str
    token: str = field(repr=False)
    private: X25519PrivateKey = field(repr=False)
    centre: Ed25519PublicKey

    def entry(self, case_number: str) -> EntrySheet:
        """What was entered at the terminal.

        Raises:
            NotReceived
        """
        return self._sheet(f"cases/{case_number}/entry", SharedKind.ENTRY, case_number, EntrySheet)

    def materials(self, case_number: str) -> MaterialsSheet:
        """The list of materials with the digests of their pages.

        Raises:
            NotReceived
        """
        return self._sheet(f"cases/{case_number}/materials", SharedKind.MATERIALS, case_number, MaterialsSheet)

    def page(self, case_number: str, page: SharedPage) -> bytes:
        """One page, as the signed list names it.

        Raises:
            NotReceived
        """
        sealed = self._get(f"cases/{case_number}/materials/{page.page}")
        try:
            return open_page(sealed, page, case_number, self.private)
        except NotGenuine as error:
            raise NotReceived(str(error)) from None

    def _sheet(self, path: str, kind: SharedKind, subject: str, expected: type[SheetT]) -> SheetT:
        try:
            sealed = SealedSheet.model_validate_json(self._get(path))
            return open_sheet(sealed, kind, subject, expected, self.private, self.centre)
        except (ValidationError, NotGenuine):
            raise NotReceived("the answer does not open, or this centre did not sign it") from None

    def _get(self, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = requests.get(
                f"{self.url.rstrip('/')}/api/v1/{path}", headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise NotReceived(f"the centre cannot be reached ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise NotReceived(f"HTTP {answer.status_code} {_problem(answer)}".strip())
        return answer.content


def new_key(file: Path) -> PublishedKey:
    """Make a platform's key pair: the private half goes to `file` (PKCS #8, mode 0600), the public one is returned.

    Raises:
        FileExistsError: a key is never overwritten.
        OSError
    """
    private = X25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    return publish(private.public_key())


def receiver(url: str, token: str, key: bytes, terminal: bytes) -> Receiver:
    """A receiver from what a platform keeps: its token, its private key (PEM), and the centre's terminal.json.

    Raises:
        NotReceived: a key file makes no sense.
    """
    try:
        private = serialization.load_pem_private_key(key, password=None)
        known = TerminalFile.model_validate_json(terminal)
        centre = Ed25519PublicKey.from_public_bytes(base64.b64decode(known.signing_key, validate=True))
    except ValueError:  # also ValidationError and binascii.Error
        raise NotReceived("the key file or terminal.json makes no sense") from None
    if not isinstance(private, X25519PrivateKey):
        raise NotReceived("the key file holds no X25519 key")
    return Receiver(url, token, private, centre)


def fetch(source: Receiver, case_number: str, out: Path) -> int:
    """Write a case's materials to `out`: materials.json, and each page under its material's code. How many were asked for.

    Raises:
        NotReceived, OSError
    """
    sheet = source.materials(case_number)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    (out / "materials.json").write_text(sheet.model_dump_json(indent=2), encoding="utf-8")
    asked = 0
    for name, page in _named(sheet):
        path = out / f"{name}.{_EXTENSIONS.get(page.media_type, 'bin')}"
        if page.page is None or (path.is_file() and sha256_hex(path.read_bytes()) == page.sha256):
            continue
        path.write_bytes(source.page(case_number, page))
        asked += 1
    return asked


def _named(sheet: MaterialsSheet) -> list[tuple[str, SharedPage]]:
    named = [
        (f"{material.code}-{number}", page)
        for material in sheet.materials
        for number, page in enumerate(material.pages, start=1)
    ]
    return named if sheet.signature is None else [*named, ("signature", sheet.signature)]


def _problem(answer: requests.Response) -> str:
    """The type of the problem document, without its prefix."""
    try:
        kind = answer.json().get("type", "")
    except (ValueError, AttributeError):
        return ""
    return kind.rpartition(":")[2] if isinstance(kind, str) else ""
