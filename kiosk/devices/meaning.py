"""What a device's status and errors mean to a visit: can it be used, and what to tell people."""

from __future__ import annotations

from drivers.id_card_reader import IdentityCard
from drivers.smart_card import SocialSecurityCard
from drivers.status import (
    CameraState,
    DeviceState,
    DeviceStatus,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    PaperState,
    TimeOut,
    UnsupportedData,
    UserError,
)
from kiosk.identity import Applicant
from kiosk.visit.events import CardProblem, Device, DeviceChanged

_USABLE = {DeviceState.ONLINE, DeviceState.DEVICE_BUSY, DeviceState.STARTING}
"""A device is taken to work until it is known not to: `starting` is no reason to send somebody away."""

_BROKEN = {
    Device.ID_CARD_READER: {"zh_CN": "身份证阅读器有故障", "en": "The identity card reader is not working"},
    Device.SMART_CARD: {"zh_CN": "社保卡读卡器有故障", "en": "The social security card reader is not working"},
    Device.DOCUMENT_CAMERA: {"zh_CN": "拍照设备有故障", "en": "The document camera is not working"},
    Device.RECEIPT_PRINTER: {"zh_CN": "打印机有故障", "en": "The printer is not working"},
}
_PAPER_OUT = {"zh_CN": "打印纸用完了", "en": "The printer is out of paper"}
_COVER_OPEN = {"zh_CN": "打印机盖子没合上", "en": "The printer's cover is open"}
_PAPER_JAMMED = {"zh_CN": "打印机卡纸了", "en": "Paper is jammed in the printer"}
_PAPER_LOW = {"zh_CN": "打印纸快用完了", "en": "The printer is low on paper"}


def changed(device: Device, status: DeviceStatus) -> DeviceChanged:
    """The event that says whether `device` can be used, with a sentence where it cannot (or paper is low)."""
    paper = getattr(status, "paper", PaperState.UNKNOWN)
    if status.device is not DeviceState.NO_DEVICE:  # of which nothing more is known
        if paper is PaperState.OUT:
            return DeviceChanged(device, usable=False, what=_PAPER_OUT)
        if getattr(status, "cover_open", None):
            return DeviceChanged(device, usable=False, what=_COVER_OPEN)
        if paper is PaperState.JAMMED:
            return DeviceChanged(device, usable=False, what=_PAPER_JAMMED)
    camera = getattr(status, "camera", CameraState.UNKNOWN)
    if status.device not in _USABLE or camera is CameraState.INOP:
        return DeviceChanged(device, usable=False, what=_BROKEN[device])
    if paper is PaperState.LOW:
        return DeviceChanged(device, usable=True, low=True, what=_PAPER_LOW)
    return DeviceChanged(device, usable=True)


def card_problem(result: object) -> CardProblem:
    """Why a card was not read, as the citizen can act on it.

    Bytes that make no sense may come from a worn chip as well as from a bad cable: the citizen tries again, and a
    cable shows in the device's status.
    """
    match result:
        case MediaRemoved():
            return CardProblem.REMOVED
        case InvalidMedia() | UnsupportedData():
            return CardProblem.WRONG_CARD
        case TimeOut():
            return CardProblem.TIME_OUT
        case UserError() | InvalidData():
            return CardProblem.UNREADABLE
        case _:
            return CardProblem.DEVICE


def applicant(card: IdentityCard) -> Applicant:
    """The applicant as the card says. A newer address on the chip replaces the printed one."""
    return Applicant(
        card_kind=card.kind.value,
        name=card.name,
        id_number=card.id_number,
        sex=card.sex,
        ethnicity=card.ethnicity,
        birth_date=card.birth_date.isoformat() if card.birth_date else "",
        address=card.newest_address or card.address,
        issuing_authority=card.issuing_authority,
        valid_from=card.valid_from.isoformat() if card.valid_from else "",
        valid_until=card.valid_until.isoformat() if card.valid_until else "",
        long_term=card.long_term,
        english_name=card.english_name,
        nationality=card.nationality_code,
        pass_number=card.pass_number,
    )


def social_card(card: SocialSecurityCard) -> tuple[str, str, str]:
    """Holder's name, holder's ID number, card number."""
    return card.name, card.social_security_number, card.card_number
