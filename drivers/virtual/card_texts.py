"""What a persona's chip holds: the 256 bytes of text, the photo, the appended address, the fingerprints.

Written from the published struct definitions field after field, and shares nothing with the driver that reads it.
"""

from __future__ import annotations

import hashlib
from datetime import date

from drivers.id_card_reader import CardKind
from drivers.virtual.personas import Persona

PHOTO_LENGTH = 1024
_PHOTO_HEAD = bytes.fromhex("57 4C 66 00 7E 00 32 00 00 FF 85")
"""`WL`, width 102, height 126, and what follows in every photo seen."""


def card_text(persona: Persona) -> bytes:
    """The text of `persona`'s card, 256 bytes."""
    start, end = _day(persona.valid_from), _day(persona.valid_until)
    birth = _day(persona.birth_date)
    match persona.kind:
        case CardKind.FOREIGN_PERMANENT_RESIDENT_2017:
            text = (
                _pad(persona.english_name, 60)
                + _pad(persona.sex_code, 1)
                + _pad(persona.id_number, 15)
                + _pad(persona.nationality_code, 3)
                + _pad(persona.name, 15)
                + start
                + end
                + birth
                + _pad(persona.version, 2)
                + _pad(persona.acceptance_authority_code, 4)
                + _pad("I", 1)
                + _pad("", 3)
            )
        case CardKind.FOREIGN_PERMANENT_RESIDENT_2023:
            text = (
                _pad(persona.name, 15)
                + _pad(persona.sex_code, 1)
                + _pad(persona.renewal_count, 2)
                + birth
                + _pad(persona.english_name, 46)[:70]
                + _pad(persona.id_number, 18)
                + _pad("", 15)
                + start
                + end
                + _pad(persona.english_name, 46)[70:]
                + _pad(persona.nationality_code, 3)
                + _pad("Y", 1)
                + _pad(persona.old_number_association, 3)
            )
        case CardKind.HK_MACAO_TAIWAN_RESIDENT:
            text = (
                _pad(persona.name, 15)
                + _pad(persona.sex_code, 1)
                + _pad("", 2)
                + _address_to_dates(persona)
                + _pad(persona.pass_number, 9)
                + _pad(persona.issue_count, 2)
                + _pad("", 3)
                + _pad("J", 1)
                + _pad("", 3)
            )
        case CardKind.RESIDENT:
            text = (
                _pad(persona.name, 15)
                + _pad(persona.sex_code, 1)
                + _pad(persona.ethnicity_code, 2)
                + _address_to_dates(persona)
                + _pad("", 18)
            )
    return text


def newest_address(persona: Persona) -> bytes:
    """The appended address, 70 bytes, or nothing."""
    return _pad(persona.newest_address, 35) if persona.newest_address else b""


def photo(persona: Persona) -> bytes:
    """1024 bytes with a photo's head and a filler that differs from persona to persona. It shows nobody."""
    return _PHOTO_HEAD + _filler(f"photo {persona.key}", PHOTO_LENGTH - len(_PHOTO_HEAD))


def fingerprints(persona: Persona) -> bytes:
    """1024 bytes in the place of two fingerprint templates."""
    return _filler(f"fingerprints {persona.key}", 1024)


def _address_to_dates(persona: Persona) -> bytes:
    return (
        _day(persona.birth_date)
        + _pad(persona.address, 35)
        + _pad(persona.id_number, 18)
        + _pad(persona.issuing_authority, 15)
        + _day(persona.valid_from)
        + _day(persona.valid_until)
    )


def _pad(text: str, units: int) -> bytes:
    raw = text.encode("utf-16-le")
    if len(raw) > 2 * units:
        raise ValueError(f"{text!r} does not fit in {units} units")
    return raw + b" \0" * (units - len(raw) // 2)


def _day(day: date | None) -> bytes:
    return _pad("长期" if day is None else f"{day:%Y%m%d}", 8)


def _filler(seed: str, length: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(length)
