"""What citizens say at a terminal: ratings and complaints, opened, proved to be about their own case, and recorded once."""

from __future__ import annotations

from uuid import UUID

from central.casework.acts import Refused
from central.centre import CentreParts
from central.ledger import complaints, rating
from central.once import once
from central.opening import CannotOpen, open_text
from central.proving import prove
from central.refusal import Refusal
from central.store.models import Case
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.proof import Claim
from kiosk.protocol.voices import ComplaintReceipt, ComplaintRequest, RatingReceipt, RatingRequest

_REFUSED = {"already_rated": ProblemType.ALREADY_DONE, "not_completed": ProblemType.WRONG_STATE}


def rate(centre: CentreParts, request: RatingRequest) -> str:
    """Record a rating; returns the receipt as JSON.

    Raises:
        Refusal
    """
    now = centre.now()
    words = _words(centre, request.words, request.request_id, "words")
    seq = _proved(centre, request.claim)
    with centre.database.writing() as session:
        case = None if seq is None else session.get_one(Case, seq)

        def act() -> RatingReceipt:
            said = rating.Said(
                request_id=str(request.request_id),
                score=request.score,
                reasons=request.reasons,
                words=words,
                visit="" if request.visit_id is None else str(request.visit_id),
                terminal_id=request.terminal_id,
                region_code=request.region_code,
                anonymous=request.anonymous,
            )
            plan = centre.rules.ratings(session)
            try:
                made = rating.record(session, centre.keys.vault, said, case, now, plan)
            except Refused as refused:
                raise _refusal(refused) from None
            return RatingReceipt(request_id=request.request_id, received_at=now, answer_due=made.due_at)

        return once(session, "rating", request.request_id, request, now, act)


def complain(centre: CentreParts, request: ComplaintRequest) -> str:
    """Record a complaint, report, suggestion or issue; returns the receipt as JSON.

    Raises:
        Refusal
    """
    now = centre.now()
    words = _words(centre, request.words, request.request_id, "words")
    contact = _words(centre, request.contact, request.request_id, "contact")
    seq = _proved(centre, request.claim)
    with centre.database.writing() as session:
        case = None if seq is None else session.get_one(Case, seq)

        def act() -> ComplaintReceipt:
            said = complaints.Said(
                request_id=str(request.request_id),
                kind=request.kind,
                words=words,
                contact=contact,
                terminal_id=request.terminal_id,
                region_code=request.region_code,
            )
            try:
                made = complaints.record(session, centre.keys.vault, said, case, now)
            except Refused as refused:
                raise _refusal(refused) from None
            return ComplaintReceipt(
                request_id=request.request_id, number=made.number, received_at=now, answer_due=made.due_at
            )

        return once(session, "complaint", request.request_id, request, now, act)


def _proved(centre: CentreParts, claim: Claim | None) -> int | None:
    """The number of the case it is about, if it is about one."""
    if claim is None:
        return None
    with centre.database.reading() as session:
        return prove(session, centre.keys, centre.guesses, claim, centre.now()).seq


def _words(centre: CentreParts, sealed: str | None, request_id: UUID, field: str) -> str:
    if sealed is None:
        return ""
    try:
        return open_text(centre.keys, sealed, request_id, field)
    except CannotOpen as error:
        raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None


def _refusal(refused: Refused) -> Refusal:
    return Refusal(_REFUSED.get(refused.code, ProblemType.INVALID_MESSAGE), refused.why.en)
