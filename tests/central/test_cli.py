"""The commands: a centre is made, served and emptied by them, and what comes out is what went in."""

from __future__ import annotations

import io
import json
import random
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from PIL import Image

from central.cli import main
from central.pdf import pages_pdf
from central.serving import listen
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import open_store
from kiosk.outbox.submit import next_slip_number, submit
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import TerminalFile
from tests.central.rig import REGION, application_of, photo


@contextmanager
def serving(data: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", "from central.cli import main; main()", "serve", "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:"), line
        try:
            yield line.split()[1]
        finally:
            process.terminate()
            process.wait(20)


def jpeg(width: int, height: int) -> bytes:
    """A picture full of noise: as large as a file can be."""
    out = io.BytesIO()
    noise = random.Random(width).randbytes(3 * width * height)
    Image.frombytes("RGB", (width, height), noise).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.req("R075")
def test_what_the_centre_exports_is_byte_for_byte_what_was_submitted(tmp_path: Path) -> None:
    data, out = tmp_path / "centre", tmp_path / "out"
    made = CliRunner().invoke(main, ["init", "--data", str(data)])
    assert made.exit_code == 0
    key = TerminalFile.model_validate_json(made.output).key()
    assert TerminalFile.model_validate_json((data / "terminal.json").read_text()).key() == key

    store = open_store(tmp_path / "kiosk" / "store.db")
    pages, signature = [jpeg(1200, 1200), jpeg(30, 40)], photo(900, 3)
    assert len(pages[0]) > 1_500_000
    submitted = {}
    for persona in ("wang", "foreigner_2023", "zhang"):
        application, files = application_of(persona, next_slip_number(store, REGION, 3), pages, signature=signature)
        submit(store, application, files, key)
        submitted[application.application_id] = application
    with serving(data) as url:
        sent = Sender(store, url).run_once().acknowledged

    exported = CliRunner().invoke(main, ["export", "--data", str(data), "--out", str(out)])
    assert sorted(exported.output.split()) == sorted(one.case_number for one in sent)
    assert {one.application_id for one in sent} == set(submitted)
    for one in sent:
        holds_what_was_submitted(out / one.case_number, submitted[one.application_id], pages, signature)


def holds_what_was_submitted(folder: Path, application: Application, pages: list[bytes], signature: bytes) -> None:
    """The folder of an exported case."""
    assert (folder / "application.json").read_bytes() == application.model_dump_json().encode()
    assert Application.model_validate_json((folder / "application.json").read_bytes()) == application
    assert json.loads((folder / "application.json").read_text())["materials"][0]["pages"][1]["note"] == {
        "made_by": "a reader",
        "findings": [{"code": "expired", "confidence": 0.9, "value": "2024-05-01"}],
    }
    assert (folder / "files" / "CARD-1.jpg").read_bytes() == pages[0]
    assert (folder / "files" / "CARD-2.jpg").read_bytes() == pages[1]
    assert (folder / "files" / "signature.png").read_bytes() == signature
    assert all(page in (folder / "files" / "CARD.pdf").read_bytes() for page in pages)
    assert len(list((folder / "files").iterdir())) == 4
    assert json.loads((folder / "receipt.json").read_text())["case_number"] == folder.name


def test_the_pages_of_a_material_are_exported_as_one_pdf_of_their_true_size(tmp_path: Path) -> None:
    scans = [(jpeg(1654, 2339), 200), (jpeg(600, 200), 0)]
    made = pages_pdf(scans)
    assert made is not None
    assert made == pages_pdf(scans), "the same pages, the same file"
    with pikepdf.open(io.BytesIO(made)) as pdf:
        sizes = [[round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] for page in pdf.pages]
        assert sizes == [[210, 297], [297, 99]]
        assert [page.get_images()["/Im0"].read_raw_bytes() for page in pdf.pages] == [scan for scan, _ in scans]
        assert not pdf.docinfo


def gif() -> bytes:
    made = io.BytesIO()
    Image.new("L", (30, 40)).save(made, "GIF")
    return made.getvalue()


@pytest.mark.parametrize("page", [b"", photo(500), jpeg(30, 40)[:200], b"\x89PNG\r\n\x1a\n", gif()])
def test_a_page_that_is_no_jpeg_makes_no_pdf_and_stops_no_export(page: bytes) -> None:
    assert pages_pdf([(jpeg(30, 40), 200), (page, 200)]) is None


def test_private_keys_are_for_their_owner_only_and_never_overwritten(tmp_path: Path) -> None:
    data = tmp_path / "centre"
    assert CliRunner().invoke(main, ["init", "--data", str(data)]).exit_code == 0
    before = {path.name: path.read_bytes() for path in (data / "keys").iterdir()}
    for path in (data / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE" not in (data / "terminal.json").read_bytes()
    again = CliRunner().invoke(main, ["init", "--data", str(data)])
    assert again.exit_code != 0
    assert "never overwritten" in again.output
    assert {path.name: path.read_bytes() for path in (data / "keys").iterdir()} == before


def test_serving_without_keys_says_what_to_do(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["serve", "--data", str(tmp_path)])
    assert answer.exit_code != 0
    assert "central init" in answer.output


def test_serving_a_damaged_database_is_a_plain_sentence(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", "--data", str(tmp_path / "c")])
    (tmp_path / "c" / "central.db").write_bytes(b"no database" * 1000)
    answer = CliRunner().invoke(main, ["serve", "--data", str(tmp_path / "c")])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: the database cannot be used")


def test_a_port_in_use_is_a_plain_sentence(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", "--data", str(tmp_path / "c")])
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        answer = CliRunner().invoke(main, ["serve", "--data", str(tmp_path / "c"), "--port", port])
    assert answer.exit_code != 0
    assert "cannot listen" in answer.output


def test_answers_leave_at_once() -> None:
    """On a socket of protocol number 0, asyncio leaves Nagle's algorithm on: 40 ms more for every request."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_the_published_description_is_current() -> None:
    """docs/openapi.json is what integrators build against. Refresh it: central openapi > docs/openapi.json"""
    published = Path(__file__).parents[2] / "docs" / "openapi.json"
    printed = CliRunner().invoke(main, ["openapi"]).output
    assert json.loads(published.read_text(encoding="utf-8")) == json.loads(printed)
