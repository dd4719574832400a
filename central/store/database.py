"""The centre's database: SQLite for one machine, PostgreSQL for a province, behind the same two transactions.

SQLite runs in WAL mode with synchronous=FULL and one writer at a time. Writers queue on a lock of this process instead
of SQLite's busy handler, which sleeps and polls: with forty threads that made the slowest commits wait half a second.
Readers never wait. PostgreSQL gets plain transactions and is told to commit durably whatever its own settings say.
"""

from __future__ import annotations

import errno
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from central.store.locks import hold
from central.store.migrations import HEAD

POSTGRESQL = "postgresql+psycopg"


class DatabaseError(Exception):
    """The database cannot be used. The message says why, in English, without content or password."""


class StorageFull(Exception):
    """No room left on the disk."""


@contextmanager
def storage_full() -> Iterator[None]:
    """What the file system raises when there is no room left becomes `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull from None
        raise


class Database:
    """An open database whose tables are those of this software. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.Lock()
        self._alone = tuple(threading.Lock() for _ in range(64))
        self._snapshots = engine
        if not self.is_sqlite:
            self._snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    def open(cls, url: str) -> Database:
        """Open `sqlite:///path` or `postgresql+psycopg://user:password@host/name`, and check it.

        Raises:
            DatabaseError: it is away, damaged, or its tables are older or newer than this software.
        """
        engine = engine_of(url)
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    _check_file(connection)
                check_revision(connection)
        except DBAPIError as error:
            engine.dispose()
            raise unusable(error) from None
        except DatabaseError:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view; nothing is written."""
        with Session(self._snapshots, expire_on_commit=False) as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN")
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, on the disk when the block ends. One at a time on SQLite.

        Raises:
            StorageFull
        """
        with self._writer if self.is_sqlite else nullcontext(), Session(self.engine, expire_on_commit=False) as session:
            try:
                if self.is_sqlite:
                    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                yield session
                session.commit()
            except DBAPIError as error:
                if _is_full(error):
                    raise StorageFull from None
                raise

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Be the only one, of all processes on this database, who is inside under `name`.

        For what takes several transactions, or lies outside the database. Not to be nested.
        """
        with self._alone[zlib.crc32(name.encode()) % len(self._alone)]:
            if self.is_sqlite:
                yield
                return
            with self.engine.begin() as connection:
                hold(connection, name)
                yield

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


def engine_of(url: str) -> Engine:
    """An engine for `url`, set up as `Database` needs it. Connects to nothing yet.

    Raises:
        DatabaseError: not a URL of a database this software can use.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("the database URL cannot be read") from None
    # hide_parameters: an error that reaches the log must not quote what was stored.
    if parsed.drivername == "sqlite" and parsed.database:
        path = Path(parsed.database)
        return create_engine(
            "sqlite://",
            module=sqlite,
            creator=lambda: _connect(path),
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=40,
            hide_parameters=True,
        )
    if parsed.drivername == POSTGRESQL:
        return _postgresql(parsed)
    raise DatabaseError(f"the database URL must begin with sqlite:/// or {POSTGRESQL}://")


def check_revision(connection: Connection) -> None:
    """Are the tables those that this software works with?

    Raises:
        DatabaseError
    """
    if not inspect(connection).has_table("alembic_version"):
        raise DatabaseError("the database has no tables yet; run `central migrate`")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if revision > HEAD:
        raise DatabaseError("a newer version of this software wrote the database")
    if revision < HEAD:
        raise DatabaseError("the database is of an earlier version; make a copy of it, then run `central migrate`")


def unusable(error: DBAPIError) -> DatabaseError:
    """Why the database does not answer, in one line and without the statement."""
    reason = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    return DatabaseError(f"the database cannot be used ({reason})")


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        pool_size=10,
        max_overflow=40,
        pool_pre_ping=True,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 10,
            "application_name": "tongban-centre",
            # Short statements over skewed places: compiling them never pays, and a plan for any place suits none.
            "options": "-c synchronous_commit=on -c timezone=UTC -c jit=off -c plan_cache_mode=force_custom_plan",
        },
    )


def _check_file(connection: Connection) -> None:
    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
        raise DatabaseError("the disk does not allow a WAL database")
    if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
        raise DatabaseError("the database is damaged")


def _is_full(error: DBAPIError) -> bool:
    full_on_sqlite = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL"
    return full_on_sqlite or getattr(error.orig, "sqlstate", "") == "53100"


def _connect(path: Path) -> Any:
    connection = sqlite.connect(os.fspath(path), check_same_thread=False, isolation_level=None)
    for statement in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "journal_size_limit=16777216",
    ):
        connection.execute(f"PRAGMA {statement}").fetchall()
    return connection
