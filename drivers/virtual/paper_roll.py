"""The paper of a virtual printer: what has come out, as a picture and as text."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import segno
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.virtual.escpos_decoder import PrintLine, PrintQr, PrintRaster, Span

DOTS_PER_MM = 8
WIDTH_DOTS = {58: 384, 80: 576}
CHARACTER = (12, 24)
LINE_GAP = 6
INK, PAPER = 0, 255

BLADE_DOTS = 96
"""The blade sits so far behind the print head (12 mm): a driver that cuts without feeding cuts off its own last lines."""

LATIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
FONTS = (
    Path(__file__).parents[2] / "assets" / "fonts" / "NotoSansSC-Regular.ttf",
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
    LATIN_FONT,
)
"""The printer's built-in Chinese font is the first of these that is installed; ASCII is better in a monospaced one."""


@dataclass(frozen=True)
class PrintedReceipt:
    """One piece of paper, cut off. `qr_codes` are those the printer drew itself (native ones)."""

    text: str
    image: Image.Image
    qr_codes: tuple[str, ...] = ()
    fully_cut: bool = False

    @property
    def length_mm(self) -> float:
        """How long the piece is."""
        return self.image.height / DOTS_PER_MM

    def png(self) -> bytes:
        """The picture, one pixel a dot, 8 to the millimetre."""
        return png(self.image)


def png(image: Image.Image) -> bytes:
    """`image` as a PNG file."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class PaperRoll:
    """The paper between the roll and the blade. `printed_mm` counts for the life of the roll."""

    width_mm: int = 80
    printed_mm: float = 0.0
    _strips: list[Image.Image] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _qr_codes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._strips.append(self._strip(BLADE_DOTS))

    @property
    def width_dots(self) -> int:
        """Printable dots across."""
        return WIDTH_DOTS[self.width_mm]

    @property
    def empty(self) -> bool:
        """True when nothing but white has come out since the last cut."""
        return not self._texts

    def line(self, line: PrintLine) -> None:
        """Print a line of text; what does not fit goes on the next, as printers do."""
        rows: list[list[tuple[str, Span, int, int]]] = [[]]
        used = 0
        for span in line.spans:
            for char in span.text:
                wide, high = _size(char, span)
                if used + wide > self.width_dots:
                    rows.append([])
                    used = 0
                rows[-1].append((char, span, wide, high))
                used += wide
        for row in rows:
            self._row(row, line.align)

    def _row(self, row: list[tuple[str, Span, int, int]], align: str) -> None:
        tall = max((high for *_, high in row), default=CHARACTER[1])
        strip = self._strip(tall + LINE_GAP)
        at = self._left(sum(wide for _, _, wide, _ in row), align)
        for char, span, wide, high in row:
            glyph = _glyph(char, span.style.bold).resize((wide, high), Image.Resampling.NEAREST)
            strip.paste(glyph, (at, tall - high))
            at += wide
        self._add(strip, "".join(char for char, *_ in row))

    def raster(self, raster: PrintRaster) -> None:
        """Print a picture. What is wider than the paper is lost, as on the real one."""
        width, height = len(raster.rows[0]) * 8, len(raster.rows)
        bits = Image.frombytes("1", (width, height), b"".join(raster.rows)).convert("L")
        picture = bits.point(lambda bit: INK if bit else PAPER)
        picture = picture.resize((width * raster.scale[0], height * raster.scale[1]), Image.Resampling.NEAREST)
        strip = self._strip(picture.height)
        strip.paste(picture, (self._left(picture.width, raster.align), 0))
        self._add(strip, f"[raster {picture.width}x{picture.height}]")

    def qr(self, qr: PrintQr) -> None:
        """Draw a QR code. Printers add no quiet zone."""
        code = segno.make_qr(qr.data, error=qr.error_correction, boost_error=False)
        matrix = [[INK if dark else PAPER for dark in row] for row in code.matrix_iter(qr.module_dots, border=0)]
        picture = Image.new("L", (len(matrix[0]), len(matrix)))
        picture.putdata([dot for row in matrix for dot in row])
        strip = self._strip(picture.height)
        strip.paste(picture, (self._left(picture.width, qr.align), 0))
        self._add(strip, f"[qr {qr.data}]")
        self._qr_codes.append(qr.data)

    def feed(self, dots: int) -> None:
        """White paper."""
        if dots:
            self._strips.append(self._strip(dots))
            self.printed_mm += dots / DOTS_PER_MM

    def text(self) -> str:
        """The lines since the last cut."""
        return "\n".join(self._texts)

    def image(self) -> Image.Image:
        """The paper from the blade's last cut to the print head."""
        whole = self._strip(sum(strip.height for strip in self._strips))
        top = 0
        for strip in self._strips:
            whole.paste(strip, (0, top))
            top += strip.height
        return whole

    def cut(self, *, full: bool) -> PrintedReceipt:
        """Cut off what has come past the blade."""
        whole = self.image()
        cut_at = max(1, whole.height - BLADE_DOTS)
        piece = whole.crop((0, 0, whole.width, cut_at))
        receipt = PrintedReceipt(self.text(), piece, tuple(self._qr_codes), full)
        self._strips = [whole.crop((0, cut_at, whole.width, whole.height))]
        self._texts, self._qr_codes = [], []
        return receipt

    def _strip(self, height: int) -> Image.Image:
        return Image.new("L", (self.width_dots, height), PAPER)

    def _left(self, width: int, align: str) -> int:
        spare = max(0, self.width_dots - width)
        return {"left": 0, "center": spare // 2, "right": spare}[align]

    def _add(self, strip: Image.Image, text: str) -> None:
        self._strips.append(strip)
        self._texts.append(text)
        self.printed_mm += strip.height / DOTS_PER_MM


def _size(char: str, span: Span) -> tuple[int, int]:
    """Width and height of a character in dots: Chinese ones are two columns wide and have sizes of their own."""
    if char.isascii():
        return CHARACTER[0] * span.style.width, CHARACTER[1] * span.style.height
    return CHARACTER[0] * 2 * span.style.chinese_width, CHARACTER[1] * span.style.chinese_height


@cache
def _font(size: int, *, latin: bool) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, frozenset[int]]:
    """The built-in font and what it covers."""
    for path in (LATIN_FONT, *FONTS) if latin else FONTS:
        if path.is_file():
            index = 2 if path.suffix == ".ttc" else 0
            with TTFont(path, fontNumber=index, lazy=True) as font:
                covered = frozenset(font.getBestCmap() or ())
            return ImageFont.truetype(str(path), size, index=index), covered
    return ImageFont.load_default(), frozenset(range(0x20, 0x7F))


@cache
def _glyph(char: str, bold: bool) -> Image.Image:
    """One character in its cell; a box for what the built-in font lacks, so that a mistake is seen."""
    latin = char.isascii()
    cell = Image.new("L", (CHARACTER[0] if latin else CHARACTER[0] * 2, CHARACTER[1]), PAPER)
    pen = ImageDraw.Draw(cell)
    font, covered = _font(20 if latin else 24, latin=latin)
    if char == " ":
        return cell
    if ord(char) not in covered:
        pen.rectangle((2, 2, cell.width - 3, cell.height - 3), outline=INK)
        return cell
    pen.text((cell.width / 2, CHARACTER[1] - 4), char, font=font, fill=INK, anchor="ms")
    cell = cell.point(lambda grey: INK if grey < 140 else PAPER)
    return ImageChops.darker(cell, ImageChops.offset(cell, 1, 0)) if bold else cell
