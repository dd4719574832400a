"""The print ledger: no slip twice without its mark, whatever dies in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from drivers.receipt_printer import PrintOutcome, PrintResult, Receipt, Text
from drivers.receipt_printer.escpos_printer import EscposPrinter, Settings, Timing
from drivers.status import Deadline
from drivers.virtual.receipt_printer import VirtualReceiptPrinter
from kiosk.outbox.errors import StoreDamaged, StoreError
from kiosk.outbox.store import Store, open_store
from kiosk.printing.ledger import AlreadyPrinted, PrintLedger, PrintState

SLIP = "150626003000001716"
CONFIRMED = PrintResult(PrintOutcome.CONFIRMED, data_sent=True)
FAILED_MIDWAY = PrintResult(PrintOutcome.FAILED, reason="paper out", data_sent=True)
FAILED_BEFORE = PrintResult(PrintOutcome.FAILED, reason="cover open")
UNKNOWN = PrintResult(PrintOutcome.UNKNOWN, reason="no answer after the data", data_sent=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "kiosk.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def ledger(store: Store) -> PrintLedger:
    return PrintLedger(store, "visit-1", clock=lambda: 1_795_000_000.0)


def print_with(ledger: PrintLedger, result: PrintResult, *, again: bool = False) -> int:
    job = ledger.mark_sent(ledger.plan(SLIP, again=again))
    return ledger.finish(job, result).copy


def test_a_print_is_on_record_before_its_first_byte(ledger: PrintLedger):
    job = ledger.plan(SLIP)
    assert [row.state for row in ledger.history(SLIP)] == [PrintState.PLANNED]
    ledger.mark_sent(job)
    (row,) = ledger.history(SLIP)
    assert (row.state, row.copy, row.session, row.sent_at) == (PrintState.SENT, 0, "visit-1", 1_795_000_000.0)


@pytest.mark.parametrize("result", [CONFIRMED, FAILED_MIDWAY, UNKNOWN])
def test_what_may_be_on_paper_is_printed_again_only_when_asked_for_and_marked(ledger, result):
    assert print_with(ledger, result) == 0
    with pytest.raises(AlreadyPrinted):
        ledger.plan(SLIP)
    assert print_with(ledger, result, again=True) == 1
    assert print_with(ledger, CONFIRMED, again=True) == 2


def test_a_print_of_which_no_byte_went_is_no_copy(ledger: PrintLedger):
    print_with(ledger, FAILED_BEFORE)
    assert print_with(ledger, CONFIRMED) == 0
    assert [row.state for row in ledger.history(SLIP)] == [PrintState.FAILED, PrintState.CONFIRMED]


def test_another_documents_prints_do_not_count(ledger: PrintLedger):
    print_with(ledger, CONFIRMED)
    assert ledger.plan("150626003000001813").copy == 0


@pytest.mark.parametrize(
    ("last_step", "state", "copy"), [("planned", PrintState.FAILED, 0), ("sent", PrintState.UNKNOWN, 1)]
)
def test_a_process_killed_while_printing_leaves_unknown_and_the_next_print_is_marked(
    store: Store, tmp_path: Path, last_step: str, state: PrintState, copy: int
):
    victim = f"""
import os, signal, sys
from pathlib import Path
from kiosk.outbox.store import open_store
from kiosk.printing.ledger import PrintLedger
ledger = PrintLedger(open_store(Path(sys.argv[1])), "visit-1")
job = ledger.plan({SLIP!r})
if {last_step!r} == "sent":
    ledger.mark_sent(job)
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", victim, tmp_path / "kiosk.sqlite3"], cwd=root, check=False)
    assert done.returncode == -9
    after = PrintLedger(store, "visit-2")
    assert after.recover("visit-1") == (1 if last_step == "sent" else 0)
    assert [row.state for row in after.history(SLIP)] == [state]
    assert after.plan(SLIP, again=True).copy == copy


def test_recovering_one_process_leaves_another_ones_print_alone(store: Store, ledger: PrintLedger):
    living = PrintLedger(store, "visit-2")
    ledger.mark_sent(ledger.plan(SLIP))
    job = living.mark_sent(living.plan("150626003000001813"))
    assert ledger.recover("visit-1") == 1
    assert living.finish(job, CONFIRMED).state is PrintState.CONFIRMED
    assert [row.document for row in ledger.unknown()] == [SLIP]
    assert ledger.recover() == 0


def test_a_result_that_comes_after_the_process_was_given_up_does_not_change_the_record(ledger: PrintLedger):
    job = ledger.mark_sent(ledger.plan(SLIP))
    ledger.recover()
    with pytest.raises(ValueError, match="not sent"):
        ledger.finish(job, CONFIRMED)
    assert [row.state for row in ledger.history(SLIP)] == [PrintState.UNKNOWN]


def test_a_job_is_sent_once(ledger: PrintLedger):
    job = ledger.plan(SLIP)
    ledger.mark_sent(job)
    with pytest.raises(ValueError, match="not planned"):
        ledger.mark_sent(job)


def test_no_column_can_hold_a_person(store: Store, ledger: PrintLedger):
    print_with(ledger, CONFIRMED)
    with store.begin() as connection:
        columns = [row[1] for row in connection.execute(text("PRAGMA table_info(prints)"))]
    assert columns == [
        "seq", "document", "copy", "state", "session", "planned_at", "sent_at", "ended_at", "reason",
    ]  # fmt: skip


def test_on_a_real_link_the_record_and_the_paper_agree(ledger: PrintLedger):
    """The ledger, the driver and the printer together: paper out in mid print, then the marked reprint."""
    device = VirtualReceiptPrinter.on_tcp()
    device.start()
    printer = EscposPrinter(Settings(link=device.settings["link"]), timing=Timing(answer=0.3, poll=0.05, finish=0.6))

    def build(copy: int) -> Receipt:
        mark = (Text(f"补打 {copy}"),) if copy else ()
        return Receipt(SLIP, (*mark, *(Text(f"第{n}行") for n in range(8))))

    device.faults.fail_next("paper_out_mid_print")
    first = ledger.print_once(printer, SLIP, build, Deadline(20))
    device.set_paper("full")
    with pytest.raises(AlreadyPrinted):
        ledger.print_once(printer, SLIP, build, Deadline(20))
    second = ledger.print_once(printer, SLIP, build, Deadline(20), again=True)
    printer.close()
    device.stop()
    assert (first.outcome, second.outcome) == (PrintOutcome.FAILED, PrintOutcome.CONFIRMED)
    assert [row.state for row in ledger.history(SLIP)] == [PrintState.FAILED, PrintState.CONFIRMED]
    assert [receipt.text.splitlines()[0] for receipt in device.receipts] == ["补打 1"]


class Paper:
    """A printer that prints, after which the disk is not what it was."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.printed = 0
        self._then = then

    def print_receipt(self, receipt: Receipt, deadline: Deadline) -> PrintResult:
        assert receipt.number
        deadline.check()
        self.printed += 1
        self._then()
        return CONFIRMED


def damage(store: Store) -> None:
    store.close()
    store.path.with_name(store.path.name + "-wal").unlink(missing_ok=True)
    store.path.write_bytes(b"no database" * 1000)


def test_nothing_is_printed_that_cannot_be_recorded(store: Store, ledger: PrintLedger):
    printer = Paper(then=lambda: None)
    damage(store)
    with pytest.raises(StoreDamaged):
        ledger.print_once(printer, SLIP, lambda _: Receipt(SLIP, (Text("凭条"),)), Deadline(20))
    assert printer.printed == 0


def test_a_slip_that_came_out_counts_also_when_that_cannot_be_recorded(store: Store, ledger: PrintLedger):
    printer = Paper(then=lambda: damage(store))
    result = ledger.print_once(printer, SLIP, lambda _: Receipt(SLIP, (Text("凭条"),)), Deadline(20))
    assert result == CONFIRMED
    with pytest.raises(StoreError):
        ledger.history(SLIP)
