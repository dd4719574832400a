"""Reading what a printer answers: a wrong byte must never become "paper is fine", nor "paper is out"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.receipt_printer.replies import (
    BufferCleared,
    ProcessId,
    RealTimeStatus,
    ReplyReader,
    SensorStatus,
    StatusBits,
    interpret,
)
from drivers.status import CoverOpen, HardwareError, PaperOut, PaperState

WELL = StatusBits(0x12, 0x12, 0x12, 0x12)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_and_only_sound_ones_become_a_status(data: bytes):
    for reply in ReplyReader().feed(data):
        if isinstance(reply, RealTimeStatus):
            assert reply.byte & 0x93 == 0x12


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_how_the_bytes_were_split_on_their_way_changes_nothing(data: bytes, cuts: list[int]):
    whole = ReplyReader().feed(data)
    reader, pieces, start = ReplyReader(), [], 0
    for end in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        pieces += reader.feed(data[start:end])
        start = end
    assert pieces == whole


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x12", [RealTimeStatus(0x12)]),
        (b"\x7e", [RealTimeStatus(0x7E)]),
        (b"\x00", [SensorStatus(0)]),
        (b"\x0c", [SensorStatus(0x0C)]),
        (b"\x10\x00\x00\x00\x12", [RealTimeStatus(0x12)]),  # an ASB frame, then an answer
        (b"\x14\x00\x0c\x00\x37\x2200017\x00"[:4], []),  # an ASB frame alone
        (b"\x10\x16", [RealTimeStatus(0x16)]),  # a lone first ASB byte does not swallow the answer
        (b"\x37\x220001\x00", [ProcessId(b"0001")]),
        (b"\x37\x25\x00", [BufferCleared()]),
        (b"\x37\x22\x12", [RealTimeStatus(0x12)]),  # a torn reply does not swallow the answer
        (b"\xff\x55\xaa", []),
    ],
)
def test_each_kind_of_reply_is_told_from_the_others(data: bytes, expected: list):
    assert ReplyReader().feed(data) == expected


@given(st.integers(0, 255))
def test_no_byte_can_be_two_kinds(byte: int):
    kinds = [byte & 0x93 == 0x12, byte & 0x93 == 0x10, byte & 0x90 == 0, byte == 0x37]
    assert sum(kinds) <= 1


def test_silence_is_unknown_and_neither_fine_nor_out():
    condition = interpret(StatusBits())
    assert condition.paper is PaperState.UNKNOWN
    assert condition.cover_open is None
    assert condition.fault is None


@pytest.mark.parametrize("byte", [0x32, 0x52, 0x72, 0x7E])
def test_either_end_bit_alone_means_out(byte: int):
    """A Citizen PPU-231II sets one only, and python-escpos calls that "adequate"."""
    condition = interpret(StatusBits(0x12, 0x12, 0x12, byte))
    assert condition.paper is PaperState.OUT
    assert isinstance(condition.fault, PaperOut)


@pytest.mark.parametrize("byte", [0x16, 0x1A, 0x1E])
def test_either_near_end_bit_alone_means_low_and_is_no_fault(byte: int):
    condition = interpret(StatusBits(0x12, 0x12, 0x12, byte))
    assert (condition.paper, condition.fault) == (PaperState.LOW, None)


def test_a_presenter_on_bit_6_is_no_paper_end_where_the_settings_say_so():
    assert interpret(StatusBits(0x12, 0x12, 0x12, 0x52), paper_end_bits=0x20).paper is PaperState.FULL


@pytest.mark.parametrize(
    ("bits", "kind", "passing"),
    [
        (StatusBits(0x1A, 0x16, 0x12, 0x12), CoverOpen, False),
        (StatusBits(0x1A, 0x32, 0x12, 0x12), PaperOut, False),
        (StatusBits(0x1A, 0x52, 0x1A, 0x12), HardwareError, False),
        (StatusBits(0x1A, 0x52, 0x32, 0x12), HardwareError, False),
        (StatusBits(0x1A, 0x52, 0x16, 0x12), HardwareError, False),
        (StatusBits(0x1A, 0x52, 0x52, 0x12), HardwareError, True),
        (StatusBits(0x1A, 0x12, 0x12, 0x12), HardwareError, True),
    ],
)
def test_faults_are_named_and_those_that_pass_by_themselves_are_told_apart(bits, kind, passing):
    condition = interpret(bits)
    assert isinstance(condition.fault, kind)
    assert condition.passing is passing


def test_a_well_printer_has_no_fault():
    condition = interpret(WELL)
    assert (condition.paper, condition.cover_open, condition.fault) == (PaperState.FULL, False, None)
