"""Answering how a case stands: in short, or in full for terminals that say they understand it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.terms import DocumentKind
from central.casework.withdrawals import may_withdraw
from central.documents import content as document_content
from central.keys import KeyRing
from central.proving import Guesses, cases_of
from central.store.database import Database
from central.store.models import Case, Clock, Document, Shipment, Withdrawal
from central.vault import CannotUnseal
from kiosk.protocol.application import Mode
from kiosk.protocol.progress import (
    AvailableDocument,
    Due,
    FullProgress,
    FullProgressAnswer,
    Missing,
    PlaceStanding,
    Progress,
    ProgressAnswer,
    ProgressQuery,
    Waybill,
    WaybillNode,
)
from kiosk.protocol.states import State

MOST = 50
"""Cases in one answer, the newest."""

_DUE = {
    "C3": ("补正截止", "Documents due"),
    "C4": ("承诺办结", "Promised decision"),
    "C6": ("法定办结", "Decision due by law"),
}
"""Clocks that concern the citizen. The others are the offices' own."""

_TRACE = {
    "collected": ("已揽收", "Collected"),
    "in_transit": ("运输中", "In transit"),
    "out_for_delivery": ("派送中", "Out for delivery"),
    "signed": ("已签收", "Signed for"),
    "returned": ("已退回", "Returned"),
    "problem": ("异常", "Problem"),
}

_PUBLIC = frozenset(DocumentKind) - {
    DocumentKind.SUBMISSION_SLIP,
    DocumentKind.MATERIAL_HANDOVER_LIST,
    DocumentKind.MAILING_LABEL,
}
"""Documents for the applicant."""


def progress(
    database: Database, keys: KeyRing, guesses: Guesses, query: ProgressQuery, now: datetime
) -> ProgressAnswer | FullProgressAnswer:
    """The cases that `query` finds; an empty answer does not tell a wrong query code from an unknown number.

    Raises:
        Refusal: CANNOT_OPEN for a card token that does not open; TOO_MANY_TRIES.
    """
    with database.reading() as session:
        cases = cases_of(session, keys, guesses, query, now, MOST)
        if query.understands == 2:
            return FullProgressAnswer(applications=tuple(_full(session, keys, case, now) for case in cases))
        return ProgressAnswer(applications=tuple(_short(case) for case in cases))


def may_rate(case: Case) -> bool:
    """Once completed, once per case (R067)."""
    return case.state in (State.COMPLETED, State.ARCHIVED) and case.rating in ("none", "invited")


def _short(case: Case) -> Progress:
    state = State(case.state)
    zh, en = _where_to_collect(case, state)
    return Progress(
        case_number=case.case_number,
        slip_number=case.slip_number,
        item_name=case.item_name,
        receiving_place=case.receiving_name,
        handling_place=case.handling_name,
        state=state,
        text_zh=state.zh + zh,
        text_en=state.en + en,
        received_at=case.received_at,
        updated_at=case.updated_at,
    )


def _where_to_collect(case: Case, state: State) -> tuple[str, str]:
    """Where the applicant goes for the result, when it is not the place where they applied (R111): the end of a sentence."""
    if not case.pickup_code or state not in (State.IN_DELIVERY, State.READY_FOR_PICKUP):
        return "", ""
    return f"（领取地：{case.pickup_name}）", f" (collect it at {case.pickup_name})"


def _full(session: Session, keys: KeyRing, case: Case, now: datetime) -> FullProgress:
    waiting = case.state == State.SUPPLEMENT_REQUIRED
    documents = session.scalars(
        select(Document).where(Document.case_seq == case.seq, Document.voided_at.is_(None)).order_by(Document.id)
    ).all()
    withdrawal = session.scalar(
        select(Withdrawal.state).where(Withdrawal.case_seq == case.seq).order_by(Withdrawal.id.desc()).limit(1)
    )
    return FullProgress(
        **_short(case).model_dump(),
        mode=Mode(case.mode),
        deadlines=_deadlines(session, case, now),
        missing=_missing(keys, documents) if waiting else (),
        waybills=_waybills(session, case),
        documents=tuple(_document(one) for one in documents if one.kind in _PUBLIC and one.content_sealed),
        places=tuple(_place(one.region_name, State(one.state)) for one in case.sub_cases)
        if len(case.sub_cases) > 1
        else (),
        withdrawal=_standing(withdrawal),
        may_supplement=waiting,
        may_withdraw=may_withdraw(case) and withdrawal != "requested",
        may_rate=may_rate(case),
    )


def _standing(state: str | None) -> Literal["none", "requested", "confirmed", "refused"]:
    match state:
        case "requested" | "confirmed" | "refused":
            return state
        case _:
            return "none"


def _deadlines(session: Session, case: Case, now: datetime) -> tuple[Due, ...]:
    running = session.scalars(
        select(Clock)
        .where(Clock.case_seq == case.seq, Clock.stopped_at.is_(None), Clock.clock.in_(_DUE))
        .order_by(Clock.due_at)
    )
    return tuple(
        Due(
            clock=one.clock,
            text_zh=_DUE[one.clock][0],
            text_en=_DUE[one.clock][1],
            due_at=one.due_at,
            standing="overdue" if now > one.due_at else "warning" if now >= one.warn_at else "running",
        )
        for one in running
    )


def _missing(keys: KeyRing, documents: Sequence[Document]) -> tuple[Missing, ...]:
    """What the last one-time notice says, all of it (R023)."""
    notices = [one for one in documents if one.kind == DocumentKind.ONE_TIME_NOTICE]
    if not notices:
        return ()
    last = notices[-1]
    try:
        text = keys.vault.open(last.content_sealed, document_content.place(last.check_code))
        body = document_content.from_json(text).body
    except (CannotUnseal, ValueError):
        return ()  # damaged: the rest of the answer is still true, and the paper says it all
    if not isinstance(body, document_content.OneTimeNotice):
        return ()
    return tuple(
        Missing(
            material=line.material,
            subject=line.subject,
            what=line.what,
            basis=line.basis,
            remedy=line.remedy,
            tolerable=line.tolerable,
        )
        for line in body.problems
    )


def _document(one: Document) -> AvailableDocument:
    zh, en = document_content.TITLES[DocumentKind(one.kind)]
    return AvailableDocument(number=one.number, kind=one.kind, name_zh=zh, name_en=en, issued_at=one.issued_at)


def _waybills(session: Session, case: Case) -> tuple[Waybill, ...]:
    shipments = session.scalars(select(Shipment).where(Shipment.case_seq == case.seq).order_by(Shipment.id))
    return tuple(
        Waybill(
            direction=one.direction,
            carrier=one.carrier,
            waybill=one.waybill,
            state=one.state,
            nodes=tuple(
                WaybillNode(at=node.at, state=node.state, text_zh=words[0], text_en=words[1])
                for node in one.trace
                if (words := _TRACE.get(node.state)) is not None
            ),
        )
        for one in shipments
    )


def _place(name: str, state: State) -> PlaceStanding:
    return PlaceStanding(place=name, state=state, text_zh=state.zh, text_en=state.en)
