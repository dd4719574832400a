"""Calls for help from terminals: heard once, by the desk of that place, in desk hours; and who helped is kept with the case."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from pydantic import ValidationError
from sqlalchemy import select

from central import help_tasks
from central.casework import calendar
from central.desk.pages.help_tasks import STEPS
from central.store.models import CaseEvent, HelpTask
from central.times import CHINA
from kiosk.protocol.application import Application, Assistant
from kiosk.protocol.help import HelpCall
from kiosk.visit import states
from tests.central.casefolk import case_of, hand_in, open_desk
from tests.central.citizen import dump, kind, send
from tests.central.desk import GENHE, RECEIVING, Clock, sign_in, stopped_clock
from tests.central.rig import RunningCentre, application_of, number, photo

on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""
MORNING = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10:00 on a Friday in China."""


@pytest.fixture
def clock(centre: RunningCentre) -> Clock:
    """The centre's time: the desk is open."""
    open_desk(centre)
    return stopped_clock(centre, MORNING)


def call(**changes: Any) -> HelpCall:
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "terminal_id": "WSQ-03",
        "region_code": RECEIVING,
        "place": "24 小时自助区",
        "step": "Capture",
        "called_at": MORNING,
    }
    return HelpCall(**{**fields, **changes})


def calls(centre: RunningCentre, message: HelpCall) -> requests.Response:
    return send(centre, "/api/v1/help-calls", dump(message), message.request_id)


def tasks(centre: RunningCentre) -> list[HelpTask]:
    with centre.parts.database.reading() as session:
        return list(session.scalars(select(HelpTask).order_by(HelpTask.id)))


def test_every_step_at_which_help_can_be_called_has_a_name_for_the_desk() -> None:
    screens = set(states.Screen.__subclasses__()) - {states.Attract, states.TakeCard, states.Goodbye, states.Overlay}
    assert set(STEPS) == {screen.__name__ for screen in screens}


@pytest.mark.req("R170")
def test_a_call_is_heard_once_by_the_desk_of_that_place_and_closed_with_an_outcome(
    centre: RunningCentre, clock: Clock
) -> None:
    message = call()
    first = calls(centre, message)
    assert (first.status_code, first.json()["coming"]) == (201, True), first.text
    assert calls(centre, message).content == first.content
    assert calls(centre, call(step="Form")).json()["coming"], "pressed again while somebody is on the way"
    (task,) = tasks(centre)
    assert task.step == "Form", "where they are now"
    clock.pass_by(minutes=7)
    desk, elsewhere = sign_in(centre, f"hall.{RECEIVING}"), sign_in(centre, f"hall.{GENHE}")
    for login, waiting in ((desk, 1), (elsewhere, 0)):
        assert re.search(rf'href="/desk/help-tasks">\s*<b>{waiting}</b>', login.get("/desk/").text)
    page = desk.get("/desk/help-tasks").text
    for said in ("24 小时自助区", "WSQ-03", "填表", "7 分钟", "不收任何费用"):
        assert said in page, said
    assert "24 小时自助区" not in elsewhere.get("/desk/help-tasks").text
    assert elsewhere.get(f"/desk/help-tasks/{task.id}").status_code == 404
    assert elsewhere.post(f"/desk/help-tasks/{task.id}/take").status_code == 404
    desk.post(f"/desk/help-tasks/{task.id}/take")
    colleague = sign_in(centre, f"chief.{RECEIVING}")
    assert colleague.post(f"/desk/help-tasks/{task.id}/take").status_code == 409
    assert desk.post(f"/desk/help-tasks/{task.id}", {"outcome": "nothing"}).status_code == 422
    desk.post(f"/desk/help-tasks/{task.id}", {"outcome": "guided"})
    assert "讲清楚了" in desk.get("/desk/help-tasks?view=done").text
    assert desk.post(f"/desk/help-tasks/{task.id}", {"outcome": "gone"}).status_code == 422
    (task,) = tasks(centre)
    assert (task.outcome, task.closed_at) == ("guided", clock())


@on_sqlite
@pytest.mark.parametrize(("hour", "region"), [(12, RECEIVING), (3, RECEIVING), (10 + 24, RECEIVING), (10, "110101")])
def test_when_nobody_is_there_nobody_is_called_and_the_terminal_is_told(
    centre: RunningCentre, clock: Clock, hour: int, region: str
) -> None:
    clock.moment = MORNING.astimezone(CHINA).replace(hour=0) + timedelta(hours=hour)
    answer = calls(centre, call(region_code=region))
    assert (answer.status_code, answer.json()["coming"]) == (201, False)
    assert tasks(centre) == []


@on_sqlite
def test_a_terminal_that_calls_on_and_on_is_told_to_wait(centre: RunningCentre, clock: Clock) -> None:
    for _ in range(help_tasks.MOST_AN_HOUR):
        assert calls(centre, call()).status_code == 201
        with centre.parts.database.writing() as session:
            for task in session.scalars(select(HelpTask).where(HelpTask.closed_at.is_(None))):
                task.closed_at, task.outcome = clock(), "gone"
    answer = calls(centre, call())
    assert (kind(answer), answer.headers["Retry-After"]) == ("too-many-tries", "3600")
    assert calls(centre, call(terminal_id="WSQ-04")).status_code == 201, "another terminal is heard"
    clock.pass_by(minutes=60)
    assert calls(centre, call()).status_code == 201


def test_a_call_has_no_room_for_a_person() -> None:
    assert set(HelpCall.model_fields) == {"request_id", "terminal_id", "region_code", "place", "step", "called_at"}


def test_desks_open_and_close_with_the_calendar() -> None:
    work = calendar.load()
    friday = datetime(2026, 11, 20, tzinfo=CHINA)
    open_at = [h for h in range(24) if work.is_open(friday + timedelta(hours=h))]
    assert open_at == [9, 10, 11, 14, 15, 16, 17]
    assert not work.is_open(friday + timedelta(days=1, hours=10)), "a Saturday"


@on_sqlite
def test_a_page_that_keeps_itself_up_to_date_keeps_nobody_signed_in(centre: RunningCentre, clock: Clock) -> None:
    desk = sign_in(centre, f"hall.{RECEIVING}")
    half = centre.parts.settings.desk.idle_minutes * 0.6
    for _ in range(3):
        clock.pass_by(minutes=half)
        assert desk.get("/desk/help-tasks").url.endswith("/desk/help-tasks"), "somebody sits there"
    clock.pass_by(minutes=half)
    assert "watching=1" in desk.get("/desk/help-tasks?watching=1").text
    clock.pass_by(minutes=half)
    assert "/desk/sign-in" in desk.get("/desk/help-tasks?watching=1").url


# Who helped


@on_sqlite
@pytest.mark.req("R083")
def test_who_helped_is_kept_with_the_case_when_its_number_is_given(centre: RunningCentre, clock: Clock) -> None:
    clock.moment = datetime.now(UTC) - timedelta(minutes=1)
    with centre.parts.database.writing() as session:
        row = HelpTask(terminal_id="WSQ-03", region_code=RECEIVING, place="厅", step="Form", called_at=clock())
        session.add(row)
        session.flush()
        task_id = row.id
    filed, other = hand_in(centre, terminal_id="WSQ-03"), hand_in(centre, counter=2, terminal_id="WSQ-09")
    desk = sign_in(centre, f"hall.{RECEIVING}")
    for outcome, case_number in (("filed", other), ("guided", filed), ("filed", "150626-20261120-999999")):
        refused = desk.post(f"/desk/help-tasks/{task_id}", {"outcome": outcome, "case_number": case_number})
        assert refused.status_code == 422
        assert case_number in refused.text, "what was typed comes back"
    desk.post(f"/desk/help-tasks/{task_id}", {"outcome": "filed", "case_number": filed})
    case = case_of(centre, filed)
    assert case.assisted_by == f"乌审旗政务服务中心 hall.{RECEIVING}"
    with centre.parts.database.reading() as session:
        line = session.scalars(select(CaseEvent).where(CaseEvent.case_seq == case.seq).order_by(CaseEvent.id)).all()[-1]
    assert (line.event, line.detail) == ("assisted", {"assisted_by": case.assisted_by})
    assert case.assisted_by in desk.get(f"/desk/cases/{filed}").text


@on_sqlite
@pytest.mark.req("R083")
def test_an_application_may_say_who_helped_and_its_ledger_begins_with_it(centre: RunningCentre, clock: Clock) -> None:
    helped = hand_in(centre, assisted_by=Assistant(staff_number="WS-017", unit="乌审旗政务服务中心"))
    case = case_of(centre, helped)
    assert case.assisted_by == "乌审旗政务服务中心 WS-017"
    with centre.parts.database.reading() as session:
        first = session.scalars(select(CaseEvent).where(CaseEvent.case_seq == case.seq)).first()
        assert first is not None
        assert first.detail == {"assisted_by": case.assisted_by}
    assert "帮办：乌审旗政务服务中心 WS-017" in sign_in(centre, f"hall.{RECEIVING}").get(f"/desk/cases/{helped}").text


@pytest.mark.req("R083")
def test_whoever_helps_does_not_sign_in_the_applicants_place() -> None:
    application, _ = application_of("wang", number(1), [photo(400)])
    told = {**application.model_dump(), "assisted_by": Assistant(staff_number="WS-017", unit="政务服务中心")}
    with pytest.raises(ValidationError, match="has not signed"):
        Application.model_validate({**told, "signature": None})
