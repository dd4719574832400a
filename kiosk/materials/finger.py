"""Does a finger lie over the page's text?

A finger comes in over the page's edge, is a few millimetres to a few centimetres wide, has the colour of skin, and
hides print. Its colour is judged beside the paper's, so that a warm lamp does not turn paper into skin; from the
palest to the darkest skin the hue hardly changes, only lightness and strength of colour do. A seal is far redder, a
portrait does not reach the edge, brown paper is everywhere, and a finger on the margin hides nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture
from kiosk.materials.shrink import at_most

SIDE = 320
"""Pixels of the long side at which a page is looked at: an A4 page then has about one a millimetre."""
HUE = (22.0, 82.0)
"""Degrees in CIELAB (0 is red, 90 yellow). Drawn and photographed skin has 30 to 75."""
CHROMA = (7.5, 46.0)
"""A red seal has 50 and more where it is solid."""
NARROWEST, WIDEST = 0.022, 0.45
"""Of the page's long side: a fingertip on an A4 page, two fingers on a card."""
REACH = 0.035
"""How far it comes in at least, as a share of the page's long side: 10 mm on A4."""
LARGEST = 0.4
"""Share of the page. More is a page of that colour."""
STEP = 9.0
"""Difference (CIELAB) between the finger and the page right beside it."""
HIDDEN = 0.0012
"""Share of the page, of print that is hidden: 75 mm² of an A4 page, half a fingertip."""

RIM = 0.015
"""Share of the page's long side at whose edges nothing counts as print."""

Mask = NDArray[np.uint8]


def covers_text(page: Picture) -> bool:
    """Whether a finger hides print on the rectified `page`. About 3 ms."""
    small = at_most(page, SIDE)
    lab = _beside_paper(small)
    fingers = _fingers(lab)
    if not fingers:
        return False
    ink = _ink(small)
    return any(_hidden(finger, ink) > HIDDEN * ink.size for finger in fingers)


def _beside_paper(small: Picture) -> NDArray[np.float32]:
    """CIELAB of the page as if its paper were a neutral grey; paper of a strong colour stays as it is."""
    grey = small.max(axis=2)
    bright = small[grey >= np.percentile(grey[::2, ::2], 60)]
    paper = np.median(bright, axis=0).astype(np.float32)
    if paper.min() > 0.6 * paper.max():
        small = np.clip(small * (paper.max() / paper), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)


def _fingers(lab: NDArray[np.float32]) -> list[Mask]:
    """What looks like fingers that come in over the edge."""
    height, width = lab.shape[:2]
    side = max(height, width)
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    skin = ((hue > HUE[0]) & (hue < HUE[1]) & (chroma > CHROMA[0]) & (chroma < CHROMA[1])).astype(np.uint8)
    # A nail, a wrinkle or a bright spot makes no hole; thin print and slivers of the desk go.
    skin = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, _disc(0.02 * side))
    skin = cv2.morphologyEx(skin, cv2.MORPH_OPEN, _disc(NARROWEST * side))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(skin, connectivity=4)
    blobs = [labels == number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] < LARGEST * skin.size]
    return [blob.astype(np.uint8) for blob in blobs if _comes_in(blob) and _stands_out(blob, lab)]


def _comes_in(blob: NDArray[np.bool_]) -> bool:
    """Whether the blob enters over the page's edge in a finger's width, and far enough."""
    side = max(blob.shape)
    rim = max(2, round(0.008 * side))
    edges = [blob[:rim].any(axis=0), blob[-rim:].any(axis=0), blob[:, :rim].any(axis=1), blob[:, -rim:].any(axis=1)]
    if not NARROWEST * side < sum(map(np.count_nonzero, edges)) < WIDEST * side:
        return False
    padded = np.pad(blob, 1).astype(np.uint8)
    rows, columns = np.nonzero(blob)
    nearest = np.minimum.reduce([rows, columns, blob.shape[0] - 1 - rows, blob.shape[1] - 1 - columns])
    hull = cv2.convexHull(cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0][0])
    return bool(nearest.max() > REACH * side and rows.size > 0.45 * cv2.contourArea(hull))


def _stands_out(blob: NDArray[np.bool_], lab: NDArray[np.float32]) -> bool:
    """Whether the colour changes at the blob's outline, as it does not at the rim of a shadow or a tint."""
    shape = blob.astype(np.uint8)
    wide, narrow = _disc(0.035 * max(blob.shape)), _disc(0.015 * max(blob.shape))
    outside = (cv2.dilate(shape, wide) > 0) & (cv2.dilate(shape, narrow) == 0)
    inside = (cv2.erode(shape, narrow) > 0) & (cv2.dilate(1 - shape, wide) > 0)
    if not outside.any() or not inside.any():
        return False
    return bool(np.linalg.norm(np.median(lab[inside], axis=0) - np.median(lab[outside], axis=0)) > STEP)


def _ink(small: Picture) -> Mask:
    """What is darker than the paper close by; not at the rim, where a sliver of the desk may show."""
    plane = small.min(axis=2)
    ink = np.zeros(plane.shape, np.uint8)
    rim = max(1, round(RIM * max(plane.shape)))
    inner = (slice(rim, -rim), slice(rim, -rim))
    ink[inner] = (cv2.morphologyEx(plane, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) - plane > 12)[inner]
    return ink


def _hidden(finger: Mask, ink: Mask) -> int:
    """Pixels of the finger that lie between print: within the hull of the print around it."""
    side = max(finger.shape)
    width = 2 * float(cv2.distanceTransform(finger, cv2.DIST_L2, 3).max())
    around = cv2.dilate(finger, _disc(2 * max(0.06 * side, 0.8 * width)))
    shadow = cv2.dilate(finger, _disc(0.04 * side))
    near = cv2.findNonZero(ink & around & (1 - shadow))
    if near is None:
        return 0
    hull = np.zeros_like(finger)
    cv2.fillConvexPoly(hull, cv2.convexHull(near), 1)
    return cv2.countNonZero(hull & finger)


def _disc(diameter: float) -> Mask:
    size = max(3, round(diameter) | 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
