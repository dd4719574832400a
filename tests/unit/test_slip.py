"""The slip a citizen takes home: it promises nothing that was not decided, and gives nobody away who finds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from drivers.receipt_printer import Align, Pair, Qr, Receipt, Text
from drivers.receipt_printer.encoder import Paper, encode
from drivers.virtual.escpos_decoder import CutPaper, Decoder, FeedDots, PrintLine, PrintRaster
from drivers.virtual.paper_roll import PaperRoll, PrintedReceipt
from drivers.virtual.personas import PERSONAS
from kiosk.printing import SlipFacts, submission_slip, test_receipt
from kiosk.protocol import slip_number

FACTS = SlipFacts(
    item="异地就医结算备案",
    mode="网上全程办",
    handling_place="宁夏 石嘴山市 平罗县",
    applicant_name="王小满",
    id_number="199900198803150012",
    slip_number=slip_number.make("150626", 3, 17),
    query_code="7K4M9Q2P",
    terminal_id="WSQ-03",
    submitted_at=datetime(2026, 11, 20, 21, 35),
    materials=4,
    pages=9,
    next_step="工作人员上班后核对，短信通知",
    first_contact_unit="乌审旗政务服务大厅",
    first_contact_phone="0477-0000000",
    query_url="https://q.example.gov.cn",
    electronic_licences=1,
)
PEOPLE = tuple(PERSONAS.values())
DECIDED = ("已受理", "已批准", "已审批", "已办结", "收件通知书", "受理回执", "准予")


def printed(receipt: Receipt, width: int = 80) -> PrintedReceipt:
    """What comes out of a printer, read by the virtual one."""
    decoder, roll = Decoder(), PaperRoll(width)
    decoder.put(encode(receipt, Paper(width)))
    while (operation := decoder.next()) is not None:
        match operation:
            case PrintLine():
                roll.line(operation)
            case PrintRaster():
                roll.raster(operation)
            case FeedDots(dots):
                roll.feed(dots)
            case CutPaper(full):
                return roll.cut(full=full)
    raise AssertionError("the slip was not cut")


def one_line(receipt: PrintedReceipt) -> str:
    return receipt.text.replace("\n", "").replace(" ", "")


def words(receipt: Receipt) -> str:
    """Every word a slip says, the QR code's address and the lines beside it included."""
    found: list[str] = []
    for element in receipt.elements:
        match element:
            case Text(text):
                found.append(text)
            case Pair(left, right):
                found += [left, right]
            case Qr(data, beside):
                found += [data, *beside]
    return "\n".join(found)


@pytest.mark.req("R006")
@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, waiting_to_upload=True, copy=2, originals=("户口簿",))])
def test_the_slip_never_says_that_anything_was_decided(facts: SlipFacts):
    said = words(submission_slip(facts))
    assert [word for word in DECIDED if word in said] == []


@pytest.mark.req("R153")
@pytest.mark.parametrize("width", [58, 80])
def test_the_slip_says_under_its_title_that_it_is_no_collection_notice_and_no_acceptance(width: int):
    lines = printed(submission_slip(FACTS), width).text.splitlines()
    title = lines.index("申报凭条")
    assert lines[title + 1] == "（不代表已收件/受理）"
    assert "not a receipt of acceptance" in " ".join(lines[title + 2 : title + 4])


@pytest.mark.req("R160")
@pytest.mark.parametrize("width", [58, 80])
def test_the_slip_names_who_answers_first_and_their_phone(width: int):
    assert "首问单位：乌审旗政务服务大厅0477-0000000" in one_line(printed(submission_slip(FACTS), width))
    assert "投诉：12345" in printed(submission_slip(FACTS), width).text


@pytest.mark.req("R169")
@pytest.mark.parametrize("width", [58, 80])
def test_scanning_the_slip_leads_to_the_progress_of_this_application(width: int):
    (code,) = zxingcpp.read_barcodes(printed(submission_slip(FACTS), width).image)
    address = urlsplit(code.text)
    assert (address.scheme, address.netloc, address.path) == ("https", "q.example.gov.cn", "/q")
    assert parse_qs(address.query) == {"n": ["7K4M9Q2P"], "k": [FACTS.slip_number[-4:]]}


@pytest.mark.req("R115")
@pytest.mark.parametrize("scope", ["跨省通办", "省内通办", "呼包鄂乌互办"])
def test_the_slip_names_its_scope_above_the_title(scope: str):
    lines = printed(submission_slip(replace(FACTS, scope=scope))).text.splitlines()
    assert lines[0] == f"24小时自助服务  {scope}"


@pytest.mark.parametrize("width", [58, 80])
def test_the_slip_tells_everything_needed_to_ask_about_it(width: int):
    said = printed(submission_slip(FACTS), width).text
    for expected in (
        "事项：异地就医结算备案",
        "方式：网上全程办",
        "办理地：宁夏 石嘴山市 平罗县",
        "申请人：王**",
        "证件：199900********0012",
        "编号：1506 2600 3000 0017 16",
        "查询码：7K4M 9Q2P",
        "提交时间：2026-11-20 21:35",
        "机号：WSQ-03",
        "材料：4 份 9 页（电子证照 1）",
    ):
        assert expected in said
    assert "下一步：工作人员上班后核对，短信通知" in one_line(printed(submission_slip(FACTS), width))


@given(st.sampled_from([p for p in PEOPLE if len(p.id_number) == 18]), st.text(min_size=2), st.integers(0, 99_999_999))
def test_nobody_who_finds_the_slip_learns_name_or_number(persona, given_name: str, birth: int):
    """The slips of two people who share family name, region and last digits are equal, to the dot."""
    one = replace(FACTS, applicant_name=persona.name, id_number=persona.id_number)
    family = persona.name[0]
    number = f"{persona.id_number[:6]}{birth:08d}{persona.id_number[-4:]}"
    other = replace(FACTS, applicant_name=family + given_name, id_number=number)
    assert submission_slip(one) == submission_slip(other)


@pytest.mark.parametrize("persona", PEOPLE, ids=lambda persona: persona.key)
def test_facts_in_a_log_or_a_traceback_show_no_person(persona):
    facts = replace(FACTS, applicant_name=persona.name, id_number=persona.id_number)
    assert persona.name not in repr(facts)
    assert persona.id_number not in repr(facts)
    assert persona.id_number not in words(submission_slip(facts))


@pytest.mark.parametrize("persona", PEOPLE, ids=lambda persona: persona.key)
def test_everybodys_slip_can_be_printed_and_scanned(persona):
    facts = replace(FACTS, applicant_name=persona.name, id_number=persona.id_number)
    receipt = printed(submission_slip(facts))
    assert len(zxingcpp.read_barcodes(receipt.image)) == 1
    assert "�" not in receipt.text


def test_originals_to_hand_in_are_listed_one_by_one():
    facts = replace(FACTS, originals=("户口簿，请于 11-23 17:30 前投入收件柜", "照片 1 张，请交窗口"))
    said = one_line(printed(submission_slip(facts)))
    assert "[√]需交原件：户口簿，请于11-2317:30前投入收件柜" in said
    assert "[√]需交原件：照片1张，请交窗口" in said
    assert "需交原件" not in words(submission_slip(FACTS))


def test_honest_offline():
    waiting = printed(submission_slip(replace(FACTS, waiting_to_upload=True)))
    assert "待上传：" in waiting.text
    assert "待上传" not in printed(submission_slip(FACTS)).text


def test_a_reprint_is_marked_and_the_first_print_is_not():
    assert "补打 2  COPY" in printed(submission_slip(replace(FACTS, copy=2))).text
    assert "补打" not in words(submission_slip(FACTS))


def test_the_complaint_line_and_the_code_stand_beside_the_qr_code():
    (code,) = [element for element in submission_slip(FACTS).elements if isinstance(element, Qr)]
    assert code.beside == ("扫码查进度", "查询码", "7K4M 9Q2P", "投诉 12345")
    assert any(e.align is Align.CENTER for e in submission_slip(FACTS).elements if isinstance(e, Text))


def test_a_mistyped_slip_number_is_refused_rather_than_printed():
    with pytest.raises(slip_number.InvalidSlipNumber):
        submission_slip(replace(FACTS, slip_number="150626003000001717"))


@pytest.mark.parametrize("width", [58, 80])
def test_the_test_page_shows_rare_characters_sizes_and_a_code(width: int):
    page = printed(test_receipt("WSQ-03"), width)
    assert page.text.startswith("打印测试\nPrint test\n")
    assert "机号：WSQ-03" in page.text
    assert f"[raster {page.image.width}x30]" in page.text
    assert len(zxingcpp.read_barcodes(page.image)) == 1
