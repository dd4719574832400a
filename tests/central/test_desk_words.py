"""Codes have words: people read neither states, actions nor filters as the machine writes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import central
from central.casework import lifecycle
from central.casework.acts import Words
from central.casework.terms import Guard
from central.demo.reasons import reason_for
from central.desk.audit_words import ACTIONS, action_words, said
from central.desk.pages.ledger import _said

_ROOM = Path(central.__file__).parent
_RECORDED = re.compile(r"(?:trail\.record|_note)\([^\"]*?\"([a-z_]+\.[a-z_]+)\"", re.DOTALL)


def test_every_action_of_the_audit_trail_has_a_name() -> None:
    found = {one for file in _ROOM.rglob("*.py") for one in _RECORDED.findall(file.read_text("utf-8"))}
    assert len(found) > 20
    assert {one for one in found if not one.startswith("case.")} <= set(ACTIONS)
    assert action_words("case.collect").zh == lifecycle.load().event("collect").zh != "collect"


def test_an_audit_entry_names_states_and_answers() -> None:
    (name, state), (_, passed) = said({"target": "COLLECTED", "passed": True})
    assert (name.zh, state.zh, passed.zh) == ("变为", "已收件", "是")


def test_an_audit_entry_counts_points_from_one_as_the_case_page_does() -> None:
    assert [value.zh for point in (0, 2, -1) for _, value in said({"point": point})] == ["1", "3", "—"]


def test_an_export_says_its_filters_in_words() -> None:
    shown = [(name.zh, getattr(value, "zh", value)) for name, value in _said({"7": "某某大厅"}, {"city": Words("全市通办", "City")})(
        {"direction": "out", "scope": "city", "overdue": "1", "unit": "7", "since": "2026-11-01"}
    )]  # fmt: skip
    assert shown == [
        ("方向", "代外收"), ("通办范围", "全市通办"), ("超期", "是"), ("单位", "某某大厅"), ("开始日期", "2026-11-01")
    ]  # fmt: skip


def test_states_have_their_own_words_for_staff_in_both_languages() -> None:
    words = lifecycle.load().states.values()
    assert all(one.zh and one.en and "you" not in one.en.split() for one in words)
    assert len({one.en for one in words}) == len(words)


@pytest.mark.parametrize("key", list(lifecycle.load().flows))
def test_the_demonstration_gives_reasons_exactly_where_the_lifecycle_asks_for_one(key: str) -> None:
    for step in lifecycle.load().flows[key].transitions:
        if step.event == "notify_once":
            assert not reason_for("notify_once", 1)
            assert reason_for("notify_once", 1, again=True)
        else:
            assert bool(reason_for(step.event, 1)) == (Guard.REASON_GIVEN in step.guards), step.event
