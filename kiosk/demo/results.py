"""What a demonstration leaves behind: pictures, slips, what the centre received, the timeline; and whether all is there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.virtual.client import DockClient, DockError
from kiosk.demo.processes import Demonstration
from screens.pilot_client import PilotClient, PilotError

PATIENCE = 60.0
LOOK_EVERY = 0.05


class NothingCame(Exception):
    """What was waited for did not come in time."""


def wait_for_pilot(demonstration: Demonstration) -> PilotClient:
    """A connection to the visit that owns the screen now, standing where the next citizen finds it.

    Raises:
        NothingCame
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            pilot = PilotClient(demonstration.pilot)
            if pilot.screen().screen in ("attract", "recovered"):
                return pilot
            pilot.close()
        except (OSError, PilotError):
            if demonstration.station is not None and demonstration.station.process.poll() is not None:
                break
        time.sleep(LOOK_EVERY)
    raise NothingCame("no visit that waits for a citizen")


def wait_until_sent(demonstration: Demonstration) -> None:
    """Until the outbox is empty. Raises NothingCame."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not unsent(demonstration):
            return
        time.sleep(LOOK_EVERY)
    raise NothingCame("the outbox did not become empty")


def unsent(demonstration: Demonstration) -> int:
    """How many applications wait on the terminal."""
    from kiosk.outbox import queue
    from kiosk.outbox.store import open_store

    store = open_store(demonstration.kiosk_data / "kiosk.db")
    try:
        return queue.summary(store, time.time()).unsent
    finally:
        store.close()


def export(demonstration: Demonstration, folder: Path) -> int:
    """Write what the centre holds from this terminal to `folder`; how many applications that is."""
    command = [sys.executable, "-m", "central", "export", "--terminal", demonstration.terminal_id]
    command += ["--data", str(demonstration.central_data), "--out", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return len(done.stdout.split())


@dataclass(frozen=True)
class Results:
    """What is in the results' folder."""

    pictures: int
    slips: int
    applications: int
    missing: tuple[str, ...]
    """What should be there and is not, in words."""


def collect(
    demonstration: Demonstration, out: Path, waits: Sequence[dict[str, object]], passed: Sequence[Sequence[str]]
) -> Results:
    """End the terminal and fill `out`: slips as picture and text, the applications at the centre, the timeline.

    Args:
        demonstration: is running still.
        out: the folder; the pictures are in it already.
        waits: what the citizens waited for.
        passed: the names of the screens that each scripted citizen passed; they must have left what citizens leave.
    """
    missing: list[str] = []
    try:
        wait_until_sent(demonstration)
    except NothingCame:
        missing.append(f"{unsent(demonstration)} applications are not sent yet")
    demonstration.stop_station()  # from here on all pictures are written
    applications = export(demonstration, out / "centre")
    slips = _slips(DockClient(demonstration.dock_url), out)
    screens = [
        {"visit": timeline.parent.name, **entry}
        for timeline in sorted((out / "screens").glob("*/timeline.json"))
        for entry in json.loads(timeline.read_text("utf-8"))
    ]
    timeline = {"waits": list(waits), "screens": screens}
    (out / "timeline.json").write_text(json.dumps(timeline, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for number, names in enumerate(passed, start=1):
        folder = out / "screens" / f"visit-{number:02d}"
        there = {picture.stem.partition("-")[2] for picture in folder.glob("*.png")}
        missing += [f"no picture of {name} in {folder}" for name in sorted(set(names) - there)]
    if applications < len(passed):
        missing.append(f"the centre holds {applications} applications of {len(passed)}")
    if slips < len(passed):
        missing.append(f"{slips} slips came out instead of {len(passed)}")
    return Results(len(list((out / "screens").glob("*/*.png"))), slips, applications, tuple(missing))


def _slips(dock: DockClient, out: Path) -> int:
    count = 0
    while True:
        try:
            picture, text = dock.print(count)
        except DockError:
            return count
        count += 1
        (out / f"slip-{count:02d}.png").write_bytes(picture)
        (out / f"slip-{count:02d}.txt").write_text(text + "\n", "utf-8")
