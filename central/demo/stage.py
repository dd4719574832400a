"""Playing the demonstration's stories at the real service, as if time had passed: the centre's clock is set to each moment.

All stories run interleaved in the order of their moments, so that numbers, ledger and audit trail are in order as well.
Whatever happens is done by the member of staff whose business it is, through the same calls as from the desk.
"""

from __future__ import annotations

import base64
import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central import supplements
from central.casework import calendar, lifecycle, profiles, records, withdrawals
from central.casework.acts import Act
from central.casework.checklist import WHOLE
from central.casework.service import Casework
from central.casework.terms import Actor, Guard, Role
from central.casework.who import Who, applicant, staff
from central.catalogue.facts import ItemFacts
from central.catalogue.lookup import item_facts
from central.centre import CentreParts
from central.demo.applications import Wish, apply, page, sealed, terminal_of
from central.demo.beside import Beside
from central.demo.persons import person
from central.demo.reasons import BASIS, PROBLEMS, complained, rated, reason_for
from central.demo.stories import Story, stories
from central.documents.issue import DocumentIssuer
from central.ledger import complaints, rating
from central.notify.notices import Notices
from central.opened import open_case
from central.services import shipments, video
from central.store.models import Case, Notice, Outbox, PhoneTask, Rating, Shipment, User
from kiosk.protocol.application import FileRef, Material, Mode, Page
from kiosk.protocol.messages import SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.proof import Proof
from kiosk.protocol.states import State
from kiosk.protocol.supplement import Supplement, SupplementSubmission, seal_supplement

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
            self._supplement(one)
            return
        if name in _BESIDE:
            with self._centre.database.writing() as session:
                case = session.scalars(select(Case).where(Case.case_number == one.number)).one()
                _BESIDE[name](self, session, case, argument)
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
            who = self._whose(case, step.actors, place, second=event == "notify_once" and case.supplements > 0)
            act = Act(
                one.number,
                event,
                case.version,
                sub_case.id if sub_case else None,
                reason=reason_for(event, one.serial, again=case.supplements > 0),
                basis=BASIS if Guard.BASIS_GIVEN in step.guards or event == "revoke" else "",
                problems=PROBLEMS if event in _LISTING else (),
                extra=_extra(case, event),
            )
        self._casework.perform(who, act)

    def _whose(self, case: Case, actors: frozenset[Actor], place: str, *, second: bool) -> Who:
        """The member of staff whose business it is."""
        if Actor.ACCEPTING in actors:
            here = profiles.load().get(case.profile).accepting_party == "receiving"
            actors = frozenset({Actor.RECEIVING_DESK if here else Actor.HANDLING_DEPT})
        if Actor.RECEIVING_DESK in actors:
            return self._member(case.receiving_code, Role.SUPERVISOR if second else Role.WINDOW)
        if Actor.HANDLING_DESK in actors:
            return self._member(place, Role.WINDOW)
        return self._member(place, Role.APPROVER, case.sector)

    def _member(self, place: str, role: Role, sector: str = "") -> Who:
        """Of that place, the most fitting: an approver of the very sector before one of all."""
        fit = [one for one in self._staff if one.region_code == place and one.has(role)]
        if role is Role.APPROVER:
            fit = [one for one in fit if sector in one.sectors] or [one for one in fit if not one.sectors]
        return fit[0]

    # Beside the lifecycle

    def _check(self, session: Session, case: Case, _: str, *, passes: bool = True) -> None:
        who = self._member(case.receiving_code, Role.WINDOW)
        application = open_case(session, self._centre.keys, case).application
        item = item_facts(session, case.item_id, case.catalogue_version)
        for number, material in enumerate(application.materials):
            fails = not passes and number == len(application.materials) - 1
            problem = "第 2 页缺少公章" if fails else ""
            records.formal_check(self._casework.office, session, case, who, material.code, WHOLE, not fails, problem)
            listed = item.material(material.code)
            if passes and listed is not None and listed.original_required and case.mode != Mode.FULL_ONLINE:
                records.original_seen(self._casework.office, session, case, who, material.code)

    def _check_fails(self, session: Session, case: Case, _: str) -> None:
        self._check(session, case, "", passes=False)

    def _take(self, session: Session, case: Case, _: str) -> None:
        records.take(self._casework.office, session, case, self._member(case.receiving_code, Role.WINDOW))

    def _contact(self, session: Session, case: Case, _: str) -> None:
        who = self._member(case.receiving_code, Role.WINDOW)
        there = f"{case.handling_name.split()[-1]}政务服务中心 跨省通办专窗"
        records.contact(
            self._casework.office, session, case, who, "phone", there, "not_crossable", "对方答复须本地办理"
        )

    def _book_video(self, session: Session, case: Case, _: str, *, ahead: timedelta = timedelta(hours=2)) -> None:
        who, at = self._member(case.receiving_code, Role.WINDOW), self._clock()
        invited = [
            video.Invited(code, f"{name.split()[-1]}政务服务中心", self._member(code, Role.WINDOW).name)
            for code, name in video.places_of(session, case).items()
        ]
        video.book(session, case, who, invited, at, at + ahead)

    def _video(self, session: Session, case: Case, _: str) -> None:
        self._book_video(session, case, "", ahead=timedelta())
        session.flush()
        held = video.latest(session, case)
        assert held is not None  # noqa: S101  # booked a line above
        for party in list(held.parties):
            there = self._member(party.region_code, Role.WINDOW)
            vault = self._centre.keys.vault
            video.conclude(session, vault, held, case, there, party.region_code, "cleared", self._clock())

    def _ask_to_withdraw(self, session: Session, case: Case, _: str) -> None:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        who = applicant(case.terminal_id)
        withdrawals.request(
            self._casework.office,
            session,
            case,
            who,
            request_id=key,
            channel="kiosk",
            reason_code="wrong_item",
            words="选错了办理地，想重新申请。",
        )

    def _send(self, session: Session, case: Case, who: Who, direction: str, contents: list[str]) -> None:
        keys, at = self._centre.keys, self._clock()
        parcel = shipments.plan(session, keys, case, who, direction, at)
        shipments.pack(session, parcel, case, who, contents, at, seal_number=f"F{case.seq:06d}")
        shipments.sent(session, parcel, case, who, f"EX{990000000 + parcel.id}CN", at + timedelta(minutes=1))

    def _send_papers(self, session: Session, case: Case, _: str) -> None:
        if case.paper_needed:
            who = self._member(case.receiving_code, Role.WINDOW)
            self._send(session, case, who, "to_handling", ["申请表 1 份", "原件 1 份"])

    def _transmit(self, session: Session, case: Case, _: str) -> None:
        who = self._member(case.receiving_code, Role.WINDOW)
        records.transmitted(self._casework.office, session, case, who)

    def _send_result(self, session: Session, case: Case, _: str) -> None:
        who = self._member(case.handling_code, Role.APPROVER, case.sector)
        self._send(session, case, who, "result_to_applicant", ["结果证照 1 份"])

    def _papers_arrive(self, session: Session, case: Case, _: str) -> None:
        self._arrived(session, case, "to_handling", self._member(case.handling_code, Role.WINDOW))

    def _result_arrives(self, session: Session, case: Case, _: str) -> None:
        self._arrived(session, case, "result_to_applicant", self._member(case.receiving_code, Role.WINDOW))

    def _arrived(self, session: Session, case: Case, direction: str, who: Who) -> None:
        parcels = select(Shipment).where(Shipment.case_seq == case.seq, Shipment.direction == direction)
        for parcel in session.scalars(parcels.order_by(Shipment.id)):
            shipments.delivered(session, parcel, case, who, self._clock())

    def _rate(self, session: Session, case: Case, score: str) -> None:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        bad = int(score) <= rating.BAD
        said = rating.Said(
            key,
            int(score),
            ("办事效率",) if bad else (),
            rated(int(score)),
            terminal_id=case.terminal_id,
        )
        rating.record(session, self._centre.keys.vault, said, case, self._clock())

    def _verify_rating(self, session: Session, case: Case, _: str) -> None:
        found = session.scalars(select(Rating).where(Rating.case_seq == case.seq)).one()
        rating.verify(session, self._member(case.receiving_code, Role.WINDOW), found, genuine=True, at=self._clock())

    def _complain(self, session: Session, case: Case, _: str) -> None:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        said = complaints.Said(key, "complaint", complained(case.seq), "19900000001", case.terminal_id)
        complaints.record(session, self._centre.keys.vault, said, case, self._clock())

    def _supplement(self, one: _Case) -> None:
        """The applicant adds a page at a terminal."""
        with self._centre.database.reading() as session:
            case = session.scalars(select(Case).where(Case.case_number == one.number)).one()
            material = open_case(session, self._centre.keys, case).application.materials[-1]
        data = page(material.name, ["补充页，已加盖公章"], one.serial)
        ref = FileRef(sha256=sha256_hex(data), size=len(data))
        added = Supplement(
            supplement_id=UUID(int=self._chance.getrandbits(128), version=4),
            case_number=case.case_number,
            slip_number=case.slip_number,
            created_at=self._clock(),
            terminal_id=terminal_of(one.story.receiving),
            materials=(Material(code=material.code, name=material.name, pages=(Page(file=ref, paper="a4", dpi=75),)),),
        )
        envelope = seal_supplement(added, {ref.sha256: data}, self._centre.keys.published.key())
        for part in envelope.manifest.files:
            self._centre.parts.put(part.sha256, envelope.parts[part.name])
        submission = SupplementSubmission(
            case_number=case.case_number,
            proof=Proof(slip_number=case.slip_number, query_code=case.query_code),
            manifest=envelope.manifest,
            sealed_supplement=base64.b64encode(envelope.parts["supplement"]).decode(),
        )
        supplements.receive(replace(self._centre, casework=self._casework), submission)

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
_BESIDE: Mapping[str, Callable[[Stage, Session, Case, str], None]] = {
    "check": Stage._check,
    "check_fails": Stage._check_fails,
    "take": Stage._take,
    "contact": Stage._contact,
    "book_video": Stage._book_video,
    "video": Stage._video,
    "ask_to_withdraw": Stage._ask_to_withdraw,
    "send_papers": Stage._send_papers,
    "transmit": Stage._transmit,
    "papers_arrive": Stage._papers_arrive,
    "result_arrives": Stage._result_arrives,
    "send_result": Stage._send_result,
    "rate": Stage._rate,
    "verify_rating": Stage._verify_rating,
    "complain": Stage._complain,
}


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
