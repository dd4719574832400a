"""Which part of the glass a frame has to draw, where drawing costs time: without a GPU.

Software rendering takes about as many milliseconds as there are screens full of pixels to fill. A finger that comes
down changes one button; drawing only that part makes the answer five times quicker. The rule is narrow, so that it
cannot leave old pixels standing: a frame is partial only if everything that happened since the last frame was declared
local, and whatever else happens (a view, a timer, a finger lifted) has the whole window drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kivy.graphics import BindTexture
from kivy.graphics.opengl import GL_RENDERER, GL_SCISSOR_TEST, glDisable, glEnable, glGetString, glScissor

MARGIN = 4
"""Pixels drawn around a widget: the width of the widest edge."""

Box = tuple[int, int, int, int]
"""x, y, width, height in window px, from the bottom left."""

_declared: list[Any] = []


def declare_local(*widgets: Any) -> None:
    """Say that what is being done now, while input is dispatched, changes the looks of these widgets and of no others."""
    _declared.extend(widgets)


def draws_in_software() -> bool:
    """Whether the pixels are made by the processor. Only there is the last frame sure to be in the back buffer still."""
    renderer = glGetString(GL_RENDERER) or b""
    return any(name in renderer.lower() for name in (b"llvmpipe", b"softpipe", b"swrast"))


def plain_fills_quickly() -> None:
    """Have plain rectangles sampled without interpolation: a third less work, and the same pixels.

    Kivy paints every rectangle through a texture, a plain one through a white pixel that all of them share.
    """
    white = BindTexture().texture
    white.min_filter = white.mag_filter = "nearest"


class Damage:
    """Collects what one frame has to draw."""

    def __init__(self, *, partial: bool) -> None:
        self._partial = partial
        self._whole = True
        self._widgets: list[Any] = []

    def begin(self, *, whole: bool) -> None:
        """Begin a frame; `whole` when something had asked for drawing before any input was dispatched."""
        _declared.clear()
        self._widgets = []
        self._whole = whole or not self._partial

    def note_input(self, kind: str, touch: Any) -> None:
        """Take account of an input event that was just dispatched (`kind`: begin, update or end)."""
        local = list(_declared)
        _declared.clear()
        if kind == "begin" and not local and touch.is_touch:
            # Whatever took the finger shows it; nothing acts before the finger is lifted.
            local = [taken() for taken in touch.grab_list]
        if local:
            self._widgets.extend(local)
        elif kind != "update":
            self._whole = True

    def region(self) -> Box | None:
        """The part to draw, or None for the whole window."""
        if self._whole or not self._widgets or any(widget is None for widget in self._widgets):
            return None
        return _around(self._box(widget) for widget in self._widgets)

    @staticmethod
    def _box(widget: Any) -> Box:
        x, y = widget.to_window(widget.x, widget.y)
        return int(x), int(y), int(widget.width), int(widget.height)


def _around(boxes: Iterable[Box]) -> Box:
    """The smallest box around all, with a margin."""
    corners = [(x, y, x + width, y + height) for x, y, width, height in boxes]
    left, bottom = min(c[0] for c in corners) - MARGIN, min(c[1] for c in corners) - MARGIN
    right, top = max(c[2] for c in corners) + MARGIN, max(c[3] for c in corners) + MARGIN
    return left, bottom, right - left, top - bottom


def draw_only(region: Box | None) -> None:
    """Confine drawing to `region`, or lift that with None."""
    if region is None:
        glDisable(GL_SCISSOR_TEST)
    else:
        glEnable(GL_SCISSOR_TEST)
        glScissor(*region)
