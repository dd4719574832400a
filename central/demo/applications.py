"""Applications as a terminal would hand them in: filled in by invented people, with drawn pages, sealed to the centre."""

from __future__ import annotations

import base64
import io
import random
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont

from central.assets import ASSETS
from central.catalogue.facts import ItemFacts, MaterialFacts
from central.demo.persons import Person
from central.demo.world import Place
from kiosk.protocol import slip_number
from kiosk.protocol.agreements import Agreements
from kiosk.protocol.application import (
    Answer,
    Applicant,
    Application,
    Assistant,
    CardKind,
    Consent,
    Delivery,
    DeliveryMethod,
    FileRef,
    Finding,
    Item,
    MachineNote,
    Material,
    Mode,
    Page,
    Region,
)
from kiosk.protocol.envelope import CentreKey, Envelope, seal
from kiosk.protocol.messages import Submission
from kiosk.protocol.model import sha256_hex

A4 = (620, 877)
"""Pixels of a drawn page: 75 dpi, enough to read."""
_FONTS = ASSETS / "fonts"
_BY_HAND = {"ID": "card", "FORM": "form", "SIGN": "signature", "PROMISE": "promise"}


@dataclass(frozen=True)
class Wish:
    """What somebody applies for, where, and how they want the result."""

    person: Person
    item: ItemFacts
    mode: Mode
    receiving: Place
    handling: tuple[Place, ...]
    delivery: DeliveryMethod
    version: str
    """Of the catalogue."""
    by_phone: bool = False
    pickup: Place | None = None
    helped: bool = False


def apply(wish: Wish, number: int, at: datetime, chance: random.Random) -> tuple[Application, dict[str, bytes]]:
    """The application, and its files by digest."""
    files: dict[str, bytes] = {}
    materials = tuple(_material(one, wish, files, chance) for one in _asked(wish.item))
    signature = _signature(wish.person)
    files[sha256_hex(signature)] = signature
    person = wish.person
    application = Application(
        application_id=UUID(int=chance.getrandbits(128), version=4),
        slip_number=slip_number.make(wish.receiving.code, 900, number),
        created_at=at,
        terminal_id=terminal_of(wish.receiving),
        receiving_region=_region(wish.receiving),
        handling_region=_region(wish.handling[0]),
        further_handling_regions=tuple(_region(place) for place in wish.handling[1:]),
        item=Item(id=wish.item.item_id, name=wish.item.name, catalogue_version=wish.version),
        mode=wish.mode,
        scope=Agreements().scope(wish.receiving.code, wish.handling[0].code).code,
        form=(
            Answer(key="reason", label="办理原因", value="在外地居住，不便返回"),
            Answer(key="since", label="居住起始日期", value="2024-03-01"),
            Answer(key="living_at", label="现住址", value=person.address),
        ),
        applicant=Applicant(
            card_kind=CardKind.RESIDENT,
            name=person.name,
            id_number=person.id_number,
            sex=person.sex,
            ethnicity="汉",
            birth_date=person.born,
            address=person.address,
            issuing_authority="示例市公安局示例分局",
            long_term=True,
        ),
        materials=materials,
        signature=_ref(signature, "image/png"),
        delivery=Delivery(
            method=wish.delivery,
            recipient=person.name,
            address=person.address,
            pickup=None if wish.pickup is None else _region(wish.pickup),
        ),
        phone=person.phone,
        notify_by_phone=wish.by_phone,
        consent=Consent(version="2026-11", given_at=at),
        assisted_by=Assistant(staff_number="BB-03", unit=f"{wish.receiving.county}政务服务中心")
        if wish.helped
        else None,
    )
    return application, files


def sealed(application: Application, files: dict[str, bytes], key: CentreKey) -> tuple[Envelope, Submission]:
    """The envelope, whose files are uploaded, and the submission."""
    envelope = seal(application, files, key)
    return envelope, Submission(
        manifest=envelope.manifest, sealed_application=base64.b64encode(envelope.parts["application"]).decode()
    )


def terminal_of(place: Place) -> str:
    """The place's terminal."""
    return f"{place.key.upper()}-01"


def page(title: str, lines: list[str], seed: int) -> bytes:
    """A drawn A4 page, as JPEG. It says that it is a specimen."""
    chance = random.Random(seed)  # noqa: S311  # decoration
    picture = Image.new("RGB", A4, (253, 252, 248))
    pen = ImageDraw.Draw(picture)
    pen.text((A4[0] / 2, 75), title, font=_font(28), fill=(30, 30, 40), anchor="ma")
    pen.text((A4[0] / 2, 122), "演示样张 · 内容均为虚构", font=_font(16), fill=(150, 60, 60), anchor="ma")
    for number, line in enumerate(lines):
        pen.text((75, 184 + number * 48), line, font=_font(18), fill=(40, 40, 50))
        pen.line((73, 213 + number * 48, A4[0] - 73, 213 + number * 48), fill=(205, 205, 210))
    x, y = 440 + chance.randrange(-16, 16), 708 + chance.randrange(-16, 16)
    pen.ellipse((x - 65, y - 65, x + 65, y + 65), outline=(200, 40, 40), width=4)
    pen.text((x, y), "演示专用章", font=_font(18), fill=(200, 40, 40), anchor="mm")
    out = io.BytesIO()
    picture.rotate(chance.uniform(-0.8, 0.8), fillcolor=(228, 228, 226)).save(out, "JPEG", quality=70)
    return out.getvalue()


def _asked(item: ItemFacts) -> list[MaterialFacts]:
    """What the list asks of everybody; of an item without a list, what every application has."""
    required = [one for one in item.materials if one.necessity == "required"]
    return required or [MaterialFacts("ID", "申请人居民身份证"), MaterialFacts("BASIS", "申请依据材料")]


def _material(one: MaterialFacts, wish: Wish, files: dict[str, bytes], chance: random.Random) -> Material:
    by = _BY_HAND.get(one.code)
    if by is not None:
        return Material(code=one.code, name=one.name, met_by=by)
    lines = [
        f"姓名　{wish.person.name}",
        f"事项　{wish.item.name[:20]}",
        "有效期　2023-05-01 至 2033-05-01",
        "签发　示例机关",
    ]
    pages = []
    for number in range(chance.choice((1, 1, 2))):
        data = page(one.name[:16], [*lines, f"第 {number + 1} 页"], chance.randrange(10**9))
        files[sha256_hex(data)] = data
        found = Finding(code="kind_matches", confidence=0.93)
        name = Finding(code="name_found", confidence=0.9)
        note = MachineNote(made_by="demonstration reader", findings=(found, name))
        pages.append(Page(file=_ref(data), paper="a4", dpi=75, note=note))
    return Material(code=one.code, name=one.name, pages=tuple(pages))


def _signature(person: Person) -> bytes:
    picture = Image.new("L", (480, 180), 255)
    ImageDraw.Draw(picture).text((240, 90), person.name, font=_font(84), fill=20, anchor="mm")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font_file(), size)


def _font_file() -> str:
    return str(next(path for path in sorted(_FONTS.rglob("*")) if path.suffix in (".otf", ".ttf", ".ttc")))


def _ref(data: bytes, media_type: str = "image/jpeg") -> FileRef:
    return FileRef(sha256=sha256_hex(data), size=len(data), media_type=media_type)


def _region(place: Place) -> Region:
    return Region(code=place.code, name=place.name)
