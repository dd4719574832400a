"""The live picture: shown while somebody looks at it, never after, and the camera's lamp goes out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from drivers.document_camera import Frame
from kiosk import logs
from kiosk.devices import preview as preview_module
from kiosk.devices.preview import LivePreview

PATIENCE = 5.0


class Camera:
    """Has a new picture at every look, half of them with a white page on a dark desk."""

    def __init__(self) -> None:
        self.looks = 0
        self.closed = threading.Event()
        self.broken = False
        self.meanwhile: Callable[[], object] = lambda: None

    def latest(self) -> Frame | None:
        self.looks += 1
        self.meanwhile()
        if self.broken:
            raise OSError("王小满")
        pixels = np.full((540, 960, 3), 40, np.uint8)
        if self.looks % 2:
            pixels[90:450, 200:700] = 245
        return Frame(pixels, 0.0, self.looks)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def camera() -> Camera:
    return Camera()


Make = Callable[..., tuple[LivePreview, "queue.Queue[Any]"]]


@pytest.fixture
def live(camera: Camera) -> Iterator[Make]:
    logs.configure()
    made: list[LivePreview] = []

    def make(linger: float = 600.0, language: str = "zh_CN") -> tuple[LivePreview, queue.Queue[Any]]:
        shown: queue.Queue[Any] = queue.Queue()
        made.append(LivePreview(lambda: camera, shown.put, lambda: language, linger_seconds=linger))  # type: ignore[arg-type, return-value]
        return made[-1], shown

    yield make
    for each in made:
        each.close()
        each.join(PATIENCE)


def test_pictures_come_with_the_pages_outline_and_a_word_in_the_citizens_language(live: Make) -> None:
    preview, shown = live(language="en")
    preview.start()
    pictures = [shown.get(timeout=PATIENCE) for _ in range(4)]
    found = [picture for picture in pictures if picture.outline]
    assert found
    assert found[0].good
    assert "All four edges" in found[0].words
    (left, top), _, (right, bottom), _ = found[0].outline
    assert 0.15 < left < 0.25
    assert 0.1 < top < 0.25
    assert 0.65 < right < 0.8
    assert 0.75 < bottom < 0.9
    assert len(found[0].rgb) == found[0].width * found[0].height * 3
    looking = [picture for picture in pictures if picture.outline is None]
    assert looking
    assert not looking[0].good


def test_after_stop_no_picture_comes_and_start_brings_them_back(live: Make) -> None:
    preview, shown = live()
    preview.start()
    shown.get(timeout=PATIENCE)
    preview.stop()
    while not shown.empty():
        shown.get()
    assert shown.empty()
    preview.start()
    assert shown.get(timeout=PATIENCE)


def test_a_picture_that_was_on_its_way_when_the_screen_was_left_is_not_shown(live: Make, camera: Camera) -> None:
    preview, shown = live()

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
    preview, shown = live(linger=0.01)
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
    preview, shown = live()
    preview.start()
    while camera.looks < 3:
        with pytest.raises(queue.Empty):
            shown.get(timeout=0.02)
    camera.broken = False
    assert shown.get(timeout=PATIENCE)


def test_a_closed_preview_ends_and_does_not_start_again(live: Make) -> None:
    preview, shown = live()
    preview.start()
    shown.get(timeout=PATIENCE)
    preview.close()
    preview.join(PATIENCE)
    preview.start()
    while not shown.empty():
        shown.get()
    assert not any(thread.name == "preview" for thread in threading.enumerate())
