"""Pictures: the live camera, a photographed page, a QR code."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from kivy.graphics import Color, InstructionGroup, Rectangle, SmoothLine
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.visit.views import Tag, Tone
from screens.port import Preview as PreviewPicture
from screens.theme import Theme
from screens.widgets.layout import Block, Leaf
from screens.widgets.notice import TagChip
from screens.widgets.paint import Box, Icon


def _fitted(picture: tuple[float, float], box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the largest rectangle of the picture's shape in the middle of `box` (x, y, width, height)."""
    x, y, width, height = box
    ratio = min(width / picture[0], height / picture[1])
    wide, high = int(picture[0] * ratio), int(picture[1] * ratio)
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


class Stage(Block):
    """A dark well for a picture. It takes the height that is left (`stretch`), at least `least` design px."""

    stretch = True

    def __init__(self, theme: Theme, least: int = 420) -> None:
        super().__init__(theme)
        self._least = theme.px(least)
        self._box = Box(self.canvas, theme, theme.radius)
        self._box.paint(theme.palette.well)

    def measure(self, width: int) -> int:  # noqa: ARG002 - its height is what is left
        """Return the least height."""
        return self._least

    def natural(self) -> int:
        """A stage takes the whole width."""
        return 0

    def inside(self) -> tuple[int, int, int, int]:
        """The rectangle for the picture."""
        edge = self.theme.px(16)
        return int(self.x) + edge, int(self.y) + edge, int(self.width) - 2 * edge, int(self.height) - 2 * edge

    def arrange(self) -> None:
        """Draw the well."""
        self._box.place(int(self.x), int(self.y), int(self.width), int(self.height))


class Preview(Stage):
    """The live picture with the outline of the page and the verdict so far. One texture serves every frame."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._texture: Any = None
        self._waiting = Icon(theme, "camera", theme.palette.on_well, 120)
        self.add_widget(self._waiting)
        self._picture = Rectangle()
        self._outline_colour = Color(*theme.palette.found)
        self._outline = SmoothLine(points=[], width=theme.px(3), close=True)
        self._outline_group = InstructionGroup()
        self._corners: tuple[tuple[float, float], ...] | None = None
        self._chip: TagChip | None = None
        self._chip_tag: Tag | None = None

    def show_preview(self, picture: PreviewPicture) -> None:
        """Show the newest frame."""
        size = (picture.width, picture.height)
        if self._texture is None or self._texture.size != size:
            self._texture = Texture.create(size=size, colorfmt="rgb")
            self._texture.flip_vertical()
            self._picture.texture = self._texture
            self.remove_widget(self._waiting)
            self.canvas.add(Color(1, 1, 1, 1))
            self.canvas.add(self._picture)
            self.canvas.add(self._outline_group)
        self._texture.blit_buffer(picture.rgb, colorfmt="rgb", bufferfmt="ubyte")
        self._corners = picture.outline
        palette = self.theme.palette
        self._outline_colour.rgba = palette.found if picture.good else palette.searching
        self._say(Tag(Tone.GOOD if picture.good else Tone.WARNING, picture.words) if picture.words else None)
        self.arrange()
        self.canvas.ask_update()

    def _say(self, tag: Tag | None) -> None:
        if tag == self._chip_tag:
            return
        if self._chip is not None:
            self.remove_widget(self._chip)
        self._chip = TagChip(self.theme, tag, self.theme.scale.body_strong) if tag is not None else None
        self._chip_tag = tag
        if self._chip is not None:
            self.add_widget(self._chip)

    def arrange(self) -> None:
        """Fit picture, outline and verdict into the well."""
        super().arrange()
        inside = self.inside()
        self._waiting.place(*inside)
        if self._texture is not None:
            x, y, width, height = _fitted(self._texture.size, inside)
            self._picture.pos, self._picture.size = (x, y), (width, height)
            self._outline_group.clear()
            if self._corners is not None:
                self._outline.points = [
                    value for px, py in self._corners for value in (x + px * width, y + (1 - py) * height)
                ]
                self._outline_group.add(self._outline_colour)
                self._outline_group.add(self._outline)
        if self._chip is not None:
            edge = self.theme.px(24)
            wide = min(self._chip.natural(), int(self.width) - 2 * edge)
            self._chip.place(int(self.x) + edge, int(self.y) + edge, wide, self._chip.measure(wide))


class PageImage(Stage):
    """A photographed page, as large as it fits. It is decoded to the size it is shown at: quick, sharp, little memory."""

    def __init__(self, theme: Theme, jpeg: bytes) -> None:
        super().__init__(theme)
        self._jpeg = jpeg
        with Image.open(BytesIO(jpeg)) as picture:
            self._size = picture.size
        self._picture = Rectangle()
        self.canvas.add(Color(1, 1, 1, 1))
        self.canvas.add(self._picture)

    def arrange(self) -> None:
        """Fit the page into the well."""
        super().arrange()
        x, y, width, height = _fitted(self._size, self.inside())
        if self._picture.texture is None or self._picture.texture.size != (width, height):
            self._picture.texture = self._decoded(width, height)
        self._picture.pos, self._picture.size = (x, y), (width, height)

    def _decoded(self, width: int, height: int) -> Any:
        with Image.open(BytesIO(self._jpeg)) as picture:
            picture.draft("RGB", (width, height))
            small = picture.convert("RGB").resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        texture = Texture.create(size=(width, height), colorfmt="rgba")
        texture.flip_vertical()
        # Four bytes a pixel: graphics drivers expect rows of a multiple of four bytes.
        texture.blit_buffer(small.convert("RGBA").tobytes(), colorfmt="rgba", bufferfmt="ubyte")
        return texture


class QrImage(Leaf):
    """A QR code of a whole number of px a module, about `size` design px wide."""

    def __init__(self, theme: Theme, content: str, size: int) -> None:
        super().__init__(theme)
        rows = [bytes(0 if dark else 255 for dark in row) for row in segno.make(content, error="m").matrix]
        modules = len(rows)
        # Four bytes a pixel: graphics drivers expect rows of a multiple of four bytes. Textures start at the bottom.
        pixels = b"".join(bytes((value, value, value, 255)) for row in reversed(rows) for value in row)
        texture = Texture.create(size=(modules, modules), colorfmt="rgba")
        texture.mag_filter = texture.min_filter = "nearest"
        texture.blit_buffer(pixels, colorfmt="rgba", bufferfmt="ubyte")
        self._side = max(1, theme.px(size) // modules) * modules
        self.content = content
        self._picture = Rectangle(texture=texture, size=(self._side, self._side))
        self.canvas.add(Color(1, 1, 1, 1))
        self.canvas.add(self._picture)

    def measure(self, width: int) -> int:  # noqa: ARG002 - its size does not depend on the width
        """Return the side of the square."""
        return self._side

    def natural(self) -> int:
        """Return the side of the square."""
        return self._side

    def arrange(self) -> None:
        """Stand at the top left."""
        self._picture.pos = (int(self.x), int(self.top) - self._side)
