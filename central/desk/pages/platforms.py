"""对接平台 (R133): which platforms are admitted, what they may take on whose written word, and ending that at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select

from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text, whole
from central.sharing import authorisations
from central.sharing.authorisations import ABOUT_PERSONS, RIGHTS, Letter
from central.sharing.sheets import key_of
from central.store.models import Authorisation, Platform, User
from central.times import end_of

router = APIRouter()

Reader = Annotated[Signed, allow(Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR)]
Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
Ender = Annotated[Signed, allow(Role.ADMINISTRATOR, Role.SECURITY)]
_MOST = 500


@router.get("/platforms")
def platforms(request: Request, visitor: Reader, ended: str = "") -> Response:
    """Platforms, and their authorisations: those in force, or with `ended` all."""
    centre = centre_of(request)
    now = centre.now()
    statement = (
        select(Authorisation, User.name)
        .outerjoin(User, User.id == Authorisation.recorded_by)
        .order_by(Authorisation.platform_id, Authorisation.until, Authorisation.id)
        .limit(_MOST)
    )
    if not ended:
        statement = statement.where(Authorisation.ended_at.is_(None), Authorisation.until > now)
    with centre.database.reading() as session:
        admitted = session.scalars(select(Platform).order_by(Platform.revoked_at.is_not(None), Platform.name)).all()
        rows = [(one, name) for one, name in session.execute(statement)]
    return render(
        request,
        "platforms/list.html",
        platforms=admitted,
        keys={one.id: key_of(one).key_id for one in admitted if one.public_key},
        letters={one.id: [row for row in rows if row[0].platform_id == one.id] for one in admitted},
        ended=ended,
        rights=RIGHTS,
        about_persons=ABOUT_PERSONS,
        may_record=visitor.who.has(Role.ADMINISTRATOR),
        may_end=visitor.who.has(Role.ADMINISTRATOR, Role.SECURITY),
    )


@router.post("/platforms/authorisations")
def record(request: Request, visitor: Administrator, form: Posted) -> Response:
    """Write down what a place's department authorised in writing."""
    centre = centre_of(request)
    now = centre.now()
    letter = Letter(
        number=text(form, "number", authorisations.LONGEST),
        authority=text(form, "authority", authorisations.LONGEST),
        purpose=text(form, "purpose", authorisations.LONGEST),
        prefixes=text(form, "divisions", 200).replace("，", " ").replace(",", " ").split(),
        rights=[one for one in form.getlist("rights") if isinstance(one, str)],
        since=now,
        until=_last_moment(text(form, "until", 10)),
    )
    with centre.database.writing() as session:
        platform = session.get(Platform, whole(text(form, "platform", 12)) or 0)
        if platform is None or platform.revoked_at is not None:
            raise Refused("platform", Words("请选择平台。", "Choose the platform."))
        authorisations.record(session, visitor.who, platform, letter, now)
    return see_other(request, "/desk/platforms", Words("已登记，即时生效。", "Recorded, effective at once."))


@router.post("/platforms/authorisations/{number}/end")
def end(request: Request, visitor: Ender, number: RowNumber) -> Response:
    """From now on the platform gets nothing by it."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        found = session.get(Authorisation, number)
        if found is None:
            raise HTTPException(404)
        authorisations.end(session, visitor.who, found, centre.now())
    return see_other(request, "/desk/platforms", Words("已终止，即时生效。", "Ended, effective at once."))


def _last_moment(day: str) -> datetime:
    try:
        return end_of(datetime.strptime(day, "%Y-%m-%d").date())
    except (ValueError, OverflowError):
        raise Refused("until", Words("请填写截止日期。", "Name the last day.")) from None
