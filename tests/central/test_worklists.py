"""Work lists: every case is in exactly the lists of the people whose turn it is, in the order of urgency, and in no other."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from central import whose_turn, worklists
from central.casework.terms import Role
from central.casework.who import Who
from central.store.database import Database
from central.store.models import Case, SubCase, Unit, User, Withdrawal
from central.worklists import Cursor, Filters
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HERE, THERE, THIRD = "150626", "640221", "341723"
S, M = State, Mode

Add = Callable[..., str]


def somebody(place: str, *roles: Role, sectors: tuple[str, ...] = (), user_id: int = 0) -> Who:
    return Who("somebody", user_id, 1, place, frozenset(roles), frozenset(sectors))


DESK_HERE = somebody(HERE, Role.WINDOW)
DESK_THERE = somebody(THERE, Role.WINDOW)
DEPT_THERE = somebody(THERE, Role.APPROVER)
DESK_THIRD = somebody(THIRD, Role.WINDOW)
DEPT_THIRD = somebody(THIRD, Role.APPROVER)


@pytest.fixture
def add(database: Database) -> Add:
    """Stores a case as given (or several) and returns its number."""
    counter = itertools.count(1)

    def values(seq: int, mode: Mode, state: State) -> dict[str, Any]:
        return {
            "application_id": str(uuid4()), "case_number": f"{HERE}-20261120-{seq:06d}", "slip_number": str(seq),
            "query_code": "7K4M9Q2P", "applicant_index": "a", "name_index": "n", "applicant_masked": "王**",
            "id_masked": "150785********0012", "terminal_id": "WSQ-03", "receiving_code": HERE,
            "receiving_name": "内蒙古 鄂尔多斯市 乌审旗", "handling_code": THERE,
            "handling_name": "宁夏 石嘴山市 平罗县", "item_id": "C004", "item_name": "养老保险关系转移接续",
            "sector": "人社", "catalogue_version": "1", "mode": mode, "scope": "cross_province", "profile": "wushen",
            "state": state, "delivery": DeliveryMethod.EMS_TO_APPLICANT, "received_at": NOW, "updated_at": NOW,
        }  # fmt: skip

    def store(mode: Mode, state: State, parts: dict[str, State] | None = None, copies: int = 1, **columns: Any) -> str:
        with database.writing() as session:
            cases = [Case(**{**values(next(counter), mode, state), **columns}) for _ in range(copies)]
            session.add_all(cases)
            session.flush()
            case = cases[-1]
            for place, stands in (parts or {}).items():
                session.add(
                    SubCase(case_seq=case.seq, region_code=place, region_name=place, state=stands, updated_at=NOW)
                )
            return case.case_number

    return store


def lists_of(database: Database, who: Who) -> dict[str, set[str]]:
    """Case number -> keys of the lists in which this person finds it (all but the one with everything)."""
    found: dict[str, set[str]] = {}
    with database.reading() as session:
        counts = worklists.read_counts(session, who)
        for one in whose_turn.lists_for(who):
            rows = worklists.read_page(session, who, one, Filters(), None).rows
            assert counts[one.key] == len(rows), "the count of a list says what the list shows"
            for row in rows:
                found.setdefault(row.case.case_number, set()).add(one.key)
    return {number: keys - {"open"} for number, keys in found.items() if keys - {"open"}}


def numbers(database: Database, who: Who, key: str, filters: Filters | None = None, size: int = 40) -> list[str]:
    """Every case of a list, page by page."""
    worklist = whose_turn.list_for(who, key)
    assert worklist is not None
    seen: list[str] = []
    after: Cursor | None = None
    with database.reading() as session:
        while True:
            page = worklists.read_page(session, who, worklist, filters or Filters(), after, size)
            seen += [row.case.case_number for row in page.rows]
            if page.next is None:
                return seen
            after = Cursor.parse(str(page.next))


WHOSE_TURN = [
    # mode, state, columns: desk here, desk there, department there
    (M.COLLECT_AND_FORWARD, S.SUBMITTED, {}, {"collect"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.INTAKE_REVIEW, {}, {"collect"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.VIDEO_CONSULT, {}, {"collect"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.SUPPLEMENT_REQUIRED, {}, {"supplement"}, {"supplement"}, {"supplement"}),
    (M.COLLECT_AND_FORWARD, S.COLLECTED, {}, {"transfer"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.COLLECTED, {"paper_needed": True}, {"transfer", "mail"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.TRANSFERRED, {"paper_needed": True, "shipment": "to_send"}, {"mail"}, {"receive"}, set()),
    (M.COLLECT_AND_FORWARD, S.TRANSFERRED, {"paper_needed": True, "shipment": "sent"}, set(), {"receive"}, set()),
    (M.COLLECT_AND_FORWARD, S.IN_TRANSIT, {"paper_needed": True, "shipment": "sent"}, set(), {"receive"}, set()),
    (M.COLLECT_AND_FORWARD, S.RECEIVED, {}, set(), set(), {"accept"}),
    (M.COLLECT_AND_FORWARD, S.RECEIVED, {"profile": "pingluo"}, {"accept"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.ACCEPTED, {}, set(), set(), {"review"}),
    (M.COLLECT_AND_FORWARD, S.UNDER_REVIEW, {}, set(), set(), {"review"}),
    (M.COLLECT_AND_FORWARD, S.APPROVED, {}, set(), set(), {"issue"}),
    (M.COLLECT_AND_FORWARD, S.RESULT_ISSUED, {}, set(), set(), {"deliver"}),
    (M.COLLECT_AND_FORWARD, S.RESULT_ISSUED, {"delivery": "pickup_at_desk"}, {"deliver"}, set(), {"deliver"}),
    (M.COLLECT_AND_FORWARD, S.READY_FOR_PICKUP, {"delivery": "pickup_at_desk"}, {"deliver"}, set(), set()),
    (M.COLLECT_AND_FORWARD, S.COMPLETED, {}, set(), set(), {"archive"}),
    (M.COLLECT_AND_FORWARD, S.ARCHIVED, {}, set(), set(), set()),
    (M.COLLECT_AND_FORWARD, S.REJECTED, {}, set(), set(), set()),
    (M.FULL_ONLINE, S.SUBMITTED, {}, set(), {"accept"}, set()),
    (M.FULL_ONLINE, S.PRE_REVIEW, {}, set(), {"accept"}, set()),
    (M.FULL_ONLINE, S.ACCEPTED, {}, set(), set(), {"review"}),
    (M.MULTI_SITE_A, S.INTAKE_REVIEW, {}, {"collect"}, set(), set()),
    (M.MULTI_SITE_A, S.ACCEPTED, {}, {"transfer"}, set(), set()),
    (M.MULTI_SITE_A, S.RECEIVED, {}, set(), {"receive"}, set()),
    (M.MULTI_SITE_A, S.UNDER_REVIEW, {}, set(), set(), {"review"}),
    (M.MULTI_SITE_B, S.VERIFIED_BY_HANDLING, {}, {"local"}, set(), set()),
    (M.MULTI_SITE_B, S.LOCAL_PROCESSING, {}, {"local"}, set(), set()),
]  # fmt: skip


@pytest.mark.req("R130")
@pytest.mark.req("R097")
@pytest.mark.req("R085")
def test_a_case_is_in_the_lists_of_those_whose_turn_it_is(database: Database, add: Add) -> None:
    added = [add(mode, state, **columns) for mode, state, columns, *_ in WHOSE_TURN]
    for at, who in enumerate((DESK_HERE, DESK_THERE, DEPT_THERE)):
        expected = {number: row[3 + at] for number, row in zip(added, WHOSE_TURN, strict=True) if row[3 + at]}
        assert lists_of(database, who) == expected, who
    assert lists_of(database, DESK_THIRD) == {}, "another place's cases are in none of one's lists"


def test_of_several_handling_places_each_sees_its_own_part(database: Database, add: Add) -> None:
    parts = {THERE: S.TRANSFERRED, THIRD: S.UNDER_REVIEW}
    number = add(M.MULTI_SITE_A, S.UNDER_REVIEW, parts)
    assert lists_of(database, DESK_THERE) == {number: {"receive"}}
    assert lists_of(database, DEPT_THERE) == {}, "the first place has not even received its part"
    assert lists_of(database, DEPT_THIRD) == {number: {"review"}}
    assert lists_of(database, DESK_HERE) == {}
    assert number in numbers(database, DESK_THIRD, "open")
    later = add(M.MULTI_SITE_A, S.TRANSFERRED, {THERE: S.UNDER_REVIEW, THIRD: S.TRANSFERRED})
    assert later not in numbers(database, DESK_THERE, "receive"), "this place has received its part already"
    assert later in numbers(database, DESK_THIRD, "receive")


def test_who_has_nothing_to_do_with_casework_has_no_lists(database: Database) -> None:
    for role in (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR, Role.CATALOGUE_EDITOR):
        who = somebody(HERE, role)
        assert whose_turn.lists_for(who) == ()
        with database.reading() as session:
            assert worklists.read_counts(session, who) == {}


def test_a_request_to_withdraw_waits_in_a_list_of_its_own_until_it_is_answered(database: Database, add: Add) -> None:
    number = add(M.COLLECT_AND_FORWARD, S.RECEIVED)
    with database.writing() as session:
        seq = session.scalar(select(Case.seq).where(Case.case_number == number))
        asked = Withdrawal(
            request_id="r", case_seq=seq, requested_at=NOW, channel="kiosk", reason_code="other", state="requested"
        )
        session.add(asked)
    assert numbers(database, DESK_HERE, "withdrawal") == [number]
    assert numbers(database, DESK_THERE, "withdrawal") == [number]
    assert numbers(database, DEPT_THERE, "withdrawal") == [number]
    assert numbers(database, DESK_THIRD, "withdrawal") == []
    with database.writing() as session:
        session.get_one(Withdrawal, asked.id).state = "refused"
    assert numbers(database, DESK_HERE, "withdrawal") == []


@pytest.mark.req("R091")
def test_the_green_lane_comes_first_then_what_is_due_first_and_pages_lose_nothing(database: Database, add: Add) -> None:
    def due(hours: int | None, green: bool = False) -> str:
        at = None if hours is None else NOW + timedelta(hours=hours)
        return add(M.COLLECT_AND_FORWARD, S.SUBMITTED, due_at=at, warn_at=at, due_clock="C8", green_lane=green)

    late, never, soon, same, overdue = due(9), due(None), due(3), due(3), due(-5)
    old, disabled = due(8, green=True), due(None, green=True)
    expected = [old, disabled, overdue, soon, same, late, never]
    for size in (1, 2, 3, 40):
        assert numbers(database, DESK_HERE, "collect", size=size) == expected


def test_what_is_in_both_places_at_once_is_shown_once(database: Database, add: Add) -> None:
    number = add(M.COLLECT_AND_FORWARD, S.SUPPLEMENT_REQUIRED, handling_code=HERE, handling_name="乌审旗")
    assert numbers(database, DESK_HERE, "supplement") == [number]
    both = somebody(THERE, Role.WINDOW, Role.APPROVER)
    add(M.COLLECT_AND_FORWARD, S.SUPPLEMENT_REQUIRED)
    with database.reading() as session:
        assert worklists.read_counts(session, both)["supplement"] == 1


def test_counts_stop_where_nobody_needs_them(database: Database, add: Add) -> None:
    add(M.COLLECT_AND_FORWARD, S.COLLECTED, copies=worklists.MOST_COUNTED + 6)
    with database.reading() as session:
        counts = worklists.read_counts(session, DESK_HERE)
    assert counts["transfer"] == worklists.MOST_COUNTED + 1
    assert counts["collect"] == 0


def test_an_approver_of_one_sector_sees_only_this_sectors_cases(database: Database, add: Add) -> None:
    pension, police = add(M.FULL_ONLINE, S.UNDER_REVIEW), add(M.FULL_ONLINE, S.UNDER_REVIEW, sector="公安")
    assert numbers(database, somebody(THERE, Role.APPROVER, sectors=("公安",)), "review") == [police]
    assert numbers(database, DEPT_THERE, "review") == [pension, police]
    at_window_too = somebody(THERE, Role.WINDOW, Role.APPROVER, sectors=("公安",))
    assert numbers(database, at_window_too, "review") == [police], "deciding stays bound to the sector"


def test_a_supervisor_sees_the_lists_of_the_places_beneath(database: Database, add: Add) -> None:
    number = add(M.COLLECT_AND_FORWARD, S.SUBMITTED)
    for place, expected in (("150600", [number]), ("150000", [number]), ("150700", []), ("640000", [])):
        assert numbers(database, somebody(place, Role.SUPERVISOR), "collect") == expected, place


def test_what_one_works_on_is_in_ones_own_list(database: Database, add: Add) -> None:
    with database.writing() as session:
        unit = Unit(code="u", name="大厅", short_name="厅", region_code=HERE, region_name="乌审旗", kind="hall")
        session.add(unit)
        session.flush()
        user = User(login="li", name="李某", unit_id=unit.id, password_hash="", created_at=NOW)
        session.add(user)
        session.flush()
        user_id = user.id
    mine = add(M.COLLECT_AND_FORWARD, S.INTAKE_REVIEW, owner_id=user_id)
    add(M.COLLECT_AND_FORWARD, S.INTAKE_REVIEW)
    add(M.COLLECT_AND_FORWARD, S.ARCHIVED, owner_id=user_id)
    who = somebody(HERE, Role.WINDOW, user_id=user_id)
    assert numbers(database, who, "mine") == [mine]
    with database.reading() as session:
        collect = whose_turn.list_for(who, "collect")
        assert collect is not None
        rows = worklists.read_page(session, who, collect, Filters(), None).rows
    assert {row.owner for row in rows} == {"李某", ""}


NARROWED = [
    (Filters(item="C001"), [1]),
    (Filters(mode=Mode.MULTI_SITE_A), [2]),
    (Filters(place="青阳"), [3]),
    (Filters(place="3417"), [3]),
    (Filters(place="乌审旗"), []),
    (Filters(text="赵"), [4]),
    (Filters(text="-000005"), [5]),
    (Filters(text="医保"), [1]),
    (Filters(text="%"), []),
    (Filters(text="_"), []),
    (Filters(place="%"), []),
]


def test_a_list_is_narrowed_down(database: Database, add: Add) -> None:
    add(M.COLLECT_AND_FORWARD, S.SUBMITTED, item_id="C001", item_name="医保备案")
    add(M.MULTI_SITE_A, S.SUBMITTED)
    add(M.COLLECT_AND_FORWARD, S.SUBMITTED, handling_code=THIRD, handling_name="安徽 池州市 青阳县")
    add(M.COLLECT_AND_FORWARD, S.SUBMITTED, applicant_masked="赵**")
    add(M.COLLECT_AND_FORWARD, S.SUBMITTED)
    for filters, expected in NARROWED:
        found = [int(number[-6:]) for number in numbers(database, DESK_HERE, "collect", filters)]
        assert found == expected, filters


NAMES = {THERE: "宁夏 石嘴山市 平罗县", THIRD: "安徽 池州市 青阳县"}


def shown(database: Database, who: Who, filters: Filters) -> list[tuple[str, ...]]:
    """The other places of the rows of the list with everything open."""
    everything = whose_turn.list_for(who, "open")
    assert everything is not None
    with database.reading() as session:
        return [row.others for row in worklists.read_page(session, who, everything, filters, None).rows]


def test_of_several_handling_places_all_are_shown_and_any_is_found(database: Database, add: Add) -> None:
    add(M.MULTI_SITE_A, S.INTAKE_REVIEW, {THERE: S.SUBMITTED, THIRD: S.SUBMITTED})
    with database.writing() as session:
        for part in session.scalars(select(SubCase)):
            part.region_name = NAMES[part.region_code]
    both = (NAMES[THERE], NAMES[THIRD])
    for place in ("", "平罗", "青阳", "3417", "6402"):
        assert shown(database, DESK_HERE, Filters(place=place)) == [both], place
    assert shown(database, DESK_HERE, Filters(place="根河")) == []
    assert shown(database, DESK_THIRD, Filters()) == [("内蒙古 鄂尔多斯市 乌审旗",)], "from there, who sent it"
    assert shown(database, somebody("150600", Role.SUPERVISOR), Filters(place="青阳")) == [both]


def test_naming_the_places_costs_one_query_for_the_whole_page(database: Database, add: Add) -> None:
    for _ in range(3):
        add(M.MULTI_SITE_A, S.INTAKE_REVIEW, {THERE: S.SUBMITTED, THIRD: S.SUBMITTED})
    asked: list[str] = []

    def remember(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", remember)
    shown(database, DESK_HERE, Filters())
    event.remove(database.engine, "before_cursor_execute", remember)
    about_parts = [one for one in asked if "sub_case.region_name" in one.partition("FROM")[0]]
    assert len(about_parts) == 1


@pytest.mark.parametrize("text", ["", "x", "1_2", "1_x_3", "0__", "1_99999999999999999999999_1"])
def test_a_forged_page_address_begins_the_list_anew(text: str) -> None:
    assert Cursor.parse(text) is None


def test_the_deadline_of_a_row_says_how_it_stands() -> None:
    case = Case(due_clock="C1", warn_at=NOW, due_at=NOW + timedelta(hours=1), received_at=NOW)
    standings = [
        worklists.next_deadline(case, NOW + timedelta(minutes=minutes)) for minutes in (-1, 0, 61)
    ]  # fmt: skip
    assert [one.standing for one in standings if one] == ["running", "warning", "overdue"]
    assert worklists.next_deadline(Case(due_clock=None, due_at=None), NOW) is None
