"""Notices: what citizens are told, by text message or by a call, and that it never says who they are.

If it broke: somebody waits for a message that never comes, is written to twenty times a day, or finds their name in it.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Act, Problem, Refused
from central.casework.terms import NoticeKind
from central.notify import notices, phone_tasks
from central.notify.notices import Notices
from central.notify.provider import ProviderError, Rejected, Throttled, Unavailable
from central.notify.providers import sms_of
from central.notify.sending import NoticeSender, apply_receipts
from central.notify.sms import Receipt, Sms
from central.notify.texts import TEMPLATES, NotSayable, checked, names_nobody, template_for
from central.services.carriers import carrier_of
from central.settings import load
from central.store.models import (
    Case,
    CaseEvent,
    Grant,
    Notice,
    Outbox,
    PhoneTask,
    Reveal,
    Shipment,
    Unit,
)
from central.store.models import (
    Clock as RunningClock,
)
from central.times import CHINA
from drivers.virtual.personas import PERSONAS
from tests.central.desk import HANDLING, RECEIVING, Clock
from tests.central.doubles.tencent import TencentCloud
from tests.central.rig import RunningCentre
from tests.central.services_rig import NOW, application, stored, who
from tests.central.test_notify_providers import cloud

PHONE = PERSONAS["wang"].phone
SAID: dict[NoticeKind, list[dict[str, str]]] = {
    NoticeKind.SUBMITTED: [{}],
    NoticeKind.COLLECTED: [{"document": "乌审政服收〔2026〕00023号"}],
    NoticeKind.SUPPLEMENT_REQUIRED: [{"document": "乌审政服补〔2026〕00003号", "due": "2026-12-04"}],
    NoticeKind.RETURNED: [
        {"outcome": "returned", "document": "乌审政服补〔2026〕00004号"},
        {"outcome": "not_accepted", "document": "乌审政服不受〔2026〕00004号", "refusal_kind": "not_crossable"},
        {"outcome": "expired"},
    ],
    NoticeKind.FORWARDED: [
        {"place": "宁夏 石嘴山市 平罗县", "way": "electronic"},
        {"place": "平罗县", "way": "post", "waybill": "1136281381675"},
    ],
    NoticeKind.ACCEPTED: [{"document": "平罗审批受〔2026〕00001号", "due": "2026-12-18"}],
    NoticeKind.DECIDED: [
        {"outcome": outcome, "document": "平罗审批决〔2026〕00001号"}
        for outcome in ("approved", "issued", "rejected", "partly", "revoked")
    ],
    NoticeKind.RESULT_READY: [{"way": "post", "waybill": "1136281381675"}, {"way": "desk"}, {"way": "electronic"}],
    NoticeKind.WITHDRAWN: [{"document": "乌审政服撤〔2026〕00001号"}],
    NoticeKind.PLEASE_RATE: [{}],
    NoticeKind.SUPPLEMENT_DUE_SOON: [{"due": "2026-12-04"}],
    NoticeKind.OVERDUE_APOLOGY: [{"due": "2026-12-25", "clock": "C4"}],
}
"""What casework says with each kind."""


@pytest.fixture
def double() -> Iterator[TencentCloud]:
    running = TencentCloud()
    yield running
    running.close()


def provider(double: TencentCloud) -> Sms:
    sms = cloud(double)
    settings = dataclasses.replace(sms._settings, templates={code: f"T-{code}" for code in TEMPLATES})  # type: ignore[attr-defined]
    return type(sms)(settings)  # type: ignore[call-arg]


def told(
    town: RunningCentre,
    kind: NoticeKind = NoticeKind.ACCEPTED,
    said: dict[str, str] | None = None,
    *,
    changes: dict[str, Any] | None = None,
    **columns: Any,
) -> int:
    """A case whose applicant is told something; returns the notice."""
    with town.parts.database.writing() as session:
        case = stored(session, town.parts.keys, application(**(changes or {})), **columns)
        Notices().notify(session, case, kind, SAID[kind][0] if said is None else said, NOW)
        return session.scalars(select(Notice.id).where(Notice.case_seq == case.seq)).one()


def queued(town: RunningCentre) -> list[dict[str, Any]]:
    with town.parts.database.reading() as session:
        return [row.payload for row in session.scalars(select(Outbox).where(Outbox.topic == "notice"))]


def notice(town: RunningCentre, notice_id: int) -> Notice:
    with town.parts.database.reading() as session:
        return session.get_one(Notice, notice_id)


def tasks(town: RunningCentre) -> list[PhoneTask]:
    with town.parts.database.reading() as session:
        return list(session.scalars(select(PhoneTask).order_by(PhoneTask.id)))


@pytest.mark.req("R016")
@pytest.mark.req("R030")
@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, every in SAID.items() for said in every])
def test_every_kind_of_notice_reaches_the_phone(
    town: RunningCentre, double: TencentCloud, kind: NoticeKind, said: dict[str, str]
) -> None:
    notice_id = told(town, kind, said)
    NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW).handle(queued(town)[0])
    (sent,) = double.accepted.values()
    assert sent["PhoneNumberSet"] == [f"+86{PHONE}"]
    assert notice(town, notice_id).state == "sent"
    with town.parts.database.reading() as session:
        row = session.get_one(Notice, notice_id)
        text, params = notices.rendered(session, session.get_one(Case, row.case_seq), row)
    assert sent["TemplateParamSet"] == list(params.values())
    assert "{" not in text
    assert "异地就医结算备案" in text


@pytest.mark.req("R064")
def test_a_refusal_says_why_in_short_and_how_to_read_the_rest() -> None:
    text = template_for(NoticeKind.RETURNED, {"outcome": "not_accepted"}).zh
    assert "{reason}" in text
    assert "{number}" in text
    assert "{code}" in text


def test_the_day_to_supplement_by_is_that_of_its_own_clock(town: RunningCentre) -> None:
    """Another clock of the case may end sooner; the citizen must not be told that day."""
    parts = town.parts
    with parts.database.writing() as session:
        case = stored(session, parts.keys, application())
        soon = parts.now() + timedelta(hours=1)
        session.add(RunningClock(case_seq=case.seq, clock="C5", started_at=NOW, warn_at=soon, due_at=soon))
        session.add(
            Grant(grantor_region="*", grantee_region="*", right="notify_once", since=NOW - timedelta(days=9000))
        )
        session.flush()
        clerk = who(session, f"hall.{RECEIVING}")
        problem = Problem("社会保障卡", "看不清", "办事指南", "重新拍摄")
        act = Act(case.case_number, "notify_once", case.version, problems=(problem,), supplement_days=10)
        parts.casework.perform_in(session, clerk, act, case)
        due = session.scalars(select(RunningClock.due_at).where(RunningClock.clock == "C3")).one()
        day = due.astimezone(CHINA)
        row = session.scalars(select(Notice)).one()
        assert row.params["date"] == f"{day.year}年{day.month}月{day.day}日"
        session.rollback()


@pytest.mark.req("R043")
def test_the_waybill_of_a_parcel_that_left_before_is_found(town: RunningCentre) -> None:
    with town.parts.database.writing() as session:
        case = stored(session, town.parts.keys, application(), state="IN_DELIVERY")
        unit = session.scalars(select(Unit.id).limit(1)).one()
        session.add(
            Shipment(
                case_seq=case.seq,
                direction="result_to_applicant",
                waybill="1136281381675",
                from_unit_id=unit,
                created_at=NOW,
            )
        )
        session.flush()
        Notices().notify(session, case, NoticeKind.RESULT_READY, {"way": "post"}, NOW)
        (row,) = session.scalars(select(Notice))
        assert row.params["waybill"] == "1136281381675"


def test_a_result_on_its_way_to_the_desk_is_not_yet_to_be_collected(town: RunningCentre) -> None:
    told(town, NoticeKind.RESULT_READY, {"way": "desk"}, state="IN_DELIVERY")
    with town.parts.database.reading() as session:
        assert session.scalars(select(Notice.template)).one() == "N8.to_desk"


def test_a_notice_is_sent_once_however_often_it_is_asked_for(town: RunningCentre, double: TencentCloud) -> None:
    told(town)
    sender = NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW)
    for _ in range(3):
        sender.handle(queued(town)[0])
    assert len(double.requests) == 1


def test_a_rolled_back_act_tells_nobody(town: RunningCentre) -> None:
    def act() -> None:
        with town.parts.database.writing() as session:
            case = stored(session, town.parts.keys, application())
            Notices().notify(session, case, NoticeKind.COLLECTED, SAID[NoticeKind.COLLECTED][0], NOW)
            raise LookupError

    with pytest.raises(LookupError):
        act()
    assert queued(town) == []


@pytest.mark.req("R016")
def test_who_asked_for_a_call_gets_one_within_four_desk_hours(town: RunningCentre) -> None:
    notice_id = told(town, notify_by_phone=True)
    (task,) = tasks(town)
    assert queued(town) == []
    assert notice(town, notice_id).channel == "phone_task"
    assert task.due_at == datetime(2026, 11, 20, 7, 30, tzinfo=UTC), "10:00 + 2 h, noon break, + 2 h = 15:30 in China"


def test_a_call_wanted_on_friday_evening_is_due_on_monday(town: RunningCentre) -> None:
    with town.parts.database.writing() as session:
        case = stored(session, town.parts.keys, application(), notify_by_phone=True)
        Notices().notify(session, case, NoticeKind.ACCEPTED, SAID[NoticeKind.ACCEPTED][0], NOW + timedelta(hours=12))
    (task,) = tasks(town)
    assert task.due_at == datetime(2026, 11, 23, 5, 30, tzinfo=UTC) + timedelta(hours=1)


@pytest.mark.req("R074")
def test_the_receiving_place_tells_and_online_the_handling_place(town: RunningCentre) -> None:
    told(town, notify_by_phone=True)
    told(town, notify_by_phone=True, mode="full_online")
    with town.parts.database.reading() as session:
        places = [session.get_one(Unit, task.unit_id).region_code for task in tasks(town)]
    assert places == [RECEIVING, HANDLING]


def test_what_the_slip_says_already_is_not_told_by_a_call(town: RunningCentre) -> None:
    told(town, NoticeKind.SUBMITTED, notify_by_phone=True)
    told(town, NoticeKind.PLEASE_RATE, notify_by_phone=True)
    assert tasks(town) == []
    assert len(queued(town)) == 2


class Refusing:
    """A provider that always answers the same way."""

    name = "refusing"

    def __init__(self, error: ProviderError) -> None:
        self._error = error

    def send(self, message: object) -> str:
        raise self._error

    receipts = acknowledgement = send


def test_a_number_that_takes_no_messages_is_called_instead(town: RunningCentre) -> None:
    notice_id = told(town)
    sender = NoticeSender(town.parts.database, town.parts.keys, Refusing(Rejected("InBlacklist")), lambda: NOW)  # type: ignore[arg-type]
    sender.handle(queued(town)[0])
    sender.handle(queued(town)[0])
    row = notice(town, notice_id)
    assert (row.state, row.error) == ("failed", "InBlacklist")
    assert len(tasks(town)) == 1


@pytest.mark.parametrize("phone", ["0477-7581234", "", "1380000"])
def test_a_number_that_is_no_mobile_is_called(town: RunningCentre, double: TencentCloud, phone: str) -> None:
    notice_id = told(town, changes={"phone": phone})
    NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW).handle(queued(town)[0])
    assert notice(town, notice_id).error == "not_a_mobile_number"
    assert (len(tasks(town)), double.requests) == (1, [])


def test_without_a_provider_everything_worth_a_call_is_called(town: RunningCentre) -> None:
    told(town, NoticeKind.SUBMITTED)
    told(town, NoticeKind.DECIDED)
    sender = NoticeSender(town.parts.database, town.parts.keys, None, lambda: NOW)
    for payload in queued(town):
        sender.handle(payload)
    assert len(tasks(town)) == 1


@pytest.mark.parametrize("error", [Throttled("busy", timedelta(seconds=30)), Unavailable("http_502")])
def test_what_may_pass_is_left_to_the_relay(town: RunningCentre, error: ProviderError) -> None:
    notice_id = told(town)
    sender = NoticeSender(town.parts.database, town.parts.keys, Refusing(error), lambda: NOW)  # type: ignore[arg-type]
    with pytest.raises(type(error)):
        sender.handle(queued(town)[0])
    row = notice(town, notice_id)
    assert (row.state, row.attempts) == ("queued", 1)
    sender.give_up(queued(town)[0], "given_up")
    assert notice(town, notice_id).state == "failed"
    assert len(tasks(town)) == 1


def test_one_number_gets_so_many_messages_a_day(town: RunningCentre, double: TencentCloud) -> None:
    for _ in range(3):
        told(town)
    clock = Clock(datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
    sender = NoticeSender(town.parts.database, town.parts.keys, provider(double), clock, most_a_day=2)
    first, second, third = queued(town)
    sender.handle(first)
    sender.handle(second)
    with pytest.raises(Throttled) as refusal:
        sender.handle(third)
    assert refusal.value.after == timedelta(hours=10), "at eight in the morning, China time"
    clock.moment += refusal.value.after
    sender.handle(third)
    assert len(double.accepted) == 3


def receipts_of(notice_id: int, town: RunningCentre, *outcomes: bool) -> None:
    provider_id = notice(town, notice_id).provider_id or ""
    for delivered in outcomes:
        with town.parts.database.writing() as session:
            receipt = Receipt(provider_id, delivered, NOW + timedelta(minutes=1), "" if delivered else "UNDELIV")
            assert apply_receipts(session, "tencent", [receipt], NOW + timedelta(minutes=2)) == 0


@pytest.mark.parametrize("order", [(True, True), (True, False), (False, True), (False, False, True, False)])
def test_receipts_may_come_twice_and_in_any_order(
    town: RunningCentre, double: TencentCloud, order: tuple[bool, ...]
) -> None:
    notice_id = told(town)
    NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW).handle(queued(town)[0])
    receipts_of(notice_id, town, *order)
    assert notice(town, notice_id).state == "delivered"
    assert [task.outcome for task in tasks(town)] == (["not_needed"] if not order[0] else [])


def test_a_receipt_that_overtakes_our_note_is_asked_for_again(town: RunningCentre) -> None:
    with town.parts.database.writing() as session:
        assert apply_receipts(session, "tencent", [Receipt("unknown", True, NOW)], NOW) == 1


def test_a_message_not_delivered_becomes_one_call(town: RunningCentre, double: TencentCloud) -> None:
    notice_id = told(town)
    NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW).handle(queued(town)[0])
    receipts_of(notice_id, town, False, False)
    assert notice(town, notice_id).state == "failed"
    assert len(tasks(town)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("item", "给13800001234的备案"),
        ("item", "150785194903070012"),
        ("unit", "电话 {phone}"),
        ("date", "明天"),
        ("number", "王秀英"),
        ("waybill", "15078519490307001X"),
        ("phone", "王"),
        ("reason", "王秀英的材料不对"),
        ("name", "王秀英"),
        ("slip", "150785194903070012"),
        ("address", "<b>嘎鲁图镇</b>"),
    ],
)
def test_a_parameter_that_is_not_what_its_name_promises_is_refused(name: str, value: str) -> None:
    with pytest.raises(NotSayable) as refusal:
        checked({name: value})
    assert value not in str(refusal.value)


def test_a_text_that_names_the_applicant_is_not_sent(town: RunningCentre, double: TencentCloud) -> None:
    name = PERSONAS["wang"].name
    notice_id = told(town, item_name=f"{name}的备案")
    NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW).handle(queued(town)[0])
    assert (notice(town, notice_id).error, double.requests) == ("not_sayable", [])
    assert len(tasks(town)) == 1


def test_gaps_do_not_hide_a_name() -> None:
    assert not names_nobody("办理人 王 秀 英", ["王秀英"])
    assert names_nobody("您的“异地就医”已受理", ["王秀英", "", "王"])


def test_an_odd_parameter_never_stops_the_act(town: RunningCentre) -> None:
    notice_id = told(town, NoticeKind.ACCEPTED, {"due": "soon", "document": "?"})
    assert notice(town, notice_id).state == "failed"
    assert len(tasks(town)) == 1


def test_nothing_of_a_person_is_stored_sent_or_logged(
    town: RunningCentre, double: TencentCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """The property: for random people, no row, payload, wire body or log line holds any of them but the number called."""
    caplog.set_level(logging.DEBUG)
    dice = random.Random(20261120)
    everything = []
    sender = NoticeSender(town.parts.database, town.parts.keys, provider(double), lambda: NOW, most_a_day=100)
    for _ in range(12):
        name = "".join(dice.choices("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", k=dice.randint(2, 4)))
        number = f"150785{dice.randint(1940, 2005)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}{dice.randint(0, 9999):04d}"
        phone = f"1{dice.randint(30, 99)}{dice.randint(0, 99_999_999):08d}"
        street = "".join(dice.choices("春夏秋冬东西南北", k=6)) + "路88号"
        person = application().applicant.model_copy(update={"name": name, "id_number": number, "address": street})
        everything += [name, number, street]
        kind = dice.choice(list(NoticeKind))
        told(
            town,
            kind,
            dice.choice(SAID[kind]),
            changes={"applicant": person, "phone": phone},
            notify_by_phone=dice.random() < 0.3,
        )
        with town.parts.database.reading() as session:
            kept = [json.dumps(row.params, ensure_ascii=False) + row.error for row in session.scalars(select(Notice))]
            kept += [json.dumps(row.payload) + row.error for row in session.scalars(select(Outbox))]
        assert phone not in "".join(kept)
    for payload in queued(town):
        sender.handle(payload)
    with town.parts.database.reading() as session:
        kept = [json.dumps(row.params, ensure_ascii=False) + row.error for row in session.scalars(select(Notice))]
        kept += [json.dumps(row.payload) + row.error for row in session.scalars(select(Outbox))]
    wire = "".join(json.loads(request.body.decode()).__repr__() for request in double.requests)
    assert len(double.requests) >= 5
    seen = "".join(kept) + caplog.text + wire
    assert [one for one in everything if one in seen] == []


def task_of(town: RunningCentre) -> Callable[[Session], tuple[PhoneTask, Case]]:
    told(town, notify_by_phone=True)

    def found(session: Session) -> tuple[PhoneTask, Case]:
        task = session.scalars(select(PhoneTask)).one()
        return task, session.get_one(Case, task.case_seq)

    return found


@pytest.mark.req("R016")
def test_a_call_that_told_is_done_and_stands_in_the_ledger(town: RunningCentre) -> None:
    found = task_of(town)
    with town.parts.database.writing() as session:
        task, case = found(session)
        clerk = who(session, f"hall.{RECEIVING}")
        phone_tasks.take(session, task, case, clerk, NOW)
        phone_tasks.close(session, town.parts.keys.vault, task, case, clerk, "told", NOW, note="本人接听，王秀英")
    with town.parts.database.reading() as session:
        task, case = found(session)
        assert (task.outcome, task.done_by) == ("told", clerk.user_id)
        assert phone_tasks.note_of(town.parts.keys.vault, task) == "本人接听，王秀英"
        assert "王秀英".encode() not in (task.note_sealed or b"")
        line = session.scalars(select(CaseEvent).where(CaseEvent.event == "phone_task")).one()
        assert line.detail == {"notice": "N6", "outcome": "told", "tries": 1}
        assert session.scalars(select(Notice.state)).one() == "done"
        assert session.scalars(select(Reveal)).one().what == "phone"


def test_nobody_there_is_tried_three_times(town: RunningCentre) -> None:
    found = task_of(town)
    for tries in range(1, 4):
        with town.parts.database.writing() as session:
            task, case = found(session)
            phone_tasks.close(
                session, town.parts.keys.vault, task, case, who(session, f"hall.{RECEIVING}"), "no_answer", NOW
            )
            assert (task.done_at is not None) == (tries == 3)
            if tries < 3:
                assert task.due_at == datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    with town.parts.database.reading() as session:
        assert session.scalars(select(Notice)).one().error == "no_answer"


def test_a_call_taken_by_a_colleague_is_not_shown_to_another(town: RunningCentre) -> None:
    found = task_of(town)
    with town.parts.database.writing() as session:
        task, case = found(session)
        phone_tasks.take(session, task, case, who(session, f"hall.{RECEIVING}"), NOW)
        with pytest.raises(Refused) as refusal:
            phone_tasks.take(session, task, case, who(session, f"chief.{RECEIVING}"), NOW)
    assert refusal.value.code == "taken"


def test_the_texts_to_be_approved_are_all_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "messages.md").read_text("utf-8")
    for template in TEMPLATES.values():
        assert f"| `{template.code}` | {template.zh} |" in manual


def test_every_example_of_settings_in_the_manual_is_understood(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "messages.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        (tmp_path / "central.toml").write_text(example, "utf-8")
        settings = load(tmp_path, {})
        assert sms_of(settings.sms) is not None or carrier_of(settings.tracking, "http://x", lambda: NOW) is not None
