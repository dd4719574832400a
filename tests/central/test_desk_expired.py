"""Forms whose session has ended: what was typed comes back, but only to a page of the desk's own, and never a secret."""

from __future__ import annotations

import pytest

from tests.central.casefolk import hand_in, open_desk
from tests.central.desk import RECEIVING, Desk, sign_in
from tests.central.rig import RunningCentre

TYPED = {"csrf": "of-a-session-that-ended", "reason": "户口簿缺少变更页", "current": "correct horse battery"}
SAME = {"sec-fetch-site": "same-origin"}
on_one_database = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""For what no database has a part in."""


def send(desk: Desk, path: str, headers: dict[str, str]) -> str:
    answered = desk.post(path, TYPED, headers=headers)
    assert answered.status_code == 403
    assert "页面已过期" in answered.text
    return str(answered.text)


@on_one_database
@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_what_another_site_sends_is_not_shown(centre: RunningCentre, headers: dict[str, str]) -> None:
    open_desk(centre)
    number = hand_in(centre)
    page = send(sign_in(centre, f"hall.{RECEIVING}"), f"/desk/cases/{number}/acts/return_materials", headers)
    assert TYPED["reason"] not in page


@on_one_database
def test_what_the_desk_itself_sends_comes_back_with_the_token_of_the_session_now(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    desk = sign_in(centre, f"hall.{RECEIVING}")
    token = desk.csrf
    page = send(desk, f"/desk/cases/{number}/acts/return_materials", SAME)
    assert f'name="reason" value="{TYPED["reason"]}"' in page
    assert f'name="csrf" value="{token}"' in page
    assert TYPED["csrf"] not in page


@on_one_database
@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk/sign-in/code", "/desk/account/password", "/desk/users"])
def test_a_password_never_comes_back(centre: RunningCentre, path: str) -> None:
    open_desk(centre)
    page = send(sign_in(centre, "admin"), path, SAME)
    assert TYPED["current"] not in page
    assert TYPED["reason"] not in page


@on_one_database
def test_an_address_of_forms_leads_to_its_page_when_it_is_reloaded(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    desk = sign_in(centre, f"hall.{RECEIVING}")
    for path, page in (
        (f"/desk/cases/{number}/take", f"/desk/cases/{number}"),
        ("/desk/shipments/7/waybill", "/desk/shipments/7"),
        ("/desk/phone-tasks/7/take", "/desk/phone-tasks/7"),
        ("/desk/sign-out", "/desk/"),
    ):
        answered = desk.get(path, allow_redirects=False)
        assert (answered.status_code, answered.headers.get("location")) == (303, page), path
