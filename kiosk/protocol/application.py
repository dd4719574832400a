"""An application (办件申请) as the citizen confirmed it: the plain text inside an envelope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator, model_validator

from kiosk.protocol.model import NO_NUL, Code, Line, Message, RegionCode, Sha256, SlipNumber, Text

MOST_DPI = 4800
MOST_FINDINGS = 40
LONGEST_VALUE = 64


class Mode(StrEnum):
    """How receiving and handling place share the work."""

    FULL_ONLINE = "full_online"
    COLLECT_AND_FORWARD = "collect_and_forward"
    MULTI_SITE_A = "multi_site_A"
    MULTI_SITE_B = "multi_site_B"


class Channel(StrEnum):
    """Where it was handed in; all channels share one library of cases (R035, R090)."""

    KIOSK = "kiosk"
    WINDOW = "window"
    WEB = "web"
    APP = "app"
    TV = "tv"


class CardKind(StrEnum):
    """The identity documents a terminal reads."""

    RESIDENT = "resident"
    """居民身份证"""
    HK_MACAO_TAIWAN_RESIDENT = "hk_macao_taiwan_resident"
    """港澳台居民居住证 (J)"""
    FOREIGN_PERMANENT_RESIDENT_2017 = "foreign_permanent_resident_2017"
    """外国人永久居留身份证, 2017 model (I)"""
    FOREIGN_PERMANENT_RESIDENT_2023 = "foreign_permanent_resident_2023"
    """外国人永久居留身份证, 2023 model (Y)"""


class DeliveryMethod(StrEnum):
    """How the result reaches the applicant."""

    EMS_TO_APPLICANT = "ems_to_applicant"
    PICKUP_AT_DESK = "pickup_at_desk"
    ELECTRONIC = "electronic"


class Region(Message):
    """A place: division code and its name at the moment of the application."""

    code: RegionCode
    name: Line


class Item(Message):
    """The service item (事项), bound to the catalogue version it was filled in under."""

    id: Code
    name: Line
    catalogue_version: Code


class Answer(Message):
    """One answer of the citizen. The label is kept so that a case can be read without its old catalogue."""

    key: Code
    label: Line = ""
    value: Annotated[Text, Field(repr=False)]


class Person(Message):
    """Whoever held a card. `repr` shows none of it. A foreigner's card may lack the Chinese name."""

    card_kind: CardKind
    name: Annotated[str, Field(max_length=200, pattern=NO_NUL, repr=False)]
    id_number: Annotated[str, Field(pattern=r"^[0-9A-Z]{8,20}$", repr=False)]
    english_name: Annotated[str, Field(max_length=200, pattern=NO_NUL, repr=False)] = ""

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name and not self.english_name:
            raise ValueError("neither name nor english_name")
        return self


class Applicant(Person):
    """What was read from the applicant's card. `valid_until` is None and `long_term` true for 长期."""

    sex: Annotated[Line, Field(repr=False)] = ""
    ethnicity: Annotated[Line, Field(repr=False)] = ""
    nationality: Annotated[Line, Field(repr=False)] = ""
    birth_date: Annotated[date | None, Field(repr=False)] = None
    address: Annotated[Line, Field(repr=False)] = ""
    issuing_authority: Annotated[Line, Field(repr=False)] = ""
    valid_from: Annotated[date | None, Field(repr=False)] = None
    valid_until: Annotated[date | None, Field(repr=False)] = None
    long_term: bool = False
    pass_number: Annotated[Line, Field(repr=False)] = ""
    """通行证号码 of a Hong Kong, Macao or Taiwan resident."""

    @field_validator("birth_date", "valid_from", "valid_until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


class Agent(Person):
    """Who acted for the applicant."""

    relation: Line = ""
    phone: Annotated[Line, Field(repr=False)] = ""


class FileRef(Message):
    """A file of the application, by the digest and size of its plain bytes."""

    sha256: Sha256
    size: Annotated[int, Field(ge=1)]
    media_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]{1,60}$")] = "image/jpeg"


class Finding(Message):
    """One thing a machine read on a page, or looked for in vain; `value` never names a person."""

    code: Code
    """`kind_matches`, `other_kind`, `name_found`, `name_missing`, `number_found`, `number_missing`, `other_number`, `valid`,
    `expired`, `seal_found`, `seal_missing`, `signature_found`, `signature_missing`, `turned`, `nothing_read`; later
    terminals may know more.
    """
    confidence: Annotated[float, Field(ge=0, le=1)]
    value: Annotated[str, Field(max_length=LONGEST_VALUE)] = ""


class MachineNote(Message):
    """What a machine made of a page, for the staff. It decides nothing: people do."""

    made_by: Line
    """The program and the model, with versions."""
    findings: Annotated[tuple[Finding, ...], Field(max_length=MOST_FINDINGS)] = ()


class Page(Message):
    """One captured page, what the terminal judged of it (codes such as `glare`), and what a machine read on it."""

    file: FileRef
    verdicts: tuple[Code, ...] = ()
    """Other than `ok`: the citizen was told so and kept the page."""
    paper: Code = "free"
    """Its format: `a4`, `a5`, `b5`, `id_1`, `free`."""
    dpi: Annotated[int, Field(ge=0, le=MOST_DPI)] = 0
    """True dots per inch; 0 when the scale is not known."""
    sides: Annotated[int, Field(ge=1, le=2)] = 1
    """2: front and back of a card on one sheet."""
    note: MachineNote | None = None
    """None: the page was not read (in time)."""


class Material(Message):
    """One material of the checklist, and how it was met: by `pages`, or without them by a `card`, `social_card`,
    `form`, `signature`, `original_at_desk`, `later`, `promise`, or as `shared` by another system.
    """

    code: Code
    name: Line
    met_by: Code = "pages"
    pages: Annotated[tuple[Page, ...], Field(max_length=200)] = ()


class Delivery(Message):
    """Where the result goes. `address` and `recipient` are for `ems_to_applicant`, `pickup` for `pickup_at_desk`."""

    method: DeliveryMethod
    recipient: Annotated[Line, Field(repr=False)] = ""
    address: Annotated[Line, Field(repr=False)] = ""
    pickup: Region | None = None
    """领取地: the place whose desk it is collected at (R111). None: at the receiving place."""

    @model_validator(mode="after")
    def _collected_somewhere(self) -> Self:
        if self.pickup is not None and self.method is not DeliveryMethod.PICKUP_AT_DESK:
            raise ValueError("a place to collect at, and nothing is collected")
        return self


class Assistant(Message):
    """帮办 (R083): the member of staff who helped at the terminal. By number and unit; who helped privately is nobody's business."""

    staff_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,20}$")]
    """工号"""
    unit: Annotated[str, Field(min_length=1, max_length=60, pattern=NO_NUL)]


class Consent(Message):
    """Which notice the citizen agreed to, and when."""

    version: Code
    given_at: AwareDatetime


class Application(Message):
    """Everything the citizen submitted. `application_id` is the idempotency key of its submission."""

    application_id: UUID
    slip_number: SlipNumber
    created_at: AwareDatetime
    """The terminal's clock, which may be wrong; the centre's `received_at` counts."""
    terminal_id: Code
    receiving_region: Region
    handling_region: Region
    item: Item
    mode: Mode
    scope: Code
    """通办范围: `cross_province`, `province`, `city` or a configured one."""
    situations: Annotated[tuple[Answer, ...], Field(max_length=100)] = ()
    form: Annotated[tuple[Answer, ...], Field(max_length=400)] = ()
    applicant: Applicant
    agent: Agent | None = None
    materials: Annotated[tuple[Material, ...], Field(max_length=100)] = ()
    signature: FileRef | None = None
    delivery: Delivery
    phone: Annotated[Line, Field(repr=False)]
    notify_by_phone: bool = False
    """A person calls instead of a text message (电话告知)."""
    consent: Consent
    network_away: bool = False
    """The centre could not be reached when the citizen submitted; the slip said 待上传."""

    channel: Channel = Channel.KIOSK
    further_handling_regions: Annotated[tuple[Region, ...], Field(max_length=20)] = ()
    """Places that handle it besides `handling_region` (多地联办)."""
    assisted_by: Assistant | None = None
    """Who helped, if a member of staff did. They never sign (不得代签): the signature is the applicant's, or the agent's."""

    @field_validator("materials")
    @classmethod
    def _once_each(cls, value: tuple[Material, ...]) -> tuple[Material, ...]:
        return once_each(value)

    @model_validator(mode="after")
    def _places_differ(self) -> Self:
        codes = [region.code for region in (self.handling_region, *self.further_handling_regions)]
        if len(set(codes)) != len(codes):
            raise ValueError("a place handles it twice")
        return self

    @model_validator(mode="after")
    def _signed_in_person(self) -> Self:
        if self.assisted_by is not None and self.signature is None:
            raise ValueError("somebody helped, and the applicant has not signed")
        return self

    def files(self) -> tuple[FileRef, ...]:
        """The files it names, each digest once: pages in order, then the signature."""
        return files_of(self.materials, self.signature)


def once_each(materials: tuple[Material, ...]) -> tuple[Material, ...]:
    """`materials`, if no two share a code.

    Raises:
        ValueError
    """
    if len({material.code for material in materials}) != len(materials):
        raise ValueError("two materials share a code")
    return materials


def files_of(materials: Iterable[Material], signature: FileRef | None) -> tuple[FileRef, ...]:
    """Pages in order, then the signature, each digest once."""
    refs = [page.file for material in materials for page in material.pages]
    if signature is not None:
        refs.append(signature)
    return tuple({ref.sha256: ref for ref in refs}.values())
