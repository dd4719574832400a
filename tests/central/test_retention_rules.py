"""Periods of retention: which rule counts for a case, and that the database finds exactly the cases that the rules name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from central import keys
from central.retention import finding
from central.retention.rules import ENDS, Kept, Rule, What, counting, due
from central.settings import Settings, SettingsError, load
from central.store.database import Database
from central.store.models import Case, SubCase
from kiosk.protocol.states import State
from tests.central.services_rig import application, stored

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HERE, THERE = "150626", "640221"
RULES = (
    Rule("", State.WITHDRAWN, What.PAGES, 30),
    Rule("", State.WITHDRAWN, What.CONTENT, 365),
    Rule("15", State.WITHDRAWN, What.PAGES, 60),
    Rule("1506", State.WITHDRAWN, What.PAGES, 10),
    Rule("64", State.COMPLETED, What.PAGES, 100),
)


@pytest.mark.parametrize(
    ("places", "state", "days"),
    [
        (("340223", "341723"), State.WITHDRAWN, 30),
        (("150626", "150626"), State.WITHDRAWN, 10),
        (("150785", "150626"), State.WITHDRAWN, 60),
        (("150626", "640221"), State.WITHDRAWN, 30),
        (("640221", "640221"), State.COMPLETED, 100),
        (("150626", "640221"), State.COMPLETED, None),
        (("640221", "640221"), State.ARCHIVED, None),
    ],
)
def test_the_longest_prefix_counts_and_of_two_places_the_longer_period(
    places: tuple[str, str], state: State, days: int | None
) -> None:
    rule = counting(RULES, What.PAGES, state, places)
    assert (None if rule is None else rule.days) == days


def test_a_place_that_keeps_everything_outweighs_a_wider_rule() -> None:
    kept = (*RULES, Rule(HERE, State.WITHDRAWN, What.PAGES, None))
    assert counting(kept, What.PAGES, State.WITHDRAWN, (HERE, THERE)) is None
    assert counting(kept, What.PAGES, State.WITHDRAWN, (THERE, THERE)) is not None


def test_without_a_rule_everything_is_kept() -> None:
    assert [counting((), what, state, (HERE, THERE)) for what in What for state in ENDS] == [None] * 16


def test_the_database_finds_exactly_what_the_rules_name(settings: Settings, database: Database) -> None:
    """Every end, three places on either side and sometimes a further one, before and after each period."""
    ring = keys.load(settings.keys)
    places = ("150626", "150785", "640221")
    expected = set()
    with database.writing() as session:
        template = stored(session, ring, application(), state="WITHDRAWN")
        session.flush()
        columns = {column.name: getattr(template, column.name) for column in Case.__table__.columns}
        number = 1000
        for state in (State.WITHDRAWN, State.COMPLETED, State.UNDER_REVIEW):
            for receiving in places:
                for handling in places:
                    for days in (9, 11, 31, 61, 101, 400):
                        for kept in (Kept.ALL, Kept.CONTENT):
                            number += 1
                            ended = None if state is State.UNDER_REVIEW else NOW - timedelta(days=days)
                            own = {"seq": number, "application_id": str(number), "case_number": str(number)}
                            where = {"receiving_code": receiving, "handling_code": handling}
                            about = {"state": state.value, "ended_at": ended, "kept": kept.value}
                            session.add(Case(**{**columns, **own, **where, **about}))
                            further = (None, None, None, None, *places)[number % 7]
                            if further is not None:
                                part = {"region_name": "", "state": state.value, "updated_at": NOW}
                                session.add(SubCase(case_seq=number, region_code=further, **part))
                            what = What.PAGES if kept is Kept.ALL else What.CONTENT
                            rule = counting(RULES, what, state, (receiving, handling, further or handling))
                            if rule is not None and ended is not None and due(rule, ended, NOW):
                                expected.add((number, what))
        session.execute(update(Case).where(Case.seq == template.seq).values(ended_at=None))
        session.flush()
        found = finding.due(session, RULES, NOW, 10_000)
        assert set(found) == expected
        assert len(found) == len(expected) > 40
        assert sum(finding.counts(session, RULES, NOW).values()) == len(expected)
        assert len(finding.due(session, RULES, NOW, 7)) == 7


def test_the_periods_stand_in_the_settings(tmp_path: Path) -> None:
    text = """
[[retention.rules]]
states = ["WITHDRAWN", "EXPIRED"]
pages_days = 90
content_days = 365

[[retention.rules]]
place = "15"
states = ["WITHDRAWN"]
"""
    (tmp_path / "central.toml").write_text(text, "utf-8")
    table = load(tmp_path, {}).retention.table
    assert Rule("", State.EXPIRED, What.PAGES, 90) in table
    assert Rule("15", State.WITHDRAWN, What.CONTENT, None) in table
    assert load(tmp_path / "none", {}).retention.table == ()


@pytest.mark.parametrize(
    "text",
    [
        '[[retention.rules]]\nstates = ["UNDER_REVIEW"]\npages_days = 9',
        '[[retention.rules]]\nstates = ["EXPIRED"]\ncontent_days = 9',
        '[[retention.rules]]\nstates = ["EXPIRED"]\npages_days = 10\ncontent_days = 9',
        '[[retention.rules]]\nstates = ["EXPIRED"]\nplace = "150"\npages_days = 9',
        '[[retention.rules]]\nstates = ["EXPIRED"]\n[[retention.rules]]\nstates = ["EXPIRED"]\npages_days = 9',
    ],
)
def test_periods_that_make_no_sense_are_refused_before_anything_is_deleted(tmp_path: Path, text: str) -> None:
    (tmp_path / "central.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError):
        load(tmp_path, {})
