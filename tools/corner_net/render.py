"""One drawn photograph of a desk, with or without a page, and the truth about it.

The picture is drawn straight into the network's square; the frame's real proportions only decide how things turn
and tilt in it. A library of desks and faces is drawn once; every sample lays, bends, lights and spoils some anew.

Which sheet is the page? The one on top, whole, and larger than what can be seen of any other.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from multiprocessing import Process
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.corner_net.desks import SIZE, Floats, Picture, Random, clouds, colour, desk
from tools.corner_net.faces import face
from tools.corner_net.poses import OUTSIDE, Points, clockwise, drawn_in, pose_of_page, posed
from tools.corner_net.sheets import PAD, worn_sheet

T = TypeVar("T")

SIDE = 256
"""Rows and columns of a sample."""
CELLS = 64
_CANVAS = 304
"""The scene is drawn larger and then shrunk, as a camera's picture is."""


class Sample(NamedTuple):
    """A picture (SIDE × SIDE × 3, BGR), its corners (4 × 2, shares of the picture, clockwise from the top left; zeros
    without a page), the page's cover of each cell (CELLS × CELLS, 0 to 255) and whether there is a page."""

    picture: Picture
    corners: NDArray[np.float32]
    mask: Picture
    present: bool


@dataclass(frozen=True)
class Library:
    """Desks and faces to draw from."""

    desks: list[Picture]
    faces: list[Picture]

    @classmethod
    def drawn(cls, seed: int, desks: int = 700, faces: int = 1400) -> Library:
        """Takes about 12 seconds."""
        return cls(
            [desk(np.random.default_rng([seed, 1, n])) for n in range(desks)],
            [face(np.random.default_rng([seed, 2, n])) for n in range(faces)],
        )


def _one(rng: Random, things: list[T]) -> T:
    return things[int(rng.integers(len(things)))]


class Pool(NamedTuple):
    """Samples side by side, one array for each field of `Sample`; on disk, a folder of four files."""

    pictures: Picture
    corners: NDArray[np.float32]
    masks: Picture
    present: NDArray[np.float32]

    @classmethod
    def opened(cls, folder: Path, count: int = 0) -> Pool:
        """Mapped into memory; with a `count`, made anew for so many samples."""
        shapes = ((SIDE, SIDE, 3), (4, 2), (CELLS, CELLS), ())
        kinds = (np.uint8, np.float32, np.uint8, np.float32)
        if count:
            folder.mkdir(parents=True, exist_ok=True)
        return cls(
            *(
                np.lib.format.open_memmap(folder / f"{name}.npy", "w+", kind, (count, *shape))
                if count
                else np.load(folder / f"{name}.npy", mmap_mode="r")
                for name, shape, kind in zip(cls._fields, shapes, kinds, strict=True)
            )
        )


def _soft(layer: NDArray[np.generic], sigma: float) -> NDArray[np.generic]:
    """Gaussian blur; wide ones on fewer pixels."""
    if sigma < 2.5:
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma))
    small = cv2.resize(layer, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), layer.shape[1::-1]))


def _lay(canvas: Floats, sheet: Picture, to_canvas: Points, shadow: float, rng: Random) -> Floats:
    """Put a sheet down, with its shadow. Returns its cover of the canvas."""
    seen = cv2.warpPerspective(sheet, to_canvas, (_CANVAS, _CANVAS), flags=cv2.INTER_LINEAR).astype(np.float32)
    cover = seen[..., 3] / 255
    if shadow > 0:
        soft, away = rng.uniform(0.6, 9), rng.normal(0, 3, 2)
        move = np.array([[1, 0, away[0]], [0, 1, away[1]]], np.float32)
        dark = _soft(cv2.warpAffine(cover, move, cover.shape), soft)
        canvas *= (1 - shadow * dark)[..., None]
    canvas += (seen[..., :3] - canvas) * cover[..., None]
    return cover


def _ground(rng: Random, library: Library, aspect: float) -> Floats:
    """A desk filling the canvas, from a random stretch of a texture."""
    texture = _one(rng, library.desks)
    reach = rng.uniform(0.3, 1.0) * SIZE / 2 / max(aspect, 1.0)
    ends = np.array([[-aspect, -1], [aspect, -1], [aspect, 1], [-aspect, 1]]) * reach
    turn = rng.choice([0, np.pi / 2]) + (rng.normal(0, 0.1) if rng.random() < 0.6 else rng.uniform(0, np.pi))
    ends = ends @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    ends = ends + SIZE / 2 + rng.normal(0, 0.12, (4, 2)) * reach
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * _CANVAS
    there = cv2.getPerspectiveTransform(ends.astype(np.float32), square)
    shown = cv2.warpPerspective(texture, there, (_CANVAS, _CANVAS), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    if rng.random() < 0.4:
        shown = shown * rng.uniform(0.6, 1.3) * rng.normal(1, 0.08, 3).astype(np.float32)
    if rng.random() < 0.3:  # less pattern
        shown += (shown.mean(axis=(0, 1)) - shown) * rng.uniform(0.2, 0.9)
    return np.asarray(shown, np.float32)


def _seam(rng: Random, canvas: Floats, library: Library, aspect: float) -> None:
    """The edge of a table, or of a mat: another ground on one side of a line or within four."""
    other = _ground(rng, library, aspect)
    cover = np.zeros((_CANVAS, _CANVAS), np.uint8)
    if rng.random() < 0.5:
        ends = posed(rng, rng.uniform(0.5, 2), aspect, rng.uniform(0.7, 1.5), rng.normal(0, 0.2), 0.2) * _CANVAS
    else:
        at, way = rng.uniform(0.05, 0.95, 2) * _CANVAS, rng.choice([0, np.pi / 2]) + rng.normal(0, 0.25)
        along, across = np.array([np.cos(way), np.sin(way)]) * 999, np.array([-np.sin(way), np.cos(way)]) * 999
        ends = np.array([at - along, at + along, at + along + across, at - along + across])
    cv2.fillPoly(cover, [np.rint(ends * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    share = _soft(cover, rng.uniform(0.4, 2)).astype(np.float32)[..., None] / 255
    if rng.random() < 0.5:
        canvas *= 1 - rng.uniform(0, 0.4) * _soft(share, 5)[..., None]
    canvas += (other - canvas) * share * (rng.uniform(0.15, 0.6) if rng.random() < 0.25 else 1.0)


def _film(rng: Random, canvas: Floats) -> None:
    """Clear plastic on the desk: a milky veil with streaks of light."""
    veil = clouds(rng, (_CANVAS, _CANVAS), rng.uniform(0.4, 0.9), 3, rng.uniform(0.3, 3))
    canvas += (200 - canvas) * rng.uniform(0.05, 0.4) + veil[..., None] * rng.uniform(1, 8)
    for _ in range(int(rng.integers(0, 12))):
        ends = rng.uniform(0, _CANVAS, (2, 2)).astype(int)
        streak = np.zeros((_CANVAS, _CANVAS), np.float32)
        cv2.line(streak, ends[0].tolist(), ends[1].tolist(), rng.uniform(-30, 70), int(rng.integers(1, 4)), cv2.LINE_AA)
        canvas += streak[..., None]


def _thing(rng: Random, canvas: Floats) -> None:
    """A pen, a cable, a cup, a phone, a book."""
    paint, kind = colour(rng), rng.random()
    start = rng.uniform(-0.1, 1.1, 2) * _CANVAS
    layer = np.zeros((_CANVAS, _CANVAS), np.uint8)
    if kind < 0.3:
        end = start + rng.normal(0, 0.35, 2) * _CANVAS
        cv2.line(
            layer, start.astype(int).tolist(), end.astype(int).tolist(), 255, int(rng.integers(2, 13)), cv2.LINE_AA
        )
    elif kind < 0.5:
        way = np.cumsum(np.cumsum(rng.normal(0, 2.2, (30, 2)), axis=0), axis=0) + start
        cv2.polylines(layer, [way.astype(np.int32)], False, 255, int(rng.integers(1, 7)), cv2.LINE_AA)
    elif kind < 0.65:
        axes = (rng.uniform(0.02, 0.16, 2) * _CANVAS).astype(int).tolist()
        cv2.ellipse(layer, start.astype(int).tolist(), axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    else:
        size = (rng.uniform(0.05, 0.35, 2) * _CANVAS).tolist()
        edge = start.copy()
        edge[int(rng.integers(2))] = rng.choice([-0.03, 1.03]) * _CANVAS  # it sticks out of the frame
        box = cv2.boxPoints((edge.tolist(), size, rng.normal(0, 25)))
        cv2.fillPoly(layer, [np.rint(box * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    left, top, wide, high = cv2.boundingRect(layer)
    box = np.s_[max(top - 12, 0) : top + high + 12, max(left - 12, 0) : left + wide + 12]
    if wide:
        layer, part = layer[box], canvas[box]
        cover, soft = (each.astype(np.float32)[..., None] / 255 for each in (layer, cv2.blur(layer, (9, 9))))
        part *= 1 - 0.3 * soft
        part += (paint * (0.87 + 0.25 * soft) - part) * cover


def _fingers(rng: Random, canvas: Floats, corners: Points) -> None:
    """Fingers, or a hand, that hold the page at one side."""
    side = int(rng.integers(4))
    a, b = corners[side] * _CANVAS, corners[(side + 1) % 4] * _CANVAS
    middle = corners.mean(axis=0) * _CANVAS
    skin = np.array([95, 130, 195]) * rng.uniform(0.45, 1.2) + rng.normal(0, 12, 3)
    thick = float(np.clip(np.linalg.norm(b - a) * rng.uniform(0.06, 0.13), 7, 40))
    spot = rng.choice([rng.uniform(-0.1, 0.1), rng.uniform(0, 1)])  # often on a corner
    spread = rng.uniform(1.0, 1.5) * thick / max(float(np.linalg.norm(b - a)), 1.0)
    out = (a + b) / 2 - middle
    out = out / max(float(np.linalg.norm(out)), 1e-6) + rng.normal(0, 0.35, 2)
    layer = np.zeros((_CANVAS, _CANVAS), np.uint8)
    for number in range(int(rng.integers(1, 5))):
        on = a + (b - a) * (spot + number * spread)
        tip, root = on - out * thick * rng.uniform(0.2, 2.6), on + out * rng.uniform(0.2, 1.2) * _CANVAS
        cv2.line(layer, tip.astype(int).tolist(), root.astype(int).tolist(), 255, int(thick), cv2.LINE_AA)
    if rng.random() < 0.5:  # the back of the hand, and the arm
        hand = (a + b) / 2 + out * thick * rng.uniform(1.5, 4) + (b - a) * (spot - 0.5)
        axes = (thick * rng.uniform(1, 2.4, 2)).astype(int).tolist()
        cv2.ellipse(layer, hand.astype(int).tolist(), axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
        arm = (hand + out * _CANVAS).astype(int).tolist()
        cv2.line(layer, hand.astype(int).tolist(), arm, 255, int(thick * rng.uniform(1.2, 2.2)), cv2.LINE_AA)
    canvas *= 1 - rng.uniform(0, 0.5) * _soft(layer, 6)[..., None].astype(np.float32) / 255
    roundness = _soft(layer, thick / 4).astype(np.float32)[..., None] / 255
    canvas += (skin.astype(np.float32) * (0.6 + 0.45 * roundness) - canvas) * (
        layer.astype(np.float32)[..., None] / 255
    )


def _light(rng: Random) -> Floats:
    """How bright each spot is (SIDE × SIDE × 3)."""
    y, x = np.mgrid[-1:1:16j, -1:1:16j].astype(np.float32)
    way = rng.uniform(0, 2 * np.pi)
    small = 1 + rng.uniform(0, 0.35) * (x * np.cos(way) + y * np.sin(way)) - rng.uniform(0, 0.2) * (x**2 + y**2)
    if rng.random() < 0.25:  # a lamp
        at = rng.uniform(-1.2, 1.2, 2)
        small = small + rng.uniform(0.1, 0.8) * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / rng.uniform(0.2, 1.5))
    light = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.6, 0.28, 0.12]))):  # shadows of people, phones, window frames
        layer = np.zeros((SIDE, SIDE), np.float32)
        if rng.random() < 0.5:
            middle = rng.uniform(-0.2, 1.2, 2) * SIDE
            ends = middle + rng.normal(0, 0.4, (5, 2)) * SIDE
            cv2.fillConvexPoly(layer, cv2.convexHull(ends.astype(np.int32)), 1.0)
        else:
            edge, way = rng.uniform(0, 1, 2) * SIDE, rng.uniform(0, 2 * np.pi)
            along, across = np.array([np.cos(way), np.sin(way)]) * 600, np.array([-np.sin(way), np.cos(way)]) * 600
            ends = np.array([edge - along, edge + along, edge + along + across, edge - along + across])
            cv2.fillConvexPoly(layer, ends.astype(np.int32), 1.0)
        soft = rng.uniform(0.5, 3) if rng.random() < 0.35 else rng.uniform(3, 16)
        light = light * (1 - rng.uniform(0.1, 0.65) * _soft(layer, soft))
    cast = rng.normal(1, 0.05 if rng.random() < 0.85 else 0.25, 3)
    return np.asarray(light[..., None] * np.clip(cast, 0.3, 1.8), np.float32)


def _photographed(rng: Random, picture: Floats) -> Picture:
    """Exposure, blur, noise and compression."""
    if rng.random() < 0.08:  # glare
        spot = np.zeros((SIDE, SIDE), np.float32)
        at, axes = rng.integers(0, SIDE, 2).tolist(), rng.integers(4, 40, 2).tolist()
        cv2.ellipse(spot, at, axes, rng.uniform(0, 180), 0, 360, 1.0, -1)
        picture = picture + _soft(spot, rng.uniform(2, 12))[..., None] * rng.uniform(60, 250)
    bright = float(np.percentile(picture[::8, ::8], 97))
    gain = rng.uniform(0.75, 1.12) if rng.random() < 0.7 else rng.uniform(0.2, 1.4)
    picture = np.clip(picture * (235 * gain / max(bright, 60.0)), 0, 255)
    picture = 255 * (picture / 255) ** rng.uniform(0.6, 1.3)
    if rng.random() < 0.04:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.35:
        picture = _soft(picture, rng.uniform(0.3, 1.0) if rng.random() < 0.7 else rng.uniform(1, 2.4))
    elif rng.random() < 0.1:
        kernel = np.zeros((9, 9), np.float32)
        ends = rng.integers(0, 9, (2, 2)).tolist()
        cv2.line(kernel, ends[0], ends[1], 1.0, 1)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    if rng.random() < 0.55:
        picture = picture + rng.standard_normal(picture.shape, np.float32) * rng.uniform(0.5, 8)
    shot = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        shot = cv2.imdecode(cv2.imencode(".jpg", shot, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(shot, np.uint8)


def _others(rng: Random, canvas: Floats, library: Library, page: Points, aspect: float) -> None:
    """Other sheets, mostly under the page or leaving the frame, and none of which shows as much as the page."""
    own = np.zeros((48, 48), np.uint8)
    cv2.fillPoly(own, [np.rint(page * 48).astype(np.int32)], 1)
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))):
        printed = _one(rng, library.faces)
        ratio = printed.shape[1] / printed.shape[0]
        ends = posed(rng, ratio, aspect, rng.uniform(0.25, 1.0), rng.normal(0, 0.4), abs(rng.normal(0, 0.15)))
        ends = ends + rng.normal(0, 0.35, 2)
        if rng.random() < 0.25:  # a pile: the next sheet looks out from under the page
            ends = page + rng.normal(0, 0.02, 2) + rng.normal(0, 0.012, (4, 2))
        its = np.zeros((48, 48), np.uint8)
        cv2.fillPoly(its, [np.rint(ends * 48).astype(np.int32)], 1)
        if int((its & (1 - own)).sum()) > 0.55 * int(own.sum()):
            continue
        sheet, corners = worn_sheet(rng, printed, bends=False)
        there = cv2.getPerspectiveTransform(corners.astype(np.float32), (ends * _CANVAS - 0.5).astype(np.float32))
        _lay(canvas, sheet, there, rng.uniform(0, 0.4), rng)


def sample(library: Library, seed: tuple[int, ...], empty: float = 0.12) -> Sample:
    """Draw the picture of this seed; about 10 ms. `empty`: the chance that there is no page."""
    rng = np.random.default_rng(seed)
    aspect = float(rng.choice([3 / 4, 4 / 3, 9 / 16, 16 / 9, 1.0], p=[0.46, 0.14, 0.2, 0.14, 0.06]))
    present = rng.random() > empty
    canvas = _ground(rng, library, aspect)
    if rng.random() < 0.22:
        _seam(rng, canvas, library, aspect)
    if rng.random() < 0.08:
        _film(rng, canvas)
    for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.55, 0.2, 0.15, 0.1]))):
        _thing(rng, canvas)
    corners, mask = np.zeros((4, 2)), np.zeros((CELLS, CELLS), np.uint8)
    if present:
        printed = _one(rng, library.faces)
        ratio = printed.shape[1] / printed.shape[0] * rng.uniform(0.94, 1.06)
        laid = pose_of_page(rng, ratio, aspect)
        while int(np.any(np.abs(laid - 0.5) > 0.5 + OUTSIDE, axis=1).sum()) > 2:
            laid = pose_of_page(rng, ratio, aspect)
        laid = np.roll(laid, 2 * int(rng.integers(2)), axis=0)
        if rng.random() < 0.22:
            _others(rng, canvas, library, laid, aspect)
        sheet, ends = worn_sheet(rng, printed, bends=rng.random() < 0.4)
        if rng.random() < 0.08:  # a desk as bright as the paper
            near = np.median(sheet[PAD:-PAD:7, PAD:-PAD:7, :3].reshape(-1, 3), axis=0)
            canvas += (near - rng.uniform(-6, 18) - canvas) * rng.uniform(0.75, 0.95)
        unbent = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * printed.shape[1::-1] + PAD - 0.5
        there = cv2.getPerspectiveTransform(unbent.astype(np.float32), (laid * _CANVAS - 0.5).astype(np.float32))
        cover = _lay(canvas, sheet, there, rng.uniform(0.1, 0.6) if rng.random() < 0.7 else 0.0, rng)
        corners = (cv2.perspectiveTransform(ends[None], there)[0] + 0.5) / _CANVAS
        mask = cv2.resize((cover * 255).astype(np.uint8), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.12:
            _thing(rng, canvas)
        if rng.random() < 0.18:
            _fingers(rng, canvas, corners)
        corners = drawn_in(clockwise(corners))
    elif rng.random() < 0.3:
        _fingers(rng, canvas, rng.uniform(0, 1, (4, 2)))
    small = cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    picture = _photographed(rng, np.clip(small, 0, 255) * _light(rng))
    return Sample(picture, corners.astype(np.float32), mask, bool(present))


def _fill(library: Library, pool: Pool, seed: int, empty: float, numbers: range) -> None:
    for number in numbers:
        drawn = sample(library, (seed, number), empty)
        for store, part in zip(pool, drawn, strict=True):
            store[number] = part


def main() -> None:
    """Draw a pool of samples into a folder."""
    words = argparse.ArgumentParser(description=main.__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--count", type=int, required=True)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--empty", type=float, default=0.12, help="share of samples without a page")
    words.add_argument("--workers", type=int, default=2)
    given = words.parse_args()
    # Before anything is drawn: a forked child cannot take over the threads of OpenCV's pool, and hangs.
    cv2.setNumThreads(1)
    cv2.setNumThreads(1)  # before any work: OpenCV's threads do not survive the fork
    library = Library.drawn(given.seed)
    pool = Pool.opened(given.folder, given.count)
    shares = [range(first, given.count, given.workers) for first in range(given.workers)]
    workers = [Process(target=_fill, args=(library, pool, given.seed, given.empty, share)) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
