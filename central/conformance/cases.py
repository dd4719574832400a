"""What citizens ask and add later: progress, supplement, withdrawal, rating, complaint (docs/protocol.md, section 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from central.conformance.check import Broken, Check, NotRun, expect, rule
from central.conformance.lab import Answer, Lab, Submitted
from central.conformance.person import MARK, NOBODY_NAME, PHONE, new_slip_number, picture, ref
from kiosk.protocol.application import Material, Page
from kiosk.protocol.card_token import seal_card_token
from kiosk.protocol.model import Message
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.progress import FullProgressAnswer, ProgressAnswer
from kiosk.protocol.proof import Claim, Proof
from kiosk.protocol.sealed_text import seal_text
from kiosk.protocol.slip_number import query_code
from kiosk.protocol.supplement import Supplement, SupplementReceipt, SupplementSubmission, seal_supplement
from kiosk.protocol.voices import ComplaintKind, ComplaintRequest
from kiosk.protocol.withdrawal import WithdrawalReason, WithdrawalReceipt, WithdrawalRequest

PROGRESS, SUPPLEMENTS, WITHDRAWALS = "/api/v1/progress", "/api/v1/supplements", "/api/v1/withdrawals"
RATINGS, COMPLAINTS = "/api/v1/ratings", "/api/v1/complaints"
DOCUMENTS = "/api/v1/documents"
MOST_GUESSES = 40
STRANGER = "990000190001010000"
"""Nobody has it: the check digit is wrong."""


def _ask(lab: Lab, **query: object) -> Answer:
    return lab.post(PROGRESS, query)


def _found(answer: Answer) -> list[dict[str, Any]]:
    cases = answer.must_be(200).json().get("applications")
    if not isinstance(cases, list):
        raise Broken("the answer has no list `applications`")
    return cases


def _by_slip(lab: Lab, case: Submitted, **more: object) -> Answer:
    application = case.application
    return _ask(lab, slip_number=application.slip_number, query_code=query_code(application.application_id), **more)


@rule("progress.slip", "3 progress")
def by_slip(lab: Lab) -> None:
    """Slip number and query code find the case; spaces, hyphens and small letters do not matter."""
    application = lab.case.application
    slip, code = application.slip_number, query_code(application.application_id)
    for number, typed in ((slip, code), (f"{slip[:4]} {slip[4:9]}-{slip[9:]}", f"{code[:4]} {code[4:]}".lower())):
        found = _found(_ask(lab, slip_number=number, query_code=typed))
        expect([case.get("slip_number") for case in found] == [slip], "the case is not found by its slip")
        expect(found[0].get("state") == "SUBMITTED", "nobody has touched it, but its state is not SUBMITTED")


@rule("progress.wrong-code", "3 progress")
def wrong_code(lab: Lab) -> None:
    """A wrong query code and an unknown slip number get the same empty answer."""
    wrong = _ask(lab, slip_number=lab.case.application.slip_number, query_code="22222222").must_be(200)
    unknown = _ask(lab, slip_number=new_slip_number(lab.receiving.code), query_code="22222222").must_be(200)
    expect(_found(wrong) == [], "a wrong query code finds something")
    expect(wrong.body == unknown.body, "a wrong code is told from an unknown number")


@rule("progress.card", "3 progress")
def by_card(lab: Lab) -> None:
    """A card token finds the holder's cases, and nobody else's."""
    found = _found(_ask(lab, card_token=seal_card_token(lab.id_number, lab.key)))
    numbers = [case.get("slip_number") for case in found]
    expect(lab.case.application.slip_number in numbers, "the card does not find the case")
    others = [case.get("slip_number") for case in _found(_ask(lab, card_token=seal_card_token(STRANGER, lab.key)))]
    expect(lab.case.application.slip_number not in others, "another card finds the case")


@rule("progress.card-garbage", "3 progress")
def card_garbage(lab: Lab) -> None:
    """A card token that does not open is refused with 422 cannot-open."""
    for token in ("AAAA", "QUJD" * 60, "not base64!"):
        _ask(lab, card_token=token).must_refuse(ProblemType.CANNOT_OPEN)


@rule("progress.no-person", "3 progress")
def no_person(lab: Lab) -> None:
    """No answer holds a name, a number, a phone or an address of a person."""
    for answer in (_by_slip(lab, lab.case), _by_slip(lab, lab.case, understands=2)):
        text = answer.body.decode("utf-8", "replace")
        for secret in (NOBODY_NAME, lab.id_number, PHONE):
            expect(secret not in text and json.dumps(secret)[1:-1] not in text, "the answer holds personal data")


@rule("progress.version-1", "3 progress")
def version_1(lab: Lab) -> None:
    """A query without `understands` gets version 1 of the answer, without a field more."""
    _shape(ProgressAnswer, _by_slip(lab, lab.case).must_be(200))


@rule("progress.version-2", "3 progress")
def version_2(lab: Lab) -> None:
    """A query with `understands` 2 gets version 2; an untouched case may be withdrawn, not supplemented, not rated."""
    answer = _by_slip(lab, lab.case, understands=2).must_be(200)
    _shape(FullProgressAnswer, answer)
    (case,) = _found(answer)
    may = [case[name] for name in ("may_supplement", "may_withdraw", "may_rate")]
    expect(may == [False, True, False], "what the citizen may do is not told rightly")


@rule("progress.guessing", "3 progress")
def guessing(lab: Lab) -> None:
    """Whoever tries query codes for one slip number is stopped with 429 and Retry-After."""
    slip = new_slip_number(lab.receiving.code)
    for _ in range(MOST_GUESSES):
        answer = _ask(lab, slip_number=slip, query_code="33333333")
        if answer.status != 200:
            answer.must_refuse(ProblemType.TOO_MANY_TRIES)
            expect(re.fullmatch("[0-9]+", answer.headers.get("Retry-After", "")) is not None, "no Retry-After")
            return
    raise Broken(f"{MOST_GUESSES} wrong codes for one slip number were all answered")


@rule("claims.foreign-proof", "5")
def foreign_proof(lab: Lab) -> None:
    """A claim to a case with the proof of another is refused like one to a case that does not exist: 422 not-yours."""
    mine, other = lab.case.claim, lab.another_case().claim
    number = mine.case_number[:-4] + "9999"
    for claim in (
        Claim(case_number=mine.case_number, proof=other.proof),
        Claim(case_number=number if number != mine.case_number else number[:-1] + "8", proof=mine.proof),
        Claim(case_number=mine.case_number, proof=Proof(card_token=seal_card_token(STRANGER, lab.key))),
    ):
        _withdraw(lab, claim).must_refuse(ProblemType.NOT_YOURS)
        _supplement(lab, claim, mine.proof.slip_number or "").must_refuse(ProblemType.NOT_YOURS)


@rule("supplements.wrong-state", "5 supplements")
def supplement_wrong_state(lab: Lab) -> None:
    """A supplement to a case that does not wait for one is refused with 409 wrong-state."""
    claim = lab.case.claim
    _supplement(lab, claim, claim.proof.slip_number or "").must_refuse(ProblemType.WRONG_STATE)


@rule("supplements.accepted", "5 supplements")
def supplement_accepted(lab: Lab) -> None:
    """A case that waits takes a supplement with 201; the same again gets the same bytes; then it waits no longer."""
    if lab.waiting is None:
        raise NotRun("name a case that waits for a supplement (--waiting SLIP:CODE)")
    proof = Proof(slip_number=lab.waiting[0], query_code=lab.waiting[1])
    found = _found(_ask(lab, slip_number=proof.slip_number, query_code=proof.query_code))
    if not found or found[0].get("state") != "SUPPLEMENT_REQUIRED":
        raise NotRun("the case named does not wait for a supplement")
    claim = Claim(case_number=found[0]["case_number"], proof=proof)
    body, key = _supplement_body(lab, claim, proof.slip_number or "")
    first = lab.post(SUPPLEMENTS, body, key).must_be(201)
    _shape(SupplementReceipt, first)
    expect(lab.post(SUPPLEMENTS, body, key).must_be(201).body == first.body, "the second answer differs from the first")
    _supplement(lab, claim, proof.slip_number or "").must_refuse(ProblemType.WRONG_STATE)


@rule("ratings.too-early", "5 ratings")
def rating_too_early(lab: Lab) -> None:
    """A case that is not completed cannot be rated: 409 wrong-state."""
    _rate(lab, score=5, claim=lab.case.claim).must_refuse(ProblemType.WRONG_STATE)


@rule("ratings.reason", "5 ratings")
def rating_reason(lab: Lab) -> None:
    """A score of 1 or 2 without a reason is refused with 422, and so is a score beside the five."""
    for score in (1, 2, 0, 6):
        _rate(lab, score=score).must_refuse(ProblemType.INVALID_MESSAGE)


@rule("complaints.sealed", "5 complaints")
def complaint_sealed(lab: Lab) -> None:
    """Words that do not open, or were sealed for another request or field, are refused with 422 cannot-open."""
    key = uuid4()
    for words in ("AAAA" * 20, seal_text(MARK, uuid4(), "words", lab.key), seal_text(MARK, key, "contact", lab.key)):
        request = ComplaintRequest(
            request_id=key,
            kind=ComplaintKind.SUGGESTION,
            region_code=lab.receiving.code,
            terminal_id=lab.terminal_id,
            words=words,
        )
        lab.post(COMPLAINTS, _json(request), key).must_refuse(ProblemType.CANNOT_OPEN)


@rule("documents.none", "5 documents")
def documents_none(lab: Lab) -> None:
    """An untouched case has no documents; a check code that is not of one's own documents is 404."""
    proof = _json(lab.case.claim.proof)
    found = lab.post(f"{DOCUMENTS}/query", proof).must_be(200).json().get("documents")
    expect(found == [], "the list `documents` is not empty")
    said = {"slip_number": proof["slip_number"], "query_code": proof["query_code"], "check_code": "2" * 16}
    lab.post(f"{DOCUMENTS}/fetch", said).must_refuse(ProblemType.NOT_FOUND)


@rule("withdrawals.request", "5 withdrawals")
def withdrawal_request(lab: Lab) -> None:
    """A request to withdraw answers 201, and withdraws nothing yet: staff confirm. The same again gets the same bytes."""
    body, key = _withdrawal_body(lab, lab.case.claim)
    first = lab.post(WITHDRAWALS, body, key).must_be(201)
    _shape(WithdrawalReceipt, first)
    expect(lab.post(WITHDRAWALS, body, key).must_be(201).body == first.body, "the second answer differs from the first")
    expect(_found(_by_slip(lab, lab.case))[0].get("state") == "SUBMITTED", "the request alone changed the state")
    changed = {**body, "reason": str(WithdrawalReason.OTHER)}
    lab.post(WITHDRAWALS, changed, key).must_refuse(ProblemType.IDEMPOTENCY_KEY_REUSED)


@rule("withdrawals.twice", "5 withdrawals")
def withdrawal_twice(lab: Lab) -> None:
    """A second request while one is open is refused with 409 already-done."""
    case = lab.another_case()
    if _withdraw(lab, case.claim).status != 201:
        raise NotRun("no application can be withdrawn")
    _withdraw(lab, case.claim).must_refuse(ProblemType.ALREADY_DONE)


def withdraw_all(lab: Lab) -> None:
    """Ask to withdraw every case that this suite has made. What cannot be withdrawn stays, named as a test."""
    for claim in lab.taken:
        with suppress(Broken):
            _withdraw(lab, claim)


def _shape(model: type[Message], answer: Answer) -> None:
    try:
        model.model_validate_json(answer.body)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:5])
        raise Broken(f"the answer is not the message `{model.__name__}`: {places}") from None


def _json(message: Message) -> dict[str, Any]:
    return message.model_dump(mode="json", exclude_none=True)


def _withdrawal_body(lab: Lab, claim: Claim) -> tuple[dict[str, Any], UUID]:
    key = uuid4()
    request = WithdrawalRequest(
        case_number=claim.case_number,
        proof=claim.proof,
        request_id=key,
        terminal_id=lab.terminal_id,
        reason=WithdrawalReason.CHANGED_MIND,
        words=seal_text(MARK, key, "words", lab.key),
    )
    return _json(request), key


def _withdraw(lab: Lab, claim: Claim) -> Answer:
    body, key = _withdrawal_body(lab, claim)
    return lab.post(WITHDRAWALS, body, key)


def _supplement_body(lab: Lab, claim: Claim, slip_number: str) -> tuple[dict[str, Any], UUID]:
    page = picture(500)
    supplement = Supplement(
        supplement_id=uuid4(),
        case_number=claim.case_number,
        slip_number=slip_number,
        created_at=datetime.now(UTC),
        terminal_id=lab.terminal_id,
        materials=(Material(code="TEST", name=MARK, pages=(Page(file=ref(page)),)),),
    )
    envelope = seal_supplement(supplement, {ref(page).sha256: page}, lab.key)
    for part in envelope.manifest.files:
        lab.upload(part, envelope.parts[part.name])
    submission = SupplementSubmission(
        case_number=claim.case_number,
        proof=claim.proof,
        manifest=envelope.manifest,
        sealed_supplement=envelope.sealed_supplement,
    )
    return _json(submission), supplement.supplement_id


def _supplement(lab: Lab, claim: Claim, slip_number: str) -> Answer:
    body, key = _supplement_body(lab, claim, slip_number)
    return lab.post(SUPPLEMENTS, body, key)


def _rate(lab: Lab, score: int, claim: Claim | None = None) -> Answer:
    key = uuid4()
    subject: Mapping[str, Any] = (
        {"kind": "visit", "visit_id": str(uuid4())} if claim is None else {"kind": "case", "claim": _json(claim)}
    )

    body = {"request_id": str(key), "region_code": lab.receiving.code, "terminal_id": lab.terminal_id, "score": score}
    return lab.post(RATINGS, {**body, **subject}, key)


CHECKS: tuple[Check, ...] = (
    by_slip,
    wrong_code,
    by_card,
    card_garbage,
    no_person,
    version_1,
    version_2,
    guessing,
    foreign_proof,
    supplement_wrong_state,
    supplement_accepted,
    rating_too_early,
    rating_reason,
    complaint_sealed,
    documents_none,
    withdrawal_request,
    withdrawal_twice,
)
