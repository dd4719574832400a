"""The live picture: shown while somebody looks at it, never after; it says when to photograph; its lamp goes out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from drivers.document_camera import Frame
from kiosk import logs
from kiosk.devices import preview as preview_module
from kiosk.devices.preview import LivePreview, Picture

PATIENCE = 20.0


NOISE = np.random.default_rng(0).normal(0, 1.5, (540, 960, 3))
FPS = 15


class Camera:
    """Has a new picture at every look, half of them with a white page on a dark desk; or all, once one is laid.

    Its clock is the number of pictures: nobody waits for a page to lie still.
    """

    def __init__(self) -> None:
        self.looks = 0
        self.lying: int | None = None
        """Which page lies there and stays."""
        self.closed = threading.Event()
        self.broken = False
        self.meanwhile: Callable[[], object] = lambda: None

    def latest(self) -> Frame | None:
        self.looks += 1
        self.meanwhile()
        if self.broken:
            raise OSError("王小满")
        pixels = np.full((540, 960, 3), 40, np.float32)
        if self.lying is not None or self.looks % 2:
            pixels[90:450, 200:700] = 245
        if self.lying is not None:
            # Lines of words, set differently on each page.
            for line in range(120, 420, 20):
                pixels[line : line + 8, 240 : 400 + 37 * (line * (self.lying + 3) % 7)] = 60
        noisy = np.clip(pixels + np.roll(NOISE, 31 * self.looks, axis=0), 0, 255)
        return Frame(noisy.astype(np.uint8), self.looks / FPS, self.looks)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def camera() -> Camera:
    return Camera()


@dataclass
class Live:
    """A preview, what it showed, and how often it said that a page lies still."""

    preview: LivePreview
    shown: queue.Queue[Any]
    still: queue.Queue[None]

    def see(self, count: int) -> list[Any]:
        """The next pictures."""
        return [self.shown.get(timeout=PATIENCE) for _ in range(count)]


Make = Callable[..., Live]


@pytest.fixture
def live(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    logs.configure()
    monkeypatch.setattr(preview_module, "PERIOD", 0.001)
    made: list[LivePreview] = []

    def make(linger: float = 600.0) -> Live:
        shown: queue.Queue[Any] = queue.Queue()
        still: queue.Queue[None] = queue.Queue()
        made.append(LivePreview(lambda: camera, shown.put, lambda: still.put(None), linger_seconds=linger))  # type: ignore[arg-type, return-value]
        return Live(made[-1], shown, still)

    yield make
    for each in made:
        each.close()
        each.join(PATIENCE)


def test_pictures_come_with_the_pages_outline_and_what_can_be_said_of_it(live: Make) -> None:
    seen = live()
    seen.preview.start()
    pictures = seen.see(4)
    found = [picture for picture in pictures if picture.outline]
    assert found
    (left, top), _, (right, bottom), _ = found[0].outline
    assert 0.15 < left < 0.25
    assert 0.1 < top < 0.25
    assert 0.65 < right < 0.8
    assert 0.75 < bottom < 0.9
    assert len(found[0].rgb) == found[0].width * found[0].height * 3
    assert found[0].state == "hold_still"
    assert any(picture.outline is None for picture in pictures)
    assert all(0 <= picture.progress < 1 for picture in pictures)


def test_a_live_picture_that_is_written_out_shows_nothing_of_the_paper() -> None:
    assert "secret" not in repr(Picture(1, 2, b"secret", None, "looking", 0.0))


def test_a_page_that_lies_still_is_told_and_no_more_once_it_was_photographed(live: Make, camera: Camera) -> None:
    camera.lying = 1
    seen = live()
    seen.preview.start()
    seen.still.get(timeout=PATIENCE)
    seen.preview.shot()
    while not seen.shown.empty():
        seen.shown.get()
    assert {picture.state for picture in seen.see(15)[-8:]} == {"same_page"}
    seen.preview.stop()
    while not seen.shown.empty():
        seen.shown.get()
    seen.preview.start()
    assert {picture.state for picture in seen.see(8)} == {"same_page"}, "also after another screen"
    assert seen.still.empty()
    camera.lying = 2
    seen.still.get(timeout=PATIENCE)


def test_a_photograph_of_which_nothing_came_is_asked_for_again(live: Make, camera: Camera) -> None:
    camera.lying = 1
    seen = live()
    seen.preview.start()
    seen.still.get(timeout=PATIENCE)
    seen.preview.shot()
    seen.preview.missed()
    seen.still.get(timeout=PATIENCE)


def test_after_stop_no_picture_comes_and_start_brings_them_back(live: Make) -> None:
    seen = live()
    preview, shown = seen.preview, seen.shown
    preview.start()
    shown.get(timeout=PATIENCE)
    preview.stop()
    while not shown.empty():
        shown.get()
    assert shown.empty()
    preview.start()
    assert shown.get(timeout=PATIENCE)


def test_a_picture_that_was_on_its_way_when_the_screen_was_left_is_not_shown(live: Make, camera: Camera) -> None:
    seen = live()
    preview, shown = seen.preview, seen.shown

    left = threading.Event()

    def leave() -> None:
        camera.meanwhile = lambda: None
        preview.stop()
        left.set()

    camera.meanwhile = leave
    preview.start()
    assert left.wait(PATIENCE)
    preview.start()
    first = shown.get(timeout=PATIENCE)
    assert first.outline is None, "the first look had a page in it, the second has none"


def test_the_camera_is_switched_off_some_time_after_it_was_last_wanted(live: Make, camera: Camera) -> None:
    seen = live(linger=0.01)
    preview, shown = seen.preview, seen.shown
    preview.start()
    shown.get(timeout=PATIENCE)
    assert not camera.closed.is_set()
    preview.stop()
    assert camera.closed.wait(PATIENCE)
    preview.start()
    assert shown.get(timeout=PATIENCE), "it comes on again"


def test_a_camera_that_breaks_does_not_end_the_preview(
    live: Make, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_module, "RETRY_SECONDS", 0.01)
    camera.broken = True
    seen = live()
    preview, shown = seen.preview, seen.shown
    preview.start()
    while camera.looks < 3:
        with pytest.raises(queue.Empty):
            shown.get(timeout=0.02)
    camera.broken = False
    assert shown.get(timeout=PATIENCE)


def test_a_closed_preview_ends_and_does_not_start_again(live: Make) -> None:
    seen = live()
    preview, shown = seen.preview, seen.shown
    preview.start()
    shown.get(timeout=PATIENCE)
    preview.close()
    preview.join(PATIENCE)
    preview.start()
    while not shown.empty():
        shown.get()
    assert not any(thread.name == "preview" for thread in threading.enumerate())
