"""The bare desk and the light on it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from drivers.virtual.desk.scene import FIELD_WIDTH_MM, Desk, Floats, Picture


@lru_cache(4)
def lit_desk(desk: Desk, width: int, height: int, lamp: int) -> Picture:
    """The bare desk under its lamp; always the same one. Not to be written into."""
    lit = cv2.convertScaleAbs(_surface(desk, width, height) * light(width, height, lamp)[..., None])
    picture: Picture = np.asarray(lit, np.uint8)
    picture.flags.writeable = False
    return picture


@lru_cache(2)
def light(width: int, height: int, lamp: int) -> Floats:
    """How bright each spot is: a lamp at one side, vignetting, and the soft shadow of the person leaning over."""
    rng = np.random.default_rng(lamp)
    small_w, small_h = max(width // 8, 8), max(height // 8, 8)
    y, x = np.mgrid[-1 : 1 : small_h * 1j, -1 : 1 : small_w * 1j].astype(np.float32)
    towards = rng.uniform(0, 2 * np.pi)
    from_one_side = 0.9 + 0.065 * (x * np.cos(towards) + y * np.sin(towards))
    vignette = 1 - 0.10 * (x**2 + y**2) / 2
    lean = rng.uniform(-0.6, 0.6)
    person = 1 - 0.13 / (1 + np.exp(-(y - 0.75 - 0.25 * np.cos(2.2 * (x - lean))) / 0.09))
    return np.asarray(cv2.resize((from_one_side * vignette * person).astype(np.float32), (width, height)))


def _surface(desk: Desk, width: int, height: int) -> Floats:
    rng = np.random.default_rng(1)

    def grain(columns: float, rows: float, spread: float) -> Floats:
        size = (max(int(width / columns), 2), max(int(height / rows), 2))
        field = rng.normal(0, spread, (size[1], size[0])).astype(np.float32)
        return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC))[..., None]

    def flat(blue: float, green: float, red: float) -> Floats:
        return np.full((height, width, 3), (blue, green, red), np.float32)

    if desk is Desk.DARK_MAT:
        return flat(50, 47, 45) + grain(2, 2, 4) + grain(160, 160, 2)
    if desk is Desk.GREEN_MAT:
        mat = flat(78, 104, 52) + grain(2, 2, 2.5) + grain(120, 120, 2)
        step = min(width, height) / FIELD_WIDTH_MM * 10
        for number in range(int(max(width, height) / step) + 1):
            at = round(number * step)
            strength = 1 if number % 5 else 2
            for line in (mat[:, at : at + strength], mat[at : at + strength]):
                line += 26
        return mat
    if desk is Desk.WOOD:
        rings = grain(26, 900, 1.0) * 5 + grain(7, 500, 1.0) * 4 + grain(2, 60, 1.0) * 3 + grain(300, 900, 7)
        return flat(92, 132, 172) + rings * np.array([0.9, 1.0, 1.1], np.float32)
    if desk is Desk.GREY:
        return flat(158, 160, 160) + grain(2, 2, 2) + grain(200, 200, 2)
    return flat(226, 229, 230) + grain(3, 3, 1) + grain(240, 240, 1.5)
