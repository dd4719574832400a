"""What the case page shows of a case: its papers with what machines and people found, and what goes along with it.

Read in one go from an open session; nothing is written. Plain text of the envelope lives as long as the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central import machine_notes
from central.casework.acts import Words
from central.casework.checklist import ORIGINAL, WHOLE, anew, asked_by_department, judged, latest_checks, passed
from central.casework.sourced import licence_checks, verified
from central.catalogue.facts import ItemFacts, MaterialFacts, SampleFacts
from central.catalogue.lookup import item_facts
from central.keys import KeyRing
from central.opened import Opened, open_case
from central.opening import CannotOpen
from central.retention import holding
from central.retention.holding import HoldView
from central.store.models import (
    Case,
    CaseEvent,
    CaseFile,
    Commitment,
    ContactRecord,
    CreditCheck,
    Deletion,
    Dishonesty,
    Document,
    FormalCheck,
    LicenceCheck,
    Notice,
    Shipment,
    SubCase,
    Unit,
    User,
    VideoSession,
    Withdrawal,
)
from central.vault import Vault
from kiosk.protocol.application import Answer, Application, Finding, Material, Page

_Row = TypeVar("_Row", Commitment, ContactRecord, CreditCheck, Dishonesty, Notice, Shipment, VideoSession, Withdrawal)


@dataclass(frozen=True, slots=True)
class FindingView:
    """What a machine read on a page, and how sure it is of it."""

    words: Words
    percent: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of a material: where its picture is, and what machines said of it."""

    number: int
    file_id: int | None
    """None: the file is not here; the page says so."""
    verdicts: tuple[Words, ...]
    findings: tuple[FindingView, ...]
    made_by: str
    sides: int


@dataclass(frozen=True, slots=True)
class PointView:
    """A point of the formal check and what was last found of it."""

    index: int
    text: str
    passed: bool | None
    """None: not looked at yet."""
    problem: str = field(default="", repr=False)
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MaterialView:
    """A material of the item's list, or one that was handed in beside it."""

    code: str
    name: str
    name_en: str
    necessity: str
    met_by: Words | None
    """None: not handed in."""
    way: str
    """The same as a code: pages, card, form, signature … Empty: not handed in."""
    supplement: int
    """0: with the application; else the number of the supplement it came with."""
    pages: tuple[PageView, ...]
    points: tuple[PointView, ...]
    passed: bool | None
    """True: it passed the formal check. False: something is wrong. None: not looked at to the end."""
    again: tuple[PointView, ...]
    """The same points for the handling department, when this was supplemented at its request; else empty."""
    passed_again: bool | None
    """As `passed`, of the department's check."""
    original_required: bool
    original_seen: bool
    archive_paper: bool
    may_promise: bool
    commitment: Commitment | None
    licence_type: str
    """证照类型名称 of the e-licence that takes its place; empty: none does."""
    asked: LicenceCheck | None
    """What the source of the licence said last."""
    licence: LicenceCheck | None
    """The check that stands in the original's place: source e_licence."""
    samples: tuple[SampleFacts, ...]
    """What it looks like when it is right."""

    @property
    def tolerable(self) -> bool:
        """容缺: it may come later."""
        return self.necessity == "tolerable"

    @property
    def doubts(self) -> int:
        """How many things a machine warns of."""
        return sum(len(page.verdicts) + sum(found.doubtful for found in page.findings) for page in self.pages)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with everything that its page shows."""

    case: Case
    item: ItemFacts
    application: Application | None = field(repr=False)
    """None: what was submitted cannot be opened (damaged, or its key is gone)."""
    answers: tuple[Answer, ...] = field(repr=False)
    """The form, as supplements corrected it."""
    materials: tuple[MaterialView, ...]
    signature: CaseFile | None
    sub_cases: tuple[SubCase, ...]
    documents: tuple[Document, ...]
    notices: tuple[Notice, ...]
    shipments: tuple[Shipment, ...]
    withdrawals: tuple[Withdrawal, ...]
    contacts: tuple[ContactRecord, ...]
    credits: tuple[CreditCheck, ...]
    commitments: tuple[Commitment, ...]
    dishonesty: tuple[Dishonesty, ...]
    videos: tuple[VideoSession, ...]
    first_contact: Unit | None
    """首问单位 (R160): who answers to the applicant, whoever has the case now."""
    staff: Mapping[int, str]
    """Names of the members of staff whom the above name."""
    counterparts: Mapping[int, str] = field(default_factory=dict, repr=False)
    """With whom contact was made, by the number of the contact."""
    holds: tuple[HoldView, ...] = ()
    """Why nothing of it is deleted now."""
    deletions: tuple[Deletion, ...] = ()
    """What was deleted when, by which rule (R069)."""
    sources: Mapping[int, str] = field(default_factory=dict, repr=False)
    """Where credit was looked up, by the number of the check."""
    licence_numbers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Numbers of the licences that stand in an original's place, by material."""

    def deleted(self, what: str) -> Deletion | None:
        """The record of it, if `pages` or `content` is not kept any more."""
        return next((one for one in self.deletions if one.what == what), None)

    @property
    def open_withdrawal(self) -> Withdrawal | None:
        """The request to withdraw that waits for an answer."""
        return next((one for one in self.withdrawals if one.state == "requested"), None)

    @property
    def failed(self) -> tuple[tuple[MaterialView, PointView], ...]:
        """What the formal check found wrong, in the order of the list."""
        return tuple(
            (one, point)
            for one in self.materials
            for points, passed in ((one.points, one.passed), (one.again, one.passed_again))
            if passed is False
            for point in points
            if point.passed is False
        )

    @property
    def unchecked(self) -> int:
        """How many of the materials that were handed in are not checked to the end."""
        return sum(material.met_by is not None and material.passed is None for material in self.materials)

    def material(self, code: str) -> MaterialView | None:
        """The material called `code`."""
        return next((one for one in self.materials if one.code == code), None)


def read_dossier(session: Session, keys: KeyRing, case: Case, now: datetime) -> Dossier:
    """Everything about `case`. Who may see it was settled when it was found."""
    item = item_facts(session, case.item_id, case.catalogue_version)
    opened: Opened | None = None
    with suppress(CannotOpen):
        opened = open_case(session, keys, case)
    application = None if opened is None else opened.application
    handed_in = {} if opened is None else opened.materials()
    files = {file.plain_sha256: file for file in case.files}
    commitments = _rows(session, Commitment, case)
    came = {} if opened is None else anew(opened)
    asked = asked_by_department(session, case, came)
    checks, checks_again = (
        latest_checks(session, case, came),
        latest_checks(session, case, came, department=True) if asked else {},
    )
    checkers = [row.user_id for one in (checks, checks_again) for points in one.values() for row in points.values()]
    names = _names(session, case, checkers)

    def problem(check: FormalCheck) -> str:
        return unsealed(keys.vault, check.problem_sealed, f"formal_check.problem_sealed|{case.application_id}")

    def said(sealed: bytes, column: str) -> str:
        return keys.vault.read(sealed, f"{column}|{case.application_id}")

    licences = licence_checks(session, case)
    licensed, last_asked = verified(session, case), {row.material: row for row in licences}
    contacts, looked_up = _rows(session, ContactRecord, case), _rows(session, CreditCheck, case)
    promised = {one.material: one for one in commitments}
    materials = tuple(
        _material(
            listed,
            files,
            checks.get(listed.facts.code, {}),
            checks_again.get(listed.facts.code, {}) if listed.facts.code in asked else None,
            promised.get(listed.facts.code),
            problem,
            names,
            last_asked.get(listed.facts.code),
            licensed.get(listed.facts.code),
        )
        for listed in (() if opened is None else _listed(item, handed_in))
    )
    signature = application.signature if application is not None else None
    return Dossier(
        case=case,
        item=item,
        application=application,
        answers=() if opened is None else tuple(answer for answer, _ in opened.answers().values()),
        materials=materials,
        signature=None if signature is None else files.get(signature.sha256),
        sub_cases=tuple(case.sub_cases),
        documents=tuple(session.scalars(select(Document).where(Document.case_seq == case.seq).order_by(Document.id))),
        notices=_rows(session, Notice, case),
        shipments=_rows(session, Shipment, case),
        withdrawals=_rows(session, Withdrawal, case),
        contacts=contacts,
        credits=looked_up,
        commitments=commitments,
        dishonesty=_rows(session, Dishonesty, case),
        videos=_rows(session, VideoSession, case),
        first_contact=None if case.first_contact_unit_id is None else session.get(Unit, case.first_contact_unit_id),
        staff=names,
        holds=holding.holds(session, keys.vault, case, now),
        deletions=tuple(session.scalars(select(Deletion).where(Deletion.case_seq == case.seq).order_by(Deletion.id))),
        counterparts={one.id: said(one.counterpart_sealed, "contact_record.counterpart_sealed") for one in contacts},
        sources={one.id: said(one.source_sealed, "credit_check.source_sealed") for one in looked_up},
        licence_numbers={
            code: said(row.number_sealed, "licence_check.number_sealed")
            for code, row in licensed.items()
            if row.number_sealed is not None
        },
    )


def unsealed(vault: Vault, sealed: bytes | None, where: str) -> str:
    """The text; empty for none. What does not open is said to be unreadable instead of ending the page."""
    return vault.read(sealed, where)


@dataclass(frozen=True, slots=True)
class _Listed:
    facts: MaterialFacts
    handed_in: tuple[Material, int] | None


def _listed(item: ItemFacts, handed_in: Mapping[str, tuple[Material, int]]) -> list[_Listed]:
    """The item's list, without what only counts under a condition that was not met; then what came beside it."""
    shown = [
        _Listed(facts, handed_in.get(facts.code))
        for facts in item.materials
        if facts.code in handed_in or facts.necessity != "conditional"
    ]
    known = {facts.code for facts in item.materials}
    beside = [
        _Listed(MaterialFacts(code, material.name), (material, number))
        for code, (material, number) in handed_in.items()
        if code not in known
    ]
    return shown + beside


def _material(
    listed: _Listed,
    files: Mapping[str, CaseFile],
    checks: Mapping[int, FormalCheck],
    checks_again: Mapping[int, FormalCheck] | None,
    commitment: Commitment | None,
    problem: Callable[[FormalCheck], str],
    names: Mapping[int, str],
    last_asked: LicenceCheck | None,
    licence: LicenceCheck | None,
) -> MaterialView:
    facts = listed.facts
    material, number = listed.handed_in or (None, 0)
    texts = [*enumerate(facts.points), (WHOLE, "")]
    again = checks_again or {}
    return MaterialView(
        code=facts.code,
        name=facts.name if material is None else material.name,
        name_en=facts.name_en,
        necessity=facts.necessity,
        met_by=None if material is None else machine_notes.met_by(material.met_by),
        way="" if material is None else material.met_by,
        supplement=number,
        pages=() if material is None else tuple(_page(n, one, files) for n, one in enumerate(material.pages, 1)),
        points=tuple(_point(index, text, checks.get(index), problem, names) for index, text in texts),
        passed=_found(checks, facts, licence),
        again=()
        if checks_again is None
        else tuple(_point(index, text, again.get(index), problem, names) for index, text in texts),
        passed_again=_found(again, facts, licence),
        original_required=facts.original_required,
        original_seen=ORIGINAL in checks,
        archive_paper=facts.archive_paper,
        may_promise=facts.may_promise,
        commitment=commitment,
        licence_type=facts.licence_type,
        asked=last_asked,
        licence=licence,
        samples=facts.samples,
    )


def _found(checks: Mapping[int, FormalCheck], facts: MaterialFacts, licence: LicenceCheck | None) -> bool | None:
    """True: right. False: something is wrong. None: not looked at to the end."""
    said = judged(checks)
    return passed(said, facts, licence) or (False if any(not check.passed for check in said.values()) else None)


def _page(number: int, page: Page, files: Mapping[str, CaseFile]) -> PageView:
    file = files.get(page.file.sha256)
    note = page.note
    verdicts = (machine_notes.verdict(code) for code in page.verdicts)
    return PageView(
        number=number,
        file_id=None if file is None else file.id,
        verdicts=tuple(words for words in verdicts if words is not None),
        findings=() if note is None else tuple(_finding(found) for found in note.findings),
        made_by="" if note is None else note.made_by,
        sides=page.sides,
    )


def _finding(found: Finding) -> FindingView:
    return FindingView(machine_notes.finding(found), round(found.confidence * 100), machine_notes.doubtful(found))


def _point(
    index: int, text: str, check: FormalCheck | None, problem: Callable[[FormalCheck], str], names: Mapping[int, str]
) -> PointView:
    if check is None:
        return PointView(index, text, None)
    return PointView(index, text, check.passed, problem(check), names.get(check.user_id, ""), check.at)


def _rows(session: Session, table: type[_Row], case: Case) -> tuple[_Row, ...]:
    of_case = select(table).where(table.case_seq == case.seq).order_by(table.id)
    return tuple(session.scalars(of_case))


def _names(session: Session, case: Case, others: Sequence[int]) -> dict[int, str]:
    """Names of everybody who did something with the case."""
    acted = select(CaseEvent.user_id).where(CaseEvent.case_seq == case.seq, CaseEvent.user_id.is_not(None))
    wanted = or_(User.id.in_(acted), User.id.in_({case.owner_id or 0, *others}))
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(wanted))}
