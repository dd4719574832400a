"""What pages lie on: square pictures of table tops, cloths, floors and the things found there, all drawn."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Random = np.random.Generator

SIZE = 400
"""Rows and columns of a desk."""


def clouds(rng: Random, size: tuple[int, int], rough: float = 0.6, first: int = 2, stretch: float = 1.0) -> Floats:
    """Fractal noise, rows × columns, mean 0, spread 1. `rough` near 1 keeps the fine grain, near 0 the large shapes;
    `stretch` above 1 draws it out along x."""
    total = np.zeros(size, np.float32)
    cells, weight = float(first), 1.0
    while cells < max(size):
        grid = rng.standard_normal((max(int(cells), 2), max(int(cells / stretch), 2)), np.float32)
        total += weight * cv2.resize(grid, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2.3, weight * rough
    return np.asarray((total - total.mean()) / (total.std() + 1e-6))


def colour(rng: Random) -> Floats:
    """A colour (BGR) as furniture has it: wood, grey, white, black, and now and then a strong one."""
    kind = rng.random()
    if kind < 0.3:
        hue, saturation, value = rng.normal(14, 4), rng.uniform(50, 190), rng.uniform(40, 225)
    elif kind < 0.6:
        hue, saturation, value = rng.uniform(0, 180), rng.uniform(0, 40), rng.uniform(10, 245)
    elif kind < 0.7:
        hue, saturation, value = rng.uniform(0, 180), rng.uniform(0, 25), rng.uniform(190, 250)
    else:
        hue, saturation, value = rng.uniform(0, 180), rng.uniform(60, 255), rng.uniform(30, 240)
    pixel = np.clip([[[hue % 180, saturation, value]]], 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0], np.float32)


def _tinted(rng: Random, field: Floats, spread: float) -> Floats:
    """A field as lightness about one colour, drifting towards a second."""
    base = colour(rng)
    towards = (colour(rng) - base) * rng.uniform(0, 0.35)
    own = base * rng.uniform(0.003, 0.012) * spread / 6 + spread * 0.4
    return base + field[..., None] * (own + towards * 0.4)


def _plain(rng: Random) -> Floats:
    return _tinted(rng, clouds(rng, (SIZE, SIZE), rng.uniform(0.3, 1.0)), rng.uniform(0.5, 7))


def _stone(rng: Random) -> Floats:
    field = clouds(rng, (SIZE, SIZE), rng.uniform(0.6, 1.1), int(rng.integers(2, 40)))
    if rng.random() < 0.4:
        field = np.abs(field) * -1.5
    return _tinted(rng, field, rng.uniform(6, 28))


def _wood(rng: Random) -> Floats:
    stretch = rng.uniform(6, 30)
    rings = np.sin(clouds(rng, (SIZE, SIZE), 0.5, 3, stretch) * rng.uniform(2, 9))
    fine = clouds(rng, (SIZE, SIZE), 0.95, 12, stretch)
    field = rings * rng.uniform(0, 1) + fine * rng.uniform(0.3, 1)
    picture = _tinted(rng, field, rng.uniform(4, 20))
    if rng.random() < 0.4:  # boards
        board = int(rng.integers(30, 140))
        for top in range(int(rng.integers(board)), SIZE, board):
            picture[top : top + int(rng.integers(1, 4))] *= rng.uniform(0.4, 0.9)
            picture[top : top + board] *= rng.uniform(0.88, 1.12)
    return picture


def _checks(rng: Random) -> Floats:
    """Plaid, gingham, stripes."""
    picture = np.broadcast_to(colour(rng), (SIZE, SIZE, 3)).astype(np.float32).copy()
    period = int(rng.integers(6, 120))
    for _ in range(int(rng.integers(1, 5))):
        shade, alpha = colour(rng), rng.uniform(0.15, 0.9)
        start, wide = int(rng.integers(period)), int(rng.integers(1, max(period // 2, 2)))
        stripe = (((np.arange(SIZE) - start) % period) < wide).astype(np.float32) * alpha
        for across in [stripe[None, :, None], stripe[:, None, None]][: int(rng.integers(1, 3))]:
            picture += (shade - picture) * across
    return picture + clouds(rng, (SIZE, SIZE), 1.0)[..., None] * rng.uniform(1, 8)


def _weave(rng: Random) -> Floats:
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    pitch = rng.uniform(3, 18)
    field = np.sin(x * 2 * np.pi / pitch) * rng.uniform(0.2, 1) + np.sin(y * 2 * np.pi / pitch) * rng.uniform(0, 1)
    field = field + clouds(rng, (SIZE, SIZE), 0.9) * rng.uniform(0.2, 0.8)
    return _tinted(rng, field, rng.uniform(4, 20))


def _blanket(rng: Random) -> Floats:
    """Cloth in soft folds, some with a print."""
    picture = _checks(rng) if rng.random() < 0.4 else _prints(rng) if rng.random() < 0.4 else _weave(rng)
    folds = clouds(rng, (SIZE, SIZE), 0.45, int(rng.integers(2, 5)), rng.uniform(1, 4))
    sharp = 1 - np.abs(np.tanh(folds * rng.uniform(1, 3)))
    return picture * (1 + rng.uniform(0.04, 0.22) * folds - rng.uniform(0, 0.3) * sharp)[..., None]


def _prints(rng: Random) -> Floats:
    """Dots, flowers, leaves: many small shapes."""
    picture = np.broadcast_to(colour(rng), (SIZE, SIZE, 3)).astype(np.uint8).copy()
    shades = [colour(rng).tolist() for _ in range(3)]
    for _ in range(int(rng.integers(20, 150))):
        at = tuple(rng.integers(0, SIZE, 2).tolist())
        axes = tuple(rng.integers(2, 28, 2).tolist())
        thick = -1 if rng.random() < 0.7 else int(rng.integers(1, 4))
        cv2.ellipse(picture, at, axes, rng.uniform(0, 180), 0, 360, shades[int(rng.integers(3))], thick, cv2.LINE_AA)
    return picture.astype(np.float32) + clouds(rng, (SIZE, SIZE), 1.0)[..., None] * rng.uniform(1, 6)


def _tiles(rng: Random) -> Floats:
    """Floor tiles, bricks, or the keys of a keyboard."""
    picture = _stone(rng) if rng.random() < 0.5 else _plain(rng)
    wide, high, gap = int(rng.integers(14, 160)), int(rng.integers(14, 160)), int(rng.integers(1, 7))
    grout, bond = colour(rng), rng.random() < 0.4
    for row, top in enumerate(range(-high, SIZE, high)):
        picture[max(top, 0) : max(top + gap, 0)] = grout
        shift = wide // 2 if bond and row % 2 else 0
        for left in range(-wide + shift, SIZE, wide):
            picture[max(top, 0) : top + high, max(left, 0) : max(left + gap, 0)] = grout
            if min(left, top) >= 0:
                picture[top : top + high, left : left + wide] *= rng.uniform(0.93, 1.07)
    return picture


def _ruled_mat(rng: Random) -> Floats:
    """A cutting mat: thin lines both ways, every fifth a stronger one."""
    picture = _plain(rng)
    pitch, line = int(rng.integers(6, 44)), rng.normal(0, 1, 3) * 5 + rng.choice([-1, 1]) * rng.uniform(6, 60)
    for number, at in enumerate(range(int(rng.integers(pitch)), SIZE, pitch)):
        share = 1.0 if number % 5 == 0 else rng.choice([0.25, 0.5, 1.0])
        picture[:, at : at + 1] += line * share
        picture[at : at + 1] += line * share
    return picture


def _stripes(rng: Random) -> Floats:
    """The edges of stacked folders, slats, corrugated board: bands side by side, all different."""
    picture = np.empty((SIZE, SIZE, 3), np.float32)
    left, few = 0, [colour(rng) for _ in range(int(rng.integers(2, 7)))]
    widest = rng.uniform(6, 60)
    while left < SIZE:
        wide = int(rng.uniform(2, widest)) + 1
        picture[:, left : left + wide] = few[int(rng.integers(len(few)))] * rng.uniform(0.7, 1.15)
        picture[:, left : left + 1] *= 0.6
        left += wide
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    bend = clouds(rng, (SIZE, SIZE), 0.3, 2) * rng.uniform(0, 14)
    return cv2.remap(picture, x + bend, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _newsprint(rng: Random) -> Floats:
    """Printed matter under the page."""
    picture = np.broadcast_to(colour(rng) * 0.4 + 140, (SIZE, SIZE, 3)).astype(np.float32).copy()
    pitch, columns = int(rng.integers(5, 16)), int(rng.integers(1, 5))
    ink = rng.uniform(0, 110)
    for column in range(columns):
        left, right = column * SIZE // columns + 6, (column + 1) * SIZE // columns - 6
        for top in range(4, SIZE - pitch, pitch):
            words = np.repeat(rng.random((right - left) // 4 + 1) < 0.8, 4)[: right - left]
            line = picture[top : top + max(pitch // 2, 2), left:right]
            line[:, words] = ink + rng.uniform(0, 60, (line.shape[0], int(words.sum()), 1))
    return picture


def _crumpled(rng: Random) -> Floats:
    """Foil, plastic, leather: facets that shine."""
    points = rng.uniform(0, SIZE, (int(rng.integers(20, 160)), 2))
    picture = np.broadcast_to(colour(rng), (SIZE, SIZE, 3)).astype(np.uint8).copy()
    for x, y in points:
        ends = (np.array([x, y]) + rng.normal(0, 50, (3, 2))).astype(np.int32)
        shade = np.clip(colour(rng) * 0.2 + picture[int(y) % SIZE, int(x) % SIZE] * rng.uniform(0.6, 1.1), 0, 255)
        cv2.fillConvexPoly(picture, ends, shade.tolist(), cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 5)).astype(np.float32)


_KINDS: tuple[tuple[Callable[[Random], Floats], float], ...] = (
    (_plain, 0.18),
    (_stone, 0.12),
    (_wood, 0.20),
    (_checks, 0.07),
    (_weave, 0.07),
    (_blanket, 0.08),
    (_prints, 0.04),
    (_tiles, 0.06),
    (_ruled_mat, 0.08),
    (_stripes, 0.04),
    (_newsprint, 0.02),
    (_crumpled, 0.04),
)


def desk(rng: Random) -> Picture:
    """One desk, SIZE × SIZE × 3, blue-green-red."""
    draw = _KINDS[int(rng.choice(len(_KINDS), p=[share for _, share in _KINDS]))][0]
    return np.clip(draw(rng), 0, 255).astype(np.uint8)
