"""视频会商 of a case: book it, say that it began, record each place's own conclusion; and the place's list of them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import or_, select

from central.casework import access, profiles
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.desk.pages.case import found
from central.desk.services_words import CONCLUSIONS, VIDEO_OUTCOMES, shanghai
from central.services import video
from central.services.video import Invited
from central.store.models import Case, Contact, Unit, VideoParty, VideoSession

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
LISTED = 100


@router.get("/video")
def listed(request: Request, visitor: Clerk) -> Response:
    """Consultations of this place that have not ended, as caller or as invited, by time."""
    region = visitor.who.region_code
    invited = select(VideoParty.session_id).where(VideoParty.region_code == region)
    with centre_of(request).database.reading() as session:
        rows = session.execute(
            select(VideoSession, Case)
            .join(Case, Case.seq == VideoSession.case_seq)
            .where(
                VideoSession.outcome.in_(video.OPEN),
                access.visible(visitor.who),
                or_(Case.receiving_code == region, VideoSession.id.in_(invited)),
            )
            .order_by(VideoSession.scheduled_at, VideoSession.id)
            .limit(LISTED)
        ).all()
        for one, _ in rows:
            one.parties  # noqa: B018 – read while the session is open
    return render(
        request,
        "services/videos.html",
        rows=rows,
        outcomes=VIDEO_OUTCOMES,
        conclusions=CONCLUSIONS,
        unit_of=partial(video.unit_of, centre_of(request).keys.vault),
        here="/desk/video",
    )


@router.get("/cases/{case_number}/video")
def of_case(request: Request, visitor: Clerk, case_number: str) -> Response:
    """A case's consultations."""
    return _show(request, visitor, case_number)


@router.post("/cases/{case_number}/video")
def book(request: Request, visitor: Clerk, case_number: str, form: Posted) -> Response:
    """Call one, with every handling place."""
    centre = centre_of(request)
    scheduled = shanghai(text(form, "scheduled_at", 20))
    try:
        with centre.database.writing() as session:
            case = found(session, visitor, case_number)
            invited = [
                Invited(code, text(form, f"unit_{code}", 80), text(form, f"person_{code}", 40))
                for code in video.places_of(session, case)
            ]
            video.book(session, centre.keys.vault, case, visitor.who, invited, centre.now(), scheduled)
    except Refused as refused:
        return _show(request, visitor, case_number, refused.why)
    booked = Words("已预约，办理地的清单里也看得到。", "Booked; the handling place sees it in its list too.")
    return see_other(request, f"/desk/cases/{case_number}/video", booked)


@router.post("/cases/{case_number}/video/{video_id}")
def act(request: Request, visitor: Clerk, case_number: str, video_id: RowNumber, form: Posted) -> Response:
    """It began, it did not come about, or a place concluded."""
    centre = centre_of(request)
    what = text(form, "act", 12)
    try:
        with centre.database.writing() as session:
            case = found(session, visitor, case_number)
            one = session.scalar(
                select(VideoSession)
                .where(VideoSession.id == video_id, VideoSession.case_seq == case.seq)
                .with_for_update()
            )
            if one is None:
                raise HTTPException(404)
            if what == "start":
                video.start(session, one, case, visitor.who, centre.now())
            elif what == "fail":
                video.fail(session, one, case, visitor.who, centre.now())
            else:
                video.conclude(
                    session,
                    centre.keys.vault,
                    one,
                    case,
                    visitor.who,
                    text(form, "place", 6),
                    text(form, "conclusion", 12),
                    centre.now(),
                    person=text(form, "person", 40),
                    note=text(form, "note", 1000),
                )
    except Refused as refused:
        return _show(request, visitor, case_number, refused.why)
    return see_other(request, f"/desk/cases/{case_number}/video", Words("已登记。", "Recorded."))


def _show(request: Request, visitor: Signed, case_number: str, wrong: Words | None = None) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        sessions = session.scalars(
            select(VideoSession).where(VideoSession.case_seq == case.seq).order_by(VideoSession.id.desc())
        ).all()
        notes = {one.id: video.note_of(centre.keys.vault, one) for one in sessions}
        places = video.places_of(session, case)
        halls = {
            unit.region_code: unit.name
            for unit in session.scalars(
                select(Unit).where(Unit.region_code.in_(places), Unit.kind == "hall", Unit.active)
            )
        }
        people = session.scalars(select(Contact).where(Contact.region_code.in_(places)).order_by(Contact.id)).all()
        parties = {one.id: list(one.parties) for one in sessions}
    receiving = visitor.who.region_code == case.receiving_code and visitor.who.has(Role.WINDOW)
    return render(
        request,
        "services/video.html",
        status=409 if wrong else 200,
        case=case,
        sessions=sessions,
        parties=parties,
        notes=notes,
        places=places,
        halls=halls,
        contacts=people,
        required=profiles.load().get(case.profile).video == "required",
        may_book=receiving and not (sessions and sessions[0].outcome in video.OPEN),
        receiving=receiving,
        region=visitor.who.region_code,
        open_outcomes=video.OPEN,
        outcomes=VIDEO_OUTCOMES,
        conclusions=CONCLUSIONS,
        person_of=partial(video.person_of, centre.keys.vault),
        unit_of=partial(video.unit_of, centre.keys.vault),
        wrong=wrong,
        here="/desk/video",
    )
