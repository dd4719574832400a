"""Adding what was missing to a case that waits for it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from central import supplements
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import CLAIM, ONCE, documented
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.supplement import SupplementReceipt, SupplementSubmission

router = APIRouter(prefix="/api/v1", tags=["citizens"])


@router.post(
    "/supplements",
    status_code=201,
    response_model=SupplementReceipt,
    summary="Add a sealed supplement to a case",
    responses=documented(*ONCE, *CLAIM, ProblemType.WRONG_STATE, ProblemType.PARTS_MISSING, ProblemType.UNKNOWN_KEY),
)
def supplement(request: Request, submission: SupplementSubmission, idempotency_key: IdempotencyKey = None) -> Response:
    """Only while the case waits for one (`SUPPLEMENT_REQUIRED`). No new case is made; staff check it again."""
    check_key(idempotency_key, submission.manifest.supplement_id)
    return stored(supplements.receive(centre_of(request), submission))
