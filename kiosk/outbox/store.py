"""The terminal's store: one SQLite file, shared by the visit processes and the station.

Durability is a setting that is easily lost without notice, so it is read back: a store that is not WAL with
synchronous=FULL does not open. In WAL mode NORMAL loses acknowledged rows at a power cut, FULL does not; the
rollback journal loses the last row even with FULL, when the journal's removal did not reach the disk.

Every transaction is BEGIN IMMEDIATE: a deferred one that turns into a writer half-way fails with SQLITE_BUSY
without waiting. Two processes write one file, and SQLite before 3.51.3 can corrupt a WAL under several writers;
Debian 12 has 3.40, so the library comes from pysqlite3.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from kiosk.outbox.errors import DiskFull, StoreDamaged, StoreError, StoreTooNew
from kiosk.outbox.table import metadata

SCHEMA_VERSION = 1
"""`PRAGMA user_version` of the stores this code reads and writes."""

BUSY_TIMEOUT_MS = 5000

_FULL = {"SQLITE_FULL"}
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


@dataclass(frozen=True)
class Store:
    """An open store. Threads and processes may share the file; each process opens it for itself."""

    path: Path
    engine: Engine

    @property
    def folder(self) -> Path:
        """Where sealed envelopes lie: the folder `outbox` beside the database."""
        return self.path.parent / "outbox"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed and on the disk when the block ends, undone when it raises.

        Raises:
            DiskFull, StoreDamaged, StoreError
        """
        with store_errors(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file. Harmless twice."""
        self.engine.dispose()


def open_store(path: Path) -> Store:
    """Open the database at `path` (made when it is not there), check it, and be sure that it is durable.

    Raises:
        DiskFull, StoreDamaged, StoreTooNew, StoreError
    """
    with store_errors():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(path, _engine(path))
        store.folder.mkdir(exist_ok=True, mode=0o700)
    try:
        with store_errors():
            _check(store)
    except StoreError:
        store.close()
        raise
    return store


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what SQLite and the file system raise into the error tree."""
    try:
        yield
    except DBAPIError as error:
        # The statement's parameters stay out of the message: they may be anything.
        name = str(getattr(error.orig, "sqlite_errorname", "") or "")
        if name in _FULL:
            raise DiskFull("the disk is full") from None
        if name.startswith(tuple(_DAMAGED)):
            raise StoreDamaged(f"the database is damaged ({name})") from None
        raise StoreError(f"the database failed ({name or type(error.orig).__name__})") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull("the disk is full") from error
        raise StoreError(f"the data folder failed ({errno.errorcode.get(error.errno or 0, 'OSError')})") from error


def pragma(connection: Connection, name: str) -> object:
    """The value of a PRAGMA on this connection."""
    return connection.execute(text(f"PRAGMA {name}")).scalar()


def _engine(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=sqlite,
        creator=lambda: _connect(path),
        poolclass=QueuePool,
        pool_size=4,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _connect(path: Path) -> Any:
    connection = sqlite.connect(os.fspath(path), check_same_thread=False, isolation_level=None)
    try:
        for statement in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "wal_autocheckpoint=1000",
            "journal_size_limit=4194304",
        ):
            connection.execute(f"PRAGMA {statement}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _check(store: Store) -> None:
    with store.engine.begin() as connection:
        mode, synchronous = pragma(connection, "journal_mode"), pragma(connection, "synchronous")
        if mode != "wal" or synchronous != 2:
            raise StoreError(f"the disk does not allow a durable database (journal_mode={mode})")
        found = pragma(connection, "quick_check(1)")
        if found != "ok":
            raise StoreDamaged("the database fails its check")
        version = int(str(pragma(connection, "user_version")))
        if version > SCHEMA_VERSION:
            raise StoreTooNew(f"the store has schema {version}, this software knows {SCHEMA_VERSION}")
        if version < SCHEMA_VERSION:
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
