"""Slip numbers (申报凭条编号): collision-free without a network, safe to read out and type.

    1506 2600 3000 0017 42        eighteen digits
    region ┘  │   │       └ two check digits, ISO/IEC 7064 MOD 97-10
    terminal ─┘   └ seven digits counted by the terminal's own store, never reset

The number holds no date on purpose: a clock that was set to 1970, or back by a day, cannot make two equal
numbers. Two terminals differ in region or terminal number. A terminal whose store was lost must be given a new
terminal number; should that be forgotten, the centre still takes both applications, because the slip number is
not its key.

MOD 97-10 finds every single wrong digit and every transposition of neighbours.

A slip number can be guessed (it counts up), so asking for progress also takes the *query code*: eight letters
and digits derived from the application's random id, printed beside it and held in its QR code.
"""

from __future__ import annotations

import re
from hashlib import sha256
from uuid import UUID

MAX_COUNTER = 9_999_999
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits of query codes: without 0, O, 1 and I."""


class InvalidSlipNumber(ValueError):
    """Not eighteen digits, or the check digits do not fit: mistyped."""


def make(region: str, terminal: int, counter: int) -> str:
    """The slip number of the `counter`-th application of a terminal.

    Args:
        region: six digits, the division code of the place where the terminal stands.
        terminal: 0…999, unique within the region.
        counter: 1…9 999 999.

    Raises:
        ValueError: an argument is outside its range.
    """
    if re.fullmatch(r"[0-9]{6}", region) is None or not 0 <= terminal <= 999 or not 1 <= counter <= MAX_COUNTER:
        raise ValueError("region, terminal number or counter outside its range")
    body = f"{region}{terminal:03d}{counter:07d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def checked(text: str) -> str:
    """`text` as eighteen bare digits (spaces and hyphens between groups are dropped).

    Raises:
        InvalidSlipNumber
    """
    digits = re.sub(r"[ -]", "", text)
    if re.fullmatch(r"[0-9]{18}", digits) is None or int(digits) % 97 != 1:
        raise InvalidSlipNumber("the slip number's check digits do not fit")
    return digits


def query_code(application_id: UUID) -> str:
    """The eight characters that prove possession of the slip (40 bits of the application's random id)."""
    bits = int.from_bytes(sha256(b"tongban query code\0" + application_id.bytes).digest()[:5], "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -5, -5))
