"""How a sheet lies under the camera: its four corners as shares of the frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.corner_net.desks import Random

Points = NDArray[np.float64]

OUTSIDE = 0.055
"""How far beyond the picture (share of its side) a corner is still told; further ones slide to there."""


def posed(rng: Random, ratio: float, aspect: float, fill: float, turn: float, tilt: float) -> Points:
    """A sheet's corners (4 × 2, shares of the frame) when it is laid down turned (radians), seen from a slant."""
    sheet = np.array([[-ratio, -1], [ratio, -1], [ratio, 1], [-ratio, 1]]) / np.hypot(ratio, 1)
    cos, sin = np.cos(turn), np.sin(turn)
    flat = sheet @ np.array([[cos, sin], [-sin, cos]])
    axis = rng.uniform(0, 2 * np.pi)
    towards = np.array([np.cos(axis), np.sin(axis)])
    along = flat @ towards
    away = rng.uniform(2.0, 5.0)
    seen = (flat + np.outer(along * (np.cos(tilt) - 1), towards)) / (1 + along * np.sin(tilt) / away)[:, None]
    low, high = seen.min(axis=0), seen.max(axis=0)
    frame = np.array([aspect, 1.0])
    scale = fill * np.min(frame / (high - low))
    slack = frame - scale * (high - low)
    spot = rng.uniform(0, 1, 2) if rng.random() < 0.5 else np.clip(rng.normal(0.5, 0.15, 2), 0, 1)
    return np.asarray(((seen - low) * scale + slack * spot) / frame)


def pose_of_page(rng: Random, ratio: float, aspect: float) -> Points:
    """As people lay down and photograph what a page is about: mostly large and nearly straight."""
    kind = rng.random()
    if kind < 0.5:
        fill = rng.uniform(0.78, 0.99)
    elif kind < 0.83:
        fill = rng.uniform(0.45, 0.8)
    elif kind < 0.94:
        fill = rng.uniform(0.2, 0.45)
    else:
        fill = rng.uniform(0.99, 1.25)
    lies = rng.random()
    turn = rng.normal(0, 0.08) if lies < 0.62 else rng.normal(0, 0.33) if lies < 0.88 else rng.uniform(0, np.pi)
    if (ratio > 1) != (aspect > 1) and rng.random() < 0.6:
        turn += np.pi / 2
    tilt = abs(rng.normal(0, 0.16)) if rng.random() < 0.7 else rng.uniform(0, 0.7)
    return posed(rng, ratio, aspect, fill, turn, tilt)


def clockwise(points: Points) -> Points:
    """Clockwise from the corner nearest to the picture's top left."""
    about = points - points.mean(axis=0)
    points = points[np.argsort(np.arctan2(about[:, 1], about[:, 0]))]
    return np.roll(points, -int(np.argmin(points.sum(axis=1))), axis=0)


def drawn_in(points: Points) -> Points:
    """Corners far outside slide along their sides to where they can still be told."""
    low, high, out = -OUTSIDE, 1 + OUTSIDE, points.copy()
    for index, corner in enumerate(points):
        if np.all((corner >= low) & (corner <= high)):
            continue
        ends = [points[(index + step) % 4] for step in (-1, 1)]
        inside = [end for end in ends if np.all((end >= low) & (end <= high))]
        if len(inside) == 1:
            way = corner - inside[0]
            with np.errstate(divide="ignore", invalid="ignore"):
                room = np.where(way > 0, (high - inside[0]) / way, np.where(way < 0, (low - inside[0]) / way, np.inf))
            corner = inside[0] + way * min(float(room.min()), 1.0)
        out[index] = np.clip(corner, low, high)
    return out
