"""Until when a paper is valid.

A citizen would hand in a paper that is void, or be told that a good one is.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.materials.reading.kinds import load_kinds
from kiosk.materials.reading.validity import LONG_TERM, find_validity, parse_day
from tests.unit.test_reading_persons import lines

TODAY = date(2026, 11, 20)
CHINESE = "〇一二三四五六七八九"


def until(kind: str, *texts: str, score: float = 0.99) -> str | None:
    found = find_validity(lines(*texts, score=score), load_kinds()[kind], TODAY)
    return found.until if found else None


def in_chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else CHINESE[tens] + "十") + (
        CHINESE[ones] if ones or not tens else ""
    )


@settings(deadline=None, max_examples=60)
@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_in_every_way_of_writing_it(day):
    year = "".join(CHINESE[int(one)] for one in str(day.year))
    written = (
        f"{year}年{in_chinese(day.month)}月{in_chinese(day.day)}日",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y.%m.%d}",
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
    )
    assert [parse_day(one) for one in written] == [day] * len(written)


@pytest.mark.parametrize("text", ["2026年13月1日", "2026-02-30", "二〇二六年十三月一日", "1234年1月1日", "有效", ""])
def test_a_date_that_does_not_exist_is_none(text):
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("kind", "texts", "last"),
    [
        ("identity_card_back", ("有效期限", "2019.05.20-2039.05.20"), "2039-05-20"),
        ("identity_card_back", ("有效期限 2006.08.15-长期",), LONG_TERM),
        ("residence_certificate", ("本证明有效期至2032年11月1日，复印无效",), "2032-11-01"),
        ("residence_certificate", ("有效期至二〇二四年十一月二日",), "2024-11-02"),
        ("residence_certificate", ("自开具之日起三十日内有效。", "二〇二六年十一月二日"), "2026-12-02"),
        ("residence_certificate", ("自出具之日起6个月内有效", "2026年8月31日"), "2027-02-28"),
        ("residence_certificate", ("本证明有效期为一年。", "2026年1月5日"), "2027-01-05"),
        ("driving_licence", ("有效期限", "2025-05-20 至 2031-05-20"), "2031-05-20"),
        ("driving_licence", ("有效起始日期 2019-06-01", "有效期限 6年"), "2025-06-01"),
        ("labour_contract", ("第一条 本合同自2025年7月1日起至2028年6月30日止",), "2028-06-30"),
        ("posting_letter", ("自2026年9月1日起派驻示例市，派驻期至2031", "年8月31日止。"), "2031-08-31"),
        ("power_of_attorney", ("委托期限：自2026年11月1日至2026年12月31日。",), "2026-12-31"),
        ("medical_fitness", ("申请人签字", "2026年8月31日"), "2027-02-28"),
        ("bank_card", ("有效期08/31",), "2031-08-31"),
        ("bank_card", ("VALID THRU 02/28",), "2028-02-29"),
    ],
)
def test_the_last_day_is_found(kind, texts, last):
    assert until(kind, *texts) == last


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("residence_certificate", ("二〇二六年十一月二日",)),
        ("residence_certificate", ("有效期至2026年13月1日",)),
        ("residence_certificate", ("自开具之日起三十日内有效", "二〇三六年十一月二日")),
        ("driving_licence", ("有效期限 2031-05-20 至 2025-05-20",)),
        ("diploma", ("有效期至2020年1月1日",)),
        ("medical_fitness", ("申请人签字",)),
    ],
    ids=["no term", "no such day", "made in the future", "ends before it begins", "not asked of a diploma", "no date"],
)
def test_what_is_not_clear_is_not_said(kind, texts):
    assert until(kind, *texts) is None


def test_a_badly_read_date_makes_no_paper_void():
    assert until("residence_certificate", "有效期至2024年11月2日", score=0.6) is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("有效期限自至到起日年月〇二六十0123456789.-长内", max_size=30), max_size=6),
    st.sampled_from(sorted(load_kinds())),
)
def test_no_text_makes_it_fail(texts, kind):
    last = until(kind, *texts)
    assert last is None or last == LONG_TERM or date.fromisoformat(last)
