"""Masking numbers that tell who somebody is, in any text that a page shows before it was revealed."""

from __future__ import annotations

import re

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|[A-Z]{3}[0-9]{12})(?![0-9A-Za-z])")
"""Citizens (GB 11643: 18 characters; 15 before 1999), residents from Hong Kong, Macao and Taiwan, foreigners."""
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_STREET = 6
_NAME = 4


def mask_numbers(text: str) -> str:
    """`text` with the middle of every identity and mobile number starred: 150785********0012, 138****0012."""
    text = _IDENTITY.sub(lambda found: _starred(found.group(), 6, 4), text)
    return _MOBILE.sub(lambda found: _starred(found.group(), 3, 4), text)


def mask_phone(phone: str) -> str:
    """138****0012; of a fixed line too only its ends."""
    return _starred(phone, 3, min(4, max(0, len(phone) - 5)))


def mask_typed(text: str) -> str:
    """What somebody typed, who may have typed a name: 王**; of a longer text its first two characters."""
    if not text:
        return ""
    return mask_name(text) if len(text) <= _NAME else text[:2] + "＊＊＊＊"


def mask_address(address: str) -> str:
    """The first characters (province, city), then stars: enough to tell whether it is in the right part of the country."""
    return address[:_STREET] + "＊＊＊＊" if address else ""


def _starred(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + (text[-tail:] if tail else "")


def mask_identity(number: str) -> str:
    """150785********0012: the first six and the last four; of shorter numbers two and two."""
    return _starred(number, 6, 4) if len(number) >= 15 else _starred(number, 2, 2)


def mask_name(name: str) -> str:
    """王**: the first character, and a star for each further one, at most three."""
    return name[:1] + "*" * min(len(name) - 1, 3) if name else "*"
