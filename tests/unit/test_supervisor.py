"""Whatever happens to a visit process, the next citizen finds a working screen, and is told what is already safe.

The children are real processes that speak the real control channel; only the clock is made.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.control import Channel, Message
from kiosk.station.supervisor import FROZEN_SECONDS, Stage, Supervisor, VisitProcess

CHILD = """
import sys
from kiosk.control import Channel
channel = Channel.inherited(int(sys.argv[1]))
if sys.argv[2] == "dies":
    sys.exit(3)
channel.send("ready")
for message in channel.messages():
    if message["type"] == "show":
        if sys.argv[2] == "dies when shown":
            sys.exit(3)
        channel.send("shown")
        channel.send("echo", show=message)
    elif message["type"] == "ping":
        channel.send("echo", show={"type": "pong"})
    elif message["type"] == "end":
        channel.send("ended", reason="done")
        sys.exit(0)
    elif message["type"] == "renew":
        channel.send("ended", reason="renewed")
        sys.exit(0)
    elif message["type"] == "stop":
        sys.exit(0)
"""
GIVE_UP = 30.0


class Station:
    """A supervisor over real children, with a clock that only moves when told."""

    def __init__(self, tmp_path: Path) -> None:
        self.script = tmp_path / "child.py"
        self.script.write_text(CHILD)
        self.now = 100.0
        self.behaviour = "lives"
        self.heard: list[Message] = []
        self.submitted: list[str] = []
        self.supervisor = Supervisor(
            spawn=self.spawn,
            outbox_mark=lambda: len(self.submitted),
            submitted_since=lambda mark: self.submitted[mark:],
            on_message=self.heard.append,
            clock=lambda: self.now,
        )

    def spawn(self) -> VisitProcess:
        if self.behaviour == "no memory":
            raise BlockingIOError
        channel, theirs = Channel.pair()
        with theirs:
            command = [sys.executable, str(self.script), str(theirs.fileno()), self.behaviour]
            return VisitProcess(subprocess.Popen(command, pass_fds=[theirs.fileno()]), channel)

    def until(self, condition: str) -> VisitProcess:
        """Turn the loop until `condition` (an expression over active, spare, visits, shows) is true."""
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            self.supervisor.tick(0.05)
            active = self.supervisor.active
            spare = next((v for v in self.supervisor.visits if v.stage is Stage.SPARE), None)
            names = {"active": active, "spare": spare, "visits": self.supervisor.visits, "shows": self.shows()}
            if eval(condition, names):
                assert active is not None
                return active
        raise AssertionError(f"never came true: {condition}")

    def shows(self) -> list[Message]:
        return [json.loads(json.dumps(m["show"])) for m in self.heard if m["type"] == "echo"]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path)
    yield made
    made.supervisor._end_all()


def test_one_visit_owns_the_screen_and_one_waits(station: Station) -> None:
    active = station.until("active and spare and shows")
    assert active.stage is Stage.ACTIVE
    assert station.shows()[0]["after"] == "start"


def test_when_a_visit_ends_the_spare_takes_the_screen(station: Station) -> None:
    first = station.until("active and spare")
    first.channel.send("end")
    second = station.until("active and len(shows) == 2")
    assert second.pid != first.pid
    assert station.shows()[1] == {"type": "show", "after": "done", "recovered": []}


def test_when_something_is_published_the_spare_and_then_an_idle_visit_are_replaced(station: Station) -> None:
    first = station.until("active and spare")
    stale = {visit.pid for visit in station.supervisor.visits}
    station.supervisor.renew()
    second = station.until(f"active and spare and active.pid not in {stale}")
    assert first.pid in stale
    assert second.pid not in stale
    assert station.shows()[-1]["after"] == "done"


def test_a_killed_visit_is_replaced_and_the_next_screen_knows_what_is_safe(station: Station) -> None:
    first = station.until("active and spare and shows")
    station.submitted.append("199900001000000142")
    first.process.send_signal(signal.SIGKILL)
    station.until("active and len(shows) == 2")
    assert station.shows()[1] == {"type": "show", "after": "crash", "recovered": ["199900001000000142"]}


def test_what_an_earlier_visit_submitted_is_not_told_to_the_next_ones_successor(station: Station) -> None:
    station.submitted.append("199900001000000142")
    first = station.until("active and spare and shows")
    first.process.send_signal(signal.SIGKILL)
    station.until("active and len(shows) == 2")
    assert station.shows()[1]["recovered"] == []


def test_a_frozen_visit_is_killed_and_replaced(station: Station) -> None:
    first = station.until("active and spare and shows")
    first.process.send_signal(signal.SIGSTOP)
    station.now += FROZEN_SECONDS - 0.1
    for visit in station.supervisor.visits:
        if visit is not first:
            visit.last_alive = station.now
    station.supervisor.tick(0)
    assert station.supervisor.active is first
    station.now += 0.2
    station.until("active and len(shows) == 2")
    assert station.shows()[1]["after"] == "frozen"
    assert first.process.wait(GIVE_UP) == -signal.SIGKILL


def test_visits_do_not_pay_for_a_station_that_stood_still(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    first = station.until("active and spare and shows")
    select = station.supervisor._selector.select

    def after_a_pause(_timeout: float | None = None) -> list[Any]:
        station.now += 3 * FROZEN_SECONDS
        monkeypatch.setattr(station.supervisor._selector, "select", select)
        return []

    monkeypatch.setattr(station.supervisor._selector, "select", after_a_pause)
    for visit in station.supervisor.visits:
        visit.channel.send("ping")
    station.supervisor.tick(0.0)
    assert station.until("active and spare and len(shows) == 3") is first


def test_a_spare_that_dies_is_replaced_while_the_active_one_goes_on(station: Station) -> None:
    active = station.until("active and spare and shows")
    (spare,) = [visit for visit in station.supervisor.visits if visit is not active]
    spare.process.send_signal(signal.SIGKILL)
    spare.process.wait(GIVE_UP)
    assert station.until(f"active and spare and spare.pid != {spare.pid}") is active
    assert len(station.shows()) == 1


def test_a_visit_that_cannot_start_is_tried_again_with_growing_pauses(station: Station) -> None:
    station.behaviour = "dies"
    for expected_pause in (1.0, 2.0):
        station.supervisor.tick(0)
        (child,) = station.supervisor.visits
        child.process.wait(GIVE_UP)
        while station.supervisor.visits:
            station.supervisor.tick(0)
        station.supervisor.tick(0)
        assert station.supervisor.visits == [], "started again without a pause"
        station.now += expected_pause
    station.behaviour = "lives"
    station.until("active and spare")


def test_visits_that_die_before_they_are_seen_are_started_ever_more_slowly(station: Station) -> None:
    station.behaviour = "dies when shown"
    station.supervisor.tick(0)
    end = time.monotonic() + GIVE_UP
    while station.supervisor.visits and time.monotonic() < end:
        station.supervisor.tick(0.05)
    station.supervisor.tick(0)
    assert station.supervisor.visits == [], "started again without a pause"
    station.behaviour = "lives"
    station.now += 2.0
    station.until("active and spare and shows")


def test_a_machine_that_cannot_start_a_process_now_is_asked_again_later(station: Station) -> None:
    active = station.until("active and spare")
    station.behaviour = "no memory"
    active.channel.send("end")
    station.until(f"active and active.pid != {active.pid}")
    station.behaviour = "lives"
    station.now += 1.0
    station.until("active and spare")


def test_what_is_no_message_is_passed_over() -> None:
    ours, theirs = Channel.pair()
    with theirs:
        theirs.sendall(b'nonsense\n[1]\n{"no": "type"}\n{"type": "alive"}\n')
        assert ours.take() == [{"type": "alive"}]
    ours.close()


def test_stopping_the_station_ends_every_visit(station: Station) -> None:
    station.until("active and spare")
    processes = [visit.process for visit in station.supervisor.visits]
    station.supervisor.stop()
    station.supervisor.run()
    assert [process.poll() for process in processes] == [0, 0]
