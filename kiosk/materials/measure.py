"""What can be measured on a flat page: sharpness, glare, brightness, ink, and whether it is a document at all."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.enhance import light
from kiosk.materials.pages import Measures, Picture, Points
from kiosk.materials.shrink import at_most

MEASURED_SIDE = 1754
"""Sharpness depends on resolution, so a page is measured at no more than 150 dpi (A4's long side)."""
RIM = 0.02
"""Share of each side that is left out: it may show a sliver of the desk, whose edge is not the page's."""
FEWEST_PEAKS = 40
"""Steepest spots in one direction, below which that direction says nothing."""
ONE_WAY = 0.12
"""Slopes across the least steep direction by those across the steepest, squared. Print has 0.6 to 0.95, handwriting 0.39
and more; a page that was moved by 4 mm 0.03 to 0.28."""
BURNT = 252
NARROWEST_GLARE = 0.02
"""Of the long side: 6 mm on A4. The ridges of a crumpled page shine too, and hide nothing."""
HALO = 236
"""Beside a reflection the paper is darker than this; where a lamp lights all of a page up, it is hardly darker."""
STROKE = 22
"""Levels by which a stroke differs from what surrounds it."""
LETTERS = 8
"""Pieces of the size of letters that make a text."""
NEIGHBOURS = 2.5
"""Sizes of a letter from its middle to that of the next one, at most."""
MOST_LETTERS = 400
"""That are looked at: no more are needed to know a text."""
TEXTURE = 0.8
"""Share of the page that is full of such pieces, above which they are cloth or leather, unless on paper."""
MOST_GAIN = 3.0
"""By which a dim page is brightened before letters are looked for; more would make letters of noise."""
COLOURED = 75
"""Median saturation (0 to 255) of what is not plain paper; a pink lamp on white paper gave 38, blue paper 46, skin 85."""

_HALF = (slice(None, None, 2), slice(None, None, 2))
"""Every second pixel each way: enough for a median."""


def measure(page: Picture, dpi: float = 0.0) -> Measures:
    """The figures behind the verdict, for a rectified page of at least 64 pixels a side. About 45 ms for A4 at 200 dpi on one core."""
    page = at_most(page, MEASURED_SIDE)
    margin_y, margin_x = (max(2, round(RIM * side)) for side in page.shape[:2])
    page = page[margin_y:-margin_y, margin_x:-margin_x]
    quarter = np.asarray(cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), np.uint8)
    sharpness, steadiness = _sharpness(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY))
    return Measures(
        sharpness=sharpness,
        steadiness=steadiness,
        glare=_glare(quarter.max(axis=2)),
        brightness=float(np.percentile(cv2.cvtColor(quarter, cv2.COLOR_BGR2GRAY), 90)),
        brightest=float(np.percentile(page[::4, ::4].max(axis=2), 99.5)),
        ink=_ink(page, quarter),
        dpi=dpi,
    )


def looks_like_document(page: Picture) -> bool:
    """Whether `page` shows print or writing, or at least paper. Only what is clearly neither is turned away."""
    small = at_most(page, 1000)
    margin_y, margin_x = (max(2, round(1.5 * RIM * side)) for side in small.shape[:2])
    small = small[margin_y:-margin_y, margin_x:-margin_x]
    # As bright as it would be in good light: whether there is too little is another question.
    bright = float(np.percentile(small[::4, ::4].max(axis=2), 90))
    small = np.asarray(cv2.convertScaleAbs(small, alpha=min(MOST_GAIN, max(1.0, 220 / max(bright, 1)))), np.uint8)
    tiny = np.asarray(cv2.resize(small, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
    saturation = float(np.median(cv2.cvtColor(tiny, cv2.COLOR_BGR2HSV)[..., 1]))
    if saturation < COLOURED and light(small) is not None:
        return True
    return _has_letters(small)


def _has_letters(small: Picture) -> bool:
    """Whether dark or light strokes of the size of letters stand there, and not all over as in a texture."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        strokes = (cv2.morphologyEx(grey, kind, np.ones((17, 17), np.uint8)) > STROKE).astype(np.uint8)
        _, _, stats, middles = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        longer, shorter = stats[1:, 2:4].max(axis=1), stats[1:, 2:4].min(axis=1)
        letters = (longer >= 6) & (longer <= 60) & (shorter >= 2) & (stats[1:, cv2.CC_STAT_AREA] >= 10)
        cells = np.unique((middles[1:][letters] / max(grey.shape) * 10).astype(int), axis=0)
        share = len(cells) / (100 * min(grey.shape) / max(grey.shape))
        if share < TEXTURE and _in_a_row(middles[1:][letters], longer[letters]) >= LETTERS:
            return True
    return False


def _in_a_row(middles: Points, sizes: NDArray[np.int32]) -> int:
    """How many of these pieces have a neighbour as near as letters have, and not only like dots strewn on cloth."""
    middles, sizes = middles[:MOST_LETTERS], sizes[:MOST_LETTERS]
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(np.count_nonzero(apart.min(axis=1, initial=np.inf) < NEIGHBOURS * sizes))


def live_faults(page: Picture, inside: NDArray[np.uint8]) -> tuple[float, float]:
    """Sharpness (as in `Measures`; 0.0 without print) and glare of a page in a live picture, before it is laid flat.

    `inside` is above 0 where `page` shows the page and not the desk beside it. About 2 ms for 400 × 600.
    """
    strokes = _strokes(np.asarray(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), np.uint8), inside)
    blue, green, red = cv2.split(cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    brightness = np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
    outside = cv2.resize(inside, brightness.shape[::-1], interpolation=cv2.INTER_NEAREST) == 0
    brightness[outside] = np.median(brightness[::4, ::4])
    return strokes.sharpness, _glare(brightness)


class _Strokes(NamedTuple):
    """What is written on a page, and how steep its edges are."""

    inked: NDArray[np.bool_]
    contrast: NDArray[np.uint8]
    """Of a pixel's surroundings."""
    dx: NDArray[np.int16]
    dy: NDArray[np.int16]
    steep: NDArray[np.uint8]
    sharpness: float
    """Median of the steepest step across each stroke, as a share of the stroke's whole contrast; 0.0 without any."""


def _strokes(grey: NDArray[np.uint8], inside: NDArray[np.uint8] | None = None) -> _Strokes:
    window = np.ones((9, 9), np.uint8)
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    contrast = np.asarray(cv2.subtract(cv2.dilate(smooth, window), cv2.erode(smooth, window)), np.uint8)
    if inside is not None:
        contrast[inside == 0] = 0
    # Half of the strongest contrasts: print and pen, not the paper's grain or a watermark.
    inked = contrast > max(25.0, 0.5 * float(np.percentile(contrast[::5, ::5], 99.5)))
    # Slopes in half levels: fine enough beside contrasts of 25 and more, and bytes are quick.
    dx, dy = (np.asarray(cv2.Sobel(smooth, cv2.CV_16S, *order), np.int16) for order in ((1, 0), (0, 1)))
    steep = np.asarray(cv2.convertScaleAbs(cv2.magnitude(dx.astype(np.float32), dy.astype(np.float32)), alpha=0.25))
    steepest = cv2.dilate(steep, window)
    print_ = inked[_HALF]
    sharpness = float(np.median(steepest[_HALF][print_] / contrast[_HALF][print_])) / 2 if print_.any() else 0.0
    return _Strokes(inked, contrast, dx, dy, steep, sharpness)


def _sharpness(grey: NDArray[np.uint8]) -> tuple[float, float]:
    """How steep the strokes are: the median over all print, and that of the least sharp of four directions.

    The second, since a page that was moved is blurred along its way only. Without print both are 0.
    """
    inked, contrast, dx, dy, steep, sharpness = _strokes(grey)
    print_ = inked[_HALF]
    if not print_.any():
        return 0.0, 0.0
    slopes = np.stack([dx[_HALF][print_], dy[_HALF][print_]]).astype(np.float64)
    least, most = np.linalg.eigvalsh(slopes @ slopes.T)
    if least < ONE_WAY * most:
        return sharpness, 0.0
    at = np.nonzero((steep == cv2.dilate(steep, np.ones((5, 5), np.uint8))) & inked)
    steepness = steep[at] / contrast[at] / 2
    towards = ((np.degrees(np.arctan2(dy[at], dx[at])) + 22.5) % 180 // 45).astype(int)
    each = [steepness[towards == way] for way in range(4)]
    medians = [float(np.median(some)) for some in each if some.size >= FEWEST_PEAKS]
    return sharpness, min(medians, default=sharpness)


def _glare(brightness: NDArray[np.uint8]) -> float:
    """Share of the page that is burnt out by a reflection: spots with a steep fall to the paper around them."""
    least = np.ones((round(NARROWEST_GLARE * max(brightness.shape)) | 1,) * 2, np.uint8)
    burnt = cv2.morphologyEx((brightness >= BURNT).astype(np.uint8), cv2.MORPH_OPEN, least)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(burnt)
    near, far = (np.ones((round(share * max(burnt.shape)) | 1,) * 2, np.uint8) for share in (0.12, 0.2))
    share = 0.0
    for number in range(1, count):
        area = stats[number, cv2.CC_STAT_AREA] / burnt.size
        if area < 0.0005:
            continue
        spot = (labels == number).astype(np.uint8)
        around = (cv2.dilate(spot, far) > 0) & (cv2.dilate(spot, near) == 0)
        if around.any() and np.percentile(brightness[around], 75) < HALO:
            share += float(area)
    return share


def _ink(page: Picture, quarter: Picture) -> float:
    """Share of pixels that are clearly darker, in any colour, than the paper around them."""
    plane = cv2.min(cv2.min(page[..., 0], page[..., 1]), page[..., 2])
    paper = cv2.morphologyEx(quarter.min(axis=2), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 4)
    # A pixel counts when it is darker than the paper by 12 % and by 12 levels.
    limit = cv2.min(cv2.subtract(paper, np.full_like(paper, 12)), cv2.convertScaleAbs(paper, alpha=0.88))
    limit = cv2.resize(limit, plane.shape[::-1])
    return float(np.mean(cv2.GaussianBlur(plane, (3, 3), 0) < limit))
