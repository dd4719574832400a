"""相互授权 (R147): which place lets which other place do what for it, with exceptions, revocable at once."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.grants import ANY, granted
from central.casework.terms import Right, Role
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.store.models import Grant, Unit, User
from central.times import CHINA

router = APIRouter()

Reader = Annotated[Signed, allow(Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR)]
Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
RIGHTS = {
    Right.COLLECT: Words("收件受理权", "Collect"),
    Right.NOTIFY_ONCE: Words("一次性告知权", "Notify once"),
    Right.VERIFY_ORIGINAL: Words("原件核验权", "Verify originals"),
    Right.DELIVER_RESULT: Words("审批结果送达权", "Deliver results"),
}
_PLACE = re.compile(r"\*|[1-9][0-9]{5}")
_ITEM = re.compile(r"\*|[A-Za-z0-9._-]{1,40}")
_MOST = 500


@router.get("/grants")
def grants(
    request: Request, visitor: Reader, place: str = "", ended: str = "", grantor: str = "", grantee: str = ""
) -> Response:
    """What is recorded, and for a pair of places what follows from it."""
    centre = centre_of(request)
    now = centre.now()
    statement = select(Grant, User.name).outerjoin(User, User.id == Grant.recorded_by)
    if place:
        statement = statement.where(or_(Grant.grantor_region == place, Grant.grantee_region == place))
    if not ended:
        statement = statement.where(Grant.revoked_at.is_(None), or_(Grant.until.is_(None), Grant.until > now))
    statement = statement.order_by(Grant.grantor_region, Grant.grantee_region, Grant.right, Grant.id).limit(_MOST)
    with centre.database.reading() as session:
        rows = [(grant, name) for grant, name in session.execute(statement)]
        places = _places(session)
        answer = None
        if _PLACE.fullmatch(grantor) and _PLACE.fullmatch(grantee):
            answer = [(words, granted(session, grantor, grantee, right, ANY, now)) for right, words in RIGHTS.items()]
    return render(
        request,
        "grants/list.html",
        rows=rows,
        places=places,
        names=dict(places),
        rights=RIGHTS,
        place=place,
        ended=ended,
        grantor=grantor,
        grantee=grantee,
        answer=answer,
        may_edit=visitor.who.has(Role.ADMINISTRATOR),
    )


@router.post("/grants")
def record(request: Request, visitor: Administrator, form: Posted) -> Response:
    """One row for each right that is ticked."""
    centre = centre_of(request)
    now = centre.now()
    grantor, grantee = text(form, "grantor", 6), text(form, "grantee", 6)
    item, basis = text(form, "item", 40) or ANY, text(form, "basis", 200)
    rights = [right for right in Right if right.value in form.getlist("rights")]
    allowed = text(form, "allowed") != "no"
    if not (_PLACE.fullmatch(grantor) and _PLACE.fullmatch(grantee) and _ITEM.fullmatch(item)):
        raise HTTPException(422)
    if not rights or not basis:
        raise Refused("grant", Words("请选择至少一项权限，并填写依据。", "Tick at least one right and name the basis."))
    if grantor == grantee != ANY:
        raise Refused("grant", Words("本地不需要给自己授权。", "A place needs no grant of its own."))
    until = _until(text(form, "until", 10))
    if until is not None and until <= now:
        raise Refused("grant", Words("截止日期已过。", "That day is over."))
    with centre.database.writing() as session:
        for right in rights:
            session.add(
                Grant(
                    grantor_region=grantor,
                    grantee_region=grantee,
                    right=right.value,
                    item_id=item,
                    allowed=allowed,
                    since=now,
                    until=until,
                    basis=basis,
                    recorded_by=visitor.user.id,
                )
            )
            detail = {"right": right.value, "item": item, "allowed": allowed, "until": until and until.isoformat()}
            trail.record(session, visitor.who, "grant.recorded", f"{grantor}>{grantee}", now, detail)
    return see_other(request, "/desk/grants", Words("已登记，即时生效。", "Recorded, effective at once."))


@router.post("/grants/{grant_id}/revoke")
def revoke(request: Request, visitor: Administrator, grant_id: int) -> Response:
    """From now on it counts no more."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        grant = session.get(Grant, grant_id) if 0 < grant_id < 2**31 else None
        if grant is None:
            raise HTTPException(404)
        if grant.revoked_at is None:
            grant.revoked_at = centre.now()
            target = f"{grant.grantor_region}>{grant.grantee_region}"
            detail = {"grant": grant.id, "right": grant.right, "item": grant.item_id, "allowed": grant.allowed}
            trail.record(session, visitor.who, "grant.revoked", target, centre.now(), detail)
    return see_other(request, "/desk/grants", Words("已撤销，即时生效。", "Revoked, effective at once."))


def _places(session: Session) -> list[tuple[str, str]]:
    statement = select(Unit.region_code, Unit.region_name).where(Unit.kind == "hall").order_by(Unit.region_code)
    return [(code, name) for code, name in session.execute(statement.distinct())]


def _until(day: str) -> datetime | None:
    """The end of that day in China."""
    if not day:
        return None
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date() + timedelta(days=1), time(), CHINA)
    except (ValueError, OverflowError):
        raise HTTPException(422) from None
