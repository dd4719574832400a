"""Pictures for the printer: lines that hold rare characters, QR codes, and the raster command that carries them.

Some printers execute real-time commands (`10 04 n`, `10 05 n`, `10 14 …`) even inside picture data: of sixty
pictures of random Chinese text forty held one. `raster_command` therefore never sends such a pair of bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import segno
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.receipt_printer.layout import COLUMN_DOTS, columns, wrap

CELL = 24
"""Height of a character and width of a Chinese one, in dots."""
LINE = 30
"""Height of a text line in dots: the printers' own default (`ESC 2`, 1/6 inch, rounded to Chinese models' 30)."""
QR_DOTS = 160
"""A QR code is at least so wide, without its quiet zone: 20 mm."""
QUIET_MODULES = 4
BAND_ROWS = 240
"""Rows in one raster command; small enough for the least buffer, and a picture may be of any height."""

WHITE, BLACK = 1, 0

FONT_FILES: tuple[tuple[Path, int], ...] = (
    (Path(__file__).parents[2] / "assets" / "fonts" / "NotoSansSC-Regular.ttf", 0),
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),  # face 2 is SC; face 0 has Japanese shapes
    (Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"), 0),
    (Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"), 0),
)
"""Where the fonts are looked for, best first. With Noto Sans SC and both Hanazono files all of GB 18030-2022 is there."""

_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")


class Face:
    """One font file: what it covers, and itself at a size. The file is read at the first question."""

    def __init__(self, path: Path, index: int = 0) -> None:
        self.path = path
        self._index = index
        self._covered: frozenset[int] | None = None

    def covers(self, char: str) -> bool:
        """True when the font has a picture (not the box) for `char`."""
        if self._covered is None:
            with TTFont(self.path, fontNumber=self._index, lazy=True) as font:
                self._covered = frozenset(font.getBestCmap() or ())
        return ord(char) in self._covered

    @cache  # noqa: B019 - faces live as long as the process
    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The font for drawing, `size` pixels to the em."""
        return ImageFont.truetype(str(self.path), size, index=self._index)


@cache
def faces(files: tuple[Path, ...] = ()) -> tuple[Face, ...]:
    """The fonts to draw with: `files` when given, else those of `FONT_FILES` that are installed."""
    if files:
        return tuple(Face(path) for path in files if path.is_file())
    return tuple(Face(path, index) for path, index in FONT_FILES if path.is_file())


def face_for(char: str, fonts: Sequence[Face]) -> Face | None:
    """The first font that covers `char`."""
    return next((face for face in fonts if face.covers(char)), None)


def draw_line(text: str, fonts: Sequence[Face], *, width: int = 1, height: int = 1, bold: bool = False) -> Image.Image:
    """A picture (mode `1`, white ground) of one line in the printer's own grid: 12 dots a column, `LINE` rows.

    A character no font covers stays blank (never a box): the caller has named it by its code point before.
    """
    plain = Image.new("L", (max(1, columns(text) * COLUMN_DOTS), LINE), 255)
    left = 0
    for char in text:
        cell = columns(char) * COLUMN_DOTS
        face = face_for(char, fonts)
        if face is not None and char != " ":
            plain.paste(_glyph(char, face, cell), (left, 0))
        left += cell
    bits = plain.point(lambda grey: 255 if grey > 140 else 0)
    if bold:  # as printers do it: struck twice, one dot apart
        bits = ImageChops.darker(bits, ImageChops.offset(bits, 1, 0))
    return bits.convert("1").resize((bits.width * width, bits.height * height), Image.Resampling.NEAREST)


def _glyph(char: str, face: Face, cell: int) -> Image.Image:
    """One character on its base line; a Latin letter wider than its cell (W, m) is squeezed into it."""
    font = face.at(CELL if cell == CELL else CELL - 4)
    wide = max(cell, math.ceil(font.getlength(char)))
    picture = Image.new("L", (wide, LINE), 255)
    ImageDraw.Draw(picture).text((wide / 2, LINE - 9), char, font=font, fill=0, anchor="ms")
    return picture.resize((cell, LINE)) if wide > cell else picture


def qr_picture(data: str) -> Image.Image:
    """The QR code (error correction M) with its quiet zone, at least 20 mm wide without it; mode `1`."""
    code = segno.make_qr(data, error="m", boost_error=False)
    dots = qr_module_dots(data)
    rows = [bytearray(row) for row in code.matrix_iter(scale=dots, border=QUIET_MODULES)]
    picture = Image.new("1", (len(rows[0]), len(rows)), WHITE)
    picture.putdata([BLACK if dark else WHITE for row in rows for dark in row])
    return picture


def qr_module_dots(data: str) -> int:
    """Dots along one module (3 or more), so that the code is at least `QR_DOTS` wide."""
    modules = int(segno.make_qr(data, error="m", boost_error=False).symbol_size(border=0)[0])
    return max(3, -(-QR_DOTS // modules))


def qr_block(data: str, beside: Sequence[str], paper_dots: int, fonts: Sequence[Face]) -> Image.Image:
    """The QR code at the right edge of the paper, `beside` to its left, as one picture as wide as the paper."""
    code = qr_picture(data)
    block = Image.new("1", (paper_dots, code.height), WHITE)
    block.paste(code, (paper_dots - code.width, 0))
    room = (paper_dots - code.width) // COLUMN_DOTS
    lines = [part for line in beside for part in wrap(line, room)]
    top = (code.height - len(lines) * LINE) // 2
    for number, line in enumerate(lines):
        block.paste(draw_line(line, fonts), (0, top + number * LINE))
    return block


def on_paper(picture: Image.Image, paper_dots: int, align: str) -> Image.Image:
    """The picture at its place on a strip as wide as the paper: not every printer aligns rasters by itself."""
    strip = Image.new("1", (paper_dots, picture.height), WHITE)
    left = {"left": 0, "center": (paper_dots - picture.width) // 2, "right": paper_dots - picture.width}[align]
    strip.paste(picture, (max(0, left), 0))
    return strip


def raster_command(picture: Image.Image) -> bytes:
    """`GS v 0` (1D 76 30 00 xL xH yL yH data) for the picture, in bands, free of real-time commands."""
    return b"".join(_band(band) for band in _bands(picture))


def _bands(picture: Image.Image) -> Iterable[Image.Image]:
    for top in range(0, picture.height, BAND_ROWS):
        yield picture.crop((0, top, picture.width, min(picture.height, top + BAND_ROWS)))


def _band(band: Image.Image) -> bytes:
    across = (band.width + 7) // 8
    data = band.convert("1").point(lambda dot: 0 if dot else 255).tobytes()
    header = b"\x1d\x76\x30\x00" + across.to_bytes(2, "little") + band.height.to_bytes(2, "little")
    # A lone dot (0x10) before the dangerous byte gets a neighbour (0x18). A QR module is at least three dots wide,
    # and starts or ends no byte with 0x10 alone, so the code itself is never touched.
    return header + _REAL_TIME.sub(b"\x18", data)
