"""Finding the cases whose period is over, by the rules, without looking through those whose is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy import case as choose
from sqlalchemy.orm import InstrumentedAttribute, Session

from central.retention import against
from central.retention.rules import ENDS, Kept, Rule, What
from central.store.models import Case, SubCase, UtcTime
from kiosk.protocol.states import State

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Nothing ended before it."""
STAGE = {What.PAGES: Kept.ALL, What.CONTENT: Kept.CONTENT}
"""What must still be here: pages go first."""


def due(session: Session, rules: Sequence[Rule], now: datetime, limit: int) -> list[tuple[int, What]]:
    """Some cases that fall due, and what of them."""
    found: list[tuple[int, What]] = []
    for what, _, condition in _conditions(rules, now):
        if len(found) < limit:
            some = select(Case.seq).where(condition).order_by(Case.ended_at, Case.seq).limit(limit - len(found))
            found += [(seq, what) for seq in session.scalars(some)]
    return found


def counts(session: Session, rules: Sequence[Rule], now: datetime) -> dict[tuple[State, What], int]:
    """How many fall due, by state and what."""
    return {
        (state, what): number
        for what, state, condition in _conditions(rules, now)
        if (number := session.scalar(select(func.count()).select_from(Case).where(condition)) or 0)
    }


def _conditions(rules: Sequence[Rule], now: datetime) -> Iterator[tuple[What, State, ColumnElement[bool]]]:
    for what in What:
        for state in sorted(ENDS):
            about = [rule for rule in rules if rule.what is what and rule.state is state]
            periods = [rule.days for rule in about if rule.days is not None]
            if periods:
                yield (
                    what,
                    state,
                    and_(
                        Case.state == state.value,
                        Case.kept == STAGE[what].value,
                        Case.ended_at <= now - timedelta(days=min(periods)),  # bounds the index
                        Case.ended_at <= _cut(Case.receiving_code, about, now),
                        Case.ended_at <= _cut(Case.handling_code, about, now),
                        ~exists().where(
                            SubCase.case_seq == Case.seq, Case.ended_at > _cut(SubCase.region_code, about, now)
                        ),
                        against.free(now),
                    ),
                )


def _cut(place: InstrumentedAttribute[str], rules: Sequence[Rule], now: datetime) -> ColumnElement[datetime]:
    """What ended at `place` by this moment is due there: the longest prefix counts (`rules.counting`)."""
    by_length = sorted(rules, key=lambda rule: -len(rule.place))
    choices = [
        (place.between(one.place.ljust(6, "0"), one.place.ljust(6, "9")), _moment(one, now)) for one in by_length
    ]
    return choose(*choices, else_=literal(_NEVER, UtcTime()))


def _moment(rule: Rule, now: datetime) -> ColumnElement[datetime]:
    return literal(_NEVER if rule.days is None else now - timedelta(days=rule.days), UtcTime())
