"""Layout in one pass: a block is asked how high it is at a width, and is then placed.

Kivy's own layouts settle over several frames. Here a screen is complete in the frame in which it is shown, which is
what a finger waits for, and what a test can check without waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kivy.graphics import InstructionGroup
from kivy.uix.widget import Widget

from screens.theme import Theme


class Piece:
    """What stands on a screen and knows its height for a width. Positions are window px, from the bottom left."""

    extra_gap: int = 0
    """Design px more (or less) above it in a column."""
    stretch: bool = False
    """Whether it takes the height that the others leave on a stage."""
    share: float = 1.0
    """Its part of that height when there are several."""
    whole_width: bool = False
    """Whether a wide screen keeps one column for its sake."""

    theme: Theme
    canvas: Any
    parent: Any
    leaves: list[Leaf]
    """Pieces inside that only draw."""
    x: float
    y: float
    width: float
    height: float
    top: float
    right: float
    pos: Any
    size: Any

    def measure(self, width: int) -> int:
        """Return the height wanted at `width`."""
        raise NotImplementedError

    def natural(self) -> int:
        """Return the width wanted when there is room."""
        raise NotImplementedError

    def tighten(self, gap: int) -> None:
        """Use this distance (design px) between the blocks inside, where a distance can give way."""

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Take this rectangle and arrange what is inside."""
        raise NotImplementedError

    def arrange(self) -> None:
        """Place what is inside, and the drawings, in the present rectangle."""


class Leaf(Piece):
    """A piece that only draws. Most of a screen is this: a widget costs Kivy far more than its drawing."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.canvas = InstructionGroup()
        self.parent = None
        self.leaves = []
        self._stand(0, 0, 0, 0)

    def _stand(self, x: int, y: int, width: int, height: int) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self.right, self.top = x + width, y + height
        self.pos, self.size = (x, y), (width, height)

    def add_widget(self, child: Leaf) -> None:
        """Put another drawing on top."""
        _adopt(self, child)

    def remove_widget(self, child: Leaf) -> None:
        """Take a drawing out."""
        _release(self, child)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Take this rectangle and arrange what is inside."""
        self._stand(x, y, width, height)
        self.arrange()


class Block(Piece, Widget):
    """A piece that is a widget: it can be touched, or holds what can be touched."""

    def __init__(self, theme: Theme) -> None:
        self.leaves = []
        # Kivy's style rules go by class name and would dress our Button as its own.
        super().__init__(size_hint=(None, None), **{"__no_builder": True})  # noqa: PIE804 - a plain keyword would be mangled
        self.theme = theme

    def add_widget(self, child: Any, *args: Any, **options: Any) -> None:
        """Put a widget or a drawing inside."""
        if isinstance(child, Leaf):
            _adopt(self, child)
        else:
            super().add_widget(child, *args, **options)

    def remove_widget(self, child: Any, *args: Any, **options: Any) -> None:
        """Take a widget or a drawing out."""
        if isinstance(child, Leaf):
            _release(self, child)
        else:
            super().remove_widget(child, *args, **options)

    def clear_widgets(self, *args: Any, **options: Any) -> None:
        """Take everything out."""
        for leaf in list(self.leaves):
            _release(self, leaf)
        super().clear_widgets(*args, **options)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Take this rectangle and arrange what is inside."""
        self.pos = (x, y)
        self.size = (width, height)
        self.arrange()


def _adopt(parent: Piece, leaf: Leaf) -> None:
    leaf.parent = parent
    parent.leaves.append(leaf)
    parent.canvas.add(leaf.canvas)


def _release(parent: Piece, leaf: Leaf) -> None:
    if leaf in parent.leaves:
        leaf.parent = None
        parent.leaves.remove(leaf)
        parent.canvas.remove(leaf.canvas)


def walk(root: Any) -> Iterator[Any]:
    """Every widget and every drawing below `root`."""
    for child in (*getattr(root, "children", ()), *getattr(root, "leaves", ())):
        yield child
        yield from walk(child)


def gaps_above(theme: Theme, blocks: Sequence[Piece], gap: int) -> list[int]:
    """Return the px above each block: `gap` design px and the block's own `extra_gap`; none above the first."""
    return [max(0, theme.px(gap + block.extra_gap)) if index else 0 for index, block in enumerate(blocks)]


class Column(Block):
    """Blocks below one another. `padding`: design px at the sides, above and below."""

    def __init__(
        self, theme: Theme, blocks: Sequence[Piece], gap: int = 24, padding: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.gap = gap
        self.side, self.over, self.under = (theme.px(design) for design in padding)
        for block in self.blocks:
            self.add_widget(block)

    def measure(self, width: int) -> int:
        """Return the sum of heights and gaps."""
        inner = width - 2 * self.side
        heights = sum(block.measure(inner) for block in self.blocks)
        return heights + sum(gaps_above(self.theme, self.blocks, self.gap)) + self.over + self.under

    def natural(self) -> int:
        """Return the width of the widest block."""
        return max((block.natural() for block in self.blocks), default=0) + 2 * self.side

    def arrange(self) -> None:
        """Stack from the top."""
        x, inner = int(self.x) + self.side, int(self.width) - 2 * self.side
        top = int(self.top) - self.over
        for block, above in zip(self.blocks, gaps_above(self.theme, self.blocks, self.gap), strict=True):
            top -= above
            height = block.measure(inner)
            block.place(x, top - height, inner, height)
            top -= height


class Grid(Block):
    """Blocks of equal width in rows; a row is as high as its highest block."""

    def __init__(self, theme: Theme, blocks: Sequence[Piece], columns: int, gap: int = 24) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.columns = columns
        self.gap = theme.px(gap)
        for block in self.blocks:
            self.add_widget(block)

    def tighten(self, gap: int) -> None:
        """Use this distance in both directions."""
        self.gap = self.theme.px(gap)

    def _cell(self, width: int) -> int:
        return (width - self.gap * (self.columns - 1)) // self.columns

    def _rows(self) -> list[list[Piece]]:
        return [self.blocks[i : i + self.columns] for i in range(0, len(self.blocks), self.columns)]

    def measure(self, width: int) -> int:
        """Return the heights of all rows with their gaps."""
        cell = self._cell(width)
        rows = self._rows()
        return sum(max(b.measure(cell) for b in row) for row in rows) + self.gap * max(0, len(rows) - 1)

    def natural(self) -> int:
        """Return the width at which no cell is narrower than it wants."""
        widest = max((block.natural() for block in self.blocks), default=0)
        return widest * self.columns + self.gap * (self.columns - 1)

    def arrange(self) -> None:
        """Fill row by row."""
        cell, top = self._cell(int(self.width)), int(self.top)
        for row in self._rows():
            height = max(block.measure(cell) for block in row)
            for index, block in enumerate(row):
                block.place(int(self.x) + index * (cell + self.gap), top - height, cell, height)
            top -= height + self.gap


class Line(Block):
    """Blocks side by side at their own widths, centred on one another; `rest` names the one that takes what is left."""

    def __init__(self, theme: Theme, blocks: Sequence[Piece], gap: int = 16, rest: int | None = None) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.gap = theme.px(gap)
        self.rest = rest
        for block in self.blocks:
            self.add_widget(block)

    def _widths(self, width: int) -> list[int]:
        widths = [block.natural() for block in self.blocks]
        spare = width - sum(widths) - self.gap * max(0, len(widths) - 1)
        if self.rest is not None:
            widths[self.rest] += spare
        return widths

    def measure(self, width: int) -> int:
        """Return the height of the highest block."""
        widths = self._widths(width)
        return max((b.measure(w) for b, w in zip(self.blocks, widths, strict=True)), default=0)

    def natural(self) -> int:
        """Return the sum of widths and gaps."""
        return sum(block.natural() for block in self.blocks) + self.gap * max(0, len(self.blocks) - 1)

    def arrange(self) -> None:
        """Fill from the left."""
        x = int(self.x)
        for block, width in zip(self.blocks, self._widths(int(self.width)), strict=True):
            height = block.measure(width)
            block.place(x, int(self.y + (self.height - height) / 2), width, height)
            x += width + self.gap


class Wrap(Block):
    """Blocks at their own widths, side by side, going on in the next line when there is no more room."""

    def __init__(self, theme: Theme, blocks: Sequence[Piece], gap: int = 16) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.gap = theme.px(gap)
        for block in self.blocks:
            self.add_widget(block)

    def add(self, block: Piece) -> None:
        """Put another block behind the last one."""
        self.blocks.append(block)
        self.add_widget(block)

    def remove(self, block: Piece) -> None:
        """Take a block out."""
        self.blocks.remove(block)
        self.remove_widget(block)

    def lines_at(self, width: int) -> int:
        """Return how many lines there are at `width`."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[list[tuple[Piece, int]]]:
        lines: list[list[tuple[Piece, int]]] = [[]]
        used = 0
        for block in self.blocks:
            wanted = min(block.natural(), width)
            if lines[-1] and used + self.gap + wanted > width:
                lines.append([])
                used = 0
            used += wanted + (self.gap if lines[-1] else 0)
            lines[-1].append((block, wanted))
        return [line for line in lines if line]

    def measure(self, width: int) -> int:
        """Return the heights of all lines with their gaps."""
        lines = self._lines(width)
        return sum(max(b.measure(w) for b, w in line) for line in lines) + self.gap * max(0, len(lines) - 1)

    def natural(self) -> int:
        """Return the width of everything in one line."""
        return sum(block.natural() for block in self.blocks) + self.gap * max(0, len(self.blocks) - 1)

    def arrange(self) -> None:
        """Fill line by line from the top left."""
        top = int(self.top)
        for line in self._lines(int(self.width)):
            height = max(block.measure(width) for block, width in line)
            x = int(self.x)
            for block, width in line:
                block.place(x, top - height, width, height)
                x += width + self.gap
            top -= height + self.gap
