"""What is printed on a receipt, before anybody thinks of bytes or of a paper's width.

Pure values. The encoder turns them into the printer's language; the same receipt prints on 58 and 80 mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias


class Align(StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True)
class Text:
    """A paragraph; it wraps by itself. `width` and `height` are 1 or 2 times the normal character.

    `hang` indents every line but the first by so many columns (a Chinese character takes two), so that the
    value after a label keeps its own left edge. Control characters in `text` are dropped, except `\\n`.
    """

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    width: Literal[1, 2] = 1
    height: Literal[1, 2] = 1
    hang: int = 0


@dataclass(frozen=True)
class Pair:
    """Two short texts on one line, at its left and right end; on two lines where the paper is too narrow."""

    left: str
    right: str


@dataclass(frozen=True)
class Rule:
    """A thin line across the paper."""


@dataclass(frozen=True)
class Feed:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True)
class Qr:
    """A QR code (error correction M) at least 20 mm wide, at the right edge, with short lines of text beside it."""

    data: str
    beside: tuple[str, ...] = ()


Element: TypeAlias = Text | Pair | Rule | Feed | Qr


@dataclass(frozen=True)
class Receipt:
    """One receipt. `number` names it in logs and in the print ledger: never anything personal."""

    number: str
    elements: tuple[Element, ...]
