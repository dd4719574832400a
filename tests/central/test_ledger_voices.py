"""Ratings, complaints, rectifications and revisits: each goes its way to the end, within its limit, and no other way."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused
from central.casework.who import Who, staff
from central.centre import CentreParts
from central.ledger import complaints, rating, rectification
from central.store.database import Database
from central.store.models import AuditEntry, Case, CaseEvent, Unit, User
from central.vault import Vault
from tests.central import desk

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday, 10:00 in China."""


@pytest.fixture
def vault(parts: CentreParts) -> Vault:
    desk.people(parts)
    return parts.keys.vault


@pytest.fixture
def database(parts: CentreParts) -> Database:
    return parts.database


def a_case(session: Session, state: str = "COMPLETED", number: str = "150626-20261101-000001") -> Case:
    hall = session.scalars(select(Unit).where(Unit.code == "150626-hall")).one()
    case = Case(
        application_id=number,
        case_number=number,
        slip_number=number,
        query_code="ABCDEFGH",
        applicant_index="a",
        name_index="n",
        applicant_masked="王**",
        id_masked="199900********0012",
        terminal_id="WSQ-03",
        receiving_code="150626",
        receiving_name="内蒙古 鄂尔多斯市 乌审旗",
        handling_code="640221",
        handling_name="宁夏 石嘴山市 平罗县",
        item_id="C001",
        item_name="异地就医结算备案",
        catalogue_version="1",
        mode="collect_and_forward",
        scope="cross_province",
        profile="wushen",
        state=state,
        delivery="electronic",
        received_at=NOW,
        updated_at=NOW,
        delivered_at=NOW,
        first_contact_unit_id=hall.id,
    )
    session.add(case)
    session.flush()
    return case


def who(session: Session, login: str) -> Who:
    return staff(session.scalars(select(User).where(User.login == login)).one())


def said(score: int, key: str = "r1", reasons: tuple[str, ...] = (), words: str = "") -> rating.Said:
    return rating.Said(key, score, reasons, words, terminal_id="WSQ-03")


@pytest.mark.req("R067")
def test_a_case_is_rated_once_and_only_when_it_is_completed(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        case = a_case(session)
        first = rating.record(session, vault, said(5), case, NOW)
        assert rating.record(session, vault, said(5), case, NOW) is first, "a repeated request changes nothing"
        with pytest.raises(Refused) as again:
            rating.record(session, vault, said(1, "r2", ("态度",)), case, NOW)
        assert again.value.code == "already_rated"
        early = a_case(session, "UNDER_REVIEW", "150626-20261101-000002")
        with pytest.raises(Refused) as too_early:
            rating.record(session, vault, said(5, "r3"), early, NOW)
        assert too_early.value.code == "not_completed"
        assert case.rating == "rated"
        lines = session.scalars(select(CaseEvent.event).where(CaseEvent.case_seq == case.seq)).all()
        assert lines == ["rate"]


@pytest.mark.req("R106")
def test_a_bad_rating_says_why_and_is_verified_put_right_called_back_and_closed(
    database: Database, vault: Vault
) -> None:
    with database.writing() as session:
        case, clerk = a_case(session), who(session, "hall.150626")
        with pytest.raises(Refused) as silent:
            rating.record(session, vault, said(2), case, NOW)
        assert silent.value.code == "reason_missing"
        bad = rating.record(session, vault, said(1, words="等了三小时"), case, NOW)
        assert b"\xe7\xad\x89" not in (bad.words_sealed or b""), "what a citizen wrote is sealed"
        assert rating.words_of(vault, bad) == "等了三小时"
        assert bad.due_at is not None
        assert f"{bad.due_at:%Y-%m-%d}" == "2026-12-11", "fifteen working days"
        for early in (
            lambda: rating.put_right(session, vault, clerk, bad, "加开窗口", NOW),
            lambda: rating.call_back(session, clerk, bad, NOW),
            lambda: rating.close(session, clerk, bad, NOW),
        ):
            with pytest.raises(Refused):
                early()
        rating.verify(session, clerk, bad, genuine=True, at=NOW)
        rating.put_right(session, vault, clerk, bad, "加开窗口", NOW)
        rating.call_back(session, clerk, bad, NOW)
        rating.close(session, clerk, bad, NOW)
        assert (bad.closed_at, bad.closed_by, case.rating) == (NOW, clerk.user_id, "bad_handled")
        with pytest.raises(Refused):
            rating.close(session, clerk, bad, NOW)
        assert rating.find(session, who(session, "hall.640221"), bad.id) is None, "another place does not see it"
    with database.reading() as session:  # the trail is written when the acts commit
        steps = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert steps == ["rating.verified", "rating.measures", "rating.called_back", "rating.closed"]


@pytest.mark.req("R084")
@pytest.mark.req("R106")
@pytest.mark.req("R056")
def test_a_complaint_has_a_number_a_limit_and_one_clerk_who_answers(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        case = a_case(session)
        clerk, colleague = who(session, "hall.150626"), who(session, "chief.150626")
        spoken = complaints.Said("c1", "complaint", "说法前后不一", "19900000001", "WSQ-03")
        made = complaints.record(session, vault, spoken, case, NOW)
        assert complaints.record(session, vault, spoken, case, NOW) is made
        assert made.number.startswith("TS20261120")
        assert f"{made.due_at:%Y-%m-%d}" == "2026-12-11"
        assert case.complaint == "open"
        complaints.take(session, clerk, made, NOW)
        with pytest.raises(Refused) as taken:
            complaints.take(session, colleague, made, NOW)
        assert taken.value.code == "taken"
        with pytest.raises(Refused):
            complaints.close(session, vault, clerk, made, "  ", NOW)
        complaints.close(session, vault, clerk, made, "已当面说明并致歉", NOW)
        assert complaints.reply_of(vault, made) == "已当面说明并致歉"
        assert case.complaint == "closed"
        assert complaints.find(session, who(session, "hall.640221"), made.number) is None
        with pytest.raises(Refused):
            complaints.record(session, vault, complaints.Said("c2", "gossip", "x"), None, NOW)


def test_a_complaint_about_nothing_in_particular_is_seen_by_supervisors(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        made = complaints.record(session, vault, complaints.Said("c1", "suggestion", "多放几把椅子"), None, NOW)
        assert made.unit_id is None
        assert complaints.find(session, who(session, "chief.640221"), made.number) is made
        assert complaints.find(session, who(session, "hall.640221"), made.number) is None


@pytest.mark.req("R084")
@pytest.mark.req("R013")
def test_a_rectification_is_demanded_replied_to_and_closed_by_those_it_concerns(
    database: Database, vault: Vault
) -> None:
    with database.writing() as session:
        chief, clerk, foreign = (who(session, one) for one in ("chief.150626", "hall.150626", "chief.640221"))
        hall = session.scalars(select(Unit).where(Unit.code == "150626-hall")).one()
        for somebody in (clerk, foreign):
            with pytest.raises(Refused):
                rectification.demand(session, vault, somebody, hall.id, "overdue", "及时转办", None, NOW)
        made = rectification.demand(session, vault, chief, hall.id, "overdue", "及时转办", None, NOW)
        assert f"{made.due_at:%Y-%m-%d}" == "2026-11-27"
        with pytest.raises(Refused):
            rectification.close(session, chief, made, NOW)
        rectification.reply(session, vault, clerk, made, "已安排专人", NOW)
        with pytest.raises(Refused):
            rectification.close(session, clerk, made, NOW)
        rectification.close(session, chief, made, NOW)
        assert made.closed_at == NOW
        assert rectification.find(session, foreign, made.id) is None


@pytest.mark.req("R174")
def test_revisits_are_drawn_once_and_stay_open_until_somebody_was_reached(database: Database, vault: Vault) -> None:
    with database.writing() as session:
        for number in range(6):
            a_case(session, "COMPLETED" if number else "UNDER_REVIEW", f"150626-20261101-{number:06d}")
        chief = who(session, "chief.150626")
        with pytest.raises(Refused):
            rectification.draw(session, who(session, "hall.150626"), 3, NOW, random.Random(1))
        first = rectification.draw(session, chief, 3, NOW, random.Random(1))
        second = rectification.draw(session, chief, 9, NOW, random.Random(1))
        assert (len(first), len(second)) == (3, 2)
        assert len({one.case_seq for one in (*first, *second)}) == 5
        rectification.called(session, vault, chief, first[0], "not_reached", "", NOW)
        assert first[0].done_at is None
        rectification.called(session, vault, chief, first[0], "problem", "说等了很久", NOW)
        assert first[0].done_at == NOW
        assert first[0].note_sealed is not None
        with pytest.raises(Refused):
            rectification.called(session, vault, chief, first[0], "satisfied", "", NOW)
