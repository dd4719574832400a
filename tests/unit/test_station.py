"""What is submitted goes on being sent, and screens go on being shown, when the terminal's store is sick."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.outbox.errors import StoreDamaged
from kiosk.outbox.sender import Report, Sender, Sent
from kiosk.outbox.store import Store, open_store
from kiosk.printing import PrintLedger
from kiosk.station import sending, service

WAIT = 20.0
"""Seconds after which a test gives up on the sender's thread."""
SENT = Report(acknowledged=(Sent(UUID(int=1), "199900001000000142", "GH-1"),), online=True, wait=3600.0)


class Ailing(Sender):
    """A sender whose first rounds fail."""

    def __init__(self, store: Store, *failures: Exception) -> None:
        super().__init__(store, "http://127.0.0.1:9")
        self._failures = list(failures)

    def run_once(self) -> Report:
        if self._failures:
            raise self._failures.pop(0)
        return SENT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "kiosk.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("failure", [StoreDamaged("damaged"), RuntimeError("a defect")])
def test_one_failed_round_does_not_end_the_sending(
    store: Store, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TROUBLE_WAIT", 0.0)
    delivered: list[Sent] = []
    done = threading.Event()

    def on_delivered(sent: Sent) -> None:
        delivered.append(sent)
        done.set()

    sender = sending.Sending(Ailing(store, failure, failure), lambda _: None, on_delivered)
    sender.start()
    assert done.wait(WAIT)
    sender.stop()
    assert delivered == list(SENT.acknowledged)


def test_a_damaged_store_takes_no_screen_down_and_tells_nobody_anothers_numbers(store: Store) -> None:
    ledger = PrintLedger(store, "1")
    assert service._last_row(store) == 0
    store.close()
    store.path.with_name(store.path.name + "-wal").unlink(missing_ok=True)
    sound = store.path.read_bytes()
    store.path.write_bytes(b"no database" * 1000)
    mark = service._last_row(store)
    assert service._slip_numbers_after(store, mark) == ()
    service._settle_prints(ledger, 1)
    store.path.write_bytes(sound)
    assert service._slip_numbers_after(store, mark) == ()
