"""Tags and notices: meaning shown as colour, icon and word together."""

from __future__ import annotations

from kiosk.visit.views import Notice, Tag, Tone
from screens.theme import TextStyle, Theme
from screens.widgets.layout import Leaf
from screens.widgets.paint import Box, Icon
from screens.widgets.text import TextLabel

TONE_ICONS = {
    Tone.PLAIN: "",
    Tone.INFO: "info",
    Tone.GOOD: "check",
    Tone.YOUR_TURN: "dot",
    Tone.WARNING: "warning",
    Tone.BAD: "cross",
}


class TagChip(Leaf):
    """A short word on a tinted ground. Calm tones (plain, info) need no icon."""

    def __init__(self, theme: Theme, tag: Tag, style: TextStyle | None = None, *, icon: str | None = None) -> None:
        super().__init__(theme)
        ink = theme.palette.tones[tag.tone]
        self.text = tag.text
        self._box = Box(self.canvas, theme, theme.radius_small)
        self._box.paint(ink.ground)
        style = style or theme.scale.caption_strong
        self._words = TextLabel(theme, tag.text, style, ink.text)
        name = icon if icon is not None else ("" if tag.tone is Tone.INFO else TONE_ICONS[tag.tone])
        self._icon = Icon(theme, name, ink.text, style.size) if name else None
        self._padding, self._gap = theme.px(18), theme.px(8)
        for child in (self._icon, self._words):
            if child is not None:
                self.add_widget(child)

    def _furniture(self) -> int:
        icon = self._icon.natural() + self._gap if self._icon is not None else 0
        return 2 * self._padding + icon

    def measure(self, width: int) -> int:
        """Return the height of the chip."""
        return self._words.measure(max(1, width - self._furniture())) + self.theme.px(14)

    def natural(self) -> int:
        """Return the width of the chip."""
        return self._words.natural() + self._furniture()

    def arrange(self) -> None:
        """Put the icon before the words."""
        x, y, height = int(self.x), int(self.y), int(self.height)
        width = min(int(self.width), self.natural())
        self._box.place(x, y, width, height)
        if self._icon is not None:
            self._icon.place(x + self._padding, y, self._icon.natural(), height)
        self._words.place(x + self._furniture() - self._padding, y, width - self._furniture(), height)


class NoticeBar(Leaf):
    """A sentence that matters now, over the full width."""

    def __init__(self, theme: Theme, notice: Notice) -> None:
        super().__init__(theme)
        ink = theme.palette.tones[notice.tone]
        self._box = Box(self.canvas, theme, theme.radius)
        self._box.paint(ink.ground, ink.edge)
        calm = notice.tone in (Tone.PLAIN, Tone.YOUR_TURN)
        self._icon = Icon(theme, "info" if calm else TONE_ICONS[notice.tone], ink.text, 40)
        self._words = TextLabel(theme, notice.text, theme.scale.body_strong, ink.text)
        self._padding, self._gap = theme.px(28), theme.px(18)
        self.add_widget(self._icon)
        self.add_widget(self._words)

    def _room(self, width: int) -> int:
        return max(1, width - 2 * self._padding - self._icon.natural() - self._gap)

    def measure(self, width: int) -> int:
        """Return the height of the sentence with its surroundings."""
        return self._words.measure(self._room(width)) + self.theme.px(44)

    def natural(self) -> int:
        """Return the width in one line."""
        return self._words.natural() + 2 * self._padding + self._icon.natural() + self._gap

    def arrange(self) -> None:
        """Put the icon before the sentence, level with its first line."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self._box.place(x, y, width, height)
        line = round(self.theme.scale.body_strong.leading * self._words.size_px)
        top = y + height - self.theme.px(22) - line
        self._icon.place(x + self._padding, top, self._icon.natural(), line)
        words_x = x + self._padding + self._icon.natural() + self._gap
        self._words.place(words_x, y, self._room(width), height)
