"""The driver for ESC/POS receipt printers on a network, serial or USB link.

What `confirmed` means here: every byte was taken by the link, **and** afterwards the printer reported no fault, in
sound answers, **and** either a query queued behind the cut was answered (process ID, else `GS r`), or, where the
printer answers neither, all four `DLE EOT` were sound and without a fault for as long as printing may take
(`Timing.finish`). `PrintResult.evidence` says which. A fault after the data is `failed` even when the slip may be
whole: printing it again, marked 补打, does less harm than calling a torn slip done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from drivers.receipt_printer import (
    Evidence,
    PrintOutcome,
    PrintResult,
    Receipt,
    ReceiptPrinter,
    ReceiptPrinterStatus,
)
from drivers.receipt_printer.encoder import INITIALISE, Paper, encode
from drivers.receipt_printer.replies import (
    BufferCleared,
    Condition,
    ProcessId,
    RealTimeStatus,
    Reply,
    ReplyReader,
    SensorStatus,
    StatusBits,
    interpret,
)
from drivers.receipt_printer.transport import Transport
from drivers.status import (
    CoverOpen,
    Deadline,
    DeviceError,
    DeviceState,
    InvalidData,
    NoDevice,
    PaperOut,
    PaperState,
    StatusTracker,
)

CLEAR_BUFFERS = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
BARRIER_GS_R = b"\x1dr\x01"


def _number(value: object) -> object:
    """Settings may come as text from the command line (`--set …=58`); "0x20" is a number too."""
    return int(value, 0) if isinstance(value, str) else value


class Settings(BaseModel):
    """`[devices.receipt_printer]` in config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    link: str = Field(
        pattern=r"^(socket://[^\s/:]+:\d{1,5}|/\S+)$",
        description="socket://host:9100 · /dev/ttyUSB0 · /dev/usb/lp0",
    )
    baud: int = Field(default=115200, ge=1200, le=921600, description="serial links only")
    paper_width_mm: Annotated[Literal[58, 80], BeforeValidator(_number)] = 80
    qr: Literal["raster", "native"] = Field(
        default="raster", description="raster prints on every model; native is faster on slow serial links"
    )
    cut: Literal["partial", "full"] = "partial"
    process_id: Literal["auto", "never"] = Field(
        default="auto", description="never: for models that print rubbish when asked for a process ID (GS ( H)"
    )
    paper_end_bits: Annotated[int, BeforeValidator(_number)] = Field(default=0x60, ge=0x20, le=0x60)
    paper_low_bits: Annotated[int, BeforeValidator(_number)] = Field(default=0x0C, ge=0, le=0x0C)
    fonts: tuple[Path, ...] = Field(default=(), description="fonts for rare characters; empty: those installed")


@dataclass(frozen=True)
class Timing:
    """Every wait of this driver, in seconds."""

    answer: float = 1.0
    """How long one `DLE EOT` may take. An answer later than this would be taken for the next one's."""
    surplus: float = 0.02
    """How long to look for a second answer to one question, which would make both doubtful."""
    poll: float = 0.25
    """Between two looks at a printer that is printing."""
    finish: float = 6.0
    """After the last byte, until a slip of 200 mm is surely out (60 mm/s and some patience)."""
    process_id: float = 1.0
    """How much later than the answer to `GS r` a process ID may come, from a printer not known to give one."""
    status: float = 5.0
    """The whole of one `status()`."""


class EscposPrinter:
    """One ESC/POS printer. Opens its link at the first call; calls may come from any thread, one is served at a time."""

    def __init__(
        self,
        settings: Settings,
        *,
        timing: Timing = Timing(),
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._paper = Paper(settings.paper_width_mm, settings.qr, settings.cut, settings.fonts)
        self._timing = timing
        self._clock = clock
        self._tracker = StatusTracker(ReceiptPrinterStatus(), wall_clock)
        self._lock = threading.Lock()
        self._transport: Transport | None = None
        self._reader = ReplyReader()
        self._inbox: list[Reply] = []
        self._gives_process_id: bool | None = None if settings.process_id == "auto" else False
        self._jobs = 0

    # ------------------------------------------------------------------------------------------------ status

    def status(self) -> ReceiptPrinterStatus:
        """See `ReceiptPrinter.status`. While a receipt is being printed: the last status, as `deviceBusy`."""
        if not self._lock.acquire(blocking=False):
            return replace(self._tracker.status, device=DeviceState.DEVICE_BUSY)
        try:
            return self._note(self._ask_anew(Deadline(self._timing.status, clock=self._clock)))
        except DeviceError as error:
            self._drop()
            return self._missed(error)
        finally:
            self._lock.release()

    def _note(self, bits: StatusBits) -> ReceiptPrinterStatus:
        """Put what the printer said (or did not say) into the status."""
        if not bits.any:
            # A half-dead connection looks like this: the next question goes over a fresh one.
            self._drop()
            return self._missed(NoDevice("no sound answer to a status request"))
        condition = self._interpret(bits)
        fault = condition.fault
        return self._tracker.seen(
            ReceiptPrinterStatus(
                device=_device_state(fault),
                reason=str(fault) if fault else "",
                remedy=fault.remedy if fault else None,
                paper=condition.paper,
                cover_open=condition.cover_open,
            )
        )

    def _missed(self, error: DeviceError) -> ReceiptPrinterStatus:
        status = self._tracker.missed(error)
        if status.device is DeviceState.NO_DEVICE:
            self._tracker.status = replace(status, paper=PaperState.UNKNOWN, cover_open=None)
        return self._tracker.status

    # ---------------------------------------------------------------------------------------------- printing

    def print_receipt(self, receipt: Receipt, deadline: Deadline) -> PrintResult:
        """See `ReceiptPrinter.print_receipt`."""
        data = encode(receipt, self._paper)
        with self._lock:
            try:
                bits = self._ask_anew(deadline)
                before = self._interpret(bits)
                if before.fault is not None:
                    self._note(bits)
                    return _not_sent(before.paper, before.fault)
            except DeviceError as error:
                self._drop()
                return _not_sent(PaperState.UNKNOWN, error)
            try:
                self._jobs += 1
                job = b"%04d" % (self._jobs % 10_000)
                self._inbox.clear()
                self._write(data + self._barrier(job), deadline)
                return self._outcome(job, deadline)
            except DeviceError as error:
                self._drop()
                return _sent(PrintOutcome.UNKNOWN, PaperState.UNKNOWN, error)

    def _barrier(self, job: bytes) -> bytes:
        """What is queued behind the cut; answered when everything before it is printed, or worked off."""
        process_id = b"" if self._gives_process_id is False else b"\x1d(H\x06\x0000" + job
        return process_id + BARRIER_GS_R

    def _outcome(self, job: bytes, deadline: Deadline) -> PrintResult:
        """Watch the printer until it has confirmed, reported a fault, or had all the time it needs."""
        end = self._clock() + self._timing.finish
        while True:
            evidence = self._await_barrier(job, deadline)
            bits = self._ask_all(deadline)
            condition = self._interpret(bits)
            late = self._clock() >= end
            if condition.fault is not None and (late or not condition.passing):
                self._note(bits)
                try:
                    self._clear(deadline)
                except DeviceError:
                    self._drop()
                return _sent(PrintOutcome.FAILED, condition.paper, condition.fault)
            enough = evidence is Evidence.PRINTED or (
                evidence is Evidence.PROCESSED and (late or not self._gives_process_id)
            )
            if enough and condition.fault is None and bits.paper is not None:
                self._note(bits)
                return PrintResult(PrintOutcome.CONFIRMED, condition.paper, evidence=evidence, data_sent=True)
            if late:
                break
        if bits.complete:
            self._note(bits)
            return PrintResult(PrintOutcome.CONFIRMED, condition.paper, evidence=Evidence.STATUS, data_sent=True)
        self._drop()  # a late answer must not be taken for one to the next receipt
        silence = InvalidData("no sound answer after the data") if bits.any else NoDevice("no answer after the data")
        return _sent(PrintOutcome.UNKNOWN, condition.paper, silence)

    def _await_barrier(self, job: bytes, deadline: Deadline) -> Evidence:
        """Look for an answer to the barrier for one poll interval; the strongest evidence so far."""
        patience = self._timing.poll
        while True:
            if ProcessId(job) in self._inbox:
                self._gives_process_id = True
                return Evidence.PRINTED
            processed = any(isinstance(reply, SensorStatus) for reply in self._inbox)
            if processed and self._gives_process_id is None:
                patience = self._timing.process_id
            if (processed and self._gives_process_id is False) or not self._pump(patience, deadline):
                break
        if processed and self._gives_process_id is None:
            self._gives_process_id = False
        return Evidence.PROCESSED if processed else Evidence.NONE

    # ------------------------------------------------------------------------------------------ clear, close

    def clear(self, deadline: Deadline) -> None:
        """See `ReceiptPrinter.clear`."""
        with self._lock:
            try:
                self._connect(deadline)
                self._clear(deadline)
            except DeviceError:
                self._drop()
                raise

    def _clear(self, deadline: Deadline) -> None:
        """`DLE DC4 8`, and `ESC @` for printers that do not know it. Not every one answers."""
        self._inbox.clear()
        self._write(CLEAR_BUFFERS, deadline)
        while BufferCleared() not in self._inbox and self._pump(self._timing.answer, deadline):
            pass
        self._write(INITIALISE, deadline)

    def close(self) -> None:
        """See `ReceiptPrinter.close`."""
        with self._lock:
            self._drop()

    # ------------------------------------------------------------------------------------------ conversation

    def _interpret(self, bits: StatusBits) -> Condition:
        return interpret(
            bits,
            paper_end_bits=self._settings.paper_end_bits,
            paper_low_bits=self._settings.paper_low_bits,
        )

    def _ask_anew(self, deadline: Deadline) -> StatusBits:
        """All four `DLE EOT`; over a fresh connection where one from before is dead (idle time-out, power off and on)."""
        from_before = self._transport is not None
        try:
            bits = self._ask_all(deadline)
        except NoDevice:
            if not from_before:
                raise
            bits = StatusBits()
        if from_before and not bits.any:
            self._drop()
            bits = self._ask_all(deadline)
        return bits

    def _ask_all(self, deadline: Deadline) -> StatusBits:
        """All four `DLE EOT`. Not two more waits for a printer that answers neither of the two most common ones."""
        printer, paper = self._ask(1, deadline), self._ask(4, deadline)
        if printer is None and paper is None:
            return StatusBits()
        return StatusBits(printer, self._ask(2, deadline), self._ask(3, deadline), paper)

    def _ask(self, n: int, deadline: Deadline) -> int | None:
        """`DLE EOT n`: the answer, or None. Two answers to one question cannot be told apart: it asks again."""
        for _ in range(3):
            self._connect(deadline)
            while self._pump(0.0, deadline):
                pass
            self._reader.forget()
            self._take_status_bytes()
            self._write(b"\x10\x04" + bytes([n]), deadline)
            end = self._clock() + self._timing.answer
            answers: list[int] = []
            while not answers and (left := end - self._clock()) > 0 and self._pump(left, deadline):
                answers = self._take_status_bytes()
            if not answers:
                return None
            self._pump(self._timing.surplus, deadline)
            answers += self._take_status_bytes()
            if len(answers) == 1:
                return answers[0]
        return None

    def _take_status_bytes(self) -> list[int]:
        taken = [reply.byte for reply in self._inbox if isinstance(reply, RealTimeStatus)]
        self._inbox = [reply for reply in self._inbox if not isinstance(reply, RealTimeStatus)]
        return taken

    def _pump(self, seconds: float, deadline: Deadline) -> bool:
        """Read once into the inbox; False when nothing came within `seconds`."""
        data = self._connect(deadline).read(seconds, deadline)
        self._inbox += self._reader.feed(data)
        return bool(data)

    def _write(self, data: bytes, deadline: Deadline) -> None:
        self._connect(deadline).write(data, deadline)

    def _connect(self, deadline: Deadline) -> Transport:
        if self._transport is None:
            self._transport = Transport.connect(self._settings.link, self._settings.baud, deadline)
            self._reader.forget()
            self._inbox.clear()
        return self._transport

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _device_state(fault: DeviceError | None) -> DeviceState:
    match fault:
        case None:
            return DeviceState.ONLINE
        case CoverOpen():
            return DeviceState.USER_ERROR
        case PaperOut():
            return DeviceState.OFFLINE
        case _:
            return DeviceState.HARDWARE_ERROR


def _not_sent(paper: PaperState, error: DeviceError) -> PrintResult:
    return PrintResult(PrintOutcome.FAILED, paper, str(error), error.remedy)


def _sent(outcome: PrintOutcome, paper: PaperState, error: DeviceError) -> PrintResult:
    return PrintResult(outcome, paper, str(error), error.remedy, data_sent=True)


def open_device(settings: Settings) -> ReceiptPrinter:
    """The driver for `settings`; talks to nobody yet."""
    return EscposPrinter(settings)
