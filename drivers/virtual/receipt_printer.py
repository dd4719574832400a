"""A receipt printer at the far end of a TCP port or a pty: it takes ESC/POS bytes and paper comes out.

It behaves as the manuals say: real-time commands are obeyed as they arrive, everything else waits in a buffer that
stands still while there is no paper, the cover is open or the cutter is stuck, and goes on from there when
somebody has helped (so a driver that did not clear the buffer sees the tail of the old slip come out).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from drivers.virtual.device import Faults, Knob
from drivers.virtual.escpos_decoder import (
    ClearBuffers,
    CutPaper,
    Decoder,
    FeedDots,
    Operation,
    PrintLine,
    PrintQr,
    PrintRaster,
    RealTime,
    RealTimeScanner,
    Recover,
    StatusRequest,
    TellPaperSensor,
    TellProcessId,
)
from drivers.virtual.paper_roll import PaperRoll, PrintedReceipt, png
from drivers.virtual.printer_link import PrinterLink, PtyLink, TcpLink

STEPS_BEFORE_MISHAP = 4
"""A fault "in mid print" strikes after so many lines of a receipt."""

FAULTS = {
    "no_answer": "answers nothing, but prints",
    "garbage_status": "answers status requests with bytes that make no sense",
    "stray_status_byte": "sends a second, wrong status byte before the right one",
    "paper_out_mid_print": "the paper ends after a few lines of the next receipt",
    "cover_open_mid_print": "somebody opens the cover after a few lines of the next receipt",
    "dies_after_data": "prints the next receipt and says nothing from then on, until it is connected to anew",
    "no_process_id": "does not know the process ID command (GS ( H)",
    "only_real_time": "answers neither GS ( H nor GS r, only DLE EOT",
    "cutter_error": "the blade sticks at the next cut",
}


class VirtualReceiptPrinter:
    """A 58 or 80 mm printer with a roll of paper. Thread-safe."""

    name = "receipt_printer"

    def __init__(self, *, width_mm: Literal[58, 80] = 80, link: PrinterLink | None = None) -> None:
        self.faults = Faults(FAULTS)
        self.receipts: list[PrintedReceipt] = []
        """What was printed and cut, in order."""
        self.torn: list[PrintedReceipt] = []
        """Pieces without a proper end, torn off by whoever put in new paper."""
        self._link = link or TcpLink()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition(threading.RLock())
        self._roll = PaperRoll(width_mm)
        self._decoder = Decoder()
        self._scanner = RealTimeScanner()
        self._paper = "full"
        self._cover_open = False
        self._cutter_stuck = False
        self._mute = False
        self._mishap: tuple[str, int] | None = None

    @classmethod
    def on_tcp(cls, port: int = 0, *, width_mm: Literal[58, 80] = 80) -> VirtualReceiptPrinter:
        """A network printer on this machine; port 0 takes a free one."""
        return cls(width_mm=width_mm, link=TcpLink(port=port))

    @classmethod
    def on_pty(cls, *, width_mm: Literal[58, 80] = 80) -> VirtualReceiptPrinter:
        """A serial printer."""
        return cls(width_mm=width_mm, link=PtyLink())

    # --------------------------------------------------------------------------- what VirtualDevice asks for

    def start(self) -> None:
        """Switch on. Raises OSError when the port is taken."""
        if self._thread is not None:
            return
        self._link.plug()
        with self._changed:
            self._power_on()
        self._thread = threading.Thread(target=self._serve, name="virtual receipt printer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Switch off: what was in the buffer is lost. Harmless twice."""
        if self._thread is not None:
            self._link.unplug()
            self._thread.join()
            self._thread = None

    @property
    def settings(self) -> Mapping[str, str]:
        """See `VirtualDevice.settings`."""
        return {"driver": "escpos", "link": self._link.link, "paper_width_mm": str(self._roll.width_mm)}

    def knobs(self) -> Sequence[Knob]:
        """Paper, cover, cutter, cable."""
        return (
            Knob("paper", "打印纸 Paper", self.set_paper, ("full", "low", "out")),
            Knob("cover", "盖子 Cover", lambda value: self.set_cover(opened=value == "open"), ("closed", "open")),
            Knob("cutter", "疏通切刀 Free the cutter", lambda _: self.free_cutter()),
            Knob("cable", "连线 Cable", lambda value: self.start() if value == "in" else self.stop(), ("in", "out")),
        )

    def state(self) -> Mapping[str, object]:
        """See `VirtualDevice.state`."""
        with self._changed:
            return {
                "cable": "out" if self._thread is None else "in",
                "link": self._link.link,
                "paper": self._paper,
                "cover": "open" if self._cover_open else "closed",
                "cutter": "stuck" if self._cutter_stuck else "free",
                "width_mm": self._roll.width_mm,
                "printed_mm": round(self._roll.printed_mm),
                "receipts": len(self.receipts),
                "hanging_out": not self._roll.empty,
                "text": self.text(),
            }

    def picture(self) -> bytes | None:
        """The paper that hangs out, else the last receipt; None before the first print."""
        with self._changed:
            if not self._roll.empty:
                return png(self._roll.image())
            return self.receipts[-1].png() if self.receipts else None

    def text(self) -> str:
        """The last receipt's text; a picture shows as `[raster 576x30]`. Empty before the first."""
        with self._changed:
            return self.receipts[-1].text if self.receipts else ""

    # ------------------------------------------------------------------------------------ what people can do

    def set_paper(self, state: str) -> None:
        """`full`, `low` or `out`. A new roll tears off what hangs out. Raises ValueError for another word."""
        if state not in {"full", "low", "out"}:
            raise ValueError(state)
        with self._changed:
            if self._paper == "out" and state != "out" and not self._roll.empty:
                self.torn.append(self._roll.cut(full=True))
            self._paper = state
            self._work()

    def set_cover(self, *, opened: bool) -> None:
        """Open or close the cover."""
        with self._changed:
            self._cover_open = opened
            self._work()

    def free_cutter(self) -> None:
        """Pull the stuck paper out of the blade."""
        with self._changed:
            self._cutter_stuck = False
            self._work()

    def wait_for(self, seen: Callable[[VirtualReceiptPrinter], bool], seconds: float = 5.0) -> bool:
        """Wait until `seen(self)`; False when `seconds` passed first."""
        with self._changed:
            return self._changed.wait_for(lambda: seen(self), seconds)

    # ------------------------------------------------------------------------------------------------ inside

    def _serve(self) -> None:
        while (data := self._link.receive()) is not None:
            with self._changed:
                if not data:  # somebody connected: a rebooted network card answers again
                    self._mute = False
                self._take(data)
                self._changed.notify_all()

    def _power_on(self) -> None:
        self._decoder.clear()
        self._decoder.reset()
        self._scanner = RealTimeScanner()
        self._mute = False
        self._mishap = None

    def _take(self, data: bytes) -> None:
        """Real-time commands act when they arrive; the printer has then worked off all that came before."""
        done = 0
        for end, command in self._scanner.feed(data):
            self._decoder.put(data[done:end])
            done = end
            self._work()
            self._at_once(command)
        self._decoder.put(data[done:])
        self._work()

    def _at_once(self, command: RealTime) -> None:
        match command:
            case StatusRequest(n):
                if self.faults.take("garbage_status"):
                    self._answer(b"\xff\x55\x00")
                    return
                stray = b"\x12" if self.faults.take("stray_status_byte") else b""
                self._answer(stray + bytes([self._status_byte(n)]))
            case Recover(n):
                if n == 2:
                    self._decoder.clear()
                self._cutter_stuck = False
                self._work()
            case ClearBuffers():
                self._decoder.clear()
                self._mishap = None
                self._answer(b"\x37\x25\x00")

    def _status_byte(self, n: int) -> int:
        out = self._paper == "out"
        bits = {
            1: 0x08 if self._halted else 0,
            2: (0x04 if self._cover_open else 0) | (0x20 if out else 0) | (0x40 if self._cutter_stuck else 0),
            3: 0x08 if self._cutter_stuck else 0,
            4: 0x6C if out else 0x0C if self._paper == "low" else 0,
        }[n]
        return 0x12 | bits

    @property
    def _halted(self) -> bool:
        return self._paper == "out" or self._cover_open or self._cutter_stuck

    def _work(self) -> None:
        """Work off the buffer until it is empty or something is in the way."""
        while not self._halted and (operation := self._decoder.next()) is not None:
            self._do(operation)
        self._changed.notify_all()

    def _do(self, operation: Operation) -> None:
        match operation:
            case PrintLine():
                self._roll.line(operation)
            case PrintRaster():
                self._roll.raster(operation)
            case PrintQr():
                self._roll.qr(operation)
            case FeedDots(dots):
                self._roll.feed(dots)
            case CutPaper(full):
                self._cut(full=full)
            case TellProcessId(process_id):
                if not (self.faults.active("no_process_id") or self.faults.active("only_real_time")):
                    self._answer(b"\x37\x22" + process_id + b"\x00")
            case TellPaperSensor():
                if not self.faults.active("only_real_time"):
                    self._answer(bytes([0x03 if self._paper == "low" else 0]))
        if isinstance(operation, PrintLine | PrintRaster | PrintQr):
            self._maybe_mishap()

    def _maybe_mishap(self) -> None:
        if self._mishap is None:
            for fault in ("paper_out_mid_print", "cover_open_mid_print"):
                if self.faults.take(fault):
                    self._mishap = (fault, STEPS_BEFORE_MISHAP)
                    break
            else:
                return
        fault, left = self._mishap
        if left > 1:
            self._mishap = (fault, left - 1)
            return
        self._mishap = None
        if fault == "paper_out_mid_print":
            self._paper = "out"
        else:
            self._cover_open = True

    def _cut(self, *, full: bool) -> None:
        self._mishap = None
        if self.faults.take("cutter_error"):
            self._cutter_stuck = True
            return
        piece = self._roll.cut(full=full)
        if piece.text:
            self.receipts.append(piece)
        if self.faults.take("dies_after_data"):
            self._mute = True

    def _answer(self, data: bytes) -> None:
        if self._mute or self.faults.take("no_answer"):
            return
        self._link.send(data)
