"""Uploads: a page must arrive as it left, whatever the line does, and no two pages may ever be spliced.

The centre here is the real one behind a real socket.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
import requests

from central.store.models import Upload
from kiosk.protocol.digest import digest_field, field_of
from kiosk.protocol.envelope import MAX_PART
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import MEDIA_TYPE, ProblemType
from tests.central.rig import KIB, RunningCentre, photo, running_centre

DATA = photo(300 * KIB)
NAME = sha256_hex(DATA)


def begin(centre: RunningCentre, data: bytes = DATA, length: int | None = None) -> requests.Response:
    return centre.post(
        "/api/v1/uploads",
        headers={"Upload-Length": str(length or len(data)), "Repr-Digest": digest_field(data)},
    )


def patch(centre: RunningCentre, name: str, offset: int, chunk: bytes, **headers: str) -> requests.Response:
    return requests.patch(
        f"{centre.url}/api/v1/uploads/{name}",
        data=chunk,
        headers={
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Content-Digest": digest_field(chunk),
            **headers,
        },
        timeout=10,
    )


def head(centre: RunningCentre, name: str = NAME) -> requests.Response:
    return requests.head(f"{centre.url}/api/v1/uploads/{name}", timeout=10)


def problem_of(answer: requests.Response) -> str:
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["status"] == answer.status_code
    return str(answer.json()["type"])


def test_a_part_sent_in_chunks_is_kept_as_it_was(centre: RunningCentre) -> None:
    began = begin(centre)
    assert (began.status_code, began.headers["Upload-Offset"], began.headers["Upload-Complete"]) == (201, "0", "?0")
    assert began.headers["Location"] == f"/api/v1/uploads/{NAME}"
    half = patch(centre, NAME, 0, DATA[: 200 * KIB])
    assert (half.status_code, half.headers["Upload-Offset"]) == (204, str(200 * KIB))
    assert head(centre).headers["Upload-Offset"] == str(200 * KIB)
    done = patch(centre, NAME, 200 * KIB, DATA[200 * KIB :])
    assert (done.status_code, done.headers["Upload-Complete"]) == (204, "?1")
    assert centre.parts.parts.read(NAME) == DATA
    assert head(centre).headers["Upload-Offset"] == str(len(DATA))
    again = begin(centre)
    assert (again.status_code, again.headers["Upload-Complete"]) == (201, "?1")


def test_a_chunk_at_the_wrong_place_is_refused_with_the_right_one(centre: RunningCentre) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA[:1000])
    for offset in (0, 999, 1001, 300 * KIB):
        answer = patch(centre, NAME, offset, DATA[offset : offset + 10] or b"x")
        assert answer.status_code == 409
        assert problem_of(answer) == ProblemType.WRONG_OFFSET
        assert answer.headers["Upload-Offset"] == "1000"


def test_a_chunk_changed_on_the_way_leaves_the_offset_where_it_was(centre: RunningCentre) -> None:
    begin(centre)
    answer = patch(centre, NAME, 0, DATA[:1000], **{"Content-Digest": digest_field(DATA[1:1001])})
    assert (answer.status_code, problem_of(answer)) == (460, ProblemType.DIGEST_MISMATCH)
    assert head(centre).headers["Upload-Offset"] == "0"


def test_bytes_that_do_not_end_in_the_announced_digest_never_become_a_part(centre: RunningCentre) -> None:
    begin(centre)
    wrong = photo(len(DATA), seed=7)
    answer = patch(centre, NAME, 0, wrong)
    assert (answer.status_code, problem_of(answer)) == (460, ProblemType.DIGEST_MISMATCH)
    assert answer.headers["Upload-Offset"] == "0"
    assert not centre.parts.parts.has(NAME)
    assert patch(centre, NAME, 0, DATA).headers["Upload-Complete"] == "?1"


def test_two_scans_with_same_head_do_not_share_an_upload(centre: RunningCentre) -> None:
    margin = b"\xff" * (64 * KIB)
    one, other = margin + photo(50 * KIB, 1), margin + photo(50 * KIB, 2)
    begin(centre, one)
    patch(centre, sha256_hex(one), 0, one[: 70 * KIB])
    assert begin(centre, other).headers["Upload-Offset"] == "0"
    patch(centre, sha256_hex(other), 0, other)
    patch(centre, sha256_hex(one), 70 * KIB, one[70 * KIB :])
    assert centre.parts.parts.read(sha256_hex(one)) == one
    assert centre.parts.parts.read(sha256_hex(other)) == other


def test_what_a_torn_write_left_beyond_the_offset_is_cut_off(centre: RunningCentre, tmp_path: Path) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA[: 100 * KIB])
    incoming = centre.settings.data / "incoming" / NAME
    with incoming.open("ab") as file:
        file.write(b"torn" * 60 * KIB)
    assert head(centre).headers["Upload-Offset"] == str(100 * KIB)
    assert patch(centre, NAME, 100 * KIB, DATA[100 * KIB :]).headers["Upload-Complete"] == "?1"
    assert centre.parts.parts.read(NAME) == DATA


def test_bytes_the_disk_lost_are_asked_for_again(centre: RunningCentre) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA[: 100 * KIB])
    (centre.settings.data / "incoming" / NAME).write_bytes(DATA[: 40 * KIB])
    assert head(centre).headers["Upload-Offset"] == "0"
    assert patch(centre, NAME, 0, DATA).headers["Upload-Complete"] == "?1"


def test_a_crash_between_the_last_byte_and_the_final_name_is_healed(centre: RunningCentre) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA[: 200 * KIB])
    # As if the last chunk had been written and counted, and then the power went.
    centre.parts.parts.append(NAME, 200 * KIB, DATA[200 * KIB :])
    with centre.parts.database.writing() as session:
        upload = session.get(Upload, NAME)
        assert upload is not None
        upload.offset = len(DATA)
    with running_centre(centre.settings) as later:
        assert begin(later).headers["Upload-Complete"] == "?1"
        assert later.parts.parts.read(NAME) == DATA


def test_a_crash_after_the_final_name_leaves_no_second_copy(centre: RunningCentre) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA)
    centre.parts.parts.append(NAME, 0, DATA)  # as a bucket holds the chunks until the whole is there
    assert begin(centre).headers["Upload-Complete"] == "?1"
    assert centre.parts.parts.held(NAME) == 0
    centre.parts.parts.append(NAME, 0, DATA)
    assert head(centre).headers["Upload-Complete"] == "?1"
    assert centre.parts.parts.held(NAME) == 0
    assert centre.parts.parts.read(NAME) == DATA


def test_the_offset_survives_a_restart(centre: RunningCentre) -> None:
    begin(centre)
    patch(centre, NAME, 0, DATA[: 100 * KIB])
    with running_centre(centre.settings) as later:
        assert head(later).headers["Upload-Offset"] == str(100 * KIB)


def test_many_terminals_upload_at_once_without_mixing(centre: RunningCentre) -> None:
    pieces = [photo(150 * KIB, seed) for seed in range(8)]
    wrong: list[str] = []

    def send(data: bytes) -> None:
        begin(centre, data)
        for offset in range(0, len(data), 50 * KIB):
            answer = patch(centre, sha256_hex(data), offset, data[offset : offset + 50 * KIB])
            if answer.status_code != 204:
                wrong.append(answer.text)

    threads = [threading.Thread(target=send, args=(data,)) for data in pieces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert all(centre.parts.parts.read(sha256_hex(data)) == data for data in pieces)


@pytest.mark.parametrize(
    ("length", "digest", "status"),
    [
        ("-1", field_of(NAME), 422),
        ("banana", field_of(NAME), 422),
        ("9" * 30, field_of(NAME), 422),
        ("0", field_of(NAME), 400),
        ("48", field_of(NAME), 400),
        (str(MAX_PART + 1), field_of(NAME), 413),
        ("5000", "md5=:AAAA:", 400),
        ("5000", "sha-256=:AAAA:", 400),
        ("5000", "../../etc/passwd", 400),
    ],
)
def test_a_hostile_announcement_is_a_4xx(centre: RunningCentre, length: str, digest: str, status: int) -> None:
    answer = centre.post("/api/v1/uploads", headers={"Upload-Length": length, "Repr-Digest": digest})
    assert answer.status_code == status
    assert problem_of(answer)


def test_hostile_chunks_are_a_4xx(centre: RunningCentre) -> None:
    begin(centre, length=5000)
    assert patch(centre, NAME, 0, b"").status_code == 400
    assert patch(centre, NAME, 0, b"x", **{"Upload-Offset": "-1"}).status_code == 422
    assert patch(centre, NAME, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 400
    assert patch(centre, NAME, 0, b"x", **{"Content-Digest": "nonsense"}).status_code == 460
    assert patch(centre, NAME, 0, photo(5001)).status_code == 413
    assert patch(centre, NAME, 0, photo(1024 * KIB + 1)).status_code == 413
    assert patch(centre, NAME, 0, photo(4096 * KIB)).status_code == 413
    assert patch(centre, "0" * 64, 0, b"x").status_code == 404
    assert patch(centre, "no-digest", 0, b"x").status_code == 422
    assert head(centre, "0" * 64).status_code == 404
    assert head(centre).headers["Upload-Offset"] == "0"


def test_a_length_that_changes_is_refused(centre: RunningCentre) -> None:
    begin(centre, length=5000)
    answer = begin(centre, length=5001)
    assert (answer.status_code, problem_of(answer)) == (409, ProblemType.UPLOAD_LENGTH_DIFFERS)


def test_a_body_without_announced_length_is_refused_at_the_limit(centre: RunningCentre) -> None:
    """Chunked transfer could go on for ever; the centre answers as soon as the limit is passed."""
    begin(centre)
    host, port = centre.url.removeprefix("http://").split(":")
    head_lines = (
        f"PATCH /api/v1/uploads/{NAME} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/offset+octet-stream",
        "Upload-Offset: 0",
        f"Content-Digest: {digest_field(b'x')}",
        "Transfer-Encoding: chunked",
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join(head_lines).encode() + b"\r\n\r\n")
        for _ in range(17):
            connection.sendall(b"10000\r\n" + b"x" * 64 * KIB + b"\r\n")  # and no last chunk
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert head(centre).headers["Upload-Offset"] == "0"
