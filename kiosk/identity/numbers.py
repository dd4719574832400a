"""Rules of identity numbers and masking. Own checker: libraries refuse J and Y numbers or newer regions.

Source: GB 11643-1999 (MOD 11-2 of ISO 7064); prefixes 81/82/83 of the residence permits for Hong Kong, Macao and
Taiwan residents and 9 of the 2023 foreigners' card as in the reader reference. The 2017 card's 15 characters are
checked for their form only: its check digit rule (7-3-1) is not certain enough to turn people away.
A region code is never a reason to refuse: codes are historical.
"""

from __future__ import annotations

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[A-Z]{3}[0-9]{12}")
_PREFIX = {
    "resident": re.compile(r"[1-8]"),
    "hk_macao_taiwan_resident": re.compile(r"8[123]"),
    "foreign_permanent_resident_2023": re.compile(r"9"),
}


def check_digit(body: str) -> str:
    """The 18th character for the first 17 digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def birth_of(number: str) -> str:
    """Birth date in an 18-character number as `YYYY-MM-DD`; "" when it holds no real date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    except ValueError:
        return ""


def is_sound(card_kind: str, number: str) -> bool:
    """Whether `number` follows the rules of `card_kind` (form, prefix, a real date, check digit)."""
    number = number.strip().upper()
    if card_kind == "foreign_permanent_resident_2017":
        return _FIFTEEN.fullmatch(number) is not None
    prefix = _PREFIX.get(card_kind)
    if prefix is None or prefix.match(number) is None or _EIGHTEEN.fullmatch(number) is None:
        return False
    return birth_of(number) >= "1850-01-01" and check_digit(number[:17]) == number[17]


def mask_number(number: str) -> str:
    """110105194912310021 -> 110105********0021; shorter numbers keep four at each end."""
    if len(number) == 18:
        return f"{number[:6]}********{number[-4:]}"
    if len(number) > 8:
        return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"
    return "*" * len(number)


def mask_name(name: str) -> str:
    """王小满 -> 王**; 古丽努尔·艾山 -> 古**. Never shows how long the rest is."""
    return f"{name[:1]}**" if name else ""
