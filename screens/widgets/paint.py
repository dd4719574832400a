"""Shapes with smooth edges, without multisampling (which would make software rendering three times slower).

Every shape is a white picture whose opacity was drawn several times too large and made small; it is tinted where it
is drawn. Rounded boxes are stretched from one small picture; icons are made once for each size.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kivy.graphics import BorderImage, Color, InstructionGroup, Rectangle
from kivy.graphics.texture import Texture
from PIL import Image, ImageDraw

from screens.icons import GRID, ICONS, STROKE, Path
from screens.theme import Colour, Theme
from screens.widgets.layout import Leaf

FINER = 4
"""Each pixel is the mean of this many, squared: sixteen levels of an edge are more than an eye tells apart."""


def _white(opacity: Image.Image) -> Any:
    """Return a white texture with this opacity (a picture of mode L)."""
    full = Image.new("L", opacity.size, 255)
    picture = Image.merge("RGBA", (full, full, full, opacity)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    texture = Texture.create(size=opacity.size, colorfmt="rgba")
    texture.blit_buffer(picture.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    # Drawn pixel for pixel: interpolation would cost a third more and change nothing.
    texture.min_filter = texture.mag_filter = "nearest"
    return texture


@lru_cache(maxsize=64)
def _rounded(radius: int, stroke: int) -> Any:
    """Return a nine-patch of a rounded box: filled when `stroke` is 0, else its edge of `stroke` px."""
    side = (2 * radius + 2) * FINER
    large = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(large)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), radius * FINER, fill=255)
    if stroke:
        inset = stroke * FINER
        inner = max(0, radius * FINER - inset)
        pen.rounded_rectangle((inset, inset, side - 1 - inset, side - 1 - inset), inner, fill=0)
    return _white(large.reduce(FINER))


@lru_cache(maxsize=64)
def _drawing(
    paths: tuple[Path, ...], width: float, height: float, pixels: float, stroke: float
) -> tuple[Any, tuple[int, int]]:
    """Return line work on a grid of `width` × `height`, one grid unit being `pixels` px, lines `stroke` units wide.

    Ends and joints are round. The texture holds the drawn part only; with it comes where its lower left corner is in
    the whole drawing.
    """
    columns, rows = round(width * pixels), round(height * pixels)
    large = Image.new("L", (columns * FINER, rows * FINER), 0)
    pen = ImageDraw.Draw(large)
    scale, thick = pixels * FINER, stroke * pixels * FINER
    for path in paths:
        points = [(x * scale, y * scale) for x, y in path]
        pen.line(points, fill=255, width=round(thick))
        for x, y in points:
            pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    small = large.reduce(FINER)
    left, top, right, bottom = small.getbbox() or (0, 0, 1, 1)
    return _white(small.crop((left, top, right, bottom))), (left, rows - bottom)


class _Ring:
    """The edge of a rounded box: four corners and four sides of one texture, nothing in the middle."""

    def __init__(self, radius: int, texture: Any) -> None:
        self._radius = radius
        self.parts = [Rectangle() for _ in range(8)]
        self.set_texture(texture)

    def set_texture(self, texture: Any) -> None:
        """Draw with another edge."""
        side = self._radius
        for part, (column, row) in zip(self.parts, self._cells(), strict=True):
            x = (0, side, side + 2)[column]
            y = (0, side, side + 2)[row]
            part.texture = texture.get_region(x, y, 2 if column == 1 else side, 2 if row == 1 else side)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Stand along the edge of this rectangle."""
        side = min(self._radius, width // 2, height // 2)
        for part, (column, row) in zip(self.parts, self._cells(), strict=True):
            part.pos = (x + (0, side, width - side)[column], y + (0, side, height - side)[row])
            part.size = (width - 2 * side if column == 1 else side, height - 2 * side if row == 1 else side)

    @staticmethod
    def _cells() -> list[tuple[int, int]]:
        return [(column, row) for row in range(3) for column in range(3) if (column, row) != (1, 1)]


class Box:
    """A rounded box on a canvas: ground and edge."""

    def __init__(self, canvas: Any, theme: Theme, radius: int, stroke: int | None = None) -> None:
        self._theme = theme
        self._radius = theme.px(radius)
        self._ground = Color(0, 0, 0, 0)
        self._edge = Color(0, 0, 0, 0)
        border = (self._radius,) * 4
        self._fill = BorderImage(texture=_rounded(self._radius, 0), border=border)
        stroke = theme.px(theme.hairline if stroke is None else stroke)
        self._ring = _Ring(self._radius, _rounded(self._radius, stroke))
        self._rectangle = (0, 0, 0, 0)
        for instruction in (self._ground, self._fill, self._edge, *self._ring.parts):
            canvas.add(instruction)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Stand in this rectangle."""
        self._rectangle = (x, y, width, height)
        self._stand()

    def _stand(self) -> None:
        # A part without colour takes no room: drawing it unseen would cost as much as drawing it.
        x, y, width, height = self._rectangle
        self._fill.pos = (x, y)
        self._fill.size = (width, height) if self._ground.a else (0, 0)
        self._ring.place(*(self._rectangle if self._edge.a else (x, y, 0, 0)))

    def paint(self, ground: Colour | None, edge: Colour | None = None, stroke: int | None = None) -> None:
        """Colour ground and edge; None leaves that part out. `stroke` (design px) makes the edge bolder."""
        self._ground.rgba = ground or (0, 0, 0, 0)
        self._edge.rgba = edge or (0, 0, 0, 0)
        if stroke is not None:
            self._ring.set_texture(_rounded(self._radius, self._theme.px(stroke)))
        self._stand()


class FocusRing:
    """A ring around a box: the tactile keypad stands here."""

    DISTANCE = 8
    """Design px between box and ring, less than half the distance of two targets."""

    def __init__(self, canvas: Any, theme: Theme, radius: int) -> None:
        self._distance = theme.px(self.DISTANCE)
        self._colour = theme.palette.focus
        self._box = Box(canvas, theme, radius + self.DISTANCE, 4)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Stand around this rectangle."""
        out = self._distance
        self._box.place(x - out, y - out, width + 2 * out, height + 2 * out)

    def show(self, focused: bool) -> None:
        """Be seen or not."""
        self._box.paint(None, self._colour if focused else None)


class Fill:
    """A plain rectangle of one colour on a canvas."""

    def __init__(self, canvas: Any, colour: Colour) -> None:
        self._rectangle = Rectangle()
        canvas.add(Color(*colour))
        canvas.add(self._rectangle)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        """Stand in this rectangle."""
        self._rectangle.pos = (x, y)
        self._rectangle.size = (width, height)


class Drawing(Leaf):
    """Line work in one colour, centred. `paths` on a grid of `grid` units; `size` is the height in design px."""

    def __init__(
        self,
        theme: Theme,
        paths: tuple[Path, ...],
        colour: Colour,
        size: int,
        grid: tuple[float, float] = (GRID, GRID),
        stroke: float = STROKE,
    ) -> None:
        super().__init__(theme)
        pixels = theme.px(size) / grid[1]
        texture, self._offset = _drawing(paths, *grid, pixels, stroke)
        self._whole = round(grid[0] * pixels), round(grid[1] * pixels)
        self._colour = Color(*colour)
        self._rectangle = Rectangle(texture=texture, size=texture.size)
        group = InstructionGroup()
        group.add(self._colour)
        group.add(self._rectangle)
        self.canvas.add(group)

    def recolour(self, colour: Colour) -> None:
        """Draw in another colour."""
        self._colour.rgba = colour

    def measure(self, width: int) -> int:  # noqa: ARG002 - its size does not depend on the width
        """Return the height of the drawing."""
        return self._whole[1]

    def natural(self) -> int:
        """Return the width of the drawing."""
        return self._whole[0]

    def arrange(self) -> None:
        """Stand in the middle."""
        width, height = self._whole
        left, bottom = self._offset
        x, y = int(self.x + (self.width - width) / 2), int(self.y + (self.height - height) / 2)
        self._rectangle.pos = (x + left, y + bottom)


class Icon(Drawing):
    """One icon of the family, `size` design px high."""

    def __init__(self, theme: Theme, name: str, colour: Colour, size: int) -> None:
        # Small icons get a slightly bolder line, so that they match the words beside them.
        stroke = STROKE if size >= 40 else STROKE * 1.25
        super().__init__(theme, ICONS[name], colour, size, stroke=stroke)
