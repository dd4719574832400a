"""Messages: what a terminal and a centre may say to each other, and what must never leak out of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Applicant, Application, Finding
from kiosk.protocol.digest import digest_field, parse_digest
from kiosk.protocol.messages import SUBMISSION_EN, SUBMISSION_ZH, ProgressQuery
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType, problem
from kiosk.protocol.states import State
from tests.central.rig import application_of, number, photo


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_everybody_can_apply_with_their_card(persona: str) -> None:
    application, _ = application_of(persona, number(), [photo(100)])
    again = Application.model_validate_json(application.model_dump_json())
    assert again == application


def test_printing_an_application_shows_nothing_about_the_person() -> None:
    person = PERSONAS["wang"]
    application, _ = application_of("wang", number(), [photo(100)])
    shown = repr(application) + str(application)
    for secret in (person.name, person.id_number, person.phone, person.mailing_address, person.address):
        assert secret
        assert secret not in shown


def test_what_is_wrong_with_a_message_is_said_without_quoting_it() -> None:
    application, _ = application_of("wang", number(), [photo(100)])
    fields = application.model_dump(mode="json")
    with pytest.raises(ValidationError) as wrong:
        Application.model_validate(
            {**fields, "phone": PERSONAS["wang"].phone * 40, "situations": PERSONAS["wang"].name}
        )
    assert PERSONAS["wang"].phone not in str(wrong.value)
    assert PERSONAS["wang"].name not in str(wrong.value)


def test_an_unknown_field_is_an_error_and_not_dropped() -> None:
    application, _ = application_of("wang", number(), [])
    with pytest.raises(ValidationError):
        Application.model_validate({**application.model_dump(), "salary": "1"})


def test_a_mistyped_slip_number_cannot_become_an_application() -> None:
    with pytest.raises(ValidationError):
        application_of("wang", number()[:-1] + "0", [])


def test_a_card_without_any_name_is_refused() -> None:
    with pytest.raises(ValidationError):
        Applicant(card_kind="resident", name="", id_number=PERSONAS["wang"].id_number)  # type: ignore[arg-type]


def test_pages_of_terminals_that_judge_and_read_less_are_still_taken() -> None:
    application, _ = application_of("wang", number(), [photo(100)])
    message = json.loads(application.model_dump_json())
    for page in message["materials"][0]["pages"]:
        for later in ("paper", "dpi", "sides", "note"):
            del page[later]
    (page,) = Application.model_validate_json(json.dumps(message)).materials[0].pages
    assert (page.file, page.verdicts) == (application.materials[0].pages[0].file, ("glare",))
    assert (page.paper, page.dpi, page.sides, page.note) == ("free", 0, 1, None)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_finding_without_a_true_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValidationError):
        Finding(code="name_found", confidence=confidence)


def test_a_page_used_twice_is_one_file() -> None:
    application, files = application_of("wang", number(), [photo(100), photo(100)], signature=photo(60, 9))
    assert [ref.sha256 for ref in application.files()] == list(files)


@pytest.mark.req("R006")
def test_submission_never_claims_collection_or_acceptance() -> None:
    assert "不代表已收件" in SUBMISSION_ZH
    assert "不代表已受理" in SUBMISSION_ZH
    assert "neither collection nor acceptance" in SUBMISSION_EN
    for state in (State.DRAFT, State.QUEUED_OFFLINE, State.SUBMITTED, State.PRE_REVIEW, State.INTAKE_REVIEW):
        assert "受理" not in state.zh
        assert "收件" not in state.zh


@pytest.mark.parametrize("state", State)
def test_every_state_has_words_in_both_languages(state: State) -> None:
    assert state.zh
    assert state.en.isascii()


@pytest.mark.parametrize("kind", ProblemType)
def test_every_problem_has_a_status_and_words(kind: ProblemType) -> None:
    document = problem(kind)
    assert 400 <= document.status < 600
    assert document.title
    assert document.title_zh
    assert not (kind.final and kind.status >= 500)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"slip_number": number()},
        {"query_code": "ABCDEFGH"},
        {"slip_number": number(), "card_token": "eA=="},
        {"slip_number": number(), "query_code": "ABCDEFGH", "card_token": "eA=="},
        {"slip_number": "150626003000000165", "query_code": "ABCDEFGH"},
    ],
)
def test_a_question_names_exactly_one_way_to_be_found(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ProgressQuery(**fields)


@given(st.binary())
def test_digest_fields_read_back(data: bytes) -> None:
    assert parse_digest(digest_field(data)) == sha256_hex(data)
    assert parse_digest(f"sha-512=:AAAA:, {digest_field(data)}") == sha256_hex(data)


@given(st.text())
def test_nonsense_digest_fields_are_none(text: str) -> None:
    found = parse_digest(text)
    assert found is None or len(found) == 64
