"""For existing platforms of provinces, each with a token of its own (`central platform add`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPBearer

from central import platforms
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import ONCE, documented
from central.once import once
from kiosk.protocol.platform import Feed, ResultFeedback, ResultReceipt
from kiosk.protocol.problems import ProblemType

TOKEN = HTTPBearer(auto_error=False, scheme_name="platform", description="Printed once by `central platform add`")

router = APIRouter(prefix="/api/v1", tags=["platforms"], dependencies=[Depends(TOKEN)])

Position = Annotated[int, Query(ge=0, le=2**62, description="`next_after` of the last answer; 0: from the beginning")]
Limit = Annotated[int, Query(ge=1, le=platforms.MOST)]


@router.get(
    "/feed",
    summary="What changed",
    responses=documented(ProblemType.UNAUTHORISED, ProblemType.INVALID_MESSAGE),
)
def feed(request: Request, after: Position = 0, limit: Limit = 100) -> Feed:
    """State changes of cases received or handled in the platform's divisions, oldest first, ten seconds after they
    happened. At least once: deal with them, then keep `next_after`. Nothing about a person.
    """
    centre = centre_of(request)
    with centre.database.reading() as session:
        platform = platforms.admitted(session, request.headers.get("authorization"))
        return platforms.feed(session, platform, after, limit, centre.now())


@router.post(
    "/results",
    status_code=201,
    response_model=ResultReceipt,
    summary="Report what was decided in another system",
    responses=documented(*ONCE, ProblemType.UNAUTHORISED, ProblemType.NOT_YOURS),
)
def result(request: Request, feedback: ResultFeedback, idempotency_key: IdempotencyKey = None) -> Response:
    """It is written into the case's ledger, where the staff of the handling place see it and act. No state changes."""
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.writing() as session:
        platform = platforms.admitted(session, request.headers.get("authorization"))
        platform.seen_at = now
        check_key(idempotency_key, feedback.request_id)
        answer = once(
            session,
            "result",
            feedback.request_id,
            feedback,
            now,
            lambda: platforms.take_result(session, platform, feedback, now),
        )
    return stored(answer)
