"""Measure a corner network: photos with known corners, hard versions of them, the virtual desk, empty desks, time.

Run in the project's own environment, through the same code as the kiosk: what is measured is what runs.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from drivers.virtual.desk import Blemish, Desk, Scene
from drivers.virtual.desk import render as desk_render
from drivers.virtual.papers import KINDS, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.corners import MODEL, CornerNet, Corners
from kiosk.materials.pages import Picture, Points
from tools.corner_net.desks import desk
from tools.corner_net.poses import clockwise

Case = tuple[str, Picture, Points]


def overlap(one: Points, other: Points) -> float:
    """Intersection over union of two quadrilaterals."""
    hulls = [cv2.convexHull(points.astype(np.float32)) for points in (one, other)]
    common = float(cv2.intersectConvexConvex(*hulls)[0])
    return common / max(sum(float(cv2.contourArea(hull)) for hull in hulls) - common, 1e-9)


def photos(folder: Path) -> Iterator[Case]:
    """The photos of a folder with `corners.json`: name to width, height and corners."""
    for name, truth in sorted(json.loads((folder / "corners.json").read_text()).items()):
        picture = cv2.imread(str(folder / name))
        assert picture is not None
        corners = np.array(truth["corners"], np.float64)
        yield name, picture, corners * (picture.shape[1] / truth["width"])


def hardened(case: Case, number: int) -> Case:
    """The same page turned, tilted, made small, on another desk, lit badly and photographed badly."""
    name, picture, corners = case
    rng = np.random.default_rng([len(name), number])
    side = 900
    factor = side / max(picture.shape[:2])
    picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    corners = (corners + 0.5) * factor - 0.5
    height, width = picture.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    middle = corners.mean(axis=0)
    own_desk = rng.random() < 0.4
    turn = np.deg2rad(rng.uniform(-10, 10) if own_desk else rng.uniform(-40, 40))
    scale = rng.uniform(0.95, 1.1) if own_desk else rng.uniform(0.5, 1.1)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    bend = rng.normal(0, 0.02 if own_desk else 0.06, (4, 2)) * side / 2
    moved = (frame - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle + bend
    there = cv2.getPerspectiveTransform(frame.astype(np.float32), moved.astype(np.float32))
    at = cv2.perspectiveTransform(corners[None], there)[0]
    # Whole in the frame: shrink about the frame's middle when a corner got out of it.
    out = np.max(np.abs(at - (width / 2, height / 2)) / (width / 2, height / 2))
    keep = min(1.0, 0.97 / float(out))
    there = np.array([[keep, 0, width / 2 * (1 - keep)], [0, keep, height / 2 * (1 - keep)], [0, 0, 1]]) @ there
    at = cv2.perspectiveTransform(corners[None], there)[0]
    if own_desk:
        shot = cv2.warpPerspective(picture, there, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    else:
        ground = cv2.resize(desk(rng), (width, height), interpolation=cv2.INTER_CUBIC)
        cover = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(cover, np.rint(corners * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
        seen = cv2.warpPerspective(cover, there, (width, height)).astype(np.float32)[..., None] / 255
        ground = ground * (1 - 0.4 * cv2.GaussianBlur(seen, (0, 0), 6)[..., None])
        shot = ground * (1 - seen) + cv2.warpPerspective(picture, there, (width, height)) * seen
    if rng.random() < 0.3:
        tip = at[int(rng.integers(4))] * 0.6 + at.mean(axis=0) * 0.4 + rng.normal(0, 0.1, 2) * side
        root = tip + (tip - at.mean(axis=0)) * 3
        cv2.line(shot, tip.astype(int).tolist(), root.astype(int).tolist(), (110, 145, 200), side // 16, cv2.LINE_AA)
    if rng.random() < 0.4:
        shade = np.zeros((height, width), np.float32)
        ends = rng.uniform(0, 1, (5, 2)) * (width, height)
        cv2.fillConvexPoly(shade, cv2.convexHull(ends.astype(np.int32)), 1.0)
        shot *= 1 - rng.uniform(0.2, 0.6) * cv2.GaussianBlur(shade, (0, 0), rng.uniform(2, 40))[..., None]
    shot = 255 * (np.clip(shot, 0, 255) / 255) ** rng.uniform(0.6, 1.8) * rng.normal(1, 0.06, 3)
    shot = cv2.GaussianBlur(shot, (0, 0), rng.uniform(0.5, 4)) + rng.normal(0, rng.uniform(0, 12), shot.shape)
    coded = cv2.imencode(
        ".jpg", np.clip(shot, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
    )[1]
    return f"{number}_{name}", cv2.imdecode(coded, cv2.IMREAD_COLOR), at


def virtual() -> Iterator[Case]:
    """The virtual desk: five desks, all papers and cards that fit into the frame, a finger on every fourth."""
    kinds, people = list(KINDS), list(PERSONAS.values())
    for number in range(60):
        scene = Scene(
            desk=list(Desk)[number % 5],
            sheet=paper(kinds[number % len(kinds)], people[number % len(people)]),
            width=540,
            height=960,
            seed=number,
            lamp=number,
        )
        if number % 4 == 3:
            scene = replace(scene, blemishes=frozenset({Blemish.FINGER}))
        view = desk_render(scene)
        assert view.corners is not None
        if np.any(view.corners < 0) or np.any(view.corners > (scene.width, scene.height)):
            continue  # wider than the frame: there is nothing to find
        yield f"{scene.desk}_{number}_{kinds[number % len(kinds)]}", view.pixels, view.corners


def shown(picture: Picture, truth: Points | None, found: Corners) -> Picture:
    """The picture with the truth (green) and the answer (red), 320 pixels high and wide."""
    canvas = picture.copy()
    thick = max(2, max(picture.shape[:2]) // 200)
    for points, paint in ((truth, (0, 255, 0)), (found.points, (0, 0, 255))):
        if points is not None:
            cv2.polylines(canvas, [np.rint(points).astype(np.int32)], True, paint, thick, cv2.LINE_AA)
    return cv2.resize(canvas, (320, 320), interpolation=cv2.INTER_AREA)


def report(title: str, net: CornerNet, cases: Iterator[Case], failures: Path | None) -> None:
    """Print the shares above 0.90, 0.95 and 0.98; keep pictures of the worst."""
    scores, worst = [], []
    for name, picture, truth in cases:
        found = net.find(picture)
        score = overlap(clockwise(truth), found.points)
        scores.append(score)
        if score < 0.95:
            worst.append((score, shown(picture, truth, found)))
            print(
                f"  {score:.3f} {name} present {found.present:.2f} sure {np.round(found.confidence, 2)} agree {found.agreement:.2f}"
            )
    got = np.array(scores)
    shares = "  ".join(f">{limit}: {100 * float(np.mean(got > limit)):.1f} %" for limit in (0.9, 0.95, 0.98))
    print(f"{title} ({len(got)}): {shares}  median {np.median(got):.4f}")
    if failures and worst:
        tiles = [tile for _, tile in sorted(worst, key=lambda pair: pair[0])[:24]]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 6)
        rows = [np.hstack(tiles[n : n + 6]) for n in range(0, len(tiles), 6)]
        cv2.imwrite(str(failures / f"{title.replace(' ', '_')}.png"), np.vstack(rows))


def main() -> None:
    """Measure a network."""
    words = argparse.ArgumentParser(description=main.__doc__)
    words.add_argument("--model", type=Path, default=MODEL)
    words.add_argument("--photos", type=Path, help="a folder of photos with corners.json")
    words.add_argument("--failures", type=Path, help="a folder for pictures of what went wrong")
    words.add_argument("--versions", type=int, default=12, help="hard versions of each photo")
    given = words.parse_args()
    net = CornerNet(given.model)
    if given.photos:
        cases = list(photos(given.photos))
        report("photos", net, iter(cases), given.failures)
        hard = (hardened(case, number) for case in cases for number in range(given.versions))
        report("hard versions", net, hard, given.failures)
    report("virtual desk", net, virtual(), given.failures)
    empty = [net.find(desk_render(Scene(desk=kind, lamp=lamp)).pixels).present for kind in Desk for lamp in range(3)]
    print(f"empty virtual desks: present at most {max(empty):.3f}, median {np.median(empty):.3f}")
    drawn = [net.find(desk(np.random.default_rng([9, number]))).present for number in range(100)]
    print(f"drawn desks: {sum(chance > 0.5 for chance in drawn)} of 100 taken for a page")
    picture = desk_render(Scene(width=1920, height=1080)).pixels
    spent = []
    for _ in range(40):
        began = time.perf_counter()
        net.find(picture)
        spent.append(1000 * (time.perf_counter() - began))
    print(f"ms per 1920 x 1080 picture on one thread: least {min(spent):.1f}, median {np.median(spent):.1f}")
    print(f"{given.model.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
