"""Receipt printers: what a slip is printed with, and what is known of it afterwards.

`unknown` is an outcome of its own: a printer that says nothing after the data has perhaps printed, perhaps not.
It is never counted as printed and never repeated without the mark 补打 (see `kiosk.printing.ledger`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.receipt_printer.receipt import Align, Feed, Pair, Qr, Receipt, Rule, Text
from drivers.status import Deadline, DeviceState, DeviceStatus, PaperState, Remedy

__all__ = [
    "Align",
    "Evidence",
    "Feed",
    "Pair",
    "PrintOutcome",
    "PrintResult",
    "Qr",
    "Receipt",
    "ReceiptPrinter",
    "ReceiptPrinterStatus",
    "Rule",
    "Text",
]


@dataclass(frozen=True)
class ReceiptPrinterStatus(DeviceStatus):
    """What is known of the printer now. `cover_open` is None where the printer does not say."""

    paper: PaperState = PaperState.UNKNOWN
    cover_open: bool | None = None

    @property
    def can_print(self) -> bool:
        """True unless something is known to be in the way. Low paper and paper of unknown state are not."""
        return self.device is DeviceState.ONLINE and self.paper not in {PaperState.OUT, PaperState.JAMMED}


class PrintOutcome(StrEnum):
    """How a print ended."""

    CONFIRMED = "confirmed"
    """The printer took every byte, and afterwards reported itself well. `Evidence` says how strong that is."""
    FAILED = "failed"
    """It did not come out whole: nothing was sent, or the printer reported a fault and its buffer was cleared."""
    UNKNOWN = "unknown"
    """The data went (perhaps only in part), and nobody can say what became of it."""


class Evidence(StrEnum):
    """What a confirmation rests on, strongest first. None of them proves that somebody took the slip."""

    PRINTED = "printed"
    """The process ID sent after the cut came back (GS ( H): everything before it is on paper."""
    PROCESSED = "processed"
    """A query queued behind the cut was answered (GS r): everything before it was worked off."""
    STATUS = "status"
    """Only the real-time status: all four answers sound and without a fault, for as long as printing may take."""
    NONE = "none"


@dataclass(frozen=True)
class PrintResult:
    """What became of one receipt. `paper` is the supply afterwards; `reason` is plain English for the log."""

    outcome: PrintOutcome
    paper: PaperState = PaperState.UNKNOWN
    reason: str = ""
    remedy: Remedy | None = None
    evidence: Evidence = Evidence.NONE
    data_sent: bool = False
    """False: no byte of the receipt went out, so nothing of it can be on paper."""


class ReceiptPrinter(Protocol):
    """A printer for slips."""

    def status(self) -> ReceiptPrinterStatus:
        """Ask the printer (milliseconds; two seconds when it is silent). Never raises; three missed polls make it `noDevice`."""

    def print_receipt(self, receipt: Receipt, deadline: Deadline) -> PrintResult:
        """Print one receipt and find out what became of it. Raises nothing from the device tree.

        Time running out or cancelling before the first byte is `failed`; after it, `unknown`.
        """

    def clear(self, deadline: Deadline) -> None:
        """Throw away what the printer still holds, so that no tail of an old slip comes out later.

        Raises:
            NoDevice, TimeOut, Canceled
        """

    def close(self) -> None:
        """Let go of the link. Harmless twice; the next call opens it again."""
