"""White boxes that hold other blocks, and the lines inside them."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.visit.views import Row
from screens.theme import Theme
from screens.widgets.layout import Column, Leaf, Piece
from screens.widgets.notice import TagChip
from screens.widgets.paint import Box, Fill
from screens.widgets.text import TextLabel, run_width


class Card(Column):
    """A white box around blocks."""

    def __init__(
        self, theme: Theme, blocks: Sequence[Piece], gap: int = 20, padding: tuple[int, int, int] = (36, 36, 36)
    ) -> None:
        super().__init__(theme, blocks, gap, padding)
        self._padding = padding
        self._box = Box(self.canvas.before, theme, theme.radius)
        self._box.paint(theme.palette.surface, theme.palette.hairline)

    def halves(self) -> list[Card]:
        """Return the card cut in two at the rule nearest its middle; itself alone when it has no rule.

        The blocks move to the halves: the card itself is empty afterwards.
        """
        rules = [index for index, block in enumerate(self.blocks) if isinstance(block, Rule)]
        if not rules:
            return [self]
        cut = min(rules, key=lambda index: abs(2 * index - len(self.blocks)))
        blocks = list(self.blocks)
        self.clear_widgets()
        halves = [Card(self.theme, part, self.gap, self._padding) for part in (blocks[:cut], blocks[cut + 1 :])]
        for half in halves:
            half.whole_width = self.whole_width
        return halves

    def arrange(self) -> None:
        """Draw the box, stack the blocks inside."""
        self._box.place(int(self.x), int(self.y), int(self.width), int(self.height))
        super().arrange()


class Rule(Leaf):
    """A hairline across."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._fill = Fill(self.canvas, theme.palette.hairline)

    def measure(self, width: int) -> int:  # noqa: ARG002 - a line is as high at any width
        """Return the height of the line."""
        return self.theme.px(self.theme.hairline)

    def natural(self) -> int:
        """A rule takes what it is given."""
        return 0

    def arrange(self) -> None:
        """Draw it."""
        self._fill.place(int(self.x), int(self.y), int(self.width), int(self.height))


class Fact(Leaf):
    """One line of facts: what it is at the left, the value at the right or below; `stress` says which is read first."""

    def __init__(self, theme: Theme, row: Row, stress: str = "value", *, large: bool = False) -> None:
        super().__init__(theme)
        scale, palette = theme.scale, theme.palette
        self._gap = theme.px(24)
        first = stress == "value"
        quiet, strong = (scale.choice, scale.section) if large else (scale.body, scale.body_strong)
        self._title = TextLabel(theme, row.title, quiet, palette.ink_soft if first and row.value else palette.ink)
        style, colour = (strong, palette.ink) if first else (quiet, palette.ink_soft)
        self._value = TextLabel(theme, row.value, style, colour, "right") if row.value else None
        self._tag = TagChip(theme, row.tag) if row.tag else None
        self._detail = TextLabel(theme, row.detail, scale.caption, palette.ink_soft) if row.detail else None
        for child in (self._title, self._value, self._tag, self._detail):
            if child is not None:
                self.add_widget(child)

    def _tag_width(self) -> int:
        return self._tag.natural() + self._gap if self._tag is not None else 0

    def _beside(self, width: int) -> bool:
        """Whether title and value fit in one line."""
        value = self._value.natural() + self._gap if self._value is not None else 0
        return self._title.natural() + value + self._tag_width() <= width

    def measure(self, width: int) -> int:
        """Return the height of title, value and detail."""
        room = width - self._tag_width()
        height = self._title.measure(room)
        if self._value is not None and not self._beside(width):
            height += self._value.measure(width)
        if self._detail is not None:
            height += self._detail.measure(room)
        return max(height, self._tag.measure(width) if self._tag is not None else 0)

    def natural(self) -> int:
        """Return the width in one line."""
        return self._title.natural() + (self._value.natural() + self._gap if self._value else 0) + self._tag_width()

    def arrange(self) -> None:
        """Lay out left and right, or one above the other."""
        x, width, top = int(self.x), int(self.width), int(self.top)
        room = width - self._tag_width()
        title = self._title.measure(room)
        if self._tag is not None:
            high = self._tag.measure(width)
            self._tag.place(x + width - self._tag.natural(), top - max(title, high), self._tag.natural(), high)
        self._title.place(x, top - title, room, title)
        if self._value is not None and self._beside(width):
            self._title.place(x, top - title, self._title.natural(), title)
            start = x + self._title.natural() + self._gap
            self._value.align = "right"
            self._value.place(start, top - title, x + room - start, title)
        top -= title
        if self._value is not None and not self._beside(width):
            high = self._value.measure(width)
            self._value.align = "left"
            self._value.place(x, top - high, width, high)
            top -= high
        if self._detail is not None:
            high = self._detail.measure(room)
            self._detail.place(x, top - high, room, high)


class TableLine(Leaf):
    """A heading at the left in the second voice, its text beside it, in as many lines as it needs."""

    def __init__(self, theme: Theme, heading: str, text: str, column: int) -> None:
        super().__init__(theme)
        self._column = column
        self._gap = theme.px(32)
        self._heading = TextLabel(theme, heading, theme.scale.body, theme.palette.ink_soft)
        self._text = TextLabel(theme, text, theme.scale.body)
        self.add_widget(self._heading)
        self.add_widget(self._text)

    def measure(self, width: int) -> int:
        """Return the height of the longer of the two."""
        text = self._text.measure(width - self._column - self._gap)
        return max(self._heading.measure(self._column), text)

    def natural(self) -> int:
        """Return the width in one line."""
        return self._column + self._gap + self._text.natural()

    def arrange(self) -> None:
        """Place both from the top."""
        x, width, top = int(self.x), int(self.width), int(self.top)
        heading = self._heading.measure(self._column)
        self._heading.place(x, top - heading, self._column, heading)
        room = width - self._column - self._gap
        text = self._text.measure(room)
        self._text.place(x + self._column + self._gap, top - text, room, text)


def entries(theme: Theme, texts: Sequence[tuple[str, str]]) -> list[Piece]:
    """Return (heading, text) pairs as a table with hairlines; the first column is as wide as its longest heading."""
    style = theme.scale.body
    longest = max((run_width(heading, theme.px(style.size), style.weight) for heading, _ in texts), default=0)
    column = min(longest + 2, theme.px(320))
    blocks: list[Piece] = []
    for index, (heading, text) in enumerate(texts):
        if index:
            blocks.append(Rule(theme))
        blocks.append(TableLine(theme, heading, text, column))
    return blocks


def facts(theme: Theme, rows: Sequence[Row], stress: str = "value", *, large: bool = False) -> list[Piece]:
    """Return the rows as lines of facts with hairlines between them."""
    blocks: list[Piece] = []
    for index, row in enumerate(rows):
        if index:
            blocks.append(Rule(theme))
        blocks.append(Fact(theme, row, stress, large=large))
    return blocks
