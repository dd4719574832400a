"""From the page as it lies in the picture to the page as it is."""

from __future__ import annotations

import math

import cv2
import numpy as np

from kiosk.materials.pages import Picture, Quad

A_SERIES = math.sqrt(2)
A_SERIES_WITHIN = 0.04
"""A page whose sides are this near (relatively) to the ratio of A4 is taken to have that ratio."""


def rectify(frame: Picture, quad: Quad) -> Picture:
    """Cut the page out and lay it flat. Its long side keeps the pixels that it has in `frame`: none are invented."""
    corners = quad.points
    width, height = page_size(quad)
    target = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    return np.asarray(
        cv2.warpPerspective(frame, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def page_size(quad: Quad) -> tuple[int, int]:
    """Width and height of the flat page in pixels, from the mean of its opposite sides."""
    sides = np.linalg.norm(np.roll(quad.points, -1, axis=0) - quad.points, axis=1)
    width, height = float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2
    longer, shorter = max(width, height), max(min(width, height), 1.0)
    if abs(longer / shorter / A_SERIES - 1) < A_SERIES_WITHIN:
        shorter = longer / A_SERIES
    long_pixels, short_pixels = max(2, round(longer)), max(2, round(shorter))
    return (long_pixels, short_pixels) if width > height else (short_pixels, long_pixels)
