"""Identity card readers: what a kiosk may ask of one, and what it gets.

A reader is a certified device around the licensed SAM module of GA/T 467; the drivers beside this file speak
to it. `IdentityCardReader` is the whole interface. An `IdentityCard` carries personal data: it prints as its
kind only, so that it cannot slip into a log or a traceback.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Protocol

from drivers.status import Deadline, DeviceStatus, MediaState


class CardKind(StrEnum):
    """The four cards that share one chip format."""

    RESIDENT = "resident"
    """居民身份证"""
    HK_MACAO_TAIWAN_RESIDENT = "hk_macao_taiwan_resident"
    """港澳台居民居住证"""
    FOREIGN_PERMANENT_RESIDENT_2017 = "foreign_permanent_resident_2017"
    """外国人永久居留身份证, 2017 model"""
    FOREIGN_PERMANENT_RESIDENT_2023 = "foreign_permanent_resident_2023"
    """外国人永久居留身份证, 2023 model"""


@dataclass(frozen=True, repr=False)
class IdentityCard:
    """What stands in a card's chip, as text. A field the card's kind does not have is an empty string.

    Nothing is judged here: a wrong check digit, a birth date that contradicts the number, an expired card
    come through as they are. A date is None when its eight digits are no date; `valid_until` is also None
    when the card says 长期, and then `long_term` is true.
    """

    kind: CardKind
    name: str = ""
    """Chinese name; may be empty on a foreigner's card. May hold private-use characters (U+E000–U+F8FF)."""
    english_name: str = ""
    sex_code: str = ""
    """GB/T 2261.1: 0 未知, 1 男, 2 女, 9 未说明."""
    sex: str = ""
    ethnicity_code: str = ""
    """GB/T 3304, two digits."""
    ethnicity: str = ""
    """The ethnicity's Chinese name; 其他(nn) for a code outside the standard."""
    birth_date: date | None = None
    address: str = ""
    newest_address: str = ""
    """The address appended to the chip after a move, empty when there is none."""
    id_number: str = ""
    issuing_authority: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    long_term: bool = False
    nationality_code: str = ""
    """Three letters, GB/T 2659."""
    pass_number: str = ""
    """通行证号码 of a Hong Kong, Macao or Taiwan resident."""
    issue_count: str = ""
    """签发次数 (two characters)."""
    renewal_count: str = ""
    """换证次数 (two characters)."""
    version: str = ""
    """证件版本号 of the 2017 model."""
    acceptance_authority_code: str = ""
    """当次申请受理机关代码 of the 2017 model."""
    old_number_association: str = ""
    """既往号码关联项: three characters that tie a 2023 card to the holder's earlier number."""
    photo: bytes = b""
    """The compressed portrait (WLT, usually 1024 bytes), opaque: it has no open specification."""

    def __repr__(self) -> str:
        return f"<IdentityCard {self.kind.value}>"

    def as_dict(self) -> dict[str, object]:
        """Every field as JSON-ready values: dates as YYYY-MM-DD or null, the photo in base64."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}


def _plain(value: object) -> object:
    match value:
        case CardKind():
            return value.value
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


@dataclass(frozen=True)
class IdentityCardReaderStatus(DeviceStatus):
    """A reader's status; `media` tells whether a card lies on it, as far as is known."""

    media: MediaState = MediaState.UNKNOWN
    sam_number: str = field(default="", kw_only=True)
    """The security module's number, `05.01-20160101-0000000001-0000000002`; empty until it was told."""


class IdentityCardReader(Protocol):
    """A reader for one card at a time. One thread at a time calls it; `Deadline.cancel` may come from any."""

    def status(self) -> IdentityCardReaderStatus:
        """Poll the device once. Never raises; takes milliseconds, or seconds when the device is silent."""

    def read_card(self, deadline: Deadline, on_sensed: Callable[[], None] | None = None) -> IdentityCard:
        """Wait for a card that was not yet read, and read it.

        A card that stays after it was read must leave before this method returns a card again. `on_sensed` is called,
        in this thread, once a card lies there and before it is read, which takes about a second: people should know.

        Raises:
            TimeOut: no card came in time.
            Canceled: `deadline` was cancelled.
            MediaRemoved: the card moved or left; ask the person to lift it and put it back.
            InvalidMedia: this card cannot be read: another sort, damaged, or not genuine.
            InvalidData: the reader's answer makes no sense.
            NoDevice: nothing answers on the link.
            HardwareError: the reader reports that it is broken or not authorised.
        """

    def wait_removed(self, deadline: Deadline) -> None:
        """Return once no card lies on the reader, as far as the reader can tell. Raises as `read_card`."""

    def reset(self, deadline: Deadline) -> None:
        """Restart the module, forget the card that was read. Raises as `read_card`."""

    def close(self) -> None:
        """Give the link back. Harmless twice; a later call opens it again."""
