"""Fields: what counts as right, how a value is kept, and that no message repeats it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.forms import FieldKind, clean, group_number, group_phone, mask_phone, problem
from kiosk.strings import Strings

CHINESE = Strings.load("zh_CN")


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.PHONE, " 138-1234 5678 ", "13812345678"),
        (FieldKind.PHONE, "１３８１２３４５６７８", "13812345678"),
        (FieldKind.DATE, "20261201", "2026-12-01"),
        (FieldKind.DATE, "2026/1/2", "2026-01-02"),
        (FieldKind.DATE, "2026年1月2日", "2026-01-02"),
        (FieldKind.MONTH, "202003", "2020-03"),
        (FieldKind.MONTH, "2020年3月", "2020-03"),
        (FieldKind.LATIN, " z0000 0001 ", "Z0000 0001"),
        (FieldKind.TEXT, "  示例街 12 号 ", "示例街 12 号"),
    ],
)
def test_values_are_kept_in_one_form(kind: FieldKind, typed: str, kept: str) -> None:
    assert clean(kind, typed) == kept
    assert problem(kind, typed) == ""


@pytest.mark.parametrize(
    ("kind", "typed", "key"),
    [
        (FieldKind.TEXT, "", "form.error.required"),
        (FieldKind.TEXT, "x" * 61, "form.error.too_long"),
        (FieldKind.TEXT, "a\x00b", "form.error.text"),
        (FieldKind.TEXT, "<script>", "form.error.text"),
        (FieldKind.PHONE, "12812345678", "form.error.phone"),
        (FieldKind.PHONE, "1381234567", "form.error.phone"),
        (FieldKind.PHONE, "12345", "form.error.phone"),
        (FieldKind.DATE, "20260230", "form.error.date"),
        (FieldKind.DATE, "明天", "form.error.date"),
        (FieldKind.DATE, "00011231", "form.error.date"),
        (FieldKind.MONTH, "202013", "form.error.month"),
        (FieldKind.DIGITS, "12a", "form.error.digits"),
        (FieldKind.LATIN, "卡号", "form.error.latin"),
        (FieldKind.REGION, "", "form.error.region"),
        (FieldKind.REGION, "平罗", "form.error.region"),
        (FieldKind.CHOICE, "", "form.error.choice"),
        (FieldKind.CHOICE, "c", "form.error.choice"),
    ],
)
def test_what_is_wrong_has_a_sentence(kind: FieldKind, typed: str, key: str) -> None:
    assert problem(kind, typed, options=("a", "b")) == key
    assert CHINESE(key)


def test_an_optional_field_may_stay_empty_but_not_be_wrong() -> None:
    assert problem(FieldKind.DATE, "", required=False) == ""
    assert problem(FieldKind.DATE, "x", required=False) == "form.error.date"


def test_a_date_may_not_precede_another() -> None:
    assert problem(FieldKind.DATE, "20261130", not_before="2026-12-01") == "form.error.order"
    assert problem(FieldKind.DATE, "20261201", not_before="2026-12-01") == ""
    assert problem(FieldKind.DATE, "20261201", not_before="rubbish") in ("", "form.error.order")


@given(st.sampled_from(FieldKind), st.text(max_size=80))
def test_any_text_is_judged_without_an_exception_and_cleaning_twice_changes_nothing(kind: FieldKind, text: str) -> None:
    key = problem(kind, text, options=("a",))
    assert key == "" or key in CHINESE
    assert clean(kind, clean(kind, text)) == clean(kind, text)


def test_numbers_are_grouped_and_masked_as_they_are_read_aloud() -> None:
    assert group_phone("13812345678") == "138 1234 5678"
    assert mask_phone("13812345678") == "138 **** 5678"
    assert mask_phone("123") == "***"
    assert group_number("150785000100000100") == "1507 8500 0100 0001 00"
