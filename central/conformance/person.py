"""Somebody who does not exist applies for something that does not exist."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import uuid4

from kiosk.protocol import slip_number
from kiosk.protocol.application import (
    Answer,
    Applicant,
    Application,
    CardKind,
    Consent,
    Delivery,
    DeliveryMethod,
    FileRef,
    Item,
    Material,
    Mode,
    Page,
    Region,
)
from kiosk.protocol.model import sha256_hex

MARK = "符合性测试 CONFORMANCE TEST"
TERMINAL_ID = "CONFORMANCE"
TERMINAL_NUMBER = 999
NOBODY_NAME = "测试无此人"
PHONE = "00000000000"


def nobody() -> str:
    """An identity number of the division 990000, which GB/T 2260 does not have, with a right check digit (GB 11643)."""
    body = f"99000019000101{secrets.randbelow(1000):03d}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def picture(size: int) -> bytes:
    """Bytes that begin as a JPEG does, different each time."""
    return b"\xff\xd8\xff\xe0" + secrets.token_bytes(size - 4)


def ref(data: bytes, media_type: str = "image/jpeg") -> FileRef:
    """How an application names a file."""
    return FileRef(sha256=sha256_hex(data), size=len(data), media_type=media_type)


def application_for(
    files: list[bytes], *, id_number: str, receiving: Region, handling: Region, item: Item
) -> Application:
    """An application with one material of these pages, named as a test wherever people would read it."""
    return Application(
        application_id=uuid4(),
        slip_number=new_slip_number(receiving.code),
        created_at=datetime.now(UTC),
        terminal_id=TERMINAL_ID,
        receiving_region=receiving,
        handling_region=handling,
        item=item,
        mode=Mode.COLLECT_AND_FORWARD,
        scope="cross_province",
        form=(Answer(key="conformance", label=MARK, value=MARK),),
        applicant=Applicant(card_kind=CardKind.RESIDENT, name=NOBODY_NAME, id_number=id_number, address=MARK),
        materials=(Material(code="TEST", name=MARK, pages=tuple(Page(file=ref(data)) for data in files)),),
        delivery=Delivery(method=DeliveryMethod.PICKUP_AT_DESK),
        phone=PHONE,
        consent=Consent(version="conformance", given_at=datetime.now(UTC)),
    )


def new_slip_number(region: str) -> str:
    """A slip number of terminal 999 that nobody has."""
    return slip_number.make(region, TERMINAL_NUMBER, 1 + secrets.randbelow(slip_number.MAX_COUNTER))
