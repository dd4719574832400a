"""The social-security card's bytes: commands out, records in. Pure: no reader, no clock.

Source of the commands and the record layout: LD/T 32 (card), ISO 7816-4 (commands), and five public programs
that agree on them; the layout of 姓名扩展 (record 3 of EF06) is not verified.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from drivers.status import InvalidData

Value = str | date | None

SELECT, READ_RECORD, GET_RESPONSE = 0xA4, 0xB2, 0xC0
ALLOWED_INSTRUCTIONS = frozenset({SELECT, READ_RECORD, GET_RESPONSE})
"""The only instructions this driver may send. VERIFY (20) and every authentication stay out for good."""

APPLICATION = b"sx1.sh." + "社会保障".encode("gbk")
"""Name of the application (SSSE) that holds the public files."""
ISSUER_FILE, HOLDER_FILE = 0xEF05, 0xEF06


def select_application() -> bytes:
    """SELECT by name. Carries no Le, as the cards expect."""
    return bytes((0x00, SELECT, 0x04, 0x00, len(APPLICATION))) + APPLICATION


def select_file(file: int, *, under_current: bool = True) -> bytes:
    """SELECT an elementary file: P1 = 02 (under the application), or 00 as some cards want it."""
    return bytes((0x00, SELECT, 0x02 if under_current else 0x00, 0x00, 0x02)) + file.to_bytes(2, "big")


def read_by_number(number: int, expected: int) -> bytes:
    """READ RECORD `number`; `expected` is the length of the answer's data (0: whatever there is)."""
    return bytes((0x00, READ_RECORD, number, 0x04, expected))


def read_by_tag(tag: int, expected: int) -> bytes:
    """READ RECORD with identifier `tag`; see `read_by_number`."""
    return bytes((0x00, READ_RECORD, tag, 0x00, expected))


def get_response(length: int) -> bytes:
    """GET RESPONSE: fetch `length` bytes that the card announced with 61xx."""
    return bytes((0x00, GET_RESPONSE, 0x00, 0x00, length))


def record_value(tag: int, data: bytes) -> bytes:
    """The value of one SIMPLE-TLV record: tag, length, value. Bytes after the value are not looked at.

    Raises:
        InvalidData: another tag, or fewer bytes than the length says.
    """
    if len(data) < 2 or data[0] != tag:
        raise InvalidData(f"record {tag:02X}: the card sent something else")
    if len(data) < 2 + data[1]:
        raise InvalidData(f"record {tag:02X}: the card sent {len(data) - 2} of {data[1]} bytes")
    return data[2 : 2 + data[1]]


def text(value: bytes) -> str:
    """Type `an`: GB 18030, left-aligned, padded with 00 (some issuers: FF or blanks).

    Raises:
        InvalidData: not GB 18030, or control characters inside.
    """
    try:
        written = value.rstrip(b"\x00\xff ").decode("gb18030")
    except UnicodeDecodeError:
        raise InvalidData("a text is not GB 18030") from None  # the cause would hold the bytes
    if any(unicodedata.category(character) == "Cc" for character in written):
        raise InvalidData("a text holds control characters")
    return written


def digits(value: bytes) -> str:
    """Type `cn`: one digit per half byte, left-aligned, padded with F. Letters A to E may occur (a RID)."""
    return value.hex().upper().rstrip("F")


def day(value: bytes) -> date | None:
    """Type `cn` YYYYMMDD; None for a date left empty (all F or all 0).

    Raises:
        InvalidData: eight digits that are no date.
    """
    written = value.hex()
    if not written.strip("0f"):
        return None
    if len(written) != 8:
        raise InvalidData("a date has not eight digits")
    try:
        return date(int(written[0:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        raise InvalidData("a date is no date") from None  # the cause would hold the date


@dataclass(frozen=True)
class Item:
    """One record of a public file. `length` 0 means that it is not known."""

    field: str
    file: int
    number: int
    tag: int
    length: int
    decode: Callable[[bytes], Value]

    def commands(self) -> Iterator[bytes]:
        """The ways to ask for it, best first: cards differ in which of the two they serve."""
        expected = self.length + 2 if self.length else 0
        yield read_by_number(self.number, expected)
        yield read_by_tag(self.tag, expected)


HOLDER_NUMBER = Item("social_security_number", HOLDER_FILE, 1, 0x08, 18, text)
HOLDER_NAME = Item("name", HOLDER_FILE, 2, 0x09, 30, text)
NAME_EXTENSION = Item("name_extension", HOLDER_FILE, 3, 0x4E, 0, text)

ITEMS: tuple[Item, ...] = (
    Item("identification_code", ISSUER_FILE, 1, 0x01, 16, digits),
    Item("category", ISSUER_FILE, 2, 0x02, 1, text),
    Item("specification", ISSUER_FILE, 3, 0x03, 4, text),
    Item("initialising_institution", ISSUER_FILE, 4, 0x04, 12, digits),
    Item("issued", ISSUER_FILE, 5, 0x05, 4, day),
    Item("expires", ISSUER_FILE, 6, 0x06, 4, day),
    Item("card_number", ISSUER_FILE, 7, 0x07, 9, text),
    HOLDER_NUMBER,
    HOLDER_NAME,
    NAME_EXTENSION,
    Item("sex_code", HOLDER_FILE, 4, 0x0A, 1, text),
    Item("ethnicity_code", HOLDER_FILE, 5, 0x0B, 1, digits),
    Item("birthplace_code", HOLDER_FILE, 6, 0x0C, 3, digits),
    Item("birth_date", HOLDER_FILE, 7, 0x0D, 4, day),
)
"""Every public record, in reading order."""
