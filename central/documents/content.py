"""What each document says, fixed when it is issued: frozen, JSON, sealed into `Document.content_sealed`.

HTML and PDF are made from it and from nothing else, so that a document says the same for ever. The fields follow the
document layouts of the source documents (收件通知书 R153, 业务受理回执 R070, 一次性告知书 R038, 不予受理 R040, 不予审批 R041,
撤回申请确认 R042, 交接清单 R104). Identity numbers are masked here already: no document shows one in full.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from central.casework.terms import DocumentKind

NOT_YET_ACCEPTED = "收件不等于受理。是否受理由办理地依法决定。"
COMPLETE_NOTICE = "以上为一次性告知的全部内容。"
REMEDY = (
    "如不服本决定，可自收到本通知书之日起 60 日内依法申请行政复议，"
    "或者自收到本通知书之日起 6 个月内依法向人民法院提起行政诉讼。"
)
"""救济告知: Administrative Reconsideration Law art. 20, Administrative Litigation Law art. 46 (general knowledge)."""
NOT_COUNTED = "公示、听证、检验、检测、鉴定、专家评审等所需时间，依法不计入办理时限。"
"""Administrative Licensing Law art. 45."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A unit as documents name it."""

    name: str
    phone: str = ""
    consult_phone: str = ""
    address: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Party:
    """The applicant or an agent: full name, masked number."""

    name: str
    card: str
    number: str
    phone: str = ""
    address: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLine:
    """One row of the list of materials."""

    name: str
    form: str
    """原件, 影像, 电子证照 …"""
    copies: int = 1
    pages: int = 0
    mailed: bool = False
    """The paper goes to the handling place."""
    note: str = ""
    """容缺, 承诺, 原件已核 …"""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProblemLine:
    """One row of the one-time notice."""

    subject: str
    what: str
    basis: str
    remedy: str
    tolerable: bool = False
    material: str = ""
    """Code, when it is about a material: the terminal asks for that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLine:
    """A consultation that was held."""

    at: datetime | None
    parties: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """与属地联系记录."""

    at: datetime
    way: str
    counterpart: str
    outcome: str
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyLine:
    """Papers changed hands."""

    at: datetime
    giver: str
    taker: str
    place: str = ""
    seal_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionNotice:
    """收件通知书."""

    form: Literal["collection_notice"] = "collection_notice"
    collected_at: datetime
    materials: tuple[MaterialLine, ...]
    identity_check: str
    video: VideoLine | None = None
    transmit_by: datetime | None = None
    """C1"""
    mail_by: datetime | None = None
    """C2, when paper is archived."""
    promise_days: int
    delivery: str
    postage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceReceipt:
    """业务受理回执."""

    form: Literal["acceptance_receipt"] = "acceptance_receipt"
    accepted_at: datetime
    materials: tuple[MaterialLine, ...]
    promise_due: datetime | None
    promise_days: int
    statutory_days: int
    fee: str
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OneTimeNotice:
    """一次性告知书. Without `supplement_due` the materials go back and the applicant may apply again."""

    form: Literal["one_time_notice"] = "one_time_notice"
    told_at: datetime
    problems: tuple[ProblemLine, ...]
    reason: str = ""
    basis: str = ""
    supplement_due: datetime | None = None
    supplement_days: int | None = None
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NotAcceptNotice:
    """不予受理通知书."""

    form: Literal["not_accept_notice"] = "not_accept_notice"
    applied_at: datetime
    contact: ContactLine | None
    grounds: tuple[tuple[bool, str], ...]
    """The grounds the law knows, and which of them it is."""
    reason: str
    basis: str
    advice: str
    returned: tuple[MaterialLine, ...] = ()
    problems: tuple[ProblemLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RejectionNotice:
    """不予审批通知书."""

    form: Literal["rejection_notice"] = "rejection_notice"
    accepted_number: str
    accepted_at: datetime | None
    reason: str
    basis: str
    problems: tuple[ProblemLine, ...] = ()
    papers: str
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WithdrawalConfirmation:
    """撤回申请确认."""

    form: Literal["withdrawal_confirmation"] = "withdrawal_confirmation"
    stage: str
    asked_at: datetime
    channel: str
    ground: str
    request: str
    """The applicant's own words."""
    confirmed_at: datetime
    returned: str
    refund: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandOverList:
    """材料交接清单."""

    form: Literal["material_handover_list"] = "material_handover_list"
    to_office: Office
    materials: tuple[MaterialLine, ...]
    waybill: str = ""
    seal_number: str = ""
    payer: str = ""
    custody: tuple[CustodyLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailingCover:
    """邮寄封面."""

    form: Literal["mailing_label"] = "mailing_label"
    recipient: str
    phone: str
    address: str
    contents: tuple[str, ...]
    waybill: str = ""
    seal_number: str = ""
    payer: str = ""
    custody: tuple[CustodyLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decision:
    """审批决定: granted, or (when false material was found) revoked."""

    form: Literal["decision"] = "decision"
    revoked: bool
    accepted_number: str
    accepted_at: datetime | None
    decided_at: datetime
    result_number: str = ""
    text: str = ""
    reason: str = ""
    basis: str = ""
    delivery: str = ""


Body = Annotated[
    CollectionNotice
    | AcceptanceReceipt
    | OneTimeNotice
    | NotAcceptNotice
    | RejectionNotice
    | WithdrawalConfirmation
    | HandOverList
    | MailingCover
    | Decision,
    Field(discriminator="form"),
]

TITLES: dict[DocumentKind, tuple[str, str]] = {
    DocumentKind.SUBMISSION_SLIP: ("申报凭条", "Submission slip"),
    DocumentKind.COLLECTION_NOTICE: ("收件通知书", "Collection notice"),
    DocumentKind.ACCEPTANCE_RECEIPT: ("业务受理回执", "Acceptance receipt"),
    DocumentKind.ONE_TIME_NOTICE: ("一次性告知书", "One-time notice of what is missing"),
    DocumentKind.NOT_ACCEPT_NOTICE: ("不予受理通知书", "Notice of non-acceptance"),
    DocumentKind.REJECTION_NOTICE: ("不予审批通知书", "Notice of rejection"),
    DocumentKind.WITHDRAWAL_CONFIRMATION: ("撤回申请确认书", "Confirmation of withdrawal"),
    DocumentKind.MATERIAL_HANDOVER_LIST: ("材料交接清单", "Custody list of materials"),
    DocumentKind.MAILING_LABEL: ("邮寄封面", "Mailing cover"),
    DocumentKind.DECISION: ("审批决定书", "Decision"),
}

WITHOUT_SEAL = frozenset({DocumentKind.MATERIAL_HANDOVER_LIST, DocumentKind.MAILING_LABEL})
"""They go along with papers; all others bear the unit's seal and are signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A whole document: what all have in common, and the body of its kind."""

    kind: DocumentKind
    number: str
    check_code: str
    check_url: str
    issued_at: datetime
    office: Office
    seal_name: str
    officer: str
    scope: str
    mode: str
    case_number: str
    slip_number: str
    query_code: str
    item_name: str
    item_code: str
    situation: str = field(repr=False)
    receiving_place: str
    handling_place: str
    department: str
    submitted_at: datetime
    applicant: Party
    agent: Party | None = None
    first_contact: Office
    handling_office: Office
    body: Body

    @property
    def title(self) -> tuple[str, str]:
        """In Chinese and English. A revocation is a decision with a title of its own."""
        if isinstance(self.body, Decision) and self.body.revoked:
            return "撤销决定书", "Revocation"
        return TITLES[self.kind]

    @property
    def sealed_kind(self) -> bool:
        """Whether it bears the seal."""
        return self.kind not in WITHOUT_SEAL


_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


def to_json(content: Content) -> str:
    """For sealing."""
    return _CONTENT.dump_json(content).decode()


def from_json(text: str) -> Content:
    """What `to_json` wrote.

    Raises:
        ValueError: it is something else.
    """
    return _CONTENT.validate_json(text)


def place(check_code: str) -> str:
    """Where sealed content belongs (see `central.vault`)."""
    return f"document.content_sealed|{check_code}"
