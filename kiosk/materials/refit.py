"""From roughly known corners to exact ones: each side is moved onto the paper's edge, to a fraction of a pixel.

A side is looked at in a strip along it, cut out of the picture at full resolution. Lenses bend straight sides and
paper curls, so a side is a straight line with a bow: a parabola, where the edge shows enough of it. The corners are
where these curves meet. A side without an edge to hold on to stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture, Points

MOST_SAMPLES = 128
"""Places along a side where its edge is looked for."""
STRIP_DEPTHS = 48
"""About how many samples across a side a strip has at most; never closer than half a pixel."""
FAINTEST = 2.0
"""The step in colour (8-bit scale, over four samples) below which nothing is an edge."""
AGREE_WITHIN = 1.5
"""Pixels (or a tenth of the reach) within which a sample belongs to a side's curve."""
MOST_BOW = 0.04
"""How far a side may be bent at its middle, as a share of its length. Beyond, it is another thing's edge."""
NEAR = 0.7
"""Share of the reach at which an edge counts for 0.6 of what it counts for where the side was thought to be."""
LEAST_HELD = 0.3
"""Share of a side that must show an edge for the side to be moved."""
TRIALS = 120
"""Curves that stand for election."""
CHUNKS = 4
MARGIN = 4
"""Samples beyond a strip's ends, for the blur."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Outline:
    """Four corners, clockwise from any, and how far each side (from a corner to the next) is bent inwards."""

    corners: Points
    """4 × 2 pixels."""
    bows: Points
    """4: at the side's middle, pixels; negative outwards."""
    held: Points
    """4: the share of each side along which its edge was found, 0 to 1."""

    @classmethod
    def straight(cls, corners: Points) -> Outline:
        """With straight sides that nothing is known of yet."""
        about = corners - corners.mean(axis=0)
        clockwise = corners[np.argsort(np.arctan2(about[:, 1], about[:, 0]))]
        return cls(np.asarray(clockwise, np.float64), np.zeros(4), np.zeros(4))

    def scaled(self, factor: float) -> Outline:
        """The same in a picture that is `factor` times as large."""
        return Outline((self.corners + 0.5) * factor - 0.5, self.bows * factor, self.held)


def refit(picture: Picture, outline: Outline, reach: float) -> Outline:
    """Move each side of `outline` onto the strongest edge within `reach` pixels of it."""
    starts = outline.corners
    along = np.roll(starts, -1, axis=0) - starts
    lengths = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1) / lengths[:, None]
    inward *= np.sign(((starts.mean(axis=0) - starts) * inward).sum(axis=1, keepdims=True))
    depths = np.stack([np.zeros(4), 4 * outline.bows, -4 * outline.bows], axis=1)

    samples = int(np.clip(lengths.max() / 4, 24, MOST_SAMPLES))
    gap = 0.94 / (samples - 1)
    t = np.asarray(0.03 + gap * np.arange(-MARGIN, samples + MARGIN), np.float64)
    spacing = max(0.5, 2 * reach / STRIP_DEPTHS)
    offsets = np.arange(-reach - 4 * spacing, reach + 4.5 * spacing, spacing)
    across = (depths @ np.stack([np.ones_like(t), t, t * t]))[..., None] + offsets
    places = starts[:, None, None] + t[:, None, None] * along[:, None, None] + across[..., None] * inward[:, None, None]
    response = _response(picture, places.astype(np.float32))

    held = np.zeros(4)
    for number in range(4):
        seen, found = _edge(response[number], offsets, reach)
        if seen.sum() >= max(10, LEAST_HELD * samples):
            inner = t[MARGIN:-MARGIN]
            base = np.asarray(depths[number] @ np.stack([np.ones_like(inner), inner, inner * inner]), np.float64)
            depths[number], held[number] = _curve(
                inner[seen],
                base[seen] + found[seen],
                samples,
                max(AGREE_WITHIN, 0.1 * reach),
                MOST_BOW * lengths[number],
            )
    corners = starts.copy()
    for number in range(4):
        meeting = _meeting(starts, along, inward, depths, number)
        if meeting is not None and np.hypot(*(meeting - starts[number])) < 4 * reach:
            corners[number] = meeting
    return Outline(corners, -depths[:, 2] / 4, held)


def _response(picture: Picture, places: Floats) -> Floats:
    """How much each place (4 sides × along the side × across it, inwards) is like its side's edge.

    The step from desk to paper has one colour along the side; seals, fingers and print have others.
    """
    sides, samples, across = places.shape[:3]
    flat = places.reshape(sides * samples, across, 2)
    strips = cv2.remap(picture, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    smooth = cv2.GaussianBlur(strips.astype(np.float32), (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
    # Around the seams between the strips, the blur has mixed two sides.
    smooth = smooth.reshape(sides, samples, across, 3)[:, MARGIN:-MARGIN]
    slope = np.zeros_like(smooth)
    slope[:, :, 2:-2] = smooth[:, :, 4:] - smooth[:, :, :-4]
    # A side that lies askew in its strip has no typical slope as a whole; its parts do.
    whole = slope.shape[1] // CHUNKS * CHUNKS
    chunks = slope[:, :whole].reshape(sides, CHUNKS, whole // CHUNKS, across, 3)[:, :, ::2]
    typical = np.median(chunks, axis=2)
    strongest = np.linalg.norm(typical, axis=3).argmax(axis=2)
    steps = np.take_along_axis(typical, strongest[:, :, None, None], axis=2)[:, :, 0]
    steps /= np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-6)
    likeness = np.einsum("ncdk,nsk->nscd", typical, steps).max(axis=3).sum(axis=2)
    step = steps[np.arange(sides), likeness.argmax(axis=1)]
    return np.asarray(np.einsum("nadk,nk->nad", slope, step))


def _edge(response: Floats, offsets: Points, reach: float) -> tuple[NDArray[np.bool_], Points]:
    """For each place along a side: whether an edge is seen there, and how far from where it was thought to be."""
    row = np.arange(len(response))
    # Of two edges that are much alike, it is the nearer one.
    nearness = np.exp(-0.5 * (offsets / (NEAR * reach)) ** 2)
    at = (response * nearness)[:, 3:-3].argmax(axis=1) + 3
    left, peak, right = (response[row, at + k] for k in (-1, 0, 1))
    seen = (at > 3) & (at < len(offsets) - 4) & (peak > max(FAINTEST, 0.35 * float(np.median(peak))))
    bend = np.minimum(left - 2 * peak + right, -1e-3)
    return seen, offsets[at] + (offsets[1] - offsets[0]) * np.clip(0.5 * (left - right) / bend, -0.5, 0.5)


def _curve(t: Points, depth: Points, samples: int, within: float, most_bow: float) -> tuple[Points, float]:
    """The parabola (or the line) on which most samples lie, and the share that does: a vote, then least squares."""
    trials = _trials(t, depth)
    trials = trials[np.abs(trials[:, 2]) <= 4 * most_bow]
    powers = np.stack([np.ones_like(t), t, t * t])
    costs = np.minimum(np.abs(depth - trials @ powers), within).sum(axis=1)
    # A bent side has to be much the better one: a hand's outline also follows a parabola.
    costs = np.where(trials[:, 2] != 0, 1.02 * costs, costs)
    best = trials[int(np.argmin(costs))]
    for _ in range(2):
        agree = np.abs(depth - best @ powers) < within
        if agree.sum() < 8 or np.ptp(t[agree]) < 0.2:
            break
        ends = min(int((t[agree] < 0.2).sum()), int((t[agree] > 0.8).sum()))
        order = 3 if ends > 0.02 * samples and ((t[agree] > 0.3) & (t[agree] < 0.7)).sum() > 0.1 * samples else 2
        some = powers[:order, agree]
        best = np.zeros(3)
        best[:order] = np.linalg.solve(some @ some.T, some @ depth[agree])
    return best, float((np.abs(depth - best @ powers) < within).sum()) / samples


def _trials(t: Points, depth: Points) -> Points:
    """Curves through random samples (n × 3): level, through two, and through three of them."""
    i, j, k = np.random.default_rng(0).integers(0, len(t), (3, TRIALS))
    level = np.array([[float(np.median(depth)), 0.0, 0.0]])
    apart = np.minimum.reduce([np.abs(t[i] - t[j]), np.abs(t[j] - t[k]), np.abs(t[i] - t[k])]) > 0.12
    i, j, k = i[apart], j[apart], k[apart]
    first, second = (depth[j] - depth[i]) / (t[j] - t[i]), (depth[k] - depth[i]) / (t[k] - t[i])
    bend = (second - first) / (t[k] - t[j])
    line = np.stack([depth[i] - first * t[i], first, np.zeros_like(first)], axis=1)
    slope = first - bend * (t[i] + t[j])
    parabola = np.stack([depth[i] - slope * t[i] - bend * t[i] ** 2, slope, bend], axis=1)
    return np.concatenate([level, line, parabola])


def _meeting(starts: Points, along: Points, inward: Points, depths: Points, number: int) -> Points | None:
    """Where the side before corner `number` meets the one after it, by Newton's method; None for parallel sides."""
    s, t = 1.0, 0.0
    before = number - 1
    for _ in range(4):
        p, dp = _at(starts, along, inward, depths, before, s)
        q, dq = _at(starts, along, inward, depths, number, t)
        turn = dp[0] * dq[1] - dp[1] * dq[0]
        if abs(turn) < 0.05 * float(np.hypot(*dp) * np.hypot(*dq)):
            return None
        gap = q - p
        s += (gap[0] * dq[1] - gap[1] * dq[0]) / turn
        t += (gap[0] * dp[1] - gap[1] * dp[0]) / turn
        if not (abs(s) < 3 and abs(t) < 3):
            return None
    return _at(starts, along, inward, depths, number, t)[0]


def _at(starts: Points, along: Points, inward: Points, depths: Points, number: int, t: float) -> tuple[Points, Points]:
    """A side's place and direction at `t`."""
    constant, linear, square = depths[number]
    return (
        starts[number] + t * along[number] + (constant + t * (linear + t * square)) * inward[number],
        along[number] + (linear + 2 * t * square) * inward[number],
    )
