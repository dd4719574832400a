"""监督: what is late, missing or lying about; rectifications; revisits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select

from central.casework.access import find, within
from central.casework.acts import Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text, whole
from central.ledger import rectification, supervision, words
from central.store.models import Case, Rectification, Revisit, Unit

router = APIRouter()
Supervisor = Annotated[Signed, allow(Role.SUPERVISOR)]
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
MOST = 200
_CHANCE = random.SystemRandom()


@router.get("/supervision")
def overview(request: Request, visitor: Supervisor) -> Response:
    """Everything that needs a supervisor's eye."""
    centre = centre_of(request)
    now, who = centre.now(), visitor.who
    with centre.database.reading() as session:
        context: dict[str, Any] = {
            "counts": supervision.counts(session, who, now),
            "late": supervision.late(session, who, now, 30),
            "ageing": supervision.ageing(session, who, now, 30),
            "missing": supervision.missing(session, who, now, 30),
            "outside": supervision.outside_list(session, centre.keys.vault, who, now, 30),
            "by_item": supervision.rates_by_item(session, who, now, 10),
            "by_unit": supervision.rates_by_unit(session, who, now, 10),
            "idle": supervision.idle_units(session, who, now),
            "terminals": supervision.silent_terminals(session, who, now, 30),
            "closed": supervision.closed_terminals(session, who, now, 30),
        }
    return render(request, "ledger/supervision.html", words=words, **context)


@router.get("/rectifications")
def rectifications(request: Request, visitor: Caseworker) -> Response:
    """整改单: those of the region for a supervisor, of their unit for others."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = session.execute(
            select(Rectification, Unit, Case)
            .join(Unit, Rectification.unit_id == Unit.id)
            .outerjoin(Case, Rectification.case_seq == Case.seq)
            .where(rectification.concerning(visitor.who))
            .order_by(Rectification.closed_at.is_not(None), Rectification.due_at)
            .limit(MOST)
        ).all()
        units = list(session.scalars(select(Unit).where(within(Unit.region_code, visitor.who)).order_by(Unit.id)))
    return render(
        request,
        "ledger/rectifications.html",
        found=found,
        unit_pairs=[(unit.id, unit.name) for unit in units],
        matters=rectification.MATTERS,
        demand_of=partial(rectification.demand_of, centre.keys.vault),
        reply_of=partial(rectification.reply_of, centre.keys.vault),
        matter_pairs=_pairs(visitor, rectification.MATTERS),
        supervisor=visitor.who.has(Role.SUPERVISOR),
        matter=request.query_params.get("matter", ""),
        unit=request.query_params.get("unit", ""),
        case_number=request.query_params.get("case", ""),
    )


@router.post("/rectifications")
def demand(request: Request, visitor: Supervisor, form: Posted) -> Response:
    """Open one."""
    centre = centre_of(request)
    unit, number = text(form, "unit", 12), text(form, "case_number", 64)
    with centre.database.writing() as session:
        case = find(session, visitor.who, number) if number else None
        if number and case is None:
            raise HTTPException(404)
        rectification.demand(
            session,
            centre.keys.vault,
            visitor.who,
            whole(unit) or 0,
            text(form, "matter", 40),
            text(form, "demand", rectification.LONGEST),
            case,
            centre.now(),
        )
    return see_other(request, "/desk/rectifications", Words("整改单已发出。", "The rectification was opened."))


@router.post("/rectifications/{number}/reply")
def reply(request: Request, visitor: Caseworker, number: RowNumber, form: Posted) -> Response:
    """The unit says what it did."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        one = rectification.find(session, visitor.who, number)
        if one is None:
            raise HTTPException(404)
        said = text(form, "reply", rectification.LONGEST)
        rectification.reply(session, centre.keys.vault, visitor.who, one, said, centre.now())
    return see_other(request, "/desk/rectifications", Words("已答复。", "Replied."))


@router.post("/rectifications/{number}/close")
def close(request: Request, visitor: Supervisor, number: RowNumber) -> Response:
    """The supervisor is content."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        one = rectification.find(session, visitor.who, number)
        if one is None:
            raise HTTPException(404)
        rectification.close(session, visitor.who, one, centre.now())
    return see_other(request, "/desk/rectifications", Words("已销号。", "Closed."))


@router.get("/revisits")
def revisits(request: Request, visitor: Supervisor) -> Response:
    """事后回访: drawn cases, the open ones first."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = session.execute(
            select(Revisit, Case, Unit)
            .join(Case, Revisit.case_seq == Case.seq)
            .join(Unit, Revisit.unit_id == Unit.id)
            .where(within(Unit.region_code, visitor.who))
            .order_by(Revisit.done_at.is_not(None), Revisit.due_at, Revisit.id)
            .limit(MOST)
        ).all()
    return render(
        request,
        "ledger/revisits.html",
        found=found,
        outcomes=rectification.OUTCOMES,
        outcome_pairs=_pairs(visitor, rectification.OUTCOMES),
    )


@router.post("/revisits")
def draw(request: Request, visitor: Supervisor, form: Posted) -> Response:
    """Draw some."""
    centre = centre_of(request)
    how_many = text(form, "how_many", 3)
    with centre.database.writing() as session:
        asked = whole(how_many)
        made = rectification.draw(session, visitor.who, 5 if asked is None else asked, centre.now(), _CHANCE)
    drawn = Words(f"抽取了 {len(made)} 件。", f"{len(made)} drawn.")
    return see_other(request, "/desk/revisits", drawn)


@router.post("/revisits/{number}")
def called(request: Request, visitor: Supervisor, number: RowNumber, form: Posted) -> Response:
    """Record a call."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        one = session.scalar(
            select(Revisit)
            .join(Unit, Revisit.unit_id == Unit.id)
            .where(Revisit.id == number, within(Unit.region_code, visitor.who))
        )
        if one is None:
            raise HTTPException(404)
        rectification.called(
            session,
            centre.keys.vault,
            visitor.who,
            one,
            text(form, "outcome", 20),
            text(form, "note", rectification.LONGEST),
            centre.now(),
        )
    return see_other(request, "/desk/revisits", Words("已登记。", "Recorded."))


def _pairs(visitor: Signed, table: Mapping[str, Words]) -> list[tuple[str, str]]:
    return [(code, words.en if visitor.language == "en" else words.zh) for code, words in table.items()]
