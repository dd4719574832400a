"""Large line drawings of what to do with a card, on a 480 × 320 grid: (still parts, parts that carry the message)."""

from __future__ import annotations

from types import MappingProxyType

from kiosk.visit.views import CardPicture
from screens.icons import Path, arc, box

GRID = (480.0, 320.0)
STROKE = 5.0


def _card(left: float, top: float) -> tuple[Path, ...]:
    """An identity card: a portrait and three lines."""
    return (
        box(left, top, left + 184, top + 116, 12),
        arc(left + 46, top + 44, 15),
        arc(left + 46, top + 92, 27, 197, 343, 16),
        ((left + 96, top + 36), (left + 160, top + 36)),
        ((left + 96, top + 60), (left + 160, top + 60)),
        ((left + 96, top + 84), (left + 136, top + 84)),
    )


def _arrow(x: float, tail: float, head: float) -> tuple[Path, ...]:
    side = 16 if head > tail else -16
    return (((x, tail), (x, head)), ((x - 16, head - side), (x, head), (x + 16, head - side)))


def _waves(x: float, y: float) -> tuple[Path, ...]:
    return tuple(arc(x, y, radius, 225, 315, 16) for radius in (14, 30, 46))


_READER: tuple[Path, ...] = (box(76, 206, 404, 306, 22), ((76, 272), (404, 272)))
_PAD: tuple[Path, ...] = (box(60, 66, 420, 312, 24),)
"""The reader from above, with room for a card on it."""
_SLOT: tuple[Path, ...] = (
    (
        (140, 206),
        *arc(98, 228, 22, 270, 180, 8),
        *arc(98, 284, 22, 180, 90, 8),
        *arc(382, 284, 22, 90, 0, 8),
        *arc(382, 228, 22, 0, -90, 8),
        (340, 206),
    ),
    ((126, 236), (354, 236)),
)
_CHIP_CARD: tuple[Path, ...] = (
    ((148, 228), (148, 64), *arc(160, 64, 12, 180, 270, 6), *arc(320, 64, 12, -90, 0, 6), (332, 228)),
    box(214, 120, 266, 164, 8),
    ((240, 120), (240, 164)),
    ((214, 142), (266, 142)),
)

SCENES: MappingProxyType[CardPicture, tuple[tuple[Path, ...], tuple[Path, ...]]] = MappingProxyType(
    {
        CardPicture.PLACE: ((*_READER, *_waves(240, 262)), (*_card(148, 14), *_arrow(240, 146, 188))),
        CardPicture.READING: (_PAD, (*_card(148, 164), *_waves(240, 142))),
        CardPicture.FAILED: (
            _READER,
            (*_card(148, 74), ((220, 12), (260, 52)), ((260, 12), (220, 52))),
        ),
        CardPicture.TAKE_BACK: (_READER, (*_card(148, 74), *_arrow(240, 60, 12))),
        CardPicture.INSERT: (_SLOT, (*_CHIP_CARD, *_arrow(240, 4, 36))),
    }
)
