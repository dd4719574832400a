"""A page's corners by the two recipes that document scanners are usually built from, on OpenCV alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture, Points

PLAIN_HEIGHT = 500
BEST_SIDE = 1000
SMALLEST_AREA = 0.04
FULL = 0.85
"""The share of its quadrangle that an outline has to fill."""

Contour = NDArray[np.int32]


def plain(picture: Picture) -> Points | None:
    """The tutorial's recipe: 500 pixels high, blur, Canny, the largest of the five largest outlines with four corners."""
    factor = PLAIN_HEIGHT / picture.shape[0]
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0), 75, 200)
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:5]:
        corners = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, closed=True), closed=True)
        if len(corners) == 4:
            return np.asarray((corners.reshape(4, 2) + 0.5) / factor - 0.5, np.float64)
    return None


def best_quad(picture: Picture) -> Points | None:
    """All that OpenCV offers at once: edges and masks at several thresholds, hulls simplified to four corners.

    The largest quadrangle that its outline fills best and that is not the picture's own frame wins; its corners are
    refined with cornerSubPix on the full picture.
    """
    factor = min(1.0, BEST_SIDE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    whole = small.shape[0] * small.shape[1]
    best, highest = None, 0.0
    for mask in _masks(small):
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            if cv2.contourArea(contour) < SMALLEST_AREA * whole:
                continue
            quad, exact = _four_corners(cv2.convexHull(contour))
            area = cv2.contourArea(quad)
            fill = cv2.contourArea(contour) / max(area, 1.0)
            score = area * fill**4 * (1 if exact else 0.7)
            if fill > FULL and not _is_frame(quad, small) and score > highest:
                best, highest = quad, score
    if best is None:
        return None
    corners = ((best + 0.5) / factor - 0.5).astype(np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    inside = ((corners > 8) & (corners < np.array(grey.shape[::-1]) - 9)).all()
    if inside:
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.02)
        corners = cv2.cornerSubPix(grey, corners.reshape(4, 1, 2).copy(), (5, 5), (-1, -1), stop).reshape(4, 2)
    return np.asarray(corners, np.float64)


def _masks(small: Picture) -> list[Picture]:
    kernel = np.ones((5, 5), np.uint8)
    grey = cv2.bilateralFilter(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), 7, 40, 40)
    saturation = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2HSV)[..., 1], (7, 7), 0)
    masks = [cv2.dilate(cv2.Canny(grey, low, 3 * low), np.ones((3, 3), np.uint8)) for low in (10, 25, 60)]
    for plane in (grey, saturation):
        _, mask = cv2.threshold(plane, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        masks += [cv2.morphologyEx(side, cv2.MORPH_CLOSE, kernel) for side in (mask, cv2.bitwise_not(mask))]
    local = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 151, -4)
    return [*(np.asarray(mask, np.uint8) for mask in masks), np.asarray(local, np.uint8)]


def _four_corners(hull: Contour) -> tuple[NDArray[np.float32], bool]:
    """The hull simplified to four corners, or (False) the tightest rectangle around it."""
    around = cv2.arcLength(hull, closed=True)
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        simple = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(simple) == 4:
            return np.asarray(simple.reshape(4, 2), np.float32), True
    return np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float32), False


def _is_frame(quad: NDArray[np.float32], small: Picture) -> bool:
    """Whether three corners and more lie at the picture's rim: then it is the desk."""
    limits = np.array(small.shape[1::-1]) - 4
    return int(((quad < 3) | (quad > limits)).any(axis=1).sum()) >= 3
