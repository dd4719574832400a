"""The audit trail: who did what and when, for the auditor alone (R056). Reading it leaves no choice but the truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central.audit import chain, trail
from central.casework.terms import Role
from central.centre import CentreParts
from central.desk.audit_words import action_words, said
from central.desk.frame import Signed, allow, centre_of, render
from central.store.models import AuditAnchor, AuditEntry, Export, User
from central.times import CHINA

router = APIRouter()

Auditor = Annotated[Signed, allow(Role.AUDITOR)]
_PAGE = 100
_EXPORT = "export:"


@router.get("/audit")
def entries(
    request: Request,
    _: Auditor,
    login: str = "",
    action: str = "",
    target: str = "",
    since: str = "",
    until: str = "",
    before: int = 0,
) -> Response:
    """The latest first. `action` also finds what begins with it and a dot: case finds case.collect."""
    statement = select(AuditEntry, User).outerjoin(User, User.id == AuditEntry.user_id)
    if login := login.strip():
        statement = statement.where(User.login == login.lower())
    if action := action.strip():
        statement = statement.where(
            or_(AuditEntry.action == action, AuditEntry.action.startswith(action + ".", autoescape=True))
        )
    if target := target.strip():
        statement = statement.where(AuditEntry.target == target)
    if since:
        statement = statement.where(AuditEntry.at >= _midnight(since))
    if until:
        statement = statement.where(AuditEntry.at < _midnight(until) + timedelta(days=1))
    if 0 < before < 2**53:
        statement = statement.where(AuditEntry.id < before)
    with centre_of(request).database.reading() as session:
        rows = session.execute(statement.order_by(AuditEntry.id.desc()).limit(_PAGE + 1)).all()
        anchors = session.scalars(select(AuditAnchor).order_by(AuditAnchor.id.desc()).limit(5)).all()
        purposes = _purposes(centre_of(request), session, [entry.target for entry, _ in rows])
    filters = {"login": login, "action": action, "target": target, "since": since, "until": until}
    return render(
        request,
        "audit/list.html",
        rows=[
            (entry, user, action_words(entry.action), said(json.loads(entry.detail) | purposes.get(entry.target, {})))
            for entry, user in rows[:_PAGE]
        ],
        filters=filters,
        older=rows[_PAGE - 1][0].id if len(rows) > _PAGE else 0,
        anchors=anchors,
    )


@router.post("/audit/verify")
def verify(request: Request, visitor: Auditor) -> Response:
    """Go through the whole trail, and record that."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        verdict = chain.verify(session, centre.keys)
    with centre.database.writing() as session:
        detail = {"entries": verdict.entries, "findings": len(verdict.findings)}
        trail.record(session, visitor.who, "audit.verified", verdict.head[:16], centre.now(), detail)
    return render(request, "audit/verdict.html", verdict=verdict)


@router.post("/audit/anchor")
def anchor(request: Request, visitor: Auditor) -> Response:
    """A signed head as a file, to be kept elsewhere."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        trail.record(session, visitor.who, "audit.anchored", "", centre.now())
        made = chain.anchor(session, centre.keys, centre.now())
    if made is None:
        raise HTTPException(404)
    name = f"audit-anchor-{made.entry_id}.txt"
    return PlainTextResponse(made.line + "\n", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _purposes(centre: CentreParts, session: Session, targets: Sequence[str]) -> dict[str, dict[str, str]]:
    """What exports were for, in the words of those who asked; the trail itself holds no typed words."""
    numbers = [int(target.removeprefix(_EXPORT)) for target in targets if target.startswith(_EXPORT)]
    exports = session.scalars(select(Export).where(Export.id.in_(numbers)))
    return {f"{_EXPORT}{one.id}": {"purpose": centre.exports.purpose(one)} for one in exports}


def _midnight(day: str) -> datetime:
    """The beginning of that day in China."""
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), CHINA)
    except ValueError:
        raise HTTPException(422) from None
