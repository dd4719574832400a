"""Our double of a province's platform or a sector's system: it has a key, asks over the wire, opens and checks what it gets."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from central import platforms
from central.casework.who import SYSTEM
from central.sharing import authorisations
from central.sharing.authorisations import Letter, SharingRight
from central.store.models import Platform
from kiosk.protocol.envelope import publish
from kiosk.protocol.sharing import SealedSheet, SharedKind, Sheet, open_sheet
from tests.central.rig import RunningCentre

AUTHORITY = "平罗县审批服务管理局"
PURPOSE = "医保系统录入"
SheetT = TypeVar("SheetT", bound=Sheet)


@dataclass
class PlatformDouble:
    """A platform that is admitted at `centre`."""

    centre: RunningCentre
    name: str
    token: str
    private: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    def ask(self, path: str) -> requests.Response:
        """A request with its token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(f"{self.centre.url}/api/v1/{path}", headers=headers, timeout=10)

    def sheet(self, path: str, kind: SharedKind, subject: str, expected: type[SheetT]) -> SheetT:
        """Ask for a sheet, open it and check who signed it."""
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        return open_sheet(
            SealedSheet.model_validate_json(answer.content), kind, subject, expected, self.private, signer(self.centre)
        )

    def authorised(self, *rights: SharingRight, divisions: tuple[str, ...] = ("64",), days: float = 30) -> str:
        """A place's department gives these rights in writing; the number of its letter."""
        number = f"平政务授〔2026〕{uuid4().int % 10**6}号"
        now = datetime.now(UTC)
        letter = Letter(number, AUTHORITY, PURPOSE, divisions, [*rights], now, now + timedelta(days=days))
        with self.centre.parts.database.writing() as session:
            platform = session.scalars(select(Platform).where(Platform.name == self.name)).one()
            authorisations.record(session, SYSTEM, platform, letter, now)
        return number


def signer(centre: RunningCentre) -> Ed25519PublicKey:
    """The centre's public signing key, as `terminal.json` has it."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(centre.parts.keys.signing_public))


def admitted(
    centre: RunningCentre, *divisions: str, name: str = "province", rights: tuple[SharingRight, ...] = ()
) -> PlatformDouble:
    """A platform with a key, and with these rights of its own divisions."""
    with centre.parts.database.writing() as session:
        double = PlatformDouble(
            centre, name, platforms.add(session, name, list(divisions), datetime.now(UTC) - timedelta(days=1))
        )
        platform = session.scalars(select(Platform).where(Platform.name == name)).one()
        platform.public_key = publish(double.private.public_key()).public_key
    if rights:
        double.authorised(*rights, divisions=divisions)
    return double
