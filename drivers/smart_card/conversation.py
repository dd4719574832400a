"""The conversation with a social-security card, over anything that carries a command to it and an answer back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from drivers.smart_card import SocialSecurityCard
from drivers.smart_card.records import (
    GET_RESPONSE,
    HOLDER_NAME,
    HOLDER_NUMBER,
    ITEMS,
    NAME_EXTENSION,
    READ_RECORD,
    Item,
    Value,
    get_response,
    record_value,
    select_application,
    select_file,
)
from drivers.status import Action, DeviceError, InvalidData, InvalidMedia, Remedy, UserError, Who

Transmit = Callable[[bytes], bytes]
"""Sends one command APDU and returns the response APDU with its two status bytes."""

REQUIRED = (HOLDER_NUMBER, HOLDER_NAME)

_MORE, _WRONG_LENGTH = 0x61, 0x6C
_DONE, _END_OF_RECORD = 0x9000, 0x6282
_LOCKED, _INVALIDATED = 0x6982, 0x6283
_NOT_THERE = frozenset({0x6A, 0x6B})
"""SW1 of "no such file, record or parameter"."""
_STRANGER = _NOT_THERE | {0x67, 0x6D, 0x6E}
"""SW1 with which cards that know no such application (bank, SIM, transport) turn the first SELECT down."""
_PARTS_AT_MOST = 16
"""A record is at most 257 bytes; a card that announces more and more is broken or hostile."""

OTHER_WAYS = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "这张社保卡要密钥才能读取持卡人信息，本机不会试密码。请手工输入社会保障号码，或扫描电子社保卡二维码",
    "This card shows its holder only with a key; no PIN is tried here. Enter the number by hand, or scan the e-card",
)
ANOTHER_CARD = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "这不是社会保障卡，或卡不能使用。请换成社会保障卡，或改用身份证",
    "This is no working social-security card. Use the social-security card, or an identity card",
)
TURN_THE_CARD = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "卡没有应答。请取出卡，芯片朝上重新插入；仍不行请改用身份证",
    "The card does not answer. Take it out and put it in again, chip up; or use an identity card",
)
TRY_AGAIN = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "没有读对。请取出卡，擦净芯片后重新插入；仍不行请改用身份证",
    "The card was not read well. Wipe the chip and put the card in again; or use an identity card",
)


def read_card(transmit: Transmit) -> SocialSecurityCard:
    """Read EF05 and EF06. What else than the holder's number and name cannot be had is named in `unreadable`.

    Raises:
        InvalidMedia, UserError, InvalidData: as `SmartCardReader.read_social_security_card`.
        And whatever `transmit` raises.
    """
    _open_application(transmit)
    found: dict[str, Value] = {}
    unreadable: list[str] = []
    selected = 0
    for item in ITEMS:
        if item.file != selected:
            _open_file(transmit, item.file)
            selected = item.file
        value = _read_item(transmit, item)
        if not isinstance(value, DeviceError):
            found[item.field] = value
        elif item in REQUIRED:
            raise value
        elif item is not NAME_EXTENSION:  # most cards have none: its absence says nothing
            unreadable.append(item.field)
    return SocialSecurityCard(**cast("dict[str, Any]", found), unreadable=tuple(unreadable))


def _open_application(transmit: Transmit) -> None:
    _, status = exchange(transmit, select_application())
    if status == _INVALIDATED or status >> 8 in _STRANGER:
        raise InvalidMedia(f"not a working social-security card ({status:04X})", remedy=ANOTHER_CARD)
    _expect_done(status)


def _open_file(transmit: Transmit, file: int) -> None:
    _, status = exchange(transmit, select_file(file))
    if status >> 8 in _NOT_THERE:
        _, status = exchange(transmit, select_file(file, under_current=False))
    if status >> 8 in _NOT_THERE:
        raise InvalidMedia(f"the card has no file {file:04X} ({status:04X})", remedy=ANOTHER_CARD)
    _expect_done(status)


def _read_item(transmit: Transmit, item: Item) -> Value | DeviceError:
    """The item's value, or why the card does not give it. What `transmit` raises ends the conversation."""
    refusal: DeviceError = InvalidMedia(f"the card holds no {item.field}", remedy=ANOTHER_CARD)
    for command in item.commands():
        data, status = exchange(transmit, command)
        if status >> 8 in _NOT_THERE:
            continue
        if status == _LOCKED:
            return _locked()
        try:
            _expect_done(status)
            value = item.decode(record_value(item.tag, data))
        except DeviceError as error:
            refusal = error
            continue
        if item in REQUIRED and not value:
            return InvalidMedia(f"the card's {item.field} is empty", remedy=ANOTHER_CARD)
        return value
    return refusal


def _expect_done(status: int) -> None:
    if status == _LOCKED:
        raise _locked()
    if status not in (_DONE, _END_OF_RECORD):
        raise InvalidData(f"the card answered with status {status:04X}", remedy=TRY_AGAIN)


def _locked() -> UserError:
    return UserError("the card does not show this without a key (6982)", remedy=OTHER_WAYS)


def exchange(transmit: Transmit, command: bytes) -> tuple[bytes, int]:
    """Send `command` and collect the whole answer: its data and its status word.

    Follows 6Cxx (ask again with the right length) and 61xx (fetch the rest), as ISO 7816-4 says for T=0.

    Raises:
        InvalidData: fewer than two bytes, or an answer without end.
    """
    data, status = _split(transmit(command))
    if status >> 8 == _WRONG_LENGTH and command[1] in (READ_RECORD, GET_RESPONSE):
        data, status = _split(transmit(command[:-1] + bytes((status & 0xFF,))))
    for _ in range(_PARTS_AT_MOST):
        if status >> 8 != _MORE:
            return data, status
        more, status = _split(transmit(get_response(status & 0xFF)))
        data += more
    raise InvalidData("the card's answer has no end", remedy=TRY_AGAIN)


def _split(answer: bytes) -> tuple[bytes, int]:
    if len(answer) < 2:
        raise InvalidData("the card's answer is too short", remedy=TRY_AGAIN)
    return answer[:-2], int.from_bytes(answer[-2:], "big")
