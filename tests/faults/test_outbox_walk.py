"""A seeded walk over everything that can go wrong between outbox and centre, with the one promise checked at the end:
every application arrives once and unaltered.

Resets anywhere, swallowed answers, senders that vanish and are started anew, a centre that is reopened on its data,
citizens submitting all the while. The seed is in the test's name; a failing one is a test by itself.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from central.export import export
from kiosk.outbox import queue
from kiosk.outbox.sender import Sender
from kiosk.outbox.store import open_store
from tests.central.rig import KIB, Chopper, FakeClock, hand_in, initialised, photo, running_centre

ANSWERS = [b"POST /api/v1/applications", b"POST /api/v1/uploads", b"PATCH /api/v1/uploads", b"GET /api/v1/centre"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_each_application_arrives_once_and_unaltered(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    settings = initialised(tmp_path / "centre")
    clock, submitted = FakeClock(), {}
    store = open_store(tmp_path / "kiosk" / "store.db")
    for _ in range(12):
        with running_centre(settings) as centre:
            if dice.random() < 0.6:
                scan = photo(dice.randrange(1 * KIB, 1800 * KIB), dice.randrange(10**6))
                submitted[hand_in(store, centre.key, [scan]).slip_number] = scan
            fault = (
                {"cut_request_after": dice.randrange(1, 1500 * KIB)}
                if dice.random() < 0.5
                else {"swallow_answer_to": dice.choice(ANSWERS)}
            )
            with Chopper(centre.url, times=dice.randrange(6), **fault) as relay:
                sender = Sender(store, relay.url, clock=clock.clock)
                for _ in range(dice.randrange(1, 4)):
                    clock.pass_by(sender.run_once().wait)
                sender.close()
                store.close()
                store = open_store(store.path)
    with running_centre(settings) as centre:
        clock.pass_by(3600)
        sender = Sender(store, centre.url, clock=clock.clock)
        sender.run_once()
        assert queue.summary(store, 0.0).unsent == 0
        cases = export(centre.parts, tmp_path / "out")
    assert len(cases) == len(submitted)
    pages = [(tmp_path / "out" / case / "files" / "CARD-1.jpg").read_bytes() for case in cases]
    assert sorted(pages) == sorted(submitted.values())
