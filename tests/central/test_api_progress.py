"""Progress in full: what is due, what is missing, what is on its way, what one may do; in short for older terminals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from central.casework.acts import Problem
from central.proving import MOST_WRONG, WINDOW, Guesses
from central.refusal import Refusal
from central.services.forgetting import Forgetting
from central.store.database import Database
from central.store.models import Case, Document, Shipment, ShipmentTrace, Unit
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Mode, Region
from kiosk.protocol.progress import FullProgressAnswer, ProgressAnswer
from kiosk.protocol.states import State
from tests.central.casefolk import do, open_desk
from tests.central.citizen import Citizen, at_the_centre, dump, kind
from tests.central.desk import RECEIVING
from tests.central.rig import RunningCentre, number

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROBLEMS = (
    Problem("社会保障卡", "卡面反光", "办事指南 第三条", "请重拍社会保障卡", material="CARD"),
    Problem("联系电话", "打不通", "办事指南 第五条", "请填写本人的手机号", tolerable=True),
)


def by_slip(centre: RunningCentre, citizen: Citizen, understands: int | None = None) -> str:
    body = dump(citizen.proof) | ({} if understands is None else {"understands": understands})
    return centre.post("/api/v1/progress", json=body).text


def test_a_terminal_that_says_nothing_gets_the_answer_it_has_always_got(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    for understands in (None, 1):
        answer = ProgressAnswer.model_validate_json(by_slip(centre, wang, understands))
        assert answer.applications[0].slip_number == wang.application.slip_number
    FullProgressAnswer.model_validate_json(by_slip(centre, wang, 2))
    asked = dump(wang.proof) | {"understands": 3}
    assert kind(centre.post("/api/v1/progress", json=asked)) == "invalid-message"


@pytest.mark.req("R010", "R023", "R065", "R169")
def test_whoever_must_supplement_reads_the_whole_list_and_until_when(centre: RunningCentre) -> None:
    open_desk(centre)
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    do(centre, f"hall.{RECEIVING}", wang.case_number, "open_intake")
    assert wang.progress()["missing"] == []
    do(centre, f"hall.{RECEIVING}", wang.case_number, "notify_once", problems=PROBLEMS)
    now = wang.progress()
    assert (now["state"], now["may_supplement"], now["may_rate"]) == ("SUPPLEMENT_REQUIRED", True, False)
    assert [
        (one["material"], one["subject"], one["what"], one["remedy"], one["tolerable"]) for one in now["missing"]
    ] == [
        ("CARD", "社会保障卡", "卡面反光", "请重拍社会保障卡", False),
        ("", "联系电话", "打不通", "请填写本人的手机号", True),
    ]
    (due,) = [one for one in now["deadlines"] if one["clock"] == "C3"]
    assert due["text_zh"] == "补正截止"
    assert datetime.fromisoformat(due["due_at"]) > datetime.now(UTC)
    assert [one["name_zh"] for one in now["documents"]] == ["一次性告知书"]


def test_a_damaged_notice_does_not_hide_how_the_case_stands(centre: RunningCentre) -> None:
    open_desk(centre)
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    do(centre, f"hall.{RECEIVING}", wang.case_number, "open_intake")
    do(centre, f"hall.{RECEIVING}", wang.case_number, "notify_once", problems=PROBLEMS)
    with centre.parts.database.writing() as session:
        session.execute(update(Document).values(content_sealed=b"rotten"))
    now = wang.progress()
    assert (now["missing"], now["may_supplement"], len(now["deadlines"])) == ([], True, 1)


def test_offices_own_clocks_are_not_told(centre: RunningCentre) -> None:
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    assert wang.progress()["deadlines"] == [], "C8, which watches the desk, runs"


@pytest.mark.req("R042")
def test_whoever_has_asked_to_withdraw_sees_it_and_cannot_ask_twice(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    assert (wang.progress()["withdrawal"], wang.progress()["may_withdraw"]) == ("none", True)
    assert wang.withdraw(wang.withdrawal()).status_code == 201
    assert (wang.progress()["withdrawal"], wang.progress()["may_withdraw"]) == ("requested", False)


@pytest.mark.req("R067")
def test_a_completed_case_may_be_rated(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wang.stands(State.COMPLETED)
    assert wang.progress()["may_rate"] is True
    assert wang.progress()["may_withdraw"] is False


@pytest.mark.req("R007")
def test_with_several_handling_places_each_is_told(centre: RunningCentre) -> None:
    wang = at_the_centre(
        centre,
        mode=Mode.MULTI_SITE_A,
        further_handling_regions=(Region(code="341723", name="安徽 池州市 青阳县"),),
    )
    places = wang.progress()["places"]
    assert [one["place"] for one in places] == ["宁夏 石嘴山市 平罗县", "安徽 池州市 青阳县"]
    assert {one["state"] for one in places} == {"SUBMITTED"}


@pytest.mark.req("R043")
def test_a_parcel_is_followed_node_by_node_without_the_carriers_words(centre: RunningCentre) -> None:
    open_desk(centre)
    wang = at_the_centre(centre)
    with centre.parts.database.writing() as session:
        case = session.scalars(select(Case)).one()
        unit = session.scalars(select(Unit).limit(1)).one()
        trace = [
            ShipmentTrace(
                source_key=str(at), at=NOW + timedelta(hours=at), state=state, text="收件人王某某 13800000000"
            )
            for at, state in enumerate(("collected", "in_transit", "signed"))
        ]
        session.add(
            Shipment(
                case_seq=case.seq,
                direction="result_to_applicant",
                state="delivered",
                waybill="1234567890123",
                from_unit_id=unit.id,
                created_at=NOW,
                trace=trace,
            )
        )
    (parcel,) = wang.progress()["waybills"]
    assert parcel["waybill"] == "1234567890123"
    assert [node["text_zh"] for node in parcel["nodes"]] == ["已揽收", "运输中", "已签收"]
    assert "13800000000" not in by_slip(centre, wang, 2)


def test_the_full_answer_holds_nothing_about_the_person(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    person = PERSONAS["wang"]
    for secret in (person.name, person.id_number, person.phone, person.address, person.mailing_address):
        assert secret not in by_slip(centre, wang, 2)


def test_query_codes_cannot_be_tried_one_after_the_other(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    slip = wang.application.slip_number
    for guess in range(MOST_WRONG):
        body = {"slip_number": slip, "query_code": f"{22222222 + guess}"}
        assert centre.post("/api/v1/progress", json=body).json() == {"applications": []}
    stopped = centre.post("/api/v1/progress", json=dump(wang.proof))
    assert (stopped.status_code, kind(stopped)) == (429, "too-many-tries")
    assert 0 < int(stopped.headers["Retry-After"]) <= WINDOW.total_seconds() + 1
    assert kind(wang.withdraw(wang.withdrawal())) == "too-many-tries", "nor by another door"
    assert len(centre.post("/api/v1/progress", json=dump(wang.card)).json()["applications"]) == 1, (
        "the card still works"
    )
    liu = at_the_centre(centre, "liu", 2)
    assert liu.progress()["state"] == "SUBMITTED", "others are not concerned"


def test_after_a_quarter_of_an_hour_one_may_try_again(database: Database) -> None:
    guesses = Guesses(database)

    def admit(now: datetime) -> None:
        with database.reading() as session:
            guesses.admit(session, number(), now)

    for _ in range(MOST_WRONG):
        admit(NOW)
        guesses.wrong(number(), NOW)
    with pytest.raises(Refusal):
        admit(NOW + WINDOW - timedelta(seconds=1))
    admit(NOW + WINDOW)
    guesses.wrong(number(), NOW + WINDOW)
    admit(NOW + WINDOW)


def test_wrong_codes_are_forgotten_with_their_quarter_of_an_hour(database: Database) -> None:
    Guesses(database).wrong(number(), NOW)
    assert Forgetting(database, lambda: NOW + WINDOW - timedelta(seconds=1)).step() == 0
    assert Forgetting(database, lambda: NOW + WINDOW).step() == 1


def test_a_right_code_in_time_is_no_guess(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    for _ in range(MOST_WRONG + 2):
        assert wang.progress()["state"] == "SUBMITTED"
