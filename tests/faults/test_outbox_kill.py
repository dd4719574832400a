"""kill -9 in the middle: of the sender, of the visit that stores, of the centre. Real processes, real files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central.centre import assemble
from central.export import export
from central.store.models import Upload
from kiosk.outbox import queue
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.submit import sweep
from kiosk.outbox.table import OutboxState
from kiosk.protocol.digest import digest_field, field_of
from tests.central.rig import KIB, hand_in, initialised, photo, running_centre

SENDER = """
import sys
from pathlib import Path
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import open_store
Sender(open_store(Path(sys.argv[1])), sys.argv[2]).run_once()
"""

VISIT = """
import os, sys
from pathlib import Path
from kiosk.outbox import submit as module
from kiosk.outbox.store import open_store
from kiosk.protocol.envelope import PublishedKey
from tests.central.rig import hand_in, photo
store = open_store(Path(sys.argv[1]))
key = PublishedKey.model_validate_json(Path(sys.argv[2]).read_text()).key()
left = int(sys.argv[3])
def stop_at(real):
    def fsync(descriptor):
        global left
        left -= 1
        if left < 0:
            print("there", flush=True)
            sys.stdin.readline()  # killed here
        real(descriptor)
    return fsync
module.os.fsync = stop_at(os.fsync)
hand_in(store, key, [photo(9000), photo(8000, 2)])
print("stored", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "kiosk" / "store.db")


def python(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = python("from central.cli import main; main()", "serve", "--data", str(data), "--port", "0")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    try:
        yield line.split()[1], process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=20)


def test_a_sender_killed_in_mid_chunk_has_sent_nothing_twice(store: Store, tmp_path: Path) -> None:
    scan = photo(2500 * KIB)
    with running_centre(initialised(tmp_path / "centre")) as centre:
        hand_in(store, centre.key, [scan])
        host, port = centre.url.removeprefix("http://").split(":")
        with socket.create_server(("127.0.0.1", 0)) as gate:
            sender = python(SENDER, str(store.path), f"http://127.0.0.1:{gate.getsockname()[1]}")
            passed = 0
            client, _ = gate.accept()
            with client, socket.create_connection((host, int(port))) as server:
                client.settimeout(0.05)
                server.settimeout(0.05)
                while passed < 1500 * KIB:  # a chunk and a half, then the line stands still
                    for source, sink in ((client, server), (server, client)):
                        try:
                            data = source.recv(64 * KIB)
                        except TimeoutError:
                            continue
                        sink.sendall(data)
                        passed += len(data) if source is client else 0
                os.kill(sender.pid, signal.SIGKILL)
                sender.communicate(timeout=20)
        (entry,) = queue.entries(store)
        assert entry.state is OutboxState.SENDING  # a truthful row: unknown
        (part,) = entry.manifest.files
        with centre.parts.database.reading() as session:
            begun = session.get(Upload, part.sha256)
        assert begun is not None
        assert begun.offset == 1024 * KIB  # the second half is not sent from the beginning again
        (sent,) = Sender(store, centre.url).run_once().acknowledged
        out = tmp_path / "out"
        assert export(centre.parts, out) == [sent.case_number]
        assert (out / sent.case_number / "files" / "CARD-1.jpg").read_bytes() == scan


@pytest.mark.parametrize("fsyncs", [0, 1, 2, 3, 4])
def test_a_visit_killed_while_storing_leaves_all_or_nothing(store: Store, tmp_path: Path, fsyncs: int) -> None:
    """Before the row is committed the citizen was told nothing, so nothing may stay; afterwards everything must."""
    settings = initialised(tmp_path / "centre")
    published = assemble(settings).keys.published
    settings.terminal_file.write_text(published.model_dump_json())
    visit = python(VISIT, str(store.path), str(settings.terminal_file), str(fsyncs))
    assert visit.stdout is not None
    assert visit.stdout.readline() == "there\n"
    os.kill(visit.pid, signal.SIGKILL)
    visit.communicate(timeout=20)
    assert queue.entries(store) == ()
    assert sweep(store) == 1
    assert [path.name for path in store.folder.iterdir()] == [".writing"]


def test_a_visit_killed_after_storing_has_lost_nothing(store: Store, tmp_path: Path) -> None:
    settings = initialised(tmp_path / "centre")
    settings.terminal_file.write_text(assemble(settings).keys.published.model_dump_json())
    visit = python(VISIT, str(store.path), str(settings.terminal_file), "1000")
    assert visit.stdout is not None
    assert visit.stdout.readline() == "stored\n"
    os.kill(visit.pid, signal.SIGKILL)
    visit.communicate(timeout=20)
    assert sweep(store) == 0
    with running_centre(settings) as centre:
        assert len(Sender(store, centre.url).run_once().acknowledged) == 1


def test_a_centre_killed_in_mid_patch_goes_on_where_its_disk_is(store: Store, tmp_path: Path) -> None:
    data, scan = tmp_path / "centre", photo(2500 * KIB)
    settings = initialised(data)
    hand_in(store, assemble(settings).keys.published.key(), [scan])
    (entry,) = queue.entries(store)
    (part,) = entry.manifest.files
    sealed = (queue.folder_of(store, entry) / part.name).read_bytes()
    first, second = sealed[: 1024 * KIB], sealed[1024 * KIB : 2048 * KIB]
    with serving(data) as (url, process):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            announce = f"Upload-Length: {part.size}\r\nRepr-Digest: {field_of(part.sha256)}\r\n"
            say(line, "POST /api/v1/uploads", announce, b"")
            assert say(line, *patch(part.sha256, 0, first)).startswith(b"HTTP/1.1 204 ")
            verb, fields, chunk = patch(part.sha256, len(first), second)
            request = f"{verb} HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(chunk)}\r\n\r\n"
            line.sendall(request.encode() + chunk[: 500 * KIB])
            os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=20)
    # What a power cut in the middle of a write can leave: bytes that nobody has answered for.
    with (data / "incoming" / part.sha256).open("ab") as file:
        file.write(bytes(700 * KIB))
    with serving(data) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            answer = say(line, f"HEAD /api/v1/uploads/{part.sha256}", "", b"")
        assert f"upload-offset: {len(first)}".encode() in answer.lower()
        (sent,) = Sender(store, url).run_once().acknowledged
    out = tmp_path / "out"
    assert export(assemble(settings), out) == [sent.case_number]
    assert (out / sent.case_number / "files" / "CARD-1.jpg").read_bytes() == scan


def patch(name: str, offset: int, chunk: bytes) -> tuple[str, str, bytes]:
    fields = (
        "Content-Type: application/offset+octet-stream\r\n"
        f"Upload-Offset: {offset}\r\nContent-Digest: {digest_field(chunk)}\r\n"
    )
    return f"PATCH /api/v1/uploads/{name}", fields, chunk


def say(line: socket.socket, verb: str, fields: str, body: bytes) -> bytes:
    """One request on a kept-alive connection; returns the head of the answer."""
    request = f"{verb} HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    line.sendall(request.encode() + body)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(4096) or b"\r\n\r\n"
    return answer
