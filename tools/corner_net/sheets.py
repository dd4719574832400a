"""A sheet as a thing: its face worn, torn, folded and bent, with its outline as a fourth channel."""

from __future__ import annotations

import cv2
import numpy as np

from tools.corner_net.desks import Floats, Picture, Random, clouds
from tools.corner_net.poses import Points

PAD = 28
"""Empty pixels about a face, for its bent sides to move in."""


def worn_sheet(rng: Random, page: Picture, bends: bool) -> tuple[Picture, Points]:
    """A face with its cover as fourth channel, padded, worn and bent; and its corners in it (pixels)."""
    rows, columns = page.shape[:2]
    lit = page.astype(np.float32)
    cover = np.full((rows, columns), 255, np.uint8)
    if rng.random() < 0.3:
        lit *= (1 + clouds(rng, (rows, columns), rng.uniform(0.2, 0.7)) * rng.uniform(0.01, 0.07))[..., None]
    if rng.random() < 0.25:
        _fold(rng, lit)
    worn = rng.random()
    if worn < 0.12:
        _round_off(cover, int(rng.uniform(0.02, 0.09) * min(rows, columns)))
    elif worn < 0.24:
        _tear(rng, cover)
    sheet = np.dstack([np.clip(lit, 0, 255).astype(np.uint8), cover])
    sheet = cv2.copyMakeBorder(sheet, PAD, PAD, PAD, PAD, cv2.BORDER_REPLICATE)
    sheet[:PAD, :, 3] = sheet[-PAD:, :, 3] = sheet[:, :PAD, 3] = sheet[:, -PAD:, 3] = 0
    ends = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float64) + PAD - 0.5
    return _bent(rng, sheet, ends) if bends else (sheet, ends)


def _fold(rng: Random, lit: Floats) -> None:
    """Creases across, where the light changes."""
    rows, columns = lit.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        across, at = rng.random() < 0.5, rng.choice([0.25, 0.33, 0.5, 0.66, 0.75, rng.random()])
        step, line = rng.normal(0, 0.05), rng.uniform(0.75, 1.1)
        if across:
            lit[int(rows * at) :] *= 1 + step
            lit[int(rows * at) - 1 : int(rows * at) + 1] *= line
        else:
            lit[:, int(columns * at) :] *= 1 + step
            lit[:, int(columns * at) - 1 : int(columns * at) + 1] *= line


def _round_off(cover: Picture, radius: int) -> None:
    rows, columns = cover.shape
    cover[:] = 0
    cv2.rectangle(cover, (radius, 0), (columns - radius, rows), 255, -1)
    cv2.rectangle(cover, (0, radius), (columns, rows - radius), 255, -1)
    for x in (radius, columns - radius - 1):
        for y in (radius, rows - radius - 1):
            cv2.circle(cover, (x, y), radius, 255, -1, cv2.LINE_AA)


def _tear(rng: Random, cover: Picture) -> None:
    """A missing corner, a notch, or a ragged side."""
    rows, columns = cover.shape
    if rng.random() < 0.5:
        corner = np.array([rng.choice([0, columns]), rng.choice([0, rows])])
        size = rng.uniform(0.02, 0.1, 2) * min(rows, columns)
        inwards = np.where(corner > 0, -1, 1)
        ends = corner + np.array([[0, 0], [1, 0], [0, 1]]) * inwards * size
        cv2.fillPoly(cover, [ends.astype(np.int32)], 0)
        return
    depth = rng.uniform(1, 7)
    ragged = np.abs(clouds(rng, (2, columns), 0.8, 4)[0]) * depth
    under = np.arange(rows)[:, None] < ragged[None, :]
    cover[under if rng.random() < 0.5 else under[::-1]] = 0


def _bent(rng: Random, sheet: Picture, ends: Points) -> tuple[Picture, Points]:
    """Curled, wavy, or with a corner lifted; lit accordingly."""
    rows, columns = sheet.shape[:2]
    grid = rng.normal(0, 1, (4, 4, 2)).astype(np.float32) * rng.uniform(0, 4.5)
    shift = cv2.resize(grid, (columns, rows), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    if rng.random() < 0.5:  # a cylinder seen from a slant
        bow = rng.uniform(-11, 11)
        if rng.random() < 0.5:
            shift[..., 1] += bow * np.sin(np.pi * x / columns) - bow / 2
        else:
            shift[..., 0] += bow * np.sin(np.pi * y / rows) - bow / 2
    if rng.random() < 0.3:  # a lifted corner
        corner = ends[int(rng.integers(4))]
        near = np.exp(-((x - corner[0]) ** 2 + (y - corner[1]) ** 2) / (2 * (min(rows, columns) * 0.18) ** 2))
        shift += near[..., None] * ((corner - (columns / 2, rows / 2)) * rng.uniform(0, 0.07)).astype(np.float32)
    np.clip(shift, -PAD + 6, PAD - 6, out=shift)
    bent = cv2.remap(sheet, x + shift[..., 0], y + shift[..., 1], cv2.INTER_LINEAR)
    slope = cv2.blur(shift @ rng.normal(0, 1, 2).astype(np.float32), (9, 9))
    light = 1 + np.clip(slope * rng.uniform(0.002, 0.018), -0.3, 0.25)
    bent[..., :3] = np.clip(bent[..., :3] * light[..., None], 0, 255)
    moved = ends.copy()
    for _ in range(6):
        at = np.clip(np.rint(moved), 0, (columns - 1, rows - 1)).astype(int)
        moved = ends - shift[at[:, 1], at[:, 0]]
    return bent, moved
