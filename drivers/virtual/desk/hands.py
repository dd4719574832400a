"""What people and lamps do to a picture: a finger on the sheet, a lamp mirrored in it, creases, blur.

Each function changes the picture that it is given.
"""

from __future__ import annotations

import cv2
import numpy as np

from drivers.virtual.desk.scene import Floats, Picture, Points, Sheet

SKINS: tuple[tuple[int, int, int], ...] = (
    (120, 152, 205),
    (150, 184, 232),
    (84, 122, 176),
    (52, 78, 122),
    (36, 50, 78),
)
"""Skin in blue, green, red: from medium over light to dark."""

FINGER_MM = 17.0
"""How broad a finger is."""


def finger_tip(sheet: Sheet, *, over_text: bool) -> tuple[float, float]:
    """Where the tip comes to lie, in mm from the sheet's top left corner; the finger comes from the left.

    Over text it lies where most is written within reach; otherwise where nothing is, at the left margin.
    """
    step = 3.0
    grey = cv2.resize(
        sheet.face.min(axis=2),
        (max(2, round(sheet.width_mm / step)), max(2, round(sheet.height_mm / step))),
        interpolation=cv2.INTER_AREA,
    ).astype(np.float32)
    ink = np.clip(np.percentile(grey, 90) - grey - 3, 0, None)
    reach = max(2, round(FINGER_MM / step))
    rows = range(reach, max(reach + 1, len(ink) - reach))
    bands = [ink[max(0, row - reach // 2) : row + reach // 2 + 1] for row in rows]
    if over_text:
        column = round(min(60.0, sheet.width_mm * 0.5) / step)
        written = [float(band[:, max(0, column - reach) : column].mean()) for band in bands]
        return column * step, (rows[int(np.argmax(written))] + 0.5) * step
    # How much of each band's beginning is bare.
    bare = [int(np.argmax((band > 8).any(axis=0))) if (band > 8).any() else band.shape[1] for band in bands]
    best = int(np.argmax(bare))
    inward = max(1.0, min(bare[best] * step, 18.0) - 4.0)
    return inward - FINGER_MM * 0.3, (rows[best] + 0.5) * step


def add_finger(picture: Picture, tip: Points, along: Points, pixels_per_mm: float, skin: tuple[int, int, int]) -> None:
    """A finger whose tip's middle is at `tip` (pixels), pointing along the unit vector `along`, and its hand."""
    thick = max(int(FINGER_MM * pixels_per_mm), 3)
    away = -(along + 0.35 * np.array([-along[1], along[0]])) * pixels_per_mm
    knuckle, wrist = tip + away * 62, tip + away * 400
    low = np.maximum(np.floor(np.minimum(tip, wrist)).astype(int) - 4 * thick, 0)
    high = np.minimum(np.ceil(np.maximum(tip, wrist)).astype(int) + 4 * thick, picture.shape[1::-1])
    if (high <= low).any():
        return
    surface = picture[low[1] : high[1], low[0] : high[0]]
    tip, root, knuckle, wrist = tip - low, tip + away * 80 - low, knuckle - low, wrist - low
    height, width = surface.shape[:2]
    shape = np.zeros((height, width), np.float32)
    cv2.line(shape, _pixel(root), _pixel(tip), 1.0, thick, cv2.LINE_AA)
    cv2.line(shape, _pixel(knuckle + away * 32), _pixel(wrist), 1.0, thick * 3, cv2.LINE_AA)
    # Three more fingers, bent in beside the first.
    for number in range(3):
        bent = knuckle + away * (8 + 5 * number) + np.array([away[1], -away[0]]) * -15 * (number + 1)
        cv2.line(shape, _pixel(bent + away * 34), _pixel(bent), 1.0, thick, cv2.LINE_AA)
    nail = np.zeros_like(shape)
    angle = float(np.degrees(np.arctan2(*(tip - root)[::-1])))
    cv2.ellipse(nail, _pixel(tip), (int(thick * 0.3), int(thick * 0.25)), angle, 0, 360, 1.0, -1, cv2.LINE_AA)
    moved = cv2.warpAffine(shape, np.array([[1, 0, thick / 9], [0, 1, thick / 5]], np.float32), (width, height))
    shadow = cv2.GaussianBlur(moved, (0, 0), thick / 8)[..., None]
    roundness = cv2.GaussianBlur(shape, (0, 0), thick / 5)[..., None]
    tone = np.array(skin, np.float32)
    drawn = tone * (0.62 + 0.42 * roundness)
    drawn = drawn * (1 - nail[..., None]) + (tone * 0.72 + 68) * nail[..., None]
    cover = cv2.GaussianBlur(shape, (0, 0), 1.2)[..., None]
    below = surface * (1 - 0.35 * shadow * (1 - shape[..., None]))
    surface[:] = cv2.convertScaleAbs(below * (1 - cover) + drawn * cover)


def add_glare(picture: Picture, corners: Points) -> None:
    """The lamp mirrored in a glossy sheet: a burnt-out spot with a soft rim, on the sheet's upper half."""
    height, width = picture.shape[:2]
    centre = corners.mean(axis=0) * 0.62 + corners[0] * 0.2 + corners[1] * 0.18
    size = float(np.linalg.norm(corners[1] - corners[0])) * 0.2
    spot = np.zeros((height // 4, width // 4), np.float32)
    cv2.ellipse(spot, _pixel(centre / 4), (int(size / 4), int(size / 7)), 25, 0, 360, 1.0, -1)
    halo = cv2.GaussianBlur(spot, (0, 0), max(size / 22, 0.5)) * 1.15 + cv2.GaussianBlur(spot, (0, 0), size / 5) * 0.4
    bright = cv2.convertScaleAbs(cv2.resize(halo * 210, (width, height)))
    cv2.add(picture, cv2.merge([bright] * 3), dst=picture)


def creases(width_mm: float, height_mm: float, depth: float, seed: int) -> Floats:
    """How bright a sheet is that was crumpled and smoothed again: 1 where it is flat (2 samples a millimetre)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height_mm:0.5, 0:width_mm:0.5].astype(np.float32)
    shade = np.ones_like(x)
    for _ in range(11):
        turn, place = rng.uniform(0, np.pi), rng.uniform(0, 1, 2) * (width_mm, height_mm)
        away = (x - place[0]) * np.cos(turn) + (y - place[1]) * np.sin(turn)
        wide = rng.uniform(4, 26)
        # One side of a crease faces the lamp, the other turns from it.
        shade += np.float32(rng.uniform(-1, 1) * depth * 0.1) * np.tanh(away / 0.7) * np.exp(-np.abs(away) / wide)
    return np.asarray(np.clip(shade, 0.45, 1.12), np.float32)


def defocused(picture: Picture, radius_px: float) -> Picture:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), radius_px), np.uint8)


def shaken(picture: Picture, length_px: float, direction: float) -> Picture:
    """Moved by `length_px` along `direction` (radians) while the light fell in."""
    size = int(np.ceil(length_px)) | 1
    kernel = np.zeros((size + 2, size + 2), np.float32)
    middle = np.array([(size + 1) / 2, (size + 1) / 2])
    reach = np.array([np.cos(direction), np.sin(direction)]) * length_px / 2
    cv2.line(kernel, _pixel(middle - reach + 0.5), _pixel(middle + reach + 0.5), 1.0, 1, cv2.LINE_AA)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _pixel(point: Points) -> tuple[int, int]:
    return int(point[0]), int(point[1])
