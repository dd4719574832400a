"""Whether there is a second sheet: beside the page, or within what was taken for one page.

Two cards side by side, or a sheet that looks out from under another, can pass for one page with a dented outline. So
the guesses are searched for whole sheets. What is printed on a page is none: a table keeps its distance from the rim,
and where a line, a fold or a shadow crosses the page, the page's sides go on beyond it. A card that lies on a page is
not told from a card that is printed on it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.guess import Evidence, areas
from kiosk.materials.pages import Points

WHOLE_SIDES = 0.85
"""Share of a paper's edge that each side of a whole sheet shows at least."""
MOST_SKEW = 0.12
"""Radians between opposite sides of a whole sheet: a camera above a desk shows less, a crease more."""
RIM = 3
"""Pixels of the picture's rim in which no whole sheet's side lies."""
MOST_SHEETS = 200
"""Guesses whose sides are looked at."""
MOST_OVERSHOT = 0.34
"""How far a side's two neighbours go on beyond it, of 1, on average."""
CLEAR = 0.15
"""Contrast, of 1, that each side of a whole sheet has at least."""
INSIDE = 0.88
"""Share of a part that lies within the outline of all."""
PART, MOST_OF_DENTED = 0.2, 0.86
"""The part's share of the outline of all, at least and at most: only where that outline has a dent does a second sheet
look out from under so large a part."""
BOTH = 0.55
"""Two sheets beside each other fill so much of the outline around both at least."""
DENTED = 0.95
"""Share of edge along its weakest side below which an outline has a dent."""
SHARED_SIDES = 3
NEAR = 0.05
"""How near, as a share of the outline's size, the middle of a shared side lies to that outline,"""
FAR = 0.12
"""and how far from it the middle of the side that is not shared. What fits into a curled sheet is near all around."""
APART = 0.15
"""Share of a second sheet that may lie within the outline of the first."""
COMPARABLE = 0.06
"""A bank card beside an A4 page has 0.07 of its area."""


def possible_sheets(corners: Points, quads: Points, width: int, height: int) -> Points:
    """Those of the guesses (n × 4 × 2) that by their shape and place could be another sheet than the corners' (4 × 2).

    They lie within the picture of `width` × `height` pixels, beside what the corners enclose or as a part of it.
    """
    sides = np.roll(quads, -1, axis=1) - quads
    one, other = sides[:, :2], sides[:, 2:]
    turns = np.arctan2(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0], -(one * other).sum(axis=2))
    share = areas(quads) / max(float(areas(corners[None])[0]), 1e-6)
    ends = np.roll(corners, -1, axis=0) - corners
    about = quads.mean(axis=1)[:, None] - corners
    beside = (ends[:, 0] * about[..., 1] - ends[:, 1] * about[..., 0] < 0).any(axis=1)
    possible = (beside & (share > COMPARABLE)) | ((share > PART) & (share < MOST_OF_DENTED))
    possible &= (np.abs(turns) < MOST_SKEW).all(axis=1)
    middles = quads + sides / 2
    possible &= ((middles > RIM) & (middles < np.array([width, height]) - 1 - RIM)).all(axis=(1, 2))
    return np.asarray(quads[possible][:MOST_SHEETS])


def are_whole(found: Evidence) -> NDArray[np.bool_]:
    """Which of the sheets show a clear edge along each of their sides, and end where these end."""
    clear = (found.held.min(axis=1) > WHOLE_SIDES) & (found.contrast.min(axis=1) > CLEAR)
    return np.asarray(clear & (found.overshot.mean(axis=2).max(axis=1) < MOST_OVERSHOT))


def parts_of(corners: Points, weakest_side: float, sheets: Points) -> Points:
    """Those whole sheets that are a part of what the corners (4 × 2) enclose, the largest first.

    Such a part has its sides in common with an outline that has a dent, or lies beside another such part.
    """
    size = float(areas(corners[None])[0])
    inside = [
        (area, sheet)
        for sheet, area in zip(sheets, areas(sheets), strict=True)
        if PART * size < area < MOST_OF_DENTED * size and _common(sheet, corners) > INSIDE * area
    ]
    parts = [
        (area, sheet)
        for area, sheet in inside
        if (weakest_side < DENTED and _shares_sides(sheet, corners, size))
        or any(area + other > BOTH * size and _common(sheet, its) < APART * other for other, its in inside)
    ]
    return np.array([sheet for _, sheet in sorted(parts, key=lambda part: -part[0])]).reshape(-1, 4, 2)


def _shares_sides(sheet: Points, corners: Points, size: float) -> bool:
    """Whether three of the sheet's sides are the outline's, and the fourth is far from it."""
    rim, middles = _polygon(corners), (sheet + np.roll(sheet, -1, axis=0)) / 2
    gaps = [abs(cv2.pointPolygonTest(rim, (float(x), float(y)), measureDist=True)) for x, y in middles]
    shared = sum(gap < NEAR * np.sqrt(size) for gap in gaps)
    return bool(shared >= SHARED_SIDES and max(gaps) > FAR * np.sqrt(size))


def is_another(corners: Points, sheets: Points) -> bool:
    """Whether one of the whole sheets lies beside what the corners (4 × 2) enclose."""
    size = float(areas(corners[None])[0])
    return any(
        area > COMPARABLE * size and _common(sheet, corners) < APART * area
        for sheet, area in zip(sheets, areas(sheets), strict=True)
    )


def _common(one: Points, other: Points) -> float:
    return float(cv2.intersectConvexConvex(_polygon(one), _polygon(other))[0])


def _polygon(corners: Points) -> NDArray[np.float32]:
    return np.asarray(cv2.convexHull(corners.astype(np.float32)), np.float32)
