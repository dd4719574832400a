"""Submitting: envelopes, receipts, idempotency, problems (docs/protocol.md, sections 2 to 4)."""

from __future__ import annotations

import base64
from secrets import token_bytes
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from central.conformance.check import Broken, Check, NotRun, expect, rule
from central.conformance.lab import Answer, Lab
from central.conformance.person import NOBODY_NAME, new_slip_number, picture
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import (
    MAX_APPLICATION,
    SUITE,
    CentreKey,
    Envelope,
    Manifest,
    SealedPart,
    application_info,
    file_info,
    file_name,
    seal,
)
from kiosk.protocol.messages import Centre, Submission, SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import MEDIA_TYPE, Problem, ProblemType

PATH = "/api/v1/applications"


@rule("centre.answer", "3 centre")
def centre(lab: Lab) -> None:
    """GET /api/v1/centre answers 200 with key, clock and limits."""
    answer = lab.ask("GET", "/api/v1/centre").must_be(200)
    try:
        Centre.model_validate_json(answer.body)
    except ValidationError:
        raise Broken("the answer is not the message `Centre`") from None


@rule("centre.key", "3 centre")
def centre_key(lab: Lab) -> None:
    """It publishes the key that terminals were given."""
    expect(lab.centre.key.key_id == lab.key.key_id, "another public key than the one given to this suite")


@rule("applications.receipt", "3 applications")
def receipt(lab: Lab) -> None:
    """A submission answers 201 with a receipt for this very application, in the state SUBMITTED and no other."""
    case = lab.another_case()
    try:
        made = SubmissionReceipt.model_validate_json(case.answer.body)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise Broken(f"the receipt is not as it must be: {places}") from None
    expect(made.application_id == case.application.application_id, "the receipt is for another application")
    expect(made.slip_number == case.application.slip_number, "the receipt has another slip number")


@rule("applications.repetition", "3 idempotency")
def repetition(lab: Lab) -> None:
    """The same submission again answers 201 with the first answer, byte for byte."""
    case = lab.case
    body = case.submission.model_dump(mode="json")
    again = lab.post(PATH, body, case.application.application_id).must_be(201)
    expect(again.body == case.answer.body, "the second answer differs from the first")


@rule("applications.key-reused", "3 idempotency")
def key_reused(lab: Lab) -> None:
    """The same key with another manifest is refused with 422."""
    application, envelope = lab.apply([])
    _, answer = lab.hand_in(envelope)
    if answer.status != 201:
        raise NotRun("no application can be submitted")
    _, answer = lab.hand_in(seal(application, {}, lab.key))
    answer.must_refuse(ProblemType.IDEMPOTENCY_KEY_REUSED)


@rule("applications.key-missing", "3 idempotency")
def key_missing(lab: Lab) -> None:
    """Without the key, or with one that is not the application's id in quotes, it is refused with 400."""
    application, envelope = lab.apply([])
    body = Submission.sealed(envelope.manifest, envelope.parts["application"]).model_dump(mode="json")
    for key in (None, uuid4(), str(application.application_id), '""'):
        lab.post(PATH, body, key).must_refuse(ProblemType.IDEMPOTENCY_KEY_MISSING)


@rule("applications.parts-missing", "3 applications")
def parts_missing(lab: Lab) -> None:
    """With parts that were not uploaded it is refused with 409, and `detail` names them."""
    _, envelope = lab.apply([picture(300), picture(301)])
    lab.upload(envelope.manifest.files[0], envelope.parts["file-001"])
    _, answer = lab.hand_in(envelope, uploaded=True)
    answer.must_refuse(ProblemType.PARTS_MISSING)
    detail = str(answer.json().get("detail"))
    expect("file-002" in detail and "file-001" not in detail, "`detail` does not name the missing part")


@rule("applications.lying-file", "2 envelope")
def lying_file(lab: Lab) -> None:
    """A file that is not the one the application names is refused with 422, leaves no trace, and the key is free again."""
    honest, other = picture(300), picture(300)
    application, envelope = lab.apply([honest])
    _, answer = lab.hand_in(_sealed_with(application, other, lab.key))
    answer.must_refuse(ProblemType.CANNOT_OPEN)
    _, answer = lab.hand_in(envelope)
    answer.must_be(201)


@rule("applications.swapped-files", "2 envelope")
def swapped_files(lab: Lab) -> None:
    """Files in another order than they were sealed in do not open."""
    _, envelope = lab.apply([picture(300), picture(301)])
    first, second = envelope.manifest.files
    swapped = (
        second.model_copy(update={"name": "file-001"}),
        first.model_copy(update={"name": "file-002"}),
    )
    for part in (first, second):
        lab.upload(part, envelope.parts[part.name])
    manifest = envelope.manifest.model_copy(update={"files": swapped})
    _, answer = lab.hand_in(Envelope(manifest, envelope.parts), uploaded=True)
    answer.must_refuse(ProblemType.CANNOT_OPEN)


@rule("applications.garbage", "2 envelope")
def garbage(lab: Lab) -> None:
    """Bytes that do not open are refused with 422 cannot-open."""
    _, envelope = lab.apply([])
    sealed = token_bytes(300)
    part = envelope.manifest.application.model_copy(update={"sha256": sha256_hex(sealed), "size": len(sealed)})
    manifest = envelope.manifest.model_copy(update={"application": part})
    _, answer = lab.hand_in(Envelope(manifest, {"application": sealed}))
    answer.must_refuse(ProblemType.CANNOT_OPEN)


@rule("applications.not-a-picture", "2 envelope")
def not_a_picture(lab: Lab) -> None:
    """A file that is neither JPEG, PNG nor PDF, whatever it calls itself, is refused with 422."""
    _, envelope = lab.apply([b"PK\x03\x04" + token_bytes(300)])
    _, answer = lab.hand_in(envelope)
    answer.must_refuse(ProblemType.CANNOT_OPEN)


@rule("applications.unknown-key", "2 envelope")
def unknown_key(lab: Lab) -> None:
    """What is sealed to a key that the centre does not have is refused with 422 unknown-key."""
    stranger = CentreKey.of(X25519PrivateKey.generate().public_key())
    application, _ = lab.apply([])
    _, answer = lab.hand_in(seal(application, {}, stranger))
    answer.must_refuse(ProblemType.UNKNOWN_KEY)


@rule("applications.digest", "3 applications")
def sealed_digest(lab: Lab) -> None:
    """A sealed application that is not what its manifest describes is refused with 422 invalid-message."""
    _, envelope = lab.apply([])
    body = Submission.sealed(envelope.manifest, envelope.parts["application"] + b"x").model_dump(mode="json")
    lab.post(PATH, body, envelope.manifest.application_id).must_refuse(ProblemType.INVALID_MESSAGE)


@rule("messages.unknown-field", "1")
def unknown_field(lab: Lab) -> None:
    """A message with a field that the contract does not have is refused, and not read as if it were not there."""
    body, envelope = _body(lab)
    answer = lab.post(PATH, {**body, "colour": "red"}, envelope.manifest.application_id)
    answer.must_refuse(ProblemType.INVALID_MESSAGE)


@rule("messages.mistyped-slip-number", "3 progress")
def mistyped_slip(lab: Lab) -> None:
    """A slip number whose check digits do not fit is refused."""
    good = new_slip_number(lab.receiving.code)
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
    body = {"slip_number": wrong, "query_code": "22222222"}
    lab.post("/api/v1/progress", body).must_refuse(ProblemType.INVALID_MESSAGE)


@rule("messages.too-large", "4 problems")
def body_too_large(lab: Lab) -> None:
    """A body far over the limit is refused with 413."""
    body, envelope = _body(lab)
    body["sealed_application"] = base64.b64encode(bytes(4 * MAX_APPLICATION)).decode()
    try:
        lab.post(PATH, body, envelope.manifest.application_id).must_refuse(ProblemType.TOO_LARGE)
    except Broken as error:
        if "no answer" not in str(error):  # it may close the connection in the middle of such a body
            raise
        lab.ask("GET", "/api/v1/centre").must_be(200)


@rule("problems.form", "4 problems")
def problem_form(lab: Lab) -> None:
    """A refusal is application/problem+json with type, title, title_zh, status and detail, and says the status it has."""
    for answer in _refusals(lab):
        expect(400 <= answer.status < 500, f"HTTP {answer.status} for a message that makes no sense")
        expect(answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE), f"the media type is not {MEDIA_TYPE}")
        try:
            document = Problem.model_validate_json(answer.body)
        except ValidationError:
            raise Broken("the problem document is not of the contract's form") from None
        expect(document.status == answer.status, "`status` is not the status of the answer")


@rule("problems.silent", "4 problems")
def problem_silent(lab: Lab) -> None:
    """A refusal never repeats what was sent."""
    for answer in _refusals(lab):
        text = answer.body.decode("utf-8", "replace")
        expect(NOBODY_NAME not in text and lab.id_number not in text, "the refusal quotes what was sent")


def _refusals(lab: Lab) -> tuple[Answer, ...]:
    """Answers to nonsense that names a person."""
    secret = {"name": NOBODY_NAME, "id_number": lab.id_number}
    return (
        lab.post("/api/v1/progress", {"slip_number": lab.id_number, "query_code": NOBODY_NAME, **secret}),
        lab.post("/api/v1/progress", {"card_token": NOBODY_NAME, **secret}),
        lab.post(PATH, {"manifest": secret, "sealed_application": lab.id_number}, uuid4()),
        lab.ask("POST", PATH, headers={"Content-Type": "application/json"}, data=b'{"broken": '),
    )


def _body(lab: Lab) -> tuple[dict[str, Any], Envelope]:
    _, envelope = lab.apply([])
    return Submission.sealed(envelope.manifest, envelope.parts["application"]).model_dump(mode="json"), envelope


def _sealed_with(application: Application, data: bytes, key: CentreKey) -> Envelope:
    """The application sealed beside a file that is not the one it names."""
    name, envelope_id = file_name(1), application.application_id
    sealed = SUITE.encrypt(data, key.public_key, file_info(envelope_id, name))
    part = SealedPart(name=name, sha256=sha256_hex(sealed), size=len(sealed))
    text = application.model_dump_json().encode()
    main = SUITE.encrypt(text, key.public_key, application_info(envelope_id, [part]))
    manifest = Manifest(
        application_id=envelope_id,
        slip_number=application.slip_number,
        key_id=key.key_id,
        application=SealedPart(name="application", sha256=sha256_hex(main), size=len(main)),
        files=(part,),
    )
    return Envelope(manifest, {name: sealed, "application": main})


CHECKS: tuple[Check, ...] = (
    centre,
    centre_key,
    receipt,
    repetition,
    key_reused,
    key_missing,
    parts_missing,
    lying_file,
    swapped_files,
    garbage,
    not_a_picture,
    unknown_key,
    sealed_digest,
    unknown_field,
    mistyped_slip,
    body_too_large,
    problem_form,
    problem_silent,
)
