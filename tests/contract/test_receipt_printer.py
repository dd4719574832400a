"""The contract of receipt printers: what comes out, and that nobody is told a slip was printed when it was not.

The driver talks real bytes over TCP and over a pty to a virtual printer that decodes them by itself, on 58 and on
80 mm paper. With `-m hardware` and TONGBAN_HARDWARE_RECEIPT_PRINTER set to a link, the first part also runs on a
plugged-in printer (and uses up paper).
"""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
import zxingcpp
from PIL import Image

from drivers.receipt_printer import (
    Align,
    Evidence,
    PrintOutcome,
    Qr,
    Receipt,
    ReceiptPrinter,
    Rule,
    Text,
)
from drivers.receipt_printer.escpos_printer import EscposPrinter, Settings, Timing
from drivers.status import Deadline, DeviceState, PaperState
from drivers.virtual.receipt_printer import VirtualReceiptPrinter

URL = "https://q.example.gov.cn/q?n=7K4M9Q2P&k=1742"
SLIP = Receipt(
    "150626003000001716",
    (
        Text("申报凭条", Align.CENTER, bold=True, width=2, height=2),
        Text("事项：异地就医结算备案"),
        Text("编号：1506 2600 3000 0017 16"),
        Text("第一行"),
        Text("第二行"),
        Text("第三行"),
        Rule(),
        Qr(URL, ("扫码查进度",)),
    ),
)
SHORT = Timing(answer=0.3, surplus=0.005, poll=0.05, finish=0.6, process_id=0.2)
"""Patience for printers that stay silent; a virtual one answers within milliseconds."""


@dataclass
class Bench:
    """A driver and the paper it prints on."""

    printer: ReceiptPrinter
    device: VirtualReceiptPrinter

    def print(self, receipt: Receipt = SLIP, seconds: float = 20.0):
        return self.printer.print_receipt(receipt, Deadline(seconds))


def settings_for(device: VirtualReceiptPrinter, **changes: object) -> Settings:
    options = {key: value for key, value in device.settings.items() if key != "driver"}
    return Settings.model_validate({**options, **changes})


def on_the_bench(link: str, width_mm: Literal[58, 80]) -> Iterator[Bench]:
    make = VirtualReceiptPrinter.on_tcp if link == "tcp" else VirtualReceiptPrinter.on_pty
    device = make(width_mm=width_mm)
    device.start()
    printer = EscposPrinter(settings_for(device), timing=SHORT)
    yield Bench(printer, device)
    printer.close()
    device.stop()


@pytest.fixture(params=[("tcp", 80), ("tcp", 58), ("pty", 80), ("pty", 58)], ids=lambda p: f"{p[0]}-{p[1]}mm")
def every_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Each link with each width of paper."""
    yield from on_the_bench(*request.param)


@pytest.fixture(params=[("tcp", 80), ("pty", 58)], ids=lambda p: f"{p[0]}-{p[1]}mm")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from on_the_bench(*request.param)


@pytest.fixture
def tcp() -> Iterator[Bench]:
    """For what does not depend on the link or the paper."""
    yield from on_the_bench("tcp", 80)


@pytest.fixture(
    params=["virtual", pytest.param("hardware", marks=pytest.mark.hardware)],
)
def any_printer(request: pytest.FixtureRequest) -> Iterator[ReceiptPrinter]:
    """The virtual printer, or the one that is plugged in."""
    if request.param == "virtual":
        for bench in on_the_bench("tcp", 80):
            yield bench.printer
        return
    link = os.environ.get("TONGBAN_HARDWARE_RECEIPT_PRINTER")
    if not link:
        pytest.skip("TONGBAN_HARDWARE_RECEIPT_PRINTER names no link")
    printer = EscposPrinter(Settings(link=link))
    yield printer
    printer.close()


# ---------------------------------------------------------------------------------- any printer, also a real one


def test_a_well_printer_confirms_a_slip(any_printer: ReceiptPrinter):
    result = any_printer.print_receipt(SLIP, Deadline(30))
    assert result.outcome is PrintOutcome.CONFIRMED
    assert result.evidence is not Evidence.NONE
    assert result.paper in {PaperState.FULL, PaperState.LOW}


def test_a_well_printer_says_that_it_can_print(any_printer: ReceiptPrinter):
    status = any_printer.status()
    assert status.device is DeviceState.ONLINE
    assert status.can_print
    assert status.since > 0


def test_closing_twice_is_harmless_and_the_next_call_opens_again(any_printer: ReceiptPrinter):
    any_printer.close()
    any_printer.close()
    assert any_printer.status().device is DeviceState.ONLINE


@pytest.mark.parametrize("how", ["cancelled", "too late"])
def test_what_is_called_off_before_the_first_byte_is_failed_and_leaves_no_paper(any_printer: ReceiptPrinter, how: str):
    deadline = Deadline(0.0 if how == "too late" else 30.0)
    if how == "cancelled":
        deadline.cancel()
    result = any_printer.print_receipt(SLIP, deadline)
    assert result.outcome is PrintOutcome.FAILED
    assert not result.data_sent


def test_clearing_an_idle_printer_does_no_harm(any_printer: ReceiptPrinter):
    any_printer.clear(Deadline(5))
    assert any_printer.status().can_print


# ------------------------------------------------------------------------------------------ what is on the paper


def test_the_paper_shows_the_text_in_order_and_a_code_that_can_be_scanned(every_bench: Bench):
    result = every_bench.print()
    assert result.outcome is PrintOutcome.CONFIRMED
    assert result.evidence is Evidence.PRINTED
    receipt = every_bench.device.receipts[0]
    lines = receipt.text.splitlines()
    assert lines[:6] == [
        "申报凭条",
        "事项：异地就医结算备案",
        "编号：1506 2600 3000 0017 16",
        "第一行",
        "第二行",
        "第三行",
    ]
    assert [code.text for code in zxingcpp.read_barcodes(receipt.image)] == [URL]
    assert receipt.image.width == {58: 384, 80: 576}[int(every_bench.device.settings["paper_width_mm"])]


def test_one_receipt_is_one_piece_of_paper_and_each_is_cut(every_bench: Bench):
    for _ in range(3):
        assert every_bench.print().outcome is PrintOutcome.CONFIRMED
    assert len(every_bench.device.receipts) == 3
    assert not every_bench.device.torn
    assert len({receipt.text for receipt in every_bench.device.receipts}) == 1


def test_a_native_code_can_be_scanned_too(tcp: Bench):
    printer = EscposPrinter(settings_for(tcp.device, qr="native"), timing=SHORT)
    tcp.printer.close()
    assert printer.print_receipt(SLIP, Deadline(10)).outcome is PrintOutcome.CONFIRMED
    printer.close()
    assert tcp.device.receipts[0].qr_codes == (URL,)
    assert [code.text for code in zxingcpp.read_barcodes(tcp.device.receipts[0].image)] == [URL]


def test_a_name_of_rare_characters_is_printed_as_a_picture_that_shows_it(tcp: Bench):
    assert tcp.print(Receipt("1", (Text("𬭎䶮㛃"),))).outcome is PrintOutcome.CONFIRMED
    assert tcp.device.text() == "[raster 576x30]"
    drawn = tcp.device.receipts[0].image.crop((0, 96, 72, 126))
    ink = [sum(1 for dot in drawn.crop((left, 0, left + 24, 30)).tobytes() if dot == 0) for left in (0, 24, 48)]
    assert all(dots > 60 for dots in ink), "each of the three characters has strokes"


def test_the_dock_can_show_the_paper(tcp: Bench):
    assert tcp.device.picture() is None
    tcp.print()
    with Image.open(io.BytesIO(tcp.device.picture() or b"")) as picture:
        assert picture.format == "PNG"
        assert picture.height == round(tcp.device.receipts[0].length_mm * 8)


# --------------------------------------------------------------------------------------------------- paper states


def test_low_paper_prints_and_says_so(every_bench: Bench):
    every_bench.device.set_paper("low")
    result = every_bench.print()
    assert (result.outcome, result.paper) == (PrintOutcome.CONFIRMED, PaperState.LOW)
    assert every_bench.printer.status().paper is PaperState.LOW
    assert every_bench.printer.status().can_print


@pytest.mark.parametrize(
    ("trouble", "device", "paper", "reason"),
    [
        ("paper", DeviceState.OFFLINE, PaperState.OUT, "paper out"),
        ("cover", DeviceState.USER_ERROR, PaperState.FULL, "cover open"),
    ],
)
def test_trouble_known_before_is_failed_at_once_and_nothing_is_sent(
    bench: Bench, trouble: str, device: DeviceState, paper: PaperState, reason: str
):
    if trouble == "paper":
        bench.device.set_paper("out")
    else:
        bench.device.set_cover(opened=True)
    status = bench.printer.status()
    assert (status.device, status.paper, status.reason, status.can_print) == (device, paper, reason, False)
    assert status.remedy is not None
    result = bench.print()
    assert (result.outcome, result.reason, result.data_sent) == (PrintOutcome.FAILED, reason, False)
    bench.device.set_paper("full")
    bench.device.set_cover(opened=False)
    assert bench.printer.status().can_print
    assert bench.device.receipts == []
    assert bench.device.torn == []


# ----------------------------------------------------------------------------------------- faults in mid print


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("paper_out_mid_print", "paper out"),
        ("cover_open_mid_print", "cover open"),
        ("cutter_error", "autocutter error"),
    ],
)
def test_failed_print_is_not_success(bench: Bench, fault: str, reason: str):
    """vxsuite #8393: a failed print was shown as a success."""
    bench.device.faults.fail_next(fault)
    result = bench.print()
    assert (result.outcome, result.reason, result.data_sent) == (PrintOutcome.FAILED, reason, True)
    assert result.remedy is not None
    assert bench.device.receipts == []


@pytest.mark.parametrize("fault", ["paper_out_mid_print", "cover_open_mid_print"])
def test_after_a_fault_the_whole_slip_is_printed_again_and_no_tail_of_the_old_one(bench: Bench, fault: str):
    bench.device.faults.fail_next(fault)
    bench.print()
    bench.device.set_paper("out")  # whoever fits the new roll tears off the half slip
    bench.device.set_cover(opened=False)
    bench.device.set_paper("full")
    assert len(bench.device.torn) == 1
    again = Receipt(SLIP.number, (Text("补打 1"), *SLIP.elements))
    assert bench.print(again).outcome is PrintOutcome.CONFIRMED
    (whole,) = bench.device.receipts
    assert whole.text.startswith("补打 1\n申报凭条\n")
    assert whole.text.count("申报凭条") == 1


def test_jam_while_cancelling(tcp: Bench):
    """vxsuite #5661: taken back while the printer was in trouble; the outcome is unknown, never confirmed."""
    tcp.device.faults.fail_repeatedly("no_answer")
    deadline = Deadline(30)
    started = threading.Event()
    results = []

    def work() -> None:
        started.set()
        results.append(tcp.printer.print_receipt(SLIP, deadline))

    thread = threading.Thread(target=work)
    thread.start()
    started.wait(5)
    assert tcp.device.wait_for(lambda device: len(device.receipts) == 1)
    deadline.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert results[0].outcome is PrintOutcome.UNKNOWN


# ------------------------------------------------------------------------------------------- silence and nonsense


def test_no_answer_is_unknown_not_paper_out(bench: Bench):
    """python-escpos: the released version says "adequate", the next one "no paper"."""
    bench.device.faults.fail_repeatedly("no_answer")
    result = bench.print()
    assert (result.outcome, result.paper) == (PrintOutcome.UNKNOWN, PaperState.UNKNOWN)
    assert bench.device.wait_for(lambda device: len(device.receipts) == 1), "silence before does not forbid printing"


def test_dying_after_the_data_is_unknown(bench: Bench):
    bench.device.faults.fail_next("dies_after_data")
    result = bench.print()
    assert (result.outcome, result.data_sent) == (PrintOutcome.UNKNOWN, True)


def test_garbage_instead_of_status_is_unknown(bench: Bench):
    assert bench.printer.status().can_print
    bench.device.faults.fail_repeatedly("garbage_status")
    assert bench.print().outcome is PrintOutcome.UNKNOWN
    bench.device.faults.clear()
    assert bench.printer.status().can_print
    assert bench.print().outcome is PrintOutcome.CONFIRMED


def test_a_stray_status_byte_does_not_hide_that_the_paper_is_out(bench: Bench):
    """A stray "all is well" byte before the true answers would otherwise be taken for one of them."""
    bench.device.set_paper("out")
    for strays in range(1, 6):
        bench.device.faults.fail_next("stray_status_byte", times=strays)
        status = bench.printer.status()
        assert status.paper is PaperState.OUT, f"after {strays} stray bytes"
        bench.device.faults.clear()


@pytest.mark.parametrize(
    ("fault", "evidence"), [("no_process_id", Evidence.PROCESSED), ("only_real_time", Evidence.STATUS)]
)
def test_printers_that_know_less_still_confirm_on_weaker_evidence(bench: Bench, fault: str, evidence: Evidence):
    bench.device.faults.fail_repeatedly(fault)
    for _ in range(2):
        result = bench.print()
        assert (result.outcome, result.evidence) == (PrintOutcome.CONFIRMED, evidence)


@pytest.mark.parametrize("weaker", ["no_process_id", "only_real_time"])
@pytest.mark.parametrize("fault", ["paper_out_mid_print", "cutter_error", "dies_after_data"])
def test_weaker_evidence_confirms_no_failed_print(tcp: Bench, weaker: str, fault: str):
    tcp.device.faults.fail_repeatedly(weaker)
    tcp.device.faults.fail_next(fault)
    expected = PrintOutcome.UNKNOWN if fault == "dies_after_data" else PrintOutcome.FAILED
    assert tcp.print().outcome is expected


# ------------------------------------------------------------------------------------------------- coming and going


def test_one_missed_poll_is_not_a_disconnect(bench: Bench):
    """Odoo #244076: a single lost answer took the printer away."""
    before = bench.printer.status()
    bench.device.faults.fail_next("no_answer", times=4)
    assert bench.printer.status() == before
    assert bench.printer.status() == before


def test_unplugging_shows_as_gone_after_three_polls_and_plugging_in_heals_it(bench: Bench):
    assert bench.printer.status().can_print
    bench.device.stop()
    states = [bench.printer.status().device for _ in range(3)]
    assert states == [DeviceState.ONLINE, DeviceState.ONLINE, DeviceState.NO_DEVICE]
    gone = bench.printer.status()
    assert (gone.paper, gone.cover_open, gone.can_print) == (PaperState.UNKNOWN, None, False)
    assert gone.remedy is not None
    result = bench.print(seconds=3)
    assert (result.outcome, result.data_sent) == (PrintOutcome.FAILED, False)
    bench.device.start()
    assert bench.printer.status().device is DeviceState.ONLINE
    assert bench.print().outcome is PrintOutcome.CONFIRMED


def test_printer_blip_keeps_session(bench: Bench):
    """vxsuite #7639: power off and on between two prints needs nobody's help, and no second call."""
    assert bench.print().outcome is PrintOutcome.CONFIRMED
    bench.device.stop()
    bench.device.start()
    assert bench.print().outcome is PrintOutcome.CONFIRMED
    bench.device.stop()
    bench.device.start()
    assert bench.printer.status().can_print


def test_a_printer_that_was_never_there_is_a_status_and_no_exception():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        printer = EscposPrinter(Settings(link=f"socket://127.0.0.1:{port}"), timing=SHORT)
        assert printer.status().device is DeviceState.NO_DEVICE
        assert printer.print_receipt(SLIP, Deadline(2)).outcome is PrintOutcome.FAILED
    missing = EscposPrinter(Settings(link="/dev/ttyNOSUCH0"), timing=SHORT)
    assert missing.status().device is DeviceState.NO_DEVICE
    assert missing.status().remedy is not None


def test_while_one_prints_another_thread_is_told_busy_at_once(tcp: Bench):
    tcp.device.faults.fail_repeatedly("no_answer")
    deadline = Deadline(30)
    thread = threading.Thread(target=lambda: tcp.printer.print_receipt(SLIP, deadline))
    thread.start()
    assert tcp.device.wait_for(lambda device: len(device.receipts) == 1)
    assert tcp.printer.status().device is DeviceState.DEVICE_BUSY
    deadline.cancel()
    thread.join(5)


def test_a_closed_printer_leaves_the_port_to_the_next_client(tcp: Bench):
    tcp.printer.status()
    tcp.printer.close()
    other = EscposPrinter(settings_for(tcp.device), timing=SHORT)
    assert other.status().can_print
    other.close()
