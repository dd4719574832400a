"""What a story of the demonstration does beside the lifecycle: checks, contacts, video, parcels, voices, supplements."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from central import supplements
from central.casework import records, withdrawals
from central.casework.acts import Act
from central.casework.checklist import WHOLE
from central.casework.service import Casework
from central.casework.terms import Role
from central.casework.who import Who, applicant
from central.catalogue.lookup import item_facts
from central.centre import CentreParts
from central.demo import licences
from central.demo.applications import page
from central.demo.cast import Cast
from central.demo.reasons import BEYOND, complained, rated
from central.ledger import complaints, rating
from central.opened import open_case
from central.services import shipments, video
from central.store.models import Case, Rating, Shipment
from kiosk.protocol.application import DeliveryMethod, FileRef, Material, Mode, Page
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.proof import Proof
from kiosk.protocol.supplement import Supplement, SupplementSubmission, seal_supplement


class Acts:
    """Does them by the calls that the desk and the terminals make.

    Args:
        centre: where.
        casework: its door.
        cast: who does it.
        clock: when.
        chance: for the numbers of requests; the same play for the same seed.
    """

    def __init__(
        self, centre: CentreParts, casework: Casework, cast: Cast, clock: Callable[[], datetime], chance: random.Random
    ) -> None:
        self._centre = centre
        self._casework = casework
        self._cast = cast
        self._clock = clock
        self._chance = chance

    @staticmethod
    def known(name: str) -> bool:
        """Whether this is one of them."""
        return name in _ACTS

    def do(self, name: str, session: Session, case: Case, argument: str) -> None:
        """Do the act called `name`."""
        _ACTS[name](self, session, case, argument)

    def _check(self, session: Session, case: Case, _: str, *, passes: bool = True) -> None:
        who = self._cast.member(case.receiving_code, Role.WINDOW)
        application = open_case(session, self._centre.keys, case).application
        item = item_facts(session, case.item_id, case.catalogue_version)
        licences.ask(self._casework.office, session, case, who, application)
        for number, material in enumerate(application.materials):
            fails = not passes and number == len(application.materials) - 1
            problem = "第 2 页缺少公章" if fails else ""
            records.formal_check(self._casework.office, session, case, who, material.code, WHOLE, not fails, problem)
            listed = item.material(material.code)
            if passes and listed is not None and listed.original_required and case.mode != Mode.FULL_ONLINE:
                records.original_seen(self._casework.office, session, case, who, material.code)

    def _check_fails(self, session: Session, case: Case, _: str) -> None:
        self._check(session, case, "", passes=False)

    def _ask_beyond(self, session: Session, case: Case, _: str) -> None:
        """A supervisor asks for what the list does not name, by an article of law."""
        who = self._cast.member(case.receiving_code, Role.SUPERVISOR)
        act = Act(case.case_number, "notify_once", case.version, problems=(BEYOND,))
        self._casework.perform_in(session, who, act, case)

    def _take(self, session: Session, case: Case, _: str) -> None:
        records.take(self._casework.office, session, case, self._cast.member(case.receiving_code, Role.WINDOW))

    def _contact(self, session: Session, case: Case, _: str) -> None:
        who = self._cast.member(case.receiving_code, Role.WINDOW)
        there = f"{case.handling_name.split()[-1]}政务服务中心 跨省通办专窗"
        records.contact(
            self._casework.office, session, case, who, "phone", there, "not_crossable", "对方答复须本地办理"
        )

    def _book_video(self, session: Session, case: Case, _: str, *, ahead: timedelta = timedelta(hours=2)) -> None:
        who, at = self._cast.member(case.receiving_code, Role.WINDOW), self._clock()
        invited = [
            video.Invited(code, f"{name.split()[-1]}政务服务中心", self._cast.member(code, Role.WINDOW).name)
            for code, name in video.places_of(session, case).items()
        ]
        video.book(session, self._centre.keys.vault, case, who, invited, at, at + ahead)

    def _video(self, session: Session, case: Case, _: str) -> None:
        self._book_video(session, case, "", ahead=timedelta())
        session.flush()
        held = video.latest(session, case)
        assert held is not None  # noqa: S101  # booked a line above
        for party in list(held.parties):
            there = self._cast.member(party.region_code, Role.WINDOW)
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
        shipments.pack(session, keys.vault, parcel, case, who, contents, at, seal_number=f"F{case.seq:06d}")
        shipments.sent(session, parcel, case, who, f"EX{990000000 + parcel.id}CN", at + timedelta(minutes=1))

    def _send_papers(self, session: Session, case: Case, _: str) -> None:
        if case.paper_needed:
            who = self._cast.member(case.receiving_code, Role.WINDOW)
            self._send(session, case, who, "to_handling", ["申请表 1 份", "原件 1 份"])

    def _transmit(self, session: Session, case: Case, _: str) -> None:
        who = self._cast.member(case.receiving_code, Role.WINDOW)
        records.transmitted(self._casework.office, session, case, who)

    def _send_result(self, session: Session, case: Case, _: str) -> None:
        who = self._cast.member(case.handling_code, Role.APPROVER, case.sector)
        home = case.delivery == DeliveryMethod.EMS_TO_APPLICANT
        self._send(session, case, who, "result_to_applicant" if home else "result_to_desk", ["结果证照 1 份"])

    def _papers_arrive(self, session: Session, case: Case, _: str) -> None:
        self._arrived(session, case, "to_handling", self._cast.member(case.handling_code, Role.WINDOW))

    def _result_arrives(self, session: Session, case: Case, _: str) -> None:
        self._arrived(session, case, "result_to_applicant", self._cast.member(case.receiving_code, Role.WINDOW))

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
        rating.verify(
            session, self._cast.member(case.receiving_code, Role.WINDOW), found, genuine=True, at=self._clock()
        )

    def _complain(self, session: Session, case: Case, _: str) -> None:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        said = complaints.Said(key, "complaint", complained(case.seq), "19900000001", case.terminal_id)
        complaints.record(session, self._centre.keys.vault, said, case, self._clock())

    def supplement(self, number: str, terminal_id: str, serial: int) -> None:
        """The applicant adds a page at a terminal."""
        with self._centre.database.reading() as session:
            case = session.scalars(select(Case).where(Case.case_number == number)).one()
            material = open_case(session, self._centre.keys, case).application.materials[-1]
        data = page(material.name, ["补充页，已加盖公章"], serial)
        ref = FileRef(sha256=sha256_hex(data), size=len(data))
        added = Supplement(
            supplement_id=UUID(int=self._chance.getrandbits(128), version=4),
            case_number=case.case_number,
            slip_number=case.slip_number,
            created_at=self._clock(),
            terminal_id=terminal_id,
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


_ACTS: Mapping[str, Callable[[Acts, Session, Case, str], None]] = {
    "check": Acts._check,
    "check_fails": Acts._check_fails,
    "ask_beyond": Acts._ask_beyond,
    "take": Acts._take,
    "contact": Acts._contact,
    "book_video": Acts._book_video,
    "video": Acts._video,
    "ask_to_withdraw": Acts._ask_to_withdraw,
    "send_papers": Acts._send_papers,
    "transmit": Acts._transmit,
    "papers_arrive": Acts._papers_arrive,
    "result_arrives": Acts._result_arrives,
    "send_result": Acts._send_result,
    "rate": Acts._rate,
    "verify_rating": Acts._verify_rating,
    "complain": Acts._complain,
}
