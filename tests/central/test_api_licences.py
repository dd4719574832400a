"""A terminal asks, before anything is photographed, what the centre can obtain itself: with consent, sealed, and told no more
than which materials need no picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from central import licence_checks
from central.proving import MOST_WRONG
from central.services.http_licences import HttpLicences
from central.services.signed_http import Account
from central.store.models import AuditEntry
from drivers.virtual.personas import PERSONAS
from kiosk.config import Terminal
from kiosk.protocol.licences import LicenceQuery, seal_holder
from kiosk.submission.enquiries import Enquiries
from kiosk.visit import effects, events
from kiosk.visit.draft import Draft
from tests.central.doubles.licences import AWAY, CODES, LicencesDouble
from tests.central.doubles.signed import APP_ID, NOW, SECRET
from tests.central.rig import RunningCentre
from tests.flows.people import applicant

WANG = PERSONAS["wang"]
on_sqlite = pytest.mark.parametrize("shared_town", ["sqlite"], indirect=True)
"""What no database has a part in."""
PATH = "/api/v1/licences/query"


@pytest.fixture
def service(town: RunningCentre) -> Iterator[LicencesDouble]:
    double = LicencesDouble()
    licences = HttpLicences(Account(double.url, APP_ID, SECRET, timeout_s=5), CODES, lambda: NOW)
    town.app.state.centre = replace(town.parts, licences=licences)
    yield double
    town.app.state.centre = town.parts
    double.close()


def asked(town: RunningCentre, **changes: Any) -> dict[str, Any]:
    """What a terminal sends about 王秀英, who wants to move to her husband."""
    key = uuid4()
    query = LicenceQuery(
        query_id=key,
        terminal_id="WSQ-03",
        item_id="C009",
        catalogue_version="2026-11-20.1",
        handling_region="640221",
        materials=("MARR", "HUKOU"),
        holder=seal_holder(WANG.name, WANG.id_number, key, town.key),
        consented=True,
    )
    return {**query.model_dump(mode="json"), **changes}


@pytest.mark.req("R050")
def test_a_terminal_hears_which_materials_need_no_picture_and_nothing_else(
    town: RunningCentre, service: LicencesDouble
) -> None:
    answer = town.post(PATH, json=asked(town))
    assert (answer.status_code, answer.json()) == (200, {"available": []})
    service.give(WANG.name, WANG.id_number)
    answer = town.post(PATH, json=asked(town))
    assert answer.json() == {"available": ["MARR"]}
    service.faults.append(AWAY)
    assert town.post(PATH, json=asked(town)).json() == {"available": []}
    with town.parts.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "licence.asked")).all()
    assert [entry.target for entry in entries] == ["WSQ-03"] * 3
    kept = "".join(entry.detail for entry in entries)
    assert WANG.name not in kept
    assert WANG.id_number not in kept


@on_sqlite
def test_without_consent_nobody_is_asked_about(town: RunningCentre, service: LicencesDouble) -> None:
    for refusal in (False, None):
        assert town.post(PATH, json=asked(town, consented=refusal)).status_code == 422
    other = seal_holder(WANG.name, WANG.id_number, uuid4(), town.key)
    assert town.post(PATH, json=asked(town, holder=other)).status_code == 422, "sealed for another question"
    assert not service.asked


@on_sqlite
def test_a_terminals_own_question_is_understood_and_no_answer_is_no_defect(
    town: RunningCentre, service: LicencesDouble
) -> None:
    service.give(WANG.name, WANG.id_number)
    terminal = Terminal(
        id="WSQ-03",
        number=3,
        place_name="乌审旗24小时自助服务区",
        receiving_region="150626",
        desk_name="乌审旗政务服务中心",
        query_url="https://query.example/",
    )
    draft = Draft("640221", "C009", "2026-11-20.1", applicant=applicant("wang"))
    asked = effects.AskLicences(draft, ("MARR", "HUKOU"))
    answer = Enquiries(town.url, lambda: town.key).licences(asked, terminal)
    assert answer == events.LicencesFound(("MARR",))
    nowhere = Enquiries("http://127.0.0.1:9", lambda: town.key).licences(asked, terminal)
    assert nowhere == events.LicencesFailed()


def test_one_person_is_not_tried_with_licence_after_licence(town: RunningCentre, service: LicencesDouble) -> None:
    answers = [town.post(PATH, json=asked(town)).status_code for _ in range(MOST_WRONG + 1)]
    assert answers == [200] * MOST_WRONG + [429]


@on_sqlite
@pytest.mark.parametrize(
    "number", ["", "1507851962", "15078519620301 002X", "15078519620301002X\n1", "１５０７８５１９６２０３０１００２Ｘ"]
)
def test_another_way_to_write_a_number_does_not_count_as_another_person(
    town: RunningCentre, service: LicencesDouble, number: str
) -> None:
    key = uuid4()
    holder = seal_holder(WANG.name, number, key, town.key)
    answer = town.post(PATH, json=asked(town, query_id=str(key), holder=holder))
    if number.isdigit():  # too short for a citizen's, and yet a number
        assert (answer.status_code, len(service.asked)) == (200, 1)
    else:
        assert (answer.status_code, service.asked) == (422, [])


@on_sqlite
def test_a_service_that_is_slow_holds_up_neither_the_centre_nor_a_terminal(
    town: RunningCentre, service: LicencesDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.give(WANG.name, WANG.id_number)
    codes = {**CODES, "不动产权证书": "1140100000DEED"}
    licences = HttpLicences(Account(service.url, APP_ID, SECRET, timeout_s=5), codes, lambda: NOW)
    town.app.state.centre = replace(town.parts, licences=licences)
    both = asked(town, item_id="C008", materials=["DEED", "MARR"])
    assert town.post(PATH, json=both).json() == {"available": ["MARR"]}
    assert len(service.asked) == 2
    with ExitStack() as others:
        for _ in range(8):
            others.enter_context(licence_checks.AT_ONCE)
        assert town.post(PATH, json=both).json() == {"available": []}
    assert len(service.asked) == 2, "whoever comes while eight are waiting is told of none"
    monkeypatch.setattr(licence_checks, "PATIENCE_S", -1.0)
    assert town.post(PATH, json=both).json() == {"available": []}
    assert len(service.asked) == 3, "one took too long: the next is not asked about"


@on_sqlite
def test_a_centre_without_a_service_answers_with_nothing(town: RunningCentre) -> None:
    assert town.post(PATH, json=asked(town)).json() == {"available": []}
