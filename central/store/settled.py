"""Up to which number the rows of a table are all there: how far somebody who follows them by number may go.

Rows are numbered when they are written and seen when their transaction commits, so a smaller number may appear after a
larger one. On PostgreSQL whoever writes to a table has locked it (ROW EXCLUSIVE, before the first number is drawn) until the
transaction ends. So: note the largest number seen, and wait for those who hold that lock now: then every number up to it
has appeared or never will. (CREATE INDEX CONCURRENTLY waits in the same way.) Writers take milliseconds, and neither know
of this nor wait for anybody. SQLite has one writer at a time: there the largest number is the answer.
"""

from __future__ import annotations

import time

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from central.store.database import Database

PATIENCE_S = 1.0
"""How long writers are waited for."""
_PAUSE_S = 0.005
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks "
    "WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND relation = to_regclass(:table) "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def settled(database: Database, number: InstrumentedAttribute[int], patience_s: float = PATIENCE_S) -> int:
    """The largest `number` below which no other can appear any more; 0 while somebody writes for longer than that.

    Read rows afterwards, in a transaction begun after this returned.
    """
    with database.reading() as session:
        largest = session.scalar(select(func.max(number))) or 0
    if database.is_sqlite:
        return largest
    table = {"table": number.class_.__tablename__}
    with database.engine.connect() as connection:
        waited_for = set(connection.execute(_WRITERS, table).scalars())
        until = time.monotonic() + patience_s
        while waited_for:
            if time.monotonic() >= until:
                return 0
            time.sleep(_PAUSE_S)
            waited_for &= set(connection.execute(_WRITERS, table).scalars())
    return largest
