"""Which font file sets which character.

Kivy's text renderer draws a box for a character that its one font lacks. People's names and places need far more
characters than one font file can hold, so every text is cut into runs by what the fonts cover: the asked weight, then
the whole Regular, then the two Hanazono files of Debian's fonts-hanazono. Coverage is read from a small table made by
`tools/fetch_fonts.py`; no font is opened to ask. This module does not import Kivy.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from pathlib import Path

from screens.theme import Weight

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "fonts"
SYSTEM_FOLDER = Path("/usr/share/fonts/truetype/hanazono")
COVERAGE_FILE = "coverage.txt"

FILES = {
    Weight.REGULAR: "NotoSansSC-Regular.ttf",
    Weight.MEDIUM: "NotoSansSC-Medium.ttf",
    Weight.BOLD: "NotoSansSC-Bold.ttf",
}
RARE = ("HanaMinA.ttf", "HanaMinB.ttf")

LAST_RESORT = "Roboto"
"""The name of the Latin font inside Kivy: what is left when our own files are gone."""


class FontCoverage:
    """The code points that each font file has, as sorted ranges."""

    def __init__(self, table: str) -> None:
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for line in table.splitlines():
            name, _, spans = line.partition(": ")
            pairs = [span.partition("-") for span in spans.split()]
            self._starts[name] = [int(first, 16) for first, _, _ in pairs]
            self._ends[name] = [int(last or first, 16) for first, _, last in pairs]

    def has(self, font: str, character: str) -> bool:
        """Whether the font file named `font` has a glyph for `character`."""
        starts = self._starts.get(font)
        if not starts:
            return False
        point = ord(character)
        at = bisect_right(starts, point) - 1
        return at >= 0 and point <= self._ends[font][at]


def path_of(font: str) -> Path:
    """Where the file named `font` (or the coverage table) is expected."""
    return (SYSTEM_FOLDER if font in RARE else FOLDER) / font


def missing() -> tuple[str, ...]:
    """The files of this project that are not where they should be: Chinese cannot be shown properly."""
    return tuple(name for name in (*FILES.values(), COVERAGE_FILE) if not path_of(name).is_file())


def missing_rare() -> tuple[str, ...]:
    """The files of Debian's fonts-hanazono that are not installed: the rarest characters of names cannot be shown."""
    return tuple(name for name in RARE if not path_of(name).is_file())


@cache
def _coverage() -> FontCoverage:
    file = FOLDER / COVERAGE_FILE
    return FontCoverage(file.read_text() if file.is_file() else "")


@cache
def _chain(weight: Weight) -> tuple[str, ...]:
    """The fonts to try for `weight`, best first; only those that are there."""
    names = dict.fromkeys((FILES[weight], FILES[Weight.REGULAR], *FILES.values(), *RARE))
    return tuple(name for name in names if path_of(name).is_file())


@cache
def font_for(character: str, weight: Weight) -> str:
    """The path of the font that sets `character` (or Kivy's own font's name when ours are gone)."""
    chain = _chain(weight)
    if not chain:
        return LAST_RESORT
    best = next((name for name in chain if _coverage().has(name, character)), chain[0])
    return str(path_of(best))


def covered(character: str) -> bool:
    """Whether any of the fonts that are there can set `character`."""
    return any(_coverage().has(font, character) for font in _chain(Weight.REGULAR))


def main_font(weight: Weight) -> str:
    """The path of the font that sets nearly everything of `weight`."""
    return font_for("中", weight)


def runs(text: str, weight: Weight) -> list[tuple[str, str]]:
    """Cut `text` into (font path, part), in order; a single part for all but rare characters."""
    parts: list[tuple[str, str]] = []
    for character in text:
        font = font_for(character, weight)
        if parts and parts[-1][0] == font:
            parts[-1] = (font, parts[-1][1] + character)
        else:
            parts.append((font, character))
    return parts
