"""Finding the page: drawn desks with exact truth, the time it takes, and real photographs where there are any.

Beside ours run the two recipes of `bench.peers.quads`, in the same run on the same pictures. Real photographs are no
part of the repository: `PHOTOS=folder make bench` names a folder of pictures with a `corners.json`
(`{"file name": {"corners": [[x, y], …]}}`, pixels of the picture).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from bench.peers import quads
from bench.result import Result, median, percentile
from drivers.virtual.desk import Blemish, Desk, Scene, Sheet, render, sensor_noise
from drivers.virtual.papers import BLANK, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.locate import locate, locate_roughly
from kiosk.materials.pages import Picture, Points, Quad

RENDERS = 24
"""Of each scene."""
MISSED = 10_000.0
"""Pixels that a page counts for that was not found."""
PREVIEW_SIDE = 960

Find = Callable[[Picture], Points | None]
Report = Callable[[str], None]


def ours(picture: Picture) -> Points | None:
    """The kiosk's own way."""
    quad = locate(picture).quad
    return None if quad is None else quad.points


DETECTORS: dict[str, Find] = {"ours": ours, "plain Canny recipe": quads.plain, "best quad of OpenCV": quads.best_quad}


class Shot(NamedTuple):
    """A picture and where its page's corners are."""

    picture: Picture
    corners: Points


def run(report: Report) -> list[Result]:
    """Measure on drawn desks and, with `PHOTOS` set, on photographs."""
    results = []
    timed: list[Picture] = []
    for name, desk, kind, blemishes in _scenes():
        report(f"  {name}")
        shots = [_shot(desk, kind, blemishes, seed) for seed in range(RENDERS)]
        results.append(_desk_result(name, shots))
        timed += [shot.picture for shot in shots[:3]]
    results += _times(timed)
    folder = os.environ.get("PHOTOS")
    if folder:
        results += _photos(Path(folder), report)
    else:
        report("  no photographs: PHOTOS names no folder, so their row is left out")
    return results


def _scenes() -> list[tuple[str, Desk, str, frozenset[Blemish]]]:
    contract, none = "labour_contract", frozenset[Blemish]()
    return [
        ("dark mat", Desk.DARK_MAT, contract, none),
        ("green mat", Desk.GREEN_MAT, contract, none),
        ("wood", Desk.WOOD, contract, none),
        ("light grey", Desk.GREY, contract, none),
        ("white desk", Desk.WHITE, contract, none),
        ("dark, finger on the edge", Desk.DARK_MAT, contract, frozenset({Blemish.FINGER_ON_MARGIN})),
        ("card on dark", Desk.DARK_MAT, "residence_permit", none),
        ("empty sheet on grey", Desk.GREY, BLANK, none),
    ]


def _shot(desk: Desk, kind: str, blemishes: frozenset[Blemish], seed: int) -> Shot:
    """A drawn desk as a camera of 1920 × 1080 delivers it, with noise and as JPEG; the lens bends sides by 2 %."""
    sheet: Sheet = paper(kind, PERSONAS["wang"])
    scene = Scene(desk=desk, sheet=sheet, seed=seed, lamp=seed, k1=-0.06, tilt_degrees=10.0, blemishes=blemishes)
    view = render(scene)
    height, width = view.pixels.shape[:2]
    noisy = cv2.add(view.pixels, sensor_noise(width, height, seed), dtype=cv2.CV_8U)
    _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if view.corners is None:
        raise ValueError("the scene has no sheet with corners")
    return Shot(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8), view.corners)


def _desk_result(name: str, shots: Sequence[Shot]) -> Result:
    """The median worst corner of ours and of the better recipe; how many lie close in the note."""
    worst, close = {}, []
    for detector, find in DETECTORS.items():
        found = [find(shot.picture) for shot in shots]
        pairs = list(zip(found, shots, strict=True))
        worst[detector] = median([MISSED if quad is None else worst_corner(quad, shot.corners) for quad, shot in pairs])
        share = sum(quad is not None and overlap(quad, shot.corners) > 0.98 for quad, shot in pairs) / len(pairs)
        close.append(f"{detector} {share:.0%}")
    peer = min(figure for detector, figure in worst.items() if detector != "ours")
    note = f"1920 × 1080, {len(shots)} renders; overlap > 0.98: {', '.join(close)}"
    return Result(f"{name}: worst corner, median", worst["ours"], None if peer >= MISSED else peer, "px", note)


def _times(pictures: Sequence[Picture]) -> list[Result]:
    """Median and 95 % of the time for a frame of 3840 × 2160, for one of 1920 × 1080 and for the live preview."""
    large = [np.asarray(cv2.resize(picture, None, fx=2, fy=2), np.uint8) for picture in pictures]
    results = []
    for size, frames in (("3840 × 2160", large), ("1920 × 1080", list(pictures))):
        own = _milliseconds(locate, frames)
        peer = _milliseconds(quads.best_quad, frames)
        note = f"95 %: {percentile(own, 0.95):.0f} ms; peer: best quad of OpenCV; {cv2.getNumThreads()} threads"
        results.append(Result(f"locate in {size}, median", median(own), median(peer), "ms", note))
    factor = PREVIEW_SIDE / max(pictures[0].shape[:2])
    previews = [
        np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
        for picture in pictures
    ]
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    live, plain = _milliseconds(locate_roughly, previews), _milliseconds(quads.plain, previews)
    cv2.setNumThreads(threads)
    note = f"one core; 95 %: {percentile(live, 0.95):.0f} ms; peer: plain Canny recipe"
    results.append(Result(f"live outline, {PREVIEW_SIDE} px, median", median(live), median(plain), "ms", note))
    return results


def _milliseconds(find: Callable[[Picture], object], pictures: Sequence[Picture]) -> list[float]:
    """For each picture the best of three, after one that does not count."""
    find(pictures[0])
    times = []
    for picture in pictures:
        tries = []
        for _ in range(3):
            start = time.perf_counter()
            find(picture)
            tries.append((time.perf_counter() - start) * 1000)
        times.append(min(tries))
    return times


def _photos(folder: Path, report: Report) -> list[Result]:
    """The share of photographs on which the page is missed, by ours and by the better recipe."""
    truth = json.loads((folder / "corners.json").read_text("utf-8"))
    report(f"  {len(truth)} photographs")
    overlaps: dict[str, list[float]] = {detector: [] for detector in DETECTORS}
    for name, entry in sorted(truth.items()):
        picture = np.asarray(cv2.imread(str(folder / name), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION), np.uint8)
        corners = np.array(entry["corners"], np.float64)
        for detector, find in DETECTORS.items():
            quad = find(picture)
            overlaps[detector].append(0.0 if quad is None else overlap(quad, corners))
    results = []
    for least in (0.90, 0.95):
        missed = {name: 100 * sum(share <= least for share in found) / len(found) for name, found in overlaps.items()}
        peer = min((figure, detector) for detector, figure in missed.items() if detector != "ours")
        note = f"{len(truth)} photographs; peer: {peer[1]}"
        results.append(
            Result(f"photographs with an overlap of {least:.2f} or less", missed["ours"], peer[0], "%", note)
        )
    return results


def worst_corner(quad: Points, truth: Points) -> float:
    """The largest distance, pixels, between corners that belong together, whichever is named first."""
    ordered, wanted = Quad.of(quad).points, Quad.of(truth).points
    return float(min(np.linalg.norm(np.roll(ordered, by, axis=0) - wanted, axis=1).max() for by in range(4)))


def overlap(quad: Points, truth: Points) -> float:
    """Intersection over union of two quadrangles, 0 to 1."""
    one, other = (cv2.convexHull(corners.astype(np.float32)) for corners in (quad, truth))
    common, _ = cv2.intersectConvexConvex(one, other)
    union = cv2.contourArea(one) + cv2.contourArea(other) - common
    return float(common / union) if union > 0 else 0.0
