"""Even light and white paper, without losing a seal, a stamp or a pencil line.

The light on a page changes slowly, so it is fitted as a smooth surface through the brightest spots of many small
cells; print, seals and photographs lie below it and hardly pull at it. Dividing by the surface keeps every colour's
proportions, and what is darker than its paper by some share stays darker by the same share.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture

WHITE = 242.0
"""Where bare paper ends up: grain and pencil above and below it are not clipped."""
MOST_GAIN = 2.2
"""A shadow is lightened by no more, or its noise would be all one sees."""
MOST_WHITENING = 1.5
"""The brightest paper is lightened by no more: a dim page stays a little dim."""
PAPER_SHARE = 0.35
"""Share of the page's cells that must look like its paper. A dark card or a photograph has no paper to be whitened."""
PAPER_FROM = 90.0
"""The least bright paper (0 to 255) that is made white."""
_CELLS = 32
_DEGREE = 4
_ROUNDS = 8

Floats = NDArray[np.float64]


def enhance(page: Picture) -> Picture:
    """The page as under even light, its paper near white. A page without paper to go by comes back as it is."""
    surface = light(page)
    if surface is None:
        return page
    height, width = page.shape[:2]
    target = min(WHITE, float(surface.max()) * MOST_WHITENING)
    surface = np.maximum(surface, target / MOST_GAIN)
    wide = cv2.resize(surface.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    by = cv2.merge([np.rint(wide).astype(np.uint8)] * 3)
    return np.asarray(cv2.divide(page, by, scale=target), np.uint8)


def light(page: Picture) -> Floats | None:
    """How bright the bare paper is all over the page (in small), or None where paper cannot be told from the rest."""
    cell = max(2, round(max(page.shape[:2]) / (_CELLS * 8)))
    height, width = (max(1, side // cell) for side in page.shape[:2])
    # By a whole number, which is several times as quick; the last few rows and columns need not be seen.
    whole = page[: height * cell, : width * cell]
    grey = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).max(axis=2)
    rows, columns = (max(2, round(side / 8)) for side in grey.shape)
    # The brightest spot of each cell, but not one pixel's noise.
    bright = cv2.resize(
        cv2.dilate(cv2.blur(grey, (3, 3)), np.ones((9, 9))), (columns, rows), interpolation=cv2.INTER_AREA
    )
    cells = bright.astype(np.float64)
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    powers = [(x**i * y**j).ravel() for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    terms, wanted = np.stack(powers, axis=1), cells.ravel()
    weights = np.ones_like(wanted)
    fitted = wanted
    for _ in range(_ROUNDS):
        pull = terms * weights[:, None]
        fitted = terms @ np.linalg.solve(pull.T @ terms + 1e-3 * np.eye(terms.shape[1]), pull.T @ wanted)
        below = np.maximum(fitted - wanted, 0) / np.maximum(fitted, 1)
        weights = 1 / (1 + (below / 0.04) ** 2) + 1e-3
    on_paper = np.abs(wanted - fitted) < 0.06 * np.maximum(fitted, 1)
    surface = fitted.reshape(rows, columns)
    if on_paper.mean() < PAPER_SHARE or np.median(wanted[on_paper]) < PAPER_FROM:
        return None
    return np.asarray(np.clip(surface, wanted[on_paper].min(), wanted[on_paper].max()))
