"""What the desk's frame keeps out: forged forms, other people's roles, framing, caching; and how it says no."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import pytest
import requests
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response

from central.casework.acts import Conflict, Refused, Words
from central.casework.terms import Role
from central.desk.frame import FLASH, HOME, SESSION, Visitor, allow, csrf_checked, render, see_other
from central.desk.navigation import NAVIGATION
from central.desk.pages import ROUTERS
from central.store.database import StorageFull
from tests.central.desk import ONE_OF_EACH_ROLE, Desk, people, sign_in
from tests.central.rig import RunningCentre

LOGIN = "hall.150626"
pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Nothing here depends on the database."""


@pytest.fixture
def staffed(centre: RunningCentre) -> RunningCentre:
    people(centre.parts)
    return centre


@pytest.mark.parametrize("token", ["", "wrong", "another's", "before sign-in"])
def test_a_form_without_the_sessions_own_token_changes_nothing(staffed: RunningCentre, token: str) -> None:
    desk = sign_in(staffed, LOGIN)
    other = sign_in(staffed, "hall.640221")
    tokens = {"another's": other.csrf, "before sign-in": Desk(staffed.url).csrf}
    forged = {"unit_name": "假单位", "person": "假联系人", "phone": "12345", "csrf": tokens.get(token, token)}
    page = desk.post("/desk/contacts", forged)
    assert page.status_code == 403
    assert "没有保存任何内容" in page.text
    assert "假联系人" not in desk.get("/desk/contacts").text


def addresses(method: str) -> list[str]:
    """Of every page's router, with identifiers filled in."""
    return [
        "/desk" + re.sub(r"\{[^}]+\}", "1", route.path)
        for router in ROUTERS
        for route in router.routes
        if method in getattr(route, "methods", ())
    ]


def test_no_form_of_any_page_is_taken_without_the_token(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    assert len(addresses("POST")) > 20
    for address in addresses("POST"):
        answered = desk.session.post(staffed.url + address, {"csrf": "x"}, timeout=10, allow_redirects=False)
        assert answered.status_code == 403, address
        assert "页面已过期" in answered.text, address


def test_no_page_of_any_router_shows_itself_to_a_stranger(staffed: RunningCentre) -> None:
    for address in addresses("GET"):
        answered = requests.get(staffed.url + address, timeout=10, allow_redirects=False)
        if "/sign-in" not in address:
            assert answered.status_code == 303, address
            assert answered.headers["location"].startswith("/desk/sign-in"), address


def test_a_form_sent_in_two_parts_with_two_tokens_or_a_file_as_token_is_refused(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    page = desk.session.post(
        f"{staffed.url}/desk/contacts", files={"csrf": ("x.txt", desk.csrf)}, data={"person": "假"}, timeout=10
    )
    assert page.status_code == 403


def test_the_sign_in_form_has_a_token_of_its_browser_too(staffed: RunningCentre) -> None:
    stranger = requests.post(f"{staffed.url}/desk/sign-in", {"login": LOGIN, "password": "x"}, timeout=10)
    assert stranger.status_code == 403
    desk = Desk(staffed.url)
    forged = desk.post("/desk/sign-in", {"login": LOGIN, "password": "x", "csrf": Desk(staffed.url).csrf})
    assert forged.status_code == 403


def test_every_answer_forbids_framing_foreign_content_and_keeping(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    answers = [
        desk.get("/desk/contacts"),
        desk.get("/desk/nowhere"),
        desk.get("/desk/users"),
        desk.post("/desk/contacts", {"csrf": "wrong"}),
        requests.get(f"{staffed.url}/desk/contacts", allow_redirects=False, timeout=10),
    ]
    assert [one.status_code for one in answers] == [200, 404, 403, 403, 303]
    for one in answers:
        policy = one.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert one.headers["x-content-type-options"] == "nosniff"


def test_styles_and_scripts_are_files_that_browsers_may_keep(staffed: RunningCentre) -> None:
    page = Desk(staffed.url).get("/desk/sign-in").text
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answered = requests.get(staffed.url + sheet, timeout=10)
    assert answered.headers["content-type"].startswith("text/css")
    assert "immutable" in answered.headers["cache-control"]
    assert answered.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("login", ONE_OF_EACH_ROLE)
def test_pages_open_for_the_roles_of_the_menu_and_for_no_others(staffed: RunningCentre, login: str) -> None:
    desk = sign_in(staffed, login)
    roles = {
        "hall": Role.WINDOW,
        "chief": Role.SUPERVISOR,
        "dept": Role.APPROVER,
        "editor": Role.CATALOGUE_EDITOR,
        "reviewer": Role.CATALOGUE_REVIEWER,
        "admin": Role.ADMINISTRATOR,
    }
    role = roles.get(login.split(".")[0]) or Role(login)
    for entry in (entry for group in NAVIGATION for entry in group.entries):
        if entry.path == HOME and role not in entry.roles:
            continue  # leads them to their own first page
        status = desk.get(entry.path).status_code
        assert status == (200 if role in entry.roles else 403), entry.path


def test_nobody_sees_a_page_without_signing_in(staffed: RunningCentre) -> None:
    for entry in (entry for group in NAVIGATION for entry in group.entries):
        answered = requests.get(staffed.url + entry.path, allow_redirects=False, timeout=10)
        assert answered.status_code == 303, entry.path
        assert answered.headers["location"].startswith("/desk/sign-in")
    assert requests.get(f"{staffed.url}/desk/account", cookies={SESSION: "x" * 5000}, timeout=10).url.count("/sign-in")


def test_a_message_cannot_be_put_into_a_page_from_outside(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    forged = base64.urlsafe_b64encode(bytes(16) + json.dumps(["打电话给骗子", "x"]).encode()).decode()
    for cookie in (forged, "%%%", "YQ=="):
        desk.carry(FLASH, cookie)
        page = desk.get("/desk/account")
        assert page.status_code == 200
        assert "骗子" not in page.text


def test_a_message_is_shown_once(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    fields = {"unit_name": "大厅", "person": "赵某", "phone": "0477-1234567"}
    assert "已登记。" in desk.post("/desk/contacts", fields).text
    assert "已登记。" not in desk.get("/desk/contacts").text


def test_the_language_is_the_visitors_choice(staffed: RunningCentre) -> None:
    desk = sign_in(staffed, LOGIN)
    page = desk.post("/desk/language", {"language": "en", "back": "/desk/account"})
    assert page.url.endswith("/desk/account")
    assert '<html lang="en">' in page.text
    assert "My account" in page.text
    assert "我的账号" in desk.post("/desk/language", {"language": "zh", "back": "/desk/account"}).text


def _trouble() -> APIRouter:
    router = APIRouter()

    @router.get("/trouble/{kind}")
    def trouble(request: Request, visitor: Visitor, kind: str) -> Response:
        raise {
            "refused": Refused("x", Words("材料未核对完", "Not all checked")),
            "conflict": Conflict("x", Words("已由李四办理", "Done by another")),
            "full": StorageFull(),
            "teapot": HTTPException(418),
            "broken": RuntimeError("秘密 secret"),
        }[kind]

    @router.get("/trouble/number/{number}")
    def number(request: Request, visitor: Visitor, number: int) -> Response:
        return see_other(request, "/desk/account")

    @router.get("/window-only", dependencies=[allow(Role.WINDOW)])
    def window_only(request: Request) -> Response:
        return render(request, "account/account.html")

    return router


@pytest.fixture
def troubled(staffed: RunningCentre) -> Iterator[RunningCentre]:
    """The desk with pages that fail."""
    desk: FastAPI = next(route.app for route in staffed.app.routes if getattr(route, "path", "") == "/desk")
    before = list(desk.router.routes)
    desk.include_router(_trouble(), dependencies=[Depends(csrf_checked)])
    yield staffed
    desk.router.routes[:] = before


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("refused", 409, ("材料未核对完", "没有办理")),
        ("conflict", 409, ("已由李四办理", "别人已经先办了", "没有保存您的这一步")),
        ("full", 503, ("存储空间已满",)),
        ("teapot", 400, ("没有保存任何内容",)),
        ("number/x", 422, ("表单不完整",)),
        ("broken", 500, ("系统出错", "之前的内容都在")),
    ],
)
def test_every_failure_is_a_page_that_says_what_happened_and_what_is_safe(
    troubled: RunningCentre, path: str, status: int, words: tuple[str, ...]
) -> None:
    page = sign_in(troubled, LOGIN).get(f"/desk/trouble/{path}")
    assert page.status_code == status
    for word in words:
        assert word in page.text
    assert "秘密" not in page.text
    assert "<h1>" in page.text


def test_allow_lets_only_the_role_in(troubled: RunningCentre) -> None:
    assert sign_in(troubled, LOGIN).get("/desk/window-only").status_code == 200
    assert sign_in(troubled, "auditor").get("/desk/window-only").status_code == 403
