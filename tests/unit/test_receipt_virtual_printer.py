"""The virtual printer must be as unforgiving as the real one, or the driver's defects hide in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.escpos_decoder import (
    ClearBuffers,
    CutPaper,
    Decoder,
    PrintLine,
    PrintQr,
    PrintRaster,
    RealTimeScanner,
    StatusRequest,
)
from drivers.virtual.paper_roll import PaperRoll
from drivers.virtual.receipt_printer import FAULTS, VirtualReceiptPrinter


def work(data: bytes) -> list:
    decoder = Decoder()
    decoder.put(data)
    done = []
    while (operation := decoder.next()) is not None:
        done.append(operation)
    return done


def text_of(data: bytes) -> str:
    return "".join(span.text for o in work(data) if isinstance(o, PrintLine) for span in o.spans)


# Bytes that look like commands, so that the search reaches their inside.
command_soup = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from(
            [b"\x1b@", b"\x1c&", b"\x1c.", b"\x1dv0\x00", b"\x1d(k", b"\x1d(H", b"\x1dV", b"\x1bd\x02", b"\x10\x04"]
        ),
        st.sampled_from(
            [b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\x02\x00\x02\x00", b"\x1b*\x21", b"\x1dk", b"\n"]
        ),
    ),
    max_size=30,
).map(b"".join)


@given(command_soup)
def test_no_bytes_can_crash_the_printer(data: bytes):
    roll = PaperRoll(58)
    for operation in work(data):
        match operation:
            case PrintLine():
                roll.line(operation)
            case PrintRaster():
                roll.raster(operation)
            case PrintQr():
                pass  # drawn by a library of its own
            case CutPaper(full):
                roll.cut(full=full)
    list(RealTimeScanner().feed(data))


@given(command_soup, st.integers(1, 7))
def test_real_time_commands_are_found_however_the_bytes_are_split(data: bytes, size: int):
    whole = [(end, found) for end, found in RealTimeScanner().feed(data)]
    scanner, pieces = RealTimeScanner(), []
    for start in range(0, len(data), size):
        pieces += [(start + end, found) for end, found in scanner.feed(data[start : start + size])]
    assert pieces == whole


@given(command_soup, st.integers(1, 7))
def test_what_is_printed_does_not_depend_on_how_the_bytes_are_split(data: bytes, size: int):
    decoder, pieces = Decoder(), []
    for start in range(0, len(data), size):
        decoder.put(data[start : start + size])
        while (operation := decoder.next()) is not None:
            pieces.append(operation)
    text = "".join(s.text for o in pieces if isinstance(o, PrintLine) for s in o.spans)
    assert text == text_of(data)
    assert [type(o) for o in pieces] == [type(o) for o in work(data)]


def test_chinese_without_the_chinese_mode_is_rubbish():
    assert text_of(b"\x1b@" + "王".encode("gbk") + b"\n") != "王"
    assert text_of(b"\x1b@\x1c&" + "王".encode("gbk") + b"\n") == "王"


def test_a_four_byte_character_comes_out_as_digits():
    """What the paper shows when ¥ goes out as GB18030's 81 30 84 36."""
    assert text_of(b"\x1c&" + "¥".encode("gb18030") + b"\n").split() == ["0", "6"]


def test_a_status_request_inside_picture_data_is_obeyed_and_the_picture_is_whole():
    data = b"\x1dv0\x00\x04\x00\x01\x00" + b"\x10\x04\x01\xff"
    assert [found for _, found in RealTimeScanner().feed(data)] == [StatusRequest(1)]
    assert work(data) == [PrintRaster((b"\x10\x04\x01\xff",), "left")]


def test_the_clear_command_is_no_text():
    clear = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
    assert [found for _, found in RealTimeScanner().feed(b"abc" + clear)] == [ClearBuffers()]
    assert text_of(b"\x1c&a" + clear + b"b\n") == "ab"


def test_a_cut_without_feeding_leaves_the_last_lines_behind_the_blade():
    roll = PaperRoll(58)
    (line,) = work(b"1234\n")
    roll.line(line)
    assert roll.cut(full=True).image.getextrema() == (255, 255), "the line is still under the head"
    assert roll.image().getextrema() == (0, 255)


def test_what_the_built_in_font_lacks_is_drawn_as_a_box():
    roll = PaperRoll(58)
    (line,) = work(b"\x1c&\xaa\xa1\n")  # a user-defined code: GBK has no character there
    assert line.spans[0].text == "�"
    roll.line(line)
    assert roll.image().getextrema() == (0, 255)


def test_knobs_and_faults_have_the_names_the_dock_shows():
    device = VirtualReceiptPrinter()
    assert {knob.name for knob in device.knobs()} == {"paper", "cover", "cutter", "cable"}
    assert set(FAULTS) >= {
        "no_answer", "garbage_status", "paper_out_mid_print", "cover_open_mid_print", "stray_status_byte",
        "dies_after_data", "no_process_id", "cutter_error",
    }  # fmt: skip
    with pytest.raises(ValueError, match="damp"):
        device.set_paper("damp")


def test_pulling_the_cable_through_the_knob_and_the_state_agree():
    device = VirtualReceiptPrinter.on_pty()
    cable = next(knob for knob in device.knobs() if knob.name == "cable")
    cable.turn("in")
    link = device.settings["link"]
    assert device.state()["cable"] == "in"
    cable.turn("out")
    cable.turn("out")
    assert device.state()["cable"] == "out"
    cable.turn("in")
    assert device.settings["link"] == link, "the same cable in the same socket"
    device.stop()
