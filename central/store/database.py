"""SQLite as the centre's database: WAL, synchronous=FULL, one writer at a time.

Writers queue on a lock of this process instead of SQLite's busy handler, which sleeps and polls: with forty threads
that made the slowest commits wait half a second. Readers never wait.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite  # type: ignore[import-untyped]
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from central.store.models import Base

SCHEMA_VERSION = 1


class DatabaseError(Exception):
    """The database cannot be used. The message says why, in English, without content."""


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
    """The centre's database file, opened by one process."""

    def __init__(self, path: Path) -> None:
        """Open, check, and make what is missing.

        Raises:
            DatabaseError
        """
        self._writer = threading.Lock()
        self._engine = create_engine(
            "sqlite://",
            module=sqlite,
            creator=lambda: _connect(path),
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=40,
            hide_parameters=True,  # an error that reaches the log must not quote what was stored
        )
        try:
            self._prepare()
        except DBAPIError as error:
            raise DatabaseError(f"the database cannot be used ({error.orig})") from None

    def _prepare(self) -> None:
        with self._engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                raise DatabaseError("the disk does not allow a WAL database")
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise DatabaseError("the database is damaged")
            version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
            if version > SCHEMA_VERSION:
                raise DatabaseError("a newer version of this software wrote the database")
        if version < SCHEMA_VERSION:
            with self._engine.begin() as connection:
                Base.metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view; nothing is written."""
        with Session(self._engine, expire_on_commit=False) as session:
            session.connection().exec_driver_sql("BEGIN")
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, on the disk when the block ends. One at a time.

        Raises:
            StorageFull
        """
        with self._writer, Session(self._engine, expire_on_commit=False) as session:
            try:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                yield session
                session.commit()
            except DBAPIError as error:
                if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL":
                    raise StorageFull from None
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


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
