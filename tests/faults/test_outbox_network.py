"""Bad networks between outbox and centre: nothing lost, nothing twice, nothing altered.

Real sender, real centre, and between them a TCP relay that resets connections and swallows answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from central.export import export
from central.store.models import Case
from kiosk.outbox import queue
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.table import OutboxState
from tests.central.rig import (
    KIB,
    Chopper,
    FakeClock,
    RunningCentre,
    hand_in,
    initialised,
    photo,
    running_centre,
)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[RunningCentre]:
    with running_centre(initialised(tmp_path / "centre")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "kiosk" / "store.db")


def cases(centre: RunningCentre) -> int:
    with centre.parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def arrived(centre: RunningCentre, out: Path) -> list[bytes]:
    """The pages of all cases as the centre holds them."""
    return [
        (out / case / "files" / name).read_bytes()
        for case in export(centre.parts, out)
        for name in sorted(path.name for path in (out / case / "files").iterdir())
    ]


def rounds_until_sent(store: Store, sender: Sender, clock: FakeClock, most: int = 200) -> int:
    """Rounds of the station's loop, on a clock that is moved, until the outbox is empty."""
    for count in range(1, most + 1):
        report = sender.run_once()
        if queue.summary(store, 0.0).unsent == 0:
            return count
        clock.pass_by(report.wait)
    raise AssertionError(f"still unsent after {most} rounds: {report.trouble}")


def test_lost_acknowledgement_sends_one_application(store: Store, centre: RunningCentre, tmp_path: Path) -> None:
    """The centre commits, the answer never arrives: the classic way to a duplicate."""
    clock, scan = FakeClock(), photo(300 * KIB)
    hand_in(store, centre.key, [scan])
    with Chopper(centre.url, swallow_answer_to=b"POST /api/v1/applications", times=3) as relay:
        sender = Sender(store, relay.url, clock=clock.clock)
        first = sender.run_once()
        assert first.acknowledged == ()
        assert [entry.state for entry in queue.entries(store)] == [OutboxState.QUEUED]
        clock.pass_by(3600)
        rounds_until_sent(store, sender, clock)
        assert relay.acted == 3
    assert cases(centre) == 1
    assert arrived(centre, tmp_path / "out") == [scan]


@pytest.mark.parametrize("path", [b"POST /api/v1/uploads", b"PATCH /api/v1/uploads"])
def test_a_lost_answer_to_an_upload_step_changes_nothing(
    store: Store, centre: RunningCentre, tmp_path: Path, path: bytes
) -> None:
    clock, scan = FakeClock(), photo(2500 * KIB)
    hand_in(store, centre.key, [scan])
    with Chopper(centre.url, swallow_answer_to=path, times=2) as relay:
        rounds_until_sent(store, Sender(store, relay.url, clock=clock.clock), clock)
        assert relay.acted == 2
    assert arrived(centre, tmp_path / "out") == [scan]


@pytest.mark.parametrize("cut", [1, 700, 50 * KIB, 1024 * KIB, 2300 * KIB])
def test_a_connection_reset_anywhere_in_a_page_is_taken_up_again(
    store: Store, centre: RunningCentre, tmp_path: Path, cut: int
) -> None:
    clock, scan = FakeClock(), photo(3000 * KIB)
    hand_in(store, centre.key, [scan])
    with Chopper(centre.url, cut_request_after=cut, times=2) as relay:
        rounds_until_sent(store, Sender(store, relay.url, clock=clock.clock), clock)
        assert relay.acted >= 1
    assert arrived(centre, tmp_path / "out") == [scan]


def test_a_link_that_cuts_every_connection_early_still_delivers(
    store: Store, centre: RunningCentre, tmp_path: Path
) -> None:
    """A whole chunk never fits through: smaller ones must."""
    clock, scan = FakeClock(), photo(1500 * KIB)
    hand_in(store, centre.key, [scan])
    with Chopper(centre.url, cut_request_after=300 * KIB, times=1000) as relay:
        rounds_until_sent(store, Sender(store, relay.url, clock=clock.clock), clock)
        assert relay.acted > 3
    assert arrived(centre, tmp_path / "out") == [scan]


def test_two_scans_with_same_head_do_not_share_an_upload(store: Store, centre: RunningCentre, tmp_path: Path) -> None:
    """Scans with a white top margin are alike for their first 64 KiB and equal in length."""
    margin = b"\xff\xd8\xff" + b"\xff" * (80 * KIB)
    scans = [margin + photo(1200 * KIB, seed) for seed in (1, 2)]
    clock = FakeClock()
    hand_in(store, centre.key, scans)
    with Chopper(centre.url, cut_request_after=1100 * KIB, times=3) as relay:
        rounds_until_sent(store, Sender(store, relay.url, clock=clock.clock), clock)
    assert arrived(centre, tmp_path / "out") == scans


def test_an_outage_in_mid_batch_stops_the_batch_and_keeps_the_order(store: Store, centre: RunningCentre) -> None:
    clock = FakeClock()
    slips = [hand_in(store, centre.key, [photo(4 * KIB, n)]).slip_number for n in range(3)]
    with Chopper(centre.url, cut_request_after=1, times=10_000) as relay:
        report = Sender(store, relay.url, clock=clock.clock).run_once()
        assert not report.online
    assert [entry.attempts for entry in queue.entries(store)] == [0, 0, 0]
    report = Sender(store, centre.url, clock=clock.clock).run_once()
    assert [sent.slip_number for sent in report.acknowledged] == slips
