"""What can be tapped: one mixin that gives a widget its key, its touch rule and its pressed state.

A touch must begin and end inside the widget; it then counts once. The pressed state shows in the frame after the finger
comes down, never on release. The scripted citizen and the tests find widgets by walking the tree for `Tappable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.widget import Widget


class Tappable(Widget):
    """A widget that can be tapped.

    `key` is the stable id from the view, `label` the words shown, `enabled` whether a tap does anything.
    A subclass says in `on_tap` what the tap means and may redraw itself in `on_pressed`.
    """

    key: str = ""
    label: str = ""
    enabled = BooleanProperty(True)
    pressed = BooleanProperty(False)
    focused = BooleanProperty(False)
    """The tactile keypad stands on this widget; it shows a ring."""

    def tap(self) -> None:
        """Do what a tap does, as the scripted citizen or the keypad asks for it."""
        if self.enabled:
            self.on_tap()

    def on_tap(self) -> None:
        """The tap counted."""

    @property
    def window_center(self) -> tuple[float, float]:
        """The middle of the widget in window pixels, from the bottom left, where a finger would land."""
        x, y = self.to_window(self.center_x, self.center_y)
        return float(x), float(y)

    def on_touch_down(self, touch: Any) -> bool:
        """Take the touch when it starts inside."""
        if not self.enabled or touch.is_mouse_scrolling or not self.collide_point(*touch.pos):
            return bool(super().on_touch_down(touch))
        touch.grab(self)
        self.pressed = True
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Show whether letting go now would count."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        self.pressed = bool(self.collide_point(*touch.pos))
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Count the tap when the finger leaves inside."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        inside = self.enabled and self.collide_point(*touch.pos)
        self.pressed = False
        if inside:
            self.on_tap()
        return True


def tappables(root: Widget) -> Iterator[Tappable]:
    """Every tappable widget below `root`, in reading order: the order in which screens add them."""
    for child in reversed(root.children):
        if isinstance(child, Tappable):
            yield child
        yield from tappables(child)
