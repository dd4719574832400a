"""The lifecycle as data: complete, and within its invariants. What a wrong row would do to a citizen: let a machine decide
over them, leave them without reason or basis, or leave a deadline running on a closed case."""

import pytest

from central.casework import lifecycle
from central.casework.lifecycle import ClockChange
from central.casework.terms import Actor, ClockKind, DocumentKind, Guard
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State

FLOWS = lifecycle.load().flows
ALL = [(flow, one) for flow in FLOWS.values() for one in flow.transitions]
STAFF = {Actor.RECEIVING_DESK, Actor.HANDLING_DESK, Actor.HANDLING_DEPT, Actor.ACCEPTING}
DECIDED_BY_PEOPLE = {State.COLLECTED, State.ACCEPTED, State.NOT_ACCEPTED, State.APPROVED, State.REJECTED}
COMPOSED = {"all_subcases_done", "any_required_rejected"}


def _starts(clock: ClockKind) -> ClockChange:
    return ClockChange(True, clock)


def _stops(one: lifecycle.Transition, clock: ClockKind) -> bool:
    return ClockChange(False, clock) in one.clocks or ClockChange(False, None) in one.clocks


@pytest.mark.req("R003")
def test_each_mode_has_its_flow_and_nothing_is_missing() -> None:
    counts = {key: len(flow.transitions) for key, flow in FLOWS.items()}
    assert counts == {"full_online": 31, "collect_and_forward": 43, "multi_site_A": 41, "multi_site_B": 41}
    assert set(counts) == {mode.value for mode in Mode}
    assert len(lifecycle.load().states) == 28


def test_every_state_of_a_flow_can_be_reached_and_none_is_a_trap() -> None:
    terminal = lifecycle.load().terminal
    for flow in FLOWS.values():
        reached = {State.DRAFT}
        while more := {one.target for one in flow.transitions if one.source in reached} - reached:
            reached |= more
        assert reached == flow.states, flow.key
        traps = {state for state in reached - terminal if not flow.leaving(state)}
        assert not traps, flow.key


def test_everything_named_has_words_in_both_languages() -> None:
    known = lifecycle.load()
    for _, one in ALL:
        assert known.event(one.event).zh != one.event, one.event
        assert known.event(one.event).en, one.event
    assert set(known.clocks) == set(ClockKind)


@pytest.mark.req("R152")
@pytest.mark.req("R148")
def test_no_machine_collects_accepts_refuses_or_decides() -> None:
    for flow, one in ALL:
        if one.target in DECIDED_BY_PEOPLE and one.event not in COMPOSED:
            assert one.actors <= STAFF, (flow.key, one.event)


@pytest.mark.req("R142")
@pytest.mark.req("R006")
@pytest.mark.req("R052")
def test_only_the_handling_place_decides_what_it_handles() -> None:
    decisions = {"approve", "reject", "verify_ok", "verify_fail"}
    rows = [one for _, one in ALL if one.event in decisions]
    assert len(rows) == 8
    assert all(one.actors == {Actor.HANDLING_DEPT} for one in rows)


@pytest.mark.req("R061")
@pytest.mark.req("R079")
def test_in_mode_b_the_handling_place_verifies_and_the_receiving_place_completes() -> None:
    flow = FLOWS["multi_site_B"]
    finish = flow.find(State.LOCAL_PROCESSING, "finish_locally")
    assert finish is not None
    assert finish.actors == {Actor.RECEIVING_DESK}
    issue = flow.find(State.APPROVED, "issue_result")
    assert issue is not None
    assert Actor.RECEIVING_DESK in issue.actors
    assert not any(one.event == "approve" for one in flow.transitions)


def test_whoever_is_turned_away_gets_reason_basis_and_everything_at_once() -> None:
    for flow, one in ALL:
        where = (flow.key, one.event)
        if one.target in {State.RETURNED, State.NOT_ACCEPTED} or one.event in {"reject", "verify_fail"}:
            assert {Guard.REASON_GIVEN, Guard.BASIS_GIVEN} <= set(one.guards), where
        if one.document is DocumentKind.ONE_TIME_NOTICE:
            assert Guard.PROBLEMS_LISTED in one.guards, where
        if one.target is State.REVOKED:
            assert Guard.REASON_GIVEN in one.guards, where
        if one.target is State.WITHDRAWN:
            assert Guard.WITHDRAWAL_REQUESTED in one.guards, where


@pytest.mark.req("R039")
def test_refusing_as_not_crossable_needs_the_contact_with_the_handling_place() -> None:
    rows = [one for _, one in ALL if one.event == "refuse_not_crossable"]
    assert rows
    assert all(Guard.HANDLING_PLACE_CONTACTED in one.guards for one in rows)


@pytest.mark.req("R154")
@pytest.mark.req("R155")
def test_two_hours_and_one_working_day_run_from_collection_not_from_submission() -> None:
    for flow, one in ALL:
        starts = _starts(ClockKind.TRANSMISSION) in one.clocks, _starts(ClockKind.MAILING) in one.clocks
        collects = one.event in {"collect", "remote_ok", "accept_on_spot"}
        assert starts == (collects, collects), (flow.key, one.event)
        if one.event == "mail_out":
            assert not _stops(one, ClockKind.TRANSMISSION), "posting papers does not stop C1"


@pytest.mark.req("R097")
def test_ageing_runs_exactly_while_nobody_has_opened_a_case() -> None:
    for flow, one in ALL:
        assert (_starts(ClockKind.AGEING) in one.clocks) == (one.target is State.SUBMITTED), (flow.key, one.event)
        if one.source is State.SUBMITTED:
            assert _stops(one, ClockKind.AGEING), (flow.key, one.event)


def test_periods_to_decide_run_from_acceptance_until_the_decision() -> None:
    for flow, one in ALL:
        where = (flow.key, one.event)
        accepts = one.event in {"accept", "accept_on_spot"}
        assert (_starts(ClockKind.PROMISE) in one.clocks) == accepts, where
        assert (_starts(ClockKind.STATUTORY_DECISION) in one.clocks) == accepts, where
        if one.target in {State.APPROVED, State.REJECTED}:
            assert _stops(one, ClockKind.PROMISE), where
            assert _stops(one, ClockKind.STATUTORY_DECISION), where
        assert (_starts(ClockKind.STATUTORY_DELIVERY) in one.clocks) == (one.target is State.APPROVED), where


def test_the_five_day_rule_runs_from_receipt_by_whoever_accepts() -> None:
    started = {(flow.key, one.event) for flow, one in ALL if _starts(ClockKind.ONE_TIME_NOTICE) in one.clocks}
    online = {("full_online", event) for event in ("submit", "upload_ok", "supplement")}
    assert started == online | {("collect_and_forward", event) for event in ("receive", "paper_received")}
    for flow, one in ALL:
        if flow.key == "full_online" and one.event in {"accept", "notify_once"}:
            assert _stops(one, ClockKind.ONE_TIME_NOTICE)


def test_nothing_runs_on_once_a_case_has_ended() -> None:
    ends = lifecycle.load().terminal | {State.COMPLETED}
    for flow, one in ALL:
        if one.target in ends and one.source is not one.target:
            assert one.clocks == (ClockChange(False, None),), (flow.key, one.event)


@pytest.mark.req("R042")
def test_nobody_withdraws_after_the_decision() -> None:
    allowed = {one.source for _, one in ALL if one.event == "withdraw"}
    after = {State.APPROVED, State.REJECTED, State.RESULT_ISSUED, State.IN_DELIVERY, State.COMPLETED, State.ARCHIVED}
    assert not allowed & after
    assert not any(one.actors - STAFF for _, one in ALL if one.event == "withdraw")


def test_a_wrong_row_is_not_read() -> None:
    for words in ("begin C1", "start all", "start C9"):
        with pytest.raises(ValueError, match=r"C9|no such change"):
            lifecycle._change(words)
