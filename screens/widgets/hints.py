"""What a machine noticed: a few sentences in a quiet box, each with its mark."""

from __future__ import annotations

from kiosk.visit.views import Notice, Tone
from screens.theme import Theme
from screens.widgets.layout import Leaf
from screens.widgets.notice import TONE_ICONS
from screens.widgets.paint import Box, Icon
from screens.widgets.text import TextLabel

GAP = 8
PADDING = (28, 16)
"""Design px at the sides, and above and below."""


class HintList(Leaf):
    """Sentences below one another in a white box. The mark alone is coloured: a hint is no verdict."""

    def __init__(self, theme: Theme, hints: tuple[Notice, ...]) -> None:
        super().__init__(theme)
        palette = theme.palette
        self._box = Box(self.canvas, theme, theme.radius)
        self._box.paint(palette.surface, palette.hairline)
        self._lines = [
            (
                Icon(theme, TONE_ICONS[hint.tone] or "info", palette.tones[hint.tone].text, 36),
                TextLabel(
                    theme, hint.text, theme.scale.body, palette.ink if hint.tone is not Tone.INFO else palette.ink_soft
                ),
            )
            for hint in hints
        ]
        for icon, words in self._lines:
            self.add_widget(icon)
            self.add_widget(words)
        self._side, self._over = (theme.px(design) for design in PADDING)
        self._gap, self._beside = theme.px(GAP), theme.px(18)

    def drop_last(self) -> bool:
        """Leave the last sentence out; False when only one is left."""
        if len(self._lines) == 1:
            return False
        for piece in self._lines.pop():
            self.remove_widget(piece)
        return True

    def _room(self, width: int) -> int:
        return max(1, width - 2 * self._side - self._lines[0][0].natural() - self._beside)

    def measure(self, width: int) -> int:
        """Return the height of all sentences with their surroundings."""
        room = self._room(width)
        heights = sum(words.measure(room) for _, words in self._lines)
        return heights + self._gap * (len(self._lines) - 1) + 2 * self._over

    def natural(self) -> int:
        """Return the width at which each sentence stands in one line."""
        icon = self._lines[0][0].natural()
        return max(words.natural() for _, words in self._lines) + 2 * self._side + icon + self._beside

    def arrange(self) -> None:
        """Put each mark before its sentence, level with the first line."""
        x, width = int(self.x), int(self.width)
        self._box.place(x, int(self.y), width, int(self.height))
        room, top = self._room(width), int(self.top) - self._over
        for icon, words in self._lines:
            height = words.measure(room)
            line = round(words.style.leading * words.size_px)
            icon.place(x + self._side, top - line, icon.natural(), line)
            words.place(x + self._side + icon.natural() + self._beside, top - height, room, height)
            top -= height + self._gap
