"""The contract of document cameras: the page in the application is the one that lay there when the citizen pressed.

The driver reads a real HTTP stream from the virtual desk through OpenCV. With `-m hardware` and
TONGBAN_HARDWARE_DOCUMENT_CAMERA set to a link, the first part also runs on a plugged-in camera.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from drivers.document_camera import DocumentCamera, Frame
from drivers.document_camera.opencv import OpenCvCamera, Settings, Timing, open_device
from drivers.registry import load
from drivers.status import (
    CameraState,
    Canceled,
    Deadline,
    DeviceError,
    DeviceState,
    NoDevice,
    StaleFrame,
    TimeOut,
    UnsupportedData,
)
from drivers.virtual.document_camera import VirtualDocumentCamera

HARDWARE = "TONGBAN_HARDWARE_DOCUMENT_CAMERA"
SHORT = Timing(link=2.0, capture=2.5, stale=0.6, retry=0.05)
"""Patience for faults; a sound virtual camera delivers within a tenth of a second."""


@dataclass
class Bench:
    """A driver and the desk it looks at."""

    camera: OpenCvCamera
    desk: VirtualDocumentCamera

    def capture(self, seconds: float = 20.0) -> Frame:
        return self.camera.capture(Deadline(seconds))


def settings_for(desk: VirtualDocumentCamera, **changes: object) -> Settings:
    options = {key: value for key, value in desk.settings.items() if key != "driver"}
    return Settings.model_validate({**options, **changes})


@pytest.fixture
def desk() -> Iterator[VirtualDocumentCamera]:
    device = VirtualDocumentCamera()
    device.start()
    device.lay("居住证明:wang")
    device.view()  # drawn now, so that no test's patience is spent on it
    yield device
    device.stop()


@pytest.fixture
def bench(desk: VirtualDocumentCamera) -> Iterator[Bench]:
    camera = OpenCvCamera(settings_for(desk), timing=SHORT)
    yield Bench(camera, desk)
    camera.close()


@pytest.fixture(params=["virtual", pytest.param("hardware", marks=pytest.mark.hardware)])
def any_camera(request: pytest.FixtureRequest) -> Iterator[DocumentCamera]:
    """Every camera there is; the plugged-in one only when asked for."""
    if request.param == "virtual":
        yield request.getfixturevalue("bench").camera
        return
    link = os.environ.get(HARDWARE)
    if not link:
        pytest.skip(f"{HARDWARE} is not set")
    camera = open_device(Settings(link=link))
    yield camera
    camera.close()


def until(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait for a condition, with a deadline."""
    end = time.monotonic() + seconds
    never = threading.Event()
    while not true():
        if time.monotonic() > end:
            return False
        never.wait(0.02)
    return True


def difference(frame: Frame, desk: VirtualDocumentCamera) -> float:
    """How unlike what the camera delivered is to what lies on the desk (mean levels; noise and JPEG make about 2)."""
    return float(np.abs(frame.pixels.astype(np.int16) - desk.view().pixels).mean())


# Every camera


def test_a_captured_frame_is_as_large_as_configured_and_newer_than_the_call(any_camera):
    asked = time.monotonic()
    first = any_camera.capture(Deadline(20))
    second = any_camera.capture(Deadline(20))

    assert sorted(first.pixels.shape) >= [3, 1080, 1920]
    assert first.pixels.dtype == np.uint8
    assert asked < first.taken_at < second.taken_at
    assert first.sequence < second.sequence


def test_the_preview_moves_on_by_itself(any_camera):
    any_camera.start()
    assert until(lambda: any_camera.latest() is not None)
    first = any_camera.latest()
    assert first is not None
    assert until(lambda: (now := any_camera.latest()) is not None and now.sequence > first.sequence)


def test_a_camera_in_use_says_it_is_well(any_camera):
    any_camera.capture(Deadline(20))
    status = any_camera.status()

    assert (status.device, status.camera, status.remedy) == (DeviceState.ONLINE, CameraState.OK, None)
    assert status.since > 0


def test_a_closed_camera_can_be_used_again_and_closed_twice(any_camera):
    any_camera.capture(Deadline(20))
    any_camera.close()
    any_camera.close()

    assert any_camera.capture(Deadline(20)).pixels.any()


# The picture is the one that was asked for


@pytest.mark.req("R069")
def test_the_captured_picture_shows_the_paper_that_lies_there_and_upright(bench):
    assert difference(bench.capture(), bench.desk) < 4


@pytest.mark.req("R069")
def test_a_paper_changed_before_the_call_is_never_shown_as_the_old_one(bench):
    for paper in ("转诊转院证明:zhao", "常住人口登记卡:yan", "劳动合同:wang"):
        bench.capture()
        bench.desk.lay(paper)
        assert difference(bench.capture(), bench.desk) < 4


def test_pictures_that_were_held_up_on_the_way_are_not_taken_for_new_ones(desk):
    camera = OpenCvCamera(settings_for(desk), timing=Timing(link=20.0))
    camera.start()
    assert until(lambda: (now := camera.latest()) is not None and now.sequence >= 6)
    desk.faults.fail_repeatedly("hiccup")
    assert until(lambda: int(str(desk.state()["held"])) >= 8)
    desk.lay("户口簿首页:zhao")
    desk.view()

    releasing = threading.Timer(0.05, desk.faults.clear)
    releasing.start()
    frame = camera.capture(Deadline(20))
    releasing.join()
    camera.close()

    assert frame.sequence > 14
    assert difference(frame, desk) < 4


def test_a_new_paper_appears_in_the_preview(bench):
    bench.capture()
    bench.desk.lay("社会保障卡业务登记表:zhao")
    bench.desk.view()
    assert until(lambda: (now := bench.camera.latest()) is not None and difference(now, bench.desk) < 4)


# Privacy: it looks only while somebody uses it


def test_asking_for_the_status_does_not_switch_the_camera_on(bench):
    status = bench.camera.status()

    assert (status.device, status.camera) == (DeviceState.ONLINE, CameraState.UNKNOWN)
    assert until(lambda: bench.desk.state()["watching"] == 0)


def test_closing_lets_go_of_the_camera_and_of_its_pictures(bench):
    bench.capture()
    assert bench.desk.state()["watching"] == 1
    bench.camera.close()

    assert until(lambda: bench.desk.state()["watching"] == 0)
    assert bench.camera.latest() is None


# What cameras do wrong


@pytest.mark.parametrize("fault", ["frozen", "black", "stalled"])
def test_a_camera_that_shows_no_new_picture_is_refused_and_its_cure_noticed(bench, fault):
    bench.capture()
    bench.desk.faults.fail_repeatedly(fault)
    with pytest.raises(StaleFrame) as refusal:
        bench.capture()
    assert refusal.value.remedy.zh

    bench.desk.faults.clear()
    assert difference(bench.capture(), bench.desk) < 4


@pytest.mark.parametrize("fault", ["frozen", "black", "stalled", "wrong_resolution"])
def test_the_status_shows_a_lying_camera_as_broken_and_says_what_to_do(bench, fault):
    bench.desk.faults.fail_repeatedly(fault)
    bench.camera.start()

    assert until(lambda: bench.camera.status().device is DeviceState.HARDWARE_ERROR)
    status = bench.camera.status()
    assert status.camera is CameraState.INOP
    assert status.remedy is not None
    assert status.reason


def test_one_broken_picture_does_not_end_the_stream(bench):
    before = bench.capture()
    bench.desk.faults.fail_next("garbage", 2)

    assert bench.capture().sequence > before.sequence


def test_a_camera_that_sends_rubbish_is_a_fault_with_a_remedy(bench):
    bench.capture()
    bench.desk.faults.fail_repeatedly("garbage")
    with pytest.raises(DeviceError) as refusal:
        bench.capture()
    assert refusal.value.remedy.zh

    bench.desk.faults.clear()
    assert difference(bench.capture(), bench.desk) < 4


def test_a_slow_camera_still_delivers(desk):
    desk.faults.fail_repeatedly("slow")
    camera = OpenCvCamera(settings_for(desk))
    assert difference(camera.capture(Deadline(20)), desk) < 4
    camera.close()


def test_a_picture_smaller_than_configured_is_refused_with_the_two_sizes(bench):
    bench.desk.faults.fail_repeatedly("wrong_resolution")
    with pytest.raises(UnsupportedData, match=r"640x480.*1920x1080") as refusal:
        bench.capture()
    assert "width" in refusal.value.remedy.en


# Plugs and switches


def test_pulling_the_plug_ends_preview_and_capture_and_plugging_in_restores_both(bench):
    bench.capture()
    knobs = {knob.name: knob for knob in bench.desk.knobs()}
    knobs["unplug"].turn("")
    with pytest.raises(NoDevice):
        bench.capture()
    assert until(lambda: bench.camera.latest() is None)

    knobs["plug"].turn("")
    assert until(lambda: bench.camera.latest() is not None)
    assert difference(bench.capture(), bench.desk) < 4


def test_a_camera_that_is_off_counts_as_gone_after_three_polls_and_comes_back(bench):
    assert bench.camera.status().device is DeviceState.ONLINE
    bench.desk.stop()
    polls = [bench.camera.status() for _ in range(3)]

    assert [poll.device for poll in polls] == [DeviceState.ONLINE, DeviceState.ONLINE, DeviceState.NO_DEVICE]
    assert polls[-1].camera is CameraState.INOP
    assert polls[-1].remedy is not None
    with pytest.raises(NoDevice):
        bench.capture()

    bench.desk.start()
    assert bench.camera.status().device is DeviceState.ONLINE
    assert bench.capture().pixels.any()


def test_a_camera_that_was_never_there_is_a_status_and_not_a_crash(tmp_path):
    camera = open_device(Settings(link=str(tmp_path / "video9")))

    assert camera.status().device is DeviceState.NO_DEVICE
    with pytest.raises(NoDevice):
        camera.capture(Deadline(5))
    assert camera.latest() is None
    camera.close()


def test_a_server_that_has_no_stream_at_that_address_is_no_camera():
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    camera = OpenCvCamera(Settings(link=f"http://127.0.0.1:{server.server_port}/x"), timing=SHORT)

    assert camera.status().device is DeviceState.NO_DEVICE
    with pytest.raises(NoDevice):
        camera.capture(Deadline(5))
    camera.close()
    server.shutdown()
    server.server_close()


# Deadlines


def test_a_deadline_ends_the_wait_for_a_silent_camera(bench):
    bench.capture()
    bench.desk.faults.fail_repeatedly("stalled")
    with pytest.raises(TimeOut):
        bench.capture(seconds=0.2)


def test_leaving_the_screen_cancels_the_capture(bench):
    bench.capture()
    bench.desk.faults.fail_repeatedly("frozen")
    deadline = Deadline(20)
    leaving = threading.Timer(0.1, deadline.cancel)
    leaving.start()
    with pytest.raises(Canceled):
        bench.camera.capture(deadline)
    leaving.join()


# Settings


def test_the_registry_finds_this_driver_under_its_configured_name():
    module = load("document_camera", "opencv")
    camera = module.open_device(module.Settings(link="0", rotate=90))
    assert camera.latest() is None
    camera.close()


@pytest.mark.parametrize("wrong", [{"rotate": 45}, {"width": 0}, {"colour": "red"}])
def test_wrong_settings_are_refused_when_the_configuration_is_read(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings.model_validate({"link": "/dev/video0", **wrong})


@pytest.mark.parametrize(
    ("link", "node"),
    [
        ("0", "/dev/video0"),
        (2, "/dev/video2"),
        ("/dev/v4l/by-path/x-index0", "/dev/v4l/by-path/x-index0"),
    ],
)
def test_a_link_may_be_a_number_or_a_path(link, node):
    assert str(Settings.model_validate({"link": link}).device_path) == node
