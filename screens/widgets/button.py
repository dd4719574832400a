"""Buttons."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from kiosk.visit.events import Event
from kiosk.visit.views import Action
from screens.theme import Colour, TextStyle, Theme
from screens.widgets.layout import Block
from screens.widgets.paint import Box, FocusRing, Icon
from screens.widgets.tappable import Tappable
from screens.widgets.text import TextLabel

Emit = Callable[[Event], None]
"""Takes what the citizen did to the visit."""


TRANSPARENT: Colour = (0, 0, 0, 0)


class Kind(Enum):
    """How much a button asks to be pressed."""

    PRIMARY = auto()
    """The one thing to do here."""
    SECONDARY = auto()
    QUIET = auto()
    """Small, in the header or beside a list."""
    LINK = auto()
    """A blue word inside a box."""


class Button(Tappable, Block):
    """A button from an `Action`. It shows the finger at once and emits once, when the finger leaves inside."""

    def __init__(
        self,
        theme: Theme,
        action: Action,
        emit: Emit,
        kind: Kind = Kind.SECONDARY,
        *,
        large: bool = False,
        icon: str = "",
    ) -> None:
        super().__init__(theme)
        self.key = action.key
        self.label = action.text
        self.enabled = action.enabled
        self.action = action
        self.kind = kind
        self._emit = emit
        self._small = kind in (Kind.QUIET, Kind.LINK)
        self._height = theme.px(self._design_height(large))
        self._padding = theme.px(20 if self._small else 44)
        self.box = Box(self.canvas, theme, theme.radius_small if self._small else theme.radius)
        self._ring = FocusRing(self.canvas, theme, theme.radius)
        self._words = TextLabel(theme, action.text, self._style(large), align="center")
        self._icon = Icon(theme, icon, self._colours()[1], 32) if icon else None
        self._gap = theme.px(10)
        for child in (self._icon, self._words):
            if child is not None:
                self.add_widget(child)
        self._repaint()
        self.bind(pressed=lambda *_: self._repaint(), focused=lambda *_: self._repaint())

    def _design_height(self, large: bool) -> int:
        scale = self.theme.scale
        if self._small:
            return scale.target_small
        return scale.target_large if large else scale.target

    def _style(self, large: bool) -> TextStyle:
        scale = self.theme.scale
        if self.kind is Kind.LINK:
            return scale.body_strong
        if self.kind is Kind.QUIET:
            return scale.caption_strong
        return scale.action if large else scale.label

    def _colours(self) -> tuple[Colour, Colour, Colour | None]:
        """Ground, words, edge."""
        palette = self.theme.palette
        if not self.enabled:
            return palette.disabled, palette.on_disabled, None
        if self.kind is Kind.PRIMARY:
            return (palette.action_pressed if self.pressed else palette.action), palette.on_action, None
        if self.kind is Kind.LINK:
            return (palette.pressed if self.pressed else TRANSPARENT), palette.action, None
        if self.kind is Kind.QUIET:
            return (palette.pressed if self.pressed else palette.surface), palette.action, palette.hairline
        return (palette.pressed if self.pressed else palette.surface), palette.ink, palette.hairline

    def _repaint(self) -> None:
        ground, words, edge = self._colours()
        self.box.paint(ground, edge)
        self._ring.show(self.focused)
        self._words.recolour(words)
        if self._icon is not None:
            self._icon.recolour(words)

    def on_tap(self) -> None:
        """Emit the action's event."""
        self._emit(self.action.event)

    def _furniture(self) -> int:
        """Width taken by everything but the words."""
        icon = self._icon.natural() + self._gap if self._icon is not None else 0
        # A link's word ends where the words below it end; only its pressed ground reaches further.
        return (1 if self.kind is Kind.LINK else 2) * self._padding + icon

    def _room(self, width: int) -> int:
        """Room for the words: the padding gives way before a word goes to a second line."""
        room = width - self._furniture()
        least = self._furniture() - 2 * self._padding + 2 * self.theme.px(12)
        if self.kind is not Kind.LINK and self._words.natural() > room:
            room = min(self._words.natural(), width - least)
        return max(1, room)

    def measure(self, width: int) -> int:
        """Return the height: the target size, more when the words need two lines."""
        words = self._words.measure(self._room(width))
        return max(self._height, words + self.theme.px(24))

    def natural(self) -> int:
        """Return the width of the words with their surroundings."""
        return self._words.natural() + self._furniture()

    def arrange(self) -> None:
        """Centre icon and words."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        reach = width + (self._padding if self.kind is Kind.LINK else 0)
        self.box.place(x, y, reach, height)
        self._ring.place(x, y, reach, height)
        room = self._room(width)
        if self._icon is None:
            left = self._padding if self.kind is Kind.LINK else (width - room) // 2
            self._words.place(x + left, y, room, height)
            return
        words = min(room, self._words.natural())
        start = x + (width - words - self._gap - self._icon.natural()) // 2
        self._icon.place(start, y, self._icon.natural(), height)
        self._words.place(start + self._icon.natural() + self._gap, y, words, height)
