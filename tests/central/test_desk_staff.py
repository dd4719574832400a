"""Administrator, security officer and auditor: each does their part and none of the others', by page or by forged form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from central.audit import trail
from central.casework.grants import granted
from central.casework.terms import Right
from central.casework.who import SYSTEM
from central.store.models import AuditEntry, Contact, Grant, Unit, User
from tests.central.desk import (
    HANDLING,
    RECEIVING,
    THIRD,
    Desk,
    add_user,
    people,
    sign_in,
    stopped_clock,
)
from tests.central.rig import RunningCentre

on_one_database = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def staffed(centre: RunningCentre) -> RunningCentre:
    people(centre.parts)
    return centre


def user(centre: RunningCentre, login: str) -> User:
    with centre.parts.database.reading() as session:
        return session.scalars(select(User).where(User.login == login)).one()


def path(centre: RunningCentre, login: str, act: str = "") -> str:
    return f"/desk/users/{user(centre, login).id}" + (f"/{act}" if act else "")


def actions(centre: RunningCentre) -> list[tuple[str, str]]:
    with centre.parts.database.reading() as session:
        return [(one.action, one.target) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


@pytest.mark.req("R014")
def test_a_new_colleague_needs_two_people_and_chooses_a_password_of_their_own(staffed: RunningCentre) -> None:
    admin, officer = sign_in(staffed, "admin"), sign_in(staffed, "security")
    with staffed.parts.database.reading() as session:
        department = session.scalars(select(Unit).where(Unit.code == f"{HANDLING}-dept")).one()
    page = admin.post("/desk/users", {"login": "li.na", "name": "李娜", "unit": department.id})
    given = re.search(r'class="secret">([^<]+)<', page.text)[1]
    assert user(staffed, "li.na").roles == []
    assert given not in admin.get(path(staffed, "li.na")).text, "shown once"
    officer.post(path(staffed, "li.na", "roles"), {"roles": ["approver"], "sectors": "医保，人社"})
    made = user(staffed, "li.na")
    assert (made.roles, made.sectors, made.must_change_password) == (["approver"], ["医保", "人社"], True)
    desk = Desk(staffed.url)
    desk.get("/desk/sign-in")
    assert desk.post("/desk/sign-in", {"login": "li.na", "password": given}).url.count("/desk/sign-in/code")
    assert actions(staffed)[:2] == [("user.created", "li.na"), ("user.roles", "li.na")]


@pytest.mark.req("R014")
@pytest.mark.parametrize(
    "login", ["hall.150626", "chief.150626", "dept.640221", "editor", "reviewer", "admin", "auditor"]
)
@on_one_database
def test_nobody_but_the_security_officer_gives_roles_or_helps_with_sign_in(staffed: RunningCentre, login: str) -> None:
    desk = sign_in(staffed, login)
    for target in (login, "hall.341723"):
        for act in ("roles", "unlock", "second-factor"):
            assert desk.post(path(staffed, target, act), {"roles": ["window", "approver"]}).status_code == 403
    assert user(staffed, "hall.341723").roles == ["window"]
    assert actions(staffed) == []


@pytest.mark.parametrize("login", ["hall.150626", "chief.150626", "dept.640221", "editor", "security", "auditor"])
@on_one_database
def test_nobody_but_the_administrator_records_people_units_and_grants(staffed: RunningCentre, login: str) -> None:
    desk = sign_in(staffed, login)
    target = path(staffed, "hall.341723")
    grant = {"grantor": "*", "grantee": "*", "rights": ["collect"], "basis": "x"}
    for where, data in (
        ("/desk/users", {"login": "eve.eve", "name": "x", "unit": 1}),
        (target, {"name": "x", "unit": 1}),
        (f"{target}/password", {}),
        (f"{target}/disable", {}),
        (f"{target}/enable", {}),
        ("/desk/units", {"code": "x-1"}),
        ("/desk/units/1", {"name": "x"}),
        ("/desk/grants", grant),
        ("/desk/grants/1/revoke", {}),
    ):
        assert desk.post(where, data).status_code == 403, where
    assert actions(staffed) == []


@on_one_database
@pytest.mark.parametrize(
    ("login", "act"),
    [
        ("security", "roles"),
        ("security", "unlock"),
        ("security", "second-factor"),
        ("admin", "password"),
        ("admin", "disable"),
        ("admin", "enable"),
        ("admin", ""),
    ],
)
def test_nobody_does_any_of_it_to_themselves(staffed: RunningCentre, login: str, act: str) -> None:
    desk = sign_in(staffed, login)
    before = user(staffed, login)
    page = desk.post(path(staffed, login, act), {"roles": [*before.roles, "window"], "name": "新名字", "unit": 1})
    assert page.status_code == 409
    assert "另一位同事" in page.text
    after = user(staffed, login)
    assert (after.roles, after.name, after.disabled_at, after.password_hash) == (
        before.roles,
        before.name,
        None,
        before.password_hash,
    )


@on_one_database
@pytest.mark.parametrize("apart", ["administrator", "security", "auditor"])
def test_the_three_offices_go_with_no_other_role(staffed: RunningCentre, apart: str) -> None:
    officer = sign_in(staffed, "security")
    for other in ("window", "approver", "supervisor", "administrator" if apart != "administrator" else "auditor"):
        page = officer.post(path(staffed, "hall.150626", "roles"), {"roles": [apart, other]})
        assert page.status_code == 409
    assert officer.post(path(staffed, "hall.150626", "roles"), {"roles": ["window", "root"]}).status_code == 409
    assert user(staffed, "hall.150626").roles == ["window"]
    officer.post(path(staffed, "hall.150626", "roles"), {"roles": [apart]})
    assert user(staffed, "hall.150626").roles == [apart]


def test_a_role_taken_away_is_gone_at_once(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, "hall.150626")
    assert desk.get("/desk/contacts").status_code == 200
    sign_in(staffed, "security").post(path(staffed, "hall.150626", "roles"), {"roles": []})
    assert desk.get("/desk/contacts").url.count("/desk/sign-in")
    assert sign_in(staffed, "hall.150626").get("/desk/contacts").status_code == 403


@on_one_database
def test_moving_to_another_unit_takes_the_roles_away(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")
    with staffed.parts.database.reading() as session:
        hall = session.scalars(select(Unit).where(Unit.code == f"{THIRD}-hall")).one()
    admin.post(path(staffed, "hall.150626"), {"name": "王某", "unit": hall.id})
    moved = user(staffed, "hall.150626")
    assert (moved.name, moved.unit_id, moved.roles) == ("王某", hall.id, [])


@on_one_database
def test_help_with_sign_in_needs_the_administrator_for_the_password_and_the_officer_for_the_code(
    staffed: RunningCentre,
) -> None:
    clock = stopped_clock(staffed)
    add_user(
        staffed.parts,
        "stuck",
        ["window"],
        locked_until=clock() + timedelta(minutes=30),
        totp_counter=7,
        totp_sealed=b"x",
    )
    admin, officer = sign_in(staffed, "admin"), sign_in(staffed, "security")
    officer.post(path(staffed, "stuck", "unlock"))
    assert user(staffed, "stuck").locked_until is None
    officer.post(path(staffed, "stuck", "second-factor"))
    assert (user(staffed, "stuck").totp_sealed, user(staffed, "stuck").totp_counter) == (None, 0)
    before = user(staffed, "stuck").password_hash
    admin.post(path(staffed, "stuck", "password"))
    assert user(staffed, "stuck").password_hash != before
    admin.post(path(staffed, "stuck", "disable"))
    assert user(staffed, "stuck").disabled_at == clock()
    admin.post(path(staffed, "stuck", "enable"))
    assert user(staffed, "stuck").disabled_at is None
    done = ["user.unlocked", "user.second_factor_reset", "user.password_set", "user.disabled", "user.enabled"]
    assert actions(staffed) == [(one, "stuck") for one in done]


@on_one_database
@pytest.mark.parametrize("login", ["hall.150626", "HALL.150626", "a", "王某", "a b c", "x" * 40, ""])
def test_logins_are_plain_and_used_once(staffed: RunningCentre, login: str) -> None:
    page = sign_in(staffed, "admin").post("/desk/users", {"login": login, "name": "某人", "unit": 1})
    assert page.status_code == 409
    assert actions(staffed) == []


@on_one_database
def test_addresses_of_nothing_are_not_found(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")
    for where in (
        "/desk/users/999",
        "/desk/users/-1",
        "/desk/users/99999999999999999999",
        "/desk/units/999",
        "/desk/contacts/0",
    ):
        assert admin.get(where).status_code == 404, where
    assert admin.post("/desk/grants/999/revoke").status_code == 404
    assert admin.get("/desk/users/x").status_code == 422


@on_one_database
def test_people_are_found_by_part_of_what_one_knows(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")
    assert "dept.640221" in admin.get("/desk/users?q=平罗").text
    assert "hall.640221" not in admin.get("/desk/users?role=approver").text
    assert "hall.640221" not in admin.get("/desk/users?q=%25_").text, "wildcards are letters here"
    for number in range(130):
        add_user(staffed.parts, f"n{number:03}", ["window"])
    page = admin.get("/desk/users?q=n0").text + admin.get("/desk/users").text
    assert "after=" in page
    assert "n129" in admin.get("/desk/users?after=n099").text


def test_a_unit_is_recorded_and_edited(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")
    fields = {
        "code": "230100-hall",
        "name": "哈尔滨市政务服务中心",
        "short_name": "哈政服",
        "region_code": "230100",
        "region_name": "黑龙江 哈尔滨市",
        "kind": "hall",
        "profile": "genhe",
        "active": "yes",
    }
    assert "哈尔滨市政务服务中心" in admin.post("/desk/units", fields).text
    assert admin.post("/desk/units", fields).status_code == 409, "one code, one unit"
    with staffed.parts.database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "230100-hall")).one()
    admin.post(f"/desk/units/{unit.id}", {**fields, "kind": "department", "sectors": "公安、民政"})
    with staffed.parts.database.reading() as session:
        unit = session.get_one(Unit, unit.id)
        assert (unit.kind, unit.sectors, unit.profile, unit.active) == ("department", ["公安", "民政"], "genhe", True)
    for wrong in ({"region_code": "23"}, {"kind": "castle"}, {"profile": "mars"}, {"name": " "}):
        assert admin.post(f"/desk/units/{unit.id}", {**fields, **wrong}).status_code in {409, 422}


@pytest.mark.req("R147")
def test_the_four_rights_are_granted_excepted_and_revoked_between_places_at_once(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")

    def rights() -> set[str]:
        with staffed.parts.database.reading() as session:
            now = datetime.now(UTC)
            return {right.value for right in Right if granted(session, HANDLING, RECEIVING, right, "C001", now)}

    assert rights() == set()
    every = [right.value for right in Right]
    admin.post(
        "/desk/grants",
        {"grantor": "*", "grantee": "*", "item": "*", "rights": every, "basis": "五地协议", "allowed": "yes"},
    )
    assert rights() == set(every)
    page = admin.post(
        "/desk/grants",
        {
            "grantor": HANDLING,
            "grantee": RECEIVING,
            "rights": ["collect", "deliver_result"],
            "basis": "2026年补充协议",
            "allowed": "no",
        },
    )
    assert rights() == {"notify_once", "verify_original"}
    assert "2026年补充协议" in page.text
    answer = admin.get(f"/desk/grants?grantor={HANDLING}&grantee={RECEIVING}").text
    assert "收件受理权：不可以" in answer
    assert "一次性告知权：可以" in answer
    with staffed.parts.database.reading() as session:
        exception = session.scalars(select(Grant).where(Grant.right == "collect", Grant.allowed.is_(False))).one()
    admin.post(f"/desk/grants/{exception.id}/revoke")
    assert rights() == {"collect", "notify_once", "verify_original"}
    assert "已撤销" in admin.get("/desk/grants?ended=yes").text
    assert ("grant.revoked", f"{HANDLING}>{RECEIVING}") in actions(staffed)


@on_one_database
@pytest.mark.req("R147")
def test_a_grant_says_whom_what_on_what_basis_and_until_when(staffed: RunningCentre) -> None:
    admin = sign_in(staffed, "admin")
    good = {
        "grantor": HANDLING,
        "grantee": RECEIVING,
        "rights": ["collect"],
        "basis": "协议",
        "item": "*",
        "allowed": "yes",
    }
    for wrong in (
        {"rights": []},
        {"rights": ["everything"]},
        {"basis": ""},
        {"grantor": "6402"},
        {"grantee": HANDLING},
        {"item": "'; --"},
        {"until": "2020-01-01"},
        {"until": "soon"},
    ):
        assert admin.post("/desk/grants", {**good, **wrong}).status_code in {409, 422}, wrong
    with staffed.parts.database.reading() as session:
        assert session.scalars(select(Grant)).all() == []
    admin.post("/desk/grants", {**good, "until": "2090-12-31"})
    with staffed.parts.database.reading() as session:
        assert session.scalars(select(Grant)).one().until == datetime(2090, 12, 31, 16, tzinfo=UTC), (
            "end of day in China"
        )


@pytest.mark.req("R118")
def test_a_place_keeps_its_own_contacts_up_to_date_and_no_others(staffed: RunningCentre) -> None:
    ours, theirs = sign_in(staffed, "hall.150626"), sign_in(staffed, "chief.640221")
    fields = {"unit_name": "乌审旗政务服务中心", "person": "赵某", "phone": "0477-7581234", "region_code": HANDLING}
    assert "赵某" in ours.post("/desk/contacts", fields).text
    with staffed.parts.database.reading() as session:
        contact = session.scalars(select(Contact)).one()
    assert contact.region_code == RECEIVING, "a forged place is not taken"
    assert "赵某" in theirs.get("/desk/contacts?q=7581234").text, "everybody may look"
    assert theirs.get(f"/desk/contacts/{contact.id}").status_code == 403
    assert theirs.post(f"/desk/contacts/{contact.id}", {**fields, "phone": "110110"}).status_code == 403
    assert theirs.post(f"/desk/contacts/{contact.id}/remove").status_code == 403
    assert ours.post("/desk/contacts", fields).status_code == 409, "once each"
    assert ours.post("/desk/contacts", {**fields, "person": "钱某", "phone": "call me"}).status_code == 409
    ours.post(f"/desk/contacts/{contact.id}", {**fields, "phone": "0477-7580000"})
    sign_in(staffed, "admin").post("/desk/contacts", {**fields, "region_name": "宁夏 平罗县"})
    with staffed.parts.database.reading() as session:
        table = {(one.region_code, one.phone) for one in session.scalars(select(Contact))}
    assert table == {(RECEIVING, "0477-7580000"), (HANDLING, "0477-7581234")}
    ours.post(f"/desk/contacts/{contact.id}/remove")
    assert "0477-7580000" not in ours.get("/desk/contacts").text
    assert [action for action, _ in actions(staffed) if action.startswith("contact.")] == [
        "contact.created",
        "contact.edited",
        "contact.created",
        "contact.removed",
    ]


@pytest.mark.req("R056")
def test_the_auditor_sees_who_did_what_to_one_case_and_checks_that_nothing_was_touched(staffed: RunningCentre) -> None:
    sign_in(staffed, "admin").post(path(staffed, "hall.341723", "disable"))
    sign_in(staffed, "security").post(path(staffed, "dept.341723", "second-factor"))
    auditor = sign_in(staffed, "auditor")
    page = auditor.get("/desk/audit?target=hall.341723").text
    assert "user.disabled" in page
    assert "user.second_factor_reset" not in page
    for query in ("action=user", "login=admin", "action=user.disabled", f"since={datetime.now(UTC):%Y}-01-01"):
        assert "user.disabled" in auditor.get(f"/desk/audit?{query}").text, query
    for query in ("action=use", "login=security", "until=2020-01-01", "before=1", "action=%25"):
        assert "user.disabled" not in auditor.get(f"/desk/audit?{query}").text, query
    assert auditor.get("/desk/audit?since=yesterday").status_code == 422
    line = auditor.post("/desk/audit/anchor")
    assert line.headers["content-disposition"].startswith("attachment")
    assert line.text.startswith("tongban-audit-anchor 1 ")
    assert "全部记录完好" in auditor.post("/desk/audit/verify").text
    with staffed.parts.database.writing() as session:
        session.scalars(select(AuditEntry).where(AuditEntry.target == "hall.341723")).one().target = "hall.999999"
    assert "审计记录已被改动" in auditor.post("/desk/audit/verify").text
    assert actions(staffed)[-1][0] == "audit.verified"


@on_one_database
def test_the_trail_is_read_by_the_auditor_alone(staffed: RunningCentre) -> None:
    for login in ("admin", "security", "chief.150626", "hall.150626"):
        desk = sign_in(staffed, login)
        assert desk.get("/desk/audit").status_code == 403
        assert desk.post("/desk/audit/verify").status_code == 403
        assert desk.post("/desk/audit/anchor").status_code == 403


@on_one_database
def test_a_long_trail_is_read_page_by_page(staffed: RunningCentre) -> None:
    with staffed.parts.database.writing() as session:
        for number in range(101):
            trail.record(session, SYSTEM, "user.unlocked", f"login{number}", datetime(2026, 11, 20, tzinfo=UTC))
    auditor = sign_in(staffed, "auditor")
    older = re.search(r'rel="next" href="([^"]+)"', auditor.get("/desk/audit?action=user").text)[1]
    page = auditor.get(older.replace("&amp;", "&"))
    assert page.text.count("user.unlocked") == 1
    assert "login0<" in page.text
