"""The frames of the card reader's protocol: exact published bytes, and every way to damage them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.id_card_reader import sam
from drivers.id_card_reader.frames import HEADER_LENGTH, MOST_LENGTH, PREAMBLE, Answer, AnswerParser, check_byte
from drivers.virtual import sam_module

REQUESTS = {
    sam.RESET: "AA AA AA 96 69 00 03 10 FF EC",
    sam.SELF_TEST: "AA AA AA 96 69 00 03 11 FF ED",
    sam.SAM_NUMBER: "AA AA AA 96 69 00 03 12 FF EE",
    sam.FIND: "AA AA AA 96 69 00 03 20 01 22",
    sam.SELECT: "AA AA AA 96 69 00 03 20 02 21",
    sam.READ_BASE: "AA AA AA 96 69 00 03 30 01 32",
    sam.READ_BASE_AND_FINGERPRINT: "AA AA AA 96 69 00 03 30 10 23",
    sam.READ_NEWEST_ADDRESS: "AA AA AA 96 69 00 03 30 03 30",
}
ANSWERS = {
    "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97": Answer(0, 0, 0x9F, bytes(4)),
    "AA AA AA 96 69 00 04 00 00 80 84": Answer(0, 0, 0x80),
    "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C": Answer(0, 0, 0x90, bytes(8)),
    "AA AA AA 96 69 00 04 00 00 81 85": Answer(0, 0, 0x81),
    "AA AA AA 96 69 00 04 00 00 41 45": Answer(0, 0, 0x41),
    "AA AA AA 96 69 00 04 00 00 90 94": Answer(0, 0, 0x90),
    "AA AA AA 96 69 00 04 00 00 60 64": Answer(0, 0, 0x60),
    "AA AA AA 96 69 00 04 00 00 66 62": Answer(0, 0, 0x66),
    "AA AA AA 96 69 00 04 00 00 91 95": Answer(0, 0, 0x91),
    "AA AA AA 96 69 00 04 00 00 21 25": Answer(0, 0, 0x21),
    "AA AA AA 96 69 00 04 00 00 10 14": Answer(0, 0, 0x10),
    "AA AA AA 96 69 00 04 00 00 11 15": Answer(0, 0, 0x11),
    "AA AA AA 96 69 00 04 00 00 32 36": Answer(0, 0, 0x32),
}

answers = st.builds(Answer, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=1400))


def encode(answer: Answer) -> bytes:
    """Written out here, so that neither the driver's nor the virtual device's code checks itself."""
    body = (4 + len(answer.data)).to_bytes(2, "big") + bytes((answer.sw1, answer.sw2, answer.sw3)) + answer.data
    check = 0
    for byte in body:
        check ^= byte
    return b"\xaa\xaa\xaa\x96\x69" + body + bytes((check,))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def feed_all(parser: AnswerParser, pieces: list[bytes]) -> list[Answer]:
    return [answer for piece in pieces for answer in parser.feed(piece)]


@pytest.mark.parametrize(("frame", "published"), REQUESTS.items(), ids=REQUESTS.values())
def test_each_request_is_the_published_one(frame: bytes, published: str) -> None:
    assert frame == bytes.fromhex(published)


@pytest.mark.parametrize(("published", "answer"), ANSWERS.items())
def test_each_published_answer_is_understood(published: str, answer: Answer) -> None:
    parser = AnswerParser()
    assert parser.feed(bytes.fromhex(published)) == [answer]
    assert parser.damaged == 0


@pytest.mark.parametrize("published", ANSWERS)
def test_the_virtual_module_sends_the_published_answers(published: str) -> None:
    answer = ANSWERS[published]
    assert sam_module.frame(answer.sw3, answer.data) == bytes.fromhex(published)


def test_an_answer_never_prints_what_it_carries() -> None:
    assert "1999" not in repr(Answer(0, 0, 0x90, b"1999"))


@given(st.lists(answers, min_size=1, max_size=4), st.lists(st.integers(0, 6000), max_size=30))
def test_sound_answers_are_found_however_they_are_cut_and_glued(sent: list[Answer], places: list[int]) -> None:
    pieces = cut(b"".join(map(encode, sent)), places)
    assert feed_all(AnswerParser(), pieces) == sent


@given(answers, st.integers(0, 6))
def test_extra_leading_aa_is_no_damage(sent: Answer, extra: int) -> None:
    parser = AnswerParser()
    assert parser.feed(b"\xaa" * extra + encode(sent)) == [sent]
    assert parser.damaged == 0


def test_our_own_request_echoed_by_the_line_is_neither_answer_nor_damage() -> None:
    parser = AnswerParser()
    assert parser.feed(sam.FIND + encode(Answer(0, 0, 0x80))) == [Answer(0, 0, 0x80)]
    assert parser.damaged == 0


@given(answers, st.binary(max_size=50).filter(lambda noise: 0xAA not in noise))
def test_noise_before_an_answer_is_passed_over_and_counted(sent: Answer, noise: bytes) -> None:
    parser = AnswerParser()
    assert parser.feed(noise + encode(sent)) == [sent]
    assert (parser.damaged > 0) is (len(noise) > 0)


@given(answers, st.integers(0, 1500), st.integers(1, 255))
def test_one_flipped_byte_never_yields_another_answer(sent: Answer, place: int, flip: int) -> None:
    frame = bytearray(encode(sent))
    frame[place % len(frame)] ^= flip
    parser = AnswerParser()
    found = parser.feed(bytes(frame))
    while parser.in_frame:
        found += parser.give_up_frame()
    # Data may hold a whole inner frame; the outer one must not come out changed.
    assert all(len(answer.data) < len(sent.data) for answer in found)


@given(answers, answers)
def test_an_answer_behind_a_broken_one_is_not_lost(broken: Answer, sound: Answer) -> None:
    # A lost check byte AA would be made good by the first byte of the next preamble.
    assume(encode(broken)[-1] != 0xAA)
    for damaged in (encode(broken)[:-1], encode(broken)[:5] + b"\xff\xff" + encode(broken)[7:]):
        parser = AnswerParser()
        found = parser.feed(damaged + encode(sound))
        while parser.in_frame:
            found += parser.give_up_frame()
        assert sound in found


@given(st.lists(st.binary(max_size=300), max_size=60))
def test_any_bytes_at_all_are_survived_in_bounded_memory(pieces: list[bytes]) -> None:
    parser = AnswerParser()
    for piece in pieces:
        parser.feed(piece)
        assert 1 <= parser.wanted <= HEADER_LENGTH + MOST_LENGTH
        assert len(parser._buffer) < HEADER_LENGTH + MOST_LENGTH


@given(st.binary(max_size=64))
def test_the_check_byte_makes_a_body_even_out(body: bytes) -> None:
    assert check_byte(body + bytes((check_byte(body),))) == 0


def test_a_preamble_cut_at_every_byte_is_still_one() -> None:
    frame = encode(Answer(0, 0, 0x90))
    for place in range(1, len(PREAMBLE)):
        parser = AnswerParser()
        assert parser.feed(frame[:place]) == []
        assert parser.wanted == HEADER_LENGTH - place
        assert parser.feed(frame[place:]) == [Answer(0, 0, 0x90)]
