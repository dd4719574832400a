"""Identity numbers in what was read: misread digits, gaps, masks, and numbers that are somebody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from kiosk.identity.numbers import birth_of, check_digit
from kiosk.materials.reading.lines import Line, in_rows, nearest, plain

_LOOKS_LIKE = str.maketrans(
    {
        **dict.fromkeys("OQDU○〇零", "0"),
        **dict.fromkeys("IL|!丨", "1"),
        **dict.fromkeys("Z", "2"),
        **dict.fromkeys("S", "5"),
        **dict.fromkeys("G", "6"),
        **dict.fromkeys("B", "8"),
        **dict.fromkeys("×Ⅹ乂", "X"),
    }
)
"""Letters that are read for digits. Applied to both sides where numbers with letters are compared."""
_GAPS = re.compile(r"[\s\-.,·:：'`]")
_RUN = re.compile(r"[0-9X]{15,24}")
_MASKED = re.compile(r"([0-9]{3,10})[*X#•＊]{3,14}([0-9]{2,4}[0-9X])")
_NO_OTHER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9X](?![0-9])")
_SURE_LINE = 0.85
_EARLIEST = "1900-01-01"


def find_number(lines: Sequence[Line], number: str) -> float:
    """How sure it is that the applicant's number stands on the page: 0 to 1.

    Two wrong digits are forgiven, as long as what was read is not itself a sound number: then it is another person's.
    """
    wanted = _digits(number)
    if len(wanted) < 8:
        return 0.0
    return max((_likeness(text, wanted) * score for text, score in _texts(lines)), default=0.0)


def find_other_number(lines: Sequence[Line], number: str) -> float:
    """How sure it is that a sound identity number stands there that is not `number`. What it is stays here."""
    wanted, best = _digits(number), 0.0
    for line in lines:
        if line.score < _SURE_LINE:
            continue
        for found in _NO_OTHER.findall(_GAPS.sub("", plain(line.text))):
            if found != wanted and _is_sound(found):
                best = max(best, 0.9 * line.score)
    return best


def _texts(lines: Sequence[Line]) -> list[tuple[str, float]]:
    """Each line and each row as digits, with the score of its worst line; a number may be set in groups or boxes."""
    rows = (row for row in in_rows(lines) if len(row) > 1)
    return [
        *((_digits(line.text), line.score) for line in lines),
        *(("".join(_digits(line.text) for line in row), min(line.score for line in row)) for row in rows),
    ]


def _digits(text: str) -> str:
    return _GAPS.sub("", plain(text)).translate(_LOOKS_LIKE)


def _likeness(text: str, wanted: str) -> float:
    if wanted in text:
        return 0.99
    for run in _RUN.findall(text):
        match = nearest(wanted, run, 2)
        if match is not None and not _holds_another(run, wanted):
            return {1: 0.88, 2: 0.7}[match.errors]
    for head, tail in _MASKED.findall(text):
        if wanted.startswith(head) and wanted.endswith(tail) and len(head) + len(tail) >= 7:
            return min(0.85, 0.5 + 0.05 * (len(head) + len(tail) - 6))
    return 0.0


def _holds_another(run: str, wanted: str) -> bool:
    """Whether what was read is a sound number of its own; one misread digit never leaves the check digit right."""
    numbers = (run[start : start + 18] for start in range(len(run) - 17))
    return any(number != wanted and _is_sound(number) for number in numbers)


def _is_sound(number: str) -> bool:
    born = birth_of(number)
    return (
        number[:17].isdigit() and _EARLIEST <= born <= date.max.isoformat() and check_digit(number[:17]) == number[17]
    )
