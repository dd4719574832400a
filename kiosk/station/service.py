"""`kiosk run`: the station's parts put together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version

from sqlalchemy import func, select

from kiosk import logs
from kiosk.config import Config
from kiosk.control import Channel, Message
from kiosk.outbox.errors import StoreError
from kiosk.outbox.sender import Sender, Sent
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.submit import sweep
from kiosk.outbox.table import outbox
from kiosk.printing.ledger import PrintLedger
from kiosk.station.sending import Sending
from kiosk.station.supervisor import Supervisor, VisitProcess


def run_station(config: Config, visit_arguments: Sequence[str]) -> None:
    """Supervise visits and send the outbox until SIGTERM or SIGINT.

    Args:
        config: this terminal's settings.
        visit_arguments: what `kiosk visit` is started with (settings file, overrides, recording).

    Raises:
        StoreError: the outbox cannot be opened; nothing was started.
    """
    logs.configure(config.data / "log")
    logs.log("station.started", version=version("tongban-kiosk"), terminal=config.terminal.id)
    store = open_store(config.store_file)
    sweep(store)
    ledger = PrintLedger(store, session=str(os.getpid()))
    ledger.recover()

    sender = Sender(store, config.central.url)
    sending = Sending(sender, lambda online: _network(supervisor, online), lambda sent: _delivered(supervisor, sent))
    supervisor = Supervisor(
        spawn=lambda: _spawn(visit_arguments),
        outbox_mark=lambda: _last_row(store),
        submitted_since=lambda mark: _slip_numbers_after(store, mark),
        on_message=lambda message: _heard(message, sending),
        on_gone=lambda pid: _settle_prints(ledger, pid),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    sending.start()
    reason = "defect"
    try:
        supervisor.run()
        reason = "signal"
    finally:
        sending.stop()
        store.close()
        logs.log("station.stopped", reason=reason)


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
        sending.wake()


# A sick store must not take the screens down with it: there is still a help screen, and progress to ask for.


def _settle_prints(ledger: PrintLedger, pid: int) -> None:
    try:
        unknown = ledger.recover(session=str(pid))
    except StoreError as error:
        _store_failed(error)
        return
    if unknown:
        logs.log("print.interrupted", pid=pid, unknown=unknown)


def _last_row(store: Store) -> int:
    """The number of the last row; when the store fails, one that nothing comes after."""
    try:
        with store.begin() as connection:
            return connection.scalar(select(func.max(outbox.c.seq))) or 0
    except StoreError as error:
        _store_failed(error)
        return sys.maxsize


def _slip_numbers_after(store: Store, mark: int) -> tuple[str, ...]:
    try:
        with store.begin() as connection:
            return tuple(connection.scalars(select(outbox.c.slip_number).where(outbox.c.seq > mark)))
    except StoreError as error:
        _store_failed(error)
        return ()


def _store_failed(error: StoreError) -> None:
    logs.log("outbox.store_failed", reason=type(error).__name__)
