"""What is submitted goes on being sent, and screens go on being shown, when the terminal's store is sick."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.config import Config, load
from kiosk.outbox.errors import DiskFull, StoreDamaged
from kiosk.outbox.sender import Report, Sender, Sent
from kiosk.outbox.store import Store, open_store
from kiosk.station import sending, service

SHIPPED = Path(__file__).parents[2] / "config.toml"
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

    ailing = Ailing(store, failure, failure)
    sender = sending.Sending(lambda: ailing, lambda _: None, on_delivered)
    sender.start()
    assert done.wait(WAIT)
    sender.stop()
    assert delivered == list(SENT.acknowledged)


def test_sending_begins_once_a_store_that_could_not_be_opened_can(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TROUBLE_WAIT", 0.0)
    done = threading.Event()
    failures = [DiskFull("full"), DiskFull("full")]

    def make() -> Sender:
        if failures:
            raise failures.pop()
        return Ailing(store)

    sender = sending.Sending(make, lambda _: None, lambda _: done.set())
    sender.start()
    assert done.wait(WAIT)
    sender.stop()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(SHIPPED, [f"paths.data={tmp_path}"], check_devices=False)


def test_a_store_that_fails_takes_no_screen_down_and_tells_nobody_anothers_numbers(config: Config) -> None:
    books = service._Books(config)
    config.store_file.write_bytes(b"no database" * 1000)
    books.open_early()
    mark = books.last_row()
    books.settle_prints(1)
    assert books.slip_numbers_after(mark) == ()
    config.store_file.unlink()
    assert books.last_row() == 0
    assert books.slip_numbers_after(mark) == ()
    books.close()


def test_a_second_station_on_the_same_data_folder_is_refused(config: Config) -> None:
    refused = pytest.raises(service.AlreadyRunning, match="another station")
    with service._alone(config.data), refused, service._alone(config.data):
        raise AssertionError
    with service._alone(config.data):
        pass


@pytest.mark.parametrize(("kind", "rounds"), [("submitting_soon", 2), ("stored", 2), ("nonsense", 1)])
def test_the_centre_is_asked_for_at_once_when_somebody_is_about_to_submit(store: Store, kind: str, rounds: int) -> None:
    asked = threading.Semaphore(0)
    sender = sending.Sending(lambda: Ailing(store), lambda _: None, lambda _: asked.release())
    sender.start()
    assert asked.acquire(timeout=WAIT)
    service._heard({"type": kind}, sender)
    assert asked.acquire(timeout=WAIT if rounds == 2 else 0.2) is (rounds == 2)
    sender.stop()
