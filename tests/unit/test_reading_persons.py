"""Finding the applicant's name and number in what was read.

A citizen would be told that a paper is somebody else's when it is their own, or would hand in somebody else's unnoticed.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.personas import PERSONAS
from kiosk.identity.numbers import check_digit
from kiosk.materials.reading.lines import Box, Line
from kiosk.materials.reading.names import find_name
from kiosk.materials.reading.numbers import find_number, find_other_number

WANG, ZHAO = PERSONAS["wang"], PERSONAS["zhao"]
FOUND = 0.4


def lines(*texts: str, score: float = 0.99) -> list[Line]:
    """Lines one below the other."""
    return [
        Line(text, score, Box(100, 100 + 50 * row, 100 + 30 * len(text), 130 + 50 * row))
        for row, text in enumerate(texts)
    ]


# Names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王小满", "姓名 王小满"),
        ("王小满", "王 小 满"),
        ("王小满", "兹证明王小满，公民身份号码"),
        ("王小满", "职工王小满因工作需要"),
        ("王小满", "王小蒲"),
        ("王小满", "申请人：王小満"),
        ("李明", "姓名：李明"),
        ("李明", "兹证明李明系我社区居民"),
        ("古丽努尔·艾山", "古丽努尔•艾山"),
        ("古丽努尔·艾山", "古丽努尔艾山"),
        ("古丽努尔·艾山", "兹证明古丽努尔.艾山同志"),
        ("阿卜杜热合曼·艾合买提江尼亚孜", "阿卜杜热合曼・艾合买提汪尼亚孜"),
        ("张𬭎", "姓名张铉"),
        ("张𬭎", "姓名张"),
        ("张𬭎", "学生张，性别男"),
        ("阿卜杜热合曼·艾合买提江尼亚孜", "委托人：阿卜杜热合曼·艾合买提异严确"),
        ("李明", "李明，男"),
        ("龚\ue863明", "职工龚明，男"),
        ("龚䶮", "龚䶮"),
        ("EXEMPLARSON, ANNE MARGARET", "Anne Margaret EXEMPLARSON"),
        ("EXEMPLARSON, ANNE MARGARET", "EXEMPLARSON,ANNEMARGARET"),
    ],
)
def test_the_applicants_name_is_found_however_it_stands_there(name, text):
    assert find_name(lines("某某证明", text, "二〇二六年"), name) >= FOUND


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("李明", "兹证明李明德系我社区居民"),
        ("王小", "姓名 王小满"),
        ("高明", "见解高明之处"),
        ("文明", "创建文明社区"),
        ("王小满", "赵长庚"),
        ("王小满", "王大海"),
        ("王小满", "李小满意度调查"),
        ("张𬭎", "张三丰"),
        ("LI, NA", "NATIONAL LIBRARY"),
        ("古丽努尔·艾山", "古丽"),
        ("王", "王"),
        ("", "王小满"),
    ],
)
def test_another_persons_name_and_part_of_a_word_are_not_the_applicants(name, text):
    assert find_name(lines("某某证明", text, "二〇二六年"), name) < FOUND


def test_a_name_over_two_lines_of_a_cell_is_found():
    assert find_name(lines("阿卜杜热合曼·艾合买", "提江尼亚孜"), "阿卜杜热合曼·艾合买提江尼亚孜") >= FOUND


def test_a_misread_name_is_less_certain_than_one_that_was_read():
    assert find_name(lines("王小蒲"), "王小满") < find_name(lines("王小满"), "王小满")


# Numbers


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(0, 17), max_size=18))
def test_letters_read_for_digits_do_not_hide_the_number(places):
    letters = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
    read = "".join(letters.get(one, one) if at in places else one for at, one in enumerate(WANG.id_number))
    assert find_number(lines(f"公民身份号码{read}"), WANG.id_number) > 0.9


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_forgiven(at, digit):
    read = WANG.id_number[:at] + digit + WANG.id_number[at + 1 :]
    assert find_number(lines(read), WANG.id_number) >= FOUND


@settings(deadline=None, max_examples=60)
@given(st.integers(6, 13), st.integers(0, 999))
def test_another_sound_number_is_never_taken_for_the_applicants(at, sequence):
    """A sister was born on another day, a twin has another sequence: both have check digits of their own."""
    body = f"{WANG.id_number[:14]}{sequence:03d}"
    other = body + check_digit(body)
    if other != WANG.id_number:
        assert find_number(lines(other), WANG.id_number) < FOUND
        assert find_other_number(lines(other), WANG.id_number) >= FOUND


@pytest.mark.parametrize(
    "text",
    [
        "199900 19900307 0126",
        "1 9 9 9 0 0 1 9 9 0 0 3 0 7 0 1 2 6",
        "残疾人证号：19990019900307012643",
        "1999**********0126",
        "199900********0126",
        "1999XXXXXXXXXX0126",
        "出生日期1990-03-07 199900199003070126",
    ],
)
def test_a_number_in_groups_masked_or_longer_is_the_applicants(text):
    assert find_number(lines(text), WANG.id_number) >= FOUND


@pytest.mark.parametrize("text", ["199900********0212", "13********0126", "6200 0099 0000 0003 171", "姓名 王小满", ""])
def test_what_is_not_the_applicants_number_is_not_found(text):
    assert find_number(lines(text), WANG.id_number) < FOUND


def test_a_number_of_letters_and_digits_is_found():
    number = PERSONAS["foreigner_2017"].id_number
    assert find_number(lines(f"证件号码 {number}"), number) > 0.9


@pytest.mark.parametrize(
    ("text", "score"),
    [(WANG.id_number, 0.99), ("199900194813020211", 0.99), (ZHAO.id_number, 0.5), ("6200009900000003171", 0.99)],
    ids=["the applicant's", "no such day", "hardly read", "a bank card"],
)
def test_nobody_is_told_of_another_number_without_good_reason(text, score):
    assert find_other_number(lines(text, score=score), WANG.id_number) == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=20), st.text(max_size=20))
def test_whatever_was_read_is_answered_with_a_probability(texts, name, number):
    found = (
        find_name(lines(*texts), name),
        find_number(lines(*texts), number),
        find_other_number(lines(*texts), number),
    )
    assert all(0 <= one <= 1 for one in found)
