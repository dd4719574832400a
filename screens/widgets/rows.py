"""Rows and tiles: what a citizen chooses from and what is listed."""

from __future__ import annotations

from kiosk.visit.views import Row
from screens.theme import Colour, TextStyle, Theme
from screens.widgets.button import Emit
from screens.widgets.layout import Block
from screens.widgets.notice import TagChip
from screens.widgets.paint import Box, Icon
from screens.widgets.tappable import Tappable
from screens.widgets.text import TextLabel


class Pressable(Tappable, Block):
    """A white box made from a `Row`: tappable when the row has an event."""

    def __init__(self, theme: Theme, row: Row, emit: Emit) -> None:
        super().__init__(theme)
        self.row = row
        self.key = row.key
        self.label = row.title
        self.enabled = row.event is not None
        self._emit = emit
        self.box = Box(self.canvas, theme, theme.radius)
        self.bind(pressed=lambda *_: self.repaint(), focused=lambda *_: self.repaint())

    def repaint(self) -> None:
        """Show whether it is chosen, pressed or focused."""
        palette = self.theme.palette
        marked = self.focused or self.row.selected
        ground = palette.pressed if self.pressed or self.row.selected else palette.surface
        edge = palette.action if marked else palette.hairline
        self.box.paint(ground, edge, 6 if self.focused else 4 if marked else self.theme.hairline)

    def on_tap(self) -> None:
        """Emit the row's event."""
        if self.row.event is not None:
            self._emit(self.row.event)


class RowItem(Pressable):
    """One line of a list: number, title with detail below, and at the right a value, a tag, a chevron.

    `link` shows the value as a word to press (更改).
    """

    def __init__(self, theme: Theme, row: Row, emit: Emit, *, chevron: bool = True, link: bool = False) -> None:
        super().__init__(theme, row, emit)
        palette, scale = theme.palette, theme.scale
        self._padding, self._gap = theme.px(32), theme.px(24)
        self._number = (
            TextLabel(theme, str(row.number), scale.body, palette.ink_soft) if row.number is not None else None
        )
        self._title = TextLabel(theme, row.title, scale.body)
        self._detail = TextLabel(theme, row.detail, scale.caption, palette.ink_soft) if row.detail else None
        value_colour = palette.action if link else palette.ink_soft
        self._value = TextLabel(theme, row.value, scale.body, value_colour, "right") if row.value else None
        self._tag = TagChip(theme, row.tag) if row.tag else None
        name = "check" if row.selected else "chevron" if chevron and self.enabled else ""
        self._mark = Icon(theme, name, palette.action if row.selected else palette.ink_soft, 36) if name else None
        for child in (self._number, self._title, self._detail, self._value, self._tag, self._mark):
            if child is not None:
                self.add_widget(child)
        self.repaint()

    def _right(self) -> list[Block]:
        return [block for block in (self._value, self._tag, self._mark) if block is not None]

    def _left_width(self) -> int:
        return self.theme.px(48) if self._number is not None else 0

    def _title_width(self, width: int) -> int:
        """Room for the words; a long value is moved under the title instead of squeezing it."""
        right = sum(block.natural() + self._gap for block in self._inline(width))
        return max(1, width - 2 * self._padding - self._left_width() - right)

    def _value_below(self, width: int) -> bool:
        if self._value is None:
            return False
        fixed = sum(b.natural() + self._gap for b in (self._tag, self._mark) if b is not None)
        room = width - 2 * self._padding - self._left_width() - fixed
        return self._title.natural() + self._gap + self._value.natural() > room

    def _inline(self, width: int) -> list[Block]:
        below = self._value_below(width)
        return [block for block in self._right() if not (below and block is self._value)]

    def _words(self, width: int) -> list[TextLabel]:
        words = [self._title]
        if self._detail is not None:
            words.append(self._detail)
        if self._value is not None and self._value_below(width):
            words.append(self._value)
        return words

    def measure(self, width: int) -> int:
        """Return the height: a target, more when title and detail need it."""
        room = self._title_width(width)
        words = sum(label.measure(room) for label in self._words(width))
        return max(self.theme.px(self.theme.scale.target), words + self.theme.px(44))

    def natural(self) -> int:
        """Return the width of everything in one line."""
        right = sum(block.natural() + self._gap for block in self._right())
        detail = self._detail.natural() if self._detail is not None else 0
        return 2 * self._padding + self._left_width() + max(self._title.natural(), detail) + right

    def arrange(self) -> None:
        """Words at the left, value, tag and mark at the right."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self.box.place(x, y, width, height)
        room = self._title_width(width)
        words = self._words(width)
        heights = [label.measure(room) for label in words]
        top = y + (height + sum(heights)) // 2
        left = x + self._padding + self._left_width()
        if self._number is not None:
            line = self._number.measure(width)
            self._number.place(x + self._padding, top - line, self._left_width(), line)
        for label, high in zip(words, heights, strict=True):
            if label is self._value:
                label.align = "left"
            label.place(left, top - high, room, high)
            top -= high
        right = x + width - self._padding
        for block in reversed(self._inline(width)):
            wide = block.natural()
            high = block.measure(wide)
            if block is self._value:
                self._value.align = "right"
            block.place(right - wide, y + (height - high) // 2, wide, high)
            right -= wide + self._gap


class Tile(Pressable):
    """A large choice: a bold word and a line that says what happens. `main` is the one blue tile of the screen."""

    def __init__(self, theme: Theme, row: Row, emit: Emit, *, main: bool = False) -> None:
        super().__init__(theme, row, emit)
        self._main = main
        scale, palette = theme.scale, theme.palette
        title: TextStyle = scale.title if main else scale.heading
        soft: Colour = palette.on_action_soft if main else palette.ink_soft
        self._title = TextLabel(theme, row.title, title, palette.on_action if main else palette.ink)
        self._detail = TextLabel(theme, row.detail, scale.body if main else scale.caption, soft)
        self._padding = theme.px(40)
        self._least = theme.px(280 if main else 224)
        self._gap = theme.px(12)
        self.add_widget(self._title)
        self.add_widget(self._detail)
        self.repaint()

    def repaint(self) -> None:
        """The main tile is blue; the others behave like rows."""
        if not self._main:
            super().repaint()
            return
        palette = self.theme.palette
        edge = palette.on_action if self.focused else None
        self.box.paint(palette.action_pressed if self.pressed else palette.action, edge, 6)

    def _room(self, width: int) -> int:
        return max(1, width - 2 * self._padding)

    def measure(self, width: int) -> int:
        """Return the height of the words with their surroundings."""
        room = self._room(width)
        words = self._title.measure(room) + self._gap + self._detail.measure(room)
        return max(self._least, words + 2 * self._padding)

    def natural(self) -> int:
        """Return the width of the words with their surroundings."""
        return max(self._title.natural(), self._detail.natural()) + 2 * self._padding

    def arrange(self) -> None:
        """Words in the middle of the height, from the left."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self.box.place(x, y, width, height)
        room = self._room(width)
        title, detail = self._title.measure(room), self._detail.measure(room)
        top = y + (height + title + self._gap + detail) // 2
        self._title.place(x + self._padding, top - title, room, title)
        self._detail.place(x + self._padding, top - title - self._gap - detail, room, detail)


class FilterChip(Pressable):
    """A small choice beside others of its kind: a sector, a place one level up."""

    def __init__(self, theme: Theme, row: Row, emit: Emit) -> None:
        super().__init__(theme, row, emit)
        palette = theme.palette
        colour = palette.action if row.selected or self.enabled else palette.ink
        self._words = TextLabel(theme, row.title, theme.scale.caption_strong, colour, "center")
        self._padding = theme.px(24)
        self.add_widget(self._words)
        self.repaint()

    def measure(self, width: int) -> int:
        """Return the smallest height that a finger hits, more when the words need two lines."""
        words = self._words.measure(max(1, width - 2 * self._padding))
        return max(self.theme.px(self.theme.scale.target_small), words + self.theme.px(24))

    def natural(self) -> int:
        """Return the width of the words with their surroundings."""
        return self._words.natural() + 2 * self._padding

    def arrange(self) -> None:
        """Words in the middle."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self.box.place(x, y, width, height)
        self._words.place(x + self._padding, y, width - 2 * self._padding, height)
