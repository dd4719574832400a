"""监督视图与电子监察 (R013, R056, R097, R100, R174): what is late, missing or lying about, for a supervisor's region.

Nothing here judges people: it lists facts with the case or unit they are about, and a supervisor opens a rectification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session

from central.casework import clocks, lifecycle
from central.casework.access import shares, visible, within
from central.casework.acts import Words
from central.casework.terms import ClockKind, DocumentKind
from central.casework.who import Who
from central.ledger.rating import BAD
from central.store.models import (
    Case,
    CaseEvent,
    Complaint,
    Document,
    Notice,
    PhoneTask,
    Rating,
    Terminal,
    Unit,
    User,
)
from central.store.models.cases import OUTSIDE_LIST
from central.vault import Vault
from kiosk.protocol.states import State

MOST = 100
"""Lines of a list; the count beside it goes on."""
LOOKED_BACK = timedelta(days=30)
NOBODY_SIGNED_IN = timedelta(days=1)
"""After this without anybody signed in a unit with open work is listed [A]."""
NOT_HEARD_OF = timedelta(minutes=15)
"""Thirty heartbeats missed [A]."""
ISSUED_BY_STAFF = frozenset(DocumentKind) - {DocumentKind.SUBMISSION_SLIP, DocumentKind.DECISION, DocumentKind.MAILING_LABEL}  # fmt: skip
"""Documents whose absence is somebody's omission; a decision is the handling place's own paper."""

_NOT_WORK = (ClockKind.SUPPLEMENT.value, ClockKind.AGEING.value)
"""C3 is the applicant's time; C8 has a list of its own."""


_SIDES = {
    "receiving": Words("收件地", "receiving"),
    "handling": Words("办理地", "handling"),
    "applicant": Words("申请人", "applicant"),
}


@dataclass(frozen=True, slots=True)
class Late:
    """A clock that ran out or is about to."""

    case: Case
    clock: str
    due_at: datetime
    overdue: bool

    @property
    def side(self) -> Words:
        """Whose time it is."""
        return _SIDES[clocks.whose(ClockKind(self.clock), self.case.mode)]

    @property
    def place(self) -> str:
        """The place on that side; of several handling places the first."""
        here = self.side is _SIDES["receiving"]
        return (self.case.receiving_name if here else self.case.handling_name).split()[-1]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a rule asks for that is not there."""

    case: Case
    event: str
    at: datetime
    what: Words


@dataclass(frozen=True, slots=True)
class Outside:
    """A supervisor asked an applicant for something that the item's list does not name (R166)."""

    case: Case
    at: datetime
    asked: int
    """How many such things."""
    unit: str
    by: str
    basis: str
    """The article of law that was named."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of so many cases so many were returned, refused, or needed a supplement."""

    name: str
    cases: int
    returned: int
    supplemented: int

    @property
    def share(self) -> float:
        """Returned and supplemented, 0…1."""
        return (self.returned + self.supplemented) / self.cases if self.cases else 0.0


@dataclass(frozen=True, slots=True)
class Idle:
    """A unit nobody signed in to, and the open cases that wait there."""

    unit: Unit
    last_seen_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The head of the page."""

    overdue: int
    soon: int
    unopened: int
    bad_ratings: int
    bad_ratings_late: int
    complaints: int
    complaints_late: int
    phone_tasks_late: int


def counts(session: Session, who: Who, now: datetime) -> Counts:
    """How much of each there is."""
    mine = Rating.unit_id.in_(select(Unit.id).where(within(Unit.region_code, who)))
    bad = and_(mine, Rating.score <= BAD, Rating.closed_at.is_(None))
    units = select(Unit.id).where(within(Unit.region_code, who))
    complaints = and_(or_(Complaint.unit_id.in_(units), Complaint.unit_id.is_(None)), Complaint.closed_at.is_(None))
    calls = and_(PhoneTask.unit_id.in_(units), PhoneTask.done_at.is_(None), PhoneTask.due_at < now)

    work = Case.due_clock.not_in(_NOT_WORK)
    kinds = (
        and_(Case.due_at < now, work),
        and_(Case.due_at >= now, Case.warn_at <= now, work),
        and_(Case.due_clock == ClockKind.AGEING.value, Case.warn_at <= now),
    )
    overdue, soon, unopened = map(
        sum,
        zip(
            *(
                session.execute(
                    select(*(func.count().filter(kind) for kind in kinds)).where(part, Case.due_at.is_not(None))
                ).one()
                for part in shares(who)
            ),
            strict=True,
        ),
    )

    def count(what: type[Rating] | type[Complaint] | type[PhoneTask], *conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(what).where(*conditions)) or 0

    return Counts(
        overdue=overdue,
        soon=soon,
        unopened=unopened,
        bad_ratings=count(Rating, bad),
        bad_ratings_late=count(Rating, bad, Rating.due_at < now),
        complaints=count(Complaint, complaints),
        complaints_late=count(Complaint, complaints, Complaint.due_at < now),
        phone_tasks_late=count(PhoneTask, calls),
    )


def late(session: Session, who: Who, now: datetime, most: int = MOST) -> list[Late]:
    """Cases whose nearest deadline is the office's and has passed, then those it is near for, the oldest first."""
    return _running(session, who, now, most, Case.due_clock.not_in(_NOT_WORK))


def ageing(session: Session, who: Who, now: datetime, most: int = MOST) -> list[Late]:
    """Cases nobody opened, the oldest first (C8)."""
    return _running(session, who, now, most, Case.due_clock == ClockKind.AGEING.value)


def due_by(session: Session, who: Who, until: datetime, now: datetime, most: int) -> list[Late]:
    """Cases that fall due until then, overdue ones first."""
    mine = Case.due_clock != ClockKind.SUPPLEMENT.value
    return _running(session, who, now, most, mine, Case.due_at <= until, warned=False)


def _running(
    session: Session, who: Who, now: datetime, most: int, *conditions: ColumnElement[bool], warned: bool = True
) -> list[Late]:
    """Each share of the reader's from its own index."""
    found: list[Late] = []
    for part in shares(who):
        statement = select(Case).where(part, Case.due_at.is_not(None), *conditions)
        if warned:
            statement = statement.where(Case.warn_at <= now)
        found += [
            Late(case, case.due_clock, case.due_at, case.due_at < now)
            for case in session.scalars(statement.order_by(Case.due_at).limit(most))
            if case.due_at is not None and case.due_clock is not None
        ]
    return sorted(found, key=lambda one: one.due_at)[:most]


def missing(session: Session, who: Who, now: datetime, most: int = MOST) -> list[Missing]:
    """Documents and notices that the lifecycle asks for and that are not there (漏发文书、漏通知)."""
    moved = session.execute(
        select(CaseEvent, Case)
        .join(Case, CaseEvent.case_seq == Case.seq)
        .where(visible(who), CaseEvent.at >= now - LOOKED_BACK, CaseEvent.source != CaseEvent.target)
        .order_by(CaseEvent.id.desc())
        .limit(most * 50)
    ).all()
    return gaps(session, [(event, case) for event, case in moved])[:most]


def gaps(session: Session, moved: Sequence[tuple[CaseEvent, Case]]) -> list[Missing]:
    """What these steps should have brought along and did not, as it stands now."""
    flows = lifecycle.load()
    seqs = {case.seq for _, case in moved}
    papers: Counter[tuple[int, str]] = Counter()
    for seq, kind in session.execute(select(Document.case_seq, Document.kind).where(Document.case_seq.in_(seqs))):
        papers[seq, kind] += 1
    told: Counter[tuple[int, str]] = Counter()
    sent = select(Notice.case_seq, Notice.kind).where(Notice.case_seq.in_(seqs), Notice.state != "failed")
    for seq, notice in session.execute(sent):
        told[seq, notice] += 1
    found = []
    for event, case in moved:
        flow = flows.flows.get(case.mode)
        step = None if flow is None else flow.find(State(event.source), event.event)
        if step is None or event.sub_case_id is not None:
            continue
        if step.document in ISSUED_BY_STAFF and step.document is not None and not _issued(papers, case, step.document):
            name = flows.documents[step.document]
            found.append(Missing(case, event.event, event.at, Words(f"缺{name.zh}", f"No {name.en}")))
        if step.notice is not None and not told[case.seq, step.notice.value]:
            words = Words(f"没有通知申请人（{step.notice.value}）", f"Applicant not told ({step.notice.value})")
            found.append(Missing(case, event.event, event.at, words))
    return found


def outside_list(session: Session, vault: Vault, who: Who, now: datetime, most: int = MOST) -> list[Outside]:
    """What was asked for outside of the lists in the last 30 days, the newest first."""
    rows = session.execute(
        select(CaseEvent, Case, Unit.name, User.name)
        .join(Case, CaseEvent.case_seq == Case.seq)
        .outerjoin(Unit, Unit.id == CaseEvent.unit_id)
        .outerjoin(User, User.id == CaseEvent.user_id)
        .where(text(f"case_event.{OUTSIDE_LIST}"), CaseEvent.at >= now - LOOKED_BACK, visible(who))
        .order_by(CaseEvent.at.desc())
        .limit(most)
    )
    return [
        Outside(
            case,
            event.at,
            int(event.detail.get("asked", 1)),
            unit or "",
            name or "",
            vault.read(event.basis_sealed, f"case_event.basis_sealed|{case.application_id}"),
        )
        for event, case, unit, name in rows
    ]


def _issued(papers: Counter[tuple[int, str]], case: Case, kind: DocumentKind) -> bool:
    """A collection may be confirmed by either paper, as the place's profile has it."""
    either = (DocumentKind.COLLECTION_NOTICE, DocumentKind.ACCEPTANCE_RECEIPT)
    kinds = either if kind is DocumentKind.COLLECTION_NOTICE else (kind,)
    return any(papers[case.seq, one.value] for one in kinds)


def rates_by_item(session: Session, who: Who, now: datetime, most: int = 20) -> list[Rate]:
    """Return and supplement rates of items, the worst first, of cases of the last 30 days."""
    cases: Counter[str] = Counter()
    names: dict[str, str] = {}
    returned: Counter[str] = Counter()
    supplemented: Counter[str] = Counter()
    for part in shares(who):
        statement = select(
            Case.item_id,
            func.max(Case.item_name),
            func.count(),
            func.count().filter(Case.state.in_([State.RETURNED.value, State.NOT_ACCEPTED.value])),
            func.count().filter(Case.supplements > 0),
        ).where(part, Case.received_at >= now - LOOKED_BACK)
        for item, name, count, back, again in session.execute(statement.group_by(Case.item_id)):
            names[item] = name
            cases[item] += count
            returned[item] += back
            supplemented[item] += again
    rates = [Rate(names[item], cases[item], returned[item], supplemented[item]) for item in cases]
    return sorted((rate for rate in rates if rate.share), key=lambda rate: -rate.share)[:most]


def rates_by_unit(session: Session, who: Who, now: datetime, most: int = 20) -> list[Rate]:
    """The same of units: what they sent back in the last 30 days, of the cases that came to them.

    To a hall come those received in its place, to a department those of its sectors handled there.
    """
    back = [State.RETURNED.value, State.NOT_ACCEPTED.value]
    again = State.SUPPLEMENT_REQUIRED.value
    # In these words the condition is that of a small index (see `CaseEvent`).
    sent_back = (
        select(
            Unit,
            func.count().filter(CaseEvent.target.in_(back)),
            func.count().filter(CaseEvent.target == again),
        )
        .join(CaseEvent, CaseEvent.unit_id == Unit.id)
        .where(
            within(Unit.region_code, who),
            CaseEvent.at >= now - LOOKED_BACK,
            CaseEvent.target.in_([again, *back]),
            CaseEvent.source != CaseEvent.target,
        )
        .group_by(Unit.id)
        .order_by(func.count().desc())
        .limit(most)
    )
    rates = []
    for unit, returned, supplemented in session.execute(sent_back):
        place = Case.receiving_code if unit.kind == "hall" else Case.handling_code
        came = select(func.count()).where(place == unit.region_code, Case.received_at >= now - LOOKED_BACK)
        if unit.kind != "hall" and unit.sectors:
            came = came.where(Case.sector.in_(unit.sectors))
        rates.append(Rate(unit.name, session.scalar(came) or 0, returned, supplemented))
    return sorted(rates, key=lambda rate: -rate.share)


def idle_units(session: Session, who: Who, now: datetime) -> list[Idle]:
    """长时间无人登录 (R097): units with open work that nobody signed in to for a day."""
    seen = (
        select(Unit, func.max(User.last_seen_at))
        .outerjoin(User, User.unit_id == Unit.id)
        .where(Unit.active, within(Unit.region_code, who))
        .group_by(Unit.id)
        .order_by(Unit.region_code, Unit.id)
    )
    silent = [(unit, at) for unit, at in session.execute(seen).unique() if at is None or at < now - NOBODY_SIGNED_IN]
    ended = [state.value for state in lifecycle.load().terminal] + [State.COMPLETED.value]
    found = []
    for unit, at in silent:
        place = or_(Case.receiving_code == unit.region_code, Case.handling_code == unit.region_code)
        open_cases = select(Case.seq).where(place, Case.state.not_in(ended))
        if unit.kind == "department" and unit.sectors:
            open_cases = open_cases.where(Case.sector.in_(unit.sectors))
        waiting = session.scalar(select(func.count()).select_from(open_cases.limit(1000).subquery())) or 0
        if waiting:
            found.append(Idle(unit, at, waiting))
    return found


def silent_terminals(session: Session, who: Who, now: datetime, most: int = MOST) -> list[Terminal]:
    """Terminals that have not been heard of for a while, the longest first."""
    statement = select(Terminal).where(within(Terminal.region_code, who), Terminal.last_seen_at < now - NOT_HEARD_OF)
    return list(session.scalars(statement.order_by(Terminal.last_seen_at).limit(most)))


@dataclass(frozen=True, slots=True)
class Closed:
    """A terminal that is heard of and says that it serves nobody, with the devices that ail (`device: state, reason`)."""

    terminal: Terminal
    ailing: tuple[str, ...]


def closed_terminals(session: Session, who: Who, now: datetime, most: int = MOST) -> list[Closed]:
    """Terminals that are out of service by their own last word (R171)."""
    statement = select(Terminal).where(
        within(Terminal.region_code, who),
        Terminal.last_seen_at >= now - NOT_HEARD_OF,
        Terminal.status["in_service"].as_boolean().is_(False),
    )
    return [
        Closed(one, tuple(_ailment(device) for device in one.status["devices"] if device["state"] != "ok"))
        for one in session.scalars(statement.order_by(Terminal.terminal_id).limit(most))
    ]


def _ailment(device: Mapping[str, str | None]) -> str:
    return f"{device['device']}: {', '.join(filter(None, (device['state'], device['reason'])))}"
