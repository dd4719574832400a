"""Breaking Chinese text into lines, and which characters a printer's own font holds. Pure.

Widths are counted in columns: an ASCII character takes one (12 dots), everything else two (24 dots). 58 mm paper
has 384 dots = 32 columns, 80 mm paper 576 dots = 48 columns, at 203 dots per inch (8 per millimetre).
"""

from __future__ import annotations

import unicodedata

COLUMN_DOTS = 12
"""Dots in one column: the printers' Font A is 12 x 24, their Chinese characters 24 x 24."""

DOTS = {58: 384, 80: 576}
"""Printable dots across the paper, by its width in millimetres."""

NOT_AT_LINE_START = frozenset("、，。；：？！…·）》」』】〕”’％℃,.;:?!)]}%")
NOT_AT_LINE_END = frozenset("（《「『【〔“‘￥([{")

_LOOKALIKE = str.maketrans({"¥": "￥", "\u00a0": " "})


def clean(text: str) -> str:
    """`text` without anything that could command the printer or that has no picture.

    Control and invisible format characters (also variation selectors) go, tabs become spaces, and the half-width ¥
    (whose GB18030 code shows as "0 6" on paper) becomes the full-width ￥.
    """
    text = text.translate(_LOOKALIKE).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or not _invisible(c))


def _invisible(char: str) -> bool:
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return selector or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def columns(text: str) -> int:
    """How many columns `text` takes."""
    return sum(1 if " " <= c <= "~" else 2 for c in text)


def built_in(char: str) -> bool:
    """True when the character is in every Chinese printer's own font.

    That is ASCII and the two-byte codes of GBK. GB18030's four-byte codes are not (the SP91 manual says "only
    double bytes 1-5 area"), nor the codes whose meaning moved between the editions of GB18030 (FE59, A6D9, A8BC and
    their neighbours), nor anything in a private area: for those a printer's picture may be another character.
    """
    if " " <= char <= "~":
        return True
    try:
        return len(char.encode("gbk")) == 2
    except UnicodeEncodeError:
        return False


def wrap(text: str, width: int, hang: int = 0) -> list[str]:
    """Break `text` into lines of at most `width` columns; the second and later ones start with `hang` spaces.

    Chinese breaks anywhere but before closing and after opening punctuation; a Latin word or a number stays whole
    where it fits on a line. Nothing but spaces at the breaks is lost.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, indent = "", ""
        for unit in _units(paragraph, width - hang):
            if columns(line) + columns(unit.rstrip(" ")) <= width:
                line += unit
                continue
            lines.append(line.rstrip(" "))
            indent = " " * hang
            line = indent + unit.lstrip(" ")
        lines.append(line.rstrip(" "))
    return lines


def _units(text: str, width: int) -> list[str]:
    """Split into the pieces that must not be broken, each at most `width` columns."""
    units: list[str] = []
    for char in text:
        last = units[-1] if units else ""
        joins = bool(last) and (
            char in NOT_AT_LINE_START
            or char == " "
            or last[-1] in NOT_AT_LINE_END
            or (_is_latin(char) and _is_latin(last[-1]))
        )
        if joins and columns(last) + columns(char) <= width:
            units[-1] = last + char
        else:
            units.append(char)
    return units


def _is_latin(char: str) -> bool:
    return "!" <= char <= "~"
