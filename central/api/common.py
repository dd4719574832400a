"""What all endpoints have in common."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response

from central.centre import CentreParts
from central.refusal import Refusal
from kiosk.protocol.problems import ProblemType

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=80, description="The id in the body as a quoted string (RFC 8941)"),
]


def centre_of(request: Request) -> CentreParts:
    """The centre that serves this request."""
    centre: CentreParts = request.app.state.centre
    return centre


def check_key(field: str | None, request_id: UUID) -> None:
    """The Idempotency-Key must be the id in the body, in double quotes.

    Raises:
        Refusal: IDEMPOTENCY_KEY_MISSING
    """
    if _key(field) != request_id:
        raise Refusal(ProblemType.IDEMPOTENCY_KEY_MISSING, "it must be the id in the body, in double quotes")


def stored(answer: str) -> Response:
    """An answer as it was first given, byte for byte."""
    return Response(answer, status_code=201, media_type="application/json", headers={"Cache-Control": "no-store"})


def _key(field: str | None) -> UUID | None:
    if field is None or len(field) != 38 or field[0] != '"' or field[-1] != '"':
        return None
    try:
        return UUID(field[1:-1])
    except ValueError:
        return None
