"""How long a citizen waits for the glass: our screens beside the same screens as a page in Chromium --kiosk.

Both run one after the other under the same virtual display, in turns. A click comes from XTest; paint is when the pixels
of the frame buffer have become those of the next screen. Chromium runs with its default settings for a machine without a
GPU. Run `python -m bench.screen_latency`.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.display import VirtualDisplay
from bench.pages import page
from bench.result import Result, median, percentile, table

ROUNDS = 3
"""How often each side is started."""

CLICKS = 12
"""Pairs of clicks (there and back) in each round."""

IDLE_FOR = 4.0
"""Seconds for which idleness is watched."""

WIDTH, HEIGHT = 1080, 1920

CHROMIUM = (
    *("--kiosk", "--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking"),
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=Translate,MediaRouter",
    "--password-store=basic",
    f"--window-size={WIDTH},{HEIGHT}",
    "--window-position=0,0",
)


@dataclass
class Times:
    """What one side took, in ms."""

    start: list[float] = field(default_factory=list)
    press: list[float] = field(default_factory=list)
    click: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    """Per cent of one core while nothing happens."""


class Child:
    """Our screen process and the lines it says."""

    def __init__(self, display: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.screen_process", *arguments],
            env={**os.environ, "DISPLAY": display},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(json.loads(line))

    def hear(self, screen: str, within: float = 20.0) -> dict[str, tuple[int, int]]:
        """Wait until this screen was drawn; return where its widgets are, from the top left."""
        deadline = time.monotonic() + within
        while True:
            said = self._said.get(timeout=max(0.01, deadline - time.monotonic()))
            if said["screen"] == screen:
                return {key: (round(x), HEIGHT - round(y)) for key, (x, y) in said["places"].items()}

    def say(self, command: str) -> None:
        """Give the process a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """End the process."""
        with suppress(OSError):
            self.say("stop")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@contextmanager
def chromium(display: str) -> Iterator[subprocess.Popen[bytes]]:
    """Show the page in Chromium, full screen."""
    with tempfile.TemporaryDirectory(prefix="bench-page-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "page.html"
        path.write_text(page(), encoding="utf-8")
        process = subprocess.Popen(
            ["chromium", *CHROMIUM, f"--user-data-dir={folder}/profile", path.as_uri()],
            env={**os.environ, "DISPLAY": display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def clicks(display: VirtualDisplay, there: tuple[int, int], back: tuple[int, int], times: Times) -> None:
    """Click there and back, each time until all pixels have changed."""
    attract = display.settle()
    display.move(*there)
    display.click()
    time.sleep(0.5)
    home = display.settle()
    differs = (attract != home).any(axis=2)
    for _ in range(CLICKS):
        display.move(*back)
        display.settle(0.2)
        began = display.click()
        times.click.append((display.wait_for(attract, differs) - began) * 1000)
        display.move(*there)
        display.settle(0.2)
        began = display.click()
        times.click.append((display.wait_for(home, differs) - began) * 1000)
    display.move(*back)
    display.click()
    display.settle()
    # Press feedback: the ground of the button changes while the finger is down; lifted outside it counts for nothing.
    display.move(*there)
    ground = (there[0] - 300, there[1] - 60, 200, 100)
    for _ in range(CLICKS):
        display.settle(0.2)
        before = display.part(ground)
        began = display.press()
        times.press.append((display.wait_for_change(ground, before) - began) * 1000)
        display.settle(0.2)
        display.move(10, 1000)
        display.release()
        display.move(*there)


def idle(pid: int) -> float:
    """Per cent of one core that a process and its children use while nothing happens."""

    def used() -> float:
        root = psutil.Process(pid)
        times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    before, began = used(), time.monotonic()
    time.sleep(IDLE_FOR)
    return 100 * (used() - before) / (time.monotonic() - began)


def find_start(display: VirtualDisplay) -> tuple[int, int]:
    """Find the middle of the blue start button."""
    blue = (display.picture() == (0xA3, 0x4F, 0x0B)).all(axis=2)
    # The most rows of blue without a break: the badge's letters are blue too.
    edges = np.flatnonzero(np.diff(np.concatenate(([0], blue[:, WIDTH // 2 - 350].astype(np.int8), [0]))))
    top, bottom = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0])
    return WIDTH // 2, int(top + bottom) // 2


def first_paint(display: VirtualDisplay, began: float) -> float:
    """Wait until the start button's blue is on the glass; return ms since `began`."""
    while time.monotonic() - began < 30:
        if (display.sample() == (0xA3, 0x4F, 0x0B)).all(axis=2).sum() > 500:
            return (time.monotonic() - began) * 1000
        time.sleep(0.001)
    raise TimeoutError("the start button never showed")


def ours(display: VirtualDisplay, times: Times) -> None:
    """One round of our screens."""
    began = time.monotonic()
    child = Child(display.name)
    try:
        times.start.append(first_paint(display, began))
        child.hear("attract")
        there = find_start(display)
        display.settle()
        display.move(*there)
        display.click()
        back = child.hear("home")["quit"]
        display.move(*back)
        display.click()
        child.hear("attract")
        clicks(display, there, back, times)
        times.idle.append(idle(child.process.pid))
    finally:
        child.stop()


def theirs(display: VirtualDisplay, times: Times) -> None:
    """One round of Chromium."""
    began = time.monotonic()
    with chromium(display.name) as process:
        times.start.append(first_paint(display, began))
        display.settle(1.0)
        there = find_start(display)
        clicks(display, there, (100, HEIGHT - 88), times)
        times.idle.append(idle(process.pid))


def typing(display: VirtualDisplay) -> list[float]:
    """Key to rendered, ms: letters of a long address, one after the other, until the field's text has changed."""
    child = Child(display.name)
    try:
        child.hear("attract")
        child.say("keyboard")
        places = child.hear("form")
        took = []
        for letter in "hedongjiedaozhongyangdajie" * 2:
            display.move(*places[f"key:{letter}"])
            display.settle(0.1)
            box = (48, places["address"][1] - 60, 984, 120)
            before = display.part(box)
            began = display.click()
            took.append((display.wait_for_change(box, before) - began) * 1000)
            if len(took) == 26:
                display.move(*places["key:space"])
                display.settle(0.1)
                display.click()
        return took
    finally:
        child.stop()


def spare(display: VirtualDisplay) -> list[float]:
    """Reveal to pixels, ms: a hidden second process takes the screen from the first."""
    took = []
    for _ in range(4):
        first = Child(display.name)
        first.hear("attract")
        first.say("keyboard")
        first.hear("form")
        second = Child(display.name, "--hidden")
        second.hear("attract")
        display.settle()
        began = time.monotonic()
        second.say("reveal")
        took.append(first_paint(display, began))
        first.process.kill()
        second.stop()
    return took


def run(report: Callable[[str], None] = lambda _: None) -> list[Result]:
    """Measure; needs Xvfb and, for the peer's side, Chromium (Debian: xvfb, chromium)."""
    our, peer = Times(), Times()
    has_peer = shutil.which("chromium") is not None
    with VirtualDisplay(WIDTH, HEIGHT) as display:
        for number in range(ROUNDS):
            report(f"round {number + 1} of {ROUNDS}")
            ours(display, our)
            if has_peer:
                theirs(display, peer)
        keys = typing(display)
        taking_over = spare(display)
    peer_note = "peer: Chromium --kiosk, default (software) rendering" if has_peer else "no Chromium on this machine"
    note = f"{peer_note}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"

    def both(name: str, of: Callable[[Times], float], unit: str = "ms") -> Result:
        return Result(name, of(our), of(peer) if has_peer else None, unit, note)

    return [
        both("click to paint, median", lambda t: median(t.click)),
        both("click to paint, 95 %", lambda t: percentile(t.click, 0.95)),
        both("press feedback, median", lambda t: median(t.press)),
        both("press feedback, 95 %", lambda t: percentile(t.press, 0.95)),
        both("start to paint, median", lambda t: median(t.start)),
        both("processor while idle", lambda t: median(t.idle), "%"),
        Result("key to rendered, median", median(keys), None, "ms", "pinyin keyboard, letters of an address"),
        Result("key to rendered, 95 %", percentile(keys, 0.95), None, "ms", "goal 21 ms"),
        Result("spare takes the screen, median", median(taking_over), None, "ms", "goal 50 ms"),
    ]


if __name__ == "__main__":
    results = run(lambda line: print(line, file=sys.stderr))
    print(json.dumps([result.as_dict() for result in results], ensure_ascii=False, indent=1))
    print(table(results))
