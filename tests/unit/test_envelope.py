"""Envelopes: a stolen terminal, a curious operator or a clumsy disk must not read, mix up or alter an application."""

from __future__ import annotations

import base64
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from central.keys import KeyRing
from central.opening import (
    CannotOpen,
    UnknownKey,
    open_application,
    open_card_token,
    open_file,
    parse_application,
)
from central.vault import Vault
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.card_token import seal_card_token
from kiosk.protocol.envelope import (
    OVERHEAD,
    CentreKey,
    Envelope,
    EnvelopeError,
    PublishedKey,
    key_id,
    publish,
    seal,
)
from tests.central.rig import application_of, number, photo

PRIVATE = X25519PrivateKey.generate()
KEYS = KeyRing(
    {key_id(PRIVATE.public_key()): PRIVATE},
    key_id(PRIVATE.public_key()),
    b"i" * 32,
    Vault(b"v" * 32),
    Ed25519PrivateKey.generate(),
)
CENTRE = CentreKey.of(PRIVATE.public_key())
SCANS = [photo(3000, 1), photo(4000, 2)]


def sealed(persona: str = "wang") -> Envelope:
    application, files = application_of(persona, number(), SCANS)
    return seal(application, files, CENTRE)


def open_part(envelope: Envelope, name: str, data: bytes) -> bytes:
    if name == "application":
        return open_application(KEYS, envelope.manifest, data)
    return open_file(KEYS, envelope.manifest, name, data)


def test_the_centre_reads_exactly_what_was_sealed() -> None:
    application, files = application_of("zhang", number(), SCANS, signature=photo(500, 3))
    envelope = seal(application, files, CENTRE)
    manifest = envelope.manifest
    plain = open_application(KEYS, manifest, envelope.parts["application"])
    assert plain == application.model_dump_json().encode()
    assert parse_application(plain, application.application_id, application.slip_number) == application
    opened = [open_file(KEYS, manifest, part.name, envelope.parts[part.name]) for part in manifest.files]
    assert opened == list(files.values())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["application", "file-001"]), st.integers(0, 10**9), st.integers(0, 7))
def test_one_flipped_bit_anywhere_and_it_does_not_open(name: str, place: int, bit: int) -> None:
    envelope = sealed()
    broken = bytearray(envelope.parts[name])
    broken[place % len(broken)] ^= 1 << bit
    with pytest.raises(CannotOpen):
        open_part(envelope, name, bytes(broken))


def test_a_page_cannot_be_moved_to_another_application_or_place() -> None:
    one, other = sealed(), sealed("liu")
    with pytest.raises(CannotOpen):
        open_file(KEYS, one.manifest, "file-001", other.parts["file-001"])
    with pytest.raises(CannotOpen):
        open_file(KEYS, one.manifest, "file-001", one.parts["file-002"])


def test_leaving_a_page_out_of_the_manifest_closes_the_application() -> None:
    envelope = sealed()
    shorter = envelope.manifest.model_copy(update={"files": envelope.manifest.files[:1]})
    with pytest.raises(CannotOpen):
        open_application(KEYS, shorter, envelope.parts["application"])


def test_exchanging_a_page_closes_the_application_though_the_page_itself_opens() -> None:
    application, files = application_of("wang", number(), SCANS)
    first, second = seal(application, files, CENTRE), seal(application, files, CENTRE)
    mixed = first.manifest.model_copy(update={"files": second.manifest.files})
    assert open_file(KEYS, mixed, "file-001", second.parts["file-001"]) == SCANS[0]
    with pytest.raises(CannotOpen):
        open_application(KEYS, mixed, first.parts["application"])


def test_another_centre_cannot_open_it() -> None:
    stranger = X25519PrivateKey.generate()
    ring = replace(KEYS, private={CENTRE.key_id: stranger})
    envelope = sealed()
    with pytest.raises(CannotOpen):
        open_application(ring, envelope.manifest, envelope.parts["application"])
    with pytest.raises(UnknownKey):
        open_application(replace(KEYS, private={}), envelope.manifest, envelope.parts["application"])


def test_sealed_parts_hold_no_plain_text_and_differ_each_time() -> None:
    person = PERSONAS["wang"]
    one, other = sealed(), sealed()
    for name, part in one.parts.items():
        assert person.name.encode() not in part
        assert person.id_number.encode() not in part
        assert SCANS[0][:16] not in part
        assert part != other.parts[name]
    text = one.manifest.model_dump_json()
    assert person.name not in text
    assert person.id_number not in text


def test_a_part_grows_by_key_and_tag_only() -> None:
    assert len(sealed().parts["file-001"]) == len(SCANS[0]) + OVERHEAD


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_never_opens_and_never_crashes(data: bytes) -> None:
    manifest = sealed().manifest
    with pytest.raises(CannotOpen):
        open_application(KEYS, manifest, data)
    with pytest.raises(CannotOpen):
        open_card_token(KEYS, base64.b64encode(data).decode())


def test_the_all_zero_key_share_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        open_application(KEYS, sealed().manifest, bytes(100))


def test_an_application_that_is_not_the_named_one_is_refused() -> None:
    application, _ = application_of("wang", number(), [])
    plain = application.model_dump_json().encode()
    with pytest.raises(CannotOpen):
        parse_application(plain, uuid4(), application.slip_number)
    with pytest.raises(CannotOpen):
        parse_application(plain, application.application_id, number(2))


def test_a_refused_application_is_not_quoted_in_the_reason() -> None:
    person = PERSONAS["wang"]
    plain = f'{{"applicant": {{"name": "{person.name}", "id_number": "{person.id_number}"}}}}'.encode()
    with pytest.raises(CannotOpen) as caught:
        parse_application(plain, uuid4(), number())
    assert person.id_number not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("change", ["missing", "additional", "other bytes"])
def test_files_that_are_not_the_named_ones_cannot_be_sealed(change: str) -> None:
    application, files = application_of("wang", number(), SCANS)
    first = next(iter(files))
    if change == "missing":
        del files[first]
    elif change == "additional":
        files["0" * 64] = b"x"
    else:
        files[first] = SCANS[0][:-1] + b"!"
    with pytest.raises(EnvelopeError):
        seal(application, files, CENTRE)


def test_a_published_key_that_does_not_match_its_id_is_refused() -> None:
    good = publish(PRIVATE.public_key())
    assert good.key().key_id == CENTRE.key_id
    other = publish(X25519PrivateKey.generate().public_key())
    for wrong in (other.public_key, "AAAA", "!!"):
        with pytest.raises(EnvelopeError):
            PublishedKey(key_id=good.key_id, public_key=wrong).key()


def test_a_manifest_cannot_name_odd_or_doubled_parts() -> None:
    manifest = sealed().manifest.model_dump()
    file = manifest["files"][0]
    for files in ([{**file, "name": "file-002"}], [{**file, "name": "../../x"}], [file, {**file, "name": "file-002"}]):
        with pytest.raises(ValidationError):
            type(sealed().manifest).model_validate({**manifest, "files": files})


def test_a_card_token_reaches_the_centre_and_tells_an_onlooker_nothing() -> None:
    ordinary, short = PERSONAS["wang"].id_number, PERSONAS["foreigner_2017"].id_number
    token, again = seal_card_token(ordinary, CENTRE), seal_card_token(ordinary, CENTRE)
    assert open_card_token(KEYS, token) == ordinary
    assert open_card_token(KEYS, seal_card_token(short.lower() + " ", CENTRE)) == short
    assert token != again
    assert ordinary.encode() not in base64.b64decode(token)
    assert len(seal_card_token(short, CENTRE)) == len(token)


def test_the_index_of_applicants_needs_the_centres_key() -> None:
    number = PERSONAS["foreigner_2017"].id_number
    other = replace(KEYS, index_key=b"j" * 32)
    assert KEYS.applicant_index(number) == KEYS.applicant_index(f" {number.lower()} ")
    assert KEYS.applicant_index(number) != other.applicant_index(number)
