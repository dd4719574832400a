"""整改单 (R013) and 事后回访 (R174): what a supervisor asks a unit to put right, and whom the unit's work is asked about."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import calendar
from central.casework.access import visible, within
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.store.models import Case, Rectification, Revisit, Unit
from central.vault import Vault
from kiosk.protocol.states import State

MATTERS = {
    "overdue": Words("超期", "Overdue"),
    "missing_document": Words("漏发文书或通知", "Missing document or notice"),
    "return_rate": Words("退件、补正过多", "Too many returns or supplements"),
    "outside_list": Words("要求清单外材料", "Something outside of the list was asked for"),
    "bad_rating": Words("差评或投诉", "Bad rating or complaint"),
    "ageing": Words("长时间无人登录、查看、办理", "Nobody signs in, looks or acts"),
    "other": Words("其他", "Other"),
}
OUTCOMES = {
    "satisfied": Words("满意", "Satisfied"),
    "problem": Words("反映问题", "A problem was named"),
    "not_reached": Words("未接通", "Not reached"),
}
WORKING_DAYS = 5
"""To reply, and to make a call [A]."""
LONGEST = 2000
MOST_DRAWN = 50


def concerning(who: Who) -> ColumnElement[bool]:
    """Which rectifications `who` sees: a supervisor the region's, others those of their unit."""
    if who.has(Role.SUPERVISOR):
        return Rectification.unit_id.in_(select(Unit.id).where(within(Unit.region_code, who)))
    if who.has(Role.WINDOW, Role.APPROVER) and who.unit_id is not None:
        return Rectification.unit_id == who.unit_id
    return false()


def find(session: Session, who: Who, number: int) -> Rectification | None:
    """One that `who` sees."""
    return session.scalar(select(Rectification).where(Rectification.id == number, concerning(who)))


def demand(
    session: Session, vault: Vault, who: Who, unit_id: int, matter: str, words: str, case: Case | None, at: datetime
) -> Rectification:
    """Open one.

    Raises:
        Refused: not a supervisor of that unit, or nothing said.
    """
    unit = session.scalar(select(Unit).where(Unit.id == unit_id, within(Unit.region_code, who)))
    if not who.has(Role.SUPERVISOR) or who.user_id is None or unit is None:
        raise Refused("not_yours", Words("只有主管能对本地区的单位开整改单。", "Only a supervisor of that unit may."))
    if matter not in MATTERS or not words.strip() or len(words) > LONGEST:
        raise Refused("words_missing", Words("请选择事由并写明整改要求。", "Choose the matter and write the demand."))
    made = Rectification(
        unit_id=unit.id,
        case_seq=None if case is None else case.seq,
        matter=matter,
        demand_sealed=b"",
        opened_by=who.user_id,
        opened_at=at,
        due_at=calendar.load().add_workdays(at, WORKING_DAYS).at,
    )
    session.add(made)
    session.flush()  # what is sealed is bound to the row's number
    made.demand_sealed = vault.seal(words.strip(), f"rectification.demand_sealed|{made.id}")
    trail.record(session, who, "rectification.opened", f"rectification:{made.id}", at, {"unit": unit.code})
    return made


def reply(session: Session, vault: Vault, who: Who, one: Rectification, words: str, at: datetime) -> None:
    """The unit says what it did.

    Raises:
        Refused: another unit's, closed, or nothing said.
    """
    if one.unit_id != who.unit_id:
        raise Refused("not_yours", Words("由被要求整改的单位答复。", "The unit concerned replies."))
    if one.closed_at is not None:
        raise _closed()
    if not words.strip() or len(words) > LONGEST:
        raise Refused("words_missing", Words("请写明整改情况。", "Write what was done."))
    one.reply_sealed = vault.seal(words.strip(), f"rectification.reply_sealed|{one.id}")
    one.replied_by, one.replied_at = who.user_id, at
    trail.record(session, who, "rectification.replied", f"rectification:{one.id}", at)


def demand_of(vault: Vault, one: Rectification) -> str:
    """What the supervisor asks for."""
    return vault.read(one.demand_sealed, f"rectification.demand_sealed|{one.id}")


def reply_of(vault: Vault, one: Rectification) -> str:
    """What the unit answered."""
    return vault.read(one.reply_sealed, f"rectification.reply_sealed|{one.id}")


def close(session: Session, who: Who, one: Rectification, at: datetime) -> None:
    """The supervisor is content.

    Raises:
        Refused: not a supervisor, not replied to, or closed.
    """
    if not who.has(Role.SUPERVISOR):
        raise Refused("not_yours", Words("由主管销号。", "A supervisor closes it."))
    if one.closed_at is not None:
        raise _closed()
    if one.replied_at is None:
        raise Refused("no_reply", Words("单位还没有答复。", "The unit has not replied yet."))
    one.closed_at, one.closed_by = at, who.user_id
    trail.record(session, who, "rectification.closed", f"rectification:{one.id}", at)


def draw(session: Session, who: Who, how_many: int, at: datetime, chance: random.Random) -> list[Revisit]:
    """Draw completed cases of the last 30 days at random, none twice, for somebody to call their applicants.

    Raises:
        Refused: not a supervisor.
    """
    if not who.has(Role.SUPERVISOR) or who.user_id is None:
        raise Refused("not_yours", Words("由主管抽取回访。", "A supervisor draws them."))
    drawn = select(Revisit.case_seq)
    candidates = session.execute(
        select(Case.seq, Case.first_contact_unit_id)
        .where(
            visible(who),
            Case.state.in_([State.COMPLETED.value, State.ARCHIVED.value]),
            Case.delivered_at >= at - timedelta(days=30),
            Case.first_contact_unit_id.is_not(None),
            Case.seq.not_in(drawn),
        )
        .order_by(Case.seq.desc())
        .limit(5000)
    ).all()
    due = calendar.load().add_workdays(at, WORKING_DAYS).at
    made = [
        Revisit(case_seq=seq, unit_id=unit_id, drawn_by=who.user_id, drawn_at=at, due_at=due)
        for seq, unit_id in chance.sample(candidates, min(how_many, MOST_DRAWN, len(candidates)))
    ]
    session.add_all(made)
    session.flush()
    trail.record(session, who, "revisit.drawn", f"revisits:{len(made)}", at)
    return made


def called(session: Session, vault: Vault, who: Who, one: Revisit, outcome: str, note: str, at: datetime) -> None:
    """Record a call. One that did not get through stays open.

    Raises:
        Refused: unknown outcome, or done before.
    """
    if one.done_at is not None:
        raise _closed()
    if outcome not in OUTCOMES or len(note) > LONGEST:
        raise Refused("outcome_missing", Words("请选择回访结果。", "Choose how the call went."))
    one.outcome = outcome
    if note.strip():
        one.note_sealed = vault.seal(note.strip(), f"revisit.note_sealed|{one.id}")
    if outcome != "not_reached":
        one.done_at, one.done_by = at, who.user_id
    trail.record(session, who, "revisit.called", f"revisit:{one.id}", at, {"outcome": outcome})


def _closed() -> Refused:
    return Refused("closed", Words("已经办结。", "It is closed."))
