"""For existing platforms of provinces, each with a token of its own (`central platform add`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPBearer
from sqlalchemy.orm import InstrumentedAttribute, Session

from central import platforms
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import ONCE, documented
from central.centre import CentreParts
from central.once import once
from central.sharing.authorisations import Permit, SharingRight, permitted, taken
from central.store.models import CaseEvent
from central.store.settled import settled
from kiosk.protocol.platform import Feed, ResultFeedback, ResultReceipt
from kiosk.protocol.problems import ProblemType

TOKEN = HTTPBearer(auto_error=False, scheme_name="platform", description="Printed once by `central platform add`")

router = APIRouter(prefix="/api/v1", tags=["platforms"], dependencies=[Depends(TOKEN)])

Position = Annotated[int, Query(ge=0, le=2**62, description="`next_after` of the last answer; 0: from the beginning")]
Limit = Annotated[int, Query(ge=1, le=platforms.MOST)]


@router.get(
    "/feed",
    summary="What changed",
    responses=documented(
        ProblemType.UNAUTHORISED, ProblemType.NOT_AUTHORISED, ProblemType.INVALID_MESSAGE, ProblemType.STORAGE_FULL
    ),
)
def feed(request: Request, after: Position = 0, limit: Limit = 100) -> Feed:
    """State changes of cases received or handled in the platform's divisions, oldest first, as soon as they are stored.
    At least once: deal with them, then keep `next_after`. Nothing about a person. Right: `states`.
    """
    centre = centre_of(request)
    permit, up_to = follower(request, SharingRight.STATES, CaseEvent.id)
    with centre.database.reading() as session:
        found = platforms.feed(session, permit, after, up_to, limit)
    note(centre, permit, permit.platform.name, {"after": after, "next_after": found.next_after}, told=found.changes)
    return found


@router.post(
    "/results",
    status_code=201,
    response_model=ResultReceipt,
    summary="Report what was decided in another system",
    responses=documented(*ONCE, ProblemType.UNAUTHORISED, ProblemType.NOT_AUTHORISED, ProblemType.NOT_YOURS),
)
def result(request: Request, feedback: ResultFeedback, idempotency_key: IdempotencyKey = None) -> Response:
    """It is written into the case's ledger, where the staff of the handling place see it and act. No state changes.
    Right: `report`.
    """
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.writing() as session:
        permit = permit_of(session, request, SharingRight.REPORT, now)
        permit.platform.seen_at = now
        check_key(idempotency_key, feedback.request_id)
        answer = once(
            session,
            f"result of {permit.platform.id}",  # nobody hears another's answer
            feedback.request_id,
            feedback,
            now,
            lambda: platforms.take_result(session, permit, feedback, now),
        )
        taken(session, permit, feedback.case_number, now, {"outcome": feedback.outcome})
    return stored(answer)


def permit_of(session: Session, request: Request, right: SharingRight, now: datetime) -> Permit:
    """What the asking platform may do of this kind.

    Raises:
        Refusal: UNAUTHORISED, NOT_AUTHORISED
    """
    return permitted(session, platforms.admitted(session, request.headers.get("authorization")), right, now)


def follower(request: Request, right: SharingRight, number: InstrumentedAttribute[int]) -> tuple[Permit, int]:
    """Who asks for a stream, and how far it goes now. Strangers are turned away before anybody waits for writers.

    Raises:
        Refusal: UNAUTHORISED, NOT_AUTHORISED
    """
    centre = centre_of(request)
    with centre.database.reading() as session:
        permit = permit_of(session, request, right, centre.now())
    return permit, settled(centre.database, number)


def note(
    centre: CentreParts, permit: Permit, target: str, detail: Mapping[str, object], *, told: Sequence[object]
) -> None:
    """Record that a platform was told this, before it is; a stream that has nothing new tells nothing."""
    if told:
        with centre.database.writing() as session:
            taken(session, permit, target, centre.now(), {**detail, "count": len(told)})
