"""What a demonstration leaves behind: slips, what the centre received, the timeline."""

from __future__ import annotations

import json
import subprocess
import sys
import time
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
    """Write what the centre holds to `folder`; how many applications that is."""
    command = [
        sys.executable,
        "-m",
        "central",
        "export",
        "--data",
        str(demonstration.central_data),
        "--out",
        str(folder),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return len(done.stdout.split())


def collect(demonstration: Demonstration, out: Path, waits: list[dict[str, object]]) -> dict[str, object]:
    """Fill `out`: slips as picture and text, the applications as the centre received them, the timeline."""
    wait_until_sent(demonstration)
    applications = export(demonstration, out / "centre")
    slips = _slips(DockClient(demonstration.dock_url), out)
    screens = [
        {"visit": timeline.parent.name, **entry}
        for timeline in sorted((out / "screens").glob("*/timeline.json"))
        for entry in json.loads(timeline.read_text("utf-8"))
    ]
    (out / "timeline.json").write_text(
        json.dumps({"waits": waits, "screens": screens}, ensure_ascii=False, indent=1), "utf-8"
    )
    return {"applications": applications, "slips": slips, "pictures": len(list((out / "screens").glob("*/*.png")))}


def _slips(dock: DockClient, out: Path) -> int:
    count = 0
    while True:
        try:
            picture, text = dock.print(count)
        except DockError:
            return count
        count += 1
        (out / f"slip-{count:02d}.png").write_bytes(picture)
        (out / f"slip-{count:02d}.txt").write_text(text, "utf-8")
