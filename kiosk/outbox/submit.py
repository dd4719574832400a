"""From a confirmed application to something that survives a power cut.

Order: the sealed files are written to a folder of their own and fsynced, the folder is renamed to its final name
and the parent fsynced, then the row is committed. Only then may the screen say 已提交. A crash in between leaves
a folder without a row, which `sweep` removes; never a row without its files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.outbox.errors import StoreError
from kiosk.outbox.store import Store, store_errors
from kiosk.outbox.table import OutboxState, counters, outbox
from kiosk.protocol import slip_number
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import CentreKey, Envelope, seal


@dataclass(frozen=True)
class Stored:
    """An application is safe on disk."""

    application_id: UUID
    slip_number: str
    query_code: str
    """Printed beside the slip number; both are needed to ask for progress."""


def next_slip_number(store: Store, region: str, terminal: int) -> str:
    """A slip number that nobody has had and nobody will get, whatever the clock says. A gap does no harm.

    Args:
        store: counts for this terminal.
        region: six digits, where the terminal stands.
        terminal: 0…999, its number within the region.

    Raises:
        DiskFull, StoreDamaged, StoreError
    """
    with store.begin() as connection:
        statement = upsert(counters).values(name="slip", value=1)
        statement = statement.on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        counter = connection.execute(statement.returning(counters.c.value)).scalar_one()
    return slip_number.make(region, terminal, counter)


def submit(
    store: Store,
    application: Application,
    files: Mapping[str, bytes],
    centre: CentreKey,
    *,
    wall_clock: Callable[[], float] = time.time,
) -> Stored:
    """Seal an application and store it durably. When this returns, a power cut loses nothing.

    Args:
        store: the terminal's store.
        application: what the citizen confirmed; its slip number comes from `next_slip_number`.
        files: plain bytes by SHA-256, exactly those that the application names.
        centre: whose key to seal to.
        wall_clock: Unix seconds.

    Raises:
        DiskFull: nothing was stored.
        StoreDamaged, StoreError: it is not certain that anything was stored; submitting the same application
            again is safe.
        EnvelopeError: the files are not those that the application names.
    """
    name = str(application.application_id)
    stored = Stored(
        application.application_id, application.slip_number, slip_number.query_code(application.application_id)
    )
    envelope = seal(application, files, centre)
    with _writing(store):
        if _row(store, name):
            return stored
        folder = _write(store, name, envelope)
        try:
            with store.begin() as connection:
                connection.execute(
                    insert(outbox).values(
                        application_id=name,
                        slip_number=application.slip_number,
                        state=OutboxState.QUEUED,
                        manifest=envelope.manifest.model_dump_json(),
                        created_at=wall_clock(),
                    )
                )
        except StoreError:
            if not _may_have_row(store, name):
                shutil.rmtree(folder, ignore_errors=True)
            raise
    return stored


def sweep(store: Store) -> int:
    """Remove what a crash left: folders without a row, and files whose envelope was acknowledged.

    Returns how many folders went. Does nothing while some process is just storing an application.
    """
    with store_errors(), _lock(store, fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
        if not alone:
            return 0
        with store.begin() as connection:
            kept = set(
                connection.scalars(select(outbox.c.application_id).where(outbox.c.state != OutboxState.ACKNOWLEDGED))
            )
        gone = [path for path in store.folder.iterdir() if path.is_dir() and path.name not in kept]
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)
        return len(gone)


def sync_folder(folder: Path) -> None:
    """fsync a folder, so that names made or removed in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(store: Store, name: str, envelope: Envelope) -> Path:
    temporary, final = store.folder / f".{name}.{os.getpid()}", store.folder / name
    with store_errors():
        try:
            shutil.rmtree(final, ignore_errors=True)  # left by a crash before its row
            temporary.mkdir(mode=0o700)
            for part, sealed in envelope.parts.items():
                with (temporary / part).open("xb") as file:
                    file.write(sealed)
                    file.flush()
                    os.fsync(file.fileno())
            sync_folder(temporary)
            temporary.rename(final)
            sync_folder(store.folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    return final


def _row(store: Store, name: str) -> bool:
    with store.begin() as connection:
        return connection.scalar(select(outbox.c.seq).where(outbox.c.application_id == name)) is not None


def _may_have_row(store: Store, name: str) -> bool:
    """After an I/O error it may not be possible to tell. Files go only when surely nobody needs them."""
    try:
        return _row(store, name)
    except StoreError:
        return True


@contextmanager
def _writing(store: Store) -> Iterator[None]:
    """Keep `sweep` away. The lock ends with the process, however it ends."""
    with store_errors(), _lock(store, fcntl.LOCK_SH):
        yield


@contextmanager
def _lock(store: Store, how: int) -> Iterator[bool]:
    descriptor = os.open(store.folder / ".writing", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
