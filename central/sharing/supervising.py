"""监管数据 (R105): three streams for a supervising body's system, none of which says anything about a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central.casehistory import event_words
from central.casework import clocks, lifecycle
from central.casework.rights import places_of
from central.casework.terms import ClockKind
from central.ledger import supervision
from central.sharing.authorisations import Permit
from central.store.models import AuditEntry, Case, CaseEvent, Clock, Rating, Rectification, SubCase, Unit
from kiosk.protocol.states import State
from kiosk.protocol.supervising import (
    Deadline,
    Gap,
    Measure,
    Measures,
    Rated,
    Ratings,
    Standing,
    Step,
    Steps,
)

_RATING, _RECTIFICATION = "rating:", "rectification:"


def steps(session: Session, permit: Permit, after: int, up_to: int, limit: int, now: datetime) -> Steps:
    """Lines of the ledger behind position `after`, oldest first, and their cases as they stand now. `up_to`, here and below:
    the last position that is settled (`central.store.settled`).
    """
    rows = session.execute(
        select(CaseEvent, Case, SubCase.region_code, Unit.name)
        .join(Case, CaseEvent.case_seq == Case.seq)
        .outerjoin(SubCase, CaseEvent.sub_case_id == SubCase.id)
        .outerjoin(Unit, CaseEvent.unit_id == Unit.id)
        .where(CaseEvent.id > after, CaseEvent.id <= up_to, permit.cases())
        .order_by(CaseEvent.id)
        .limit(limit + 1)
    ).all()
    told = rows[:limit]
    cases = {case.seq: case for _, case, _, _ in told}
    return Steps(
        steps=tuple(_step(event, case, place, unit) for event, case, place, unit in told),
        cases=_standings(session, list(cases.values()), now),
        next_after=told[-1][0].id if told else after,
        more=len(rows) > limit,
    )


def ratings(session: Session, permit: Permit, after: int, up_to: int, limit: int) -> Ratings:
    """Ratings of the places' units behind position `after`, oldest first."""
    rows = session.execute(
        select(Rating, Unit.name, Case.case_number)
        .join(Unit, Rating.unit_id == Unit.id)
        .outerjoin(Case, Rating.case_seq == Case.seq)
        .where(Rating.id > after, Rating.id <= up_to, permit.place(Unit.region_code))
        .order_by(Rating.id)
        .limit(limit + 1)
    ).all()
    told = tuple(
        Rated(position=one.id, unit=unit, case_number=number, score=one.score, at=one.at, due_at=one.due_at)
        for one, unit, number in rows[:limit]
    )
    return Ratings(ratings=told, next_after=told[-1].position if told else after, more=len(rows) > limit)


def measures(session: Session, permit: Permit, after: int, up_to: int, limit: int) -> Measures:
    """What was done about bad ratings and rectifications, behind position `after` of the audit trail, oldest first.

    Entries of other places are passed over, so a page may be empty and yet `more`.
    """
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.id > after,
            AuditEntry.id <= up_to,
            or_(AuditEntry.action.startswith("rating."), AuditEntry.action.startswith("rectification.")),
        )
        .order_by(AuditEntry.id)
        .limit(limit + 1)
    ).all()
    looked = entries[:limit]
    found = _rated(session, permit, looked) | _rectified(session, permit, looked)
    return Measures(
        measures=tuple(
            found[entry.target].model_copy(update={"position": entry.id, "action": entry.action, "at": entry.at})
            for entry in looked
            if entry.target in found
        ),
        next_after=looked[-1].id if looked else after,
        more=len(entries) > limit,
    )


def _step(event: CaseEvent, case: Case, place: str | None, unit: str | None) -> Step:
    return Step(
        position=event.id,
        case_number=case.case_number,
        event=event.event,
        text_zh=event_words(event.event).zh,
        source=event.source,
        target=event.target,
        place_code=place,
        unit=unit or "",
        basis=_rule(event, case),
        clock=event.detail.get("clock"),
        at=event.at,
    )


def _rule(event: CaseEvent, case: Case) -> str:
    """The rule that a move is made under. What staff typed as its basis is sealed: it may name the applicant."""
    flow = lifecycle.load().flows.get(case.mode)
    known = flow is not None and event.source in set(State)
    transition = flow.find(State(event.source), event.event) if flow is not None and known else None
    return "" if transition is None else transition.basis


def _standings(session: Session, cases: Sequence[Case], now: datetime) -> tuple[Standing, ...]:
    seqs = [case.seq for case in cases]
    clocks = defaultdict(list)
    for clock, place in session.execute(
        select(Clock, SubCase.region_code)
        .outerjoin(SubCase, Clock.sub_case_id == SubCase.id)
        .where(Clock.case_seq.in_(seqs))
        .order_by(Clock.id)
    ):
        clocks[clock.case_seq].append((clock, place))
    moved = session.execute(
        select(CaseEvent, Case)
        .join(Case, CaseEvent.case_seq == Case.seq)
        .where(CaseEvent.case_seq.in_(seqs), CaseEvent.source != CaseEvent.target)
        .order_by(CaseEvent.id)
    )
    gaps = defaultdict(list)
    for one in supervision.gaps(session, [(event, case) for event, case in moved]):
        gaps[one.case.seq].append(Gap(event=one.event, at=one.at, text_zh=one.what.zh))
    return tuple(
        Standing(
            case_number=case.case_number,
            item_id=case.item_id,
            item_name=case.item_name,
            sector=case.sector,
            mode=case.mode,
            channel=case.channel,
            receiving_code=case.receiving_code,
            handling_codes=places_of(case),
            state=case.state,
            text_zh=State(case.state).zh,
            received_at=case.received_at,
            deadlines=tuple(_deadline(case, clock, place, now) for clock, place in clocks[case.seq]),
            gaps=tuple(gaps[case.seq]),
        )
        for case in cases
    )


def _deadline(case: Case, clock: Clock, place: str | None, now: datetime) -> Deadline:
    kind = ClockKind(clock.clock)
    whose = clocks.whose(kind, case.mode)
    return Deadline(
        clock=clock.clock,
        text_zh=lifecycle.load().clocks[kind].zh,
        due_from=whose,
        place_code=place or (case.handling_code if whose == "handling" else case.receiving_code),
        started_at=clock.started_at,
        due_at=clock.due_at,
        ended_at=clock.stopped_at,
        late=(clock.stopped_at or now) > clock.due_at,
        uncertain=clock.uncertain,
    )


def _rated(session: Session, permit: Permit, entries: Sequence[AuditEntry]) -> dict[str, Measure]:
    rows = session.execute(
        select(Rating, Unit.name, Case.case_number)
        .join(Unit, Rating.unit_id == Unit.id)
        .outerjoin(Case, Rating.case_seq == Case.seq)
        .where(Rating.id.in_(_numbers(entries, _RATING)), permit.place(Unit.region_code))
    )
    return {
        f"{_RATING}{one.id}": Measure(
            position=0,
            action="",
            at=one.at,
            subject="rating",
            number=one.id,
            unit=unit,
            case_number=number,
            matter="bad_rating",
            opened_at=one.at,
            due_at=one.due_at,
            closed_at=one.closed_at,
        )
        for one, unit, number in rows
    }


def _rectified(session: Session, permit: Permit, entries: Sequence[AuditEntry]) -> dict[str, Measure]:
    rows = session.execute(
        select(Rectification, Unit.name, Case.case_number)
        .join(Unit, Rectification.unit_id == Unit.id)
        .outerjoin(Case, Rectification.case_seq == Case.seq)
        .where(Rectification.id.in_(_numbers(entries, _RECTIFICATION)), permit.place(Unit.region_code))
    )
    return {
        f"{_RECTIFICATION}{one.id}": Measure(
            position=0,
            action="",
            at=one.opened_at,
            subject="rectification",
            number=one.id,
            unit=unit,
            case_number=number,
            matter=one.matter,
            opened_at=one.opened_at,
            due_at=one.due_at,
            closed_at=one.closed_at,
        )
        for one, unit, number in rows
    }


def _numbers(entries: Sequence[AuditEntry], kind: str) -> list[int]:
    return [int(one.target.removeprefix(kind)) for one in entries if one.target.startswith(kind)]
