"""收件地 × 办理地: how many cases went from where to where, drilled down from province to city to county.

Only what the reader may see is counted: their own place's row and column (a supervisor: those of the region).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.casework.access import shares
from central.casework.who import Who
from central.ledger.filters import start_of
from central.ledger.sheets import Cell
from central.store.models import Case

LEVELS = (2, 4, 6)
"""Digits of a division code: province, city, county."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by (receiving, handling) prefixes of `level` digits."""

    level: int
    receiving: tuple[str, ...]
    handling: tuple[str, ...]
    names: Mapping[str, str]
    counts: Mapping[tuple[str, str], int] = field(repr=False)

    def row(self, receiving: str) -> int:
        """Everything received there."""
        return sum(self.counts.get((receiving, handling), 0) for handling in self.handling)

    def column(self, handling: str) -> int:
        """Everything handled there."""
        return sum(self.counts.get((receiving, handling), 0) for receiving in self.receiving)

    @property
    def total(self) -> int:
        """Everything."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Drill:
    """How deep, beneath which places, and when. Days of China, `until` included."""

    level: int = 2
    receiving: str = ""
    handling: str = ""
    since: date | None = None
    until: date | None = None

    def beneath(self, receiving: str = "", handling: str = "") -> Drill:
        """One step further down, in a row, a column, or both."""
        deeper = min(self.level + 2, LEVELS[-1])
        return Drill(deeper, receiving or self.receiving, handling or self.handling, self.since, self.until)

    def as_query(self) -> dict[str, str]:
        """What `read` reads back."""
        query = {"level": str(self.level), "receiving": self.receiving, "handling": self.handling}
        days = {"since": self.since, "until": self.until}
        return {k: v for k, v in query.items() if v} | {k: day.isoformat() for k, day in days.items() if day}


def read(query: Mapping[str, str], today: date) -> Drill:
    """From a query string; what makes no sense is as if it were not there. This year, without days."""

    def prefix(name: str) -> str:
        text = query.get(name, "")
        return text if re.fullmatch(r"[0-9]{2}|[0-9]{4}", text) else ""

    def day(name: str, otherwise: date) -> date:
        try:
            found = date.fromisoformat(query.get(name, ""))
        except ValueError:
            return otherwise
        return found if 2000 <= found.year <= 2199 else otherwise

    text = query.get("level", "2")
    level = int(text) if text in {str(one) for one in LEVELS} else LEVELS[0]
    return Drill(level, prefix("receiving"), prefix("handling"), day("since", today.replace(month=1, day=1)), day("until", today))  # fmt: skip


def matrix(session: Session, who: Who, drill: Drill) -> Matrix:
    """The counts, of cases submitted in the period."""
    receiving = func.substr(Case.receiving_code, 1, drill.level)
    handling = func.substr(Case.handling_code, 1, drill.level)
    counts: dict[tuple[str, str], int] = {}
    names: dict[str, str] = {}
    for part in shares(who):
        statement = (
            select(receiving, handling, func.count(), func.max(Case.receiving_name), func.max(Case.handling_name))
            .where(part)
            .group_by(receiving, handling)
        )
        if drill.since:
            statement = statement.where(Case.received_at >= start_of(drill.since))
        if drill.until:
            statement = statement.where(Case.received_at < start_of(drill.until + timedelta(days=1)))
        for column, prefix in ((Case.receiving_code, drill.receiving), (Case.handling_code, drill.handling)):
            if prefix:
                statement = statement.where(column.between(prefix.ljust(6, "0"), prefix.ljust(6, "9")))
        for one, other, count, one_name, other_name in session.execute(statement):
            counts[one, other] = counts.get((one, other), 0) + count
            names.setdefault(one, _named(one_name, drill.level))
            names.setdefault(other, _named(other_name, drill.level))
    rows = tuple(sorted({one for one, _ in counts}))
    columns = tuple(sorted({other for _, other in counts}))
    return Matrix(drill.level, rows, columns, names, counts)


def table(found: Matrix) -> tuple[list[str], list[list[Cell]]]:
    """Heading and rows of the sheet, with sums."""
    heading = ["收件地＼办理地", *(found.names[code] for code in found.handling), "合计"]
    rows: list[list[Cell]] = [
        [found.names[one], *(found.counts.get((one, other), 0) for other in found.handling), found.row(one)]
        for one in found.receiving
    ]
    rows.append(["合计", *(found.column(other) for other in found.handling), found.total])
    return heading, rows


def _named(full: str, level: int) -> str:
    """`内蒙古 鄂尔多斯市 乌审旗` at four digits: 内蒙古 鄂尔多斯市."""
    parts: Sequence[str] = full.split()
    return " ".join(parts[: LEVELS.index(level) + 1]) if parts else full
