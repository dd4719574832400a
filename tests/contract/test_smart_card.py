"""The contract of `SmartCardReader`, through a real pcscd: on the virtual card, and on a plugged-in reader.

If these fail, a citizen's card is misread, a reader that was unplugged stays dead until somebody restarts the
terminal, or a card's PIN is touched.

With hardware: put a readable social-security card into the reader, then
`TONGBAN_HARDWARE_SMART_CARD=<part of the reader's name> pytest -m hardware tests/contract/test_smart_card.py`.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.registry import load
from drivers.smart_card import SmartCardReader
from drivers.smart_card.conversation import OTHER_WAYS
from drivers.smart_card.pcsc import PcscReader, Settings, open_device
from drivers.smart_card.winscard import Context, WinscardFault
from drivers.status import (
    Canceled,
    Deadline,
    DeviceError,
    DeviceNotReady,
    DeviceState,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    MediaState,
    NoDevice,
    SequenceError,
    TimeOut,
    UserError,
    Who,
)
from drivers.virtual import pcscd
from drivers.virtual.device import VirtualDevice
from drivers.virtual.personas import PERSONAS
from drivers.virtual.smart_card import VirtualSmartCard

HARDWARE = "TONGBAN_HARDWARE_SMART_CARD"
SECONDS = 20.0
"""A limit for a broken run; a sound one never comes near."""


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSmartCard]:
    """One for the module: a process can use one daemon's socket only."""
    virtual = VirtualSmartCard(tmp_path_factory.mktemp("card"))
    yield virtual
    virtual.stop()


@pytest.fixture
def card_slot(device: VirtualSmartCard) -> Iterator[VirtualSmartCard]:
    """The virtual device, plugged in, empty and sound. Plugged in afresh: pcscd takes 0.4 s to see a card leave."""
    device.start()
    yield device
    device.stop()
    device.remove()
    device.faults.clear()


@pytest.fixture
def reader(card_slot: VirtualSmartCard) -> Iterator[PcscReader]:
    driver = open_virtual(card_slot)
    yield driver
    driver.close()


@pytest.fixture(params=["virtual", pytest.param("hardware", marks=pytest.mark.hardware)])
def reader_with_card(request: pytest.FixtureRequest) -> Iterator[SmartCardReader]:
    """A reader with a readable social-security card in it."""
    if request.param == "virtual":
        slot: VirtualSmartCard = request.getfixturevalue("card_slot")
        slot.insert("wang")
        driver: SmartCardReader = open_virtual(slot)
    elif HARDWARE in os.environ:
        driver = open_device(Settings(reader=os.environ[HARDWARE]))
    else:
        pytest.skip(f"{HARDWARE} names no reader")
    yield driver
    driver.close()


def open_virtual(device: VirtualSmartCard, *, card_seconds: float = 5.0) -> PcscReader:
    settings = {key: value for key, value in device.settings.items() if key != "driver"}
    return PcscReader(Settings.model_validate(settings), card_seconds=card_seconds)


# What every reader must do


def test_a_card_is_read_with_its_number_and_name(reader_with_card: SmartCardReader) -> None:
    card = reader_with_card.read_social_security_card(Deadline(SECONDS))
    assert re.fullmatch(r"[0-9]{17}[0-9X]", card.social_security_number)
    assert card.name
    assert card.name not in repr(card)
    assert reader_with_card.status().device is DeviceState.ONLINE
    assert reader_with_card.status().media is MediaState.PRESENT


def test_waiting_for_the_card_to_leave_ends_with_the_deadline(reader_with_card: SmartCardReader) -> None:
    reader_with_card.read_social_security_card(Deadline(SECONDS))
    with pytest.raises(TimeOut):
        reader_with_card.wait_removed(Deadline(0.1))


def test_a_closed_reader_opens_itself_again(reader_with_card: SmartCardReader) -> None:
    reader_with_card.read_social_security_card(Deadline(SECONDS))
    reader_with_card.close()
    reader_with_card.close()
    assert reader_with_card.read_social_security_card(Deadline(SECONDS)).name


# What only a virtual card shows


@pytest.mark.parametrize("holder", ["zhao", "zhang", "abdu"])
def test_the_holder_arrives_whole_and_only_selects_and_reads_were_sent(
    holder: str, reader: PcscReader, card_slot: VirtualSmartCard
) -> None:
    card_slot.commands.clear()
    card_slot.insert(holder)
    card = reader.read_social_security_card(Deadline(SECONDS))
    assert (card.name, card.social_security_number) == (PERSONAS[holder].name, PERSONAS[holder].id_number)
    assert card.unreadable == ()
    assert {command[1] for command in card_slot.commands} <= {0xA4, 0xB2, 0xC0}
    assert len(card_slot.commands) > 14


def test_no_pin_check_leaves_the_driver(card_slot: VirtualSmartCard, reader: PcscReader) -> None:
    """Even a mistake further up must not send one: tries are counted on the card."""
    card_slot.insert("wang")
    reader.read_social_security_card(Deadline(SECONDS))
    card_slot.commands.clear()
    context = Context(card_slot.settings["pcsc_socket"])
    with context.connect(card_slot.settings["reader"]) as connection:
        for command in ("0020000003123456", "00820000", "00880000", "0084000008", "00DC010400", "80B2010400"):
            with pytest.raises(SequenceError):
                connection.transmit(bytes.fromhex(command))
        assert connection.transmit(bytes.fromhex("00A4000002EF05"))
    context.close()
    assert [command[1] for command in card_slot.commands] == [0xA4]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("garbage", InvalidData),
        ("short_answer", InvalidData),
        ("not_social_card", InvalidMedia),
        ("missing_name_record", InvalidMedia),
    ],
)
def test_a_bad_card_gives_its_error_to_the_citizen(
    fault: str, error: type[DeviceError], card_slot: VirtualSmartCard, reader: PcscReader
) -> None:
    card_slot.faults.fail_next(fault)
    card_slot.insert("zhao")
    with pytest.raises(error) as caught:
        reader.read_social_security_card(Deadline(SECONDS))
    assert caught.value.remedy.who is Who.CITIZEN
    assert PERSONAS["zhao"].name not in str(caught.value)


def test_a_silent_card_does_not_hold_the_reader_and_the_next_card_is_read(card_slot: VirtualSmartCard) -> None:
    reader = open_virtual(card_slot, card_seconds=1.0)
    card_slot.faults.fail_next("no_answer")
    card_slot.insert("zhao")
    with pytest.raises(InvalidMedia) as caught:
        reader.read_social_security_card(Deadline(SECONDS))
    assert caught.value.remedy.who is Who.CITIZEN
    card_slot.remove()
    reader.wait_removed(Deadline(SECONDS))
    card_slot.insert("wang")
    assert reader.read_social_security_card(Deadline(SECONDS)).name == PERSONAS["wang"].name
    reader.close()


def test_a_locked_card_tells_the_other_ways(card_slot: VirtualSmartCard, reader: PcscReader) -> None:
    card_slot.faults.fail_next("security_6982")
    card_slot.insert("wang")
    with pytest.raises(UserError) as caught:
        reader.read_social_security_card(Deadline(SECONDS))
    assert type(caught.value) is UserError
    assert caught.value.remedy is OTHER_WAYS


def test_a_card_that_insists_on_lengths_is_read(card_slot: VirtualSmartCard, reader: PcscReader) -> None:
    card_slot.faults.fail_next("wrong_length")
    card_slot.insert("jie")
    assert reader.read_social_security_card(Deadline(SECONDS)).name == PERSONAS["jie"].name


def test_a_card_pulled_out_in_mid_read_is_removed_media(card_slot: VirtualSmartCard, reader: PcscReader) -> None:
    card_slot.faults.fail_next("card_removed_mid_read")
    card_slot.insert("wang")
    with pytest.raises(MediaRemoved):
        reader.read_social_security_card(Deadline(SECONDS))
    card_slot.insert("wang")  # put back at once: must be noticed
    assert reader.read_social_security_card(Deadline(SECONDS)).name == PERSONAS["wang"].name


def test_no_card_is_a_time_out(reader: PcscReader) -> None:
    with pytest.raises(TimeOut):
        reader.read_social_security_card(Deadline(0.1))
    assert reader.status().media is MediaState.NOT_PRESENT


@pytest.mark.parametrize("holder", ["", "zhao"])
def test_a_read_can_be_cancelled_while_it_waits_and_while_a_card_is_silent(
    holder: str, card_slot: VirtualSmartCard, reader: PcscReader
) -> None:
    card_slot.faults.fail_repeatedly("no_answer")
    if holder:
        card_slot.insert(holder)
    deadline = Deadline(SECONDS)
    ended: list[DeviceError] = []

    def read() -> None:
        try:
            reader.read_social_security_card(deadline)
        except DeviceError as error:
            ended.append(error)

    caller = threading.Thread(target=read)
    caller.start()
    assert not holder or card_slot.wait_silent(SECONDS)
    deadline.cancel()
    caller.join(SECONDS)
    assert [type(error) for error in ended] == [Canceled]


def test_an_unplugged_reader_is_gone_after_three_polls_and_comes_back_by_itself(
    card_slot: VirtualSmartCard, reader: PcscReader
) -> None:
    card_slot.insert("wang")
    assert reader.read_social_security_card(Deadline(SECONDS)).name
    card_slot.stop()
    polls = [reader.status() for _ in range(3)]
    assert [poll.device for poll in polls] == [DeviceState.ONLINE, DeviceState.ONLINE, DeviceState.NO_DEVICE]
    assert polls[2].media is MediaState.UNKNOWN
    assert polls[2].remedy is not None
    with pytest.raises(NoDevice) as caught:
        reader.read_social_security_card(Deadline(SECONDS))
    assert isinstance(caught.value.__cause__, WinscardFault)
    assert caught.value.__cause__.hresult == 0x8010001D
    assert "0x8010001D" in str(caught.value)
    card_slot.start()
    assert reader.status().device is DeviceState.ONLINE
    assert reader.read_social_security_card(Deadline(SECONDS)).name == PERSONAS["wang"].name


def test_a_reader_unplugged_in_mid_read_is_no_device(card_slot: VirtualSmartCard, reader: PcscReader) -> None:
    card_slot.faults.fail_next("no_answer")
    card_slot.insert("wang")
    ended: list[DeviceError] = []

    def read() -> None:
        try:
            reader.read_social_security_card(Deadline(SECONDS))
        except DeviceError as error:
            ended.append(error)

    caller = threading.Thread(target=read)
    caller.start()
    assert card_slot.wait_silent(SECONDS)
    card_slot.stop()
    caller.join(SECONDS)
    assert [type(error) for error in ended] == [NoDevice]


def test_another_program_at_the_card_is_told_apart_from_a_bad_card(
    card_slot: VirtualSmartCard, reader: PcscReader
) -> None:
    card_slot.insert("wang")
    reader.read_social_security_card(Deadline(SECONDS))
    context = Context(card_slot.settings["pcsc_socket"])
    with context.connect(card_slot.settings["reader"]), pytest.raises(DeviceNotReady, match="0x8010000B"):
        reader.read_social_security_card(Deadline(SECONDS))
    context.close()
    assert reader.read_social_security_card(Deadline(SECONDS)).name


def test_a_reader_of_another_name_is_used_and_a_wrong_name_lists_what_there_is(
    card_slot: VirtualSmartCard,
) -> None:
    there = card_slot.settings["pcsc_socket"]
    card_slot.insert("wang")
    open_virtual(card_slot).read_social_security_card(Deadline(SECONDS))
    second = PcscReader(Settings(reader="00 01", pcsc_socket=there)).status()
    assert (second.media, second.reader) == (MediaState.NOT_PRESENT, f"{pcscd.READER_NAME} 00 01")
    assert PcscReader(Settings(pcsc_socket=there)).status().media is MediaState.PRESENT
    wrong = PcscReader(Settings(reader="Omnikey", pcsc_socket=there)).status()
    assert wrong.device is DeviceState.NO_DEVICE
    assert wrong.remedy is not None
    assert pcscd.SLOT_0 in wrong.remedy.zh


def test_a_second_daemon_in_one_process_is_refused_with_the_reason(reader: PcscReader, tmp_path: Path) -> None:
    """The PC/SC library would go on silently with the first one."""
    assert reader.status().device is DeviceState.ONLINE
    other = PcscReader(Settings(pcsc_socket=str(tmp_path / "other.sock"))).status()
    assert other.device is DeviceState.NO_DEVICE
    assert "another PC/SC daemon" in other.reason


def test_the_daemon_ends_with_its_owner_even_when_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, threading; from pathlib import Path; from drivers.virtual.smart_card import VirtualSmartCard\n"
        "card = VirtualSmartCard(Path(sys.argv[1]))\n"
        # From a thread that ends at once, as a web server would: the daemon must outlive that.
        "starter = threading.Thread(target=card.start); starter.start(); starter.join()\n"
        "print(card.settings['pcsc_socket'], flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner, socket.socket(socket.AF_UNIX) as client:
        assert owner.stdout is not None
        client.connect(owner.stdout.readline().strip())
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)  # alive: it waits for us to speak
        client.settimeout(SECONDS)
        owner.send_signal(signal.SIGKILL)
        assert client.recv(1) == b""


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd, "_VPCD", tmp_path / "not there.so")
    with pytest.raises(pcscd.NotInstalled, match="apt-get install vsmartcard-vpcd"):
        VirtualSmartCard(tmp_path).start()


def test_driver_and_device_fit_their_protocols(device: VirtualSmartCard) -> None:
    """mypy checks the annotations; the registry must find the module."""
    virtual: VirtualDevice = device
    module = load("smart_card", virtual.settings["driver"])
    driver: SmartCardReader = module.open_device(module.Settings())
    driver.close()
    assert {knob.name for knob in virtual.knobs()} == {"insert", "remove", "unplug", "plug"}


@pytest.mark.parametrize("wrong", [{"port": "x"}, {"reader": 5}, {"pcsc_socket": "/" + "x" * 120}])
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings.model_validate(wrong)
