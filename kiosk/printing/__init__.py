"""Slips on paper: what they say (`slip`), and which of them went to the printer with what result (`ledger`)."""

from kiosk.printing.ledger import AlreadyPrinted, PrintJob, PrintLedger, PrintState
from kiosk.printing.slip import SlipFacts, submission_slip
from kiosk.printing.test_page import test_receipt

__all__ = [
    "AlreadyPrinted",
    "PrintJob",
    "PrintLedger",
    "PrintState",
    "SlipFacts",
    "submission_slip",
    "test_receipt",
]
