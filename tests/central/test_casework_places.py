"""One application, several handling places: each acts on its own part, and the case follows what people decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from central.casework.acts import Act, Conflict, Refused
from central.casework.terms import DocumentKind, NoticeKind
from central.store.models import Clock, SubCase
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.office import FOURTH, THERE, THIRD, OfficeRig


def forwarded(office: OfficeRig, mode: Mode, *further: str) -> str:
    number = office.case(mode, State.INTAKE_REVIEW, further=further)
    office.do("desk", number, "accept_on_spot")
    office.do("desk", number, "transfer")
    return number


WINDOWS = {THERE: "desk_there", THIRD: "desk_third", FOURTH: "desk_fourth"}
DEPARTMENTS = {THERE: "dept_there", THIRD: "dept_third", FOURTH: "dept_fourth"}


def under_review(office: OfficeRig, number: str, place: str) -> None:
    office.do(WINDOWS[place], number, "receive", place=place)
    office.do(WINDOWS[place], number, "hand_to_dept", place=place)


@pytest.mark.req("R007")
@pytest.mark.req("R028")
@pytest.mark.req("R058")
@pytest.mark.req("R059")
@pytest.mark.req("R060")
@pytest.mark.req("R077")
@pytest.mark.parametrize("further", [(THIRD,), (THIRD, FOURTH)], ids=["two places", "three places"])
def test_one_application_is_approved_when_every_place_has_approved(office: OfficeRig, further: tuple[str, ...]) -> None:
    number = forwarded(office, Mode.MULTI_SITE_A, *further)
    assert set(office.clocks(number)) == {"C4", "C6"}
    for place in (THERE, *further):
        under_review(office, number, place)
    for place in further:
        office.do(DEPARTMENTS[place], number, "approve", place=place)
        assert office.state(number) is State.PARTIALLY_DONE
        assert office.notices.sent[-1][1:] == (NoticeKind.DECIDED, {**office.notices.sent[-1][2], "outcome": "partly"})
    last = office.do("dept_there", number, "approve", place=THERE)
    assert last.state is State.APPROVED
    assert set(office.clocks(number)) == {"C6b"}
    composed = office.lines(number)[-1]
    assert (composed.event, composed.actor, composed.user_id) == ("all_subcases_done", "system", None)
    with office.database.reading() as session:
        decided_by = {part.region_code: part.decided_by for part in office.find(session, number).sub_cases}
    assert decided_by == {place: office.people[DEPARTMENTS[place]].user_id for place in (THERE, *further)}
    own = [issued.sub_case_id for issued in office.papers.issued if issued.kind is DocumentKind.DECISION]
    assert len(set(own)) == 1 + len(further), "each place's own decision"


@pytest.mark.req("R007")
def test_one_required_place_that_rejects_ends_the_case_with_its_reason(office: OfficeRig) -> None:
    number = forwarded(office, Mode.MULTI_SITE_A, THIRD, FOURTH)
    for place in (THERE, THIRD):
        under_review(office, number, place)
    office.do("dept_there", number, "approve", place=THERE)
    assert office.do("dept_third", number, "reject", place=THIRD).state is State.REJECTED
    assert not office.clocks(number)
    assert office.papers.issued[-1].kind is DocumentKind.REJECTION_NOTICE
    composed = office.lines(number)[-1]
    assert composed.event == "any_required_rejected"
    assert composed.reason_sealed is not None
    assert composed.basis_sealed
    assert office.notices.kinds(number).count(NoticeKind.DECIDED) == 2, "one for the approval, one for the end"
    with pytest.raises(Refused) as refused:
        office.do("desk_fourth", number, "receive", place=FOURTH)
    assert refused.value.code == "illegal", "the place that had not begun need not begin"


@pytest.mark.req("R061")
@pytest.mark.req("R078")
@pytest.mark.req("R079")
def test_in_mode_b_all_verify_and_the_receiving_desk_completes(office: OfficeRig) -> None:
    number = forwarded(office, Mode.MULTI_SITE_B, THIRD)
    for place in (THERE, THIRD):
        under_review(office, number, place)
    office.do("dept_there", number, "verify_ok", place=THERE)
    assert office.state(number) is State.UNDER_REVIEW
    office.do("dept_third", number, "verify_ok", place=THIRD)
    assert office.state(number) is State.VERIFIED_BY_HANDLING
    assert set(office.clocks(number)) == {"C4", "C6"}, "verified is not decided"
    for event in ("process_locally", "finish_locally", "issue_result"):
        office.do("desk", number, event)
    assert office.state(number) is State.RESULT_ISSUED


@pytest.mark.req("R058")
def test_a_place_acts_only_on_its_own_part(office: OfficeRig) -> None:
    number = forwarded(office, Mode.MULTI_SITE_A, THIRD)
    with pytest.raises(Refused) as other:
        office.do("desk_there", number, "receive", place=THIRD)
    assert other.value.code == "not_yours"
    with pytest.raises(Refused) as whole:
        office.do("desk_there", number, "receive")
    assert whole.value.code == "which_place"
    with pytest.raises(Refused) as nonsense:
        office.casework.perform(office.people["desk_there"], Act(number, "receive", 3, sub_case_id=9999))
    assert nonsense.value.code == "no_such_part"
    with office.database.reading() as session:
        case = office.find(session, number)
        offered = {
            name: [
                (act.event, act.sub_case_id) for act in office.casework.next_acts(session, case, office.people[name])
            ]
            for name in ("desk", "desk_there", "desk_third")
        }
        parts = {part.region_code: part.id for part in case.sub_cases}
    assert offered == {"desk": [], "desk_there": [("receive", parts[THERE])], "desk_third": [("receive", parts[THIRD])]}


@pytest.mark.req("R007")
def test_two_places_at_once_do_not_get_in_each_others_way_but_two_clerks_of_one_do(office: OfficeRig) -> None:
    number = forwarded(office, Mode.MULTI_SITE_A, THIRD)
    office.do("desk_there", number, "receive", place=THERE, version=3)
    assert office.do("desk_third", number, "receive", place=THIRD, version=3).version == 5
    with pytest.raises(Conflict) as late:
        office.do("desk_third", number, "receive", place=THIRD, version=3)
    assert "接收" in late.value.why.zh
    under = [("desk_there", "hand_to_dept", THERE), ("dept_there", "approve", THERE)]
    for login, event, place in under:
        office.do(login, number, event, place=place)
    with pytest.raises(Conflict) as decided:
        office.do("dept_colleague", number, "reject", place=THERE, version=6)
    assert "准予" in decided.value.why.zh
    assert f"{THERE} 的审批部门" in decided.value.why.zh, "the person's act, not what the system made of it"


@pytest.mark.req("R031")
def test_each_place_has_its_own_half_day_to_hand_over(office: OfficeRig) -> None:
    number = forwarded(office, Mode.MULTI_SITE_A, THIRD)
    office.do("desk_there", number, "receive", place=THERE)
    office.time += timedelta(hours=1)
    office.do("desk_third", number, "receive", place=THIRD)
    with office.database.reading() as session:
        seq = office.find(session, number).seq
        half_days = select(Clock).where(Clock.case_seq == seq, Clock.clock == "C7", Clock.stopped_at.is_(None))
        assert len({row.sub_case_id for row in session.scalars(half_days)}) == 2
    office.do("desk_there", number, "hand_to_dept", place=THERE)
    with office.database.reading() as session:
        (left,) = session.scalars(half_days)
        part = session.get_one(SubCase, left.sub_case_id)
        assert part.region_code == THIRD


@pytest.mark.req("R027")
def test_several_places_must_each_clear_the_consultation(office: OfficeRig) -> None:
    number = office.case(Mode.MULTI_SITE_A, State.VIDEO_CONSULT, further=(THIRD,), profile="genhe")
    office.held_video(number, THERE)
    with pytest.raises(Refused):
        office.do("desk", number, "accept_on_spot")
    office.held_video(number, THERE, THIRD)
    assert office.do("desk", number, "accept_on_spot").state is State.ACCEPTED
