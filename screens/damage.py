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

MARGIN = 16
"""Pixels drawn around a widget: room for a focus ring."""

Box = tuple[int, int, int, int]
"""x, y, width, height in window px, from the bottom left."""

_declared: list[Box] = []


def box_of(widget: Any) -> Box:
    """The place of a widget in the window."""
    x, y = widget.to_window(widget.x, widget.y)
    return int(x), int(y), int(widget.width), int(widget.height)


def declare_local(*boxes: Box) -> None:
    """Say that what is being done now, by input or by a local call, changes the looks of these parts and of no others.

    The widget that the finger is on need not be named.
    """
    _declared.extend(boxes)


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
        self._boxes: set[Box] = set()

    def begin(self, *, whole: bool) -> None:
        """Begin a frame; `whole` when something had asked for drawing before any input was dispatched."""
        _declared.clear()
        self._boxes = set()
        self._whole = whole or not self._partial

    def note_input(self, kind: str, touched: Iterable[Any]) -> None:
        """Take account of an input event that was just dispatched.

        `kind` is begin, update or end; `touched` are the widgets that the finger is, or was, on. A finger coming down
        or moving changes nothing else (a button's ground, ink on the pad): nothing acts before it is lifted.
        """
        boxes = [box_of(widget) for widget in touched]
        if kind == "end" and not _declared:
            self._whole = True
        self._boxes.update(boxes, _declared)
        _declared.clear()

    def note_call(self) -> None:
        """Take account of a call that was to change nothing but what it declared; without a word, it may be anything."""
        if not _declared:
            self._whole = True
        self._boxes.update(_declared)
        _declared.clear()

    def regions(self) -> list[Box] | None:
        """The parts to draw, or None for the whole window."""
        if self._whole or not self._boxes:
            return None
        return [_with_margin(box) for box in sorted(self._boxes)]


def _with_margin(box: Box) -> Box:
    x, y, width, height = box
    return x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN


def draw_only(region: Box | None) -> None:
    """Confine drawing to `region`, or lift that with None."""
    if region is None:
        glDisable(GL_SCISSOR_TEST)
    else:
        glEnable(GL_SCISSOR_TEST)
        glScissor(*region)
