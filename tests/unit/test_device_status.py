"""Deadlines and status: what a blip, a fault and a cancelled screen do to what the citizen is told."""

from __future__ import annotations

import inspect
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import status as vocabulary
from drivers.status import (
    Canceled,
    Deadline,
    DeviceError,
    DeviceState,
    DeviceStatus,
    NoDevice,
    PaperOut,
    StatusTracker,
    TimeOut,
)


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


ONLINE = DeviceStatus(device=DeviceState.ONLINE)
BROKEN = DeviceStatus(device=DeviceState.HARDWARE_ERROR, reason="self-test failed")

ERRORS = [kind for _, kind in inspect.getmembers(vocabulary, inspect.isclass) if issubclass(kind, DeviceError)]


@pytest.mark.parametrize("kind", ERRORS)
def test_each_error_says_what_happened_and_what_to_do(kind: type[DeviceError]) -> None:
    error = kind()
    assert str(error)
    assert error.remedy.zh
    assert error.remedy.en


def test_a_closer_remedy_replaces_the_general_one_for_that_error_alone() -> None:
    closer = PaperOut.remedy
    assert NoDevice("gone", remedy=closer).remedy is closer
    assert NoDevice("gone").remedy is not closer


def test_a_deadline_counts_down_and_ends() -> None:
    clock = Clock()
    deadline = Deadline(5, clock=clock)
    assert deadline.remaining() == 5
    assert deadline.remaining(at_most=2) == 2
    clock.now += 4
    assert deadline.remaining(at_most=2) == 1
    clock.now += 1
    with pytest.raises(TimeOut):
        deadline.remaining()
    with pytest.raises(TimeOut):
        deadline.check()


def test_a_cancelled_deadline_says_canceled_even_when_it_is_also_over() -> None:
    clock = Clock()
    deadline = Deadline(5, clock=clock)
    deadline.cancel()
    clock.now += 10
    assert deadline.cancelled
    with pytest.raises(Canceled):
        deadline.check()
    with pytest.raises(Canceled):
        deadline.pause(60)


def test_cancelling_wakes_a_pause_at_once() -> None:
    deadline = Deadline(60)
    timer = threading.Timer(0.05, deadline.cancel)
    timer.start()
    with pytest.raises(Canceled):
        deadline.pause(60)
    timer.join()


def test_a_pause_ends_with_the_deadline() -> None:
    with pytest.raises(TimeOut):
        Deadline(0.01).pause(60)


def test_one_missed_poll_is_not_a_disconnect() -> None:
    tracker = StatusTracker(DeviceStatus())
    tracker.seen(ONLINE)
    for _ in range(2):
        assert tracker.missed(NoDevice("no answer")).device is DeviceState.ONLINE
    gone = tracker.missed(NoDevice("no answer"))
    assert (gone.device, gone.reason, gone.remedy) == (DeviceState.NO_DEVICE, "no answer", NoDevice.remedy)


def test_an_answer_in_between_forgives_the_polls_missed_before() -> None:
    tracker = StatusTracker(DeviceStatus())
    tracker.seen(ONLINE)
    for _ in range(5):
        tracker.missed(NoDevice())
        tracker.missed(NoDevice())
        assert tracker.seen(ONLINE).device is DeviceState.ONLINE


def test_a_device_that_was_never_there_is_known_to_be_missing_at_once() -> None:
    assert StatusTracker(DeviceStatus()).missed(NoDevice()).device is DeviceState.NO_DEVICE


def test_a_fault_the_device_reports_acts_at_once_and_ends_at_once() -> None:
    tracker = StatusTracker(DeviceStatus())
    tracker.seen(ONLINE)
    assert tracker.seen(BROKEN).device is DeviceState.HARDWARE_ERROR
    back = tracker.seen(ONLINE)
    assert (back.device, back.reason) == (DeviceState.ONLINE, "")


def test_since_is_the_time_of_the_change_and_not_of_the_last_poll() -> None:
    clock = Clock(1000.0)
    tracker = StatusTracker(DeviceStatus(), clock=clock)
    assert tracker.seen(ONLINE).since == 1000.0
    clock.now = 2000.0
    assert tracker.seen(ONLINE).since == 1000.0
    assert tracker.seen(BROKEN).since == 2000.0


@given(st.lists(st.booleans(), max_size=60))
def test_a_device_is_gone_exactly_when_its_last_three_polls_were_missed(answered: list[bool]) -> None:
    tracker = StatusTracker(DeviceStatus())
    tracker.seen(ONLINE)
    for number, poll in enumerate(answered, start=1):
        status = tracker.seen(ONLINE) if poll else tracker.missed(NoDevice())
        gone = number >= 3 and not any(answered[number - 3 : number])
        assert (status.device is DeviceState.NO_DEVICE) is gone
