"""What a device's status and errors mean to people: wrong here, and a terminal turns citizens away for nothing."""

from __future__ import annotations

from datetime import date

import pytest

from drivers.document_camera import DocumentCameraStatus
from drivers.id_card_reader import CardKind, IdentityCard, IdentityCardReaderStatus
from drivers.receipt_printer import ReceiptPrinterStatus
from drivers.smart_card import SmartCardStatus, SocialSecurityCard
from drivers.status import (
    CameraState,
    DeviceState,
    DeviceStatus,
    HardwareError,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    NoDevice,
    PaperState,
    TimeOut,
    UnsupportedData,
    UserError,
)
from kiosk.devices import meaning
from kiosk.visit.events import CardProblem, Device

ONLINE = DeviceState.ONLINE

FRESH = {
    Device.ID_CARD_READER: IdentityCardReaderStatus(),
    Device.SMART_CARD: SmartCardStatus(),
    Device.DOCUMENT_CAMERA: DocumentCameraStatus(),
    Device.RECEIPT_PRINTER: ReceiptPrinterStatus(),
}


@pytest.mark.parametrize("device", Device)
def test_a_device_that_was_not_asked_yet_is_offered(device: Device) -> None:
    assert meaning.changed(device, FRESH[device]).usable


@pytest.mark.parametrize("device", Device)
@pytest.mark.parametrize(
    "state", [DeviceState.NO_DEVICE, DeviceState.OFFLINE, DeviceState.POWER_OFF, DeviceState.HARDWARE_ERROR]
)
def test_a_device_that_is_away_or_broken_is_not_offered_and_a_sentence_says_so(
    device: Device, state: DeviceState
) -> None:
    change = meaning.changed(device, DeviceStatus(state))
    assert not change.usable
    assert change.what["zh_CN"]
    assert change.what["en"]


def test_a_camera_nobody_has_looked_through_yet_is_not_broken() -> None:
    assert meaning.changed(Device.DOCUMENT_CAMERA, DocumentCameraStatus(ONLINE, camera=CameraState.UNKNOWN)).usable


def test_a_camera_known_to_be_blind_is() -> None:
    assert not meaning.changed(Device.DOCUMENT_CAMERA, DocumentCameraStatus(ONLINE, camera=CameraState.INOP)).usable


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ReceiptPrinterStatus(DeviceState.OFFLINE, paper=PaperState.OUT), "打印纸用完了"),
        (ReceiptPrinterStatus(DeviceState.USER_ERROR, cover_open=True), "打印机盖子没合上"),
        (ReceiptPrinterStatus(ONLINE, paper=PaperState.JAMMED), "打印机卡纸了"),
        (ReceiptPrinterStatus(DeviceState.HARDWARE_ERROR, paper=PaperState.FULL), "打印机有故障"),
        # Gone: what it said of its paper before is not known any longer.
        (ReceiptPrinterStatus(DeviceState.NO_DEVICE, paper=PaperState.OUT), "打印机有故障"),
    ],
)
def test_what_stops_the_printer_is_named(status: ReceiptPrinterStatus, words: str) -> None:
    change = meaning.changed(Device.RECEIPT_PRINTER, status)
    assert not change.usable
    assert change.what["zh_CN"] == words


@pytest.mark.parametrize("paper", PaperState)
@pytest.mark.parametrize("state", DeviceState)
def test_a_printer_that_can_print_is_offered_and_one_known_to_be_stopped_is_not(
    state: DeviceState, paper: PaperState
) -> None:
    status = ReceiptPrinterStatus(state, paper=paper)
    waiting = state in {DeviceState.DEVICE_BUSY, DeviceState.STARTING}
    stopped = paper in {PaperState.OUT, PaperState.JAMMED}
    assert meaning.changed(Device.RECEIPT_PRINTER, status).usable == (status.can_print or (waiting and not stopped))


def test_low_paper_warns_and_is_still_offered_and_unknown_paper_does_not_warn() -> None:
    low = meaning.changed(Device.RECEIPT_PRINTER, ReceiptPrinterStatus(ONLINE, paper=PaperState.LOW))
    unknown = meaning.changed(Device.RECEIPT_PRINTER, ReceiptPrinterStatus(ONLINE, paper=PaperState.UNKNOWN))
    assert (low.usable, low.low) == (True, True)
    assert (unknown.usable, unknown.low) == (True, False)


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (MediaRemoved(), CardProblem.REMOVED),
        (InvalidMedia(), CardProblem.WRONG_CARD),
        (UnsupportedData(), CardProblem.WRONG_CARD),
        (UserError(), CardProblem.UNREADABLE),
        (InvalidData(), CardProblem.UNREADABLE),
        (TimeOut(), CardProblem.TIME_OUT),
        (NoDevice(), CardProblem.DEVICE),
        (HardwareError(), CardProblem.DEVICE),
        (None, CardProblem.DEVICE),
    ],
)
def test_why_a_card_was_not_read_is_said_as_the_citizen_can_act_on_it(result: object, problem: CardProblem) -> None:
    assert meaning.card_problem(result) is problem


def test_the_newest_address_replaces_the_printed_one() -> None:
    card = IdentityCard(
        CardKind.RESIDENT,
        name="刘安宁",
        address="旧地址",
        newest_address="新地址",
        birth_date=date(1990, 3, 7),
        valid_until=None,
        long_term=True,
    )
    applicant = meaning.applicant(card)
    assert applicant.address == "新地址"
    assert applicant.birth_date == "1990-03-07"
    assert (applicant.valid_until, applicant.long_term) == ("", True)


def test_a_social_card_gives_holder_number_and_card_number() -> None:
    card = SocialSecurityCard("199900199003070021", "王小满", card_number="Z00000001")
    assert meaning.social_card(card) == ("王小满", "199900199003070021", "Z00000001")
