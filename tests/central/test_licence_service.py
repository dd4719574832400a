"""The e-licence adapter against a double that checks what is signed and sealed: only an authentic answer about this very
person counts, and names leave the centre inside the seal only.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from central.casework import licences
from central.notify.provider import ProviderError, Rejected, Throttled, Unavailable
from central.services.http_licences import HttpLicences
from central.services.licence import AnothersLicence, Question
from central.services.licence_services import licences_of
from central.services.signed_http import Account
from central.settings import LicenceSettings
from tests.central.doubles.licences import AWAY, CODES, MARRIAGE, LicencesDouble
from tests.central.doubles.server import Answer
from tests.central.doubles.signed import APP_ID, NOW, SECRET

NAME, NUMBER = "王秀英", "15078519620301002X"
TODAY = date(2026, 11, 20)
QUESTION = Question("150626-20261120-000001", "提取住房公积金", NAME, NUMBER.lower(), "结婚证", "640221")


@pytest.fixture
def double() -> Iterator[LicencesDouble]:
    running = LicencesDouble()
    yield running
    running.close()


def adapter(double: LicencesDouble, secret: str = SECRET) -> HttpLicences:
    return HttpLicences(Account(double.url + "/query", APP_ID, secret, timeout_s=5), CODES, lambda: NOW)


@pytest.mark.req("R094")
def test_a_licence_is_found_with_what_stands_in_its_originals_place(double: LicencesDouble) -> None:
    double.give(NAME, NUMBER)
    found = adapter(double).find(QUESTION)
    assert found is not None
    assert (found.number, found.issuer, found.valid_until) == ("J150626-2020-000123", "平罗县民政局", date(2036, 1, 1))
    assert found.holds_on(TODAY)
    (asked,) = double.asked
    assert (asked["reference"], asked["division"], asked["type_code"]) == (QUESTION.reference, "640221", MARRIAGE)


def test_names_and_numbers_travel_only_under_the_seal(double: LicencesDouble) -> None:
    double.give(NAME, NUMBER)
    found = adapter(double).find(QUESTION)
    (request,) = double.requests
    sent = request.path + json.dumps(dict(request.headers)) + request.body.decode()
    for secret in (NAME, NUMBER, NUMBER.lower(), json.dumps(NAME)[1:-1], SECRET):
        assert secret not in sent
        assert secret not in repr(QUESTION) + repr(found)
    assert "J150626" not in repr(found)


def test_who_has_none_has_none(double: LicencesDouble) -> None:
    assert adapter(double).find(QUESTION) is None


@pytest.mark.parametrize(
    ("until", "changes", "good"),
    [
        (None, {}, True),
        (TODAY, {}, True),
        (TODAY - timedelta(days=1), {}, False),
        (None, {"status": "revoked"}, False),
    ],
)
def test_a_licence_is_good_to_its_last_day_unless_it_was_revoked(
    double: LicencesDouble, until: date | None, changes: dict[str, object], good: bool
) -> None:
    double.give(NAME, NUMBER, until, **changes)
    found = adapter(double).find(QUESTION)
    assert found is not None
    assert found.holds_on(TODAY) is good


@pytest.mark.parametrize("name", ["number", "issuer", "holder"])
def test_half_a_character_is_no_answer_and_breaks_nothing(double: LicencesDouble, name: str) -> None:
    double.give(NAME, NUMBER, **{name: "\ud83d"})
    with pytest.raises(Unavailable):
        adapter(double).find(QUESTION)


def test_somebody_elses_licence_is_not_taken(double: LicencesDouble) -> None:
    double.give("李桂兰", "64022119550505002X")
    double.mixed_up = ("李桂兰", "64022119550505002X")
    with pytest.raises(AnothersLicence):
        adapter(double).find(QUESTION)


def test_a_licence_of_another_kind_is_not_taken(double: LicencesDouble) -> None:
    double.give(NAME, NUMBER, type_code="1140100000DIVORCE")
    with pytest.raises(AnothersLicence):
        adapter(double).find(QUESTION)


def test_each_question_has_its_own_nonce_and_a_copied_one_is_not_answered(double: LicencesDouble) -> None:
    asking = adapter(double)
    double.give(NAME, NUMBER)
    assert asking.find(QUESTION) == asking.find(QUESTION), "asking again does no harm"
    assert len(double.nonces) == 2
    first = double.requests[0]
    assert double.answer(first).status == 401


def test_an_answer_that_somebody_between_made_up_is_none(double: LicencesDouble) -> None:
    double.give(NAME, NUMBER)
    double.forged = True
    with pytest.raises(Unavailable) as refusal:
        adapter(double).find(QUESTION)
    assert refusal.value.code == "not_authentic"


def test_with_another_secret_nothing_is_answered(double: LicencesDouble) -> None:
    with pytest.raises(Unavailable):
        adapter(double, "guessed").find(QUESTION)


def test_a_service_that_is_busy_says_when(double: LicencesDouble) -> None:
    double.say.append({"code": "throttled", "after": 30})
    with pytest.raises(Throttled) as refusal:
        adapter(double).find(QUESTION)
    assert refusal.value.after == timedelta(seconds=30)
    double.say.append({"code": "rejected"})
    with pytest.raises(Rejected):
        adapter(double).find(QUESTION)


@pytest.mark.parametrize(
    "said",
    [
        {"code": "0", "licence": 7},
        {},
        {"code": "E500", "licence": None},
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(double: LicencesDouble, said: dict[str, object]) -> None:
    double.say.append(said)
    with pytest.raises(Unavailable):
        adapter(double).find(QUESTION)


@pytest.mark.parametrize(
    "changes", [{"number": ""}, {"number": "7\0"}, {"valid_until": "soon"}, {"digest": "x"}, {"status": "perhaps"}]
)
def test_a_licence_with_a_hole_in_it_is_no_licence(double: LicencesDouble, changes: dict[str, object]) -> None:
    double.give(NAME, NUMBER, **changes)
    with pytest.raises(Unavailable):
        adapter(double).find(QUESTION)


@pytest.mark.parametrize("fault", [AWAY, Answer(b"[]"), Answer(b'{"answer": "[]", "signature": ""}'), Answer(b"", 301)])
def test_a_service_that_is_away_is_an_answer_for_the_desk(double: LicencesDouble, fault: Answer) -> None:
    double.faults.append(fault)
    assert licences.ask(adapter(double), QUESTION, TODAY).outcome == "away"


@pytest.mark.parametrize("listens", [False, True])
def test_a_service_that_is_gone_or_never_answers_is_away(listens: bool) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        if listens:
            held.listen()  # connections are taken, and nothing ever comes back
        account = Account(f"http://127.0.0.1:{held.getsockname()[1]}", APP_ID, SECRET, timeout_s=0.1)
        assert licences.ask(HttpLicences(account, CODES, lambda: NOW), QUESTION, TODAY).outcome == "away"


def test_a_type_without_a_code_is_not_asked_for(double: LicencesDouble) -> None:
    asking = adapter(double)
    assert not asking.knows("不动产权证书")
    with pytest.raises(ProviderError):
        asking.find(replace(QUESTION, kind="不动产权证书"))
    assert not double.requests


def test_the_settings_choose_the_service() -> None:
    assert licences_of(LicenceSettings(), lambda: NOW) is None
    chosen = licences_of(LicenceSettings(provider="http", endpoint="https://e.example/q", codes=CODES), lambda: NOW)
    assert chosen is not None
    assert chosen.knows("结婚证")
    demo = licences_of(LicenceSettings(provider="demo"), lambda: NOW)
    assert demo is not None
    answers = {demo.find(replace(QUESTION, id_number=f"{n:018}")) is None for n in range(20)}
    assert answers == {True, False}, "a demonstration shows both"
