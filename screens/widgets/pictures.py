"""Pictures that stand still: a photographed page, a QR code."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.visit.views import Tag, Tone
from screens.theme import Theme
from screens.widgets.layout import Block, Leaf
from screens.widgets.notice import TagChip
from screens.widgets.paint import Box
from screens.widgets.tappable import Tappable

EDGE = 16
"""Design px of a stage about its picture."""


def fitted(picture: tuple[float, float], box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
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
        edge = self.theme.px(EDGE)
        return int(self.x) + edge, int(self.y) + edge, int(self.width) - 2 * edge, int(self.height) - 2 * edge

    def arrange(self) -> None:
        """Draw the well."""
        self._box.place(int(self.x), int(self.y), int(self.width), int(self.height))


class PageImage(Tappable, Stage):
    """A photographed page, as large as it fits; a tap shows the part tapped dot for dot, another one the whole again.

    It is decoded to the size at which it is shown: quick, sharp, little memory.
    """

    def __init__(self, theme: Theme, jpeg: bytes, words: tuple[str, str]) -> None:
        """`words` invite to look closer, and back at the whole."""
        super().__init__(theme)
        self.key = "look_closer"
        self._jpeg = jpeg
        with Image.open(BytesIO(jpeg)) as picture:
            self._size = picture.size
        self._whole: tuple[int, int, int, int] | None = None
        """Where the whole page stands."""
        self._tapped = (0.5, 0.5)
        """Share of the page's width and height, from its top left."""
        self._close = False
        self._picture = Rectangle()
        self.canvas.add(Color(1, 1, 1, 1))
        self.canvas.add(self._picture)
        self._words = words
        self._chips = [TagChip(theme, Tag(Tone.PLAIN, text), icon="closer") for text in words]
        self._chip = self._chips[0]
        self.add_widget(self._chip)
        self.label = words[0]

    def on_touch_up(self, touch: Any) -> bool:
        """Keep where the finger was."""
        if touch.grab_current is self and self._whole is not None and not self._close:
            x, y, width, height = self._whole
            self._tapped = (touch.x - x) / width, 1 - (touch.y - y) / height
        return bool(super().on_touch_up(touch))

    def on_tap(self) -> None:
        """Look closer, or back at the whole."""
        self._close = not self._close
        self.remove_widget(self._chip)
        self._chip = self._chips[self._close]
        self.label = self._words[self._close]
        self.add_widget(self._chip)
        self.arrange()

    def arrange(self) -> None:
        """Fit the page, or the part of it, into the well."""
        super().arrange()
        x, y, width, height = self.inside()
        wide, strip = min(self._chip.natural(), width), self._chip.measure(width)
        self._chip.place(x + (width - wide) // 2, y, wide, strip)
        above = strip + self.theme.px(12)
        inside = x, y + above, width, max(1, height - above)
        self._whole = fitted(self._size, inside)
        x, y, width, height = fitted(self._cut(inside)[2:], inside) if self._close else self._whole
        texture = self._picture.texture
        if self._close:
            self._picture.texture = self._part(self._cut(inside), (width, height))
        elif texture is None or texture.size != (width, height):
            self._picture.texture = self._decoded(width, height)
        self._picture.pos, self._picture.size = (x, y), (width, height)

    def _cut(self, inside: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """The part of the page that fills the well dot for dot about the place tapped: left, top, width, height."""
        width, height = (min(have, want) for have, want in zip(self._size, inside[2:], strict=True))
        left, top = (
            min(max(0, round(share * size) - part // 2), size - part)
            for share, size, part in zip(self._tapped, self._size, (width, height), strict=True)
        )
        return left, top, width, height

    def _part(self, cut: tuple[int, int, int, int], size: tuple[int, int]) -> Any:
        left, top, width, height = cut
        with Image.open(BytesIO(self._jpeg)) as picture:
            part = picture.convert("RGB").crop((left, top, left + width, top + height))
        return _texture(part if part.size == size else part.resize(size, Image.Resampling.BICUBIC))

    def _decoded(self, width: int, height: int) -> Any:
        with Image.open(BytesIO(self._jpeg)) as picture:
            picture.draft("RGB", (width, height))
            return _texture(picture.convert("RGB").resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0))


def _texture(picture: Image.Image) -> Any:
    texture = Texture.create(size=picture.size, colorfmt="rgba")
    texture.flip_vertical()
    # Four bytes a pixel: graphics drivers expect rows of a multiple of four bytes.
    texture.blit_buffer(picture.convert("RGBA").tobytes(), colorfmt="rgba", bufferfmt="ubyte")
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
