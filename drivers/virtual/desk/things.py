"""What gets laid under a document camera and is no document: drawn, with a shape of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from drivers.virtual.desk.scene import Sheet

_SCALE = 4
"""Pixels a millimetre."""
Colour = tuple[int, int, int]


class _Thing:
    """A picture and its shape, drawn with the same strokes; places in millimetres."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        size = (round(width * _SCALE), round(height * _SCALE))
        self.face, self.shape = Image.new("RGB", size, (90, 90, 90)), Image.new("L", size, 0)
        self._pens = ImageDraw.Draw(self.face), ImageDraw.Draw(self.shape)

    def _inked(self, tint: Colour) -> tuple[tuple[ImageDraw.ImageDraw, Colour | int], ...]:
        return (self._pens[0], tint), (self._pens[1], 255)

    def blob(self, points: list[tuple[float, float]], tint: Colour, width: float = 0) -> None:
        """A polygon; with a width, a line with round ends through the points instead."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        for pen, fill in self._inked(tint):
            if not width:
                pen.polygon(scaled, fill=fill)
                continue
            pen.line(scaled, fill=fill, width=round(width * _SCALE), joint="curve")
            half = width / 2 * _SCALE
            for x, y in scaled:
                pen.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def box(self, x: float, y: float, width: float, height: float, round_mm: float, tint: Colour) -> None:
        """A rectangle with round corners."""
        place = (x * _SCALE, y * _SCALE, (x + width) * _SCALE, (y + height) * _SCALE)
        for pen, fill in self._inked(tint):
            pen.rounded_rectangle(place, round_mm * _SCALE, fill=fill)

    def ring(self, x: float, y: float, radius: float, thick: float, tint: Colour) -> None:
        """A circle's rim."""
        place = tuple(at * _SCALE for at in (x - radius, y - radius, x + radius, y + radius))
        for pen, fill in self._inked(tint):
            pen.ellipse(place, outline=fill, width=round(thick * _SCALE))

    def sheet(self) -> Sheet:
        """The thing with the sheen of something round and the grain of something used."""
        shape = np.asarray(self.shape.filter(ImageFilter.GaussianBlur(0.6)))
        round_ = np.asarray(self.shape.filter(ImageFilter.GaussianBlur(3 * _SCALE)), np.float32) / 255
        rng = np.random.default_rng(3)
        grain = rng.normal(0, 3, shape.shape).astype(np.float32)
        face = np.asarray(self.face, np.float32)[:, :, ::-1] * (0.68 + 0.34 * round_[..., None]) + grain[..., None]
        return Sheet(np.clip(face, 0, 255).astype(np.uint8), self.width, self.height, shape)


def _keys() -> _Thing:
    thing = _Thing(130, 130)
    thing.ring(62, 40, 20, 3, (150, 152, 156))
    for turn, tint in ((0.2, (196, 172, 96)), (0.95, (168, 170, 174)), (1.9, (188, 164, 90))):
        out = np.array([np.cos(turn), np.sin(turn)])
        side = np.array([-out[1], out[0]])
        head = np.array([62, 40]) + out * 28
        thing.blob([tuple(head + out * 2)], tint, 21)
        thing.ring(float(head[0]), float(head[1]), 5, 5, (70, 70, 72))
        shaft = [head + out * 8, head + out * 56]
        thing.blob([tuple(point) for point in shaft], tint, 6)
        for notch in (30, 36, 44, 51):
            thing.blob([tuple(head + out * notch), tuple(head + out * notch + side * (4.5 + notch % 3))], tint, 3.4)
    return thing


def _bag() -> _Thing:
    thing = _Thing(215, 230)
    thing.blob([(60, 84), (62, 30), (88, 12), (126, 12), (152, 30), (154, 84)], (70, 44, 36), 9)
    thing.box(10, 70, 195, 152, 22, (104, 62, 50))
    thing.box(10, 70, 195, 66, 22, (122, 74, 58))
    thing.blob([(24, 142), (190, 142)], (78, 48, 40), 1.2)
    thing.box(92, 124, 30, 26, 4, (196, 168, 92))
    return thing


def _hand() -> _Thing:
    # The arm is as long as the desk, so that it comes from outside the picture.
    thing = _Thing(190, 500)
    skin: Colour = (206, 158, 126)
    thing.blob([(96, 270), (96, 470)], skin, 62)
    thing.box(65, 300, 62, 200, 4, skin)
    thing.box(54, 216, 84, 88, 30, skin)
    for start, end, wide in (
        ((66, 236), (46, 154), 17),
        ((86, 228), (78, 132), 18),
        ((106, 228), (110, 136), 18),
        ((126, 236), (142, 158), 16),
        ((62, 280), (14, 232), 21),
    ):
        thing.blob([start, end], skin, wide)
        thing.blob([(end[0] + 0.5, end[1] - 1)], (226, 188, 164), wide * 0.5)
    for crease in ([(66, 250), (96, 258), (126, 248)], [(64, 266), (92, 272), (112, 286)]):
        thing.blob([*crease], (172, 122, 96), 1)
    return thing


def _cloth() -> _Thing:
    thing = _Thing(230, 290)
    along = np.linspace(0, 1, 40)
    top = [(8 + 214 * a, 10 + 4 * np.sin(9 * a)) for a in along]
    right = [(220 + 6 * np.sin(7 * a), 10 + 268 * a) for a in along]
    bottom = [(220 - 208 * a, 280 + 5 * np.sin(8 * a)) for a in along]
    left = [(10 + 5 * np.sin(6 * a), 280 - 268 * a) for a in along]
    thing.blob(top + right + bottom + left, (176, 60, 72))
    shape = thing.shape.copy()
    for number in range(12):
        for line in ([(8 + number * 19, 5), (12 + number * 19, 285)], [(5, 12 + number * 24), (225, 8 + number * 24)]):
            thing.blob([*line], (226, 214, 198), 3.4)
    for x, y in ((x, y) for x in range(18, 220, 38) for y in range(24, 280, 48)):
        thing.blob([(x, y)], (238, 190, 84), 9)
        thing.blob([(x, y)], (92, 130, 84), 4)
    thing.shape.paste(shape)
    return thing


def _phone() -> _Thing:
    thing = _Thing(78, 166)
    thing.box(1, 1, 76, 164, 9, (30, 31, 34))
    thing.box(3.5, 4, 71, 158, 6, (14, 16, 22))
    thing.blob([(38, 8.5)], (44, 46, 52), 3)
    return thing


THINGS: Mapping[str, Callable[[], _Thing]] = MappingProxyType(
    {"keys": _keys, "bag": _bag, "hand": _hand, "cloth": _cloth, "phone": _phone}
)
"""Everything that is no document, by name."""


@cache
def thing(name: str) -> Sheet:
    """One of `THINGS`. Raises KeyError for another name."""
    return THINGS[name]().sheet()
