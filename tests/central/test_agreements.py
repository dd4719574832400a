"""Agreements and scopes at the centre: recorded at the desk, taken by terminals, looked at when an application arrives."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from central.casework.terms import DocumentKind
from central.documents import html
from central.documents.papers import papers_of
from central.store.models import User
from kiosk.catalogue.held import agreements_of, read_held
from kiosk.outbox.client import CentreClient
from kiosk.protocol.agreements import Agreements
from kiosk.protocol.application import Item, Mode, Region
from kiosk.station.subscription import Subscription
from tests.central.casefolk import case_of, hand_in
from tests.central.desk import GENHE, HANDLING, RECEIVING, THIRD, Desk, add_user, sign_in
from tests.central.paper_rig import issue
from tests.central.rig import RunningCentre

AGREED = {
    "first": "平罗县",
    "second": "山东省惠民县、140823",
    "way": "mutual",
    "scope": "cross_province",
    "since": "2026-01-01",
    "basis": "点对点合作协议",
    "items": "C021、C025",
}
LOCAL = Item(id="C025", name="居住登记/居住证申领、签注", catalogue_version="2026-11-20.2")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def admin(town: RunningCentre) -> Desk:
    return sign_in(town, "admin")


def record(admin: Desk, **changes: str) -> str:
    """Record an agreement; what the desk answers."""
    answer = admin.post("/desk/agreements", AGREED | changes)
    assert answer.status_code == 200
    return answer.text


def main_of(page: str) -> str:
    return re.sub(r"<(form|nav|datalist).*?</\1>", "", page, flags=re.DOTALL)


def held_by_a_terminal(town: RunningCentre, folder: Path) -> Agreements:
    """What a terminal that subscribes has afterwards."""
    file, signing = folder / "agreements.json", town.parts.keys.signing_public
    Subscription(file, signing, body="agreements").ask(CentreClient(town.url))
    held = read_held(file, signing, "agreements")
    assert held is not None
    return agreements_of(held, file)


@pytest.mark.req("R046", "R114")
def test_an_agreement_recorded_at_the_desk_reaches_terminals_and_ends_there(
    town: RunningCentre, admin: Desk, tmp_path: Path
) -> None:
    assert "点对点合作协议" in record(admin)
    held = held_by_a_terminal(town, tmp_path)
    assert held.permits("371621", "640221", "C025", national=False, on=TODAY)
    assert not held.permits("371625", "640221", "C025", national=False, on=TODAY)
    assert not held.permits("371621", "640221", "C001", national=False, on=TODAY)
    admin.post("/desk/agreements/0001/end", {"until": "2026-01-31"})
    held = held_by_a_terminal(town, tmp_path)
    assert not held.permits("371621", "640221", "C025", national=False, on=TODAY)
    assert "点对点合作协议" not in admin.get("/desk/agreements").text
    assert "点对点合作协议" in admin.get("/desk/agreements?ended=yes").text


MISTAKES = (
    ({"second": "惠民"}, "找不到“惠民”"),
    ({"second": "朝阳区"}, "不止一个"),
    ({"second": ""}, "请填甲方和乙方"),
    ({"second": "371699"}, "没有区划代码 371699"),
    ({"items": "C999"}, "目录里没有事项 C999"),
    ({"until": "2025-12-31"}, "终止日期早于起始日期"),
    ({"scope": "nowhere"}, "没有这个通办范围"),
)


def test_what_makes_no_agreement_is_said_and_not_recorded(admin: Desk) -> None:
    for changes, said in MISTAKES:
        assert said in admin.post("/desk/agreements", AGREED | changes).text
    assert "没有登记任何协议" in admin.get("/desk/agreements").text


def test_only_the_administrator_changes_agreements_and_scopes(town: RunningCentre) -> None:
    desk = sign_in(town, f"chief.{RECEIVING}")
    assert "登记协议" not in desk.get("/desk/agreements").text
    posts = (
        "/desk/agreements",
        "/desk/agreements/0001/end",
        "/desk/scopes",
        "/desk/scopes/city",
        "/desk/scopes/city/local",
    )
    assert [desk.post(path, AGREED).status_code for path in posts] == [403] * len(posts)


@pytest.mark.req("R046")
def test_what_no_agreement_covers_is_kept_and_staff_see_it_plainly(town: RunningCentre, admin: Desk) -> None:
    before = hand_in(town, item=LOCAL)
    record(admin)
    outside = hand_in(town, counter=2, item=LOCAL)
    national = hand_in(town, counter=3)
    record(admin, second="乌审旗")
    inside = hand_in(town, counter=4, item=LOCAL)
    assert [case_of(town, one).agreed for one in (before, outside, national, inside)] == [True, False, True, True]
    desk = sign_in(town, f"hall.{RECEIVING}")
    warning = "没有覆盖这个事项的合作协议"
    assert warning in desk.get(f"/desk/cases/{outside}").text
    assert "收件" in desk.get(f"/desk/cases/{outside}").text, "people decide, the machine refuses nothing"
    assert warning not in desk.get(f"/desk/cases/{inside}").text
    ledger = desk.get("/desk/ledger?not_agreed=1").text
    assert outside in ledger
    assert not any(one in ledger for one in (before, national, inside))


@pytest.mark.req("R046")
def test_the_desk_answers_what_counts_between_two_places(admin: Desk) -> None:
    record(admin)
    asked = "/desk/agreements?receiving=平罗县&handling=惠民县&item={}"
    assert "有协议" in main_of(admin.get(asked.format("C025")).text)
    assert "没有协议覆盖" in main_of(admin.get("/desk/agreements?receiving=平罗县&handling=青阳县&item=C025").text)
    assert "不需要协议" in main_of(admin.get("/desk/agreements?receiving=平罗县&handling=青阳县&item=C001").text)
    listed = '<td class="number">0001</td>'
    assert listed in main_of(admin.get("/desk/agreements?receiving=平罗县&handling=惠民县").text)
    assert listed not in main_of(admin.get("/desk/agreements?receiving=平罗县&handling=青阳县").text)
    assert listed not in main_of(admin.get("/desk/agreements?place=没有这个地方").text), (
        "what was not found shows not all"
    )


ALLIANCE = {
    "zh": "呼包鄂乌通办",
    "en": "Four cities",
    "code": "hu_bao_e_wu",
    "members": "呼和浩特市 包头市 鄂尔多斯市 乌兰察布市",
}


@pytest.mark.req("R137", "R115")
def test_an_alliance_gets_a_name_and_a_place_its_own_on_terminals_papers_and_in_the_ledger(
    town: RunningCentre, admin: Desk, tmp_path: Path
) -> None:
    assert "呼和浩特市" in main_of(admin.post("/desk/scopes", ALLIANCE).text)
    local = {"place": "鄂尔多斯市", "zh": "呼包鄂乌互办", "en": "Four cities, mutually"}
    admin.post("/desk/scopes/hu_bao_e_wu/local", local)
    scope = held_by_a_terminal(town, tmp_path).scope(RECEIVING, "150207")
    assert (scope.code, scope.names(RECEIVING)[0], scope.names("150207")[0]) == (
        "hu_bao_e_wu",
        "呼包鄂乌互办",
        "呼包鄂乌通办",
    )
    document = issue(town.parts, DocumentKind.COLLECTION_NOTICE, scope="hu_bao_e_wu")
    assert "<td>呼包鄂乌互办</td>" in str(html.sheet(papers_of(town.parts).content(document)))
    shown = sign_in(town, f"hall.{RECEIVING}").get("/desk/ledger?scope=hu_bao_e_wu").text
    assert "呼包鄂乌互办" in main_of(shown)
    admin.post("/desk/scopes/hu_bao_e_wu/local", local | {"zh": "", "en": ""})
    assert held_by_a_terminal(town, tmp_path).scope(RECEIVING, "150207").names(RECEIVING)[0] == "呼包鄂乌通办"
    refused = admin.post("/desk/scopes", ALLIANCE | {"code": "two", "members": "包头市"}).text
    assert "至少要有两个成员" in refused


@pytest.mark.req("R164")
def test_each_scope_has_its_list_of_items_with_number_batch_and_what_it_rests_on(
    town: RunningCentre, admin: Desk
) -> None:
    admin.post("/desk/scopes", ALLIANCE)
    record(admin, first="包头市、鄂尔多斯市", second="", scope="hu_bao_e_wu", basis="四市协议", items="C021")
    desk = sign_in(town, f"hall.{RECEIVING}")

    def listed(scope: str) -> dict[str, list[str]]:
        answer = desk.get(f"/desk/scopes/{scope}?kind=csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, len(rows))]
        return {row[1]: row for row in rows[1:]}

    city, alliance = listed("city"), listed("hu_bao_e_wu")
    assert set(alliance) - set(city) == {"C021"}
    assert "四市协议" in alliance["C021"]
    assert {"全国通办", "2021(74项)", "异地就医结算备案"} <= set(alliance["C001"])
    assert "老年人优待证" in main_of(desk.get("/desk/scopes/hu_bao_e_wu").text)
    assert desk.get("/desk/scopes/hu_bao_e_wu?kind=xlsx").content[:2] == b"PK"
    admin.post("/desk/agreements/0001/end", {"until": "2026-01-31"})
    assert set(listed("hu_bao_e_wu")) == set(city)


@pytest.mark.req("R143")
def test_a_window_is_shown_its_scopes_first_and_nothing_is_out_of_sight_of_everybody(town: RunningCentre) -> None:
    far, near = f"far.{GENHE}", f"near.{GENHE}"
    add_user(town.parts, far, ["window"], GENHE, scopes=["cross_province"])
    add_user(town.parts, near, ["window"], GENHE, scopes=["city", "autonomous_region"])
    receiving = Region(code=GENHE, name="内蒙古 呼伦贝尔市 根河市")
    case = {
        scope: hand_in(town, Mode.COLLECT_AND_FORWARD, counter=number, receiving_region=receiving, scope=scope)
        for number, scope in enumerate(("cross_province", "autonomous_region", "elsewhere"), start=1)
    }

    def seen(login: str, query: str = "") -> set[str]:
        page = sign_in(town, login).get(f"/desk/work/collect{query}").text
        return {scope for scope, number in case.items() if number in page}

    usual = f"hall.{GENHE}"
    assert seen(usual) == set(case), "a window without scopes serves all"
    assert seen(far) == {"cross_province"}, "the usual window serves the rest"
    assert seen(far, "?scope=all") == set(case)
    assert seen(far, "?scope=autonomous_region") == {"autonomous_region"}
    with town.parts.database.writing() as session:
        session.execute(update(User).where(User.login == usual).values(disabled_at=town.parts.now()))
    assert seen(far) == {"cross_province", "elsewhere"}, "what nobody serves is everybody's"
    assert seen(near) == {"autonomous_region", "elsewhere"}
    assert seen(f"chief.{GENHE}") == set(case)
    assert "看全部范围" in sign_in(town, far).get("/desk/work/collect").text


@pytest.mark.req("R143")
def test_scopes_of_a_window_are_set_for_the_unit_or_the_person(town: RunningCentre, admin: Desk) -> None:
    units = admin.get("/desk/units").text
    unit = re.search(r'/desk/units/(\d+)">青阳县政务服务中心', units)
    assert unit is not None
    page = admin.get(f"/desk/units/{unit[1]}").text
    form: dict[str, Any] = dict(re.findall(r'<input id="([a-z_]+)" name="[a-z_]+" type="text" value="([^"]*)"', page))
    form |= {"kind": "hall", "profile": "qingyang", "active": "yes", "scopes": ["city", "no_such"]}
    assert admin.post(f"/desk/units/{unit[1]}", form).status_code == 200
    hand_in(town, receiving_region=Region(code=THIRD, name="安徽 池州市 青阳县"), handling=HANDLING)
    assert "全市通办" in main_of(admin.get("/desk/units").text)
    page = sign_in(town, f"hall.{THIRD}").get("/desk/work/collect").text
    assert "养老保险" in main_of(page), "no other window here serves anything"
