"""What comes back from an ESC/POS printer: telling the kinds of bytes apart, and what they mean. Pure.

Facts from Epson's ESC/POS reference:

- `DLE EOT n` (real time): one byte 0xx1xx10, so `b & 0x93 == 0x12`.
- ASB, sent unasked: four bytes; the first 0xx1xx00, so `b & 0x93 == 0x10`.
- `GS r 1` (queued): one byte 0xx0xxxx, so `b & 0x90 == 0`.
- `GS ( H` process ID: 37 22 d1 d2 d3 d4 00; `DLE DC4 8` buffer cleared: 37 25 00.

No byte can be taken for another kind, which is why the printer's words survive a stray byte among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from drivers.status import CoverOpen, DeviceError, HardwareError, PaperOut, PaperState


@dataclass(frozen=True)
class RealTimeStatus:
    """The answer to a `DLE EOT`. The byte does not say to which: ask one at a time."""

    byte: int


@dataclass(frozen=True)
class SensorStatus:
    """The answer to `GS r`: everything queued before it was worked off."""

    byte: int


@dataclass(frozen=True)
class ProcessId:
    """The answer to `GS ( H`: everything before it was printed."""

    id: bytes


@dataclass(frozen=True)
class BufferCleared:
    """The answer to `DLE DC4 8`."""


Reply: TypeAlias = RealTimeStatus | SensorStatus | ProcessId | BufferCleared

_HEADER = 0x37
_PROCESS_ID, _CLEARED = 0x22, 0x25


@dataclass
class ReplyReader:
    """Cuts the bytes from the printer into replies. Any bytes at all are fine; ASB frames and noise are dropped."""

    _rest: bytes = field(default=b"", init=False)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are complete with `data`."""
        self._rest += data
        replies: list[Reply] = []
        while self._rest:
            taken, reply = self._first()
            if taken == 0:
                break
            self._rest = self._rest[taken:]
            if reply is not None:
                replies.append(reply)
        return replies

    def _first(self) -> tuple[int, Reply | None]:
        """How many bytes the first item takes (0: wait for more), and what it is (None: nothing of use)."""
        rest = self._rest
        first = rest[0]
        if first & 0x93 == 0x12:
            return 1, RealTimeStatus(first)
        if first & 0x93 == 0x10:
            return self._automatic_status()
        if first & 0x90 == 0:
            return 1, SensorStatus(first)
        if first != _HEADER:
            return 1, None
        if len(rest) < 2:
            return 0, None
        if rest[1] == _CLEARED:
            return (3, BufferCleared()) if rest[2:3] == b"\0" else (0 if len(rest) < 3 else 2, None)
        if rest[1] != _PROCESS_ID:
            return 1, None
        if any(not 0x20 <= d <= 0x7E for d in rest[2:6]):
            return 2, None
        if len(rest) < 7:
            return 0, None
        return (7, ProcessId(rest[2:6])) if rest[6] == 0 else (2, None)

    def _automatic_status(self) -> tuple[int, None]:
        """An ASB frame: its three later bytes are 0xx0xxxx. What follows a lone first byte is not swallowed."""
        for position, byte in enumerate(self._rest[1:4], start=1):
            if byte & 0x90:
                return position, None
        return (4, None) if len(self._rest) >= 4 else (0, None)

    def forget(self) -> None:
        """Drop a reply that never became whole."""
        self._rest = b""


@dataclass(frozen=True)
class StatusBits:
    """The four answers to `DLE EOT` 1 to 4; None where there was no sound one."""

    printer: int | None = None
    offline: int | None = None
    error: int | None = None
    paper: int | None = None

    @property
    def any(self) -> bool:
        """True when the printer answered at all."""
        return not all(byte is None for byte in (self.printer, self.offline, self.error, self.paper))

    @property
    def complete(self) -> bool:
        """True when all four answers are there."""
        return None not in (self.printer, self.offline, self.error, self.paper)


@dataclass(frozen=True)
class Condition:
    """What the bits say. `fault` carries reason and remedy; `passing`: the printer will recover by itself."""

    paper: PaperState
    cover_open: bool | None
    fault: DeviceError | None
    passing: bool = False


def interpret(bits: StatusBits, *, paper_end_bits: int = 0x60, paper_low_bits: int = 0x0C) -> Condition:
    """Read the bits. What was not answered stays unknown: neither "no paper" nor "fine".

    The paper masks are for `DLE EOT 4` and differ between models (a Citizen PPU-231II uses bit 6 for its presenter:
    give 0x20); any bit of a mask counts.
    """
    paper = PaperState.UNKNOWN
    if bits.paper is not None:
        paper = PaperState.LOW if bits.paper & paper_low_bits else PaperState.FULL
    stopped_by_paper = bits.offline is not None and bool(bits.offline & 0x20)
    if stopped_by_paper or (bits.paper is not None and bits.paper & paper_end_bits):
        paper = PaperState.OUT
    cover_open = None if bits.offline is None else bool(bits.offline & 0x04)
    error = bits.error or 0

    if paper is PaperState.OUT:
        return Condition(paper, cover_open, PaperOut("paper out"))
    if cover_open:
        return Condition(paper, cover_open, CoverOpen("cover open"))
    if error & 0x08:
        return Condition(paper, cover_open, HardwareError("autocutter error"))
    if error & 0x20:
        return Condition(paper, cover_open, HardwareError("unrecoverable error"))
    if error & 0x04:
        return Condition(paper, cover_open, HardwareError("mechanical error"))
    if error & 0x40:
        return Condition(paper, cover_open, HardwareError("print head too hot"), passing=True)
    if bits.offline is not None and bits.offline & 0x40:
        return Condition(paper, cover_open, HardwareError("error, cause not given"))
    if bits.printer is not None and bits.printer & 0x08:
        return Condition(paper, cover_open, HardwareError("offline, cause not given"), passing=True)
    return Condition(paper, cover_open, None)
