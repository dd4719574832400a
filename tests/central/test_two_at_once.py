"""Two members of staff at the same moment: one acts first, the other waits for it and then hears what happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from central import help_tasks
from central.casework import access, withdrawals
from central.casework.acts import Act, Refused
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue import editing
from central.store.database import Database
from central.store.models import Draft, HelpTask, Withdrawal
from kiosk.protocol.application import Mode
from kiosk.protocol.help import HelpCall
from kiosk.protocol.states import State
from tests.central.office import FILLED_IN, OfficeRig

Deed = Callable[[Session], object]
PATIENCE_S = 20.0
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def while_open(database: Database, first: Deed, second: Deed) -> str:
    """`first` is done and its transaction kept open until `second`, in another session, waits for it or is through.

    Returns the code of the refusal that `second` met; empty: none.
    """
    begun, through = Event(), Event()

    def other() -> str:
        begun.set()
        try:
            with database.writing() as session:
                second(session)
        except Refused as refused:
            return refused.code
        finally:
            through.set()
        return ""

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            first(session)
            session.flush()
            answer = pool.submit(other)
            assert begun.wait(PATIENCE_S)
            deadline = time.monotonic() + PATIENCE_S
            while not (through.is_set() or _somebody_waits(database)):
                assert time.monotonic() < deadline, "the other neither waits nor ends"
        return answer.result(PATIENCE_S)


def _somebody_waits(database: Database) -> bool:
    """On PostgreSQL, for a lock of the first; on SQLite there is one writer, so that everybody else does."""
    if database.is_sqlite:
        return True
    with database.engine.connect() as connection:
        return bool(connection.scalar(WAITING))


def asks(office: OfficeRig, number: str, login: str) -> Deed:
    """A clerk enters that the applicant wants to withdraw."""

    def deed(session: Session) -> None:
        who = office.people[login]
        case = access.take(session, who, number)
        assert case is not None
        request = {"request_id": f"{number}-{login}", "channel": "window", "reason_code": "changed_mind"}
        withdrawals.request(office.casework.office, session, case, who, **request)

    return deed


def refuses(office: OfficeRig, number: str, login: str) -> Deed:
    """A clerk answers that it cannot be withdrawn."""

    def deed(session: Session) -> None:
        who = office.people[login]
        case = access.take(session, who, number)
        assert case is not None
        row = session.scalars(select(Withdrawal).where(Withdrawal.case_seq == case.seq)).one()
        withdrawals.refuse(office.casework.office, session, case, who, row, "材料已经寄出")

    return deed


def confirms(office: OfficeRig, number: str, login: str) -> Deed:
    """A clerk confirms the withdrawal, on the case as it was before either acted."""
    with office.database.reading() as session:
        version = office.find(session, number).version

    def deed(session: Session) -> None:
        who = office.people[login]
        case = access.find(session, who, number)
        assert case is not None
        office.casework.perform_in(session, who, Act(number, "withdraw", version, **FILLED_IN), case)

    return deed


def asked_for(office: OfficeRig) -> str:
    number = office.case(Mode.COLLECT_AND_FORWARD, State.RECEIVED)
    with office.database.writing() as session:
        asks(office, number, "desk")(session)
    return number


def events(office: OfficeRig, number: str) -> list[str]:
    return [line.event for line in office.lines(number)]


def test_of_two_who_enter_a_withdrawal_at_once_one_is_told_that_it_is_there(office: OfficeRig) -> None:
    number = office.case(Mode.COLLECT_AND_FORWARD, State.RECEIVED)
    said = while_open(office.database, asks(office, number, "desk"), asks(office, number, "desk_there"))
    assert said == "already_requested"
    assert events(office, number) == ["withdrawal_requested"]


def test_of_two_who_confirm_a_withdrawal_at_once_one_is_told(office: OfficeRig) -> None:
    number = asked_for(office)
    said = while_open(office.database, confirms(office, number, "desk"), confirms(office, number, "desk_there"))
    assert said == "conflict"
    assert events(office, number) == ["withdrawal_requested", "withdraw"]
    assert [one.kind for one in office.papers.issued if one.case_number == number] == ["withdrawal_confirmation"]


@pytest.mark.parametrize("first", ["confirms", "refuses"])
def test_a_withdrawal_is_confirmed_or_refused_never_both(office: OfficeRig, first: str) -> None:
    number = asked_for(office)
    yes, no = confirms(office, number, "desk"), refuses(office, number, "desk_there")
    said = while_open(office.database, *((yes, no) if first == "confirms" else (no, yes)))
    assert said == ("decided" if first == "confirms" else "withdrawal_requested")
    with office.database.reading() as session:
        case = office.find(session, number)
        row = session.scalars(select(Withdrawal).where(Withdrawal.case_seq == case.seq)).one()
        assert row.state == ("confirmed" if first == "confirms" else "refused")
        assert (case.state == State.WITHDRAWN) is (first == "confirms")


def editor(office: OfficeRig, login: str = "desk") -> Who:
    """Somebody who edits the catalogue (the drafts do not ask who at a place it is)."""
    return _with(office, login, Role.CATALOGUE_EDITOR)


def reviewer(office: OfficeRig) -> Who:
    return _with(office, "desk_there", Role.CATALOGUE_REVIEWER)


def _with(office: OfficeRig, login: str, role: Role) -> Who:
    who = office.people[login]
    return Who(who.name, who.user_id, who.unit_id, who.region_code, frozenset({role}))


def drafted(office: OfficeRig, key: str) -> int:
    with office.database.writing() as session:
        draft = editing.begin(session, editor(office), "bulletins", key, office.time)
        editing.save(session, editor(office), draft, draft.version, {"text": "begun"}, "", office.time)
        return draft.id


def saves(office: OfficeRig, number: int, words: str, login: str, version: int = 2) -> Deed:
    def deed(session: Session) -> None:
        draft = session.get_one(Draft, number)
        editing.save(session, editor(office, login), draft, version, {"text": words}, "", office.time)

    return deed


def content(office: OfficeRig, number: int) -> tuple[str, str]:
    with office.database.reading() as session:
        draft = session.get_one(Draft, number)
        return draft.state, draft.content


def test_of_two_editors_who_save_at_once_the_second_is_told_and_overwrites_nothing(office: OfficeRig) -> None:
    number = drafted(office, "two-save")
    said = while_open(
        office.database, saves(office, number, "first", "desk"), saves(office, number, "second", "desk_colleague")
    )
    assert said == "draft_changed"
    assert content(office, number) == ("editing", '{"text":"first"}')


def test_what_is_saved_while_it_is_reviewed_is_not_approved_unread(office: OfficeRig) -> None:
    number = drafted(office, "save-review")
    with office.database.writing() as session:
        editing.hand_in(session, editor(office), session.get_one(Draft, number), 2, office.time)

    def approves(session: Session) -> None:
        editing.review(session, reviewer(office), session.get_one(Draft, number), 3, True, "", office.time)

    assert while_open(office.database, saves(office, number, "sneaked in", "desk", 3), approves) == "draft_changed"
    assert content(office, number) == ("editing", '{"text":"sneaked in"}')


def test_of_two_reviewers_at_once_one_decides(office: OfficeRig) -> None:
    number = drafted(office, "two-review")
    with office.database.writing() as session:
        editing.hand_in(session, editor(office), session.get_one(Draft, number), 2, office.time)

    def reviews(approve: bool) -> Deed:
        return lambda session: editing.review(
            session, reviewer(office), session.get_one(Draft, number), 3, approve, "看过", office.time
        )

    assert while_open(office.database, reviews(True), reviews(False)) == "draft_changed"
    assert content(office, number)[0] == "approved"


def test_of_two_who_begin_to_change_an_item_at_once_there_is_one_draft(office: OfficeRig) -> None:
    def begins(login: str) -> Deed:
        return lambda session: editing.begin(session, editor(office, login), "bulletins", "two-begin", office.time)

    said = while_open(office.database, begins("desk"), begins("desk_colleague"))
    assert said == ("" if office.database.is_sqlite else "draft_changed"), "on SQLite the second joins the first's"
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).where(Draft.key == "two-begin")) == 1


def test_help_that_is_called_for_twice_at_once_is_one_call(office: OfficeRig) -> None:
    def calls(session: Session) -> None:
        call = HelpCall(
            request_id=uuid4(),
            terminal_id="WSQ-03",
            region_code="150626",
            place="自助区",
            step="Form",
            called_at=office.time,
        )
        help_tasks.put_in(session, call, office.time)

    while_open(office.database, calls, calls)
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(HelpTask)) == 1
