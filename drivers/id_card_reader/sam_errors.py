"""What the module's SW3 codes mean for a kiosk: which error, whose turn, what to do (lists of GA/T 467 in SDK headers)."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.status import (
    Action,
    DeviceError,
    HardwareError,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    NoMedia,
    Remedy,
    SequenceError,
    UnsupportedData,
    Who,
)

SUCCESS = 0x90
FOUND = 0x9F
"""Success of "find card"."""
NO_SUCH_ITEM = 0x91
GARBLED_REQUEST = frozenset({0x10, 0x11})
"""The module did not understand our frame: check byte or length."""
COMMAND_ERROR = 0x21
READ_FAILED = 0x41
NOT_FOUND = 0x80

WORTH_ANOTHER_TRY = frozenset({0x21, 0x24, 0x31, 0x41, 0x47, 0x81})
"""Failures that a fresh find, select and read often mends while the card still lies there."""

_LIFT = Remedy(
    Action.CLEAR, Who.CITIZEN, "请把证件拿起来，再放平，不要移动", "Lift the card, lay it flat again and hold still"
)
_LIFT_OR_DESK = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "请把证件拿起来再放一次；还不行，请到窗口办理",
    "Lift the card and put it back; if that does not help, go to the desk",
)
_OTHER_CARD = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "这里只能读居民身份证、港澳台居民居住证、外国人永久居留身份证，请换证件",
    "Only resident identity cards, Hong Kong, Macao and Taiwan residence permits and foreign permanent "
    "resident cards can be read here",
)
_POWER_CYCLE = Remedy(Action.RESET, Who.TECHNICIAN, "请给读卡器断电再通电", "Switch the card reader off and on again")
_REPLACE = Remedy(
    Action.MAINTENANCE,
    Who.TECHNICIAN,
    "读卡器安全模块自检失败，请断电再试；还不行，请更换读卡器",
    "The reader's security module failed its self-test: switch off and on, else replace the reader",
)
_AUTHORISE = Remedy(
    Action.MAINTENANCE,
    Who.TECHNICIAN,
    "读卡器安全模块未授权，请联系读卡器厂家",
    "The reader's security module is not authorised: ask the reader's vendor",
)
_LINE = Remedy(Action.RESET, Who.TECHNICIAN, "检查读卡器连线和波特率", "Check the card reader's cable and baud rate")

_MEANINGS: Mapping[int, tuple[type[DeviceError], str, Remedy | None]] = {
    0x10: (InvalidData, "the module received a wrong check byte", _LINE),
    0x11: (InvalidData, "the module received a wrong length", _LINE),
    0x21: (SequenceError, "the module refused the command", None),
    0x23: (HardwareError, "the module has no authority for this", _AUTHORISE),
    0x24: (HardwareError, "the module met an error it does not know", _POWER_CYCLE),
    0x31: (InvalidMedia, "the card did not accept the module", _LIFT_OR_DESK),
    0x32: (InvalidMedia, "the module did not accept the card", _LIFT_OR_DESK),
    0x33: (InvalidMedia, "the card's data failed verification", _LIFT_OR_DESK),
    0x37: (InvalidMedia, "the card's fingerprint data failed verification", _LIFT_OR_DESK),
    0x3F: (InvalidMedia, "the card's data has a wrong length", _LIFT_OR_DESK),
    0x40: (InvalidMedia, "the module does not know this sort of card", _OTHER_CARD),
    0x41: (MediaRemoved, "the card moved or left while it was read", _LIFT),
    0x47: (MediaRemoved, "the card gave no random number", _LIFT),
    0x60: (HardwareError, "the module failed its self-test", _REPLACE),
    0x66: (HardwareError, "the module is not authorised", _AUTHORISE),
    0x80: (NoMedia, "no card found", _LIFT),
    0x81: (MediaRemoved, "the card could not be selected", _LIFT),
    0x91: (UnsupportedData, "the card has no such item", None),
}


def error_for(sw3: int) -> DeviceError:
    """The error for a code other than success; an unknown code is UnsupportedData with its number in the message."""
    kind, words, remedy = _MEANINGS.get(
        sw3, (UnsupportedData, "the module answered with an unknown code", _POWER_CYCLE)
    )
    return kind(f"{words} (SW3 {sw3:02X})", remedy=remedy)
