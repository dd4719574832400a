"""What every identity card reader owes the kiosk: the same suite over each link, or over a plugged-in reader.

`pytest -m hardware tests/contract/test_id_card_reader.py -s` with `TONGBAN_HARDWARE_ID_CARD_READER=/dev/ttyUSB0`
asks the person in front of the reader to lay down and lift a card.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from drivers.id_card_reader import IdentityCardReader
from drivers.id_card_reader.sam import SamReader, Settings, open_device
from drivers.status import (
    Canceled,
    Deadline,
    DeviceError,
    DeviceState,
    HardwareError,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    MediaState,
    NoDevice,
    TimeOut,
)
from drivers.virtual.device import Faults
from drivers.virtual.id_card_reader import LINE_FAULTS, VirtualIdCardReader
from drivers.virtual.personas import PERSONAS
from drivers.virtual.sam_module import SAM_NUMBER
from drivers.virtual.wires import PtyWire, TcpWire, Wire

FAST: dict[str, Any] = {"poll_interval_s": 0.01, "quiet_s": 0.15, "newest_address_timeout_s": 0.5}
IMPATIENT: dict[str, Any] = FAST | {"answer_timeout_s": 0.3, "read_timeout_s": 0.3, "baud_search_timeout_s": 0.05}


@dataclass
class Rig:
    """A reader under test and the hand that lays cards on it."""

    reader: IdentityCardReader
    device: VirtualIdCardReader | None
    patience: float = 10.0

    def place(self, key: str = "wang") -> None:
        if self.device:
            self.device.place(key)
        else:
            print("\n>>> lay a card on the reader")

    def lift(self) -> None:
        if self.device:
            self.device.lift()
        else:
            print("\n>>> lift the card")

    def deadline(self) -> Deadline:
        return Deadline(self.patience)


class OneBadAnswer(Faults):
    """The line spoils one answer, after `answers_before` good ones."""

    def __init__(self, fault: str, answers_before: int) -> None:
        super().__init__(LINE_FAULTS)
        self._fault, self._left = fault, answers_before

    def take(self, name: str) -> bool:
        if name != self._fault:
            return super().take(name)
        self._left -= 1
        return self._left == -1


def wires(kind: str, folder: Path) -> Wire:
    return PtyWire(folder / "reader") if kind == "pty" else TcpWire()


@pytest.fixture(params=["pty", "tcp"])
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VirtualIdCardReader]:
    virtual = VirtualIdCardReader(wire=wires(request.param, tmp_path))
    virtual.start()
    yield virtual
    virtual.stop()


@pytest.fixture
def reader(device: VirtualIdCardReader) -> Iterator[SamReader]:
    driver = open_device(Settings(link=device.settings["link"], **FAST))
    yield driver
    driver.close()


@pytest.fixture(params=["pty", "tcp", pytest.param("hardware", marks=pytest.mark.hardware)])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if request.param == "hardware":
        link = os.environ.get("TONGBAN_HARDWARE_ID_CARD_READER")
        if not link:
            pytest.skip("TONGBAN_HARDWARE_ID_CARD_READER names no reader")
        real = open_device(Settings(link=link))
        yield Rig(real, None, patience=60.0)
        real.close()
        return
    virtual = VirtualIdCardReader(wire=wires(request.param, tmp_path))
    virtual.start()
    driver = open_device(Settings(link=virtual.settings["link"], **FAST))
    yield Rig(driver, virtual)
    driver.close()
    virtual.stop()


# What any reader can show.


def test_a_healthy_reader_is_online_and_tells_its_number(rig: Rig) -> None:
    status = rig.reader.status()
    assert status.device is DeviceState.ONLINE
    assert status.remedy is None
    assert len(status.sam_number.split("-")) == 4


def test_a_card_is_read_with_its_photo(rig: Rig) -> None:
    rig.place()
    card = rig.reader.read_card(rig.deadline())
    assert len(card.id_number) in (15, 18)
    assert card.name or card.english_name
    assert card.birth_date is not None
    assert card.photo.startswith(b"WL")
    rig.lift()


def test_a_card_on_the_reader_shows_as_media(rig: Rig) -> None:
    rig.lift()
    rig.reader.wait_removed(rig.deadline())
    assert rig.reader.status().media is MediaState.NOT_PRESENT


def test_a_card_must_leave_before_it_is_read_again(rig: Rig) -> None:
    rig.place()
    first = rig.reader.read_card(rig.deadline())
    with pytest.raises(TimeOut):
        rig.reader.read_card(Deadline(0.3))
    rig.lift()
    rig.reader.wait_removed(rig.deadline())
    rig.place()
    assert rig.reader.read_card(rig.deadline()).id_number == first.id_number
    rig.lift()


def test_waiting_without_a_card_ends_with_the_deadline(rig: Rig) -> None:
    rig.lift()
    rig.reader.wait_removed(rig.deadline())
    with pytest.raises(TimeOut):
        rig.reader.read_card(Deadline(0.1))


def test_leaving_the_screen_cancels_the_wait_for_a_card(rig: Rig) -> None:
    rig.lift()
    rig.reader.wait_removed(rig.deadline())
    deadline = rig.deadline()
    timer = threading.Timer(0.1, deadline.cancel)
    timer.start()
    with pytest.raises(Canceled):
        rig.reader.read_card(deadline)
    timer.join()


def test_the_status_can_be_asked_while_another_thread_waits_for_a_card(rig: Rig) -> None:
    rig.lift()
    rig.reader.wait_removed(rig.deadline())
    deadline = rig.deadline()
    ended: list[DeviceError] = []

    def wait() -> None:
        try:
            rig.reader.read_card(deadline)
        except DeviceError as error:
            ended.append(error)

    worker = threading.Thread(target=wait)
    worker.start()
    assert rig.reader.status().device is DeviceState.ONLINE
    deadline.cancel()
    worker.join()
    assert [type(error) for error in ended] == [Canceled]


def test_a_closed_reader_opens_again_when_used(rig: Rig) -> None:
    rig.reader.close()
    rig.reader.close()
    assert rig.reader.status().device is DeviceState.ONLINE


def test_a_reset_reader_goes_on(rig: Rig) -> None:
    rig.reader.reset(rig.deadline())
    assert rig.reader.status().device is DeviceState.ONLINE


# Everybody's card comes through as it is.


@pytest.mark.req("R036")
@pytest.mark.parametrize("key", PERSONAS)
def test_each_kind_of_card_and_name_is_read_to_the_letter(
    device: VirtualIdCardReader, reader: SamReader, key: str
) -> None:
    device.place(key)
    card = reader.read_card(Deadline(10))
    persona = PERSONAS[key]
    shared = {item.name for item in fields(card)} & {item.name for item in fields(persona)}
    assert {"name", "id_number", "newest_address", "old_number_association"} < shared
    assert {field: getattr(card, field) for field in shared} == {field: getattr(persona, field) for field in shared}
    assert card.long_term is (persona.valid_until is None)
    assert card.sex == {"1": "男", "2": "女"}[persona.sex_code]
    assert len(card.photo) == 1024


def test_the_number_of_the_security_module_is_known_after_the_first_poll(reader: SamReader) -> None:
    assert reader.status().sam_number == SAM_NUMBER


def test_a_reader_that_finds_a_lying_card_again_does_not_deliver_it_twice(
    tmp_path: Path,
) -> None:
    eager = VirtualIdCardReader(link_path=tmp_path / "eager", must_lift=False)
    eager.start()
    driver = open_device(Settings(link=eager.settings["link"], **FAST))
    eager.place("wang")
    driver.read_card(Deadline(10))
    with pytest.raises(TimeOut):
        driver.read_card(Deadline(0.2))
    with pytest.raises(TimeOut):
        driver.wait_removed(Deadline(0.1))
    # Somebody else's card, swapped too fast for the driver to see the reader empty, is a new card.
    eager.place("zhao")
    assert driver.read_card(Deadline(10)).id_number == PERSONAS["zhao"].id_number
    driver.close()
    eager.stop()


# What goes wrong on the line.


@pytest.mark.parametrize("fault", ["split_frames", "glued_frames"])
def test_the_way_a_sound_answer_is_cut_does_not_matter(
    device: VirtualIdCardReader, reader: SamReader, fault: str
) -> None:
    device.faults.fail_repeatedly(fault)
    device.place("liu")
    assert reader.read_card(Deadline(10)).newest_address == PERSONAS["liu"].newest_address


@pytest.mark.parametrize("fault", ["garbage", "wrong_checksum", "truncated", "oversized_length", "no_answer"])
@pytest.mark.parametrize("answers_before", range(6))
def test_one_bad_answer_at_any_point_costs_nothing_but_time(
    device: VirtualIdCardReader, fault: str, answers_before: int
) -> None:
    """The answers in a row: self-test, number, find, select, base, newest address."""
    driver = open_device(Settings(link=device.settings["link"], **FAST, answer_timeout_s=0.5, read_timeout_s=0.5))
    device.place("wang")
    device.faults = OneBadAnswer(fault, answers_before)
    if (fault, answers_before) == ("no_answer", 4):
        # The module took the card for read: only lifting it helps, and that is what the citizen is told.
        with pytest.raises(MediaRemoved):
            driver.read_card(Deadline(10))
        device.lift()
        device.place("wang")
    assert driver.read_card(Deadline(10)).id_number == PERSONAS["wang"].id_number
    driver.close()


@pytest.mark.parametrize("fault", ["garbage", "wrong_checksum", "truncated", "oversized_length"])
def test_a_line_that_damages_everything_is_a_fault_and_never_a_card(device: VirtualIdCardReader, fault: str) -> None:
    driver = open_device(Settings(link=device.settings["link"], **IMPATIENT))
    device.faults.fail_repeatedly(fault)
    device.place("wang")
    with pytest.raises(InvalidData) as caught:
        driver.read_card(Deadline(20))
    assert "baud" in caught.value.remedy.en, "the power and the link are in order"
    device.faults.clear()
    assert driver.read_card(Deadline(10)).id_number == PERSONAS["wang"].id_number
    driver.close()


def test_a_silent_reader_is_no_device(device: VirtualIdCardReader) -> None:
    driver = open_device(Settings(link=device.settings["link"], **IMPATIENT))
    device.faults.fail_repeatedly("no_answer")
    with pytest.raises(NoDevice):
        driver.read_card(Deadline(20))
    driver.close()


def test_a_silent_reader_is_no_device_even_when_the_wait_for_a_card_is_short(device: VirtualIdCardReader) -> None:
    device.faults.fail_repeatedly("no_answer")
    driver = open_device(Settings(link=device.settings["link"], **FAST))
    with pytest.raises(NoDevice):
        driver.read_card(Deadline(0.2))
    driver.close()


def test_a_reader_that_takes_its_time_is_waited_for(tmp_path: Path) -> None:
    unhurried = VirtualIdCardReader(link_path=tmp_path / "slow", slow_s=0.6)
    unhurried.start()
    unhurried.faults.fail_repeatedly("slow")
    driver = open_device(Settings(link=unhurried.settings["link"], **FAST))
    unhurried.place("liu")
    card = driver.read_card(Deadline(20))
    assert card.newest_address == PERSONAS["liu"].newest_address
    driver.close()
    unhurried.stop()


def test_an_answer_that_comes_after_its_time_is_not_taken_for_the_next(tmp_path: Path) -> None:
    late = VirtualIdCardReader(link_path=tmp_path / "late", slow_s=0.5)
    late.start()
    late.place("wang")
    driver = open_device(Settings(link=late.settings["link"], **FAST, answer_timeout_s=0.3))
    assert driver.status().device is DeviceState.ONLINE
    late.faults.fail_next("slow")
    assert driver.read_card(Deadline(20)).id_number == PERSONAS["wang"].id_number
    driver.close()
    late.stop()


# What goes wrong with the card.


def test_a_card_lifted_while_it_is_read_asks_the_citizen_to_lay_it_down_again(
    device: VirtualIdCardReader, reader: SamReader
) -> None:
    device.place("wang")
    device.faults.fail_next("card_lifted_mid_read")
    with pytest.raises(MediaRemoved) as caught:
        reader.read_card(Deadline(10))
    assert "证件" in caught.value.remedy.zh
    device.place("wang")
    assert reader.read_card(Deadline(10)).name == PERSONAS["wang"].name


def test_a_card_that_cannot_be_selected_at_first_is_tried_again_unseen(
    device: VirtualIdCardReader, reader: SamReader
) -> None:
    device.place("wang")
    device.faults.fail_next("select_failed", times=2)
    assert reader.read_card(Deadline(10)).name == PERSONAS["wang"].name


def test_a_card_that_is_never_selected_is_given_up(device: VirtualIdCardReader, reader: SamReader) -> None:
    device.place("wang")
    device.faults.fail_repeatedly("select_failed")
    with pytest.raises(MediaRemoved):
        reader.read_card(Deadline(10))


def test_a_card_that_is_not_genuine_is_refused(device: VirtualIdCardReader, reader: SamReader) -> None:
    device.place("wang")
    device.faults.fail_next("card_not_genuine")
    with pytest.raises(InvalidMedia) as caught:
        reader.read_card(Deadline(10))
    assert "窗口" in caught.value.remedy.zh


def test_a_wrong_check_digit_is_passed_on_for_the_kiosk_to_judge(
    device: VirtualIdCardReader, reader: SamReader
) -> None:
    device.place("wang")
    device.faults.fail_next("false_check_digit")
    number = reader.read_card(Deadline(10)).id_number
    assert number[:-1] == PERSONAS["wang"].id_number[:-1]
    assert number != PERSONAS["wang"].id_number


def test_text_that_cannot_be_decoded_is_refused_and_not_guessed(device: VirtualIdCardReader, reader: SamReader) -> None:
    device.place("wang")
    device.faults.fail_next("undecodable_text")
    with pytest.raises(InvalidData) as caught:
        reader.read_card(Deadline(10))
    assert "窗口" in caught.value.remedy.zh
    assert reader.status().device is DeviceState.ONLINE


@pytest.mark.parametrize("fault", ["sam_self_test_failed", "unauthorised"])
def test_a_broken_module_is_out_of_service_at_once_and_back_when_mended(
    device: VirtualIdCardReader, reader: SamReader, fault: str
) -> None:
    assert reader.status().device is DeviceState.ONLINE
    device.faults.fail_repeatedly(fault)
    broken = reader.status()
    assert broken.device is DeviceState.HARDWARE_ERROR
    assert broken.remedy is not None
    with pytest.raises(HardwareError):
        reader.read_card(Deadline(10))
    device.faults.clear()
    assert reader.status().device is DeviceState.ONLINE


# Plugs.


def test_a_pulled_plug_is_told_and_the_reader_comes_back_without_a_restart(
    device: VirtualIdCardReader, reader: SamReader
) -> None:
    device.place("wang")
    reader.read_card(Deadline(10))
    device.stop()
    with pytest.raises(NoDevice):
        reader.read_card(Deadline(10))
    device.start()
    assert reader.read_card(Deadline(10)).name == PERSONAS["wang"].name


def test_a_plug_pulled_and_put_back_between_two_calls_goes_unnoticed(
    device: VirtualIdCardReader, reader: SamReader
) -> None:
    online = reader.status()
    device.stop()
    device.start()
    device.place("wang")
    assert reader.read_card(Deadline(10)).name == PERSONAS["wang"].name
    assert reader.status().since == online.since


def test_a_plug_pulled_during_the_wait_ends_the_wait(device: VirtualIdCardReader, reader: SamReader) -> None:
    timer = threading.Timer(0.1, device.stop)
    timer.start()
    with pytest.raises(NoDevice):
        reader.read_card(Deadline(10))
    timer.join()


def test_one_missed_poll_is_not_a_disconnect(device: VirtualIdCardReader, reader: SamReader) -> None:
    online = reader.status()
    device.stop()
    assert reader.status().device is DeviceState.ONLINE
    device.start()
    assert reader.status().since == online.since
    device.stop()
    assert [reader.status().device for _ in range(3)][-1] is DeviceState.NO_DEVICE
    assert reader.status().media is MediaState.UNKNOWN
    device.start()
    assert reader.status().device is DeviceState.ONLINE


def test_a_reader_that_was_never_there_is_no_device_at_the_first_poll(tmp_path: Path) -> None:
    status = open_device(Settings(link=str(tmp_path / "nothing"))).status()
    assert status.device is DeviceState.NO_DEVICE
    assert status.remedy is not None


def test_a_second_program_cannot_take_the_readers_port(tmp_path: Path) -> None:
    virtual = VirtualIdCardReader(link_path=tmp_path / "reader")
    virtual.start()
    first, second = (open_device(Settings(link=virtual.settings["link"])) for _ in range(2))
    assert first.status().device is DeviceState.ONLINE
    assert second.status().device is DeviceState.NO_DEVICE
    first.close()
    assert second.status().device is DeviceState.ONLINE
    second.close()
    virtual.stop()


# Privacy.


def test_neither_card_nor_errors_print_a_person(device: VirtualIdCardReader, reader: SamReader) -> None:
    persona = PERSONAS["wang"]
    device.place("wang")
    card = reader.read_card(Deadline(10))
    device.place("wang")
    device.faults.fail_next("undecodable_text")
    with pytest.raises(InvalidData) as caught:
        reader.read_card(Deadline(10))
    printed = f"{card!r} {card} {[card]} {caught.value!r} {caught.value.__cause__!r}"
    assert persona.name not in printed
    assert persona.id_number not in printed
