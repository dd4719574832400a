"""The hands with a camera at the far end of a real link: lay a paper down, keep still, and it is a page."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.virtual.document_camera import VirtualDocumentCamera
from kiosk import config, logs
from kiosk.devices import hands as hands_module
from kiosk.devices.hands import Hands
from kiosk.devices.pages import PageWork
from kiosk.findings import Expectation, Reading
from kiosk.visit import effects, events
from kiosk.visit.events import Device

PATIENCE = 20.0
MOST_PICTURES = 150
"""Ten seconds of them."""
FIRST, SECOND = "居住证明:wang", "劳动合同:wang"


class Reader:
    """Reads nothing on any page: reading has its own tests, and costs seconds."""

    def start(self) -> None:
        """Nothing to load."""

    def read(self, jpeg: bytes, expected: Expectation, timeout_seconds: float) -> Reading:
        return Reading(())

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Visit:
    """A visit at its capture screen, and the desk before it."""

    hands: Hands
    camera: VirtualDocumentCamera
    told: queue.Queue[Any] = field(default_factory=queue.Queue)
    pictures: queue.Queue[Any] = field(default_factory=queue.Queue)

    def wait_for(self, kind: type[events.Event]) -> Any:
        """The next event of this kind."""
        while not isinstance(event := self.told.get(timeout=PATIENCE), kind):
            assert isinstance(event, events.DeviceChanged), event
        return event

    def watch(self, state: str, times: int = 3) -> None:
        """Until so many pictures in a row say this."""
        said: list[str] = []
        while said[-times:] != [state] * times:
            said.append(self.pictures.get(timeout=PATIENCE).state)
            assert len(said) < MOST_PICTURES, said[-times:]

    def look(self) -> None:
        """To the capture screen."""
        self.hands.carry_out(effects.StartPreview())

    def leave(self) -> None:
        """To another screen; what the camera showed is forgotten."""
        self.hands.carry_out(effects.CancelDevice(Device.DOCUMENT_CAMERA))
        while not self.pictures.empty():
            self.pictures.get()

    @property
    def quiet(self) -> bool:
        """Nothing was asked for."""
        return not any(isinstance(event, events.PageLiesStill) for event in self.told.queue)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    logs.configure()
    camera = VirtualDocumentCamera(port=0)
    camera.start()
    monkeypatch.setattr(hands_module, "PageWork", lambda emit: PageWork(emit, make_reader=Reader))
    devices = [f"devices.document_camera.{key}={value}" for key, value in camera.settings.items()]
    others = [f"devices.{device}.enabled=false" for device in Device if device is not Device.DOCUMENT_CAMERA]
    settings = config.load(None, [*devices, *others], check_devices=False, devices_only=True)
    told: queue.Queue[Any] = queue.Queue()
    pictures: queue.Queue[Any] = queue.Queue()
    visit = Visit(Hands(settings, told.put, pictures.put), camera, told, pictures)
    yield visit
    visit.hands.close()
    camera.stop()


def test_papers_are_photographed_one_after_the_other_without_a_button(visit: Visit) -> None:
    visit.look()
    visit.watch("looking")
    assert visit.quiet
    visit.camera.lay(FIRST)
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage())
    page = visit.wait_for(events.PageJudged).page
    assert page.verdicts == ("ok",)
    assert page.paper == "a4"
    visit.leave()

    # Taken again, or asked for another page, with the same one still lying there: nothing happens by itself.
    visit.look()
    visit.watch("same_page", times=20)
    assert visit.quiet

    visit.camera.lay(SECOND)
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage(earlier=(page,)))
    other = visit.wait_for(events.PageJudged).page
    assert other.verdicts == ("ok",)
    assert other.sha256 != page.sha256
    visit.leave()


def test_a_paper_that_is_pushed_in_is_followed_and_photographed_only_when_it_lies_still(visit: Visit) -> None:
    visit.camera.slide(FIRST)
    visit.look()
    visit.wait_for(events.PageLiesStill)
    assert not visit.camera.state()["sliding"]
    visit.leave()


def test_a_page_that_was_taken_before_is_known_again(visit: Visit) -> None:
    visit.look()
    visit.camera.lay(FIRST)
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage())
    page = visit.wait_for(events.PageJudged).page
    visit.camera.clear()
    visit.watch("looking")
    visit.camera.lay(FIRST)
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage(earlier=(page,)))
    assert "same_page" in visit.wait_for(events.PageJudged).page.verdicts
    visit.leave()


def test_a_paper_half_outside_is_not_photographed_until_it_is_put_right(visit: Visit) -> None:
    visit.camera.faults.fail_repeatedly("cut_off")
    visit.camera.lay(FIRST)
    visit.look()
    visit.watch("cut_off", times=20)
    assert visit.quiet
    visit.camera.faults.clear("cut_off")
    visit.wait_for(events.PageLiesStill)
    visit.leave()


def test_a_camera_that_freezes_in_mid_capture_says_so_and_the_next_picture_succeeds(visit: Visit) -> None:
    visit.camera.lay(FIRST)
    visit.look()
    visit.wait_for(events.PageLiesStill)
    visit.camera.faults.fail_repeatedly("frozen")
    visit.hands.carry_out(effects.CapturePage())
    visit.wait_for(events.CaptureFailed)
    visit.camera.faults.clear("frozen")
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage())
    assert visit.wait_for(events.PageJudged).page.verdicts == ("ok",)
    visit.leave()


def test_a_page_is_not_taken_for_photographed_when_the_screen_was_left_before_it_was(visit: Visit) -> None:
    visit.camera.lay(FIRST)
    visit.look()
    visit.wait_for(events.PageLiesStill)
    visit.hands.carry_out(effects.CapturePage())
    visit.leave()
    visit.look()
    visit.wait_for(events.PageLiesStill)
    visit.leave()
