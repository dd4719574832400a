"""A casework office for tests: two places with their staff, a clock one sets, and doubles that remember what was asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from central import keys
from central.casework.acts import Act, Performed, Problem
from central.casework.calendar import CHINA, WorkCalendar
from central.casework.office import shipped_calendar
from central.casework.ports import DocumentFacts
from central.casework.service import Casework
from central.casework.terms import DocumentKind, NoticeKind, Right, Role
from central.casework.who import Who, staff
from central.catalogue.facts import ItemFacts, MaterialFacts
from central.store.database import Database
from central.store.models import Case, CaseEvent, Clock, Document, Grant, SubCase, Unit, User, VideoParty, VideoSession
from kiosk.protocol.application import DeliveryMethod, Mode, Region
from kiosk.protocol.states import State
from tests.central.rig import application_of, photo
from tests.central.rig import number as slip_number

HERE, THERE, THIRD, FOURTH = "150626", "640221", "340223", "510681"
"""Receiving place, handling place, and two more handling places."""
REGION = "150600"
START = datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)
"""A Friday morning, desks open."""
BASIS = "办事指南 第三条"
REASON = "户口簿缺少户主页"
PROBLEMS = (Problem("户口簿", "缺户主页", BASIS, "请补拍户主页", material="HUKOU"),)


@dataclass
class Issued:
    """What an Issuer was asked for."""

    kind: DocumentKind
    case_number: str
    facts: DocumentFacts
    sub_case_id: int | None
    number: str


class PaperIssuer:
    """An Issuer that numbers documents and remembers them."""

    def __init__(self) -> None:
        self.issued: list[Issued] = []
        self._numbers = itertools.count(1)

    def issue(
        self,
        session: Session,
        kind: DocumentKind,
        case: Case,
        who: Who,
        facts: DocumentFacts,
        at: datetime,
        sub_case_id: int | None = None,
    ) -> Document:
        assert who.unit_id is not None, "a document has an issuing unit"
        number = f"{kind}〔2026〕{next(self._numbers):05d}号"
        document = Document(
            case_seq=case.seq,
            sub_case_id=sub_case_id,
            kind=kind,
            number=number,
            check_code=uuid4().hex,
            unit_id=who.unit_id,
            user_id=who.user_id,
            issued_at=at,
            content_sealed=b"",
        )
        session.add(document)
        session.flush()
        self.issued.append(Issued(kind, case.case_number, facts, sub_case_id, number))
        return document


class PaperNotifier:
    """A Notifier that remembers."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, NoticeKind, dict[str, str]]] = []

    def notify(self, session: Session, case: Case, kind: NoticeKind, params: Mapping[str, str], at: datetime) -> None:
        assert all(isinstance(value, str) for value in params.values())
        self.sent.append((case.case_number, kind, dict(params)))

    def kinds(self, case_number: str) -> list[NoticeKind]:
        return [kind for number, kind, _ in self.sent if number == case_number]


ITEM = ItemFacts(
    "C001",
    "异地就医结算备案",
    sector="医保",
    promise_days=7,
    licence=True,
    prereview=True,
    materials=(
        MaterialFacts("HUKOU", "户口簿", points=("齐全", "清晰")),
        MaterialFacts("FORM", "申请表", points=("签名",)),
    ),
)


@dataclass
class OfficeRig:
    """Two places, four more people than needed, and a clock."""

    database: Database
    folder: Path
    item: ItemFacts = ITEM
    time: datetime = START
    materials: dict[str, str] = field(default_factory=dict)
    """The citizen's checklist; empty: nothing to check."""
    calendar: Callable[[Session], WorkCalendar] = shipped_calendar

    def __post_init__(self) -> None:
        self.keys = keys.create(self.folder / "office-keys")
        self.papers = PaperIssuer()
        self.notices = PaperNotifier()
        self.casework = Casework(
            self.database,
            self.keys,
            self.papers,
            self.notices,
            lambda: self.time,
            calendar=self.calendar,
            item=lambda *_: self.item,
            materials=lambda *_: self.materials,
        )
        self.people: dict[str, Who] = {}
        self._cases = itertools.count(1)
        with self.database.writing() as session:
            self._hire(session)
            for right in Right:
                session.add(
                    Grant(grantor_region="*", grantee_region="*", right=right, since=START - timedelta(days=400))
                )

    def begin_anew(self) -> None:
        """Forget what one test changed; its cases stay, and concern nobody else."""
        self.time, self.item, self.materials = START, ITEM, {}
        self.papers.issued.clear()
        self.notices.sent.clear()
        with self.database.writing() as session:
            session.execute(delete(Grant).where(Grant.grantor_region != "*"))

    def _hire(self, session: Session) -> None:
        for place in (HERE, THERE, THIRD, FOURTH, REGION):
            for kind in ("hall", "department"):
                session.add(
                    Unit(
                        code=f"{place}-{kind}",
                        name=f"{place} 的{'政务服务中心' if kind == 'hall' else '审批部门'}",
                        short_name=place,
                        region_code=place,
                        region_name=place,
                        kind=kind,
                    )
                )
        session.flush()
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
        wanted = {
            "desk": (f"{HERE}-hall", [Role.WINDOW]),
            "desk_colleague": (f"{HERE}-hall", [Role.WINDOW]),
            "approver_here": (f"{HERE}-department", [Role.APPROVER]),
            "supervisor": (f"{HERE}-hall", [Role.SUPERVISOR]),
            "supervisor_above": (f"{REGION}-hall", [Role.SUPERVISOR]),
            "supervisor_there": (f"{THERE}-hall", [Role.SUPERVISOR]),
            "desk_there": (f"{THERE}-hall", [Role.WINDOW]),
            "dept_there": (f"{THERE}-department", [Role.APPROVER]),
            "dept_colleague": (f"{THERE}-department", [Role.APPROVER]),
            "dept_other_sector": (f"{THERE}-department", [Role.APPROVER]),
            "desk_third": (f"{THIRD}-hall", [Role.WINDOW]),
            "dept_third": (f"{THIRD}-department", [Role.APPROVER]),
            "desk_fourth": (f"{FOURTH}-hall", [Role.WINDOW]),
            "dept_fourth": (f"{FOURTH}-department", [Role.APPROVER]),
            "administrator": (f"{HERE}-hall", [Role.ADMINISTRATOR]),
            "auditor": (f"{HERE}-hall", [Role.AUDITOR]),
        }
        for login, (unit, roles) in wanted.items():
            session.add(
                User(
                    login=login,
                    name=login,
                    unit=units[unit],
                    roles=[role.value for role in roles],
                    sectors=["公安"] if login == "dept_other_sector" else [],
                    password_hash="",
                    created_at=START,
                )
            )
        session.flush()
        self.people = {user.login: staff(user) for user in session.scalars(select(User))}

    def case(
        self,
        mode: Mode,
        state: State = State.SUBMITTED,
        *,
        further: tuple[str, ...] = (),
        profile: str = "wushen",
        delivery: DeliveryMethod = DeliveryMethod.EMS_TO_APPLICANT,
        **columns: Any,
    ) -> str:
        """Store a case in `state`; returns its number."""
        number = f"{HERE}-20261120-{next(self._cases):06d}"
        values = {
            "application_id": str(uuid4()),
            "case_number": number,
            "slip_number": number,
            "query_code": "7K4M9Q2P",
            "applicant_index": "i",
            "name_index": "n",
            "applicant_masked": "王**",
            "id_masked": "150785********0012",
            "terminal_id": "WSQ-03",
            "receiving_code": HERE,
            "receiving_name": "内蒙古 鄂尔多斯市 乌审旗",
            "handling_code": THERE,
            "handling_name": "宁夏 石嘴山市 平罗县",
            "item_id": self.item.item_id,
            "item_name": self.item.name,
            "sector": self.item.sector,
            "catalogue_version": "2026-11-20",
            "mode": mode,
            "scope": "cross_province",
            "profile": profile,
            "state": state,
            "delivery": delivery,
            "received_at": self.time,
            "updated_at": self.time,
        }
        with self.database.writing() as session:
            case = Case(**{**values, **columns})
            session.add(case)
            session.flush()
            if further:
                for place in (THERE, *further):
                    session.add(
                        SubCase(
                            case_seq=case.seq, region_code=place, region_name=place, state=state, updated_at=self.time
                        )
                    )
        return number

    def held_video(self, number: str, *cleared: str, outcome: str = "cleared") -> None:
        """A consultation in which these places concluded that all is well."""
        desk = self.people["desk"]
        with self.database.writing() as session:
            session.add(
                VideoSession(
                    case_seq=self.find(session, number).seq,
                    initiator_unit_id=desk.unit_id,
                    user_id=desk.user_id,
                    outcome=outcome,
                    parties=[VideoParty(region_code=place, conclusion="cleared") for place in cleared],
                )
            )

    def begun(self, mode: Mode, *further: str, away: bool = False) -> str:
        """A case that began as intake begins it; returns its number."""
        application, _ = application_of("wang", slip_number(1), [photo(400)])
        regions = tuple(Region(code=code, name=code) for code in further)
        application = application.model_copy(
            update={"mode": mode, "network_away": away, "further_handling_regions": regions}
        )
        number = self.case(mode)
        with self.database.writing() as session:
            self.casework.begin(session, self.find(session, number), application)
        return number

    def do(self, login: str | Who, number: str, event: str, **given: Any) -> Performed:
        """Act on the case as it is now, with everything a form could ask."""
        who = login if isinstance(login, Who) else self.people[login]
        place = given.pop("place", None)
        with self.database.reading() as session:
            case = self.find(session, number)
            part = next((one.id for one in case.sub_cases if one.region_code == place), None)
            version = given.pop("version", case.version)
        return self.casework.perform(who, Act(number, event, version, sub_case_id=part, **(FILLED_IN | given)))

    @staticmethod
    def find(session: Session, number: str) -> Case:
        """The case."""
        return session.scalars(select(Case).where(Case.case_number == number)).one()

    def state(self, number: str) -> State:
        """Where it stands."""
        with self.database.reading() as session:
            return State(self.find(session, number).state)

    def lines(self, number: str) -> list[CaseEvent]:
        """Its ledger."""
        with self.database.reading() as session:
            seq = self.find(session, number).seq
            return list(session.scalars(select(CaseEvent).where(CaseEvent.case_seq == seq).order_by(CaseEvent.id)))

    def clocks(self, number: str) -> dict[str, Clock]:
        """Its running clocks."""
        with self.database.reading() as session:
            seq = self.find(session, number).seq
            rows = session.scalars(select(Clock).where(Clock.case_seq == seq, Clock.stopped_at.is_(None)))
            return {row.clock: row for row in rows}


FILLED_IN: dict[str, Any] = {
    "reason": REASON,
    "basis": BASIS,
    "problems": PROBLEMS,
    "extra": {
        "refusal_kind": "not_crossable",
        "returned": "on_the_spot",
        "result_text": "准予备案",
        "result_number": "医备〔2026〕1号",
        "false_material": "户口簿",
        "archive_number": "2026-A-1",
    },
}


def at(text: str) -> datetime:
    """A time in China, as in "2026-11-20 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, as the database gives it."""
    return moment.astimezone(UTC)
