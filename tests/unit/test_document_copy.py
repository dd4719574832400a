"""A document on a slip printer's paper: every word of it, on any width, and a code that leads to the document itself."""

from __future__ import annotations

from datetime import datetime

import pytest
import zxingcpp

from central.times import CHINA
from drivers.receipt_printer import Receipt
from kiosk.printing.document_copy import document_copy, ledger_name
from kiosk.protocol.documents import CopyLine, DocumentCopy
from tests.unit.test_slip import printed

URL = "https://tongban.example/d/NTCE234567892345"
NOTICE = DocumentCopy(
    check_code="NTCE234567892345",
    title_zh="一次性告知书",
    title_en="One-time notice",
    number="乌审政服告〔2026〕00012号",
    unit="乌审旗政务服务中心",
    issued_at=datetime(2026, 11, 20, 10, 5, tzinfo=CHINA),
    lines=(
        CopyLine(kind="paragraph", text="王小满："),
        CopyLine(kind="fact", label="补正截止", text="2026年12月4日（10 个工作日）"),
        CopyLine(kind="heading", text="需要补正的内容"),
        CopyLine(kind="row", label="1", text="社会保障卡"),
        CopyLine(kind="fact", label="存在的问题", text="卡面反光，看不清卡号，请把灯光移开以后重新拍摄正面和背面"),
    ),
    officer="职员",
    check_url=URL,
)


def copy_of(number: int = 0, *, demonstration: bool = False) -> Receipt:
    at = datetime(2026, 11, 21, 22, 10, tzinfo=CHINA)
    return document_copy(NOTICE, printed_at=at, terminal_id="WSQ-03", copy=number, demonstration=demonstration)


@pytest.mark.req("R038")
@pytest.mark.parametrize("width", [58, 80])
def test_every_word_of_the_document_is_on_the_paper_and_the_code_leads_to_it(width: int) -> None:
    paper = printed(copy_of(), width)
    said = "".join(paper.text.split())
    for words in (
        *(words for line in NOTICE.lines for words in (line.label, line.text)),
        "一次性告知书",
        "乌审政服告〔2026〕00012号",
        "出具：乌审旗政务服务中心",
        "内容以扫码查到的文书为准",
        "WSQ-03",
    ):
        assert "".join(words.split()) in said
    (code,) = zxingcpp.read_barcodes(paper.image)
    assert code.text == URL


def test_a_second_print_and_a_demonstration_say_so() -> None:
    assert "补打" not in printed(copy_of()).text
    assert "补打1COPY" in "".join(printed(copy_of(1)).text.split())
    assert "演示样张" in printed(copy_of(demonstration=True)).text


def test_the_ledger_of_prints_does_not_hold_what_opens_the_documents_page() -> None:
    assert copy_of().number == ledger_name(NOTICE)
    assert NOTICE.check_code not in ledger_name(NOTICE)
