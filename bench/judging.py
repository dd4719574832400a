"""The judge of pages on drawn desks whose flaw is known: what it misses, what it refuses wrongly, and how long it takes.

No project of this field judges pages on the device; the peers are the two usual recipes, written here: the variance of
the Laplacian for blur (refused below 100), and the share of burnt-out pixels (V at least 253, S below 20) for glare.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

import cv2
import numpy as np

from bench.result import Result, median
from drivers.virtual.desk import Blemish, Desk, Scene, render, sensor_noise
from drivers.virtual.papers import BLANK, KINDS, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.capture import process
from kiosk.materials.judge import judge
from kiosk.materials.pages import REFUSED, Code, Located, PageVerdict, Picture, Quad
from kiosk.materials.rectify import rectify
from kiosk.materials.same_page import fingerprint, taken_before

WIDTH, HEIGHT = 1080, 1920
TOO_WIDE = {"毕业证书"}
"""Lies crosswise and does not fit under the camera upright."""
FLAWS = {
    Blemish.BLURRED: Code.BLURRED,
    Blemish.SHAKEN: Code.BLURRED,
    Blemish.GLARE: Code.GLARE,
    Blemish.DARK: Code.TOO_DARK,
    Blemish.CUT_OFF: Code.CUT_OFF,
    Blemish.TOO_SMALL: Code.TOO_SMALL,
    Blemish.FINGER: Code.FINGER,
}
HARMLESS = (Blemish.UPSIDE_DOWN, Blemish.CURLED, Blemish.CRUMPLED, Blemish.FINGER_ON_MARGIN)
VARIANCE_BELOW = 100.0
BURNT_ABOVE = 0.01


@dataclass(frozen=True)
class Judged:
    """A page that was cut out along its true corners, and what we and the recipes say."""

    verdict: PageVerdict
    recipe_blurred: bool
    recipe_glare: bool


def run(report: Callable[[str], None]) -> list[Result]:
    """False refusals, misses of each flaw, the same page twice, and the times at 3840 × 2160."""
    kinds = [kind for kind in KINDS if kind not in TOO_WIDE | {BLANK}]
    report("good pages")
    good = [_judged(kind, desk, number) for number, kind in enumerate(kinds) for desk in Desk]
    report("pages with harmless peculiarities")
    odd = [_judged(kind, desk, 7, flaw) for kind, desk, flaw in zip(kinds, cycle(Desk), cycle(HARMLESS), strict=False)]
    refused = [any(code in REFUSED for code in page.verdict.codes) for page in good + odd]
    recipe = [page.recipe_blurred or page.recipe_glare for page in good + odd]
    results = [
        Result(f"Good pages refused, of {len(refused)}", _percent(refused), _percent(recipe), "%", "peer: both recipes")
    ]
    for flaw, code in FLAWS.items():
        report(f"{flaw} pages")
        pages = [_judged(kind, desk, 3, flaw) for kind, desk in zip(kinds, cycle(Desk), strict=False)]
        peer = {
            Code.BLURRED: [not page.recipe_blurred for page in pages],
            Code.GLARE: [not page.recipe_glare for page in pages],
        }.get(code)
        missed = [code not in page.verdict.codes for page in pages]
        results.append(
            Result(f"Missed: {flaw}, of {len(pages)}", _percent(missed), None if peer is None else _percent(peer), "%")
        )
    report("the same page twice")
    return [*results, *_twice(kinds), *_times(report)]


def _flat(scene: Scene) -> tuple[Picture, Quad]:
    view = render(scene)
    noise = sensor_noise(scene.width, scene.height, scene.seed % 4)
    assert view.corners is not None
    return np.asarray(cv2.add(view.pixels, noise, dtype=cv2.CV_8U), np.uint8), Quad.of(view.corners)


def _judged(kind: str, desk: Desk, seed: int, flaw: Blemish | None = None) -> Judged:
    people = list(PERSONAS.values())
    blemishes = frozenset() if flaw is None else frozenset({flaw})
    sheet = paper(kind, people[seed % len(people)])
    frame, quad = _flat(
        Scene(
            desk=desk, sheet=sheet, width=WIDTH, height=HEIGHT, seed=seed, lamp=seed + 1, skin=seed, blemishes=blemishes
        )
    )
    page = rectify(frame, quad)
    verdict = judge(page, Located(quad, 1.0, 1), frame)
    grey = cv2.cvtColor(page.picture, cv2.COLOR_BGR2GRAY)
    hsv = cv2.cvtColor(page.picture, cv2.COLOR_BGR2HSV)
    burnt = float(np.mean((hsv[..., 2] >= 253) & (hsv[..., 1] < 20)))
    return Judged(verdict, float(cv2.Laplacian(grey, cv2.CV_64F).var()) < VARIANCE_BELOW, burnt > BURNT_ABOVE)


def _twice(kinds: list[str]) -> Iterator[Result]:
    """The same page laid down again, and the same form filled in for somebody else."""
    people = list(PERSONAS.values())
    missed, wrong = [], []
    for kind, desk in zip(kinds, cycle(Desk), strict=False):
        pages = []
        for person, seed in ((0, 1), (0, 2), (1, 3)):
            frame, quad = _flat(Scene(desk=desk, sheet=paper(kind, people[person]), seed=seed, lamp=seed))
            pages.append(rectify(frame, quad).picture)
        first = [(cv2.imencode(".jpg", pages[0])[1].tobytes(), fingerprint(pages[0]))]
        missed.append(not taken_before(pages[1], first))
        wrong.append(taken_before(pages[2], first))
    yield Result(f"Missed: the same page twice, of {len(missed)}", _percent(missed), None, "%")
    yield Result(f"Another person's form taken for the same page, of {len(wrong)}", _percent(wrong), None, "%")


def _times(report: Callable[[str], None]) -> Iterator[Result]:
    """From frame to judged page, enhanced and encoded, at 3840 × 2160 on two cores."""
    report("times at 3840 × 2160")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        sheet = paper("劳动合同", next(iter(PERSONAS.values())))
        frame, quad = _flat(Scene(desk=Desk.WOOD, sheet=sheet, width=2160, height=3840, seed=3))
        page = rectify(frame, quad)
        located = Located(quad, 1.0, 1)
        for name, act in (
            ("Frame to judged page, stored", lambda: process(frame)),
            ("Straightening", lambda: rectify(frame, quad)),
            ("Straightening and judging", lambda: judge(rectify(frame, quad), located, frame)),
            ("Is it the same page (fingerprint only)", lambda: fingerprint(page.small)),
        ):
            times, worked = [], []
            act()
            for _ in range(9):
                began, used = time.perf_counter(), time.process_time()
                act()
                times.append((time.perf_counter() - began) * 1000)
                worked.append((time.process_time() - used) * 1000)
            note = f"fastest {min(times):.0f} ms; processor time {min(worked):.0f} ms over both cores"
            yield Result(f"{name}, 3840 × 2160", median(times), None, "ms", note)
    finally:
        cv2.setNumThreads(threads)


def _percent(flags: list[bool]) -> float:
    return 100 * sum(flags) / len(flags)
