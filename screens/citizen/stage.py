"""The stage of a screen: blocks below one another, in two columns on a wide screen, in pages when there are too many."""

from __future__ import annotations

from collections.abc import Sequence

from screens.theme import Theme
from screens.widgets.card import Card
from screens.widgets.chrome import PagerBar
from screens.widgets.layout import Block, Grid, Leaf, Piece, Wrap, gaps_above
from screens.widgets.notice import NoticeBar
from screens.widgets.text import TextLabel

FOOT = 24
"""Design px between the lowest block and the action bar."""

GAPS = (24, 16)
"""Distances of blocks in design px: the first at which everything fits is used."""

Box = tuple[int, int, int, int]
"""x, top, width, room, px."""


class Space(Leaf):
    """Empty height. `share` of the height that is left goes to this one."""

    stretch = True

    def __init__(self, theme: Theme, share: float = 1.0) -> None:
        super().__init__(theme)
        self.share = share

    def measure(self, width: int) -> int:  # noqa: ARG002 - nothing is needed
        """Need nothing."""
        return 0

    def natural(self) -> int:
        """Need nothing."""
        return 0


class Stack:
    """Blocks below one another in a given width and room, at the widest distance at which they fit."""

    def __init__(self, theme: Theme, blocks: Sequence[Piece], width: int, room: int) -> None:
        self._blocks = list(blocks)
        self._width = width
        for gap in GAPS:
            for block in self._blocks:
                block.tighten(gap)
            self._heights = [block.measure(width) for block in self._blocks]
            self._gaps = gaps_above(theme, self._blocks, gap)
            self.used = sum(self._heights) + sum(self._gaps)
            if self.used <= room:
                break
        self.excess = max(0, self.used - room)
        self._spare = max(0, room - self.used)

    def place(self, x: int, top: int) -> None:
        """Put the blocks in their places; what stretches gets what is left."""
        shares = [block.share if block.stretch else 0.0 for block in self._blocks]
        total = sum(shares)
        for block, height, above, share in zip(self._blocks, self._heights, self._gaps, shares, strict=True):
            high = height + (int(self._spare * share / total) if share else 0)
            top -= above
            block.place(x, top - high, self._width, high)
            top -= high


class StageColumn(Block):
    """The stage with its margins. `overflow`: px by which the blocks are higher than the stage."""

    def __init__(self, theme: Theme, blocks: Sequence[Piece]) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.overflow = 0
        for block in self.blocks:
            self.add_widget(block)

    def arrange(self) -> None:
        """Place the blocks."""
        x, top, width, room = inside(self.theme, int(self.x), int(self.y), int(self.width), int(self.height))
        self.overflow = excess(self.theme, self.blocks, width, room)
        for stack, left, above in _stacks(self.theme, self.blocks, width, room):
            stack.place(x + left, top - above)


def inside(theme: Theme, x: int, y: int, width: int, height: int) -> Box:
    """Return the box inside the margins of a stage."""
    margin, head = theme.px(theme.margin), theme.px(theme.stage_top)
    return x + margin, y + height - head, max(1, width - 2 * margin), height - head - theme.px(FOOT)


def excess(theme: Theme, blocks: Sequence[Piece], width: int, room: int) -> int:
    """Return by how many px the blocks are too high for the room."""
    return max((stack.excess for stack, _, _ in _stacks(theme, blocks, width, room)), default=0)


def head_length(blocks: Sequence[Piece]) -> int:
    """Return how many blocks belong to the head: title, lead, notices."""
    return next((i for i, block in enumerate(blocks) if not isinstance(block, TextLabel | NoticeBar)), len(blocks))


def _stacks(theme: Theme, blocks: Sequence[Piece], width: int, room: int) -> list[tuple[Stack, int, int]]:
    """Return the stacks with their offsets from left and top: one, or on a wide screen two under the title."""
    head, rest = list(blocks[: head_length(blocks)]), list(blocks[head_length(blocks) :])
    if not theme.landscape or not rest or any(block.whole_width for block in blocks):
        return [(Stack(theme, blocks, width, room), 0, 0)]
    gutter = theme.px(2 * theme.gutter)
    half = (width - gutter) // 2
    if len(rest) == 1:
        if not head or rest[0].stretch:
            return [(Stack(theme, blocks, width, room), 0, 0)]
        return [(Stack(theme, head, half, room), 0, 0), (Stack(theme, rest, half, room), half + gutter, 0)]
    above = Stack(theme, head, width, room)
    down = above.used + theme.px(GAPS[0]) if head else 0
    heights = [block.measure(half) for block in rest]
    # A group's title stays with its group.
    cuts = [i for i in range(1, len(rest)) if not isinstance(rest[i - 1], TextLabel)] or [1]
    cut = min(cuts, key=lambda i: abs(sum(heights[:i]) - sum(heights[i:])))
    return [
        (above, 0, 0),
        (Stack(theme, rest[:cut], half, room - down), 0, down),
        (Stack(theme, rest[cut:], half, room - down), half + gutter, down),
    ]


def split_pages(theme: Theme, blocks: Sequence[Piece], width: int, room: int) -> list[list[Piece]]:
    """Return the blocks in pages that fit, each with the head; one page when they fit, or cannot be split.

    The room of a pager is kept free on every page. A group's title never stands alone at the foot of a page.
    """
    if excess(theme, blocks, width, room) == 0:
        return [list(blocks)]
    cut = next((i for i, block in enumerate(blocks) if not isinstance(block, TextLabel | NoticeBar | Wrap)), 0)
    head = list(blocks[:cut])
    middle = [part for block in blocks[cut:] for part in _lines_of(block) if not isinstance(block, PagerBar | Space)]
    if any(block.stretch for block in middle):
        return [list(blocks)]
    free = room - theme.px(theme.scale.target_small) - 2 * theme.px(GAPS[-1])
    middle = [
        part for block in middle for part in _cut_to(theme, block, width, free - Stack(theme, head, width, 0).used)
    ]
    pages: list[list[Piece]] = [[]]
    for block in middle:
        page = pages[-1]
        if page and excess(theme, [*head, *page, block], width, free):
            carried = [page.pop()] if len(page) > 1 and isinstance(page[-1], TextLabel) else []
            pages.append(carried)
        pages[-1].append(block)
    return [[*head, *page] for page in pages]


def _cut_to(theme: Theme, block: Piece, width: int, room: int) -> list[Piece]:
    """Return a card that is too high for a page as several, anything else as it is."""
    if not isinstance(block, Card) or block.measure(width) + theme.px(GAPS[0]) <= room:
        return [block]
    halves = block.halves()
    if len(halves) == 1:
        return [block]
    return [part for half in halves for part in _cut_to(theme, half, width, room)]


def _lines_of(block: Piece) -> list[Piece]:
    """Return a grid as one grid for each of its lines, anything else as it is."""
    if not isinstance(block, Grid) or len(block.blocks) <= block.columns:
        return [block]
    cells = list(block.blocks)
    block.clear_widgets()
    lines = [
        Grid(block.theme, cells[i : i + block.columns], block.columns) for i in range(0, len(cells), block.columns)
    ]
    for line in lines:
        line.whole_width = block.whole_width
    return list(lines)
