"""Pages are read, turned and joined beside the visit: nobody waits, nothing is lost, and nothing outlives the visit."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.virtual.desk import Scene, render
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk import logs
from kiosk.devices import pages
from kiosk.devices.pages import TRIES, PageWork
from kiosk.findings import Expectation, Finding, FindingCode, Reading
from kiosk.materials.reading import Reader as ReadingProcess
from kiosk.materials.reading import ReadingFailed
from kiosk.visit import effects, events
from kiosk.visit.draft import Page

PATIENCE = 20.0
NAME = "王小满"
EXPECTED = Expectation(("residence_certificate",), NAME)
SEAL = Finding(FindingCode.SEAL_FOUND, 0.9)


def page(shade: int = 200, *, width: int = 120, height: int = 80, **more: Any) -> Page:
    """A page with a dark corner at its top left."""
    picture = np.full((height, width, 3), shade, np.uint8)
    picture[:20, :30] = 20
    jpeg = bytes(cv2.imencode(".jpg", picture)[1])
    return Page(jpeg, hashlib.sha256(jpeg).hexdigest(), width, height, ("ok",), **more)


def shown(of: Page) -> Any:
    return cv2.imdecode(np.frombuffer(of.jpeg, np.uint8), cv2.IMREAD_COLOR)


class Reader:
    """Reads what it is told to, when it is told to."""

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[bytes, Expectation]] = queue.Queue()
        self.answers: queue.Queue[Reading | Exception] = queue.Queue()
        self.started = threading.Event()
        self.closed = threading.Event()
        self.now = 0.0
        """Seconds; time goes by only while a page takes too long."""

    def start(self) -> None:
        self.started.set()

    def read(self, jpeg: bytes, expected: Expectation, timeout_seconds: float) -> Reading:
        self.asked.put((jpeg, expected))
        answer = self.answers.get(timeout=PATIENCE)
        if isinstance(answer, TimeoutError):
            self.now += timeout_seconds
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed.set()
        self.answers.put(ConnectionError("closed"))


class Visit:
    """The work of one visit, and what it tells."""

    def __init__(self, make_reader: Callable[[], Any], clock: Callable[[], float] = lambda: 0.0) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        self.work = PageWork(self.told.put, make_reader=make_reader, clock=clock)

    def next(self) -> Any:
        return self.told.get(timeout=PATIENCE)

    def read(self, wanted: Page) -> None:
        self.work.read(effects.ReadPage(wanted, EXPECTED))


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def visit(reader: Reader) -> Iterator[Visit]:
    logs.configure()
    visit = Visit(lambda: reader, lambda: reader.now)
    yield visit
    visit.work.close()
    visit.work.join(PATIENCE)


def test_a_page_comes_back_with_what_was_read_on_it(visit: Visit, reader: Reader) -> None:
    reader.answers.put(Reading((SEAL,)))
    asked = page()
    visit.read(asked)
    told = visit.next()
    assert isinstance(told, events.PageRead)
    assert told.sha256 == asked.sha256
    assert told.page.findings == (SEAL,)
    assert told.page.jpeg == asked.jpeg


def test_the_reader_gets_what_the_visit_expects_and_nothing_else(visit: Visit, reader: Reader) -> None:
    """The visit knows whether the terminal's clock can be right, so the day is its to say."""
    reader.answers.put(Reading(()))
    visit.read(page())
    _, expected = reader.asked.get(timeout=PATIENCE)
    assert expected == EXPECTED


def test_a_page_that_lay_wrongly_comes_back_upright_and_says_so(visit: Visit, reader: Reader) -> None:
    reader.answers.put(Reading((SEAL,), turn=180))
    asked = page(fingerprint="f" * 64)
    visit.read(asked)
    told = visit.next()
    assert told.sha256 == asked.sha256
    assert told.page.sha256 == hashlib.sha256(told.page.jpeg).hexdigest() != asked.sha256
    assert told.page.findings == (SEAL, Finding(FindingCode.TURNED, 1.0, "180"))
    assert told.page.fingerprint != asked.fingerprint
    assert shown(told.page)[-5, -5].max() < 60, "the dark corner is at the bottom right now"


def test_the_newest_page_is_read_first_and_each_once(visit: Visit, reader: Reader) -> None:
    first, second, third = page(200), page(210), page(220)
    visit.read(first)
    assert reader.asked.get(timeout=PATIENCE)[0] == first.jpeg
    for waiting in (first, second, third, second):
        visit.read(waiting)
    for _ in range(3):
        reader.answers.put(Reading(()))
    assert [visit.next().sha256 for _ in range(3)] == [each.sha256 for each in (first, second, third)]
    assert reader.asked.qsize() == 2


def test_a_reader_that_breaks_down_gets_the_page_once_more(visit: Visit, reader: Reader) -> None:
    reader.answers.put(EOFError())
    reader.answers.put(Reading((SEAL,)))
    visit.read(page())
    assert visit.next().page.findings == (SEAL,)


@pytest.mark.parametrize("failures", [[TimeoutError()], [EOFError(NAME)] * TRIES], ids=["too slow", "breaks down"])
def test_a_page_that_cannot_be_read_comes_back_as_it_was_and_the_next_one_is_read(
    visit: Visit, reader: Reader, failures: list[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    for failure in failures:
        reader.answers.put(failure)
    reader.answers.put(Reading(()))
    unread = page(200)
    visit.read(unread)
    reader.asked.get(timeout=PATIENCE)
    following = page(210)
    visit.read(following)
    assert visit.next() == events.PageRead(unread.sha256, unread), "or the screen would say for long that it is read"
    assert visit.next().sha256 == following.sha256
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "reader.failed" in line]
    assert [line["error"] for line in lines] == [type(failure).__name__ for failure in failures]
    assert NAME not in str(lines)


def test_a_terminal_that_cannot_read_at_all_goes_on_without(reader: Reader) -> None:
    logs.configure()

    def none() -> Any:
        raise ImportError

    visit = Visit(none)
    visit.read(page())
    assert visit.next() == events.PageRead(page().sha256, page())
    visit.work.turn(page())
    assert isinstance(visit.next(), events.PageWorked)
    visit.work.close()


def test_a_reader_that_cannot_start_yet_reads_the_first_page_all_the_same(visit: Visit, reader: Reader) -> None:
    def short_of_memory() -> None:
        raise ReadingFailed

    reader.start = short_of_memory  # type: ignore[method-assign]
    reader.answers.put(Reading((SEAL,)))
    visit.read(page())
    assert visit.next().page.findings == (SEAL,)


def test_the_reader_is_made_ready_when_the_camera_is_wanted_and_not_before(visit: Visit, reader: Reader) -> None:
    assert not reader.started.is_set()
    visit.work.warm_up()
    assert reader.started.wait(PATIENCE)


def test_the_end_of_the_visit_ends_a_read_that_is_under_way_and_tells_nothing(visit: Visit, reader: Reader) -> None:
    visit.read(page(200))
    reader.asked.get(timeout=PATIENCE)
    visit.read(page(210))
    visit.work.close()
    assert reader.closed.is_set()
    visit.work.join(PATIENCE)
    assert not any(thread.name == "page-reading" for thread in threading.enumerate())
    visit.work.turn(page())
    visit.read(page())
    assert visit.told.empty()


def test_a_page_is_turned_by_a_quarter_clockwise(visit: Visit) -> None:
    asked = page(findings=(SEAL,), dpi=150, paper="a4")
    visit.work.turn(asked)
    told = visit.next()
    assert told.sha256 == asked.sha256
    assert (told.page.width, told.page.height) == (asked.height, asked.width)
    assert shown(told.page)[5, -5].max() < 60, "what was at the top left is at the top right"
    assert told.page.findings == (SEAL,)
    assert told.page.dpi == 150


def test_both_sides_of_a_card_go_on_one_sheet_the_front_above(visit: Visit) -> None:
    front, back = (page(shade, width=856, height=540, dpi=254, paper="id_1") for shade in (200, 120))
    visit.work.join_sides(front, back)
    told = visit.next()
    assert told.sha256 == back.sha256
    sheet = told.page
    assert sheet.paper == "a4"
    assert sheet.height / sheet.width == pytest.approx(297 / 210, abs=0.01)
    column = shown(sheet)[:, sheet.width // 2].mean(axis=1)
    assert np.argmin(np.abs(column - 200)) < np.argmin(np.abs(column - 120)), "the front is above"


@pytest.mark.parametrize("damaged", [b"", b"\xff\xd8\xff\xe0 no picture"])
def test_a_page_that_cannot_be_worked_on_stays_as_it_was(visit: Visit, damaged: bytes) -> None:
    broken = Page(damaged, "0" * 64, 10, 10)
    visit.work.turn(broken)
    assert visit.next() == events.PageWorked("0" * 64, None)
    visit.work.join_sides(page(), broken)
    assert visit.next() == events.PageWorked("0" * 64, None)


def test_a_reader_that_was_killed_is_replaced_and_no_process_outlives_the_visit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real one, on a real page: what the system's memory killer takes must cost nobody a hint."""
    monkeypatch.setattr(pages, "READ_SECONDS", 3 * PATIENCE)  # it is polite, and tests keep the machine busy
    readers = []

    def make() -> ReadingProcess:
        readers.append(ReadingProcess())
        return readers[-1]

    visit = Visit(make, time.monotonic)
    picture = render(Scene(sheet=paper("居住证明", PERSONAS["wang"]))).pixels
    wanted = replace(page(), jpeg=bytes(cv2.imencode(".jpg", picture)[1]))
    visit.work.warm_up()
    visit.work.read(effects.ReadPage(wanted, Expectation(("residence_certificate",), PERSONAS["wang"].name)))
    first = wait_for(lambda: readers[0].pid if readers else None)
    os.kill(first, signal.SIGKILL)
    told = visit.told.get(timeout=4 * PATIENCE)
    assert told.sha256 == wanted.sha256
    assert told.page.findings
    second = readers[0].pid
    assert second not in (None, first)
    visit.work.close()
    assert not running(second)


def wait_for(look: Callable[[], int | None]) -> int:
    """What `look` gives as soon as it gives anything."""
    end = time.monotonic() + PATIENCE
    while (found := look()) is None:
        assert time.monotonic() < end
        threading.Event().wait(0.005)
    return found


def running(process: int) -> bool:
    """Whether this process lives."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
