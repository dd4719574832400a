"""Reading work lists: pages and counts of what waits for somebody. Only queries are built and read here; nothing is written.

A list (`central.whose_turn`) is made of branches: seen from one side of the case (receiving place, handling place, or one of several
handling places), in some states. Each branch is one scan of an index that begins with the place, cut off early; they
are put together by UNION. A condition with OR over both places would look through the whole table instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, text, union
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from central.casework import clocks, lifecycle
from central.casework.access import is_within, waiting, within
from central.casework.acts import Deadline
from central.casework.terms import ClockKind, Role
from central.casework.who import Who
from central.store.models import Case, SubCase, User
from central.store.models.cases import OPEN_CASES
from central.whose_turn import MULTI, OPEN, Side, WorkList, branches, lists_for
from kiosk.protocol.states import State

PAGE_SIZE = 40
MOST_COUNTED = 99
"""Counts beyond are shown as 99+: nobody needs the number, and counting on costs a scan."""

_IS_OPEN = text(OPEN_CASES)
"""Said in the words of the indexes over open cases, which lie in the order of the lists."""
_Scan: TypeAlias = "Select[int, bool, datetime | None]"


@dataclass(frozen=True, slots=True)
class Served:
    """The scopes whose cases a window is shown first (R143, `central.agreements.windows`)."""

    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def condition(self) -> ColumnElement[bool]:
        """On a case."""
        if self.only:
            return Case.scope.in_(sorted(self.only))
        return Case.scope.not_in(sorted(self.without))

    def shows(self, scope: str) -> bool:
        """Whether cases of this scope are shown."""
        return scope in self.only if self.only else scope not in self.without

    def __bool__(self) -> bool:
        return bool(self.only or self.without)


EVERY_SCOPE = Served()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed down to; empty: not."""

    item: str = ""
    mode: str = ""
    place: str = ""
    """Part of the name, or the beginning of the code, of the other place, or of any of several."""
    text: str = ""
    """Part of a case number or of an item's name, or a surname."""
    scope: str = ""
    served: Served = EVERY_SCOPE
    """What the reader's window serves; of the work of windows only."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: after the row with these values."""

    green_lane: bool
    due_at: datetime | None
    seq: int

    def __str__(self) -> str:
        due = "" if self.due_at is None else str(int(self.due_at.timestamp() * 1_000_000))
        return f"{int(self.green_lane)}_{due}_{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor, or None for what is none: the list then begins at its beginning."""
        try:
            green, due, seq = text.split("_")
            due_at = datetime.fromtimestamp(int(due) / 1_000_000, UTC) if due else None
            return cls(green == "1", due_at, int(seq))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list, and who has it in hand."""

    case: Case
    owner: str
    others: tuple[str, ...]
    """The other place, seen from the reader's; of several handling places, all of them."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list."""

    rows: tuple[Row, ...]
    next: Cursor | None


def read_page(
    session: Session, who: Who, worklist: WorkList, filters: Filters, after: Cursor | None, size: int = PAGE_SIZE
) -> ListPage:
    """One page: green lane first, then by deadline, what is overdue first of all."""
    scans = [cut for scan in _scans(who, worklist, filters) for cut in _sorted(scan, after, size + 1)]
    if not scans:
        return ListPage((), None)
    found = union(*scans).subquery()
    ordered = select(found.c.seq).order_by(found.c.green_lane.desc(), found.c.due_at.asc().nulls_last(), found.c.seq)
    seqs = session.scalars(ordered.limit(size + 1)).all()
    by_seq = {case.seq: case for case in session.scalars(select(Case).where(Case.seq.in_(seqs[:size])))}
    cases = [by_seq[seq] for seq in seqs[:size]]
    last = cases[-1] if len(seqs) > size else None
    return ListPage(
        rows_of(session, who, cases), None if last is None else Cursor(last.green_lane, last.due_at, last.seq)
    )


def read_counts(session: Session, who: Who, served: Served = EVERY_SCOPE) -> dict[str, int]:
    """How many cases are in each list, in one query; `MOST_COUNTED` + 1 stands for more."""
    statement = _counting(who, served)
    if statement is None:
        return {}
    row = session.execute(statement).one()
    return {key: min(int(number), MOST_COUNTED + 1) for key, number in row._asdict().items()}


@lru_cache(maxsize=1000)
def _counting(who: Who, served: Served) -> Select[*tuple[int, ...]] | None:
    """Kept for each member of staff: to put it together takes longer than to answer it."""
    columns = []
    filters = Filters(served=served)
    for one in lists_for(who):
        scans = [select(scan.limit(MOST_COUNTED + 1).subquery().c.seq) for scan in _scans(who, one, filters)]
        some = union(*scans).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery().label(one.key))
    return select(*columns) if columns else None


def rows_of(session: Session, who: Who, cases: Sequence[Case]) -> tuple[Row, ...]:
    """The rows of these cases, with two queries for all of them together."""
    owners, places = _owners(session, cases), _handling_places(session, cases)
    return tuple(
        Row(case, owners.get(case.owner_id or 0, ""), _others(who, case, places.get(case.seq, ()))) for case in cases
    )


def _owners(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    ids = {case.owner_id for case in cases if case.owner_id is not None}
    if not ids:
        return {}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def _handling_places(session: Session, cases: Sequence[Case]) -> dict[int, tuple[str, ...]]:
    """Names of the handling places of those that have several, by case."""
    several = [case.seq for case in cases if case.mode in MULTI]
    found: dict[int, tuple[str, ...]] = {}
    if several:
        parts = select(SubCase.case_seq, SubCase.region_name).where(SubCase.case_seq.in_(several)).order_by(SubCase.id)
        for seq, name in session.execute(parts):
            found[seq] = (*found.get(seq, ()), name)
    return found


def _others(who: Who, case: Case, handling: tuple[str, ...]) -> tuple[str, ...]:
    """The other place or places of the case, for somebody of one of them."""
    if not is_within(case.receiving_code, who):
        return (case.receiving_name,)
    return handling or (case.handling_name,)


def next_deadline(case: Case, now: datetime) -> Deadline | None:
    """The running clock of a case that ends first, from the case's own row."""
    if case.due_at is None or case.due_clock is None:
        return None
    warn_at = case.warn_at or case.due_at
    words = lifecycle.load().clocks[ClockKind(case.due_clock)]
    standing = clocks.standing(warn_at, case.due_at, now)
    return Deadline(case.due_clock, words, case.received_at, warn_at, case.due_at, standing)


def _scans(who: Who, worklist: WorkList, filters: Filters) -> list[_Scan]:
    """The branches as queries for (seq, green_lane, due_at), not yet sorted or cut off."""
    columns = select(Case.seq, Case.green_lane, Case.due_at)
    if worklist.key == "mine":
        return [columns.where(Case.owner_id == who.user_id, Case.state.in_(OPEN), *_narrowed(filters, None))]
    scans = []
    for branch in branches(worklist, who):
        scan = columns.where(*_narrowed(filters, branch.side))
        match branch.side:
            case Side.RECEIVING:
                scan = scan.where(within(Case.receiving_code, who), *_in(branch.states))
            case Side.HANDLING:
                scan = scan.where(within(Case.handling_code, who), *_in(branch.states))
            case Side.PART:
                part = select(SubCase.case_seq).where(
                    within(SubCase.region_code, who), SubCase.state.in_(branch.states)
                )
                scan = scan.where(Case.seq.in_(part), Case.state.in_(OPEN))
            case Side.PICKUP:
                scan = scan.where(waiting(who))
        if branch.modes:
            scan = scan.where(Case.mode.in_(branch.modes))
        if branch.also is not None:
            scan = scan.where(branch.also)
        if branch.role is Role.WINDOW and filters.served:
            scan = scan.where(filters.served.condition)
        if branch.role is Role.APPROVER and who.sectors and not who.has(Role.SUPERVISOR):
            scan = scan.where(Case.sector.in_(who.sectors))
        scans.append(scan)
    return scans


def _in(states: tuple[State, ...]) -> list[ColumnElement[bool] | TextClause]:
    if states == OPEN:
        return [_IS_OPEN]
    among = Case.state.in_(states)
    return [among, _IS_OPEN] if set(states) <= set(OPEN) else [among]


def _narrowed(filters: Filters, side: Side | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.item:
        conditions.append(Case.item_id == filters.item)
    if filters.mode:
        conditions.append(Case.mode == filters.mode)
    if filters.scope:
        conditions.append(Case.scope == filters.scope)
    if filters.place:
        receiving, handling = (
            _is_place(Case.receiving_name, Case.receiving_code, filters.place),
            or_(_is_place(Case.handling_name, Case.handling_code, filters.place), _has_part(filters.place)),
        )
        conditions.append({Side.RECEIVING: handling, None: or_(receiving, handling)}.get(side, receiving))
    if filters.text:
        text = filters.text
        conditions.append(
            or_(
                Case.case_number.icontains(text, autoescape=True),
                Case.item_name.icontains(text, autoescape=True),
                Case.applicant_masked.startswith(text[:1], autoescape=True) if _is_name(text) else literal(False),
            )
        )
    return conditions


def _is_place(name: Any, code: Any, text: str) -> ColumnElement[bool]:
    return or_(name.icontains(text, autoescape=True), code.startswith(text, autoescape=True))


def _has_part(place: str) -> ColumnElement[bool]:
    """Whether one of several handling places is it; looked up for the few cases that have several."""
    part = exists().where(SubCase.case_seq == Case.seq, _is_place(SubCase.region_name, SubCase.region_code, place))
    return and_(Case.mode.in_(MULTI), part)


def _is_name(text: str) -> bool:
    """A surname is written as one Chinese character here: what is masked cannot be searched further."""
    return len(text) == 1 and text >= "\u4e00"


def _sorted(scan: _Scan, after: Cursor | None, most: int) -> list[_Scan]:
    """The beginning of each lane beyond `after`, in the order in which an index has it."""
    lanes = []
    for green_lane in (True, False):
        if after is not None and green_lane and not after.green_lane:
            continue
        lane = scan.where(Case.green_lane.is_(green_lane))
        if after is not None and green_lane == after.green_lane:
            lane = lane.where(_later(after))
        cut = lane.order_by(Case.due_at.asc().nulls_last(), Case.seq).limit(most).subquery()
        lanes.append(select(cut.c.seq, cut.c.green_lane, cut.c.due_at))
    return lanes


def _later(after: Cursor) -> ColumnElement[bool]:
    if after.due_at is None:
        return and_(Case.due_at.is_(None), Case.seq > after.seq)
    return or_(
        Case.due_at > after.due_at, and_(Case.due_at == after.due_at, Case.seq > after.seq), Case.due_at.is_(None)
    )
