"""The camera reader's evidence: which pictures it vouches for, and how it ends."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from drivers.document_camera import opencv
from drivers.document_camera.opencv import OpenCvCamera, Settings
from drivers.document_camera.reader import BROKEN_READS, Reader
from drivers.status import Deadline, NoDevice, StaleFrame


class Script:
    """An opened capture that plays a list: a picture, None for a failed read, a float for seconds of the clock.

    When the list is over it waits to be released, as a silent camera would.
    """

    def __init__(self, *steps: np.ndarray | float | None) -> None:
        self.steps = list(steps)
        self.now = 100.0
        self.played = threading.Event()
        self.over = threading.Event()
        self.released = threading.Event()
        self._picture: np.ndarray | None = None

    def clock(self) -> float:
        return self.now

    def grab(self) -> bool:
        while self.steps and isinstance(self.steps[0], float):
            self.now += self.steps.pop(0)
        if not self.steps:
            self.played.set()
            self.over.wait(10)
            return False
        self._picture = self.steps.pop(0)
        return self._picture is not None

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        return True, self._picture

    def release(self) -> None:
        self.released.set()


def noisy(level: int, seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(level, 2, (64, 64, 3)), 0, 255).astype(np.uint8)


def play(script: Script, hang: float = 5.0) -> Reader:
    reader = Reader(lambda: script, lambda picture: picture, hang=hang, clock=script.clock)
    reader.start()
    return reader


def finish(script: Script, reader: Reader) -> None:
    script.over.set()
    reader.stop()
    assert script.released.wait(5)


def test_a_picture_that_was_there_at_once_counts_as_buffered_and_one_waited_for_does_not():
    script = Script(noisy(120, 1))
    reader = play(script)
    assert script.played.wait(5)
    buffered = reader.newest
    finish(script, reader)

    script = Script(0.08, noisy(120, 1))
    reader = play(script)
    assert script.played.wait(5)
    waited = reader.newest
    finish(script, reader)

    assert buffered is not None
    assert waited is not None
    assert (buffered.buffered, waited.buffered) == (True, False)
    assert waited.frame.taken_at == pytest.approx(100.08)


def test_on_a_busy_machine_a_short_wait_is_no_proof_that_the_picture_is_new():
    usual = [step for seed in range(5) for step in (0.1, noisy(120, seed))]
    for wait, buffered in ((0.01, True), (0.05, False)):
        script = Script(*usual, wait, noisy(120, 9))
        reader = play(script)
        assert script.played.wait(5)
        newest = reader.newest
        finish(script, reader)
        assert newest is not None
        assert newest.buffered is buffered


def test_it_remembers_since_when_the_picture_is_frozen_and_since_when_black():
    same, black = noisy(120, 1), noisy(0, 2)
    script = Script(0.1, noisy(120, 0), 0.1, same, 0.1, same, 0.1, same, 0.1, black, 0.1, noisy(0, 3))
    reader = play(script)
    assert script.played.wait(5)
    newest = reader.newest
    finish(script, reader)

    assert newest is not None
    assert newest.black
    assert newest.changed
    assert newest.light_at == pytest.approx(100.4)
    assert newest.frame.sequence == 5

    script = Script(0.1, noisy(120, 0), 0.1, same, 0.1, same, 0.1, same)
    reader = play(script)
    assert script.played.wait(5)
    newest = reader.newest
    finish(script, reader)
    assert newest is not None
    assert (newest.changed, newest.black) == (False, False)
    assert newest.changed_at == pytest.approx(100.2)


def test_a_few_broken_reads_are_borne_and_more_end_the_stream():
    borne = Script(0.1, noisy(120, 1), *[None] * (BROKEN_READS - 1), 0.1, noisy(120, 2))
    reader = play(borne)
    assert borne.played.wait(5)
    assert reader.ended is None
    finish(borne, reader)

    broken = Script(0.1, noisy(120, 1), *[None] * BROKEN_READS)
    reader = play(broken)
    assert broken.released.wait(5)
    with pytest.raises(NoDevice):
        reader.after(0, 5)


def test_a_read_that_times_out_is_a_silent_camera_and_not_a_missing_one():
    script = Script(0.1, noisy(120, 1), 5.5, None)
    reader = play(script)
    with pytest.raises(StaleFrame):
        reader.after(0, 5)


def test_what_fails_in_opening_is_what_the_waiting_caller_gets():
    def refuse() -> Script:
        raise NoDevice("nothing there")

    reader = Reader(refuse, lambda picture: picture, hang=1, clock=lambda: 7.0)
    reader.start()
    with pytest.raises(NoDevice, match="nothing there"):
        reader.after(-1, 5)
    assert reader.ended_at == 7.0


class Handed:
    """An opened capture whose pictures are handed over one by one; each takes a tenth of a second of its clock."""

    def __init__(self) -> None:
        self.now = 50.0
        self.waiting = threading.Semaphore(0)
        self.pictures: queue.Queue[np.ndarray | None] = queue.Queue()
        self._picture: np.ndarray | None = None

    def grab(self) -> bool:
        self.waiting.release()
        self._picture = self.pictures.get(timeout=10)
        self.now += 0.1
        return self._picture is not None

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        return True, self._picture

    def release(self) -> None:
        """Nothing to let go of."""

    def hand_over(self, picture: np.ndarray) -> None:
        """Deliver the picture that the reader waits for, and come back when it waits for the next."""
        self.pictures.put(picture)
        assert self.waiting.acquire(timeout=10)

    def end(self) -> None:
        """Fail as often as it takes for the reader to give up."""
        for _ in range(BROKEN_READS):
            self.pictures.put(None)


def test_the_picture_under_way_at_the_press_and_the_one_exposed_meanwhile_do_not_count(monkeypatch):
    """A frame that arrives just after the press was exposed before it: the hand may still have been in the way."""
    handed = Handed()
    monkeypatch.setattr(opencv, "_open", lambda *_args: handed)
    camera = OpenCvCamera(Settings(link="0", width=64, height=64), clock=lambda: handed.now)
    camera.start()
    assert handed.waiting.acquire(timeout=10)
    handed.hand_over(noisy(120, 0))
    handed.now += 0.05

    deadline = Asked(60)
    with ThreadPoolExecutor(1) as pool:
        capture = pool.submit(camera.capture, deadline)
        assert deadline.asked.wait(10)
        for seed in (1, 2, 3):
            assert not capture.done()
            deadline.rounds(2)
            handed.hand_over(noisy(120, seed))
        frame = capture.result(10)
    handed.end()
    camera.close()

    assert frame.sequence == 3
    assert np.array_equal(frame.pixels, noisy(120, 3))


class Asked(Deadline):
    """A deadline that tells when the capture has begun, and when it has looked for a picture again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.asked = threading.Event()
        self._looks = threading.Semaphore(0)

    def remaining(self, at_most: float | None = None) -> float:
        self.asked.set()
        self._looks.release()
        return super().remaining(at_most)

    def rounds(self, count: int) -> None:
        """Wait until the capture has come round `count` more times: it has seen every picture so far."""
        while self._looks.acquire(blocking=False):
            """Forget the rounds before."""
        for _ in range(count):
            assert self._looks.acquire(timeout=10)
