"""The pad for a signature with the finger."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, InstructionGroup, SmoothLine

from kiosk.visit.draft import Stroke
from kiosk.visit.events import Signed
from screens.theme import Theme
from screens.widgets.button import Emit
from screens.widgets.layout import Block
from screens.widgets.paint import Box, Fill, Icon


class SignaturePad(Block):
    """Draws what the finger writes and emits `Signed` with all strokes when the finger is lifted."""

    stretch = True
    key = "signature"

    def __init__(self, theme: Theme, emit: Emit) -> None:
        super().__init__(theme)
        self._emit = emit
        self.strokes: tuple[Stroke, ...] = ()
        self._box = Box(self.canvas, theme, theme.radius)
        self._box.paint(theme.palette.surface, theme.palette.action, 3)
        self._line = Fill(self.canvas, theme.palette.hairline)
        self._mark = Icon(theme, "pen", theme.palette.ink_soft, 44)
        self.add_widget(self._mark)
        self._drawn = InstructionGroup()
        self.canvas.after.add(Color(*theme.palette.ink))
        self.canvas.after.add(self._drawn)
        self._current: SmoothLine | None = None

    def measure(self, width: int) -> int:
        """Return the least height: wide enough for three characters side by side."""
        return max(self.theme.px(320), width // 3)

    def natural(self) -> int:
        """The pad takes the whole width."""
        return 0

    def show(self, strokes: tuple[Stroke, ...]) -> None:
        """Show the strokes of the draft, unless they are on the pad already."""
        if strokes != self.strokes:
            self.strokes = strokes
            self._redraw()

    def _ink(self, points: list[float]) -> SmoothLine:
        if len(points) == 2:  # a dot
            points = [*points, points[0] + 1, points[1]]
        return SmoothLine(points=points, width=self.theme.px(3.5), overdraw_width=1.2)

    def _redraw(self) -> None:
        self._drawn.clear()
        for stroke in self.strokes:
            points = [value for px, py in stroke for value in (self.x + px * self.width, self.top - py * self.height)]
            self._drawn.add(self._ink(points))

    def arrange(self) -> None:
        """Draw the pad and what is on it."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self._box.place(x, y, width, height)
        edge, base = self.theme.px(48), y + self.theme.px(84)
        self._line.place(x + edge, base, width - 2 * edge, self.theme.px(self.theme.hairline))
        self._mark.place(x + edge, base + self.theme.px(8), self._mark.natural(), self._mark.natural())
        self._redraw()

    def on_touch_down(self, touch: Any) -> bool:
        """Begin a stroke."""
        if self._current is not None or not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        touch.ud["stroke"] = [self._normal(*touch.pos)]
        self._current = self._ink([*touch.pos])
        self._drawn.add(self._current)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Write on; what leaves the pad stays at its edge."""
        if touch.grab_current is not self or self._current is None:
            return False
        touch.ud["stroke"].append(self._normal(*touch.pos))
        px, py = touch.ud["stroke"][-1]
        self._current.points = [*self._current.points, self.x + px * self.width, self.top - py * self.height]
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """End the stroke and tell the visit."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._current = None
        self.strokes = (*self.strokes, tuple(touch.ud["stroke"]))
        self._emit(Signed(self.strokes))
        return True

    def _normal(self, x: float, y: float) -> tuple[float, float]:
        """Return window px as 0…1 from the pad's top left."""
        return (
            min(1.0, max(0.0, (x - self.x) / self.width)),
            min(1.0, max(0.0, (self.top - y) / self.height)),
        )
