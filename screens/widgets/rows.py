"""Rows and tiles: what a citizen chooses from and what is listed."""

from __future__ import annotations

from kiosk.visit.views import Row
from screens.theme import Colour, TextStyle, Theme
from screens.widgets.button import Emit
from screens.widgets.layout import Block
from screens.widgets.notice import TagChip
from screens.widgets.paint import Box, FocusRing, Icon
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
        self._ring = FocusRing(self.canvas, theme, theme.radius)
        self.bind(pressed=lambda *_: self.repaint(), focused=lambda *_: self.repaint())

    def repaint(self) -> None:
        """Show whether it is chosen, pressed or focused."""
        palette, chosen = self.theme.palette, self.row.selected
        ground = palette.pressed if self.pressed or chosen else palette.surface
        self.box.paint(ground, palette.action if chosen else palette.hairline, 4 if chosen else None)
        self._ring.show(self.focused)

    def arrange(self) -> None:
        """Draw the box."""
        rectangle = (int(self.x), int(self.y), int(self.width), int(self.height))
        self.box.place(*rectangle)
        self._ring.place(*rectangle)

    def on_tap(self) -> None:
        """Emit the row's event."""
        if self.row.event is not None:
            self._emit(self.row.event)


class RowItem(Pressable):
    """One line of a list: number, title with detail below, and at the right a value, a tag, a chevron.

    `mark` is the icon of a row that can be tapped: `chevron` leads on, `ring` chooses. `icon` stands before the words.
    `link` shows the value as a word to press (更改). `large` is for a screen that has nothing but a few rows.
    """

    def __init__(
        self,
        theme: Theme,
        row: Row,
        emit: Emit,
        *,
        mark: str = "chevron",
        icon: str = "",
        link: bool = False,
        large: bool = False,
    ) -> None:
        super().__init__(theme, row, emit)
        palette, scale = theme.palette, theme.scale
        first, second = (scale.choice, scale.body) if large else (scale.body, scale.caption)
        self._least = theme.px(scale.target_choice if large else scale.target)
        self._padding, self._gap = theme.px(32), theme.px(24)
        self._number = TextLabel(theme, str(row.number), first, palette.ink_soft) if row.number is not None else None
        self._title = TextLabel(theme, row.title, first)
        self._detail = TextLabel(theme, row.detail, second, palette.ink_soft) if row.detail else None
        value_colour = palette.action if link else palette.ink_soft
        self._value = TextLabel(theme, row.value, first, value_colour, "right") if row.value else None
        self._tag = TagChip(theme, row.tag) if row.tag else None
        name = "check" if row.selected else mark if self.enabled else ""
        self._mark = Icon(theme, name, palette.action if row.selected else palette.ink_soft, 36) if name else None
        self._icon = Icon(theme, icon, palette.action, 48) if icon else None
        for child in (self._icon, self._number, self._title, self._detail, self._value, self._tag, self._mark):
            if child is not None:
                self.add_widget(child)
        self.repaint()

    def _left_width(self) -> int:
        icon = self._icon.natural() + self._gap if self._icon is not None else 0
        return icon + (self.theme.px(48) if self._number is not None else 0)

    def _mark_width(self) -> int:
        return self._mark.natural() + self._gap if self._mark is not None else 0

    def _tag_width(self) -> int:
        return self._tag.natural() + self._gap if self._tag is not None else 0

    def _room(self, width: int) -> int:
        """Room between the number and the mark."""
        return max(1, width - 2 * self._padding - self._left_width() - self._mark_width())

    def _value_beside(self, width: int) -> bool:
        """Whether the value stands at the right; a long one is moved under the title instead of squeezing it."""
        if self._value is None:
            return False
        return self._title.natural() + self._gap + self._value.natural() + self._tag_width() <= self._room(width)

    def _tag_above(self, width: int) -> bool:
        """Whether the tag shares the title's line only, because the detail needs the whole width."""
        if self._tag is None or self._detail is None:
            return False
        squeezed = self._detail.natural() > self._room(width) - self._tag_width()
        return squeezed and self._title.natural() + self._tag_width() <= self._room(width)

    def _words(self, width: int) -> list[tuple[TextLabel, int]]:
        """The labels at the left with the widths they get, from above."""
        room = self._room(width)
        narrow = max(1, room - self._tag_width())
        beside = self._value_beside(width)
        if beside and self._value is not None:
            narrow -= self._value.natural() + self._gap
        below = room if self._tag_above(width) else narrow
        words = [(self._title, narrow)]
        if self._detail is not None:
            words.append((self._detail, below))
        if self._value is not None and not beside:
            words.append((self._value, below))
        return words

    def measure(self, width: int) -> int:
        """Return the height: a target, more when title and detail need it."""
        words = sum(label.measure(room) for label, room in self._words(width))
        return max(self._least, words + self.theme.px(44))

    def natural(self) -> int:
        """Return the width of everything in one line."""
        value = self._value.natural() + self._gap if self._value is not None else 0
        right = value + self._tag_width() + self._mark_width()
        detail = self._detail.natural() if self._detail is not None else 0
        return 2 * self._padding + self._left_width() + max(self._title.natural(), detail) + right

    def arrange(self) -> None:
        """Words at the left, value, tag and mark at the right."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        super().arrange()
        words = self._words(width)
        heights = [label.measure(room) for label, room in words]
        top = y + (height + sum(heights)) // 2
        left = x + self._padding + self._left_width()
        if self._icon is not None:
            self._icon.place(x + self._padding, y, self._icon.natural(), height)
        if self._number is not None:
            line = self._number.measure(width)
            self._number.place(x + self._padding, top - line, self._left_width(), line)
        tag_line = (top - heights[0], heights[0]) if self._tag_above(width) else (y, height)
        beside = self._value_beside(width)
        for (label, room), high in zip(words, heights, strict=True):
            label.align = "left"
            label.place(left, top - high, room, high)
            top -= high
        right = x + width - self._padding
        if self._mark is not None:
            self._mark.place(right - self._mark.natural(), y, self._mark.natural(), height)
            right -= self._mark_width()
        if self._tag is not None:
            high = self._tag.measure(width)
            lift = self.theme.px(8) if self._tag_above(width) else 0
            bottom = tag_line[0] + (tag_line[1] - high) // 2 + lift
            self._tag.place(right - self._tag.natural(), bottom, self._tag.natural(), high)
            right -= self._tag_width()
        if self._value is not None and beside:
            self._value.align = "right"
            self._value.place(right - self._value.natural(), y, self._value.natural(), height)


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
        self._padding = theme.px(28 if theme.landscape else 40)
        self._least = 0 if theme.landscape else theme.px(280 if main else 224)
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
        self.box.paint(palette.action_pressed if self.pressed else palette.action)
        self._ring.show(self.focused)

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
        super().arrange()
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
        super().arrange()
        self._words.place(x + self._padding, y, width - 2 * self._padding, height)
