"""Doing a request exactly once, however often it is sent (docs/protocol.md, idempotency).

The row that names the request is written first, in the transaction that does it: of two at the same time, one waits for
the other's commit and then finds the row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central.refusal import Refusal
from central.store.models import Answered
from kiosk.protocol.model import Message, sha256_hex
from kiosk.protocol.problems import ProblemType


def fingerprint(request: Message) -> str:
    """Of the content of a request. Without its proof, which may be made anew: a card token differs each time. Without what
    it leaves open, so that a repetition stays one when messages have got further fields meanwhile.
    """
    said = request.model_dump_json(exclude={"proof": True, "claim": {"proof"}}, exclude_defaults=True)
    return sha256_hex(said.encode())


def once(
    session: Session, kind: str, request_id: UUID, request: Message, at: datetime, act: Callable[[], Message]
) -> str:
    """Do `act` in the caller's transaction and return its answer as JSON; for a repetition, the first answer.

    Raises:
        Refusal: IDEMPOTENCY_KEY_REUSED, IN_FLIGHT
    """
    earlier = session.get(Answered, str(request_id))
    if earlier is not None:
        if (earlier.kind, earlier.fingerprint) != (kind, fingerprint(request)):
            raise Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED)
        return earlier.answer
    row = Answered(request_id=str(request_id), kind=kind, fingerprint=fingerprint(request), answer="", at=at)
    session.add(row)
    try:
        session.flush()
        row.answer = act().model_dump_json()
        session.flush()
    except IntegrityError:
        # Another request with this id, or about the same thing, was faster: come back and hear what came of it.
        raise Refusal(ProblemType.IN_FLIGHT) from None
    return row.answer
