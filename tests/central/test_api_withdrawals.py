"""Asking to withdraw: heard once, kept with its words and signature, and nothing is withdrawn before staff confirm."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from central.once import fingerprint
from central.opening import open_part
from central.store.models import Case, CaseEvent, CaseFile, Withdrawal
from kiosk.protocol.application import Mode
from kiosk.protocol.envelope import SUITE, SealedPart, file_info, seal
from kiosk.protocol.messages import Submission
from kiosk.protocol.model import Message, sha256_hex
from kiosk.protocol.sealed_text import seal_text
from kiosk.protocol.states import State
from kiosk.protocol.withdrawal import SignatureFile, WithdrawalReason
from tests.central.casefolk import do, open_desk
from tests.central.citizen import Citizen, at_the_centre, dump, kind, put, send
from tests.central.desk import RECEIVING
from tests.central.rig import RunningCentre, application_of, number, photo, ref

WORDS = "家里有急事，先不办了。王"


def rows(centre: RunningCentre) -> list[Withdrawal]:
    with centre.parts.database.reading() as session:
        return list(session.scalars(select(Withdrawal)))


def state(centre: RunningCentre, citizen: Citizen) -> str:
    with centre.parts.database.reading() as session:
        return session.scalars(select(Case.state).where(Case.case_number == citizen.case_number)).one()


@pytest.mark.req("R042")
def test_it_is_withdrawn_when_staff_confirm_and_not_before(centre: RunningCentre) -> None:
    open_desk(centre)
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    answer = wang.withdraw(wang.withdrawal(WORDS))
    assert answer.status_code == 201, answer.text
    assert answer.json()["statement_zh"] == "撤回申请已提交，工作人员确认后生效。"
    assert state(centre, wang) == State.SUBMITTED
    do(
        centre,
        f"hall.{RECEIVING}",
        wang.case_number,
        "withdraw",
        reason="申请人要求撤回",
        extra={"returned": "on_the_spot"},
    )
    assert state(centre, wang) == State.WITHDRAWN
    assert wang.progress()["withdrawal"] == "confirmed"


def test_the_applicants_words_are_kept_sealed(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    assert wang.withdraw(wang.withdrawal(WORDS)).status_code == 201
    (row,) = rows(centre)
    assert row.request_sealed is not None
    assert WORDS.encode() not in row.request_sealed
    where = f"withdrawal.request_sealed|{wang.application.application_id}"
    assert centre.parts.keys.vault.open(row.request_sealed, where) == WORDS
    with centre.parts.database.reading() as session:
        (line,) = session.scalars(select(CaseEvent).where(CaseEvent.event == "withdrawal_requested"))
        assert (line.actor, line.terminal_id) == ("applicant", "WSQ-03")


def test_the_same_again_gets_the_same_bytes_also_with_a_new_token_of_the_card(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    request = wang.withdrawal(proof=wang.card)
    first = wang.withdraw(request)
    assert wang.withdraw(request.model_copy(update={"proof": wang.card})).content == first.content
    assert wang.withdraw(request.model_copy(update={"proof": wang.proof})).content == first.content
    other = request.model_copy(update={"reason": WithdrawalReason.OTHER})
    assert kind(wang.withdraw(other)) == "idempotency-key-reused"
    assert len(rows(centre)) == 1


def test_a_repetition_stays_one_when_messages_have_got_a_further_field() -> None:
    class Before(Message):
        words: str

    class After(Before):
        further: bool = False

    assert fingerprint(Before(words="x")) == fingerprint(After(words="x"))
    assert fingerprint(After(words="x")) != fingerprint(After(words="x", further=True))


def test_a_second_request_while_one_is_open_is_told_so(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    assert wang.withdraw(wang.withdrawal()).status_code == 201
    assert kind(wang.withdraw(wang.withdrawal())) == "already-done"
    assert len(rows(centre)) == 1


@pytest.mark.parametrize("state", [State.APPROVED, State.COMPLETED, State.WITHDRAWN, State.IN_TRANSIT])
def test_too_late_is_too_late(centre: RunningCentre, state: State) -> None:
    wang = at_the_centre(centre)
    wang.stands(state)
    assert kind(wang.withdraw(wang.withdrawal())) == "wrong-state"
    assert rows(centre) == []


def test_nobody_withdraws_another_ones_application(centre: RunningCentre) -> None:
    wang, liu = at_the_centre(centre), at_the_centre(centre, "liu", 2)
    for changes in (
        {"proof": liu.proof},
        {"proof": liu.card},
        {"case_number": wang.case_number[:-1] + "8"},
    ):
        assert kind(wang.withdraw(wang.withdrawal(**changes))) == "not-yours"
    assert rows(centre) == []


def test_words_sealed_for_another_request_do_not_open(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    elsewhere = seal_text(WORDS, uuid4(), "words", centre.key)
    assert kind(wang.withdraw(wang.withdrawal(words=elsewhere))) == "cannot-open"
    key = uuid4()
    other_field = seal_text(WORDS, key, "contact", centre.key)
    assert kind(wang.withdraw(wang.withdrawal(words=other_field, request_id=key))) == "cannot-open"


def _signature(centre: RunningCentre, data: bytes, key: UUID) -> tuple[SignatureFile, bytes]:
    sealed = SUITE.encrypt(data, centre.key.public_key, file_info(key, "file-001"))
    part = SealedPart(name="file-001", sha256=sha256_hex(sealed), size=len(sealed))
    return SignatureFile(sealed=part, file=ref(data, "image/png")), sealed


def test_the_signature_is_kept_with_the_case_and_opens(centre: RunningCentre) -> None:
    wang, key, drawn = at_the_centre(centre), uuid4(), photo(700, 5)
    signature, sealed = _signature(centre, drawn, key)
    request = wang.withdrawal(request_id=key, words=None, signature=signature)
    assert kind(wang.withdraw(request)) == "parts-missing"
    put(centre, signature.sealed, sealed)
    assert wang.withdraw(request).status_code == 201
    with centre.parts.database.reading() as session:
        file = session.scalars(select(CaseFile).where(CaseFile.application_id == str(key))).one()
    assert open_part(centre.parts.keys, key, file.part_name, centre.parts.parts.read(file.sealed_sha256)) == drawn


def test_a_signature_that_is_somebody_elses_or_no_picture_is_refused(centre: RunningCentre) -> None:
    wang, key = at_the_centre(centre), uuid4()
    for data, made_for in ((b"PK\x03\x04" + bytes(200), key), (photo(300), uuid4())):
        signature, sealed = _signature(centre, data, made_for)
        put(centre, signature.sealed, sealed)
        request = wang.withdrawal(request_id=key, words=None, signature=signature)
        assert kind(wang.withdraw(request)) == "cannot-open"
    assert rows(centre) == []


def test_a_request_id_cannot_be_used_for_two_kinds_of_request(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    request = wang.withdrawal()
    assert wang.withdraw(request).status_code == 201
    rating = {
        "request_id": str(request.request_id),
        "kind": "visit",
        "visit_id": str(uuid4()),
        "region_code": "150626",
        "terminal_id": "WSQ-03",
        "score": 5,
    }
    assert kind(send(centre, "/api/v1/ratings", rating, request.request_id)) == "idempotency-key-reused"


def test_an_id_once_used_with_a_file_serves_for_nothing_else(centre: RunningCentre) -> None:
    wang, key, drawn = at_the_centre(centre), uuid4(), photo(700, 5)
    signature, sealed = _signature(centre, drawn, key)
    put(centre, signature.sealed, sealed)
    assert wang.withdraw(wang.withdrawal(request_id=key, words=None, signature=signature)).status_code == 201
    wang.stands(State.SUPPLEMENT_REQUIRED)
    _, envelope = wang.supplement(photo(500, 7), supplement_id=key)
    assert kind(wang.send(envelope)) == "idempotency-key-reused"
    application, files = application_of("liu", number(2), [photo(300)], key=key)
    sealed_application = seal(application, files, centre.key)
    for part in sealed_application.manifest.files:
        put(centre, part, sealed_application.parts[part.name])
    body = Submission.sealed(sealed_application.manifest, sealed_application.parts["application"])
    assert kind(send(centre, "/api/v1/applications", dump(body), key)) == "in-flight"
    assert wang.progress()["state"] == State.SUPPLEMENT_REQUIRED
