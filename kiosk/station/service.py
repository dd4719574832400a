"""`kiosk run`: the station's parts put together."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, select

from kiosk import logs
from kiosk.catalogue import SHIPPED_FOLDER
from kiosk.config import Config
from kiosk.control import Channel, Message
from kiosk.outbox.client import CentreClient
from kiosk.outbox.errors import StoreError
from kiosk.outbox.sender import Sender, Sent
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.submit import sweep
from kiosk.outbox.table import outbox
from kiosk.printing.ledger import PrintLedger
from kiosk.station.heartbeat import Heartbeats
from kiosk.station.samples import SampleFetcher
from kiosk.station.sending import Sending
from kiosk.station.subscription import Subscription
from kiosk.station.supervisor import Supervisor, VisitProcess

T = TypeVar("T")


class AlreadyRunning(Exception):
    """Another station works on this data folder: two would take each other's devices and prints."""


def run_station(config: Config, visit_arguments: Sequence[str]) -> None:
    """Supervise visits and send the outbox until SIGTERM or SIGINT.

    A store that cannot be opened (a full disk, a broken one) does not leave the terminal without a screen: guides,
    progress and help still work, submitting says what is wrong, and the store is tried again.

    Args:
        config: this terminal's settings.
        visit_arguments: what `kiosk visit` is started with (settings file, overrides, recording).

    Raises:
        AlreadyRunning
    """
    with _alone(config.data):
        logs.configure(config.data / "log")
        logs.log("station.started", version=version("tongban-kiosk"), terminal=config.terminal.id)
        books = _Books(config)
        books.open_early()
        sending = Sending(
            lambda: Sender(books.store(), config.central.url),
            lambda online: _network(supervisor, online),
            lambda sent: _delivered(supervisor, sent),
        )
        samples = SampleFetcher(
            config.published_file, config.central.signing_key, config.samples_folder, SHIPPED_FOLDER
        )
        samples.clear()
        heartbeats = Heartbeats(
            config,
            books.store,
            tuple(
                Subscription(file, config.central.signing_key, body=body, terminal_id=config.terminal.id)
                for body, file in config.published_files.items()
            ),
            lambda: CentreClient(config.central.url),
            lambda: supervisor.renew(),
            samples.fetch,
        )
        supervisor = Supervisor(
            spawn=lambda: _spawn(visit_arguments),
            outbox_mark=books.last_row,
            submitted_since=books.slip_numbers_after,
            on_message=lambda message: _heard(message, sending),
            on_gone=books.settle_prints,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        sending.start()
        heartbeats.start()
        reason = "defect"
        try:
            supervisor.run()
            reason = "signal"
        finally:
            heartbeats.stop()
            sending.stop()
            books.close()
            logs.log("station.stopped", reason=reason)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the data folder against a second station. The lock ends with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / "station.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # a folder that cannot be written is the store's trouble to report, and nobody else can be using it
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"{folder}: another station is running here") from None
        yield
    finally:
        os.close(descriptor)


class _Books:
    """Outbox and print ledger as the station uses them, opened when they can be. Any thread may ask."""

    def __init__(self, config: Config) -> None:
        self._file = config.store_file
        self._opening = threading.Lock()
        self._open: tuple[Store, PrintLedger] | None = None

    def open_early(self) -> None:
        """Open now if that works; what the last run left half done is settled before a visit begins."""
        try:
            self.store()
        except StoreError as error:
            _store_failed(error)

    def store(self) -> Store:
        """The store, opened by now. Raises StoreError."""
        return self._opened()[0]

    def close(self) -> None:
        """Let go of it."""
        with self._opening:
            if self._open is not None:
                self._open[0].close()

    def _opened(self) -> tuple[Store, PrintLedger]:
        with self._opening:
            if self._open is None:
                store = open_store(self._file)
                sweep(store)
                ledger = PrintLedger(store, session=str(os.getpid()))
                ledger.recover()
                self._open = store, ledger
            return self._open

    def settle_prints(self, pid: int) -> None:
        """A visit process is gone: what it was printing has an unknown end."""
        try:
            unknown = self._opened()[1].recover(session=str(pid))
        except StoreError as error:
            _store_failed(error)
            return
        if unknown:
            logs.log("print.interrupted", pid=pid, unknown=unknown)

    def last_row(self) -> int:
        """The number of the outbox's last row; when the store fails, one that nothing comes after."""
        return self._ask(lambda connection: connection.scalar(select(func.max(outbox.c.seq))) or 0, sys.maxsize)

    def slip_numbers_after(self, mark: int) -> tuple[str, ...]:
        """What was submitted after a row."""
        query = select(outbox.c.slip_number).where(outbox.c.seq > mark)
        return self._ask(lambda connection: tuple(connection.scalars(query)), ())

    def _ask(self, question: Callable[[Connection], T], otherwise: T) -> T:
        """An answer from the store. A sick one must not take the screens down with it: then `otherwise`."""
        try:
            with self.store().begin() as connection:
                return question(connection)
        except StoreError as error:
            _store_failed(error)
            return otherwise


def _store_failed(error: StoreError) -> None:
    logs.log("outbox.store_failed", reason=type(error).__name__)


def _spawn(arguments: Sequence[str]) -> VisitProcess:
    channel, theirs = Channel.pair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "visit", "--control-fd", str(theirs.fileno()), *arguments],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return VisitProcess(process, channel)


def _network(supervisor: Supervisor, online: bool) -> None:
    supervisor.online = online
    supervisor.tell_active("network", online=online)


def _delivered(supervisor: Supervisor, sent: Sent) -> None:
    supervisor.tell_active("delivered", slip_number=sent.slip_number, case_number=sent.case_number)


def _heard(message: Message, sending: Sending) -> None:
    if message["type"] == "stored":
        logs.log("outbox.stored", slip_number=str(message.get("slip_number", "")))
    if message["type"] in ("stored", "submitting_soon"):
        sending.wake()
