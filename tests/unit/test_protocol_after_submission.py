"""What is said after the submission: bounded, strict, sealed, and understood by terminals and centres of other ages."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kiosk.protocol.application import Application, Channel, Region
from kiosk.protocol.envelope import SUITE, CentreKey, EnvelopeError
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.progress import FullProgress, Progress, ProgressQuery
from kiosk.protocol.proof import Proof
from kiosk.protocol.sealed_text import LONGEST, SealedText, seal_text, text_info
from kiosk.protocol.supplement import Supplement, SupplementManifest, seal_supplement
from kiosk.protocol.withdrawal import WithdrawalReason, WithdrawalRequest
from tests.central.rig import application_of, number, photo

PRIVATE = X25519PrivateKey.generate()
KEY = CentreKey.of(PRIVATE.public_key())
FIELDS = {
    "supplement_id": uuid4(),
    "case_number": "150626-20261120-000001",
    "slip_number": number(),
    "created_at": "2026-11-21T09:00:00+08:00",
    "terminal_id": "WSQ-03",
}


def test_an_application_of_an_older_terminal_is_still_read() -> None:
    application, _ = application_of("wang", number(), [photo(100)])
    message = json.loads(application.model_dump_json())
    del message["channel"], message["further_handling_regions"]
    again = Application.model_validate_json(json.dumps(message))
    assert (again.channel, again.further_handling_regions) == (Channel.KIOSK, ())


def test_a_place_cannot_handle_an_application_twice() -> None:
    application, _ = application_of("wang", number(), [])
    with pytest.raises(ValidationError):
        Application.model_validate(
            {**application.model_dump(), "further_handling_regions": [application.handling_region.model_dump()]}
        )


def test_a_question_to_an_older_centre_has_no_field_that_it_would_refuse() -> None:
    query = ProgressQuery(slip_number=number(), query_code="7K4M9Q2P")
    assert set(json.loads(query.model_dump_json(exclude_none=True))) == {"slip_number", "query_code"}


def test_the_full_answer_only_adds_to_the_short_one() -> None:
    assert set(Progress.model_fields) < set(FullProgress.model_fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"slip_number": number()},
        {"query_code": "7K4M9Q2P"},
        {"slip_number": number(), "query_code": "7K4M9Q2P", "card_token": "AAAA"},
        {"query_code": "7K4M9Q2P", "card_token": "AAAA"},
        {"slip_number": number()[:-1] + "x", "query_code": "7K4M9Q2P"},
    ],
)
def test_a_proof_is_one_way_or_the_other(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Proof(**fields)  # type: ignore[arg-type]


def test_printing_a_claim_shows_neither_code_nor_token() -> None:
    request = WithdrawalRequest(
        case_number="150626-20261120-000001",
        proof=Proof(slip_number=number(), query_code="7K4M9Q2P"),
        request_id=uuid4(),
        terminal_id="WSQ-03",
        reason=WithdrawalReason.OTHER,
    )
    assert "7K4M9Q2P" not in repr(request)


@pytest.mark.parametrize("code", ["１５０６２６", "١٥٠٦٢٦", "15062", "150626\n", "15062a"])
def test_division_codes_are_six_plain_digits(code: str) -> None:
    with pytest.raises(ValidationError):
        Region(code=code, name="x")


def test_no_text_holds_a_nul() -> None:
    with pytest.raises(ValidationError):
        Region(code="150626", name="乌审\0旗")


def test_a_supplement_adds_something() -> None:
    with pytest.raises(ValidationError):
        Supplement.model_validate(FIELDS)


def test_a_supplement_is_sealed_with_exactly_its_files() -> None:
    page = photo(200)
    reference = {"file": {"sha256": sha256_hex(page), "size": len(page)}}
    supplement = Supplement.model_validate({**FIELDS, "materials": [{"code": "A", "name": "a", "pages": [reference]}]})
    envelope = seal_supplement(supplement, {sha256_hex(page): page}, KEY)
    assert SupplementManifest.model_validate_json(envelope.manifest.model_dump_json()) == envelope.manifest
    assert set(envelope.parts) == {"file-001", "supplement"}
    with pytest.raises(EnvelopeError):
        seal_supplement(supplement, {}, KEY)
    with pytest.raises(EnvelopeError):
        seal_supplement(supplement, {sha256_hex(page): page + b"x"}, KEY)


@given(text=st.text(max_size=300))
@settings(max_examples=30)
def test_a_sealed_text_opens_for_its_request_and_field_only(text: str) -> None:
    key, other = uuid4(), uuid4()
    sealed = base64.b64decode(seal_text(text, key, "words", KEY))
    assert SUITE.decrypt(sealed, PRIVATE, text_info(key, "words")).decode() == text
    for info in (text_info(other, "words"), text_info(key, "contact")):
        with pytest.raises(InvalidTag):
            SUITE.decrypt(sealed, PRIVATE, info)


def test_the_longest_text_fits_and_a_longer_one_is_refused() -> None:
    longest = seal_text("𠮷" * LONGEST, uuid4(), "words", KEY)
    assert TypeAdapter(SealedText).validate_python(longest) == longest
    with pytest.raises(ValueError, match="longer"):
        seal_text("𠮷" * (LONGEST + 1), uuid4(), "words", KEY)
