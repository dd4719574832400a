"""Quadrangles that could be pages, and how much each looks like one, without any learning.

Guesses come from two sources that fail differently: outlines of regions (edges closed into contours, and brightness
or colour split in two) and pairs of long straight lines (which survive a finger, a torn corner or a side that fades
into a white desk). What a paper's edge does and a line printed on the paper does not: the colour differs between its
two sides, in the same way along its whole length.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture, Points

SMALLEST_AREA = 0.015
"""Share of the picture below which nothing is called a page (a bank card under a camera that sees two A4 pages takes 0.02)."""
BEYOND = 3
"""Places beyond each end of a side, and"""
ALONG = np.concatenate(
    [np.linspace(-0.14, -0.04, BEYOND), np.linspace(0.04, 0.96, 24), np.linspace(1.04, 1.14, BEYOND)]
)[:, None]
"""all places (0 to 1 from one end to the other) where the two sides' colours are compared."""
STEP = 4.0
"""Difference in colour (CIELAB, 8-bit scale) that counts as an edge; sensor noise after blurring is below 2."""
CLEAR_STEP = 30.0
"""More difference makes no better edge: print on a page is blacker than most desks."""
AT_RIM = 0.5
"""What a sample at the picture's rim is worth: nothing can be seen beyond, for or against."""
DIM_BELOW = 150.0
"""A picture whose brightest hundredth begins below this is brightened before pages are looked for."""
MOST_GAIN = 4.0
"""More would make edges of noise."""

Floats = NDArray[np.float32]


def prepared(small: Picture) -> Picture:
    """A small picture made ready for guessing: bright enough, without specks, in CIELAB."""
    return np.asarray(cv2.cvtColor(cv2.medianBlur(_brightened(small), 5), cv2.COLOR_BGR2LAB), np.uint8)


def guesses(lab: Picture, *, thorough: bool = True) -> Points:
    """Quadrangles that could be pages, n × 4 × 2; if not `thorough`, only those whose outline is closed."""
    height, width = lab.shape[:2]
    edges = _edges(lab, colours=thorough)
    found = _from_contours(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.RETR_LIST)
    lines = np.empty((0, 4, 2))
    if thorough:
        half = cv2.resize(lab, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
        for mask in _splits(np.asarray(half, np.uint8)):
            found += [2 * quad + 0.5 for quad in _from_contours(mask, cv2.RETR_EXTERNAL)]
        lines = _from_lines(edges)
    quads: Points = np.concatenate([np.array(found).reshape(-1, 4, 2), lines])
    size = np.array([width, height])
    in_frame = ((quads > -0.04 * size) & (quads < 1.04 * size)).all(axis=(1, 2))
    quads = quads[in_frame & (areas(quads) > SMALLEST_AREA * width * height)]
    return quads[_is_plausible(quads)]


class Evidence(NamedTuple):
    """What the picture shows along quadrangles' sides (n × 4; a side leads from a corner to the next)."""

    held: Points
    """The share of the side that is a paper's edge, 0 to 1; what lies at the picture's rim counts half."""
    contrast: Points
    """How much the colours on both sides differ, 0 to 1."""
    overshot: Points
    """n × 4 × 2: how far the side before and the one after go on beyond this one, 0 to 1. If both do, it is a line
    printed on a page, not the page's end."""


def evidence(lab: Floats, quads: Points, bows: Points, away: float) -> Evidence:
    """Compare the colours `away` pixels on both sides of each quadrangle's sides.

    `bows` (n × 4 pixels) says how far each side is bent inwards at its middle.
    """
    height, width = lab.shape[:2]
    starts, ends = quads, np.roll(quads, -1, axis=1)
    points = starts[:, :, None] * (1 - ALONG) + ends[:, :, None] * ALONG
    direction = (ends - starts) / np.maximum(np.linalg.norm(ends - starts, axis=2, keepdims=True), 1e-6)
    normal = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)
    inward = np.sign(((quads.mean(axis=1, keepdims=True) - starts) * normal).sum(axis=2, keepdims=True))
    normal *= inward
    points = points + (4 * ALONG * (1 - ALONG)) * (normal * bows[..., None])[:, :, None]
    offset = (normal * away)[:, :, None]
    limits = np.array([width - 1, height - 1])
    visible = ((points > away) & (points < limits - away)).all(axis=3)
    inner, outer = (
        lab[tuple(np.clip(np.rint(points + way * offset), 0, limits).astype(np.intp)[..., ::-1].transpose(3, 0, 1, 2))]
        for way in (1, -1)
    )
    difference = inner - outer
    between = slice(BEYOND, -BEYOND)
    typical = np.median(difference[:, :, between], axis=2)
    strength = np.linalg.norm(typical, axis=2)
    agreement = (difference * (typical / np.maximum(strength, 1e-6)[..., None])[:, :, None]).sum(axis=3)
    edge = np.where(visible, agreement > STEP, AT_RIM)
    longer = np.where(visible, agreement > np.maximum(STEP, 0.5 * strength[..., None]), 0)
    before, after = longer[:, :, :BEYOND].mean(axis=2), longer[:, :, -BEYOND:].mean(axis=2)
    return Evidence(
        held=edge[:, :, between].mean(axis=2),
        contrast=np.minimum(strength / CLEAR_STEP, 1),
        overshot=np.stack([np.roll(after, 1, axis=1), np.roll(before, -1, axis=1)], axis=2),
    )


def _brightened(small: Picture) -> Picture:
    """A dim picture with its brightest spots made light, so that one set of thresholds serves by day and by night."""
    brightest = float(np.percentile(small[::4, ::4], 99))
    if brightest >= DIM_BELOW:
        return small
    return np.asarray(cv2.convertScaleAbs(small, alpha=min(MOST_GAIN, 200 / max(brightest, 1))), np.uint8)


def _edges(lab: Picture, *, colours: bool) -> Picture:
    """Canny on lightness and, if wanted, on both `colours`, each with thresholds from its own gradients.

    Colour is printed on less often than lightness, and its noise is smaller: its steps may be faint.
    """
    union = np.zeros(lab.shape[:2], np.uint8)
    for number, blur, faintest in ((0, 1.2, 28), (1, 2.0, 12), (2, 2.0, 12))[: 3 if colours else 1]:
        channel = cv2.extractChannel(lab, number)
        smooth = cv2.GaussianBlur(channel, (0, 0), blur)
        dx, dy = (cv2.Sobel(smooth, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
        strong = float(np.percentile(np.abs(dx[::2, ::2]) + np.abs(dy[::2, ::2]), 93))
        high = float(np.clip(strong, faintest, 160))
        union |= cv2.Canny(dx, dy, 0.4 * high, high)
    return union


def _splits(lab: Picture) -> list[Picture]:
    """The picture split in two by lightness, by each colour, and by how far it is from the rim (the desk)."""
    rim = np.concatenate([side.reshape(-1, 3) for side in (lab[:3], lab[-3:], lab[:, :3], lab[:, -3:])])
    apart = np.abs(lab.astype(np.int16) - np.median(rim, axis=0).astype(np.int16)).sum(axis=2)
    far = np.minimum(apart, 255).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    masks = []
    for plane in (*cv2.split(lab), far):
        smooth = cv2.GaussianBlur(plane, (0, 0), 1)
        _, mask = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, kernel)
        masks += [mask, cv2.bitwise_not(mask)]
    return masks


def _from_contours(mask: Picture, mode: int) -> list[Points]:
    contours, _ = cv2.findContours(mask, mode, cv2.CHAIN_APPROX_SIMPLE)
    least = SMALLEST_AREA * mask.size
    quads = []
    for contour in contours:
        box = cv2.boundingRect(contour)
        if box[2] * box[3] < least:
            continue
        hull = cv2.convexHull(contour)
        if cv2.contourArea(hull) >= least:
            quads += _four_corners(hull)
    return quads


def _four_corners(hull: NDArray[np.int32]) -> list[Points]:
    """A hull simplified until four corners are left, and the tightest rectangle around it."""
    around = cv2.arcLength(hull, closed=True)
    quads = [np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float64)]
    for tolerance in (0.01, 0.02, 0.035, 0.05, 0.08):
        simple = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(simple) == 4:
            quads.append(simple.reshape(4, 2).astype(np.float64))
            break
    return quads


def _from_lines(edges: Picture) -> Points:
    """Quadrangles from two pairs of long lines that lie across each other; the picture's rim counts as lines."""
    height, width = edges.shape
    shortest = 0.12 * min(height, width)
    # At half the size, the lines in a page full of text take a fifth of the time to find.
    half = np.ascontiguousarray(cv2.dilate(edges, np.ones((2, 2), np.uint8), anchor=(0, 0))[::2, ::2])
    gap = 0.015 * max(height, width)
    segments = cv2.HoughLinesP(half, 1, np.pi / 240, 20, minLineLength=shortest / 2, maxLineGap=gap)
    if segments is None:
        return np.empty((0, 4, 2))
    segments = 2 * segments.reshape(-1, 4).astype(np.float64) + 0.5
    lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    segments = segments[np.argsort(-lengths)]
    angles = np.arctan2(segments[:, 3] - segments[:, 1], segments[:, 2] - segments[:, 0])
    main = angles[0]
    along = np.abs(np.cos(angles - main)) > np.cos(np.pi / 4)
    groups = [_distinct(segments[along], width, height), _distinct(segments[~along], width, height)]
    rim = np.array(
        [
            [0, 0, width - 1, 0],
            [0, height - 1, width - 1, height - 1],
            [0, 0, 0, height - 1],
            [width - 1, 0, width - 1, height - 1],
        ],
        np.float64,
    )
    rim_along = np.abs(np.cos(np.array([0, 0, np.pi / 2, np.pi / 2]) - main)) > np.cos(np.pi / 4)
    firsts, seconds = (
        np.concatenate([group, rim[rim_along == which]]) for group, which in zip(groups, (True, False), strict=True)
    )
    if len(firsts) < 2 or len(seconds) < 2:
        return np.empty((0, 4, 2))
    crossings = _crossings(firsts, seconds)
    pairs = np.array(list(combinations(range(len(firsts)), 2)))
    others = np.array(list(combinations(range(len(seconds)), 2)))
    a, b = pairs[:, None, 0], pairs[:, None, 1]
    c, d = others[None, :, 0], others[None, :, 1]
    quads: Points = np.stack([crossings[a, c], crossings[a, d], crossings[b, d], crossings[b, c]], axis=2).reshape(
        -1, 4, 2
    )
    return quads[np.isfinite(quads).all(axis=(1, 2))]


def _distinct(segments: Points, width: int, height: int, most: int = 7) -> Points:
    """The longest segments that are no repetition of a longer one (same place, same direction)."""
    kept: list[Points] = []
    near = 0.012 * max(width, height)
    for segment in segments:
        if all(_apart(segment, other) > near for other in kept):
            kept.append(segment)
            if len(kept) == most:
                break
    return np.array(kept).reshape(-1, 4)


def _apart(segment: Points, other: Points) -> float:
    """How far the ends of `segment` lie from the line through `other`: the larger of the two distances."""
    direction = other[2:] - other[:2]
    normal = np.array([-direction[1], direction[0]]) / np.hypot(*direction)
    return float(np.abs((segment.reshape(2, 2) - other[:2]) @ normal).max())


def _crossings(firsts: Points, seconds: Points) -> Points:
    """Where each line of the one group meets each of the other (n × m × 2; not finite for parallels)."""
    (x1, y1, x2, y2), (x3, y3, x4, y4) = firsts.T[:, :, None], seconds.T[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = ((x1 - x3) * (y3 - y4) - (y1 - y3) * (x3 - x4)) / ((x1 - x2) * (y3 - y4) - (y1 - y2) * (x3 - x4))
        return np.stack([x1 + t * (x2 - x1), y1 + t * (y2 - y1)], axis=-1)


def areas(quads: Points) -> Points:
    """Of quadrangles (n × 4 × 2), in square pixels."""
    x, y = quads[..., 0], quads[..., 1]
    return np.asarray(np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2)


def _is_plausible(quads: Points) -> NDArray[np.bool_]:
    """Convex, no corner sharper than 50° or flatter than 130°, opposite sides not wildly unlike."""
    sides = np.roll(quads, -1, axis=1) - quads
    lengths = np.maximum(np.linalg.norm(sides, axis=2), 1e-6)
    before, unit = np.roll(sides, 1, axis=1), lengths * np.roll(lengths, 1, axis=1)
    turns = (before[..., 0] * sides[..., 1] - before[..., 1] * sides[..., 0]) / unit
    cosines = (before * sides).sum(axis=2) / unit
    convex = (turns > 0).all(axis=1) | (turns < 0).all(axis=1)
    ratios = lengths[:, :2] / lengths[:, 2:]
    return np.asarray(convex & (np.abs(cosines) < 0.64).all(axis=1) & ((ratios > 0.5) & (ratios < 2)).all(axis=1))
