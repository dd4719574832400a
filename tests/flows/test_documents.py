"""看文书: what was issued is listed and printed for whoever has the slip, and it is said truly what came out."""

from __future__ import annotations

import pytest

from kiosk.protocol.slip_number import make
from kiosk.visit.effects import AskDocuments, PrintDocument
from kiosk.visit.events import (
    Device,
    DocumentPrinted,
    DocumentsFailed,
    DocumentsFound,
    Paper,
    PrintOutcome,
    ProgressFound,
    TimerFired,
)
from kiosk.visit.steps.documents import MAX_PRINTS
from tests.flows.citizen import Citizen
from tests.flows.house import house

SLIP_NUMBER, CODE = make("150785", 1, 1), "7K4M9Q2P"
CASE = ("异地就医结算备案", "请补齐材料", "Please supplement", "2026-11-20 21:40", SLIP_NUMBER)
NOTICE, RECEIPT = "NTCE234567892345", "RCPT234567892345"
PAPERS = tuple(
    Paper(code, zh, en, f"乌审政〔2026〕{number}号", "2026-11-20")
    for number, code, zh, en in (
        (2, NOTICE, "一次性告知书", "One-time notice"),
        (1, RECEIPT, "收件通知书", "Collection notice"),
    )
)


def at_progress() -> Citizen:
    citizen = Citizen(house()).starts().touches("progress").touches("by_number").types(number=SLIP_NUMBER, code=CODE)
    return citizen.goes_on().happens(ProgressFound((CASE,))).sees("progress_list")


def at_list() -> Citizen:
    return at_progress().touches("documents").happens(DocumentsFound(PAPERS)).sees("documents_list")


@pytest.mark.req("R038")
@pytest.mark.req("R153")
def test_what_was_issued_is_listed_and_printed_by_whoever_has_the_slip() -> None:
    citizen = at_progress().touches("documents").sees("documents_asking")
    assert citizen.last(AskDocuments) == AskDocuments(SLIP_NUMBER, CODE)
    citizen.happens(DocumentsFound(PAPERS)).reads("一次性告知书", "收件通知书").touches(NOTICE).reads(
        "正在打印《一次性告知书》"
    )
    assert citizen.last(PrintDocument) == PrintDocument(SLIP_NUMBER, CODE, NOTICE)
    citizen.happens(DocumentPrinted(NOTICE, PrintOutcome.CONFIRMED)).reads("《一次性告知书》打好了，请取走")
    citizen.touches("language").reads("Collection notice").goes_back().sees("progress_list")


def test_whoever_comes_with_the_card_alone_is_offered_no_paper_with_an_address_on_it() -> None:
    citizen = Citizen(house()).starts().touches("progress").touches("by_card").places_card("wang")
    citizen.happens(ProgressFound((CASE,))).sees("progress_list").reads_not("看文书")


@pytest.mark.parametrize("event", [DocumentsFailed(), TimerFired("progress")])
def test_no_answer_is_said_and_can_be_tried_again(event: DocumentsFailed | TimerFired) -> None:
    citizen = at_progress().touches("documents").happens(event).sees("documents_failed").reads("不受影响")
    citizen.touches("retry").sees("documents_asking")
    assert citizen.count(AskDocuments) == 2


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (DocumentPrinted(NOTICE, None), "现在取不到"),
        (DocumentPrinted(NOTICE, PrintOutcome.FAILED), "没有打出来"),
        (DocumentPrinted(NOTICE, PrintOutcome.UNKNOWN), "看出纸口"),
        (TimerFired("print"), "看出纸口"),
    ],
)
def test_a_document_that_perhaps_did_not_come_out_is_never_said_to_be_printed(
    ended: DocumentPrinted | TimerFired, said: str
) -> None:
    citizen = at_list().touches(NOTICE).happens(ended).reads(said).reads_not("打好了")
    citizen.touches(RECEIPT).reads("正在打印《收件通知书》")
    citizen.happens(DocumentPrinted(NOTICE, PrintOutcome.CONFIRMED)).reads("正在打印《收件通知书》")


def test_one_prints_at_a_time_and_not_without_end() -> None:
    citizen = at_list()
    for _ in range(MAX_PRINTS):
        citizen.touches(NOTICE)
        with pytest.raises(AssertionError):
            citizen.touches(RECEIPT)
        citizen.happens(DocumentPrinted(NOTICE, PrintOutcome.CONFIRMED))
    citizen.reads("还要打印，请到窗口")
    with pytest.raises(AssertionError):
        citizen.touches(NOTICE)
    assert citizen.count(PrintDocument) == MAX_PRINTS
    citizen.goes_back().touches("documents").happens(DocumentsFound(PAPERS))
    with pytest.raises(AssertionError):
        citizen.touches(NOTICE)  # asked again: it is the same visit


def test_who_does_not_wait_for_the_paper_has_used_one_all_the_same() -> None:
    citizen = at_list().touches(NOTICE).goes_back().happens(DocumentPrinted(NOTICE, PrintOutcome.CONFIRMED))
    assert citizen.touches("documents").happens(DocumentsFound(PAPERS)).visit.copies == 1


def test_prints_that_failed_use_nothing_up() -> None:
    citizen = at_list()
    for _ in range(MAX_PRINTS + 1):
        citizen.touches(NOTICE).happens(DocumentPrinted(NOTICE, PrintOutcome.FAILED))
    citizen.reads("可以再点一次")


def test_without_a_printer_the_documents_are_listed_and_cannot_be_touched() -> None:
    citizen = at_list().device(Device.RECEIPT_PRINTER, usable=False).reads("一次性告知书")
    with pytest.raises(AssertionError):
        citizen.touches(NOTICE)
