"""Field kinds: what may be typed, which keyboard helps, what counts as right, how a value is kept and shown.

`clean` brings a value into the form in which it is kept; `problem` names what is wrong by a key of the strings
catalogue (`form.error.*`). Neither ever puts the value into a message.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LATIN = "latin"
    DIGITS = "digits"
    PHONE = "phone"
    DATE = "date"
    MONTH = "month"
    REGION = "region"
    CHOICE = "choice"


_PHONE = re.compile(r"1[3-9][0-9]{9}")
_LATIN = re.compile(r"[0-9A-Za-z \-]*")
_DIGITS = re.compile(r"[0-9]*")
_REGION = re.compile(r"[0-9]{6}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f<>\\{}|`$]")
_DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_MONTH = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})月?")


def _plain_digits(value: str) -> str:
    """Full-width digits, as a pinyin keyboard may type them, become plain ones."""
    return value.translate({0xFF10 + n: str(n) for n in range(10)})


def clean(kind: FieldKind, value: str) -> str:
    """`value` in the form in which it is kept: trimmed, phone without spaces, dates as `YYYY-MM-DD`."""
    value = value.strip()
    if kind in (FieldKind.PHONE, FieldKind.DIGITS):
        return _plain_digits(re.sub(r"[\s\-]", "", value))
    if kind is FieldKind.LATIN:
        return _plain_digits(value).upper()
    if kind is FieldKind.DATE:
        value = _plain_digits(value)
        match = _DATE.fullmatch(value)
        return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}" if match else value
    if kind is FieldKind.MONTH:
        value = _plain_digits(value)
        match = _MONTH.fullmatch(value)
        return f"{match[1]}-{int(match[2]):02d}" if match else value
    return value


def _real_date(value: str) -> bool:
    try:
        return 1900 <= date.fromisoformat(value).year <= 2200
    except ValueError:
        return False


def problem(
    kind: FieldKind,
    value: str,
    *,
    required: bool = True,
    max_length: int = 60,
    options: tuple[str, ...] = (),
    not_before: str = "",
) -> str:
    """What is wrong with `value`: a key of the strings catalogue, or "" when it is right.

    `options` are the keys allowed for a choice; `not_before` is the earliest date or month (already cleaned).
    """
    value = clean(kind, value)
    key = f"form.error.{kind}"
    if not value:
        chosen = kind in (FieldKind.CHOICE, FieldKind.REGION)
        return "" if not required else key if chosen else "form.error.required"
    if len(value) > max_length:
        return "form.error.too_long"
    right = True
    match kind:
        case FieldKind.PHONE:
            right = _PHONE.fullmatch(value) is not None
        case FieldKind.LATIN:
            right = _LATIN.fullmatch(value) is not None
        case FieldKind.DIGITS:
            right = _DIGITS.fullmatch(value) is not None
        case FieldKind.REGION:
            right = _REGION.fullmatch(value) is not None
        case FieldKind.CHOICE:
            right = value in options
        case FieldKind.DATE | FieldKind.MONTH:
            right = _real_date(value if kind is FieldKind.DATE else f"{value}-01")
            if right and not_before and value < not_before:
                right, key = False, "form.error.order"
        case FieldKind.TEXT:
            right = _CONTROL.search(value) is None
    return "" if right else key


def group_phone(value: str) -> str:
    """13812345678 -> 138 1234 5678, as numbers are read back."""
    digits = clean(FieldKind.PHONE, value)
    return " ".join(part for part in (digits[:3], digits[3:7], digits[7:]) if part)


def mask_phone(value: str) -> str:
    """13812345678 -> 138 **** 5678."""
    digits = clean(FieldKind.PHONE, value)
    return f"{digits[:3]} **** {digits[-4:]}" if len(digits) == 11 else "*" * len(digits)


def group_number(value: str) -> str:
    """A slip number or query code in fours, as it is shown and printed: so that people can read it aloud."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
