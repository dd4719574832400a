"""A whole terminal: card placed to card shown, spare promoted, memory of the real visit processes.

Everything runs as in `kiosk demo`: real processes, real bytes, virtual devices that take a real module's time. Run
`python -m bench.visit`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bench.memory import pss
from bench.result import Result, median, table
from drivers.id_card_reader.sam import Settings, open_device
from drivers.status import Deadline
from drivers.virtual.client import DockClient
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.personas import PERSONAS
from kiosk.demo.citizen import PLANS, Citizen
from kiosk.demo.processes import Demonstration
from kiosk.demo.results import wait_for_pilot

SETTINGS = Path(__file__).parents[1] / "config.toml"
CARDS = 9
KILLS = 7
REAL = 1.0
"""Speed of the virtual module: that of a real one."""
LOOK_EVERY = 0.002


def run(report: Callable[[str], None] = lambda _: None) -> list[Result]:
    """Measure; needs no display."""
    report("driver alone")
    alone = driver_alone()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _terminal(Path(folder)) as terminal:
        report("cards on the terminal")
        shown = cards_shown(terminal)
        report("memory")
        memory = memory_of_visits(terminal)
        report("kills")
        promoted, started = promotions(terminal)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _terminal(Path(folder)) as terminal:
        report("memory while papers are photographed")
        filling, photographing = memory_while_photographing(terminal)
    return [
        Result(
            "card placed to card shown, median",
            median(shown),
            median(alone),
            "ms",
            "peer: the protocol alone (same module, same poll, driver only); goal: at most 100 ms more",
        ),
        Result(
            "spare promoted after kill -9, median",
            median(promoted),
            median(started),
            "ms",
            "peer: starting a process instead; from the station noticing to the first frame; goal 50 ms",
        ),
        Result(
            "memory of the real visits, active and spare",
            memory,
            None,
            "MB",
            "PSS; with catalogue, settings, device drivers, card reader and printer polled; attract and home seen; goal: below half of Chromium, which is measured below",
        ),
        Result(
            "what documents add to a visit's memory",
            photographing - filling,
            None,
            "MB",
            "PSS; camera, page work and the process that reads, after a page was taken, judged and read; goal: 600 MB",
        ),
        Result(
            "memory of a visit that photographs, with its reader",
            photographing,
            None,
            "MB",
            "PSS; the same with everything before: forms filled in, Chinese typed, chip card read",
        ),
    ]


def driver_alone() -> list[float]:
    """Card placed to card read by the driver, ms, while it polls."""
    device = VirtualIdCardReader(speed=REAL)
    device.start()
    reader = open_device(Settings(link=device.settings["link"]))
    try:
        return [_read_once(device, reader, number) for number in range(CARDS)]
    finally:
        reader.close()
        device.stop()


def _read_once(device: VirtualIdCardReader, reader: Any, number: int) -> float:
    finished: list[float] = []
    deadline = Deadline(30)
    thread = threading.Thread(target=lambda: (reader.read_card(deadline), finished.append(time.monotonic())))
    thread.start()
    time.sleep(_phase(number))
    begun = time.monotonic()
    device.place("wang")
    thread.join()
    device.lift()
    return (finished[0] - begun) * 1000


def _phase(number: int) -> float:
    """Cards come at every moment of a poll: the same ones on both sides."""
    return 0.8 + 0.3 * number / CARDS


def cards_shown(terminal: Demonstration) -> list[float]:
    """Card placed to the confirmed card on the glass, ms."""
    dock, took = DockClient(terminal.dock_url), []
    with wait_for_pilot(terminal) as pilot:
        Citizen(pilot, dock, PERSONAS["wang"], PLANS["C001"]).plays(until="place_card")
        for number in range(CARDS):
            time.sleep(_phase(number))
            begun = time.monotonic()
            dock.turn("id_card_reader", "place", "wang")
            while pilot.screen().screen != "card_confirmed":
                time.sleep(LOOK_EVERY)
            took.append((time.monotonic() - begun) * 1000)
            dock.turn("id_card_reader", "lift")
            pilot.tap("another_card")
            pilot.wait(screen="place_card")
        pilot.tap("quit")
    return took


def memory_of_visits(terminal: Demonstration) -> float:
    """PSS of active and spare together, MB, once the home screen was seen."""
    with wait_for_pilot(terminal) as pilot:
        pilot.tap("start")
        pilot.wait(screen="home")
        _until(lambda: _log(terminal, "visit.ready") >= 3)
        station = psutil.Process(_station(terminal))
        return pss(*station.children())


def memory_while_photographing(terminal: Demonstration) -> tuple[float, float]:
    """PSS of the active visit before the camera is wanted, and with its reader after a page was taken and read; MB."""
    dock = DockClient(terminal.dock_url)
    with wait_for_pilot(terminal) as pilot:
        citizen = Citizen(pilot, dock, PERSONAS["wang"], PLANS["C001"])
        citizen.plays(until="material_way")
        visit = psutil.Process(_entries(terminal, "visit.promoted")[-1]["pid"])
        before = pss(visit)
        citizen.plays(until="page_review")
        _until(lambda: bool(visit.children()) and _idle(visit.children()[0]))
        after = pss(visit)
        pilot.tap("quit")
        return before, after


def _idle(process: psutil.Process) -> bool:
    """Whether it does nothing for half a second."""
    before = process.cpu_times()
    time.sleep(0.5)
    return process.cpu_times() == before


def promotions(terminal: Demonstration) -> tuple[list[float], list[float]]:
    """Times to promote a spare, and to start a process, ms, as the station logged them."""
    for _ in range(KILLS):
        before = _log(terminal, "visit.promoted")
        ready = _log(terminal, "visit.ready")
        os.kill(_entries(terminal, "visit.promoted")[-1]["pid"], signal.SIGKILL)
        _until(lambda before=before: _log(terminal, "visit.promoted") > before)
        _until(lambda ready=ready: _log(terminal, "visit.ready") > ready)
    promoted = [entry["ms"] for entry in _entries(terminal, "visit.promoted") if entry["after"] == "crash"]
    return promoted, [entry["ms"] for entry in _entries(terminal, "visit.ready")]


def _terminal(folder: Path) -> Demonstration:
    return Demonstration(SETTINGS, folder, realistic=True)


def _station(terminal: Demonstration) -> int:
    if terminal.station is None:
        raise RuntimeError("no station")
    return terminal.station.process.pid


def _entries(terminal: Demonstration, event: str) -> list[dict[str, Any]]:
    lines = (terminal.logs / "station.log").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if f'"{event}"' in line]


def _log(terminal: Demonstration, event: str) -> int:
    return len(_entries(terminal, event))


def _until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


if __name__ == "__main__":
    results = run(lambda line: print(line, file=sys.stderr))
    print(table(results))
