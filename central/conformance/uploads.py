"""Resumable uploads (docs/protocol.md, section 3)."""

from __future__ import annotations

from secrets import token_bytes

from central.conformance.check import Broken, Check, expect, rule
from central.conformance.lab import Answer, Lab
from kiosk.protocol.digest import digest_field
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType

SECTION = "3 uploads"


def _at(answer: Answer) -> str:
    return answer.headers.get("Upload-Offset", "")


def _begun(lab: Lab, size: int = 200) -> tuple[bytes, str]:
    """Bytes of an upload that was announced, and its digest."""
    data = token_bytes(size)
    lab.announce(sha256_hex(data), size).must_be(201)
    return data, sha256_hex(data)


@rule("uploads.announce", SECTION)
def announce(lab: Lab) -> None:
    """Announcing a part answers 201 with Location, Upload-Offset 0 and Upload-Complete ?0."""
    data = token_bytes(200)
    answer = lab.announce(sha256_hex(data), len(data)).must_be(201)
    expect(
        answer.headers.get("Location", "").endswith(f"/api/v1/uploads/{sha256_hex(data)}"), "no Location of the upload"
    )
    expect(_at(answer) == "0", "Upload-Offset is not 0")
    expect(answer.headers.get("Upload-Complete") == "?0", "Upload-Complete is not ?0")


@rule("uploads.resume", SECTION)
def resume(lab: Lab) -> None:
    """After a chunk, HEAD and announcing it again both tell the offset to go on from."""
    data, name = _begun(lab)
    expect(_at(lab.chunk(name, 0, data[:80]).must_be(204)) == "80", "the chunk's answer does not tell offset 80")
    expect(_at(lab.offset(name).must_be(204)) == "80", "HEAD does not tell offset 80")
    expect(_at(lab.announce(name, len(data)).must_be(201)) == "80", "announcing it again does not find it at 80")


@rule("uploads.complete", SECTION)
def complete(lab: Lab) -> None:
    """With its last byte a part is complete, and stays so."""
    data, name = _begun(lab)
    lab.chunk(name, 0, data[:80]).must_be(204)
    last = lab.chunk(name, 80, data[80:]).must_be(204)
    for answer in (last, lab.offset(name), lab.announce(name, len(data))):
        expect(_at(answer) == "200" and answer.headers.get("Upload-Complete") == "?1", "a whole part is not complete")


@rule("uploads.wrong-offset", SECTION)
def wrong_offset(lab: Lab) -> None:
    """A chunk at another offset is refused with 409 wrong-offset and the true Upload-Offset; nothing is written."""
    data, name = _begun(lab)
    lab.chunk(name, 0, data[:80]).must_be(204)
    for offset in (0, 120):
        refused = lab.chunk(name, offset, data[offset : offset + 10]).must_refuse(ProblemType.WRONG_OFFSET)
        expect(_at(refused) == "80", "the refusal does not tell the true Upload-Offset")


@rule("uploads.chunk-digest", SECTION)
def chunk_digest(lab: Lab) -> None:
    """A chunk that is not what its Content-Digest says is refused with 460; nothing of it is written."""
    data, name = _begun(lab)
    lab.chunk(name, 0, data[:80], digest_field(data[1:81])).must_refuse(ProblemType.DIGEST_MISMATCH)
    expect(_at(lab.offset(name)) == "0", "bytes of the refused chunk were kept")


@rule("uploads.whole-digest", SECTION)
def whole_digest(lab: Lab) -> None:
    """A part whose bytes are not those announced is refused with 460 at its last chunk, and begins again at 0."""
    announced, name = _begun(lab)
    other = announced[:-1] + bytes([announced[-1] ^ 1])
    lab.chunk(name, 0, other).must_refuse(ProblemType.DIGEST_MISMATCH)
    expect(_at(lab.offset(name)) == "0", "the upload is not back at 0")


@rule("uploads.too-many-bytes", SECTION)
def too_many_bytes(lab: Lab) -> None:
    """More bytes than were announced are refused with 413."""
    data, name = _begun(lab)
    lab.chunk(name, 0, data + b"x").must_refuse(ProblemType.TOO_LARGE)


@rule("uploads.too-large", SECTION)
def too_large(lab: Lab) -> None:
    """A part over the limit is refused with 413 when it is announced."""
    lab.announce(sha256_hex(token_bytes(8)), lab.centre.max_part_size + 1).must_refuse(ProblemType.TOO_LARGE)


@rule("uploads.chunk-size", SECTION)
def chunk_size(lab: Lab) -> None:
    """A chunk over `chunk_size` is refused with 413."""
    size = lab.centre.chunk_size + 1
    data, name = _begun(lab, size)
    try:
        lab.chunk(name, 0, data).must_refuse(ProblemType.TOO_LARGE)
    except Broken as error:
        if "no answer" not in str(error):  # it may close the connection in the middle of such a body
            raise
    expect(_at(lab.offset(name)) == "0", "bytes of the refused chunk were kept")


@rule("uploads.length-differs", SECTION)
def length_differs(lab: Lab) -> None:
    """The same digest announced with another length is refused with 409."""
    data, name = _begun(lab)
    lab.announce(name, len(data) + 1).must_refuse(ProblemType.UPLOAD_LENGTH_DIFFERS)


@rule("uploads.unknown", SECTION)
def unknown(lab: Lab) -> None:
    """An upload that was never announced is 404."""
    lab.offset(sha256_hex(token_bytes(8))).must_be(404)


CHECKS: tuple[Check, ...] = (
    announce,
    resume,
    complete,
    wrong_offset,
    chunk_digest,
    whole_digest,
    too_many_bytes,
    too_large,
    chunk_size,
    length_differs,
    unknown,
)
