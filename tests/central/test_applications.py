"""Submissions: one application becomes one case, exactly as it was sealed, or nothing changes.

The centre is real, its database and disk too.
"""

from __future__ import annotations

import base64
import json
import threading
from typing import Any
from uuid import UUID

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import func, select, text

from central.store.models import Case
from drivers.virtual.personas import PERSONAS
from kiosk.outbox.client import CentreClient
from kiosk.protocol.envelope import (
    SUITE,
    CentreKey,
    Envelope,
    Manifest,
    SealedPart,
    application_info,
    file_info,
    seal,
)
from kiosk.protocol.messages import Submission
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import MEDIA_TYPE, ProblemType
from tests.central.rig import RunningCentre, application_of, number, photo

PAGES = [photo(5000, 1), photo(6000, 2)]


def sealed_for(centre: RunningCentre, persona: str = "wang") -> Envelope:
    application, files = application_of(persona, number(), PAGES)
    return seal(application, files, centre.key)


def upload(centre: RunningCentre, envelope: Envelope) -> None:
    client = CentreClient(centre.url)
    for part in envelope.manifest.files:
        if client.begin_upload(part) < part.size:
            client.append(part, 0, envelope.parts[part.name])
    client.close()


def send(centre: RunningCentre, body: object, key: str | None = None, **arguments: object) -> requests.Response:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return centre.post("/api/v1/applications", data=data, headers=headers, **arguments)


def submission(envelope: Envelope) -> dict[str, Any]:
    made = Submission.sealed(envelope.manifest, envelope.parts["application"])
    loaded: dict[str, Any] = json.loads(made.model_dump_json())
    return loaded


def key_of(envelope: Envelope) -> str:
    return f'"{envelope.manifest.application_id}"'


def cases(centre: RunningCentre) -> int:
    with centre.parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def refused(answer: requests.Response, kind: ProblemType) -> bool:
    assert answer.headers["Content-Type"] == MEDIA_TYPE, answer.text
    assert answer.status_code == kind.status, answer.text
    return str(answer.json()["type"]) == kind


@pytest.mark.req("R002")
def test_a_submission_gets_a_case_number_and_claims_no_more(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    answer = send(centre, submission(envelope), key_of(envelope))
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["case_number"].startswith("150626-")
    assert receipt["slip_number"] == envelope.manifest.slip_number
    assert receipt["state"] == "SUBMITTED"
    assert "不代表已收件，也不代表已受理" in receipt["statement_zh"]
    with centre.parts.database.reading() as session:
        case = session.scalars(select(Case)).one()
    assert (case.receiving_code, case.handling_code, case.state) == ("150626", "640221", "SUBMITTED")


def test_the_same_submission_again_gets_the_same_answer_and_no_second_case(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    first, second = (send(centre, submission(envelope), key_of(envelope)) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert cases(centre) == 1


def test_the_same_key_with_another_content_is_refused(centre: RunningCentre) -> None:
    application, files = application_of("wang", number(), PAGES)
    first, second = seal(application, files, centre.key), seal(application, files, centre.key)
    upload(centre, first)
    upload(centre, second)
    assert send(centre, submission(first), key_of(first)).status_code == 201
    assert refused(send(centre, submission(second), key_of(second)), ProblemType.IDEMPOTENCY_KEY_REUSED)
    assert cases(centre) == 1


def test_the_same_submission_twice_at_once_makes_one_case(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    answers: list[int] = []
    together = threading.Barrier(6)

    def hand_in() -> None:
        together.wait(10)
        answers.append(send(centre, submission(envelope), key_of(envelope)).status_code)

    threads = [threading.Thread(target=hand_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert cases(centre) == 1


def test_while_a_submission_is_handled_a_second_one_is_told_to_come_back(
    centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    inside, go_on = threading.Event(), threading.Event()
    read = centre.parts.parts.read

    def slow(sha256: str) -> bytes:
        inside.set()
        go_on.wait(20)
        return read(sha256)

    monkeypatch.setattr(centre.parts.parts, "read", slow)
    answers: list[int] = []
    first = threading.Thread(
        target=lambda: answers.append(send(centre, submission(envelope), key_of(envelope)).status_code)
    )
    first.start()
    assert inside.wait(20)
    assert refused(send(centre, submission(envelope), key_of(envelope)), ProblemType.IN_FLIGHT)
    go_on.set()
    first.join(20)
    assert answers == [201]


def test_without_its_parts_an_application_is_not_taken(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    answer = send(centre, submission(envelope), key_of(envelope))
    assert refused(answer, ProblemType.PARTS_MISSING)
    assert answer.json()["detail"] == "file-001, file-002"
    upload(centre, envelope)
    assert send(centre, submission(envelope), key_of(envelope)).status_code == 201


@pytest.mark.parametrize("key", [None, "", "banana", '"banana"', f'"{UUID(int=7)}"', str(UUID(int=7))])
def test_the_key_must_be_the_applications_own(centre: RunningCentre, key: str | None) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    assert refused(send(centre, submission(envelope), key), ProblemType.IDEMPOTENCY_KEY_MISSING)
    assert cases(centre) == 0


def test_an_envelope_for_another_centre_is_refused(centre: RunningCentre) -> None:
    application, files = application_of("wang", number(), PAGES)
    envelope = seal(application, files, CentreKey.of(X25519PrivateKey.generate().public_key()))
    upload(centre, envelope)
    assert refused(send(centre, submission(envelope), key_of(envelope)), ProblemType.UNKNOWN_KEY)


def garbled(envelope: Envelope) -> dict[str, Any]:
    junk = bytes(len(envelope.parts["application"]))
    body = submission(envelope)
    body["sealed_application"] = base64.b64encode(junk).decode()
    body["manifest"]["application"]["sha256"] = sha256_hex(junk)
    return body


def swapped(envelope: Envelope) -> dict[str, Any]:
    body = submission(envelope)
    first, second = body["manifest"]["files"]
    body["manifest"]["files"] = [{**second, "name": "file-001"}, {**first, "name": "file-002"}]
    return body


def renumbered(envelope: Envelope) -> dict[str, Any]:
    body = submission(envelope)
    body["manifest"]["slip_number"] = number(77)
    return body


@pytest.mark.parametrize("change", [garbled, swapped, renumbered])
def test_an_envelope_that_was_tampered_with_changes_nothing(centre: RunningCentre, change: Any) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    assert refused(send(centre, change(envelope), key_of(envelope)), ProblemType.CANNOT_OPEN)
    assert cases(centre) == 0
    assert send(centre, submission(envelope), key_of(envelope)).status_code == 201


@pytest.mark.req("R069")
def test_a_file_that_is_not_the_one_the_application_names_is_found_by_its_digest(centre: RunningCentre) -> None:
    """Somebody with the public key seals consistently, but lies about what is inside."""
    application, files = application_of("wang", number(), PAGES)
    honest = seal(application, files, centre.key)
    key = application.application_id
    lie = SUITE.encrypt(photo(5000, 99), centre.key.public_key, file_info(key, "file-001"))
    described = (SealedPart(name="file-001", sha256=sha256_hex(lie), size=len(lie)), honest.manifest.files[1])
    inner = SUITE.encrypt(
        application.model_dump_json().encode(), centre.key.public_key, application_info(key, described)
    )
    manifest = Manifest(
        application_id=key,
        slip_number=application.slip_number,
        key_id=centre.key.key_id,
        application=SealedPart(name="application", sha256=sha256_hex(inner), size=len(inner)),
        files=described,
    )
    envelope = Envelope(manifest, {**honest.parts, "file-001": lie, "application": inner})
    upload(centre, envelope)
    answer = send(centre, submission(envelope), key_of(envelope))
    assert refused(answer, ProblemType.CANNOT_OPEN)
    assert "file-001" in answer.json()["detail"]
    assert cases(centre) == 0


def test_hostile_bodies_are_a_4xx_and_quote_nothing(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    good, key = submission(envelope), key_of(envelope)
    secret = PERSONAS["wang"].id_number
    bodies: list[object] = [
        b"",
        b"\xff\xfe",
        b"null",
        b"[" * 200_000,
        b'{"manifest":' * 50_000,
        b'{"a":' + b"9" * 100_000 + b"}",
        b"NaN",
        {},
        {**good, "extra": secret},
        {**good, secret: "extra"},
        {**good, "sealed_application": secret},
        {**good, "sealed_application": "AAAA"},
        {**good, "manifest": {**good["manifest"], "protocol": "tongban/2"}},
        {**good, "manifest": {**good["manifest"], "application_id": secret}},
        {**good, "manifest": {**good["manifest"], "files": [good["manifest"]["files"][0]] * 5000}},
        {**good, "manifest": {**good["manifest"], "application": {"name": "../x", "sha256": "", "size": -1}}},
        {**good, "manifest": {**good["manifest"], "application": {**good["manifest"]["application"], "size": 10**18}}},
    ]
    for body in bodies:
        answer = send(centre, body, key)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["Content-Type"] == MEDIA_TYPE
        assert secret not in answer.text
    assert cases(centre) == 0


def test_an_oversized_body_is_refused_before_it_is_read(centre: RunningCentre) -> None:
    answer = requests.post(
        centre.url + "/api/v1/applications",
        data=b" " * 3_000_000,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert refused(answer, ProblemType.TOO_LARGE)


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/api/v1/uploads/../../etc/passwd", "/docs"])
def test_unknown_paths_are_problem_documents(centre: RunningCentre, path: str) -> None:
    assert refused(centre.get(path), ProblemType.NOT_FOUND)


def test_a_wrong_method_is_a_problem_document(centre: RunningCentre) -> None:
    answer = requests.delete(centre.url + "/api/v1/applications", timeout=10)
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["status"] == 405


def test_two_terminals_with_one_slip_number_both_get_their_case(centre: RunningCentre) -> None:
    """A terminal whose store was lost and that was not renumbered must not lose anybody's application."""
    for persona in ("wang", "liu"):
        envelope = sealed_for(centre, persona)
        upload(centre, envelope)
        assert send(centre, submission(envelope), key_of(envelope)).status_code == 201
    assert cases(centre) == 2


@pytest.mark.req("R069")
def test_the_centres_disk_holds_no_number_and_no_name_in_clear(centre: RunningCentre) -> None:
    envelope = sealed_for(centre)
    upload(centre, envelope)
    send(centre, submission(envelope), key_of(envelope))
    person = PERSONAS["wang"]
    for path in centre.settings.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in (person.name, person.id_number, person.phone):
                assert secret.encode() not in data, path.name
            assert PAGES[0][100:132] not in data


def test_the_centres_commits_are_fsynced(centre: RunningCentre) -> None:
    database = centre.parts.database
    with database.writing() as session:
        if database.is_sqlite:
            said = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
            assert said == ["wal", 2]
        else:
            assert session.scalar(text("SHOW synchronous_commit")) == "on"
