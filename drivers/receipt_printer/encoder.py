"""From a receipt to the bytes of ESC/POS as Chinese thermal printers speak it. Pure, apart from reading fonts.

Text goes as text wherever the printer's own font has every character of the line (fast on a serial link, sharp,
and readable by anybody who taps the line); a line with any other character goes as a picture.

Commands used (Epson's ESC/POS reference; the Chinese modes from the SP91 and POS80B manuals):
`ESC @` initialise · `FS &` Chinese mode · `ESC a` align · `ESC E` bold · `ESC ! n` size of ASCII (bit 4 double height,
bit 5 double width) · `FS ! n` size of Chinese (bit 2 width, bit 3 height) · `GS v 0` raster · `GS ( k` QR ·
`ESC J n` feed n dots · `ESC d n` feed n lines · `GS V` cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drivers.receipt_printer import layout, raster
from drivers.receipt_printer.receipt import Align, Feed, Pair, Qr, Receipt, Rule, Text

INITIALISE = b"\x1b@"
CHINESE_MODE = b"\x1c&"
FEED_TO_CUTTER = b"\x1bd\x05"
"""Five lines: the blade sits some 15 mm behind the head."""
CUT = {"partial": b"\x1dV\x01", "full": b"\x1dV\x00"}

_ALIGN = {Align.LEFT: b"\x1ba\x00", Align.CENTER: b"\x1ba\x01", Align.RIGHT: b"\x1ba\x02"}


@dataclass(frozen=True)
class Paper:
    """What the encoder must know of the printer. `fonts`: files to draw rare characters with, best first."""

    width_mm: Literal[58, 80] = 80
    qr: Literal["raster", "native"] = "raster"
    cut: Literal["partial", "full"] = "partial"
    fonts: tuple[Path, ...] = ()

    @property
    def dots(self) -> int:
        """Printable dots across."""
        return layout.DOTS[self.width_mm]


def encode(receipt: Receipt, paper: Paper) -> bytes:
    """The whole receipt, from `ESC @` to the cut. Same receipt and fonts, same bytes."""
    body = b"".join(_element(element, paper) for element in receipt.elements)
    return INITIALISE + CHINESE_MODE + body + FEED_TO_CUTTER + CUT[paper.cut]


def _element(element: Text | Pair | Rule | Feed | Qr, paper: Paper) -> bytes:
    match element:
        case Text():
            return b"".join(_lines(element, paper))
        case Pair(left, right):
            return b"".join(_lines(Text(_pair(left, right, paper)), paper))
        case Rule():
            # A GB2312 box-drawing character, as wide as its cell: on paper an unbroken line.
            return b"".join(_lines(Text("─" * (paper.dots // raster.CELL)), paper))
        case Feed(lines):
            return b"\n" * lines
        case Qr(data, beside):
            return _qr(data, beside, paper)


def _pair(left: str, right: str, paper: Paper) -> str:
    left, right = layout.clean(left), layout.clean(right)
    gap = paper.dots // layout.COLUMN_DOTS - layout.columns(left) - layout.columns(right)
    return left + " " * gap + right if gap >= 2 else f"{left}\n{right}"


def _lines(text: Text, paper: Paper) -> Iterator[bytes]:
    """The paragraph's lines, with the modes set before the first and taken back after the last."""
    fonts = raster.faces(paper.fonts)
    width = paper.dots // (layout.COLUMN_DOTS * text.width)
    content = _printable(layout.clean(text.text), fonts)
    size = (0x10 if text.height == 2 else 0) | (0x20 if text.width == 2 else 0)
    chinese_size = (0x08 if text.height == 2 else 0) | (0x04 if text.width == 2 else 0)
    yield _ALIGN[text.align]
    if size:
        yield b"\x1b!" + bytes([size]) + b"\x1c!" + bytes([chinese_size])
    if text.bold:
        yield b"\x1bE\x01"
    for line in layout.wrap(content, width, text.hang):
        if all(layout.built_in(char) for char in line):
            yield line.encode("gbk") + b"\n"
        else:
            picture = raster.draw_line(line, fonts, width=text.width, height=text.height, bold=text.bold)
            yield raster.raster_command(raster.on_paper(picture, paper.dots, text.align))
    if text.bold:
        yield b"\x1bE\x00"
    if size:
        yield b"\x1b!\x00\x1c!\x00"


def _printable(text: str, fonts: Sequence[raster.Face]) -> str:
    """`text` with what neither the printer nor a font can show written as 〔U+XXXX〕.

    Where a line must become a picture but a font lacks one of its *ordinary* characters, the rare ones are named by
    code point as well, so that the line stays text.
    """
    rare = {c for c in text if c != "\n" and not layout.built_in(c)}
    if not rare:
        return text
    ordinary_drawable = all(c in " \n" or raster.face_for(c, fonts) for c in text if c not in rare)
    hidden = {c for c in rare if not ordinary_drawable or raster.face_for(c, fonts) is None}
    return "".join(f"〔U+{ord(c):04X}〕" if c in hidden else c for c in text)


def _qr(data: str, beside: tuple[str, ...], paper: Paper) -> bytes:
    fonts = raster.faces(paper.fonts)
    beside_drawable = all(c == " " or raster.face_for(c, fonts) for line in beside for c in line)
    captions = b"".join(_element(Text(line, Align.RIGHT), paper) for line in beside)
    if paper.qr == "raster":
        if beside_drawable:
            captions = b""
        block = raster.qr_block(data, beside if beside_drawable else (), paper.dots, fonts)
        return captions + _ALIGN[Align.LEFT] + raster.raster_command(block)
    payload = data.encode("utf-8")
    store = (len(payload) + 3).to_bytes(2, "little") + b"1P0" + payload
    return (
        captions
        + _ALIGN[Align.RIGHT]
        + b"\x1d(k\x04\x001A2\x00"  # function 65: model 2
        + b"\x1d(k\x03\x001C"
        + bytes([raster.qr_module_dots(data)])  # function 67: dots a module
        + b"\x1d(k\x03\x001E1"  # function 69: error correction M
        + b"\x1d(k"
        + store  # function 80: store
        + b"\x1d(k\x03\x001Q0"  # function 81: print
        + _ALIGN[Align.LEFT]
    )
