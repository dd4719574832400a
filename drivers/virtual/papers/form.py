"""What a kind of paper is: its names, its size, and how it is filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.virtual.papers.page import WHITE, Colour, Page

Draw = Callable[[Page], None]


@dataclass(frozen=True)
class Form:
    """One kind of paper."""

    code: str
    """The kind's name in the code, as the kiosk's checklists have it."""
    name: str
    """Its Chinese name, under which it is laid on the desk."""
    draw: Draw
    width_mm: float = 210
    height_mm: float = 297
    tint: Colour = WHITE
    next_page: Draw | None = None
    """Draws the second page or the other side; None when there is none."""


ID_1 = (85.6, 54.0)
"""Width and height of a card in millimetres (ISO/IEC 7810)."""
BOOKLET = (176.0, 125.0)
"""An opened booklet of certificate size: two pages of 88 × 125 mm."""
