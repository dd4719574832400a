"""What casework asks of others: to issue a document, to tell the applicant, and where its facts come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from central.casework.acts import Problem
from central.casework.terms import DocumentKind, NoticeKind
from central.casework.who import Who
from central.store.models import Case, ContactRecord, Document, Withdrawal


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document says besides what the case, the item and the applicant's own words say."""

    reason: str = field(default="", repr=False)
    basis: str = ""
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    supplement_due: datetime | None = None
    """补正截止. None on the notice of a returned case: it is over, and may be submitted anew at any time."""
    supplement_days: int | None = None
    promise_due: datetime | None = None
    statutory_due: datetime | None = None
    transmit_due: datetime | None = None
    """最迟传输时间 on a collection notice."""
    mail_due: datetime | None = None
    """最迟寄出日, where papers are needed."""
    contact: ContactRecord | None = None
    withdrawal: Withdrawal | None = None
    result_number: str = ""
    result_text: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The rest of `Act.extra`: `refusal_kind`, `returned`, `waybill` …; `event` is the event that issues it."""


class Issuer(Protocol):
    """Issues documents (central.documents)."""

    def issue(
        self,
        session: Session,
        kind: DocumentKind,
        case: Case,
        who: Who,
        facts: DocumentFacts,
        at: datetime,
        sub_case_id: int | None = None,
    ) -> Document:
        """Number, seal and store a document in the caller's transaction."""
        ...


class Notifier(Protocol):
    """Tells the applicant (central.notify).

    `params` name no person. By kind: all carry `case_number`; N2 `document`; N3 `document`, `due` (YYYY-MM-DD);
    N4 `document`, `outcome` (returned, not_accepted, expired), `refusal_kind`; N5 `place`, `way` (electronic, post),
    `waybill`; N6 `document`, `due`, `estimated` (yes: over a year whose
    calendar is not published); N7 `outcome` (approved, issued, rejected, partly, revoked), `document`; N8 `way` (post,
    electronic, desk), `document`, `waybill`; N9 `document`; N11 `due`; N12 `due`, `clock`, `why` (overdue, extended, recounted,
    recounted_supplement). What is not known is left out.
    """

    def notify(self, session: Session, case: Case, kind: NoticeKind, params: Mapping[str, str], at: datetime) -> None:
        """Queue the notice in the caller's transaction."""
        ...
