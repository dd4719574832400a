"""Taking in a supplement: what was missing goes to its case, exactly once, or nothing changes (R065)."""

from __future__ import annotations

import base64
import binascii

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central.casework.acts import Refused
from central.casework.who import applicant
from central.centre import CentreParts
from central.enclosed import all_there, checked_files, taken
from central.opening import CannotOpen, UnknownKey, open_supplement
from central.proving import prove
from central.refusal import Refusal
from central.store.models import Case, CaseFile, Submission
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.states import State
from kiosk.protocol.supplement import Supplement, SupplementManifest, SupplementReceipt, SupplementSubmission


def receive(centre: CentreParts, submission: SupplementSubmission) -> str:
    """Verify, open and store; returns the receipt as JSON. Afterwards a power cut loses nothing.

    Raises:
        Refusal
    """
    manifest, sealed = submission.manifest, _decoded(submission)
    with centre.database.reading() as session:
        case = prove(session, centre.keys, centre.guesses, submission, centre.now())
        if case.slip_number != manifest.slip_number:
            raise Refusal(ProblemType.NOT_YOURS)
        answer = _earlier_answer(session, case, manifest)
        if answer is not None:
            return answer
        _must_wait(case)
    all_there(manifest.files, centre.parts.has)
    try:
        supplement = open_supplement(centre.keys, manifest, sealed)
        files = checked_files(centre.keys, manifest, supplement.files(), centre.parts.read)
    except UnknownKey:
        raise Refusal(ProblemType.UNKNOWN_KEY) from None
    except CannotOpen as error:
        raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
    if supplement.case_number != case.case_number:
        raise Refusal(ProblemType.CANNOT_OPEN, "the sealed supplement is for another case")
    return _store(centre, case.seq, manifest, sealed, supplement, files)


def _store(
    centre: CentreParts,
    seq: int,
    manifest: SupplementManifest,
    sealed: bytes,
    supplement: Supplement,
    files: list[CaseFile],
) -> str:
    now = centre.now()
    with centre.database.writing() as session:
        case = session.scalars(select(Case).where(Case.seq == seq).with_for_update()).one()
        # Between the first look and the lock another request may have brought this one, or another supplement.
        answer = _earlier_answer(session, case, manifest)
        if answer is not None:
            return answer
        _must_wait(case)
        last = session.scalar(select(func.max(Submission.number)).where(Submission.case_seq == seq)) or 0
        for file in files:
            file.case_seq = seq
        row = Submission(
            application_id=str(manifest.supplement_id),
            case_seq=seq,
            number=last + 1,
            fingerprint=_fingerprint(manifest),
            answer="",
            manifest=manifest.model_dump_json(),
            sealed=sealed,
            received_at=now,
        )
        session.add_all([row, *files])
        try:
            session.flush()
        except IntegrityError:  # the id is in use, for another case or another kind of request
            raise Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED) from None
        taken(session, [file.sealed_sha256 for file in files])
        try:
            centre.casework.supplemented(session, case, applicant(supplement.terminal_id))
        except Refused:
            raise Refusal(ProblemType.WRONG_STATE) from None
        state = State(case.state)
        receipt = SupplementReceipt(
            supplement_id=manifest.supplement_id,
            case_number=case.case_number,
            slip_number=case.slip_number,
            number=row.number,
            received_at=now,
            state=state,
            text_zh=state.zh,
            text_en=state.en,
        )
        row.answer = receipt.model_dump_json()
        return row.answer


def _earlier_answer(session: Session, case: Case, manifest: SupplementManifest) -> str | None:
    row = session.get(Submission, str(manifest.supplement_id))
    if row is None:
        return None
    if (row.case_seq, row.fingerprint) != (case.seq, _fingerprint(manifest)):
        raise Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED)
    return row.answer


def _must_wait(case: Case) -> None:
    if case.state != State.SUPPLEMENT_REQUIRED:
        raise Refusal(ProblemType.WRONG_STATE, "the case does not wait for a supplement")


def _fingerprint(manifest: SupplementManifest) -> str:
    return sha256_hex(manifest.model_dump_json().encode())


def _decoded(submission: SupplementSubmission) -> bytes:
    """The sealed supplement, as its own manifest describes it."""
    try:
        sealed = base64.b64decode(submission.sealed_supplement, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(ProblemType.INVALID_MESSAGE, "sealed_supplement is not base64") from None
    described = submission.manifest.supplement
    if (sha256_hex(sealed), len(sealed)) != (described.sha256, described.size):
        raise Refusal(ProblemType.INVALID_MESSAGE, "sealed_supplement is not what the manifest describes")
    return sealed
