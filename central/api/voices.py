"""Ratings and complaints."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from central import voices
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import CLAIM, ONCE, documented
from kiosk.protocol.model import RegionCode
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.voices import (
    ComplaintReceipt,
    ComplaintRequest,
    RatingReceipt,
    RatingRequest,
    RatingRulesAnswer,
)

router = APIRouter(prefix="/api/v1", tags=["citizens"])


@router.post(
    "/ratings",
    status_code=201,
    response_model=RatingReceipt,
    summary="Rate a visit or a completed case",
    responses=documented(*ONCE, *CLAIM, ProblemType.WRONG_STATE, ProblemType.ALREADY_DONE),
)
def rate(request: Request, rating: RatingRequest, idempotency_key: IdempotencyKey = None) -> Response:
    """Each visit and each case once. A bad score (1, 2) is looked into; which scores need a reason: `ratings/rules`."""
    check_key(idempotency_key, rating.request_id)
    return stored(voices.rate(centre_of(request), rating))


@router.get("/ratings/rules", summary="Which rules of rating count at a place")
def rules(request: Request, response: Response, region: RegionCode) -> RatingRulesAnswer:
    """What a terminal asks and offers at `region`, the receiving place (R135)."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = centre.rules.ratings(session).of(region)
    response.headers["Cache-Control"] = "public, max-age=600"
    return RatingRulesAnswer(
        region_code=region,
        needs_reason=found.needs_reason,
        reasons=found.reasons,
        answer_days=found.answer_days,
        anonymous=found.anonymous,
    )


@router.post(
    "/complaints",
    status_code=201,
    response_model=ComplaintReceipt,
    summary="Complain, report, suggest",
    responses=documented(*ONCE, *CLAIM),
)
def complain(request: Request, complaint: ComplaintRequest, idempotency_key: IdempotencyKey = None) -> Response:
    """Answers with the number to ask by, and by when there will be an answer."""
    check_key(idempotency_key, complaint.request_id)
    return stored(voices.complain(centre_of(request), complaint))
