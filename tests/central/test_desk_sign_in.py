"""Signing in at the desk: nobody gets in without password and code, nobody stays in, and guessing leads nowhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest
import requests
from sqlalchemy import select

from central.desk import security
from central.desk.frame import FORM, SESSION
from central.desk.security import WeakPassword, check_strength, matching_step
from central.settings import DeskSettings
from central.store.models import AuditEntry, StaffSession, User
from tests.central.desk import PASSWORD, Clock, Desk, add_user, people, sign_in, stopped_clock
from tests.central.rig import RunningCentre

LOGIN = "hall.150626"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    r"/\evil.example/",
    "/desk/../../",
    "javascript:alert(1)",
    "/desk//evil",
]


on_one_database = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""For what no database has a part in."""


@pytest.fixture
def clock(centre: RunningCentre) -> Clock:
    people(centre.parts)
    return stopped_clock(centre)


def password(centre: RunningCentre, login: str = LOGIN, secret: str = PASSWORD, **fields: str) -> Desk:
    """A browser after the first step."""
    desk = Desk(centre.url)
    desk.get("/desk/sign-in")
    desk.post("/desk/sign-in", {"login": login, "password": secret, **fields})
    return desk


def enrol(centre: RunningCentre, clock: Clock, login: str = LOGIN) -> tuple[Desk, pyotp.TOTP]:
    """A browser signed in for the first time, and the authenticator."""
    desk = password(centre, login)
    totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', desk.page.text)[1])
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    clock.pass_by(seconds=60)
    return desk, totp


def is_in(desk: Desk) -> bool:
    return desk.get("/desk/account", allow_redirects=False).status_code == 200


def answer(desk: Desk) -> tuple[int, str]:
    """What somebody who is not let in learns, without what differs by chance."""
    text = re.sub(r'(name="csrf"|name="login" type="text") value="[^"]*"', r"\1", desk.page.text)
    return desk.page.status_code, text


def test_a_new_clerk_sets_up_an_authenticator_and_is_in(centre: RunningCentre, clock: Clock) -> None:
    desk = password(centre)
    assert not is_in(desk)
    desk.get("/desk/sign-in/code")
    picture = desk.get("/desk/sign-in/authenticator.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', desk.page.text)[1])
    page = desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert page.status_code == 200
    assert f"职员{LOGIN}" in page.text
    assert is_in(desk)


def test_once_set_up_the_secret_is_shown_to_nobody_and_the_code_is_always_asked_for(
    centre: RunningCentre, clock: Clock
) -> None:
    _, totp = enrol(centre, clock)
    desk = password(centre)
    assert totp.secret not in desk.page.text
    assert desk.get("/desk/sign-in/authenticator.svg").status_code == 404
    assert not is_in(desk)
    desk.get("/desk/sign-in/code")
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert is_in(desk)


def test_a_code_works_once(centre: RunningCentre, clock: Clock) -> None:
    _, totp = enrol(centre, clock)
    code = totp.at(clock())
    first, second = password(centre), password(centre)
    first.post("/desk/sign-in/code", {"code": code})
    assert is_in(first)
    assert second.post("/desk/sign-in/code", {"code": code}).status_code == 401
    assert not is_in(second)
    clock.pass_by(seconds=30)
    second.get("/desk/sign-in/code")
    second.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert is_in(second)


@on_one_database
def test_an_older_code_than_the_last_one_used_is_refused_too(centre: RunningCentre, clock: Clock) -> None:
    _, totp = enrol(centre, clock)
    earlier = totp.at(clock())
    clock.pass_by(seconds=30)
    desk = password(centre)
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert password(centre).post("/desk/sign-in/code", {"code": earlier}).status_code == 401


def test_codes_of_neighbouring_steps_are_taken_and_no_others() -> None:
    secret = pyotp.random_base32()
    now = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    step = int(now.timestamp()) // 30
    codes = {offset: pyotp.TOTP(secret).generate_otp(step + offset) for offset in range(-3, 4)}
    found = {offset: matching_step(secret, code, now) for offset, code in codes.items()}
    assert {offset for offset, match in found.items() if match == step + offset} == {-1, 0, 1}
    assert matching_step(secret, "", now) is None
    assert matching_step(secret, "１２３４５６", now) is None


@pytest.mark.parametrize("step", ["password", "code"])
def test_five_failures_lock_the_account_for_half_an_hour(centre: RunningCentre, clock: Clock, step: str) -> None:
    _, totp = enrol(centre, clock)
    for _ in range(5):
        if step == "password":
            password(centre, secret="wrong wrong wrong")
        else:  # the right password in between does not start the count anew
            password(centre).post("/desk/sign-in/code", {"code": "000000"})
    assert password(centre).page.status_code == 401
    clock.pass_by(minutes=29)
    assert password(centre).page.status_code == 401
    clock.pass_by(minutes=1)
    desk = password(centre)
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert is_in(desk)


@on_one_database
def test_when_the_fifth_code_is_wrong_half_finished_sign_ins_end(centre: RunningCentre, clock: Clock) -> None:
    _, totp = enrol(centre, clock)
    desk, other = password(centre), password(centre)
    for _ in range(5):
        desk.post("/desk/sign-in/code", {"code": "000000"})
    assert desk.page.url.endswith("/desk/sign-in")
    other.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert not is_in(other)


def test_unknown_wrong_locked_and_disabled_are_not_told_apart(
    centre: RunningCentre, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(centre.parts, "gone", ["window"], disabled_at=clock())
    add_user(centre.parts, "locked", ["window"], locked_until=clock().replace(year=2027))
    checked: list[str] = []
    fits = security.password_fits
    monkeypatch.setattr(security, "password_fits", lambda stored, given: checked.append(stored) or fits(stored, given))
    tries = [("nobody.here", PASSWORD), (LOGIN, "wrong wrong wrong"), ("locked", PASSWORD), ("gone", PASSWORD)]
    answers = [answer(password(centre, login, secret)) for login, secret in tries]
    assert answers[0][0] == 401
    assert all(one == answers[0] for one in answers)
    assert len(checked) == len(tries), "each costs one Argon2 check"
    assert checked[0].startswith("$argon2id$")
    with centre.parts.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["sign_in.unknown", "sign_in.failed", "sign_in.locked", "sign_in.disabled"], "and one write"


@on_one_database
def test_a_typed_login_that_is_nobody_is_not_recorded(centre: RunningCentre, clock: Clock) -> None:
    password(centre, "my-password-by-mistake")
    with centre.parts.database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert "mistake" not in entry.target + entry.detail


def test_a_planted_session_cookie_is_never_the_one_that_is_signed_in(centre: RunningCentre, clock: Clock) -> None:
    desk = Desk(centre.url)
    desk.carry(SESSION, "planted")
    desk.get("/desk/sign-in")
    desk.post("/desk/sign-in", {"login": LOGIN, "password": PASSWORD})
    halfway = desk.session.cookies[SESSION]
    totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', desk.page.text)[1])
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    signed_in = desk.session.cookies[SESSION]
    assert len({"planted", halfway, signed_in}) == 3
    for token in ("planted", halfway):
        assert (
            requests.get(f"{centre.url}/desk/account", cookies={SESSION: token}, allow_redirects=False, timeout=10)
            .headers["location"]
            .startswith("/desk/sign-in")
        )


@on_one_database
def test_the_database_holds_no_token_that_would_open_a_session(centre: RunningCentre, clock: Clock) -> None:
    desk, _ = enrol(centre, clock)
    with centre.parts.database.reading() as session:
        rows = session.scalars(select(StaffSession)).all()
    assert desk.session.cookies[SESSION] not in {value for row in rows for value in (row.token_sha256, row.csrf)}


@on_one_database
def test_half_an_hour_without_a_click_ends_a_session(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, LOGIN)
    for _ in range(4):
        clock.pass_by(minutes=29)
        assert is_in(desk)
    clock.pass_by(minutes=30)
    assert not is_in(desk)


@on_one_database
def test_no_session_lasts_longer_than_twelve_hours(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, LOGIN)
    for _ in range(35):
        clock.pass_by(minutes=20)
        assert is_in(desk)
    clock.pass_by(minutes=20)
    assert not is_in(desk)


@on_one_database
def test_the_second_step_must_follow_within_ten_minutes(centre: RunningCentre, clock: Clock) -> None:
    _, totp = enrol(centre, clock)
    desk = password(centre)
    clock.pass_by(minutes=10)
    desk.post("/desk/sign-in/code", {"code": totp.at(clock())})
    assert not is_in(desk)


@on_one_database
def test_signing_out_ends_the_session_at_the_centre(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, LOGIN)
    token = desk.session.cookies[SESSION]
    assert is_in(desk)
    page = desk.post("/desk/sign-out")
    assert "已退出" in page.text
    desk.carry(SESSION, token)
    assert not is_in(desk)


@on_one_database
def test_cookies_are_out_of_reach_of_scripts_other_sites_and_plain_http(centre: RunningCentre, clock: Clock) -> None:
    page = requests.get(f"{centre.url}/desk/sign-in", timeout=10)
    form = page.headers["set-cookie"].lower()
    assert form.startswith(FORM)
    desk = password(centre)
    answered = desk.page.history[0].headers["set-cookie"].lower()
    for cookie in (form, answered):
        assert {"httponly", "samesite=strict", "path=/desk"} <= {part.strip() for part in cookie.split(";")}
        assert "secure" not in cookie
    settings = replace(centre.parts.settings, desk=DeskSettings(secure_cookies=True))
    centre.app.state.centre = replace(centre.parts, settings=settings)
    assert "; secure" in requests.get(f"{centre.url}/desk/sign-in", timeout=10).headers["set-cookie"].lower()


@on_one_database
def test_somebody_sent_to_sign_in_comes_back_to_the_page_they_asked_for(centre: RunningCentre, clock: Clock) -> None:
    _, totp = enrol(centre, clock)
    desk = Desk(centre.url)
    page = desk.get("/desk/contacts?q=平罗")
    assert "/desk/sign-in?next=" in page.url
    onward = re.search(r'name="next" value="([^"]+)"', page.text)[1]
    desk.post("/desk/sign-in", {"login": LOGIN, "password": PASSWORD, "next": onward})
    onward = re.search(r'name="next" value="([^"]+)"', desk.page.text)[1]
    desk.post("/desk/sign-in/code", {"code": totp.at(clock()), "next": onward})
    assert desk.page.url == f"{centre.url}/desk/contacts?q=%E5%B9%B3%E7%BD%97"


@on_one_database
@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_link_leads_out_of_the_desk_after_sign_in(centre: RunningCentre, clock: Clock, url: str) -> None:
    desk = sign_in(centre, LOGIN)
    left = desk.get("/desk/sign-in", params={"next": url}, allow_redirects=False)
    assert left.headers["location"] == "/desk/"
    left = desk.post("/desk/language", {"language": "en", "back": url}, allow_redirects=False)
    assert left.headers["location"] == "/desk/"


@on_one_database
def test_a_given_password_must_be_changed_before_any_work(centre: RunningCentre, clock: Clock) -> None:
    add_user(centre.parts, "new.one", ["window"], must_change_password=True)
    desk = sign_in(centre, "new.one")
    assert desk.get("/desk/contacts").url.endswith("/desk/account/password")
    refused = desk.post("/desk/contacts", {"unit_name": "x", "person": "y", "phone": "12345"}, allow_redirects=False)
    assert refused.headers["location"] == "/desk/account/password"
    fields = {"old": PASSWORD, "new": "a sentence of mine", "again": "a sentence of mine"}
    desk.post("/desk/account/password", fields)
    assert desk.get("/desk/contacts").url.endswith("/desk/contacts")


def test_a_new_password_ends_the_sessions_elsewhere(centre: RunningCentre, clock: Clock) -> None:
    here, elsewhere = sign_in(centre, LOGIN), sign_in(centre, LOGIN)
    page = here.post(
        "/desk/account/password", {"old": PASSWORD, "new": "a sentence of mine", "again": "a sentence of mine"}
    )
    assert page.status_code == 200 or page.url.endswith("/desk/")
    assert is_in(here)
    assert not is_in(elsewhere)
    assert password(centre).page.status_code == 401
    assert password(centre, secret="a sentence of mine").page.status_code == 200


@on_one_database
@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("not it, not it", "a sentence of mine", "a sentence of mine"),
        (PASSWORD, "a sentence of mine", "another sentence"),
        (PASSWORD, "too short", "too short"),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "xx" + LOGIN.upper() + "xx", "xx" + LOGIN.upper() + "xx"),
    ],
)
def test_a_password_is_not_changed_for_a_bad_reason(
    centre: RunningCentre, clock: Clock, old: str, new: str, again: str
) -> None:
    desk = sign_in(centre, LOGIN)
    page = desk.post("/desk/account/password", {"old": old, "new": new, "again": again})
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert new not in page.text
    assert password(centre).page.status_code == 200


@on_one_database
def test_guessing_the_old_password_locks_the_account_too(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, LOGIN)
    for _ in range(5):
        desk.post(
            "/desk/account/password", {"old": "guess guess", "new": "a sentence of mine", "again": "a sentence of mine"}
        )
    assert password(centre).page.status_code == 401


@pytest.mark.parametrize("weak", ["short", "abababababababab", "x" * 300, "my hall.150626 password"])
def test_weak_passwords_are_named_as_such(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(weak, LOGIN)


def test_somebody_disabled_is_out_at_the_next_click(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, LOGIN)
    assert is_in(desk)
    with centre.parts.database.writing() as session:
        session.scalars(select(User).where(User.login == LOGIN)).one().disabled_at = clock()
    assert not is_in(desk)


def test_every_step_of_signing_in_is_in_the_audit_trail(centre: RunningCentre, clock: Clock) -> None:
    desk, _ = enrol(centre, clock)
    desk.post("/desk/sign-out")
    with centre.parts.database.reading() as session:
        entries = [
            (entry.action, entry.target) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]
    assert entries == [("second_factor.enrolled", LOGIN), ("sign_in", LOGIN), ("sign_out", LOGIN)]


@on_one_database
def test_for_a_demonstration_the_second_step_can_be_left_out_until_set_up(centre: RunningCentre, clock: Clock) -> None:
    settings = replace(centre.parts.settings, desk=DeskSettings(second_factor=False))
    enrol(centre, clock, "hall.640221")
    centre.app.state.centre = replace(centre.parts, settings=settings)
    assert is_in(password(centre))
    assert not is_in(password(centre, "hall.640221")), "who has an authenticator needs it"
