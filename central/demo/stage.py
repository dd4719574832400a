"""Playing the demonstration's stories at the real service, as if time had passed: the centre's clock is set to each moment.

All stories run interleaved in the order of their moments, so that numbers, ledger and audit trail are in order as well.
Whatever happens is done by the member of staff whose business it is, through the same calls as from the desk.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central.casework import calendar, lifecycle
from central.casework.acts import Act
from central.casework.service import Casework
from central.casework.terms import Guard
from central.casework.who import staff
from central.catalogue.facts import ItemFacts
from central.catalogue.lookup import item_facts
from central.centre import CentreParts
from central.demo.acts import Acts
from central.demo.applications import Wish, apply, sealed, terminal_of
from central.demo.beside import Beside
from central.demo.cast import Cast
from central.demo.persons import person
from central.demo.reasons import BASIS, problems_of, reason_for
from central.demo.stories import Story, stories
from central.documents.issue import DocumentIssuer
from central.notify.notices import Notices
from central.store.models import Case, Notice, Outbox, PhoneTask, User
from kiosk.protocol.messages import SubmissionReceipt
from kiosk.protocol.states import State

_GAPS_H = (0.4, 1.6)
"""Desk hours between two steps, from … to …."""


class Clock:
    """The time of the play."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """What the centre takes for now."""
        return self.at


@dataclass
class _Case:
    """A story being played."""

    story: Story
    serial: int
    moments: list[datetime]
    number: str = ""
    chance: random.Random = field(default_factory=random.Random)


class Stage:
    """Plays stories on a centre whose clock is `clock`."""

    def __init__(self, centre: CentreParts, clock: Clock, seed: int) -> None:
        self._centre = centre
        self._clock = clock
        self._chance = random.Random(seed)  # noqa: S311  # invented cases, the same for the same seed
        # No item of the published lists has a pre-review; in the play all have, so that its state can be seen.
        self._casework = Casework(
            centre.database,
            centre.keys,
            DocumentIssuer(centre.keys, centre.settings.web.public_url),
            Notices(),
            clock,
            item=_with_prereview,
        )
        with centre.database.reading() as session:
            self._staff = [staff(user) for user in session.scalars(select(User).order_by(User.id))]
        self._cast = Cast(self._staff)
        self._acts = Acts(centre, self._casework, self._cast, clock, self._chance)

    def play(self, until: datetime) -> dict[str, int]:
        """Play everything so that it ends at `until`. How many cases reached each state."""
        cases = [self._planned(story, number, until) for number, story in enumerate(stories(lifecycle.load()), 1)]
        queue: list[tuple[datetime, int, Iterator[datetime]]] = []
        for one in cases:
            run = self._run(one)
            heapq.heappush(queue, (next(run), one.serial, run))
        days = self._daily(min(one.moments[0] for one in cases), until)
        heapq.heappush(queue, (next(days), 0, days))
        beside = Beside(self._centre, self._staff, self._clock, self._chance.getrandbits(64)).run(until)
        heapq.heappush(queue, (next(beside), -1, beside))
        while queue:
            at, serial, run = heapq.heappop(queue)
            self._clock.at = at
            following = next(run, None)
            if following is not None:
                heapq.heappush(queue, (following, serial, run))
        self._clock.at = until
        while self._casework.tick():
            pass
        self._messages_sent()
        return self._reached()

    # The plan

    def _planned(self, story: Story, serial: int, until: datetime) -> _Case:
        """Moments of submission and of every step, in desk hours, such that the last is `story.idle` days ago."""
        work = calendar.load()
        chance = random.Random(self._chance.getrandbits(64))  # noqa: S311
        gaps = [timedelta(hours=chance.uniform(*_GAPS_H)) for _ in story.steps]
        end = work.before(until, story.idle) if story.idle else until - timedelta(minutes=chance.randrange(5, 200))
        for days in range(120):
            # Terminals are open at night too.
            begin = end - timedelta(days=days, hours=chance.choice((1, 3, 13)), minutes=chance.randrange(60))
            moments = [begin]
            for step, gap in zip(story.steps, gaps, strict=True):
                at = moments[-1]
                if step.startswith("pause "):
                    at = work.add_workdays(at, int(step.removeprefix("pause "))).at
                moments.append(work.add_desk_hours(at, gap).at)
            if moments[-1] <= end:
                return _Case(story, serial, moments, chance=chance)
        raise AssertionError("no story takes a third of a year")

    # The play

    def _run(self, one: _Case) -> Iterator[datetime]:
        """Does what is due each time it is asked to go on; yields when to ask next."""
        yield one.moments[0]
        self._submit(one)
        for step, moment in zip(one.story.steps, one.moments[1:], strict=True):
            yield moment
            self._step(one, step)

    def _daily(self, begin: datetime, until: datetime) -> Iterator[datetime]:
        """What the running centre does all the time, once a day: reminders, apologies, ends."""
        at = begin
        while at < until:
            yield at
            while self._casework.tick():
                pass
            at += timedelta(days=1)

    def _submit(self, one: _Case) -> None:
        story, centre = one.story, self._centre
        wish = Wish(
            person(one.chance, one.serial),
            _facts(centre, story.item),
            story.mode,
            story.receiving,
            story.handling,
            story.delivery,
            "2026-11-20",
            story.by_phone,
            story.pickup,
            story.helped,
        )
        application, files = apply(wish, one.serial, self._clock(), one.chance)
        envelope, submission = sealed(application, files, centre.keys.published.key())
        for part in envelope.manifest.files:
            centre.parts.put(part.sha256, envelope.parts[part.name])
        receipt = SubmissionReceipt.model_validate_json(centre.intake.receive(submission))
        one.number = receipt.case_number

    def _step(self, one: _Case, step: str) -> None:
        name, _, argument = step.partition(" ")
        if name == "pause":
            return
        if name == "timeout":
            return  # time does it: see `_daily`
        if name == "supplement":
            self._acts.supplement(one.number, terminal_of(one.story.receiving), one.serial)
            return
        if Acts.known(name):
            with self._centre.database.writing() as session:
                case = session.scalars(select(Case).where(Case.case_number == one.number)).one()
                self._acts.do(name, session, case, argument)
            return
        part, _, event = step.rpartition(":")
        self._perform(one, event, int(part) if part else None)

    def _perform(self, one: _Case, event: str, part: int | None) -> None:
        with self._centre.database.reading() as session:
            case = session.scalars(select(Case).where(Case.case_number == one.number)).one()
            sub_case = case.sub_cases[part] if part is not None else None
            state = State(case.state if sub_case is None else sub_case.state)
            step = lifecycle.load().flow(case.mode).find(state, event)
            if step is None:
                raise AssertionError(f"{case.mode}: no {event} in {state}")
            place = case.handling_code if sub_case is None else sub_case.region_code
            item = self._casework.office.setting(session, case).item
            who = self._cast.whose(case, step.actors, place, second=event == "notify_once" and case.supplements > 0)
            act = Act(
                one.number,
                event,
                case.version,
                sub_case.id if sub_case else None,
                reason=reason_for(event, one.serial, again=case.supplements > 0),
                basis=BASIS if Guard.BASIS_GIVEN in step.guards or event == "revoke" else "",
                problems=problems_of(item) if event in _LISTING else (),
                extra=_extra(case, event),
            )
        self._casework.perform(who, act)

    # Afterwards

    def _messages_sent(self) -> None:
        """A demonstration sends no messages; they count as sent. Calls of earlier days count as made."""
        with self._centre.database.writing() as session:
            texts = update(Notice).where(Notice.channel == "sms", Notice.state == "queued")
            session.execute(texts.values(state="sent", sent_at=Notice.created_at, provider="demonstration"))
            called = update(PhoneTask).where(PhoneTask.created_at < self._clock() - timedelta(days=1))
            session.execute(called.values(done_at=PhoneTask.created_at, outcome="told", tries=1))
            waiting = update(Outbox).where(Outbox.topic.in_(["notice", "track"]), Outbox.done_at.is_(None))
            session.execute(waiting.values(done_at=Outbox.created_at))

    def _reached(self) -> dict[str, int]:
        with self._centre.database.reading() as session:
            states = session.scalars(select(Case.state)).all()
        return {state.value: states.count(state.value) for state in State if state.value in states}


_LISTING = frozenset({"notify_once", "return", "return_materials"})


def _extra(case: Case, event: str) -> dict[str, str]:
    """What forms ask besides."""
    asked: dict[str, dict[str, str]] = {
        "refuse": {"refusal_kind": "incomplete"},
        "refuse_not_crossable": {"refusal_kind": "not_crossable"},
        "withdraw": {"returned": "images_destroyed"},
        "issue_result": {"result_number": f"演示证〔2026〕{case.seq:05d}号", "result_text": "准予办理"},
        "archive": {"archive_number": f"2026-TB-{case.seq:05d}"},
        "revoke": {"false_material": "申请依据材料"},
        "mail_out": {"waybill": f"EX{980000000 + case.seq}CN"},
        "dispatch_result": {"waybill": f"EX{970000000 + case.seq}CN"},
    }
    return asked.get(event, {})


def _facts(centre: CentreParts, item_id: str) -> ItemFacts:
    with centre.database.reading() as session:
        return item_facts(session, item_id, "2026-11-20")


def _with_prereview(session: Session, item_id: str, version: str) -> ItemFacts:
    return replace(item_facts(session, item_id, version), prereview=True)
