"""Boxes around lines: from the detector's heat map, and turned with the page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.float32]
"""4 × 2 pixels: top left, top right, bottom right, bottom left."""

_TEXT_HERE = 0.3
_BOX_SCORE = 0.5
_GROWS = 1.6
"""The detector marks the core of a line; area over outline times this is added all round. All three are PaddleOCR's."""
_THINNEST = 3
_MOST_LINES = 160
"""A full page of small print has about sixty; a picture of noise may have thousands. The largest are kept."""
_LONG = 1.5
"""Longer by shorter side from which a box shows which way its line runs."""


def from_heat(heat: NDArray[np.float32], scale_x: float, scale_y: float) -> list[Corners]:
    """Boxes around what the heat map (0 to 1) marks as text, in pixels of the page."""
    mask = cv2.dilate((heat > _TEXT_HERE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        middle, (across, down), angle = cv2.minAreaRect(contour)
        if (
            min(across, down) < _THINNEST
            or _mean_inside(heat, cv2.boxPoints((middle, (across, down), angle))) < _BOX_SCORE
        ):
            continue
        grow = _GROWS * across * down / (across + down)
        grown = cv2.boxPoints((middle, (across + grow, down + grow), angle))
        found.append(_ordered(grown * np.array([scale_x, scale_y], np.float32)))
    return sorted(found, key=lambda box: -width(box) * height(box))[:_MOST_LINES]


def width(box: Corners) -> float:
    """Length of the upper side."""
    return float(np.linalg.norm(box[1] - box[0]))


def height(box: Corners) -> float:
    """Length of the left side."""
    return float(np.linalg.norm(box[3] - box[0]))


def standing(found: Sequence[Corners]) -> bool:
    """Whether the lines run up or down the page. A few that do (a stamp, a narrow column) do not make it so."""
    lying = sum(width(box) for box in found if width(box) > _LONG * height(box))
    upright = sum(height(box) for box in found if height(box) > _LONG * width(box))
    return upright > 2 * lying


def turned_clockwise(found: Sequence[Corners], page_height: int) -> list[Corners]:
    """The boxes on a page that was turned by 90° clockwise."""
    return [_ordered(np.stack([page_height - box[:, 1], box[:, 0]], axis=1)) for box in found]


def turned_over(found: Sequence[Corners], page_width: int, page_height: int) -> list[Corners]:
    """The boxes on a page that was turned by 180°."""
    size = np.array([page_width, page_height], np.float32)
    return [_ordered(size - box) for box in found]


def _ordered(corners: Corners) -> Corners:
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def _mean_inside(heat: NDArray[np.float32], corners: Corners) -> float:
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = heat[top:bottom, left:right]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [np.rint(corners - np.array([left, top])).astype(np.int32)], 1)
    return float(cv2.mean(part, inside)[0])
