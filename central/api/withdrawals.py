"""Asking to withdraw an application."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from central import withdrawals
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import CLAIM, ONCE, documented
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.withdrawal import WithdrawalReceipt, WithdrawalRequest

router = APIRouter(prefix="/api/v1", tags=["citizens"])


@router.post(
    "/withdrawals",
    status_code=201,
    response_model=WithdrawalReceipt,
    summary="Ask to withdraw an application",
    responses=documented(*ONCE, *CLAIM, ProblemType.WRONG_STATE, ProblemType.ALREADY_DONE, ProblemType.PARTS_MISSING),
)
def withdraw(request: Request, asked: WithdrawalRequest, idempotency_key: IdempotencyKey = None) -> Response:
    """The case goes on until a member of staff confirms it. Possible until it is decided."""
    check_key(idempotency_key, asked.request_id)
    return stored(withdrawals.ask(centre_of(request), asked))
