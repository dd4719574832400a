"""What is handed to a platform about a person: signed by the centre, then sealed to the platform's own key (HPKE).

A sheet says for whom it was made, on whose written word (`authorisation`) and what for, and only then what it tells. It
is signed (Ed25519, the key that signs published content) over `tongban/1 shared` 00 ‖ kind 00 ‖ its text, then sealed
with the `info` of `shared_info`. So whoever gets hold of an answer reads nothing; the platform can show who gave it
what, and a sheet of one kind, case or platform is never taken for another.

Pages are sealed alone: the sheet of materials, which is signed, says their digests.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from enum import StrEnum
from typing import Annotated, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import AwareDatetime, Field, ValidationError

from kiosk.protocol import PROTOCOL
from kiosk.protocol.application import Agent, Answer, Applicant, Consent, Delivery, Item, Region
from kiosk.protocol.card_token import normalised
from kiosk.protocol.envelope import SUITE, CentreKey, KeyId, key_id
from kiosk.protocol.model import CaseNumber, Code, Line, Message, Sha256, SlipNumber, sha256_hex

_CONTEXT = f"{PROTOCOL} shared".encode() + b"\0"


class SharedKind(StrEnum):
    """What a sealed answer holds."""

    ENTRY = "entry"
    MATERIALS = "materials"
    PAGE = "page"
    RESULT = "result"
    MATCHING = "matching"


class NotGenuine(Exception):
    """It does not open, is not signed by this centre, or is not what was asked for. Carries no content."""


class SealedSheet(Message):
    """A sheet as it travels."""

    kind: SharedKind
    subject: Line
    """What it is about: the case number, the number of a document; it is bound in."""
    key_id: KeyId
    """Of the platform's key."""
    sealed: str
    """Base64 of the sealed `SignedSheet`."""


class SignedSheet(Message):
    """A sheet's JSON exactly as it was signed."""

    sheet: str
    signature: Annotated[str, Field(max_length=100)]


class Sheet(Message):
    """What every sheet begins with: for whom, on whose word, what for (R133)."""

    platform: Line
    key_id: KeyId
    authority: Line
    """The place's department that authorised it in writing (属地业务部门)."""
    authorisation: Line
    """Number of its letter (书面授权编号)."""
    purpose: Line
    """What it may be used for, and for nothing else."""
    made_at: AwareDatetime


class EntryAnswer(Answer):
    """One answer of the form, by its key in the item's catalogue version."""

    supplement: Annotated[int, Field(ge=0)] = 0
    """0: given with the application; else the number of the supplement that corrected it."""


class EntrySheet(Sheet):
    """录入数据 (R075): what was typed and read at the terminal, so that no window types it again."""

    case_number: CaseNumber
    slip_number: SlipNumber
    item: Item
    mode: Code
    scope: Code
    channel: Code
    received_at: AwareDatetime
    receiving_region: Region
    handling_regions: tuple[Region, ...]
    applicant: Applicant
    agent: Agent | None
    phone: Annotated[Line, Field(repr=False)]
    delivery: Delivery
    consent: Consent
    situations: tuple[Answer, ...]
    form: tuple[EntryAnswer, ...]


class SharedPage(Message):
    """One page: where to fetch it, and what it must be when it is open."""

    page: int | None
    """Its number in the address; None: its picture was deleted (a case withdrawn or ended)."""
    sha256: Sha256
    size: Annotated[int, Field(ge=1)]
    media_type: Line
    paper: Code = "free"
    dpi: int = 0
    sides: int = 1


class OriginalSeen(Message):
    """原件核验: which unit held the original in its hands, and when."""

    unit: Line
    officer: Line
    at: AwareDatetime


class SharedMaterial(Message):
    """One material as it was handed in last."""

    code: Code
    name: Line
    met_by: Code
    supplement: Annotated[int, Field(ge=0)]
    """0: it came with the application; else with this supplement."""
    original_seen: OriginalSeen | None
    pages: tuple[SharedPage, ...]


class MaterialsSheet(Sheet):
    """材料包 (R057): every material with the digests of its pages, which are fetched one by one."""

    case_number: CaseNumber
    slip_number: SlipNumber
    item: Item
    materials: tuple[SharedMaterial, ...]
    signature: SharedPage | None
    """The applicant's, from the terminal's pad."""

    def pages(self) -> tuple[SharedPage, ...]:
        """Every page that is here, in order; the signature last."""
        listed = [page for material in self.materials for page in material.pages]
        return tuple(page for page in (*listed, self.signature) if page is not None and page.page is not None)


class ResultSheet(Sheet):
    """办理结果 (R066): a document that ends a case or decides it, with its PDF."""

    case_number: CaseNumber
    number: Line
    kind: Code
    title_zh: Line
    unit: Line
    issued_at: AwareDatetime
    voided_at: AwareDatetime | None
    electronically_sealed: bool
    """False: its unit has no electronic seal; the paper that was stamped by hand is the document."""
    sha256: Sha256
    """Of the PDF."""
    pdf: Annotated[str, Field(repr=False)]
    """Base64."""


class MatchingSheet(Sheet):
    """The key of `match`: the same for this platform at all times, and different for each platform."""

    key: Annotated[str, Field(repr=False)]
    """32 bytes, base64."""


class Issued(Message):
    """A document was issued, or is void from now on. Nothing in it names a person."""

    position: int
    case_number: str
    slip_number: str
    item_id: str
    item_name: str
    handling_code: str
    document: int
    """Its number in the address."""
    number: Line
    kind: Code
    title_zh: Line
    issued_at: AwareDatetime
    void: bool
    match: Sha256 | None
    """`match` of the applicant's identity number; None: the application cannot be opened any more."""


class IssuedFeed(Message):
    """Answer of `GET /api/v1/issued`, oldest first."""

    issued: tuple[Issued, ...]
    next_after: int
    more: bool


SheetT = TypeVar("SheetT", bound=Sheet)


def shared_info(kind: SharedKind, subject: str) -> bytes:
    """HPKE `info` of something shared: `tongban/1 shared` 00 ‖ kind 00 ‖ subject."""
    return _CONTEXT + kind.encode() + b"\0" + subject.encode()


def page_subject(case_number: str, sha256: str) -> str:
    """What a page is bound to: its case, and the digest that the sheet of materials says."""
    return f"{case_number} {sha256}"


def seal_sheet(
    sheet: Sheet, kind: SharedKind, subject: str, platform: CentreKey, signing: Ed25519PrivateKey
) -> SealedSheet:
    """Sign a sheet and seal it to `platform`'s key."""
    text = sheet.model_dump_json()
    signature = base64.b64encode(signing.sign(_signed(kind, text))).decode()
    plain = SignedSheet(sheet=text, signature=signature).model_dump_json().encode()
    sealed = SUITE.encrypt(plain, platform.public_key, shared_info(kind, subject))
    return SealedSheet(kind=kind, subject=subject, key_id=platform.key_id, sealed=base64.b64encode(sealed).decode())


def open_sheet(
    answer: SealedSheet,
    kind: SharedKind,
    subject: str,
    expected: type[SheetT],
    private: X25519PrivateKey,
    centre: Ed25519PublicKey,
) -> SheetT:
    """The receiver's side: the sheet, if it is the one that was asked for, made for this key and signed by `centre`.

    Raises:
        NotGenuine
    """
    try:
        plain = SUITE.decrypt(base64.b64decode(answer.sealed, validate=True), private, shared_info(kind, subject))
        signed = SignedSheet.model_validate_json(plain)
        centre.verify(base64.b64decode(signed.signature, validate=True), _signed(kind, signed.sheet))
        sheet = expected.model_validate_json(signed.sheet)
    except (InvalidTag, InvalidSignature, binascii.Error, ValidationError, ValueError):
        raise NotGenuine("it does not open, or this centre did not sign it") from None
    if sheet.key_id != key_id(private.public_key()):
        raise NotGenuine("it was made for another key")
    return sheet


def seal_page(data: bytes, case_number: str, platform: CentreKey) -> bytes:
    """A page's plain bytes sealed to `platform`'s key: `enc (32) ‖ ciphertext ‖ tag (16)`."""
    info = shared_info(SharedKind.PAGE, page_subject(case_number, sha256_hex(data)))
    return SUITE.encrypt(data, platform.public_key, info)


def open_page(sealed: bytes, page: SharedPage, case_number: str, private: X25519PrivateKey) -> bytes:
    """The page, if it is the one that the signed sheet of materials names.

    Raises:
        NotGenuine
    """
    info = shared_info(SharedKind.PAGE, page_subject(case_number, page.sha256))
    try:
        data = SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise NotGenuine("the page does not open") from None
    if (sha256_hex(data), len(data)) != (page.sha256, page.size):
        raise NotGenuine("the page is not the one that the sheet names")
    return data


def match(key: bytes, id_number: str) -> str:
    """Under what an applicant is found at a platform: HMAC-SHA256 in hexadecimal, under the key of `MatchingSheet`."""
    return hmac.digest(key, f"{PROTOCOL} match".encode() + b"\0" + normalised(id_number).encode(), "sha256").hex()


def _signed(kind: SharedKind, text: str) -> bytes:
    return _CONTEXT + kind.encode() + b"\0" + text.encode()
