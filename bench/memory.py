"""What the screen costs in memory: the active and the spare process together, beside Chromium showing the same page.

Proportional set size (PSS) counts shared pages once, so that it can be added up over processes. Run
`python -m bench.memory`.
"""

from __future__ import annotations

import json
import shutil
import sys
import time

import psutil

from bench.display import VirtualDisplay
from bench.result import Result, table
from bench.screen_latency import HEIGHT, WIDTH, Child, chromium, find_start, first_paint


def pss(*processes: psutil.Process) -> float:
    """Proportional set size of these processes and all their children, MB."""
    total = 0
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            try:
                total += one.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
    return total / 1e6


def ours(display: VirtualDisplay) -> tuple[float, float]:
    """PSS of the active process alone, and of active and spare together, after both screens were seen."""
    active = Child(display.name)
    try:
        active.hear("attract")
        display.settle()
        display.move(*find_start(display))
        display.click()
        active.hear("home")
        alone = pss(psutil.Process(active.process.pid))
        spare = Child(display.name, "--hidden")
        try:
            spare.hear("attract")
            return alone, pss(psutil.Process(active.process.pid), psutil.Process(spare.process.pid))
        finally:
            spare.stop()
    finally:
        active.stop()


def theirs(display: VirtualDisplay) -> float:
    """PSS of all of Chromium's processes, after both screens were seen."""
    began = time.monotonic()
    with chromium(display.name) as process:
        first_paint(display, began)
        display.settle(1.0)
        display.move(*find_start(display))
        display.click()
        display.settle(1.0)
        return pss(psutil.Process(process.pid))


def run() -> list[Result]:
    """Measure; needs Xvfb and, for the peer's side, Chromium (Debian: xvfb, chromium)."""
    with VirtualDisplay(WIDTH, HEIGHT) as display:
        alone, both = ours(display)
        peer = theirs(display) if shutil.which("chromium") is not None else None
    note = "PSS, all processes; peer: Chromium --kiosk with the same two screens"
    return [
        Result("memory of one screen process", alone, peer, "MB", note),
        Result("memory of active and spare", both, peer, "MB", f"{note}; goal: below half"),
    ]


if __name__ == "__main__":
    results = run()
    print(json.dumps([result.as_dict() for result in results], ensure_ascii=False, indent=1), file=sys.stdout)
    print(table(results))
