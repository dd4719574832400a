"""Every transition of every flow, performed for real on both databases: the right people can, nobody else can, and with the
move come its ledger line, document, notice, clocks and audit entry."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from central.casework import lifecycle
from central.casework.acts import Act, Refused
from central.casework.lifecycle import Transition
from central.casework.terms import Actor, ClockKind, Guard, NoticeKind
from central.casework.who import CARRIER, SYSTEM, Who, applicant
from central.store.models import AuditEntry, ContactRecord, VideoParty, VideoSession, Withdrawal
from kiosk.protocol.application import DeliveryMethod, Mode
from kiosk.protocol.states import State
from tests.central.office import BASIS, FILLED_IN, REASON, THERE, THIRD, OfficeRig

FLOWS = lifecycle.load().flows
KIOSK = Who("terminal", not_staff=Actor.KIOSK)
APPLICANT = applicant("WSQ-03")
MACHINES = {"applicant": APPLICANT, "kiosk": KIOSK, "carrier": CARRIER, "system": SYSTEM}
IS = {
    "desk": {Actor.RECEIVING_DESK, Actor.PICKUP_DESK},
    "desk_colleague": {Actor.RECEIVING_DESK, Actor.PICKUP_DESK},
    "desk_there": {Actor.HANDLING_DESK},
    "dept_there": {Actor.HANDLING_DEPT, Actor.ACCEPTING},
    "dept_colleague": {Actor.HANDLING_DEPT, Actor.ACCEPTING},
    "applicant": {Actor.APPLICANT},
    "kiosk": {Actor.KIOSK},
    "carrier": {Actor.CARRIER},
    "system": {Actor.SYSTEM},
}
"""Who is what, said here once more and not read from the code; everybody else is nothing on these cases."""


def is_for(name: str, one: Transition) -> bool:
    """Whether a transition is made by `name`; a supervisor of the place may ask the applicant in a clerk's stead."""
    asks_here = one.event == "notify_once" and Actor.RECEIVING_DESK in one.actors
    return bool(IS.get(name, set()) & one.actors) or (name == "supervisor" and asks_here)


DELIVERIES = {
    Guard.DELIVERY_ELECTRONIC: DeliveryMethod.ELECTRONIC,
    Guard.DELIVERY_AT_DESK: DeliveryMethod.PICKUP_AT_DESK,
}
NO_DOCUMENT = {
    "submit",
    "submit_offline",
    "supplement",
    "approve",
    "finish_locally",
    "deliver_electronic",
    "local_print",
}
"""The slip is the terminal's; the decision is made when the result is issued."""


def prepare(office: OfficeRig, mode: Mode, one: Transition) -> str:
    """A case in the transition's state with all that its guards want."""
    guards = set(one.guards)
    delivery = next((way for guard, way in DELIVERIES.items() if guard in guards), DeliveryMethod.EMS_TO_APPLICANT)
    several = (THIRD,) if Guard.SEVERAL_HANDLING_PLACES in guards else ()
    number = office.case(
        mode, one.source, delivery=delivery, further=several, paper_needed=Guard.PAPER_NEEDED in guards
    )
    with office.database.writing() as session:
        seq = office.find(session, number).seq
        user_id, unit_id = office.people["desk"].user_id, office.people["desk"].unit_id
        if Guard.VIDEO_CLEARED in guards:
            party = VideoParty(region_code=THERE, conclusion="cleared")
            session.add(
                VideoSession(
                    case_seq=seq, initiator_unit_id=unit_id, user_id=user_id, outcome="cleared", parties=[party]
                )
            )
        if Guard.HANDLING_PLACE_CONTACTED in guards:
            session.add(
                ContactRecord(
                    case_seq=seq,
                    at=office.time,
                    way="phone",
                    counterpart_sealed=b"",
                    outcome="not_crossable",
                    user_id=user_id,
                )
            )
        if Guard.WITHDRAWAL_REQUESTED in guards:
            session.add(
                Withdrawal(
                    request_id=number,
                    case_seq=seq,
                    requested_at=office.time,
                    channel="kiosk",
                    reason_code="changed_mind",
                )
            )
    return number


def who(office: OfficeRig, name: str) -> Who:
    return MACHINES.get(name) or office.people[name]


EVERYBODY = ["desk", "desk_there", "dept_there", "dept_other_sector", "approver_here", "supervisor", *MACHINES]
"""One of each kind that may see the case."""


@pytest.mark.req("R003")
@pytest.mark.req("R005")
@pytest.mark.req("R014")
@pytest.mark.req("R022")
@pytest.mark.req("R085")
@pytest.mark.req("R148")
@pytest.mark.req("R158")
@pytest.mark.parametrize("mode", list(Mode))
def test_every_transition_is_made_by_the_right_people_and_by_nobody_else(office: OfficeRig, mode: Mode) -> None:
    for one in FLOWS[mode].transitions:
        where = f"{mode} {one.source} {one.event}"
        number = prepare(office, mode, one)
        right = [name for name in EVERYBODY if is_for(name, one)]
        assert right, where
        for name in set(EVERYBODY) - set(right):
            with pytest.raises(Refused) as refused:
                office.casework.perform(who(office, name), Act(number, one.event, 1, **FILLED_IN))
            assert refused.value.code in {"not_yours", "not_found"}, (where, name)
            assert refused.value.why.zh, where
        assert office.state(number) is one.source, f"{where}: a refusal changed something"
        assert not office.lines(number), where

        done = office.do(who(office, right[0]), number, one.event)

        assert (done.state, done.version) == (one.target, 2), where
        assert office.state(number) is one.target, where
        (line,) = office.lines(number)
        assert (line.event, line.source, line.target) == (one.event, one.source, one.target), where
        assert Actor(line.actor) in one.actors, where
        told = [one.notice] if one.notice else []
        assert office.notices.kinds(number) == told, where
        system = one.actors == {Actor.SYSTEM}
        wanted = one.document if one.event not in NO_DOCUMENT and not system else None
        assert [issued.kind for issued in office.papers.issued if issued.case_number == number] == (
            [wanted] if wanted else []
        ), where
        assert list(done.documents) == [
            issued.number for issued in office.papers.issued if issued.case_number == number
        ]
        _clocks_are_as_the_row_says(office, number, one, where)


def _clocks_are_as_the_row_says(office: OfficeRig, number: str, one: Transition, where: str) -> None:
    started = {change.clock for change in one.clocks if change.starts} - {ClockKind.MAILING}
    running = office.clocks(number)
    assert set(running) == started, where
    with office.database.reading() as session:
        case = office.find(session, number)
        first = min(running.values(), key=lambda row: row.due_at, default=None)
        assert case.due_clock == (first.clock if first else None), where
        assert case.due_at == (first.due_at if first else None), where
        assert case.warn_at == (first.warn_at if first else None), where


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_not_in_the_flow_is_refused_in_words(office: OfficeRig, mode: Mode) -> None:
    """In every state an act of another state is refused, by the very people who could do it there."""
    flow, events = FLOWS[mode], lifecycle.load().events
    for index, state in enumerate(sorted(flow.states)):
        possible = {one.event for one in flow.leaving(state)}
        wrong = sorted(set(events) - possible)
        number = office.case(mode, state)
        for event in wrong[index % 5 :: 5]:
            with pytest.raises(Refused) as refused:
                office.do("desk", number, event)
            assert refused.value.code == "illegal", (mode, state, event)
            assert lifecycle.load().states[state].zh in refused.value.why.zh
        assert office.state(number) is state


@pytest.mark.parametrize("mode", list(Mode))
def test_the_acts_offered_are_exactly_those_that_can_be_done(office: OfficeRig, mode: Mode) -> None:
    for one in FLOWS[mode].transitions:
        number = prepare(office, mode, one)
        with office.database.reading() as session:
            case = office.find(session, number)
            for name in office.people.keys() & EVERYBODY:
                offered = {act.event: act for act in office.casework.next_acts(session, case, office.people[name])}
                mine = is_for(name, one)
                assert (one.event in offered) == mine, (mode, one.source, one.event, name)
                if mine:
                    act = offered[one.event]
                    assert act.target is one.target
                    assert not act.missing, (one.event, act.missing)
                    assert act.words.zh
                    assert act.basis == one.basis


WITHOUT: dict[Guard, dict[str, object]] = {
    Guard.REASON_GIVEN: {"reason": " "},
    Guard.BASIS_GIVEN: {"basis": ""},
    Guard.PROBLEMS_LISTED: {"problems": ()},
    Guard.FALSE_MATERIAL_FOUND: {"extra": {}},
}


@pytest.mark.req("R040")
@pytest.mark.req("R157")
@pytest.mark.parametrize("mode", list(Mode))
def test_an_act_without_what_its_form_asks_changes_nothing(office: OfficeRig, mode: Mode) -> None:
    for one in FLOWS[mode].transitions:
        for guard in set(one.guards) & set(WITHOUT):
            number = prepare(office, mode, one)
            name = next(name for name in EVERYBODY if IS.get(name, set()) & one.actors)
            with pytest.raises(Refused) as refused:
                office.do(name, number, one.event, **WITHOUT[guard])
            assert refused.value.code == guard, (mode, one.event)
            assert office.state(number) is one.source
            assert not office.papers.issued, "nothing was issued"


@pytest.mark.parametrize(
    ("event", "state", "code"),
    [
        ("collect", State.INTAKE_REVIEW, Guard.FORMAL_CHECK_PASSED),
        ("remote_ok", State.VIDEO_CONSULT, Guard.VIDEO_CLEARED),
        ("refuse_not_crossable", State.INTAKE_REVIEW, Guard.HANDLING_PLACE_CONTACTED),
        ("mail_out", State.COLLECTED, Guard.PAPER_NEEDED),
        ("withdraw", State.COLLECTED, Guard.WITHDRAWAL_REQUESTED),
    ],
)
@pytest.mark.req("R039")
@pytest.mark.req("R152")
def test_an_act_whose_guard_does_not_hold_says_what_is_missing(
    office: OfficeRig, event: str, state: State, code: Guard
) -> None:
    office.materials = {"HUKOU": "户口簿"} if code is Guard.FORMAL_CHECK_PASSED else {}
    number = office.case(Mode.COLLECT_AND_FORWARD, state)
    with pytest.raises(Refused) as refused:
        office.do("desk", number, event)
    assert refused.value.code == code
    assert office.state(number) is state


def test_the_reason_is_sealed_and_the_audit_trail_has_every_act(office: OfficeRig) -> None:
    number = office.case(Mode.COLLECT_AND_FORWARD, State.INTAKE_REVIEW)
    office.do("desk", number, "return_materials")
    (line,) = office.lines(number)
    assert line.basis_sealed is not None
    assert BASIS.encode() not in line.basis_sealed
    assert line.reason_sealed is not None
    assert REASON.encode() not in line.reason_sealed
    with office.database.reading() as session:
        case = office.find(session, number)
        assert office.casework.office.unseal(line.reason_sealed, "case_event.reason_sealed", case) == REASON
        assert office.casework.office.unseal(line.basis_sealed, "case_event.basis_sealed", case) == BASIS
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.target == number))
    assert (entry.action, entry.target, entry.user_id) == (
        "case.return_materials",
        number,
        office.people["desk"].user_id,
    )
    assert REASON not in entry.detail


@pytest.mark.req("R051")
@pytest.mark.req("R161")
def test_every_step_names_the_unit_and_the_person_who_took_it(office: OfficeRig) -> None:
    number = office.case(Mode.COLLECT_AND_FORWARD)
    steps = [("desk", "open_intake"), ("desk_colleague", "collect"), ("desk", "transfer"), ("desk_there", "receive")]
    for name, event in steps:
        office.do(name, number, event)
    assert [(line.event, line.user_id, line.unit_id) for line in office.lines(number)] == [
        (event, office.people[name].user_id, office.people[name].unit_id) for name, event in steps
    ]


def test_another_places_case_is_not_there(office: OfficeRig) -> None:
    number = office.case(Mode.COLLECT_AND_FORWARD)
    with pytest.raises(Refused) as stranger:
        office.casework.perform(office.people["desk_third"], Act(number, "open_intake", 1))
    with pytest.raises(Refused) as nowhere:
        office.casework.perform(office.people["desk_third"], Act("150626-20261120-999999", "open_intake", 1))
    assert stranger.value.why == nowhere.value.why
    assert NoticeKind.SUBMITTED not in office.notices.kinds(number)
