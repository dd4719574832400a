"""What leaves for the printer: no name mangled, no box, no command smuggled in, no line too long.

The printer at the other end is the virtual one's decoder, which shares no code with the encoder.
"""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.receipt_printer import Align, Feed, Pair, Qr, Receipt, Rule, Text, layout, raster
from drivers.receipt_printer import encoder as encoder_module
from drivers.receipt_printer.encoder import Paper, encode
from drivers.virtual.escpos_decoder import CutPaper, Decoder, PrintLine, PrintQr, PrintRaster, RealTimeScanner

NARROW, WIDE = Paper(58), Paper(80)

unhurried = settings(deadline=None)
"""The first rare character reads a font of 10 MB."""


def decoded(receipt: Receipt, paper: Paper = WIDE) -> list:
    decoder = Decoder()
    decoder.put(encode(receipt, paper))
    operations = []
    while (operation := decoder.next()) is not None:
        operations.append(operation)
    return operations


def lines(receipt: Receipt, paper: Paper = WIDE) -> list[str]:
    return [
        "".join(span.text for span in operation.spans)
        for operation in decoded(receipt, paper)
        if isinstance(operation, PrintLine)
    ]


def one(text: str, **style: object) -> Receipt:
    return Receipt("1", (Text(text, **style),))


GB2312 = [
    bytes([high, low]).decode("gb18030")
    for high in range(0xA1, 0xF8)
    for low in range(0xA1, 0xFF)
    if bytes([high, low]).decode("gb2312", "ignore")
]
"""Its characters as printers have them: Python's gb2312 takes the dot and the dash of A1A4 and A1AA for others."""
gb2312_text = st.text(st.sampled_from([*GB2312, *string.ascii_letters, *string.digits, *" ,.:/-()"]), max_size=120)


@unhurried
@given(gb2312_text, st.sampled_from([NARROW, WIDE]), st.sampled_from([1, 2]), st.sampled_from([0, 6]))
def test_every_gb2312_text_arrives_whole_and_no_line_is_wider_than_the_paper(text, paper, width, hang):
    printed = lines(one(text, width=width, hang=hang), paper)
    assert re.sub(r"[ \u3000]", "", "".join(printed)) == re.sub(r"[ \u3000]", "", text)
    assert all(layout.columns(line) * 12 * width <= paper.dots for line in printed)


@unhurried
@given(st.text(max_size=40))
def test_no_text_at_all_can_command_the_printer(text: str):
    operations = decoded(one(text))
    assert isinstance(operations[-1], CutPaper)
    assert sum(isinstance(operation, CutPaper) for operation in operations) == 1
    printed = "".join(s.text for o in operations if isinstance(o, PrintLine) for s in o.spans)
    assert "�" not in printed
    assert not any(True for _ in RealTimeScanner().feed(encode(one(text), WIDE)))


def test_a_name_with_printer_commands_in_it_prints_as_a_name():
    assert lines(one("王\x1bi\x10\x04\x01\x1d(k小满")) == ["王i(k小满"]


def test_a_yuan_sign_is_a_yuan_sign_and_not_0_6():
    """python-escpos sends ¥ as four bytes, of which the printer shows "0 6"."""
    assert lines(one("费用 ¥12.50")) == ["费用 ￥12.50"]


@pytest.mark.parametrize("char", ["\ue81e", "\u9fb4", "\ue78d", "\ufe10", "\ue7c7", "\u1e3f", "䶮", "€", "㐀", "𬭎"])
def test_characters_whose_code_printers_disagree_about_never_go_as_text(char: str):
    """FE59, A6D9, A8BC and their like mean one character in GB 18030-2000 and another in the 2022 edition."""
    assert not any(char in line for line in lines(one(f"王{char}")))
    assert b"\xfe\x59" not in encode(one(f"王{char}"), WIDE)
    assert b"\xa6\xd9" not in encode(one(f"王{char}"), WIDE)
    assert b"\xa8\xbc" not in encode(one(f"王{char}"), WIDE)


@pytest.mark.parametrize("paper", [NARROW, WIDE], ids=["58mm", "80mm"])
def test_only_the_line_with_a_rare_character_becomes_a_picture(paper: Paper):
    receipt = Receipt("1", (Text("事项：补卡"), Text("申请人：𬭎"), Text("机号：WSQ-03")))
    kinds = [type(o) for o in decoded(receipt, paper) if isinstance(o, PrintLine | PrintRaster)]
    assert kinds == [PrintLine, PrintRaster, PrintLine]


def test_a_character_no_font_has_is_named_by_its_code_point_and_never_a_box():
    assert lines(one("王\U000f0123")) == ["王〔U+F0123〕"]


def test_without_any_font_a_rare_name_is_still_told_and_the_code_still_printed():
    bare = Paper(80, fonts=(Path("/nonexistent.ttf"),))
    receipt = Receipt("1", (Text("王𬭎"), Qr("https://q.example.gov.cn/q?n=1", ("扫码查进度",))))
    printed = lines(receipt, bare)
    assert printed == ["王〔U+2CB4E〕", "扫码查进度"]
    assert any(isinstance(operation, PrintRaster) for operation in decoded(receipt, bare))


def test_a_rare_character_is_drawn_with_the_first_font_that_covers_it(tmp_path: Path):
    faces = raster.faces()
    assert raster.face_for("王", faces) is faces[0]
    assert raster.face_for("\U000f0123", faces) is None


clauses = st.builds(
    "".join, st.lists(st.sampled_from(["跨省通办，", "（办理地）", "不用跑。", "《规程》：", "查", "询", "“好”；"]))
)


@unhurried
@given(clauses, st.integers(12, 48))
def test_closing_punctuation_never_starts_a_line_and_opening_never_ends_one(text: str, width: int):
    for line in layout.wrap(text, width):
        assert line[:1] not in layout.NOT_AT_LINE_START
        assert line[-1:] not in layout.NOT_AT_LINE_END


def test_words_and_numbers_stay_whole():
    assert layout.wrap("请拨打 0477-0000000 咨询", 14) == ["请拨打", "0477-0000000", "咨询"]
    assert layout.wrap("标点不在行首，标点不在行首。", 12) == ["标点不在行", "首，标点不在", "行首。"]
    assert layout.wrap("首问单位：乌审旗政务服务大厅", 20, hang=10) == ["首问单位：乌审旗政务", "          服务大厅"]


def test_two_texts_share_a_line_where_it_is_wide_enough():
    pair = Receipt("1", (Pair("申请人：王**", "证件：199900********0012"),))
    assert lines(pair, WIDE) == ["申请人：王**            证件：199900********0012"]
    assert lines(pair, NARROW) == ["申请人：王**", "证件：199900********0012"]


def test_sizes_bold_and_alignment_hold_for_their_line_only():
    receipt = Receipt("1", (Text("大字 A", Align.CENTER, bold=True, width=2, height=2), Text("小字 b")))
    big, small = (operation for operation in decoded(receipt) if isinstance(operation, PrintLine))
    style = big.spans[0].style
    assert (style.width, style.height, style.chinese_width, style.chinese_height, style.bold) == (2, 2, 2, 2, True)
    assert big.align == "center"
    style = small.spans[0].style
    assert (style.width, style.height, style.chinese_width, style.chinese_height, style.bold) == (1, 1, 1, 1, False)
    assert small.align == "left"


def test_empty_lines_and_rules_take_their_place():
    assert lines(Receipt("1", (Text("上"), Feed(2), Rule(), Text("")))) == ["上", "", "", "─" * 24, ""]


# ------------------------------------------------------------------------------------------------------ pictures


@unhurried
@given(st.binary(min_size=24, max_size=240), st.sampled_from([b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x08\x01"]))
def test_no_picture_carries_a_real_time_command(noise: bytes, command: bytes):
    """Some printers obey them even inside picture data; of sixty pictures of Chinese text forty held one."""
    data = bytearray(noise)
    data[3 : 3 + len(command)] = command
    rows = len(data) // 8
    picture = Image.frombytes("1", (64, rows), bytes(255 - byte for byte in data[: rows * 8]))
    sent = raster.raster_command(picture)
    assert re.search(rb"\x10[\x04\x05\x14]", sent) is None
    assert list(RealTimeScanner().feed(sent)) == []


@unhurried
@given(st.binary(min_size=8, max_size=80))
def test_a_picture_without_such_commands_arrives_dot_for_dot(data: bytes):
    rows = len(data) // 8
    data = data[: rows * 8].replace(b"\x10", b"\x11")
    picture = Image.frombytes("1", (64, rows), bytes(255 - byte for byte in data))
    decoder = Decoder()
    decoder.put(raster.raster_command(picture))
    printed = decoder.next()
    assert isinstance(printed, PrintRaster)
    assert b"".join(printed.rows) == data


@settings(max_examples=25, deadline=None)
@given(st.text(string.ascii_uppercase + string.digits, min_size=8, max_size=10), st.sampled_from([58, 80]))
def test_the_printed_code_can_be_scanned_is_20_mm_wide_and_keeps_four_modules_clear(code: str, width: int):
    url = f"https://q.example.gov.cn/q?n={code}&k=1742"
    (drawn,) = (
        o for o in decoded(Receipt("1", (Qr(url, ("扫码查进度",)),)), Paper(width)) if isinstance(o, PrintRaster)
    )
    across = len(drawn.rows[0]) * 8
    picture = Image.frombytes("1", (across, len(drawn.rows)), bytes(255 - byte for byte in b"".join(drawn.rows)))
    assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [url]
    module = raster.qr_module_dots(url)
    symbol = raster.qr_picture(url).width - 8 * module
    assert symbol >= 160
    right_edge = picture.crop((across - 4 * module, 0, across, picture.height))
    assert right_edge.getextrema() == (255, 255)


def test_a_native_code_holds_the_address_with_error_correction_m():
    url = "https://q.example.gov.cn/q?n=7K4M9Q2P&k=1742"
    operations = decoded(Receipt("1", (Qr(url, ("扫码查进度",)),)), Paper(80, qr="native"))
    (code,) = (operation for operation in operations if isinstance(operation, PrintQr))
    assert (code.data, code.error_correction, code.align) == (url, "M", "right")


def test_the_bytes_are_those_of_the_manuals():
    """The decoder in these tests has the same authors as the encoder; these bytes come from Epson's reference."""
    receipt = Receipt("1", (Text("王A", Align.CENTER, bold=True, width=2, height=2), Qr("X")))
    assert encode(receipt, Paper(80, qr="native", cut="full")).hex(" ") == (
        "1b 40 1c 26 "  # ESC @, FS &
        "1b 61 01 1b 21 30 1c 21 0c 1b 45 01 "  # centre, ESC ! double, FS ! double, bold
        "cd f5 41 0a "  # 王 is CDF5 in GBK
        "1b 45 00 1b 21 00 1c 21 00 "
        "1b 61 02 1d 28 6b 04 00 31 41 32 00 1d 28 6b 03 00 31 43 08 1d 28 6b 03 00 31 45 31 "
        "1d 28 6b 04 00 31 50 30 58 1d 28 6b 03 00 31 51 30 1b 61 00 "
        "1b 64 05 1d 56 00"
    )
    picture = raster.raster_command(Image.new("1", (16, 2), 0))
    assert picture.hex(" ") == "1d 76 30 00 02 00 02 00 ff ff ff ff"


def test_same_receipt_same_bytes():
    receipt = Receipt("1", (Text("王𬭎"), Qr("https://q.example.gov.cn/q?n=1")))
    assert encode(receipt, WIDE) == encode(receipt, WIDE)


def test_a_slip_of_plain_text_is_small_enough_for_a_slow_serial_link():
    """38 lines took 1.5 kB as text and 86 kB as a picture: 90 s at 9600 baud."""
    receipt = Receipt("1", tuple(Text("事项：异地就医结算备案，请等候短信通知") for _ in range(38)))
    assert len(encode(receipt, WIDE)) < 2000
    assert encoder_module.FEED_TO_CUTTER in encode(receipt, WIDE)
