"""What else happens at the demonstration's places, day by day: voices, oversight, fees, the catalogue's editing, exports.

Played beside the cases (see `central.demo.stage`), so that numbers and the audit trail stay in order of time.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from central import help_tasks
from central.casework import calendar
from central.casework.terms import Right, Role
from central.casework.who import Who
from central.catalogue import editing, publishing
from central.centre import CentreParts
from central.demo import keeping, platforms, releases
from central.demo.applications import terminal_of
from central.demo.world import GENHE, PINGLUO, QINGYANG, WUSHEN
from central.ledger import complaints, rating, rectification
from central.ledger.filters import LedgerFilter
from central.services import payments
from central.store.models import Case, Contact, Grant, HelpTask, Rectification, Revisit, Unit
from kiosk.protocol.help import HelpCall

Edit = Callable[[dict[str, Any]], None]


class Beside:
    """Plays it with the centre's clock where the stage has set it."""

    def __init__(self, centre: CentreParts, people: Sequence[Who], clock: Callable[[], datetime], seed: int) -> None:
        self._centre = centre
        self._people = people
        self._clock = clock
        self._chance = random.Random(seed)  # noqa: S311  # invented, the same for the same seed
        self._chief = self._member(WUSHEN.code, Role.SUPERVISOR)
        self._clerk = self._member(WUSHEN.code, Role.WINDOW)

    def run(self, until: datetime) -> Iterator[datetime]:
        """Does what is due each time it is asked to go on; yields when to ask next."""
        work = calendar.load()
        days: tuple[tuple[int, Callable[[Session, datetime], None]], ...] = (
            (8, self._agreements),
            (7, self._first_voices),
            (6, self._demanded),
            (5, self._replied),
            (4, self._closed),
            (3, self._more_voices),
            (2, self._answers),
            (1, self._more_oversight),
        )
        for number, act in days:
            yield work.before(until, number)
            with self._centre.database.writing() as session:
                act(session, self._clock())
        yield until - timedelta(minutes=4)
        with self._centre.database.writing() as session:
            for act in (self._fees, self._tried_first, self._catalogue, self._todays_oversight, self._calls_for_help):
                act(session, self._clock())
            keeping.hold(session, self._centre, self._chief, self._clock())
        keeping.delete(self._centre, self._clock())
        yield until - timedelta(minutes=2)
        self._exports()

    def _calls_for_help(self, session: Session, at: datetime) -> None:
        """At the terminals of 乌审旗: one call dealt with, one that a clerk has gone to, one that waits (R170)."""
        for number, minutes, step in ((1, 9, "PlaceCard"), (2, 6, "Capture"), (3, 3, "Form")):
            called = at - timedelta(minutes=minutes)
            call = HelpCall(
                request_id=UUID(int=self._chance.getrandbits(128), version=4),
                terminal_id=f"{WUSHEN.key.upper()}-0{number}",
                region_code=WUSHEN.code,
                place="乌审旗 24 小时自助区",
                step=step,
                called_at=called,
            )
            help_tasks.put_in(session, call, called)
        session.flush()
        first, second, _ = session.scalars(select(HelpTask).order_by(HelpTask.id)).all()
        for task in (first, second):
            help_tasks.take(session, task, self._clerk, at)
        office = self._centre.casework.office
        help_tasks.close(session, office, first, self._clerk, "guided", at)

    # What places agree

    def _agreements(self, session: Session, at: datetime) -> None:
        """Who answers the telephone at the departments; a grant and an exception of two pairs of places."""
        administrator = self._of_role(Role.ADMINISTRATOR)
        recorder = administrator.user_id
        platforms.admit(session, administrator, at)
        departments = select(Unit).where(Unit.region_code == WUSHEN.code, Unit.kind == "department").order_by(Unit.id)
        for unit in session.scalars(departments):
            session.add(
                Contact(
                    region_code=unit.region_code,
                    region_name=unit.region_name,
                    unit_name=unit.name,
                    person="综合股",
                    duty="审批部门联系人",
                    phone=unit.phone,
                    hours="工作日 09:00-12:00 14:30-17:30",
                    address=unit.address,
                    updated_at=at,
                )
            )
        session.add(
            Grant(
                grantor_region=PINGLUO.code,
                grantee_region=WUSHEN.code,
                right=Right.COLLECT.value,
                since=at,
                basis="平罗县、乌审旗跨省通办合作协议 第三条",
                recorded_by=recorder,
            )
        )
        session.add(
            Grant(
                grantor_region=QINGYANG.code,
                grantee_region=GENHE.code,
                item_id="C113",
                right=Right.COLLECT.value,
                allowed=False,
                since=at,
                basis="青阳县复函：结婚登记须双方到场，不委托收件",
                recorded_by=recorder,
            )
        )

    # Voices

    def _first_voices(self, session: Session, at: datetime) -> None:
        self._visit(session, at, 5, "机器会念出来，老人也能自己办。")
        self._visit(session, at, 4)
        bad = self._visit(session, at, 2, "拍材料反光，拍了好几次。", "设备使用")
        rating.verify(session, self._clerk, bad, genuine=True, at=at)
        rating.put_right(session, self._vault, self._clerk, bad, "已调整灯光，并请导办人员在旁协助拍照。", at)
        rating.call_back(session, self._clerk, bad, at)
        rating.close(session, self._clerk, bad, at)

    def _more_voices(self, session: Session, at: datetime) -> None:
        self._visit(session, at, 5)
        self._visit(session, at, 3, "字可以再大一些。")
        self._voice(session, at, "suggestion", "希望自助区周末也有人指导。")
        self._voice(session, at, "issue", "凭条上的二维码有点小，手机不好扫。")

    def _answers(self, session: Session, at: datetime) -> None:
        said = self._voice(session, at, "report", "自助区有人收费代填表。")
        complaints.take(session, self._chief, said, at)
        reply = "已现场核实并劝离，自助区加贴“代办帮办不收费”提示，欢迎继续监督。"
        complaints.close(session, self._vault, self._chief, said, reply, at)

    def _visit(self, session: Session, at: datetime, score: int, words: str = "", reason: str = "") -> Any:
        said = rating.Said(
            self._key(),
            score,
            (reason,) if reason else (),
            words,
            visit=self._key(),
            terminal_id=terminal_of(WUSHEN),
            region_code=WUSHEN.code,
        )
        return rating.record(session, self._vault, said, None, at)

    def _voice(self, session: Session, at: datetime, kind: str, words: str) -> Any:
        said = complaints.Said(self._key(), kind, words, "", terminal_of(WUSHEN), WUSHEN.code)
        return complaints.record(session, self._vault, said, None, at)

    # A supervisor's work

    def _demanded(self, session: Session, at: datetime) -> None:
        hall = self._clerk.unit_id or 0
        rectification.demand(
            session, self._vault, self._chief, hall, "ageing", "请每日上班后先查看待收件清单。", None, at
        )

    def _replied(self, session: Session, at: datetime) -> None:
        for asked in session.scalars(select(Rectification).where(Rectification.replied_at.is_(None))):
            rectification.reply(session, self._vault, self._clerk, asked, "已安排专人，每日 9:10、13:40 两次查看。", at)

    def _closed(self, session: Session, at: datetime) -> None:
        for asked in session.scalars(select(Rectification).where(Rectification.closed_at.is_(None))):
            rectification.close(session, self._chief, asked, at)

    def _more_oversight(self, session: Session, at: datetime) -> None:
        hall = self._clerk.unit_id or 0
        demand = "自助区打印纸两次用完无人更换，请落实巡检。"
        rectification.demand(session, self._vault, self._chief, hall, "other", demand, None, at)

    def _todays_oversight(self, session: Session, at: datetime) -> None:
        for asked in session.scalars(select(Rectification).where(Rectification.replied_at.is_(None))):
            rectification.reply(
                session, self._vault, self._clerk, asked, "已改为每日开门、午后各巡检一次，并留备用纸。", at
            )
        departments = select(Unit).where(Unit.region_code == WUSHEN.code, Unit.kind == "department")
        for unit in session.scalars(departments.order_by(Unit.id.desc()).limit(1)):
            demand = "两件已超过承诺时限，请三个工作日内办结并说明原因。"
            rectification.demand(session, self._vault, self._chief, unit.id, "overdue", demand, None, at)
        drawn: list[Revisit] = rectification.draw(session, self._chief, 3, at, self._chance)
        for one in drawn[1:2]:
            rectification.called(session, self._vault, self._chief, one, "satisfied", "问了送达和态度，都满意。", at)

    # Fees

    def _fees(self, session: Session, at: datetime) -> None:
        """Cards cost something: one fee is due, one was paid by a code, one in cash, one was paid back."""
        cards = select(Case).where(
            Case.item_id == "C003",
            Case.receiving_code == WUSHEN.code,
            Case.collected_at.is_not(None),
        )
        for number, case in enumerate(session.scalars(cards.order_by(Case.seq).limit(4))):
            fee = payments.due(session, case, self._clerk, "licence_cost", 2000, at)
            if number == 0:
                continue
            way = "cash" if number == 2 else "code"
            payments.paid(session, self._vault, fee, case, self._clerk, way, f"PJ{20261100 + number}", at)
            if number == 3:
                payments.refunded(session, fee, case, self._clerk, at)

    # The catalogue

    def _tried_first(self, session: Session, at: datetime) -> None:
        editor, reviewer = self._of_role(Role.CATALOGUE_EDITOR), self._of_role(Role.CATALOGUE_REVIEWER)
        releases.tried_first(session, self._centre, editor, reviewer, at)

    def _catalogue(self, session: Session, at: datetime) -> None:
        """A change in each state: approved, to be reviewed, sent back, being written."""
        if publishing.latest(session, "catalogue") is None:
            return
        editor = self._of_role(Role.CATALOGUE_EDITOR)
        reviewer = self._of_role(Role.CATALOGUE_REVIEWER)

        def sooner(value: dict[str, Any]) -> None:
            value["office"]["promise_days"] -= 1

        def confirmed(value: dict[str, Any]) -> None:
            value["office"]["confirmed"] = True

        def draft(key: str, edit: Edit, note: str) -> Any:
            begun = editing.begin(session, editor, "catalogue", key, at)
            value = json.loads(begun.content)
            edit(value)
            editing.save(session, editor, begun, begun.version, value, note, at)
            return begun

        def handed_in(key: str, edit: Edit, note: str) -> Any:
            begun = draft(key, edit, note)
            editing.hand_in(session, editor, begun, begun.version, at)
            return begun

        approved = handed_in("C003", sooner, "人社部门提速：承诺时限减少 1 个工作日")
        editing.review(session, reviewer, approved, approved.version, True, "已与人社部门核对。", at)
        handed_in("C001", confirmed, "医保部门已书面核定本事项")
        back = handed_in("C007", sooner, "公积金中心提速")
        editing.review(session, reviewer, back, back.version, False, "请附公积金中心的书面意见再交。", at)
        draft("C018", sooner, "就业部门提速，待书面意见")

    # Exports

    def _exports(self) -> None:
        asks = (
            ("报市政务服务局月度通报", "xlsx", LedgerFilter()),
            ("主管例会：超期办件逐件过", "csv", LedgerFilter(overdue=True, direction="out")),
        )
        for purpose, kind, asked in asks:
            self._centre.exports.ask(self._chief, purpose, kind, asked)
            self._centre.exports.step()

    @property
    def _vault(self) -> Any:
        return self._centre.keys.vault

    def _key(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def _member(self, place: str, role: Role) -> Who:
        return next(one for one in self._people if one.region_code == place and one.has(role))

    def _of_role(self, role: Role) -> Who:
        return next(one for one in self._people if one.has(role))
