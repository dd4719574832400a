"""Lines of text as they were read, and finding words in them although letters were misread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels of the page."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Of its height."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, repr=False)
class Line:
    """One line of text. It may name a person, so it has no repr."""

    text: str
    score: float
    """0 to 1: the mean over its characters."""
    box: Box


@dataclass(frozen=True)
class Match:
    """Where a pattern stands in a text, and how many characters are wrong, missing or too many."""

    start: int
    end: int
    errors: int


_FILLERS = re.compile(r"[\s_＿|｜¦]+")
_DOTS = re.compile(r"[·•・‧∙⋅●﹒․᛫˙ꞏ]")


def plain(text: str) -> str:
    """The text without spaces, in half-width forms and capitals, with one kind of middle dot."""
    return _FILLERS.sub("", _DOTS.sub("·", unicodedata.normalize("NFKC", text))).upper()


def in_rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines side by side form a row; rows from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.middle):
        if rows and _beside(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.box.left)
    return rows


def _beside(row: list[Line], line: Line) -> bool:
    """Whether the line's middle is within the height of the row's first line, and it stands clear of the others."""
    first = row[0].box
    overlaps = any(
        min(one.box.right, line.box.right) - max(one.box.left, line.box.left) > line.box.height for one in row
    )
    return abs(line.box.middle - first.middle) < 0.5 * max(first.height, line.box.height) and not overlaps


def nearest(pattern: str, text: str, most_errors: int) -> Match | None:
    """The place in `text` that is nearest to `pattern`; None with more than `most_errors`.

    Of equally near ones that whose length is most like the pattern's (a misread character before a lost one), then the first.

    Sellers' algorithm: the edit distance of the pattern to every end point, in len(pattern) × len(text) steps.
    """
    at = text.find(pattern)
    if at >= 0:
        return Match(at, at + len(pattern), 0)
    if most_errors <= 0 or not pattern or sum(character in text for character in pattern) < len(pattern) - most_errors:
        return None
    above = [(0, start) for start in range(len(text) + 1)]
    for row, wanted in enumerate(pattern, 1):
        here = [(row, 0)]
        for column, seen in enumerate(text, 1):
            errors, start = above[column - 1]
            here.append(
                min(
                    (errors + (wanted != seen), start),
                    (above[column][0] + 1, above[column][1]),
                    (here[-1][0] + 1, here[-1][1]),
                    key=lambda cell: cell[0],
                )
            )
        above = here
    end = min(range(len(above)), key=lambda end: (above[end][0], abs(end - above[end][1] - len(pattern)), end))
    errors, start = above[end]
    return Match(start, end, errors) if errors <= most_errors else None


def occurrences(pattern: str, text: str) -> Iterator[int]:
    """Where `pattern` starts in `text`, exactly."""
    at = text.find(pattern)
    while at >= 0:
        yield at
        at = text.find(pattern, at + 1)


def is_chinese(character: str) -> bool:
    """Whether it is a Chinese character, rare ones and those in the private use area of old cards included."""
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0xE000 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF
