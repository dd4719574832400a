"""Sending queued text messages, and what their receipts say.

Only here is the envelope opened for the number, and only for as long as one message takes. An attempt is recorded before
it is made. A repeated attempt after a crash may send a message twice; the reference lets a provider notice.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from central.casework.terms import NoticeKind
from central.keys import KeyRing
from central.notify import phone_tasks, texts
from central.notify.notices import WORTH_A_CALL, rendered, telling_unit
from central.notify.provider import Rejected, Throttled
from central.notify.sms import Receipt, Sms, SmsMessage
from central.opened import open_case
from central.opening import CannotOpen
from central.store.database import Database
from central.store.models import Case, Notice, PhoneTask
from central.times import CHINA
from kiosk.protocol.application import Application

MOBILE = re.compile(r"1[3-9]\d{9}")
MORNING = time(8)
"""What was put off to another day goes out from then on."""


@dataclass(frozen=True)
class _Ready:
    message: SmsMessage
    phone_index: str = field(repr=False)


class NoticeSender:
    """Handles the outbox topic `notice`. Thread-safe."""

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        sms: Sms | None,
        now: Callable[[], datetime],
        *,
        most_a_day: int = 10,
    ) -> None:
        """`most_a_day`: messages to one number; carriers stop more as spam."""
        self._database = database
        self._keys = keys
        self._sms = sms
        self._now = now
        self._most_a_day = most_a_day

    def handle(self, payload: Mapping[str, object]) -> None:
        """Send one notice; a second time does nothing.

        Raises:
            Throttled, Unavailable: again later.
        """
        notice_id = int(str(payload["notice"]))
        if self._sms is None:
            self.give_up(payload, "no_provider")
            return
        try:
            ready = self._prepare(notice_id)
            if ready is None:
                return
            provider_id = self._sms.send(ready.message)
        except Rejected as refusal:
            self.give_up(payload, refusal.code)
            return
        with self._database.writing() as session:
            session.execute(
                # A receipt may have been faster than this line.
                update(Notice).where(Notice.id == notice_id, Notice.state == "queued").values(state="sent")
            )
            session.execute(
                update(Notice)
                .where(Notice.id == notice_id)
                .values(
                    sent_at=self._now(),
                    provider=self._sms.name,
                    provider_id=provider_id,
                    phone_index=ready.phone_index,
                    error="",
                )
            )

    def give_up(self, payload: Mapping[str, object], code: str) -> None:
        """The message cannot go out: staff see it, and somebody calls instead."""
        with self._database.writing() as session:
            notice = session.get_one(Notice, int(str(payload["notice"])))
            if notice.state in ("queued", "sent"):
                _fail(session, notice, code, self._now())

    def _prepare(self, notice_id: int) -> _Ready | None:
        with self._database.writing() as session:
            notice = session.get_one(Notice, notice_id)
            if notice.state != "queued":
                return None
            notice.attempts += 1
            case = session.get_one(Case, notice.case_seq)
            session.flush()
            session.expunge_all()
        with self._database.reading() as session:
            try:
                application = open_case(session, self._keys, case).application
                text, params = rendered(session, case, notice)
            except CannotOpen:
                raise Rejected("cannot_open") from None
            except texts.NotSayable:
                raise Rejected("not_sayable") from None
            phone = re.sub(r"[\s-]|^\+?86(?=1)", "", application.phone)
            if MOBILE.fullmatch(phone) is None:
                raise Rejected("not_a_mobile_number")
            if not texts.names_nobody(text, _particulars(application)):
                raise Rejected("not_sayable")
            index = hmac.digest(self._keys.index_key, b"phone\0" + phone.encode(), "sha256").hex()
            self._check_limit(session, index)
        return _Ready(SmsMessage(phone, notice.template, params, text, f"notice-{notice_id}"), index)

    def _check_limit(self, session: Session, phone_index: str) -> None:
        here = self._now().astimezone(CHINA)
        today = datetime.combine(here.date(), time(), CHINA)
        sent = select(func.count()).where(Notice.phone_index == phone_index, Notice.sent_at >= today)
        if (session.scalar(sent) or 0) >= self._most_a_day:
            tomorrow = datetime.combine(here.date() + timedelta(days=1), MORNING, CHINA)
            raise Throttled("daily_limit", tomorrow - here)


def apply_receipts(session: Session, provider: str, receipts: Iterable[Receipt], now: datetime) -> int:
    """Record what became of messages; returns how many receipts belong to no message we know (yet).

    In any order and any number of times: «delivered» outweighs «failed», and each is recorded once.
    """
    unknown = 0
    for receipt in receipts:
        notice = session.scalar(
            select(Notice).where(Notice.provider == provider, Notice.provider_id == receipt.provider_id)
        )
        if notice is None:
            unknown += 1
        elif receipt.delivered:
            if notice.state != "delivered":
                notice.state, notice.delivered_at, notice.error = "delivered", receipt.at, ""
                _no_call_needed(session, notice, now)
        elif notice.state in ("queued", "sent"):
            _fail(session, notice, receipt.error or "not_delivered", now)
    return unknown


def _fail(session: Session, notice: Notice, code: str, now: datetime) -> None:
    notice.state, notice.error = "failed", code
    if NoticeKind(notice.kind) not in WORTH_A_CALL:
        return
    unit_id = telling_unit(session, session.get_one(Case, notice.case_seq))
    if unit_id is not None:
        phone_tasks.open_task(session, notice.id, notice.case_seq, unit_id, now)


def _no_call_needed(session: Session, notice: Notice, now: datetime) -> None:
    session.execute(
        update(PhoneTask)
        .where(PhoneTask.notice_id == notice.id, PhoneTask.done_at.is_(None))
        .values(done_at=now, outcome="not_needed")
    )


def _particulars(application: Application) -> Iterable[str]:
    """Everything of the applicant (and agent) that must never stand in a message to them."""
    person, delivery = application.applicant, application.delivery
    yield from (person.name, person.english_name, person.id_number, person.address, person.pass_number)
    yield from (application.phone, delivery.recipient, delivery.address)
    if application.agent is not None:
        agent = application.agent
        yield from (agent.name, agent.english_name, agent.id_number, agent.phone)
