"""A province's own platform follows its cases and reports decisions: its own only, none missed, nothing about people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import select

from central import platforms
from central.casehistory import read_history
from central.cli import main
from central.sharing.authorisations import SharingRight, permitted
from central.store.models import AuditEntry, Case, CaseEvent, Platform
from central.store.settled import settled
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Mode
from kiosk.protocol.platform import Feed, ResultFeedback
from kiosk.protocol.states import State
from tests.central.casefolk import do, open_desk
from tests.central.citizen import at_the_centre, dump, kind
from tests.central.desk import RECEIVING
from tests.central.doubles.platform import admitted
from tests.central.rig import RunningCentre


def admit(centre: RunningCentre, *divisions: str, name: str = "province") -> str:
    """Admitted, and authorised by its own divisions to follow and to report."""
    rights = (SharingRight.STATES, SharingRight.REPORT)
    return admitted(centre, *divisions, name=name, rights=rights).token


def read(centre: RunningCentre, name: str, after: int = 0, limit: int = 100) -> Feed:
    """The feed as it is now."""
    database = centre.parts.database
    up_to = settled(database, CaseEvent.id)
    with database.reading() as session:
        platform = session.scalars(select(Platform).where(Platform.name == name)).one()
        permit = permitted(session, platform, SharingRight.STATES, datetime.now(UTC))
        return platforms.feed(session, permit, after, up_to, limit)


def ask(centre: RunningCentre, token: str | None, query: str = "") -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(f"{centre.url}/api/v1/feed{query}", headers=headers, timeout=10)


def report(centre: RunningCentre, token: str, case_number: str, **changes: Any) -> requests.Response:
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "case_number": case_number,
        "region_code": "640221",
        "outcome": "approved",
        "number": "宁医保备〔2026〕12号",
        "decided_on": "2026-11-20",
        "department": "平罗县医疗保障局",
        "system": "nx-gov",
    }
    feedback = ResultFeedback(**{**fields, **changes})
    headers = {"Idempotency-Key": f'"{feedback.request_id}"', "Authorization": f"Bearer {token}"}
    return centre.post("/api/v1/results", json=dump(feedback), headers=headers)


@pytest.mark.req("R126")
@pytest.mark.req("R047", "R092", "R141")
def test_every_change_of_state_is_told_in_order_and_once_per_position(centre: RunningCentre) -> None:
    open_desk(centre)
    admit(centre, "64")
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    at_the_centre(centre, "liu", 2)
    do(centre, f"hall.{RECEIVING}", wang.case_number, "open_intake")
    told, after = [], 0
    while True:
        page = read(centre, "province", after, limit=1)
        told += [(one.case_number, one.target) for one in page.changes]
        after = page.next_after
        if not page.more:
            break
    assert [target for number, target in told if number == wang.case_number] == [State.SUBMITTED, State.INTAKE_REVIEW]
    assert len(told) == 3
    assert read(centre, "province", after).changes == ()
    assert read(centre, "province", after).next_after == after


def test_a_change_is_told_as_soon_as_it_is_stored(centre: RunningCentre) -> None:
    token = admit(centre, "64")
    at_the_centre(centre)
    assert [one["target"] for one in ask(centre, token).json()["changes"]] == [State.SUBMITTED]


@pytest.mark.req("R093")
def test_a_platform_sees_its_own_divisions_and_nothing_about_a_person(centre: RunningCentre) -> None:
    admit(centre, "64", name="handling province")
    admit(centre, "1506", name="receiving prefecture")
    admit(centre, "34", "6403", name="somebody else")
    at_the_centre(centre)
    assert len(read(centre, "handling province").changes) == 1
    assert len(read(centre, "receiving prefecture").changes) == 1
    assert read(centre, "somebody else").changes == ()
    text = read(centre, "handling province").model_dump_json()
    person = PERSONAS["wang"]
    for secret in (person.name, person.name[0] + "**", person.id_number, person.id_number[:6], person.phone):
        assert secret not in text


def test_without_a_valid_token_nothing_is_told(centre: RunningCentre) -> None:
    token = admit(centre, "64")
    for wrong in (None, "", "x", token[:-1], token + "x", "口令"):
        answer = ask(centre, None) if wrong is None else _raw(centre, wrong)
        assert (answer.status_code, kind(answer)) == (401, "unauthorised")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert ask(centre, token).status_code == 200
    with centre.parts.database.writing() as session:
        assert platforms.revoke(session, "province", datetime.now(UTC))
    assert ask(centre, token).status_code == 401


def _raw(centre: RunningCentre, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}".encode()}
    return requests.get(f"{centre.url}/api/v1/feed", headers=headers, timeout=10)


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?limit=0", "?limit=100000", f"?after={2**63}"])
def test_a_question_that_makes_no_sense_is_refused(centre: RunningCentre, query: str) -> None:
    assert kind(ask(centre, admit(centre, "64"), query)) == "invalid-message"


@pytest.mark.req("R030", "R047")
def test_a_result_stands_in_the_ledger_and_decides_nothing(centre: RunningCentre) -> None:
    token = admit(centre, "64")
    wang = at_the_centre(centre)
    first = report(centre, token, wang.case_number, request_id=(key := uuid4()))
    assert first.status_code == 201, first.text
    assert report(centre, token, wang.case_number, request_id=key).content == first.content
    assert kind(report(centre, token, wang.case_number, request_id=key, outcome="rejected")) == "idempotency-key-reused"
    with centre.parts.database.reading() as session:
        (line,) = session.scalars(select(CaseEvent).where(CaseEvent.event == platforms.RESULT_EVENT))
        assert (line.source, line.target) == (State.SUBMITTED, State.SUBMITTED)
        history = read_history(session, centre.parts.keys.vault, session.get_one(Case, line.case_seq))
    (shown,) = [one for one in history if one.note is not None]
    assert shown.note is not None
    assert shown.note.zh == "已通过：平罗县医疗保障局 宁医保备〔2026〕12号 2026-11-20 province"
    assert (shown.who.zh, shown.target) == ("对接平台", None)
    assert wang.progress()["state"] == State.SUBMITTED, "people decide, here too"


def test_nobody_reports_for_places_that_are_not_theirs(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    other = admit(centre, "34", name="other")
    receiving = admit(centre, "15", name="receiving")
    ours = admit(centre, "64", name="ours")
    assert report(centre, ours, wang.case_number, request_id=(key := uuid4())).status_code == 201
    assert kind(report(centre, other, wang.case_number, request_id=key)) == "idempotency-key-reused", (
        "not as a repetition"
    )
    assert kind(report(centre, other, wang.case_number)) == "not-yours"
    assert kind(report(centre, receiving, wang.case_number)) == "not-yours", (
        "it follows the case, but does not decide it"
    )
    assert kind(report(centre, ours, wang.case_number, region_code="640222")) == "not-yours"
    assert kind(report(centre, ours, wang.case_number[:-1] + "9")) == "not-yours"
    assert kind(report(centre, "x", wang.case_number)) == "unauthorised"


def test_the_commands_admit_list_and_shut_out_and_the_trail_says_so(centre: RunningCentre) -> None:
    data = ["--data", str(centre.settings.data)]
    if centre.settings.database.url.get_secret_value():
        centre.settings.file.write_text(f'[database]\nurl = "{centre.settings.database_url}"\n', "utf-8")
    run = CliRunner().invoke
    added = run(main, ["platform", "add", *data, "宁夏政务服务网", "--division", "64"])
    assert added.exit_code == 0, added.output
    assert kind(ask(centre, added.output.strip())) == "not-authorised", (
        "admitted, but nobody has let it have anything yet"
    )
    word = [
        "--number",
        "宁政服函〔2026〕12号",
        "--authority",
        "宁夏政务服务局",
        "--purpose",
        "办件同步",
        "--division",
        "64",
    ]
    letter = ["platform", "authorise", *data, "宁夏政务服务网", *word, "--until", "2099-12-31"]
    assert run(main, [*letter, "--may", "entry"]).exit_code == 1, "it has no key yet"
    assert run(main, [*letter, "--may", "states"]).exit_code == 0
    assert run(main, [*letter, "--may", "states"]).exit_code == 1, "the number is taken"
    assert ask(centre, added.output.strip()).status_code == 200
    assert run(main, ["platform", "list", *data]).output == "宁夏政务服务网\t64\n"
    assert run(main, ["platform", "add", *data, "宁夏政务服务网", "--division", "64"]).exit_code == 1
    assert run(main, ["platform", "add", *data, "x", "--division", "6"]).exit_code == 2
    assert run(main, ["platform", "revoke", *data, "宁夏政务服务网"]).exit_code == 0
    assert run(main, ["platform", "revoke", *data, "宁夏政务服务网"]).exit_code == 1
    assert ask(centre, added.output.strip()).status_code == 401
    with centre.parts.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        stored = session.scalars(select(Platform.token_sha256)).one()
    assert actions == ["platform.added", "authorisation.recorded", "platform.revoked"]
    assert added.output.strip() not in stored
