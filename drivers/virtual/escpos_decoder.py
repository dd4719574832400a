"""Understanding ESC/POS as a printer does, byte by byte. Shares no code with the driver's encoder.

Two readers look at every byte, as in a real printer: `RealTimeScanner` at once, as the bytes arrive, wherever they
stand (so a real-time command hidden in picture data is obeyed); `Decoder` later, when the paper gets there.
Any bytes at all are fine: what is unknown is skipped, and text that is no text becomes U+FFFD.

Written from Epson's ESC/POS reference and the manuals of Chinese models; strict where lenience would hide a driver's
defect: after power-on and `ESC @` it is *not* in Chinese mode, and it has no four-byte GB18030 characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias


# ------------------------------------------------------------------------------------------------- real time
@dataclass(frozen=True)
class StatusRequest:
    """`DLE EOT n`."""

    n: int


@dataclass(frozen=True)
class Recover:
    """`DLE ENQ n`: 1 resume, 2 clear and recover."""

    n: int


@dataclass(frozen=True)
class ClearBuffers:
    """`DLE DC4 8 1 3 20 1 6 2 8`."""


RealTime: TypeAlias = StatusRequest | Recover | ClearBuffers

_CLEAR = bytes([0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8])


@dataclass
class RealTimeScanner:
    """Finds real-time commands in the stream as it arrives."""

    _tail: bytes = field(default=b"", init=False)

    def feed(self, data: bytes) -> Iterator[tuple[int, RealTime]]:
        """Yield each command with the number of bytes of `data` up to and with its last one."""
        before = len(self._tail)
        stream = self._tail + data
        keep = 0
        at = stream.find(0x10)
        while at >= 0:
            found, length = _real_time_at(stream, at)
            if length == 0:  # the rest has not come yet
                keep = len(stream) - at
                break
            if found is not None:
                yield at + length - before, found
            at = stream.find(0x10, at + length)
        self._tail = stream[len(stream) - keep :]


def _real_time_at(stream: bytes, at: int) -> tuple[RealTime | None, int]:
    """The command at `at` and its length; length 0 when more bytes are needed to tell."""
    head = stream[at : at + len(_CLEAR)]
    if len(head) < 2:
        return None, 0
    if head[1] in (0x04, 0x05):
        if len(head) < 3:
            return None, 0
        if head[1] == 0x04 and 1 <= head[2] <= 4:
            return StatusRequest(head[2]), 3
        if head[1] == 0x05 and head[2] in (1, 2):
            return Recover(head[2]), 3
        return None, 2
    if head[1] == 0x14:
        if head == _CLEAR:
            return ClearBuffers(), len(_CLEAR)
        return None, 0 if _CLEAR.startswith(head) else 2
    return None, 1


# ------------------------------------------------------------------------------------------------- on paper
@dataclass(frozen=True)
class Style:
    """How text stands on the paper."""

    align: str = "left"
    bold: bool = False
    width: int = 1
    height: int = 1
    chinese_width: int = 1
    chinese_height: int = 1


@dataclass(frozen=True)
class Span:
    """Text in one style."""

    text: str
    style: Style


@dataclass(frozen=True)
class PrintLine:
    """A line of text is printed and the paper moves on by its height."""

    spans: tuple[Span, ...]
    align: str


@dataclass(frozen=True)
class PrintRaster:
    """A picture: `rows` of bytes, most significant bit left, 1 = black."""

    rows: tuple[bytes, ...]
    align: str
    scale: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class PrintQr:
    """The stored QR code is printed."""

    data: str
    module_dots: int
    error_correction: str
    align: str


@dataclass(frozen=True)
class FeedDots:
    """The paper moves on."""

    dots: int


@dataclass(frozen=True)
class CutPaper:
    """The blade."""

    full: bool


@dataclass(frozen=True)
class TellProcessId:
    """`GS ( H` function 48: everything before it is printed; tell so."""

    id: bytes


@dataclass(frozen=True)
class TellPaperSensor:
    """`GS r 1`: everything before it is worked off; tell the paper sensor's state."""


Operation: TypeAlias = PrintLine | PrintRaster | PrintQr | FeedDots | CutPaper | TellProcessId | TellPaperSensor

LINE_DOTS = 30
_ALIGN = {0: "left", 1: "center", 2: "right"}
_QR_LEVEL = {48: "L", 49: "M", 50: "Q", 51: "H"}

# How many parameter bytes the fixed-length commands take that need no more than skipping.
_SKIP = {
    b"\x1b": dict.fromkeys(b" -2345cGKLMQRSTUV{rtv%?=u", 1)
    | {ord("2"): 0, ord("p"): 3, ord("$"): 2, ord("\\"): 2, ord("D"): 0},
    b"\x1c": dict.fromkeys(b"-CWq", 1) | {ord("S"): 2},
    b"\x1d": dict.fromkeys(b"aBbfhHwIT", 1) | {ord("L"): 2, ord("W"): 2, ord("P"): 2, ord("$"): 2},
}


class _Incomplete(Exception):
    """The command has not come whole yet."""


class Decoder:
    """The bytes of one job after another, in; what the printer does, out."""

    def __init__(self) -> None:
        self._data = b""
        self.reset()

    def reset(self) -> None:
        """Power-on, or `ESC @`: default modes, nothing in the line. The QR store is emptied too."""
        self._chinese = False
        self._style = Style()
        self._spans: list[Span] = []
        self._line_dots = LINE_DOTS
        self._qr_data, self._qr_module, self._qr_level = "", 3, "L"

    def clear(self) -> None:
        """Forget the bytes that have not been worked off."""
        self._data = b""
        self._spans = []

    def put(self, data: bytes) -> None:
        """Append to the receive buffer."""
        self._data += data

    def next(self) -> Operation | None:
        """Work on to the next thing that happens on the paper or on the line; None when the buffer is empty.

        A command that has not come whole stays in the buffer.
        """
        while self._data:
            try:
                length, operation = self._step(self._data)
            except _Incomplete:
                return None
            self._data = self._data[length:]
            if operation is not None:
                return operation
        return None

    @property
    def unfinished(self) -> bool:
        """True while a line has text that is not printed yet."""
        return bool(self._spans)

    # Every method below returns how many bytes were used, and the operation if any.

    def _step(self, data: bytes) -> tuple[int, Operation | None]:
        first = data[0]
        if first == 0x0A:
            return 1, self._print_line()
        if first in (0x1B, 0x1C, 0x1D):
            if len(data) < 2:
                raise _Incomplete
            handler = {0x1B: self._esc, 0x1C: self._fs, 0x1D: self._gs}[first]
            return handler(data)
        if first == 0x10:
            return self._skip_real_time(data), None
        if first < 0x20 or first == 0x7F:
            return 1, None
        return self._text(data)

    def _skip_real_time(self, data: bytes) -> int:
        if len(data) < 2:
            raise _Incomplete
        if data[1] in (0x04, 0x05):
            return _whole(data, 3)
        if data[1] == 0x14:
            return len(_CLEAR) if data.startswith(_CLEAR) else 2
        return 1

    def _text(self, data: bytes) -> tuple[int, None]:
        """A run of characters in the present modes; at most a few thousand, so that one call stays short."""
        at = 0
        out: list[str] = []
        while at < len(data) and len(out) < 4096:
            byte = data[at]
            if byte < 0x20 or byte == 0x7F:
                break
            if byte < 0x80:
                out.append(chr(byte))
                at += 1
            elif not self._chinese:
                out.append(bytes([byte]).decode("cp437"))
                at += 1
            elif at + 1 >= len(data):
                if not out:
                    raise _Incomplete
                break
            elif data[at + 1] < 0x40:  # half of a four-byte character: the lead byte is lost, the digit is printed
                out.append(" ")
                at += 1
            else:
                out.append(data[at : at + 2].decode("gbk", "replace")[:1])
                at += 2
        self._spans.append(Span("".join(out), self._style))
        return at, None

    def _print_line(self) -> PrintLine:
        line = PrintLine(tuple(self._spans), self._style.align)
        self._spans = []
        return line

    def _esc(self, data: bytes) -> tuple[int, Operation | None]:
        match chr(data[1]):
            case "@":
                self.reset()
                return 2, None
            case "!":
                n = data[_whole(data, 3) - 1]
                self._style = replace(
                    self._style, bold=bool(n & 8), height=2 if n & 0x10 else 1, width=2 if n & 0x20 else 1
                )
                return 3, None
            case "E":
                self._style = replace(self._style, bold=bool(data[_whole(data, 3) - 1] & 1))
                return 3, None
            case "a":
                n = data[_whole(data, 3) - 1]
                self._style = replace(self._style, align=_ALIGN.get(n & 0x0F, self._style.align))
                return 3, None
            case "d":
                return self._feed_lines(data)
            case "J":
                return _whole(data, 3), FeedDots(data[2])
            case "3":
                self._line_dots = max(1, data[_whole(data, 3) - 1])
                return 3, None
            case "2":
                self._line_dots = LINE_DOTS
                return 2, None
            case "i" | "m":
                return 2, CutPaper(full=data[1] == ord("i"))
            case "*":
                across = 3 if data[_whole(data, 5) - 3] >= 32 else 1
                return _whole(data, 5 + across * int.from_bytes(data[3:5], "little")), None
        return _whole(data, 2 + _SKIP[b"\x1b"].get(data[1], 0)), None

    def _feed_lines(self, data: bytes) -> tuple[int, Operation]:
        """`ESC d n`: print what is in the line, then feed."""
        lines = data[_whole(data, 3) - 1]
        if self._spans:  # the command stays in the buffer and comes again with an empty line
            return 0, self._print_line()
        return 3, FeedDots(lines * self._line_dots)

    def _fs(self, data: bytes) -> tuple[int, Operation | None]:
        match chr(data[1]):
            case "&":
                self._chinese = True
                return 2, None
            case ".":
                self._chinese = False
                return 2, None
            case "!":
                n = data[_whole(data, 3) - 1]
                self._style = replace(self._style, chinese_width=2 if n & 4 else 1, chinese_height=2 if n & 8 else 1)
                return 3, None
        return _whole(data, 2 + _SKIP[b"\x1c"].get(data[1], 0)), None

    def _gs(self, data: bytes) -> tuple[int, Operation | None]:
        match chr(data[1]):
            case "!":
                n = data[_whole(data, 3) - 1]
                width, height = (n >> 4 & 7) + 1, (n & 7) + 1
                self._style = replace(
                    self._style, width=width, height=height, chinese_width=width, chinese_height=height
                )
                return 3, None
            case "V":
                mode = data[_whole(data, 3) - 1]
                if mode in (65, 66):
                    return _whole(data, 4), CutPaper(full=mode == 65)
                return 3, CutPaper(full=mode in (0, 48))
            case "r":
                asked = data[_whole(data, 3) - 1]
                return 3, TellPaperSensor() if asked in (1, 49) else None
            case "v":
                return self._raster(data)
            case "(":
                _whole(data, 5)
                length = _whole(data, 5 + int.from_bytes(data[3:5], "little"))
                return length, self._function(chr(data[2]), data[5:length])
            case "k":  # a bar code: not drawn
                if data[_whole(data, 3) - 1] <= 6:
                    end = data.find(0, 3)
                    if end < 0 and len(data) < 260:
                        raise _Incomplete
                    return (end + 1 if end >= 0 else len(data)), None
                return _whole(data, 4 + data[_whole(data, 4) - 1]), None
        return _whole(data, 2 + _SKIP[b"\x1d"].get(data[1], 0)), None

    def _raster(self, data: bytes) -> tuple[int, Operation | None]:
        """`GS v 0 m xL xH yL yH data`."""
        _whole(data, 8)
        if data[2] != ord("0"):
            return 2, None
        across, rows = int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little")
        length = _whole(data, 8 + across * rows)
        if not across or not rows:
            return length, None
        picture = tuple(data[at : at + across] for at in range(8, length, across))
        return length, PrintRaster(picture, self._style.align, (1 + (data[3] & 1), 1 + (data[3] >> 1 & 1)))

    def _function(self, group: str, body: bytes) -> Operation | None:
        """`GS ( group pL pH body`; functions this printer lacks do nothing."""
        if group == "H" and body[:2] == b"00" and len(body) == 6:
            return TellProcessId(body[2:6])
        if group != "k" or len(body) < 2 or body[0] != 49:
            return None
        number, value = body[1], body[2:]
        if number == 67 and value:
            self._qr_module = max(1, min(16, value[0]))
        elif number == 69 and value:
            self._qr_level = _QR_LEVEL.get(value[0], "L")
        elif number == 80:
            self._qr_data = value[1:].decode("utf-8", "replace")
        elif number == 81 and self._qr_data:
            return PrintQr(self._qr_data, self._qr_module, self._qr_level, self._style.align)
        return None


def _whole(data: bytes, length: int) -> int:
    """`length`, once so many bytes are there."""
    if len(data) < length:
        raise _Incomplete
    return length
