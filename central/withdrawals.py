"""Taking in a request to withdraw (R042). It waits with the case until a member of staff confirms or refuses it."""

from __future__ import annotations

from sqlalchemy import select

from central.casework import withdrawals
from central.casework.acts import Refused
from central.casework.who import applicant
from central.centre import CentreParts
from central.enclosed import all_there, check, row, taken
from central.once import once
from central.opening import CannotOpen, open_part, open_text
from central.proving import prove
from central.refusal import Refusal
from central.store.models import Case, CaseFile
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.withdrawal import SignatureFile, WithdrawalReceipt, WithdrawalRequest

_REFUSED = {"too_late": ProblemType.WRONG_STATE, "already_requested": ProblemType.ALREADY_DONE}


def ask(centre: CentreParts, request: WithdrawalRequest) -> str:
    """Record the request; returns the receipt as JSON.

    Raises:
        Refusal
    """
    now = centre.now()
    words, signature = _opened(centre, request)
    with centre.database.reading() as session:
        found = prove(session, centre.keys, centre.guesses, request, now)
    with centre.database.writing() as session:
        case = session.scalars(select(Case).where(Case.seq == found.seq).with_for_update()).one()

        def act() -> WithdrawalReceipt:
            try:
                withdrawals.request(
                    centre.casework.office,
                    session,
                    case,
                    applicant(request.terminal_id),
                    request_id=str(request.request_id),
                    channel=request.channel,
                    reason_code=request.reason,
                    words=words,
                )
            except Refused as refused:
                raise Refusal(_REFUSED.get(refused.code, ProblemType.INVALID_MESSAGE), refused.why.en) from None
            if signature is not None:
                signature.case_seq = case.seq
                session.add(signature)
                taken(session, [signature.sealed_sha256])
            return WithdrawalReceipt(request_id=request.request_id, case_number=case.case_number, requested_at=now)

        return once(session, "withdrawal", request.request_id, request, now, act)


def _opened(centre: CentreParts, request: WithdrawalRequest) -> tuple[str, CaseFile | None]:
    """The words, and the row for the signature."""
    try:
        words = "" if request.words is None else open_text(centre.keys, request.words, request.request_id, "words")
        signature = None if request.signature is None else _signature(centre, request, request.signature)
    except CannotOpen as error:
        raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
    return words, signature


def _signature(centre: CentreParts, request: WithdrawalRequest, file: SignatureFile) -> CaseFile:
    all_there([file.sealed], centre.parts.has)
    sealed = centre.parts.read(file.sealed.sha256)
    check(file.file, open_part(centre.keys, request.request_id, file.sealed.name, sealed), file.sealed.name)
    return row(file.sealed, file.file, str(request.request_id))
