"""The process that reads pages, with the real models: what it reads, and what it survives.

A citizen would wait at a frozen screen, lose the hints for the rest of the visit, or leave their papers in the memory of a
process that outlived them.
"""

from __future__ import annotations

import io
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.findings import Expectation, FindingCode
from kiosk.materials.reading import Reader, ReadingFailed, wire

WANG = PERSONAS["wang"]
ASKED = Expectation(("household_register_page",), WANG.name, WANG.id_number, date(2026, 11, 20))
PATIENCE = 100.0
"""Seconds; a page takes half a one on an idle machine."""


def coded(picture: Image.Image, **options: int | bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    return file.getvalue()


@cache
def page(quarters: int = 0) -> bytes:
    """A page of the household register, small enough to be read quickly, turned by quarters clockwise."""
    face = paper("household_register_page", WANG, pixels_per_mm=5).face
    return coded(Image.fromarray(np.ascontiguousarray(np.rot90(face, -quarters)[:, :, ::-1])))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    one = Reader()
    one.start()
    yield one
    one.close()


def gone(pid: int) -> bool:
    """Whether the process ended within a generous time (it is not always ours to wait for)."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_read_whichever_way_it_lies(reader, quarters):
    reading = reader.read(page(quarters), ASKED, PATIENCE)
    assert reading.turn == (-90 * quarters) % 360
    wanted = (FindingCode.KIND_MATCHES, FindingCode.NAME_FOUND, FindingCode.NUMBER_FOUND, FindingCode.SEAL_FOUND)
    assert [code for code in wanted if not reading.has(code)] == []
    assert reading.has(FindingCode.TURNED) == (quarters > 0)


def bomb() -> bytes:
    """Says that it has 60000 × 60000 pixels."""
    small = bytearray(coded(Image.new("L", (8, 8))))
    start = small.index(b"\xff\xc0") + 5
    small[start : start + 4] = struct.pack(">HH", 60000, 60000)
    return bytes(small)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff\xd8\xff",
        partial(lambda: page()[:2000]),
        bomb,
        partial(coded, Image.new("L", (7000, 6000), 255), progressive=True),
    ],
    ids=["nothing", "no JPEG", "truncated", "bomb", "42 megapixels"],
)
def test_a_hostile_picture_is_refused_and_the_same_process_reads_on(reader, hostile: bytes | Callable[[], bytes]):
    reader.start()
    before = reader.pid
    with pytest.raises(ReadingFailed, match="not a picture"):
        reader.read(hostile if isinstance(hostile, bytes) else hostile(), ASKED, PATIENCE)
    assert reader.pid == before


def test_a_picture_of_one_pixel_and_one_of_noise_are_answered(reader):
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    for picture in (Image.new("RGB", (1, 1)), Image.new("RGB", (900, 1), "white"), Image.fromarray(noise)):
        assert not reader.read(coded(picture), ASKED, PATIENCE).has(FindingCode.KIND_MATCHES)


def test_a_page_of_39_megapixels_is_read_in_the_memory_that_is_allowed(reader):
    small = Image.open(io.BytesIO(page()))
    large = small.resize((7200, round(7200 * small.height / small.width)))
    assert reader.read(coded(large, quality=60), ASKED, PATIENCE).has(FindingCode.NUMBER_FOUND)


def test_a_reader_that_hangs_is_given_up_in_time_and_the_next_page_is_read(reader):
    reader.start()
    hung = reader.pid
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(ReadingFailed, match="too long"):
        reader.read(page(), ASKED, 0.2)
    assert gone(hung)
    assert reader.read(page(), ASKED, PATIENCE).has(FindingCode.NUMBER_FOUND)
    assert reader.pid != hung


def test_a_reader_that_is_killed_costs_one_page_at_most(reader):
    reader.start()
    os.kill(reader.pid, signal.SIGKILL)
    try:
        reading = reader.read(page(), ASKED, PATIENCE)
    except ReadingFailed:
        reading = reader.read(page(), ASKED, PATIENCE)
    assert reading.has(FindingCode.NUMBER_FOUND)


def test_closing_ends_the_process_at_once_even_one_that_hangs_and_twice_is_fine():
    reader = Reader(threads=1)
    reader.start()
    pid = reader.pid
    os.kill(pid, signal.SIGSTOP)
    reader.close()
    assert gone(pid)
    reader.close()
    assert reader.pid is None
    with pytest.raises(ReadingFailed, match="closed"):
        reader.read(page(), ASKED, PATIENCE)


PARENT = """
import sys
from kiosk.materials.reading import Reader
reader = Reader()
reader.start()
print(reader.pid, flush=True)
sys.stdin.read()
"""


def test_the_reader_ends_with_its_parent_even_when_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff\xff", wire.frame(b"\0\0\0\x02{}"), wire.frame(b"no length")])
def test_a_garbage_frame_ends_the_reader_without_a_word(garbage):
    child = subprocess.run(
        [sys.executable, "-m", "kiosk.materials.reading", "1"],
        input=garbage,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    # The pipe closes behind the frame, so it may end before it has said that it is ready.
    assert child.stdout in (b"", wire.frame(wire.READY))
    assert child.stderr == b""


ALONE = """
import sys
sys.addaudithook(lambda event, _: sys.exit(f"network: {event}") if event.startswith("socket.") else None)
before = set(sys.modules)
from kiosk.materials.reading import Reader
heavy = {"cv2", "onnxruntime", "numpy", "PIL"} & set(sys.modules)
assert not heavy, heavy
import io
from kiosk.findings import Expectation
from kiosk.materials.reading.page import read_jpeg
from PIL import Image
file = io.BytesIO()
Image.open(sys.argv[1]).save(file, "JPEG")
reply = read_jpeg(file.getvalue(), Expectation(("household_register_page",)))
assert b"kind_matches" in reply, reply
loaded = {"requests", "urllib3", "rapidocr", "logging.handlers"} & set(sys.modules)
assert not loaded, loaded
"""


def test_reading_needs_no_network_says_nothing_and_costs_a_spare_visit_nothing(tmp_path):
    file = tmp_path / "page.jpg"
    file.write_bytes(page())
    done = subprocess.run([sys.executable, "-c", ALONE, str(file)], capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_reader_keeps_what_it_reads_to_itself(reader):
    """No core dump, not readable by others, no more memory than allowed, behind the screen in the queue for the processor."""
    reader.read(page(), ASKED, PATIENCE)
    process = Path("/proc") / str(reader.pid)
    limits = {line[:26].strip(): line.split()[-3:-1] for line in (process / "limits").read_text().splitlines()}
    assert limits["Max core file size"] == ["0", "0"]
    assert int(limits["Max data size"][0]) <= 2 << 30
    assert os.getpriority(os.PRIO_PROCESS, reader.pid) >= 10
    assert WANG.name.encode() not in (process / "cmdline").read_bytes()


def test_a_busy_reader_makes_nobody_wait_beyond_their_time(reader):
    """Two threads at once: the second one's time runs while the first one's page is read."""
    reader.start()
    reader._one_page.acquire()
    try:
        began = time.monotonic()
        with pytest.raises(ReadingFailed, match="busy"):
            reader.read(page(), ASKED, 0.05)
        assert time.monotonic() - began < PATIENCE
    finally:
        reader._one_page.release()
