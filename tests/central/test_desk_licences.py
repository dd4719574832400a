"""查电子证照 at the desk: one press, and what was found is asked for nowhere any more (R050)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from central.documents.casefacts import gather
from central.services.http_licences import HttpLicences
from central.services.signed_http import Account
from central.store.models import Unit
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Item, Material, Page
from tests.central.casefolk import case_of, do, hand_in, open_desk, page_picture
from tests.central.desk import HANDLING, RECEIVING, THIRD, sign_in
from tests.central.doubles.licences import AWAY, CODES, LicencesDouble
from tests.central.doubles.signed import APP_ID, NOW, SECRET
from tests.central.rig import RunningCentre, ref

WANG = PERSONAS["wang"]
MARRIED_COUPLE = Item(id="C009", name="夫妻投靠户口迁移", catalogue_version="2026-11-20.1")
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""
BUTTON, NO_ORIGINAL = "查电子证照", "已从系统核验，不用交原件"


@pytest.fixture
def service(centre: RunningCentre) -> Iterator[LicencesDouble]:
    """A centre with staff, connected to a licence service."""
    open_desk(centre)
    double = LicencesDouble()
    licences = HttpLicences(Account(double.url, APP_ID, SECRET, timeout_s=5), CODES, lambda: NOW)
    centre.app.state.centre = replace(centre.parts, licences=licences)
    yield double
    double.close()


def case_without_certificate(centre: RunningCentre) -> str:
    """An application whose marriage certificate was not handed in, opened at the receiving desk."""
    data = page_picture("household register")
    handed_in = (
        Material(code="ID", name="申请人居民身份证", met_by="card"),
        Material(code="HUKOU", name="户口簿", pages=(Page(file=ref(data)),)),
    )
    number = hand_in(centre, item=MARRIED_COUPLE, materials=handed_in, pages=(data,))
    do(centre, f"hall.{RECEIVING}", number, "open_intake")
    return number


@pytest.mark.req("R050")
@pytest.mark.req("R094")
@pytest.mark.req("R096")
def test_what_the_source_has_is_asked_of_nobody(centre: RunningCentre, service: LicencesDouble) -> None:
    service.give(WANG.name, WANG.id_number, date(2036, 1, 1))
    number = case_without_certificate(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, f"hall.{RECEIVING}")
    assert "请补交：结婚证" in desk.get(f"{url}/acts/notify_once").text
    page = desk.get(url).text
    assert BUTTON in page
    assert NO_ORIGINAL not in page
    page = desk.post(f"{url}/licences/MARR").text
    assert NO_ORIGINAL in page
    assert "结婚证：查到，有效" in page, "in the history"
    assert "J150626-2020-000123" not in page
    assert "请补交：结婚证" not in desk.get(f"{url}/acts/notify_once").text
    revealed = desk.post(f"{url}/reveal", {"what": "id_number", "purpose": "录入业务系统"}).text
    assert "J150626-2020-000123" in revealed
    case = case_of(centre, number)
    with centre.parts.database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.code == f"{RECEIVING}-hall")).one()
        papers = {
            line.name: line for line in gather(session, centre.parts.keys, session.merge(case), unit, None).materials()
        }
    line = papers["结婚证"]
    assert (line.form, line.mailed, line.note) == ("电子证照", False, "电子证照已核验，不用交原件")


@on_sqlite
@pytest.mark.req("R050")
@pytest.mark.req("R140")
def test_a_service_that_is_away_stops_nobody_and_the_handling_place_may_try_again(
    centre: RunningCentre, service: LicencesDouble
) -> None:
    number = case_without_certificate(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, f"hall.{RECEIVING}")
    service.faults.append(AWAY)
    page = desk.post(f"{url}/licences/MARR").text
    assert "没有查成；按原来的办法核对" in page
    assert "请补交：结婚证" in desk.get(f"{url}/acts/notify_once").text
    service.give(WANG.name, WANG.id_number)
    there = sign_in(centre, f"dept.{HANDLING}")
    assert "再查一次电子证照" in there.get(url).text
    assert NO_ORIGINAL in there.post(f"{url}/licences/MARR").text


@on_sqlite
def test_only_those_whose_case_it_is_can_look_somebody_up(centre: RunningCentre, service: LicencesDouble) -> None:
    number = case_without_certificate(centre)
    url = f"/desk/cases/{number}/licences/MARR"
    for login, status in ((f"hall.{THIRD}", 404), (f"chief.{RECEIVING}", 403), ("auditor", 403)):
        assert sign_in(centre, login).post(url).status_code == status, login
    desk = sign_in(centre, f"hall.{RECEIVING}")
    assert desk.post(url, {"csrf": "guessed"}).status_code == 403
    assert desk.post(url.replace("MARR", "ID")).status_code == 409, "the card was read; there is nothing to ask for"
    assert not service.asked


@on_sqlite
def test_a_centre_without_a_service_shows_no_button(centre: RunningCentre) -> None:
    open_desk(centre)
    number = case_without_certificate(centre)
    desk = sign_in(centre, f"hall.{RECEIVING}")
    assert BUTTON not in desk.get(f"/desk/cases/{number}").text
    assert desk.post(f"/desk/cases/{number}/licences/MARR").status_code == 409
