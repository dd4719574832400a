"""好差评: ratings, and what is done about bad ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import func, select

from central.casework.acts import Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.ledger import rating, words
from central.store.models import Case, Rating, Unit

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
MOST = 100


@router.get("/ratings")
def ratings(request: Request, visitor: Caseworker, which: str = "open") -> Response:
    """Bad ones that are open (the default), or all."""
    centre = centre_of(request)
    everything = which == "all"
    with centre.database.reading() as session:
        mine = rating.answering(visitor.who)
        statement = (
            select(Rating, Case, Unit)
            .outerjoin(Case, Rating.case_seq == Case.seq)
            .outerjoin(Unit, Rating.unit_id == Unit.id)
            .where(mine)
        )
        if everything:
            statement = statement.order_by(Rating.id.desc())
        else:
            statement = statement.where(Rating.score <= rating.BAD, Rating.closed_at.is_(None)).order_by(Rating.due_at)
        found = session.execute(statement.limit(MOST)).all()
        counted = select(Rating.score, func.count()).where(mine).group_by(Rating.score)
        levels = {row[0]: row[1] for row in session.execute(counted)}
    return render(
        request, "ledger/ratings.html", found=found, levels=levels, words=words, bad=rating.BAD, everything=everything
    )


@router.get("/ratings/{number}")
def one_rating(request: Request, visitor: Caseworker, number: RowNumber) -> Response:
    """One rating, and the next step about it."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = rating.find(session, visitor.who, number)
        if found is None:
            raise HTTPException(404)
        case = None if found.case_seq is None else session.get(Case, found.case_seq)
        unit = None if found.unit_id is None else session.get(Unit, found.unit_id)
        place = case.receiving_code if case is not None else unit.region_code if unit is not None else ""
        rules = centre.rules.ratings(session).of(place)
    return render(
        request,
        "ledger/rating.html",
        rating=found,
        case=case,
        rules=rules,
        said=rating.words_of(centre.keys.vault, found),
        measures=rating.measures_of(centre.keys.vault, found),
        words=words,
        bad=rating.BAD,
    )


@router.post("/ratings/{number}")
def step(request: Request, visitor: Caseworker, number: RowNumber, form: Posted) -> Response:
    """核实 → 整改 → 回访 → 办结."""
    centre = centre_of(request)
    now, who, what = centre.now(), visitor.who, text(form, "step", 20)
    with centre.database.writing() as session:
        found = rating.find(session, who, number)
        if found is None:
            raise HTTPException(404)
        if what == "verify":
            rating.verify(session, who, found, genuine=text(form, "genuine", 5) == "yes", at=now)
        elif what == "measures":
            rating.put_right(session, centre.keys.vault, who, found, text(form, "measures", 4000), now)
        elif what == "call_back":
            rating.call_back(session, who, found, now)
        elif what == "close":
            rating.close(session, who, found, now)
        else:
            raise HTTPException(422)
    return see_other(request, f"/desk/ratings/{number}", Words("已登记。", "Recorded."))
