"""Which materials a terminal need not photograph."""

from __future__ import annotations

from fastapi import APIRouter, Request

from central import licence_checks
from central.api.common import centre_of
from central.api.problem_answers import documented
from kiosk.protocol.licences import LicenceAnswer, LicenceQuery
from kiosk.protocol.problems import ProblemType

router = APIRouter(prefix="/api/v1", tags=["terminals"])


@router.post(
    "/licences/query",
    summary="Which materials can be obtained as e-licences",
    responses=documented(
        ProblemType.INVALID_MESSAGE, ProblemType.CANNOT_OPEN, ProblemType.TOO_LARGE, ProblemType.TOO_MANY_TRIES
    ),
)
def query(request: Request, asked: LicenceQuery) -> LicenceAnswer:
    """Only with the applicant's consent; ten times in a quarter of an hour for one person. A centre that is connected to no
    licence service, or whose service is away, answers with none: then they are photographed as ever.
    """
    return licence_checks.available(centre_of(request), asked)
