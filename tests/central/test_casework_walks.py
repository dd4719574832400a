"""Random walks through the lifecycle: whatever clerks of all places do or try, in whatever order, a case stays sound.

After every step: the version went up by one or nothing changed; the ledger replays to the state, for the case and each part; the
case's deadline is its first running clock; nothing runs on an ended case; what was offered works, and what was not is refused.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import lifecycle, reading, withdrawals
from central.casework.acts import Act, NextAct, Refused
from central.casework.calendar import CHINA
from central.casework.subcases import PER_PLACE
from central.casework.who import CARRIER, SYSTEM, Who, applicant
from central.store.models import Case, CaseEvent, VideoParty, VideoSession
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State
from tests.central.office import FILLED_IN, FOURTH, THERE, THIRD, OfficeRig

KNOWN = lifecycle.load()
ENDED = KNOWN.terminal | {State.COMPLETED}
STEPS = 25
WORKING = [
    "desk",
    "desk_there",
    "dept_there",
    "desk_third",
    "dept_third",
    "desk_fourth",
    "dept_fourth",
    "supervisor",
    "supervisor_there",
    "auditor",
]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_the_case_stays_sound(office: OfficeRig, seed: int) -> None:
    dice = random.Random(seed)
    mode = list(Mode)[seed % 4]
    further = (THIRD, FOURTH)[: dice.randint(0, 2)] if mode in (Mode.MULTI_SITE_A, Mode.MULTI_SITE_B) else ()
    number = office.case(
        mode,
        further=further,
        profile=dice.choice(["genhe", "pingluo", "qingyang", "sichuan", "wushen"]),
        delivery=dice.choice(list(DeliveryMethod)),
        paper_needed=dice.random() < 0.5,
    )
    people = [office.people[name] for name in WORKING] + [applicant("WSQ-03"), CARRIER]
    moved = 0
    for _ in range(STEPS):
        office.time += timedelta(minutes=dice.randint(1, 600))
        _something_beside(office, number, dice)
        dice.shuffle(people)
        if dice.random() < 0.2:
            _try_nonsense(office, number, people[0], dice)
        else:
            moved += _do_something_offered(office, number, people, dice)
        _sound(office, number)
    assert moved > 0


def _act(number: str, event: str, version: int, part: int | None) -> Act:
    return Act(number, event, version, sub_case_id=part, **FILLED_IN)


def _offered(office: OfficeRig, case: Case, who: Who, session: Session) -> list[NextAct]:
    return [act for act in office.casework.next_acts(session, case, who) if not act.missing]


def _do_something_offered(office: OfficeRig, number: str, people: list[Who], dice: random.Random) -> bool:
    """The first of these people to whom an act is offered does one; it works."""
    well = dice.random() < 0.9  # most cases go well; else few walks would come far
    with office.database.reading() as session:
        case = office.find(session, number)
        for who in people:
            offered = _offered(office, case, who, session)
            if well:
                offered = [act for act in offered if act.target not in _TURNED_AWAY]
            if offered:
                break
        else:
            return False
    act = dice.choice(offered)
    done = office.casework.perform(who, _act(number, act.event, case.version, act.sub_case_id))
    assert done.version == case.version + 1
    assert act.sub_case_id or done.state == act.target
    return True


def _try_nonsense(office: OfficeRig, number: str, who: Who, dice: random.Random) -> None:
    """An act that was not offered is refused, and leaves nothing."""
    with office.database.reading() as session:
        case = office.find(session, number)
        offered = _offered(office, case, who, session)
        parts = [None, *(part.id for part in case.sub_cases)]
    event, part = dice.choice(sorted(KNOWN.events)), dice.choice(parts)
    if (event, part) in {(act.event, act.sub_case_id) for act in offered}:
        return
    lines = len(office.lines(number))
    with pytest.raises(Refused):
        office.casework.perform(who, _act(number, event, case.version, part))
    assert len(office.lines(number)) == lines


def _something_beside(office: OfficeRig, number: str, dice: random.Random) -> None:
    """What makes further acts possible: a consultation, an applicant who wants to withdraw."""
    chance = dice.random()
    with office.database.writing() as session:
        case = office.find(session, number)
        desk = office.people["desk"]
        if case.state == State.VIDEO_CONSULT:
            places = [part.region_code for part in case.sub_cases] or [THERE]
            parties = [VideoParty(region_code=place, conclusion="cleared") for place in places]
            session.add(
                VideoSession(
                    case_seq=case.seq,
                    initiator_unit_id=desk.unit_id,
                    user_id=desk.user_id,
                    outcome="cleared" if chance < 0.6 else "not_cleared",
                    parties=parties,
                )
            )
        elif chance < 0.03 and withdrawals.may_withdraw(case):
            request = {"request_id": f"{number}-{chance}", "channel": "kiosk", "reason_code": "changed_mind"}
            if reading.open_withdrawal(session, case) is None:
                withdrawals.request(office.casework.office, session, case, applicant("WSQ-03"), **request)


def _sound(office: OfficeRig, number: str) -> None:
    running = office.clocks(number)
    with office.database.reading() as session:
        case = office.find(session, number)
        lines = list(session.scalars(select(CaseEvent).where(CaseEvent.case_seq == case.seq).order_by(CaseEvent.id)))
        moves = [line for line in lines if line.event in KNOWN.events]
        flow = KNOWN.flow(case.mode)
        stands: dict[int | None, str] = {None: State.SUBMITTED}
        for line in moves:
            if line.sub_case_id is not None and line.sub_case_id not in stands:
                stands[line.sub_case_id] = line.source
            assert stands[line.sub_case_id] == line.source, "the ledger has no gap"
            step = flow.find(State(line.source), line.event)
            assert step is not None, "only what the flow knows"
            assert step.target == line.target
            stands[line.sub_case_id] = line.target
        assert stands[None] == case.state
        for part in case.sub_cases:
            assert stands.get(part.id, part.state) == part.state
        of_people = [line for line in moves if line.actor != SYSTEM.name or line.event not in _COMPOSED]
        decided = [line for line in of_people if line.sub_case_id or line.event not in PER_PLACE or not case.sub_cases]
        assert case.version == 1 + len(decided), "each act raised the version once"
        first = min(running.values(), key=lambda row: row.due_at, default=None)
        assert (case.due_clock, case.due_at) == ((first.clock, first.due_at) if first else (None, None))
        if case.state in ENDED:
            assert not running
        for line in moves:
            if line.target in _TURNED_AWAY:
                assert line.reason_sealed, (line.event, "a citizen turned away is told why")
        assert case.updated_at.astimezone(CHINA) <= office.time


_TURNED_AWAY = {State.REJECTED, State.NOT_ACCEPTED, State.RETURNED, State.WITHDRAWN, State.REVOKED}
_COMPOSED = {"some_subcases_done", "all_subcases_done", "any_required_rejected"}
