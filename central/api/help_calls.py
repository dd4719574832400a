"""Calls for help from terminals."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from central import help_tasks
from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.problem_answers import documented
from kiosk.protocol.help import HelpCall, HelpCallReceipt
from kiosk.protocol.problems import ProblemType

router = APIRouter(prefix="/api/v1", tags=["terminals"])


@router.post(
    "/help-calls",
    status_code=201,
    response_model=HelpCallReceipt,
    summary="Ask for a member of staff to come to a terminal",
    responses=documented(
        ProblemType.IDEMPOTENCY_KEY_MISSING,
        ProblemType.IDEMPOTENCY_KEY_REUSED,
        ProblemType.IN_FLIGHT,
        ProblemType.INVALID_MESSAGE,
        ProblemType.TOO_LARGE,
        ProblemType.TOO_MANY_TRIES,
        ProblemType.STORAGE_FULL,
    ),
)
def call(request: Request, help_call: HelpCall, idempotency_key: IdempotencyKey = None) -> Response:
    """Where and at which step; nothing about a person. The answer says whether anybody is there to come."""
    check_key(idempotency_key, help_call.request_id)
    return stored(help_tasks.receive(centre_of(request), help_call))
