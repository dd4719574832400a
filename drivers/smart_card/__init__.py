"""Smart cards: what a kiosk may ask of a reader for the social-security card, and what it gets.

Only what a 社会保障卡 (LD/T 32, LD/T 33) shows without any key is read: the issuer's file EF05 and the holder's
file EF06. No PIN is ever tried: tries are counted on the card, and a blocked card is a day lost at the bank.
A `SocialSecurityCard` carries a person's data: it prints as its kind only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Protocol

from drivers.status import Deadline, DeviceStatus, MediaState


@dataclass(frozen=True, repr=False)
class SocialSecurityCard:
    """The items of EF05 (issuer) and EF06 (holder), as text.

    Nothing is judged here: a wrong check digit or an expired card come through as they are. A date is None when
    the card holds none. `unreadable` names the items that the card did not give or that make no sense; the
    number and the name are never among them, for without these a card is refused.
    """

    social_security_number: str
    """社会保障号码, 18 characters: the holder's citizen ID number."""
    name: str
    """姓名. May hold private-use characters (U+E000–U+F8FF) on cards from before GB 18030-2005."""
    name_extension: str = ""
    """姓名扩展, as it stands in the chip; most cards have none."""
    sex_code: str = ""
    """GB/T 2261.1: 1 男, 2 女."""
    ethnicity_code: str = ""
    """GB/T 3304, two digits."""
    birthplace_code: str = ""
    """出生地, six digits (GB/T 2260)."""
    birth_date: date | None = None
    identification_code: str = ""
    """卡的识别码, up to 32 hexadecimal digits; the first six are the issuing region (统筹区)."""
    category: str = ""
    """卡的类别, one character."""
    specification: str = ""
    """规范版本: `2.00` second generation, `3.00` third."""
    initialising_institution: str = ""
    """初始化机构编号, up to 24 digits."""
    issued: date | None = None
    """发卡日期."""
    expires: date | None = None
    """卡有效期."""
    card_number: str = ""
    """卡号, nine characters."""
    unreadable: tuple[str, ...] = ()
    """Names of the fields above that could not be had from this card."""

    @property
    def issuing_region(self) -> str:
        """发卡地区, six digits, or empty when the card gave no identification code."""
        return self.identification_code[:6]

    def __repr__(self) -> str:
        return "<SocialSecurityCard>"

    def as_dict(self) -> dict[str, object]:
        """Every field, and `issuing_region`, as JSON-ready values: dates as YYYY-MM-DD or null."""
        plain = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return {**plain, "issuing_region": self.issuing_region}


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value


@dataclass(frozen=True)
class SmartCardStatus(DeviceStatus):
    """A reader's status; `media` tells whether a card is in it, as far as is known."""

    media: MediaState = MediaState.UNKNOWN
    reader: str = field(default="", kw_only=True)
    """The PC/SC name of the reader in use; empty until one was found."""


class SmartCardReader(Protocol):
    """A reader for one card at a time. One thread at a time calls it; `Deadline.cancel` may come from any."""

    def status(self) -> SmartCardStatus:
        """Poll the device once. Never raises; returns within milliseconds."""

    def read_social_security_card(self, deadline: Deadline) -> SocialSecurityCard:
        """Wait for a card, then read it. A card that is in the reader already is read at once.

        Raises:
            TimeOut: no card came in time.
            Canceled: `deadline` was cancelled.
            MediaRemoved: the card left while it was being read.
            InvalidMedia: not a social-security card, put in the wrong way round, damaged, or silent.
            UserError: the card does not show its holder without a key; the remedy names the other ways.
            InvalidData: the card's answer makes no sense.
            NoDevice: no PC/SC service, or no such reader.
            DeviceNotReady: another program holds the card, or this user may not use it.
            HardwareError: the reader reports that it is broken.
        """

    def wait_removed(self, deadline: Deadline) -> None:
        """Return once no card is in the reader. Raises `TimeOut`, `Canceled`, `NoDevice`, `DeviceNotReady`."""

    def close(self) -> None:
        """Give the reader back. Harmless twice; a later call opens it again."""
