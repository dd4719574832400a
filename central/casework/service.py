"""Casework: what the lifecycle allows, done for real. One act is one transaction, and leaves everything it must behind.

Ledger line, documents, clocks, times, flags, notice and audit entry go with the move or not at all. Of two clerks who act
on the same version of a case one wins; the other is told what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central.casework import access, beginning, guards, lifecycle, listed, reading, records, telling
from central.casework.acts import Act, Conflict, Deadline, NextAct, Performed, Problem, Refused, Words
from central.casework.calendar import WorkCalendar
from central.casework.checklist import checklist
from central.casework.deadlines import deadlines
from central.casework.grants import RIGHT_OF, granted
from central.casework.lifecycle import Flow, Transition
from central.casework.moving import Move, carry_out, carry_out_part
from central.casework.office import Office, shipped_calendar, shipped_profiles
from central.casework.ports import Issuer, Notifier
from central.casework.profiles import Profiles
from central.casework.recounting import Recounting
from central.casework.rights import actors, places_of, supervises
from central.casework.subcases import COMPOSED, PER_PLACE
from central.casework.terms import Actor, NoticeKind
from central.casework.timers import Timers
from central.casework.who import SYSTEM, Who
from central.catalogue.facts import ItemFacts
from central.catalogue.lookup import item_facts
from central.keys import KeyRing
from central.store.database import Database
from central.store.models import Case, CaseEvent, Clock, SubCase, Unit
from central.times import CHINA
from kiosk.protocol.application import Application
from kiosk.protocol.states import State

_ASKING = "notify_once"
"""The event by which something is asked of the applicant; what else lists problems ends the case."""
_AT_ANY_TIME = frozenset({"withdraw", "revoke", "rate"})
_PEOPLE = {
    Actor.APPLICANT: Words("申请人", "the applicant"),
    Actor.RECEIVING_DESK: Words("收件地窗口", "the receiving place's desk"),
    Actor.PICKUP_DESK: Words("领取地窗口", "the desk where the result is collected"),
    Actor.HANDLING_DESK: Words("办理地窗口", "the handling place's desk"),
    Actor.HANDLING_DEPT: Words("办理地审批部门", "the handling place's department"),
    Actor.ACCEPTING: Words("负责受理的单位", "whoever accepts"),
}


class Casework:
    """The service. Thread-safe: it keeps nothing between acts."""

    def __init__(
        self,
        database: Database,
        keys: KeyRing,
        issue: Issuer,
        notify: Notifier,
        now: Callable[[], datetime],
        *,
        calendar: Callable[[Session], WorkCalendar] = shipped_calendar,
        profiles: Callable[[Session], Profiles] = shipped_profiles,
        item: Callable[[Session, str, str], ItemFacts] = item_facts,
        materials: Callable[[Session, KeyRing, Case, ItemFacts], Mapping[str, str]] = checklist,
    ) -> None:
        self._database = database
        self.office = Office(keys, issue, notify, now, calendar, profiles, item, materials)
        """What `central.casework.records` works with."""
        self._lifecycle = lifecycle.load()
        self._by_people = sorted(self._lifecycle.events.keys() - COMPOSED)

    # What comes in

    def begin(self, session: Session, case: Case, application: Application) -> None:
        """Begin a case that is stored and has its number: sub-cases, clocks, ledger, N1; in the caller's transaction.

        Intake, which takes in many at once, uses `beginning.begin` itself and puts the rows in together.
        """
        began = beginning.begin(application, self.office.setting(session, case), case.received_at)
        for column, value in began.case.items():
            setattr(case, column, value)
        clocks, events, sub_cases = began.rows(case.seq)
        session.add_all([Clock(**row) for row in clocks])
        session.add_all([CaseEvent(**row) for row in events])
        session.add_all([SubCase(**row) for row in sub_cases])
        params = {"case_number": case.case_number}
        self.office.notify.notify(session, case, NoticeKind.SUBMITTED, params, case.received_at)

    def supplemented(self, session: Session, case: Case, who: Who) -> None:
        """The applicant's supplement has been stored: go on with the case, in the caller's transaction.

        Raises:
            Refused: the case does not wait for one.
        """
        self.perform_in(session, who, Act(case.case_number, "supplement", case.version), case)

    # What people do

    def next_acts(self, session: Session, case: Case, who: Who) -> tuple[NextAct, ...]:
        """What this member of staff may do with the case now, by itself or for a sub-case, with what is missing."""
        flow = self._lifecycle.flow(case.mode)
        offered: list[tuple[SubCase | None, Transition]] = [
            (None, one) for one in flow.leaving(State(case.state)) if not (case.sub_cases and one.event in PER_PLACE)
        ]
        if State(case.state) not in self._lifecycle.terminal:
            offered += [
                (part, one)
                for part in case.sub_cases
                for one in flow.leaving(State(part.state))
                if one.event in PER_PLACE
            ]
        mine = [(part, one) for part, one in offered if self._actor(session, case, part, one, who) is not None]
        wanted = {guard for _, one in mine for guard in one.guards}
        facts = reading.facts(session, self.office, case, wanted)
        return tuple(
            self._next(session, case, part, one, facts, who)
            for part, one in mine
            if not any(guard in guards.FIXED and guards.unmet(guard, facts) for guard in one.guards)
        )

    def waits_for(self, case: Case) -> tuple[Words, ...]:
        """Whose turn it is, for somebody who can do nothing now: the people whose act the lifecycle expects next."""
        leaving = self._lifecycle.flow(case.mode).leaving(State(case.state))
        expected = {actor for one in leaving if one.event not in _AT_ANY_TIME for actor in one.actors}
        return tuple(words for actor, words in _PEOPLE.items() if actor in expected)

    def perform(self, who: Who, act: Act) -> Performed:
        """Do it, in a transaction of its own.

        Raises:
            Refused, Conflict: nothing has changed.
        """
        with self._database.writing() as session:
            if who.not_staff is None:
                case = access.find(session, who, act.case_number) or access.find_waiting(session, who, act.case_number)
            else:
                case = session.scalar(select(Case).where(Case.case_number == act.case_number))
            if case is None:
                raise Refused(
                    "not_found",
                    Words(
                        "没有这一办件，或不归您的单位办理。请核对办件号",
                        "There is no such case, or it is not your unit's. Check the number",
                    ),
                )
            return self.perform_in(session, who, act, case)

    def perform_in(self, session: Session, who: Who, act: Act, case: Case) -> Performed:
        """Do it in the caller's transaction, on a case the caller has found (and may see).

        Raises:
            Refused, Conflict: the caller rolls back.
        """
        self._seize(session, case, act)
        flow = self._lifecycle.flow(case.mode)
        part = self._part(case, act)
        transition = self._transition(session, flow, case, part, act)
        actor = self._actor(session, case, part, transition, who)
        if actor is None:
            raise Refused("not_yours", self._not_yours(transition))
        facts = reading.facts(session, self.office, case, transition.guards)
        outside = listed.outside(reading.listed_for(session, self.office, case), act.problems) if act.problems else ()
        self._check(session, case, part, transition, actor, who, act, facts, outside)
        move = Move(session, self.office, case, part, transition, act, who, actor, self.office.now())
        numbers = carry_out(move) if part is None else carry_out_part(move, flow)
        if outside:
            asked = "；".join(f"{one.subject}：{one.what}" for one in outside)
            basis = "；".join(dict.fromkeys(one.basis.strip() for one in outside))
            detail = {"asked": len(outside)}
            records.write(self.office, session, case, who, records.OUTSIDE_LIST, detail, reason=asked, basis=basis)
        session.flush()
        return Performed(case.case_number, State(case.state), case.version, numbers)

    def deadlines(self, session: Session, case: Case) -> tuple[Deadline, ...]:
        """The running clocks of a case, the first one first."""
        return deadlines(session, case, self.office.now())

    def tick(self, limit: int = 200) -> int:
        """Do what time asks for (supplements that did not come, warnings, apologies, alarms, deadlines to be recounted since
        a year was published); how many things were done.

        Harmless to call from several processes, at any time, as often as one likes.
        """
        recounted = Recounting(self._database, self.office).step(limit)  # first: nobody is warned of a wrong date
        return recounted + Timers(self._database, self.office, self._expire).tick(limit)

    # Inside

    def _expire(self, session: Session, case: Case) -> None:
        self.perform_in(session, SYSTEM, Act(case.case_number, "timeout", case.version), case)

    def _seize(self, session: Session, case: Case, act: Act) -> None:
        """Take the case for this transaction, if it is still the one that was looked at.

        Handling places do not get in each other's way: what one does for its part goes by that part's state alone, which
        never comes back to where it was.
        """
        ours = (Case.seq == case.seq,) if act.sub_case_id else (Case.seq == case.seq, Case.version == act.version)
        taken = session.execute(
            update(Case).where(*ours).values(version=Case.version + 1).execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict("conflict", self._what_happened(session, case))
        session.refresh(case)
        if act.sub_case_id:
            session.scalars(
                select(SubCase).where(SubCase.case_seq == case.seq).execution_options(populate_existing=True)
            ).all()

    def _what_happened(self, session: Session, case: Case) -> Words:
        last = session.scalar(
            select(CaseEvent)
            .where(CaseEvent.case_seq == case.seq, CaseEvent.event.in_(self._by_people))
            .order_by(CaseEvent.id.desc())
            .limit(1)
        )
        if last is None:
            return Words(
                "这一办件刚刚有变化，请看过后再操作", "This case has just changed; look at it again before you act"
            )
        unit = session.get(Unit, last.unit_id) if last.unit_id else None
        by_zh, by_en = (f"由{unit.name}", f" by {unit.name}") if unit else ("", "")
        when = last.at.astimezone(CHINA).strftime("%H:%M")
        event, state = self._lifecycle.event(last.event), self._lifecycle.states[State(last.target)]
        return Words(
            f"慢了一步：这一办件已于 {when} {by_zh}“{event.zh}”，现在是“{state.zh}”。您的操作没有执行，请看过后再定",
            f"Somebody was faster: at {when} “{event.en}” was done{by_en}; the case is now “{state.en}”."
            " Yours was not done; look again and decide",
        )

    def _part(self, case: Case, act: Act) -> SubCase | None:
        if act.sub_case_id is None:
            if case.sub_cases and act.event in PER_PLACE:
                raise Refused("which_place", Words("请选择是哪个办理地的", "Say which handling place's part it is"))
            return None
        part = next((one for one in case.sub_cases if one.id == act.sub_case_id), None)
        if part is None or act.event not in PER_PLACE:
            raise Refused(
                "no_such_part",
                Words(
                    "没有这个子办件。请回办件页，从“下一步”里选",
                    "There is no such part of the case; choose under “Next”",
                ),
            )
        return part

    def _transition(self, session: Session, flow: Flow, case: Case, part: SubCase | None, act: Act) -> Transition:
        state = State(part.state if part else case.state)
        closed = part is not None and State(case.state) in self._lifecycle.terminal
        transition = None if closed else flow.find(state, act.event)
        if transition is None and part is not None and act.version != case.version - 1:
            raise Conflict("conflict", self._what_happened(session, case))
        if transition is None:
            now, event = (
                self._lifecycle.states[State(case.state) if closed else state],
                self._lifecycle.event(act.event),
            )
            raise Refused(
                "illegal",
                Words(
                    f"现在是“{now.zh}”，不能“{event.zh}”。请回办件页看“下一步”能办什么",
                    f"The case is “{now.en}”: “{event.en}” is not possible now. See “Next” on the case page",
                ),
            )
        return transition

    def _actor(
        self, session: Session, case: Case, part: SubCase | None, transition: Transition, who: Who
    ) -> Actor | None:
        """As what `who` may do it, or None."""
        handling = (part.region_code,) if part else places_of(case)
        if self._in_charge(case, transition, who):
            return next(iter(transition.actors))
        mine = actors(case, who, self.office.profiles(session).get(case.profile), handling)
        return next((one for one in Actor if one in mine and one in transition.actors), None)

    @staticmethod
    def _in_charge(case: Case, transition: Transition, who: Who) -> bool:
        """Whether `who` supervises those who ask: may ask in their place, a second time, and for what no list names."""
        if transition.event != _ASKING:
            return False
        places = [case.receiving_code] if Actor.RECEIVING_DESK in transition.actors else places_of(case)
        return any(supervises(who, place) for place in places)

    @staticmethod
    def _second_supplement(case: Case, transition: Transition) -> bool:
        return transition.event == _ASKING and case.supplements > 0

    @staticmethod
    def _not_yours(transition: Transition) -> Words:
        named = [telling.ACTORS[actor] for actor in Actor if actor in transition.actors]
        zh, en = "或".join(one.zh for one in named), " or ".join(one.en for one in named)
        return Words(f"这一步只能由{zh}来做，请交给他们办理", f"This is done only by {en}: leave it to them")

    def _check(
        self,
        session: Session,
        case: Case,
        part: SubCase | None,
        transition: Transition,
        actor: Actor,
        who: Who,
        act: Act,
        facts: guards.Facts,
        outside: tuple[Problem, ...],
    ) -> None:
        for guard in transition.guards:
            missing = guards.unmet(guard, facts) or guards.not_given(guard, act)
            if missing:
                raise Refused(guard, missing)
        forbidden = self._forbidden(session, case, part, transition, actor, who)
        if forbidden:
            raise Refused("not_granted", forbidden[0])
        if outside:
            why = guards.outside_list(outside, act, in_charge=self._in_charge(case, transition, who))
            if why is not None:
                raise Refused("outside_list", why)
        if self._second_supplement(case, transition) and len(act.reason.strip()) < guards.SHORTEST_REASON:
            raise Refused(
                "reason_given",
                Words("第二次补正请写明原因（至少 4 个字）", "A second supplement needs a reason; write it"),
            )
        extra = guards.extra_not_given(act.event, act)
        if extra:
            raise Refused("incomplete", extra)

    def _forbidden(
        self, session: Session, case: Case, part: SubCase | None, transition: Transition, actor: Actor, who: Who
    ) -> list[Words]:
        """What stands against it besides the guards: a right not granted, or a second supplement by a clerk."""
        found = []
        right = RIGHT_OF.get(transition.event)
        desks = {Actor.RECEIVING_DESK: case.receiving_code, Actor.PICKUP_DESK: case.pickup_place}
        if right and actor in desks:
            at = self.office.now()
            places = (part.region_code,) if part else places_of(case)
            if not all(granted(session, place, desks[actor], right, case.item_id, at) for place in places):
                name = telling.RIGHTS[right]
                found.append(
                    Words(
                        f"办理地没有授予本地“{name.zh}”。请转办理地办理；已经约定授权的，请管理员登记",
                        f"The handling place has not granted the right “{name.en}”: leave this step to it, or have an"
                        " administrator record what was agreed",
                    )
                )
        if self._second_supplement(case, transition) and not self._in_charge(case, transition, who):
            found.append(
                Words(
                    "第二次补正须由主管复核并写明原因。请交给本单位主管办这一步",
                    "A second supplement is for a supervisor, with a reason: hand this step to yours",
                )
            )
        return found

    def _next(
        self, session: Session, case: Case, part: SubCase | None, transition: Transition, facts: guards.Facts, who: Who
    ) -> NextAct:
        actor = self._actor(session, case, part, transition, who)
        missing = [
            words
            for guard in transition.guards
            if guard not in guards.FIXED and (words := guards.unmet(guard, facts)) is not None
        ]
        if actor is not None:
            missing += self._forbidden(session, case, part, transition, actor, who)
        needs = {guards.NEEDS[guard] for guard in transition.guards if guard in guards.NEEDS}
        needs |= guards.EVENT_NEEDS.get(transition.event, frozenset())
        if self._second_supplement(case, transition):
            needs.add("reason")
        return NextAct(
            event=transition.event,
            words=self._lifecycle.event(transition.event),
            target=transition.target,
            sub_case_id=part.id if part else None,
            needs=frozenset(needs),
            missing=tuple(missing),
            document=telling.document_kind(session, case, transition, facts.profile, part=part is not None),
            basis=transition.basis,
        )
