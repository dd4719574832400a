"""Supplements: what was missing goes to its own case and nobody else's, once, whole, and is never lost or mixed up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from central.export import export
from central.opened import open_case
from central.opening import open_part
from central.store.models import Case, CaseEvent, CaseFile, Submission
from kiosk.protocol.application import Answer, Channel, FileRef, Material, Page
from kiosk.protocol.envelope import MAX_APPLICATION, seal
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.proof import Claim
from kiosk.protocol.states import State
from kiosk.protocol.supplement import SupplementEnvelope
from tests.central.citizen import Citizen, at_the_centre, kind, put
from tests.central.rig import RunningCentre, number, photo, ref


@pytest.fixture
def wang(centre: RunningCentre) -> Citizen:
    """Somebody whose case waits for a supplement."""
    citizen = at_the_centre(centre)
    citizen.stands(State.SUPPLEMENT_REQUIRED)
    return citizen


def kept(centre: RunningCentre) -> list[str]:
    """Ids of everything that was submitted."""
    with centre.parts.database.reading() as session:
        return list(session.scalars(select(Submission.application_id)))


@pytest.mark.req("R065")
def test_a_supplement_goes_on_with_the_same_case(centre: RunningCentre, wang: Citizen) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    answer = wang.send(envelope)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["case_number"], receipt["number"]) == (wang.case_number, 1)
    assert receipt["state"] == State.SUBMITTED, "of the flow full_online"
    assert wang.progress()["may_supplement"] is False
    with centre.parts.database.reading() as session:
        (case,) = session.scalars(select(Case))
        assert "supplement" in session.scalars(select(CaseEvent.event)).all()
        assert case.case_number == wang.case_number


def test_the_last_page_and_answer_count_and_each_knows_which_supplement_brought_it(
    centre: RunningCentre, wang: Citizen
) -> None:
    proof = Material(code="PROOF", name="居住证明", pages=(Page(file=ref(photo(300, 9))),))
    for seed, beside in ((7, (proof,)), (8, ())):
        wang.stands(State.SUPPLEMENT_REQUIRED)
        card = Material(code="CARD", name="社会保障卡", pages=(Page(file=ref(photo(500, seed))),))
        answers = (Answer(key="insured_at", value=f"改{seed}"),)
        _, envelope = wang.supplement(photo(500, seed), photo(300, 9), materials=(card, *beside), form=answers)
        assert wang.send(envelope).status_code == 201
    with centre.parts.database.reading() as session:
        opened = open_case(session, centre.parts.keys, session.scalars(select(Case)).one())
    materials_now = opened.materials()
    assert {code: found for code, (_, found) in materials_now.items()} == {"CARD": 2, "PROOF": 1}
    assert materials_now["CARD"][0].pages[0].file == ref(photo(500, 8))
    assert opened.answers()["insured_at"][0].value == "改8"
    assert opened.application.form[0].value == "平罗县", "what was submitted first is kept as it was"


def test_what_the_centre_keeps_opens_to_the_very_page_that_was_sent(centre: RunningCentre, wang: Citizen) -> None:
    page = photo(500, 7)
    supplement, envelope = wang.supplement(page)
    assert wang.send(envelope).status_code == 201
    with centre.parts.database.reading() as session:
        file = session.scalars(select(CaseFile).where(CaseFile.application_id == str(supplement.supplement_id))).one()
    sealed = centre.parts.parts.read(file.sealed_sha256)
    assert open_part(centre.parts.keys, supplement.supplement_id, file.part_name, sealed) == page


def test_the_card_proves_it_as_the_slip_does(wang: Citizen) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    assert wang.send(envelope, Claim(case_number=wang.case_number, proof=wang.card)).status_code == 201


def test_the_same_again_gets_the_same_bytes_even_after_the_case_has_gone_on(
    centre: RunningCentre, wang: Citizen
) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    first = wang.send(envelope)
    wang.stands(State.UNDER_REVIEW)
    again = wang.send(envelope)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(kept(centre)) == 2


def test_another_content_under_the_same_id_is_refused(wang: Citizen) -> None:
    supplement, envelope = wang.supplement(photo(500, 7))
    assert wang.send(envelope).status_code == 201
    _, other = wang.supplement(photo(500, 7), supplement_id=supplement.supplement_id)
    assert kind(wang.send(other)) == "idempotency-key-reused"


def test_the_id_of_an_application_cannot_be_used_for_a_supplement(wang: Citizen) -> None:
    _, envelope = wang.supplement(photo(500, 7), supplement_id=wang.application.application_id)
    assert kind(wang.send(envelope)) == "idempotency-key-reused"


@pytest.mark.parametrize("state", [one for one in State if one is not State.SUPPLEMENT_REQUIRED][2::5])
def test_a_case_that_does_not_wait_takes_none(centre: RunningCentre, wang: Citizen, state: State) -> None:
    wang.stands(state)
    _, envelope = wang.supplement(photo(500, 7))
    assert kind(wang.send(envelope)) == "wrong-state"
    assert len(kept(centre)) == 1


def test_of_two_supplements_the_first_counts_and_the_second_is_told(centre: RunningCentre, wang: Citizen) -> None:
    _, first = wang.supplement(photo(500, 7))
    _, second = wang.supplement(photo(500, 8))
    assert wang.send(first).status_code == 201
    assert kind(wang.send(second)) == "wrong-state"
    assert len(kept(centre)) == 2


def test_nobody_supplements_another_ones_case(centre: RunningCentre, wang: Citizen) -> None:
    liu = at_the_centre(centre, "liu", 2)
    _, envelope = wang.supplement(photo(500, 7))
    for claim in (
        Claim(case_number=wang.case_number, proof=liu.proof),
        Claim(case_number=wang.case_number, proof=liu.card),
        Claim(case_number=liu.case_number, proof=wang.proof),
        Claim(case_number=wang.case_number[:-1] + "9", proof=wang.proof),
    ):
        assert kind(wang.send(envelope, claim)) == "not-yours"
    assert len(kept(centre)) == 2


def test_ones_own_proof_does_not_carry_a_supplement_sealed_for_another_case(
    centre: RunningCentre, wang: Citizen
) -> None:
    liu = at_the_centre(centre, "liu", 2)
    liu.stands(State.SUPPLEMENT_REQUIRED)
    _, for_wang = wang.supplement(photo(500, 7))
    assert kind(liu.send(for_wang)) == "not-yours", "the manifest names another slip number"
    _, mixed = wang.supplement(photo(500, 7), slip_number=liu.application.slip_number)
    assert kind(liu.send(mixed)) == "cannot-open", "inside stands another case number"


def test_an_application_cannot_be_passed_off_as_a_supplement(wang: Citizen) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    sealed = seal(wang.application, wang.files, wang.centre.key).parts["application"]
    part = envelope.manifest.supplement.model_copy(update={"sha256": sha256_hex(sealed), "size": len(sealed)})
    manifest = envelope.manifest.model_copy(update={"supplement": part})
    assert kind(wang.send(SupplementEnvelope(manifest, {**envelope.parts, "supplement": sealed}))) == "cannot-open"


def test_parts_that_were_not_uploaded_are_named(wang: Citizen) -> None:
    _, envelope = wang.supplement(photo(500, 7), photo(500, 8))
    part = envelope.manifest.files[0]
    put(wang.centre, part, envelope.parts[part.name])
    refused = wang.send(envelope, upload=False)
    assert kind(refused) == "parts-missing"
    assert refused.json()["detail"] == "file-002"
    assert wang.send(envelope).status_code == 201


HOSTILE: dict[str, bytes] = {
    "a ZIP": b"PK\x03\x04" + bytes(300),
    "a page of HTML": b"<html><script>alert(1)</script></html>",
    "a drawing with script": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a program": b"\x7fELF" + bytes(300),
    "HTML before a picture": b"<!--" + photo(300) + b"-->",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_neither_picture_nor_pdf_is_refused_whatever_it_calls_itself(wang: Citizen, what: str) -> None:
    _, envelope = wang.supplement(HOSTILE[what])
    assert kind(wang.send(envelope)) == "cannot-open"


def test_a_picture_that_calls_itself_an_archive_is_refused(wang: Citizen) -> None:
    page = photo(300)
    named = FileRef(sha256=sha256_hex(page), size=len(page), media_type="application/zip")
    _, envelope = wang.supplement(page, materials=(Material(code="CARD", name="x", pages=(Page(file=named),)),))
    assert kind(wang.send(envelope)) == "cannot-open"


BREAK: dict[str, Callable[[dict[str, Any]], object]] = {
    "no proof": lambda body: body.pop("proof"),
    "both proofs": lambda body: body["proof"].update(card_token="AAAA"),
    "an unknown field": lambda body: body.update(priority="high"),
    "a file named twice": lambda body: body["manifest"]["files"].append(body["manifest"]["files"][0]),
    "a huge size": lambda body: body["manifest"]["supplement"].update(size=2**62),
    "a negative size": lambda body: body["manifest"]["supplement"].update(size=-1),
    "another protocol": lambda body: body["manifest"].update(protocol="tongban/2"),
    "digits of another script": lambda body: body.update(case_number="１５０６２６-20261120-000001"),
    "a NUL": lambda body: body["proof"].update(query_code="7K4M\u00009Q2P"),
    "a lone surrogate": lambda body: body["proof"].update(query_code="\ud800"),
    "not base64": lambda body: body.update(sealed_supplement="社保卡"),
    "another sealed part": lambda body: body.update(sealed_supplement="AAAA"),
    "a part over the limit": lambda body: body["manifest"]["supplement"].update(size=MAX_APPLICATION + 1),
    "a text over the limit": lambda body: body.update(sealed_supplement="A" * (MAX_APPLICATION * 4 // 3 + 8)),
    "a path for a name": lambda body: body["manifest"]["files"][0].update(name="../../etc/passwd"),
}


@pytest.mark.parametrize("how", BREAK)
def test_a_broken_message_is_a_4xx_problem_and_changes_nothing(centre: RunningCentre, wang: Citizen, how: str) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    body: dict[str, Any] = {
        "case_number": wang.case_number,
        "proof": wang.proof.model_dump(mode="json", exclude_none=True),
        "manifest": envelope.manifest.model_dump(mode="json"),
        "sealed_supplement": envelope.sealed_supplement,
    }
    BREAK[how](body)
    answer = centre.post(
        "/api/v1/supplements", json=body, headers={"Idempotency-Key": f'"{envelope.manifest.supplement_id}"'}
    )
    assert 400 <= answer.status_code < 500
    assert kind(answer) in ("invalid-message", "not-yours")
    assert len(kept(centre)) == 1


SOMEBODY_ELSES = '"7d5a1cc4-0000-4000-8000-000000000000"'


@pytest.mark.parametrize("key", [None, "", '""', "unquoted", SOMEBODY_ELSES])
def test_without_its_own_key_nothing_is_taken(centre: RunningCentre, wang: Citizen, key: str | None) -> None:
    _, envelope = wang.supplement(photo(500, 7))
    body = {
        "case_number": wang.case_number,
        "proof": wang.proof.model_dump(mode="json", exclude_none=True),
        "manifest": envelope.manifest.model_dump(mode="json"),
        "sealed_supplement": envelope.sealed_supplement,
    }
    headers = {} if key is None else {"Idempotency-Key": key}
    assert kind(centre.post("/api/v1/supplements", json=body, headers=headers)) == "idempotency-key-missing"


def test_a_mistyped_slip_number_is_refused(wang: Citizen) -> None:
    wrong = number()[:-1] + str((int(number()[-1]) + 1) % 10)
    answer = wang.centre.post("/api/v1/progress", json={"slip_number": wrong, "query_code": "22222222"})
    assert kind(answer) == "invalid-message"


@pytest.mark.req("R035", "R090")
@pytest.mark.parametrize("channel", list(Channel))
def test_what_was_handed_in_by_one_channel_goes_on_at_any_other(centre: RunningCentre, channel: Channel) -> None:
    citizen = at_the_centre(centre, channel=channel)
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Case.channel)).one() == channel
    citizen.stands(State.SUPPLEMENT_REQUIRED)
    other = Channel.WEB if channel is Channel.KIOSK else Channel.KIOSK
    _, envelope = citizen.supplement(photo(500, 7), channel=other)
    assert citizen.send(envelope, Claim(case_number=citizen.case_number, proof=citizen.card)).status_code == 201
    with centre.parts.database.reading() as session:
        assert [case.case_number for case in session.scalars(select(Case))] == [citizen.case_number]


@pytest.mark.req("R057")
def test_the_export_holds_the_supplement_beside_what_was_submitted_first(
    centre: RunningCentre, wang: Citizen, tmp_path: Path
) -> None:
    page = photo(500, 7)
    supplement, envelope = wang.supplement(page)
    assert wang.send(envelope).status_code == 201
    assert export(centre.parts, tmp_path) == [wang.case_number]
    folder = tmp_path / wang.case_number
    assert (folder / "application.json").read_bytes() == wang.application.model_dump_json().encode()
    assert (folder / "supplement-1" / "supplement.json").read_bytes() == supplement.model_dump_json().encode()
    assert (folder / "supplement-1" / "files" / "CARD-1.jpg").read_bytes() == page
    assert (folder / "files" / "CARD-1.jpg").read_bytes() == next(iter(wang.files.values()))
