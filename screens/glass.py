"""The root of all screens: swallows the second half of a double tap.

Whoever taps twice means one thing. The second touch would fall on the screen that has just come, often on its primary
button, which stands where the last one stood: a phone number would be confirmed unread, a consent given unseen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.uix.floatlayout import FloatLayout

DOUBLE_TAP_SECONDS = 0.3
"""A touch that comes this soon after the screen changed, at the place of the last one, was meant for the old screen."""
SAME_PLACE = 48
"""Design px within which two touches are at the same place: about 12 mm."""


class Glass(FloatLayout):
    """The root widget. `scale` is window px per design px."""

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._reach = SAME_PLACE * scale
        self._clock = clock
        self._changed_at = float("-inf")
        self._last: tuple[float, float] | None = None

    def changed(self) -> None:
        """Another screen, or another question on the same one, has come."""
        self._changed_at = self._clock()

    def swallows(self, x: float, y: float) -> bool:
        """Whether a touch here, now, would be the second half of a double tap (window px)."""
        if self._last is None or self._clock() - self._changed_at >= DOUBLE_TAP_SECONDS:
            return False
        return abs(x - self._last[0]) <= self._reach and abs(y - self._last[1]) <= self._reach

    def on_touch_down(self, touch: Any) -> bool:
        """Pass a touch on, unless it was meant for the screen that has gone."""
        if self.swallows(touch.x, touch.y):
            return True
        self._last = (touch.x, touch.y)
        return bool(super().on_touch_down(touch))
