"""Publishing the catalogue: first to a group of terminals, then to all, or taken back; and who belongs to a group (R102)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue import editing, publishing, release
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text, whole
from central.desk.pages.catalogue import BODY, ROLES
from central.store.models import Publication, TerminalGroup, User
from central.times import CHINA

router = APIRouter()

LISTED = 200
Reader = Annotated[Signed, allow(*ROLES)]
Reviewer = Annotated[Signed, allow(Role.CATALOGUE_REVIEWER)]


@router.post("/catalogue/publish")
def publish(request: Request, visitor: Reviewer, form: Posted) -> Response:
    """Publish what is approved, for everybody or for a group first; terminals work with it when it is in effect."""
    centre = centre_of(request)
    at = centre.now()
    day, number = _day(text(form, "effective", 10), at), whole(text(form, "group", 10))
    with centre.database.writing() as session:
        group = None if number is None else _group(session, number)
        publication = editing.publish_approved(session, centre.keys.signing, visitor.who, BODY, at, day, group)
        version = publication.version
        first = Words(f"，先发给“{group.name}”", f", first for {group.name}") if group else Words("", "")
    return see_other(
        request,
        f"/desk/catalogue/versions/{version}",
        Words(
            f"已发布版本 {version}{first.zh}，终端会自动更新",
            f"Published {version}{first.en}; terminals take it by themselves",
        ),
    )


@router.get("/catalogue/versions/{version}")
def one(request: Request, visitor: Reader, version: str) -> Response:
    """A version: who published it when, for whom it is, how many terminals have it, and what can be done with it."""
    with centre_of(request).database.reading() as session:
        publication = _publication(session, version)
        people = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(_acting(publication))))}
        group = None if publication.group_id is None else session.get(TerminalGroup, publication.group_id)
        progress = release.progress(session, publication)
        return render(
            request,
            "catalogue/version.html",
            publication=publication,
            people=people,
            group=group,
            progress=progress,
            listed=progress.terminals[:LISTED],
            changed=_changed(session, publication),
            may_decide=visitor.who.has(Role.CATALOGUE_REVIEWER),
            may_take_back=release.may_take_back(session, publication),
        )


@router.post("/catalogue/versions/{version}")
def decide(request: Request, visitor: Reviewer, version: str, form: Posted) -> Response:
    """Give it to everybody, or take it back."""
    centre = centre_of(request)
    at = centre.now()
    with centre.database.writing() as session:
        publication = _publication(session, version)
        if text(form, "do", 20) == "everybody":
            release.everybody(session, visitor.who, publication, at)
            said = Words(f"版本 {version} 已向所有终端放开", f"All terminals are offered {version} now")
        else:
            why = text(form, "why", 400)
            restored = release.take_back(session, centre.keys.signing, visitor.who, publication, why, at)
            version = restored.version
            said = Words(
                f"已收回，终端将更新到内容同前的版本 {version}；其中的修改已退回编辑",
                f"Taken back: terminals go on to {version} with the earlier contents; the changes are with the editors",
            )
    return see_other(request, f"/desk/catalogue/versions/{version}", said)


@router.get("/catalogue/groups")
def groups(request: Request, visitor: Reader) -> Response:
    """All groups of terminals."""
    with centre_of(request).database.reading() as session:
        found = session.scalars(select(TerminalGroup).order_by(TerminalGroup.name)).all()
        busy = {one.id: release.with_group(session, one.id) for one in found}
    return render(
        request,
        "catalogue/groups.html",
        groups=found,
        busy=busy,
        may_change=visitor.who.has(Role.CATALOGUE_REVIEWER),
    )


@router.post("/catalogue/groups")
def add_group(request: Request, visitor: Reviewer, form: Posted) -> Response:
    """A new group."""
    return _saved(request, visitor, form, None)


@router.post("/catalogue/groups/{number}")
def change_group(request: Request, visitor: Reviewer, number: RowNumber, form: Posted) -> Response:
    """Who belongs to a group."""
    return _saved(request, visitor, form, number)


def _saved(request: Request, visitor: Signed, form: Posted, number: int | None) -> Response:
    centre = centre_of(request)
    members = [re.split(r"[\s,，、;；]+", text(form, name, 20_000)) for name in ("terminals", "divisions")]
    terminals, divisions = ([one for one in some if one] for some in members)
    with centre.database.writing() as session:
        group = TerminalGroup() if number is None else _group(session, number)
        release.save_group(session, visitor.who, group, text(form, "name", 60), terminals, divisions, centre.now())
    return see_other(request, "/desk/catalogue/groups", Words("已保存", "Saved"))


def _publication(session: Session, version: str) -> Publication:
    found = publishing.version_of(session, BODY, version)
    if found is None:
        raise HTTPException(404)
    return found


def _group(session: Session, number: int) -> TerminalGroup:
    found = session.get(TerminalGroup, number)
    if found is None:
        raise HTTPException(404)
    return found


def _acting(publication: Publication) -> list[int]:
    acting = (publication.published_by, publication.everybody_by, publication.taken_back_by)
    return [one for one in acting if one is not None]


def _changed(session: Session, publication: Publication) -> list[str]:
    """Keys of the entries that differ from the version before it."""
    manifest = publishing.manifest_of(publication)
    before = publishing.version_of(session, publication.body, manifest.earlier) if manifest.earlier else None
    if before is None:
        return []
    earlier = set(publishing.manifest_of(before).entries)
    return [ref.key for ref in manifest.entries if ref not in earlier]


def _day(value: str, at: datetime) -> datetime | None:
    """Midnight of the day from which a version counts; None: at once."""
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        raise Refused("bad_day", Words("生效日期写成 2026-12-01 的样子", "Write the day like 2026-12-01")) from None
    return day if day > at else None
