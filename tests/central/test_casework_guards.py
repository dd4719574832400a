"""Grants between places (R147), rights, and composition of sub-cases, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from central.casework import grants, guards, lifecycle, profiles, subcases
from central.casework.acts import Act, Problem
from central.casework.calendar import CHINA
from central.casework.guards import Facts
from central.casework.rights import actors, supervises
from central.casework.subcases import Part
from central.casework.terms import Actor, Guard, Role
from central.casework.who import Who
from central.catalogue.facts import ItemFacts
from central.store.models import Case, Grant
from kiosk.protocol.states import State

NOW = datetime(2026, 11, 20, 10, tzinfo=CHINA)
DAY = timedelta(days=1)


def grant(grantor: str, grantee: str, item: str = "*", *, allowed: bool = True, **more: datetime) -> Grant:
    row = {"since": NOW - DAY, "until": None, "revoked_at": None, **more}
    return Grant(grantor_region=grantor, grantee_region=grantee, right="collect", item_id=item, allowed=allowed, **row)


@pytest.mark.req("R147")
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], False),
        ([grant("*", "*")], True),
        ([grant("640221", "150626")], True),
        ([grant("*", "*"), grant("640221", "150626", allowed=False)], False),
        ([grant("*", "*", allowed=False), grant("640221", "150626")], True),
        ([grant("640221", "150626"), grant("640221", "150626", "C001", allowed=False)], False),
        ([grant("640221", "150626", allowed=False), grant("640221", "150626", "C001")], True),
        ([grant("640221", "*", allowed=False), grant("*", "*", "C001")], False),
        ([grant("640221", "150626"), grant("640221", "150626", allowed=False)], False),
        ([grant("640221", "150626", revoked_at=NOW)], False),
        ([grant("640221", "150626", revoked_at=NOW + DAY)], True),
        ([grant("640221", "150626", until=NOW)], False),
        ([grant("640221", "150626", since=NOW + DAY)], False),
        ([grant("*", "*"), grant("640221", "150626", allowed=False, revoked_at=NOW)], True),
    ],
    ids=[
        "nothing granted",
        "everybody to everybody",
        "the pair",
        "the pair is excepted from a wide grant",
        "the pair outweighs a wide refusal",
        "the item is excepted for the pair",
        "the item alone is granted to the pair",
        "a place outweighs an item of everybody's",
        "an exception outweighs its equal",
        "revoked",
        "revoked from tomorrow",
        "run out",
        "from tomorrow",
        "a revoked exception no longer counts",
    ],
)
def test_the_most_particular_grant_in_force_decides(rows: list[Grant], expected: bool) -> None:
    assert grants.decides(rows, NOW) is expected
    assert grants.decides(rows[::-1], NOW) is expected, "whatever the order"


def test_a_supervisor_sees_to_the_places_beneath() -> None:
    def at(region: str, *roles: Role) -> Who:
        return Who("s", 1, 1, region, frozenset(roles))

    assert supervises(at("150626", Role.SUPERVISOR), "150626")
    assert supervises(at("150600", Role.SUPERVISOR), "150626")
    assert supervises(at("150000", Role.SUPERVISOR), "150626")
    assert not supervises(at("150700", Role.SUPERVISOR), "150626")
    assert not supervises(at("640221", Role.SUPERVISOR), "150626")
    assert not supervises(at("150600", Role.WINDOW), "150626")
    assert not supervises(at("", Role.SUPERVISOR), "150626")
    assert supervises(at("110000", Role.SUPERVISOR), "110101")
    assert not supervises(at("100000", Role.SUPERVISOR), "110101")


@pytest.mark.req("R014")
def test_an_approver_decides_only_in_their_sectors() -> None:
    case = Case(receiving_code="150626", handling_code="640221", sector="医保")
    wushen = profiles.load().get("wushen")

    def is_(*sectors: str, region: str = "640221") -> frozenset[Actor]:
        person = Who("p", 1, 1, region, frozenset({Role.WINDOW, Role.APPROVER}), frozenset(sectors))
        return actors(case, person, wushen, ["640221"])

    assert is_("公安") == {Actor.HANDLING_DESK}
    assert is_("公安", "医保") == is_() == {Actor.HANDLING_DESK, Actor.HANDLING_DEPT, Actor.ACCEPTING}
    assert is_(region="150626") == {Actor.RECEIVING_DESK, Actor.PICKUP_DESK}
    assert is_(region="340223") == frozenset()


@pytest.mark.req("R038")
def test_every_problem_of_a_notice_says_what_why_and_how() -> None:
    whole = Problem("户口簿", "缺户主页", "指南三", "请补拍")
    good = Act("n", "notify_once", 1, problems=(whole,))
    assert guards.not_given(Guard.PROBLEMS_LISTED, good) is None
    for half in (
        Problem("户口簿", "", "指南三", "请补拍"),
        Problem("户口簿", "缺页", " ", "请补拍"),
        Problem("户口簿", "缺页", "指南三", ""),
    ):
        bad = Act("n", "notify_once", 1, problems=(whole, half))
        assert guards.not_given(Guard.PROBLEMS_LISTED, bad) is not None


def test_what_is_missing_is_named_but_not_at_endless_length() -> None:
    facts = Facts(ItemFacts("X", "x"), profiles.load().get("wushen"), "electronic", paper_needed=False)
    assert guards.unmet(Guard.FORMAL_CHECK_PASSED, facts) is None
    five = Facts(facts.item, facts.profile, "electronic", paper_needed=False, unchecked=("甲", "乙", "丙", "丁", "戊"))
    words = guards.unmet(Guard.FORMAL_CHECK_PASSED, five)
    assert words is not None
    assert "甲、乙、丙等 5 份" in words.zh
    assert "甲" not in repr(five), "facts show no materials in a log"


def test_every_guard_of_the_lifecycle_is_known_to_the_code() -> None:
    used = {guard for flow in lifecycle.load().flows.values() for one in flow.transitions for guard in one.guards}
    assert used == set(Guard)
    known = set(guards._RULES) | set(guards.NEEDS) | {Guard.SUBMISSION_COMPLETE}
    assert known == set(Guard), "the terminal and the contract see to a complete submission; the rest is checked here"


A, B = (lifecycle.load().flow(mode) for mode in ("multi_site_A", "multi_site_B"))
U, R, P, J, V = State.UNDER_REVIEW, State.RECEIVED, State.APPROVED, State.REJECTED, State.VERIFIED_BY_HANDLING
T = State.TRANSFERRED


@pytest.mark.req("R007")
@pytest.mark.req("R058")
@pytest.mark.parametrize(
    ("flow", "state", "event", "parts", "expected"),
    [
        (A, T, "receive", [Part(R), Part(T)], [R]),
        (A, R, "receive", [Part(R), Part(R)], []),
        (A, R, "hand_to_dept", [Part(U), Part(R)], [U]),
        (A, U, "receive", [Part(U), Part(R)], []),
        (A, U, "approve", [Part(P), Part(U)], [State.PARTIALLY_DONE]),
        (A, State.PARTIALLY_DONE, "approve", [Part(P), Part(P), Part(R)], []),
        (A, State.PARTIALLY_DONE, "approve", [Part(P), Part(P)], [P]),
        (A, State.PARTIALLY_DONE, "reject", [Part(P), Part(J)], [J]),
        (A, U, "reject", [Part(J), Part(T)], [State.PARTIALLY_DONE, J]),
        (A, State.PARTIALLY_DONE, "reject", [Part(P), Part(J, required=False)], [P]),
        (A, State.PARTIALLY_DONE, "reject", [Part(P), Part(J, required=False), Part(U)], []),
        (B, U, "verify_ok", [Part(V), Part(U)], []),
        (B, U, "verify_ok", [Part(V), Part(V)], [V]),
        (B, U, "verify_fail", [Part(J), Part(U)], [J]),
    ],
)
def test_the_case_follows_its_parts(
    flow: lifecycle.Flow, state: State, event: str, parts: list[Part], expected: list[State]
) -> None:
    assert [one.target for one in subcases.moves(flow, state, event, parts)] == expected
