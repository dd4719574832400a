"""A driver may hang, lie or break: the visit must still hear how its devices are, and end in time."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.id_card_reader.sam import SamReader, Settings
from drivers.status import Canceled, Deadline, DeviceState, DeviceStatus, HardwareError, NoDevice, TimeOut
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.personas import PERSONAS
from kiosk import config, logs
from kiosk.devices import hands as hands_module
from kiosk.devices.hands import Hands
from kiosk.devices.worker import DeviceWorker, DriverDefect
from kiosk.visit import effects, events
from kiosk.visit.events import Device

PATIENCE = 5.0
"""Seconds within which anything asked here happens, on any machine."""
FOREVER = 600.0


class Mailbox:
    """What other threads reported, in order."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()

    def __call__(self, item: Any) -> None:
        self._queue.put(item)

    def next(self) -> Any:
        return self._queue.get(timeout=PATIENCE)

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        while not wanted(item := self.next()):
            pass
        return item

    @property
    def empty(self) -> bool:
        return self._queue.empty()


class ScriptedDriver:
    """A driver that does as it is told; counts how often it was closed."""

    def __init__(self, status: Callable[[], DeviceStatus] | None = None) -> None:
        self._status = status or (lambda: DeviceStatus(DeviceState.ONLINE))
        self.closed = 0

    def status(self) -> DeviceStatus:
        return self._status()

    def close(self) -> None:
        self.closed += 1


def wait_for_cancel(_driver: Any, deadline: Deadline) -> object:
    while True:
        deadline.pause(FOREVER)


def raises(error: BaseException) -> Callable[..., Any]:
    def act(*_: object) -> Any:
        raise error

    return act


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    logs.configure()
    lines: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(record.getMessage()))

    handler = Keep()
    logging.getLogger("kiosk.events").addHandler(handler)
    yield lines
    logging.getLogger("kiosk.events").removeHandler(handler)


@pytest.fixture
def work(logged: list[dict[str, Any]]) -> Iterator[Callable[..., tuple[DeviceWorker, Mailbox]]]:
    """Makes started workers and closes them; gives each with what it reports of its device."""
    workers: list[DeviceWorker] = []

    def make(open_driver: Callable[[], Any], poll_seconds: float = FOREVER) -> tuple[DeviceWorker, Mailbox]:
        reported = Mailbox()
        worker = DeviceWorker("id_card_reader", open_driver, reported, poll_seconds=poll_seconds)
        workers.append(worker)
        worker.start()
        return worker, reported

    yield make
    for worker in workers:
        worker.close(PATIENCE)


def test_a_commands_result_is_delivered_and_the_device_is_polled(work: Any) -> None:
    worker, reported = work(ScriptedDriver, 0.01)
    done = Mailbox()
    worker.submit(lambda driver, _: type(driver).__name__, FOREVER, done)
    assert done.next() == "ScriptedDriver"
    assert reported.next().device is DeviceState.ONLINE
    assert reported.next().device is DeviceState.ONLINE


def test_commands_run_one_after_the_other_in_their_order(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    done = Mailbox()
    for number in range(20):
        worker.submit(lambda _driver, _deadline, number=number: number, FOREVER, done)
    assert [done.next() for _ in range(20)] == list(range(20))


def test_a_command_that_was_cancelled_is_not_delivered_and_the_next_one_runs(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    done, began = Mailbox(), threading.Event()

    def first(driver: Any, deadline: Deadline) -> object:
        began.set()
        return wait_for_cancel(driver, deadline)

    worker.submit(first, FOREVER, done)
    worker.submit(lambda *_: "queued behind", FOREVER, done)
    assert began.wait(PATIENCE)
    worker.cancel()
    worker.submit(lambda *_: "asked anew", FOREVER, done)
    assert done.next() == "asked anew"
    assert done.empty


def test_the_time_limit_counts_from_the_request_waiting_included(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    done, go = Mailbox(), threading.Event()
    worker.submit(lambda *_: go.wait(PATIENCE), FOREVER, done)
    worker.submit(lambda *_: "too late", 0.0, done)
    go.set()
    assert done.next() is True
    assert isinstance(done.next(), TimeOut)


def test_after_a_failed_command_the_device_is_asked_how_it_is(work: Any) -> None:
    worker, reported = work(lambda: ScriptedDriver(lambda: DeviceStatus(DeviceState.NO_DEVICE)))
    reported.next()  # the first poll; the next would be due in `FOREVER`
    done = Mailbox()
    worker.submit(raises(NoDevice()), FOREVER, done)
    assert isinstance(done.next(), NoDevice)
    assert reported.next().device is DeviceState.NO_DEVICE


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (config.ConfigError(["config.toml: devices.id_card_reader.link: Field required"]), "Field required"),
        (ModuleNotFoundError("No module named 'serial'", name="serial"), "serial is missing"),
    ],
)
def test_a_driver_that_cannot_be_made_is_a_missing_device_and_no_dead_thread(
    work: Any, error: Exception, said: str
) -> None:
    worker, reported = work(raises(error))
    status = reported.next()
    assert status.device is DeviceState.NO_DEVICE
    assert said in status.reason
    assert status.remedy.zh
    done = Mailbox()
    for _ in range(2):
        worker.submit(lambda *_: "never", FOREVER, done)
        assert isinstance(done.next(), NoDevice)


def test_a_drivers_defect_is_reported_logged_by_type_only_and_survived(work: Any, logged: list[dict[str, Any]]) -> None:
    drivers: list[ScriptedDriver] = []

    def make() -> ScriptedDriver:
        drivers.append(ScriptedDriver())
        return drivers[-1]

    worker, _ = work(make)
    done = Mailbox()
    worker.submit(raises(ValueError("王小满 199900199003070021")), FOREVER, done)
    result = done.next()
    assert isinstance(result, DriverDefect)
    assert isinstance(result, HardwareError)
    assert "ValueError" in str(result)
    worker.submit(lambda *_: "alive", FOREVER, done)
    assert done.next() == "alive"
    assert drivers[0].closed == 1, "a half-broken driver is not used again"
    assert len(drivers) == 2
    failures = [line for line in logged if line["event"] == "device.command_failed"]
    assert [line["error"] for line in failures] == ["ValueError"]
    assert "199900" not in json.dumps(logged) + str(result)


def test_a_status_that_raises_is_a_broken_device_and_is_logged_once(work: Any, logged: list[dict[str, Any]]) -> None:
    _, reported = work(lambda: ScriptedDriver(raises(KeyError("x"))), 0.01)
    for _ in range(3):
        assert reported.next().device is DeviceState.HARDWARE_ERROR
    assert [line["error"] for line in logged] == ["KeyError"]


def test_a_receiver_that_raises_does_not_stop_the_worker(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    worker.submit(lambda *_: 1, FOREVER, raises(RuntimeError("screen")))
    done = Mailbox()
    worker.submit(lambda *_: 2, FOREVER, done)
    assert done.next() == 2


def test_closing_cancels_closes_the_driver_and_is_harmless_twice(work: Any) -> None:
    driver = ScriptedDriver()
    worker, _ = work(lambda: driver)
    done, began = Mailbox(), threading.Event()

    def act(driver: Any, deadline: Deadline) -> object:
        began.set()
        return wait_for_cancel(driver, deadline)

    worker.submit(act, FOREVER, done)
    assert began.wait(PATIENCE)
    worker.close(PATIENCE)
    worker.close(PATIENCE)
    assert worker.join(0)
    assert driver.closed == 1
    assert done.empty
    worker.submit(lambda *_: "after", FOREVER, done)
    assert done.empty


def test_a_driver_that_hangs_is_left_behind(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    began, release = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        began.set()
        release.wait(PATIENCE)

    worker.submit(hang, FOREVER, Mailbox())
    assert began.wait(PATIENCE)
    worker.close(0.05)
    assert not worker.join(0), "it still hangs, and close() came back"
    release.set()


# ------------------------------------------------------------------------------------------------------------ hands


class Reader(ScriptedDriver):
    """An identity card reader whose card never comes."""

    def read_card(self, deadline: Deadline, _on_sensed: Callable[[], None]) -> object:
        return wait_for_cancel(self, deadline)


@pytest.fixture
def hands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, logged: list[dict[str, Any]]
) -> Iterator[Callable[..., tuple[Hands, Mailbox]]]:
    """Makes the hands of a visit over scripted drivers; gives them with the events they emit."""
    made: list[Hands] = []

    def make(drivers: dict[str, Any], *overrides: str) -> tuple[Hands, Mailbox]:
        def open_device(_config: object, name: str) -> Any:
            return drivers[name]() if name in drivers else ScriptedDriver()

        monkeypatch.setattr(hands_module, "open_device", open_device)
        settings = config.load(None, overrides, check_devices=False, devices_only=True)
        told = Mailbox()
        hands = Hands(settings, told, lambda _: None)
        made.append(hands)
        hands.start()
        return hands, told

    yield make
    for each in made:
        each.close()


def test_every_device_but_the_camera_tells_its_state_when_the_visit_takes_the_screen(hands: Any) -> None:
    _, told = hands({})
    changes = {told.next().device for _ in range(3)}
    assert changes == {Device.ID_CARD_READER, Device.SMART_CARD, Device.RECEIPT_PRINTER}


def test_a_device_the_terminal_does_not_have_is_not_offered(hands: Any) -> None:
    _, told = hands({}, "devices.document_camera.enabled=false")
    change = told.until(lambda event: event.device is Device.DOCUMENT_CAMERA)
    assert not change.usable


def test_leaving_a_screen_cancels_its_read_but_never_the_slip_in_the_printer(hands: Any) -> None:
    visit, told = hands({"id_card_reader": Reader})
    printed, began, go = Mailbox(), threading.Event(), threading.Event()

    def print_slip(_printer: Any, deadline: Deadline) -> str:
        began.set()
        go.wait(PATIENCE)
        deadline.check()
        return "printed"

    visit.carry_out(effects.ReadIdCard())
    visit.print_with(print_slip, printed)
    assert began.wait(PATIENCE)
    for device in events.Device:
        if device is not events.Device.RECEIPT_PRINTER:
            visit.carry_out(effects.CancelDevice(device))
    go.set()
    assert printed.next() == "printed"
    visit.close()
    while not told.empty:
        assert isinstance(told.next(), events.DeviceChanged)


def test_a_broken_driver_becomes_a_card_problem_the_screen_can_show(hands: Any) -> None:
    class Broken(ScriptedDriver):
        read_card = raises(AttributeError("x"))

    visit, told = hands({"id_card_reader": Broken})
    visit.carry_out(effects.ReadIdCard())
    failed = told.until(lambda event: isinstance(event, events.CardReadFailed))
    assert failed.problem is events.CardProblem.DEVICE


def test_a_slip_in_the_printer_may_come_out_when_the_visit_ends(hands: Any) -> None:
    visit, _ = hands({})
    began, ended = threading.Event(), Mailbox()

    def print_slip(_printer: Any, deadline: Deadline) -> None:
        began.set()
        ended(deadline.pause(0.05))

    visit.print_with(print_slip, Mailbox())
    assert began.wait(PATIENCE)
    visit.close()
    assert ended.next() is None


def test_the_end_of_a_visit_does_not_wait_for_devices_that_hang(hands: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands_module, "CLOSE_SECONDS", 0.1)
    monkeypatch.setattr(hands_module, "LAST_PRINT_SECONDS", 0.05)
    release, began = threading.Event(), threading.Semaphore(0)

    class Hanging(ScriptedDriver):
        def status(self) -> DeviceStatus:
            began.release()
            release.wait(PATIENCE)
            return DeviceStatus()

    names = ("id_card_reader", "smart_card", "receipt_printer")
    visit, _ = hands(dict.fromkeys(names, Hanging))
    assert all(began.acquire(timeout=PATIENCE) for _ in names)
    visit.close()
    assert not release.is_set()
    assert sum(thread.name.startswith("device-") for thread in threading.enumerate()) >= len(names), "left behind"
    release.set()


def test_the_citizen_hears_that_a_card_is_being_read_before_hearing_whose_it_is(hands: Any) -> None:
    device = VirtualIdCardReader()
    device.start()
    options = {key: value for key, value in device.settings.items() if key != "driver"}
    visit, told = hands({"id_card_reader": lambda: SamReader(Settings.model_validate(options))})
    try:
        visit.carry_out(effects.ReadIdCard())
        device.place("zhang")
        about_the_card = lambda event: not isinstance(event, events.DeviceChanged)  # noqa: E731
        assert told.until(about_the_card) == events.CardSensed()
        read = told.until(about_the_card)
        assert read.applicant.name == PERSONAS["zhang"].name
    finally:
        visit.close()
        device.stop()


def test_a_card_that_was_read_and_still_lies_there_is_not_sensed_again() -> None:
    device = VirtualIdCardReader(must_lift=False)
    device.start()
    reader = SamReader(Settings(link=device.settings["link"], poll_interval_s=0.01))
    sensed = Mailbox()
    try:
        device.place("wang")
        reader.read_card(Deadline(PATIENCE), lambda: sensed("sensed"))
        with pytest.raises(TimeOut):
            reader.read_card(Deadline(0.2), lambda: sensed("sensed again"))
    finally:
        reader.close()
        device.stop()
    assert sensed.next() == "sensed"
    assert sensed.empty


def test_a_cancelled_error_of_the_driver_itself_reaches_whoever_waits(work: Any) -> None:
    worker, _ = work(ScriptedDriver)
    done = Mailbox()
    worker.submit(raises(Canceled()), FOREVER, done)
    assert isinstance(done.next(), Canceled)
