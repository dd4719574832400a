"""Heartbeats of terminals."""

from __future__ import annotations

from fastapi import APIRouter, Request

from central.api.common import centre_of
from central.api.problem_answers import documented
from central.terminals import beat
from kiosk.protocol.heartbeat import Heartbeat, HeartbeatAnswer
from kiosk.protocol.problems import ProblemType

router = APIRouter(prefix="/api/v1", tags=["terminals"])


@router.post(
    "/heartbeat",
    summary="Say how a terminal is",
    responses=documented(ProblemType.INVALID_MESSAGE, ProblemType.TOO_LARGE, ProblemType.STORAGE_FULL),
)
def heartbeat(request: Request, status: Heartbeat) -> HeartbeatAnswer:
    """Nothing about a person. One that arrives after a later one of the same start changes nothing."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        return beat(session, status, centre.now())
