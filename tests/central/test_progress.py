"""Progress: a citizen finds their case with the slip or the card; nobody finds another's; no answer holds a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from drivers.virtual.personas import PERSONAS
from kiosk.outbox.client import CentreClient
from kiosk.protocol.card_token import seal_card_token
from kiosk.protocol.messages import ProgressQuery
from kiosk.protocol.problems import MEDIA_TYPE, ProblemType
from kiosk.protocol.slip_number import query_code
from tests.central.rig import RunningCentre, application_of, number, photo, submit_directly

Submit = Callable[..., tuple[str, str]]


@pytest.fixture
def submit(centre: RunningCentre) -> Submit:
    """Submits for a persona and returns slip number and query code."""

    def submitted(persona: str, counter: int) -> tuple[str, str]:
        application, files = application_of(persona, number(counter), [photo(400)])
        submit_directly(centre, application, files)
        return application.slip_number, query_code(application.application_id)

    return submitted


def ask(centre: RunningCentre, **fields: str) -> requests.Response:
    return centre.post("/api/v1/progress", json=fields)


@pytest.mark.req("R010")
def test_the_slip_finds_its_case(centre: RunningCentre, submit: Submit) -> None:
    slip, code = submit("wang", 1)
    submit("liu", 2)
    client = CentreClient(centre.url)
    (found,) = client.progress(ProgressQuery(slip_number=f"{slip[:4]} {slip[4:8]}-{slip[8:]}", query_code=code))
    client.close()
    assert found.slip_number == slip
    assert found.item_name == "异地就医结算备案"
    assert found.handling_place == "宁夏 石嘴山市 平罗县"
    assert found.text_zh == "已提交，等工作人员核对"
    assert "受理" not in found.text_zh


def test_the_query_code_may_be_typed_in_small_letters_and_with_a_gap(centre: RunningCentre, submit: Submit) -> None:
    slip, code = submit("wang", 1)
    answer = ask(centre, slip_number=slip, query_code=f"{code[:4]} {code[4:]}".lower())
    assert len(answer.json()["applications"]) == 1


def test_a_guessed_slip_number_finds_nothing(centre: RunningCentre, submit: Submit) -> None:
    slip, _ = submit("wang", 1)
    _, others_code = submit("liu", 2)
    assert ask(centre, slip_number=slip, query_code=others_code).json() == {"applications": []}
    assert ask(centre, slip_number=slip, query_code="号码号码号码号码").json() == {"applications": []}
    assert ask(centre, slip_number=slip).status_code == 422


@pytest.mark.req("R010")
def test_the_card_finds_all_cases_of_its_holder_newest_first(centre: RunningCentre, submit: Submit) -> None:
    first, _ = submit("wang", 1)
    submit("liu", 2)
    second, _ = submit("wang", 3)
    token = seal_card_token(PERSONAS["wang"].id_number, centre.key)
    found = ask(centre, card_token=token).json()["applications"]
    assert [case["slip_number"] for case in found] == [second, first]
    assert ask(centre, card_token=seal_card_token(PERSONAS["zhao"].id_number, centre.key)).json() == {
        "applications": []
    }


def test_an_answer_holds_nothing_about_the_person(centre: RunningCentre, submit: Submit) -> None:
    slip, code = submit("wang", 1)
    text = ask(centre, slip_number=slip, query_code=code).text
    person = PERSONAS["wang"]
    for secret in (person.name, person.id_number, person.phone, person.address, person.mailing_address):
        assert secret not in text


@pytest.mark.parametrize("token", ["", "AAAA", "not base64!", "QUJD" * 60, "证件"])
def test_a_hostile_card_token_is_a_4xx(centre: RunningCentre, token: str) -> None:
    answer = ask(centre, card_token=token)
    assert answer.status_code == ProblemType.CANNOT_OPEN.status
    assert answer.headers["Content-Type"] == MEDIA_TYPE


def test_a_refused_question_is_not_quoted(centre: RunningCentre) -> None:
    person = PERSONAS["wang"].id_number
    answer = ask(centre, slip_number=person, query_code=person, id_number=person)
    assert answer.status_code == 422
    assert person not in answer.text
