"""Where the page lies in the picture.

Guess, then measure. Guesses come from two sources that fail differently: outlines of regions (edges closed into
contours, and brightness or colour split in two) and pairs of long straight lines (which survive a finger, a torn
corner or a side that fades into a white desk). A guess is scored by what a paper's edge does and a line printed on
the paper does not: the colour differs between its two sides, in the same way along its whole length. The best
guess is then refitted, line by line, at full resolution.
"""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture, Points, Quad

WORK_SIDE = 640
"""The longer side of the picture in which pages are guessed."""
PREVIEW_SIDE = 320
SMALLEST_AREA = 0.04
"""Share of the picture below which nothing is called a page (an ID card under an A4 camera takes about 0.05)."""
SAMPLES = 40
"""Places along each side where the two sides' colours are compared."""
STEP = 4.0
"""Difference in colour (CIELAB, 8-bit scale) that counts as an edge; sensor noise after blurring is below 2."""
OFF_FRAME = 0.2
"""What a sample at the picture's rim is worth: nothing can be seen beyond, for or against."""
ENOUGH = 0.5
"""Mean support that makes a guess a page."""
WEAKEST_SIDE = 0.15

DIM_BELOW = 150.0
"""A picture whose brightest hundredth begins below this is brightened before pages are looked for."""
MOST_GAIN = 4.0
"""More would make edges of noise."""
FINALISTS = 10
"""Best guesses that are refitted and scored again."""

Floats = NDArray[np.float32]


def locate(picture: Picture) -> Quad | None:
    """The page's corners in `picture`, or None when there is none. About 50 ms for 1920 × 1080."""
    small, factor = _shrunk(picture, WORK_SIDE)
    rough = _best(small, FINALISTS)
    if rough is None:
        return None
    return Quad.of(refit(picture, (rough + 0.5) / factor - 0.5, reach=max(4.0, 2.5 / factor)))


def locate_roughly(picture: Picture) -> Quad | None:
    """The same for a live preview: from a quarter of the pixels, in about 8 ms, to within a few pixels."""
    small, factor = _shrunk(picture, PREVIEW_SIDE)
    rough = _best(small, 2)
    return None if rough is None else Quad.of((rough + 0.5) / factor - 0.5)


def _shrunk(picture: Picture, side: int) -> tuple[Picture, float]:
    factor = min(1.0, side / max(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8), factor


def _best(small: Picture, finalists: int) -> Points | None:
    """The guess that is most like a page, refitted in the small picture."""
    lab = cv2.cvtColor(cv2.medianBlur(_brightened(small), 5), cv2.COLOR_BGR2LAB)
    guesses = _guesses(lab)
    if not len(guesses):
        return None
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0).astype(np.float32)
    first = _scores(smooth, guesses, away=0.006)
    best = np.argsort(-first)[:finalists]
    refitted = np.array([refit(small, guess) for guess in guesses[best[first[best] > 0]]]).reshape(-1, 4, 2)
    if not len(refitted):
        return None
    # Closer to the line, the sharp edge of a paper beats the soft edge of its shadow.
    second = _scores(smooth, refitted, away=0.004)
    return np.asarray(refitted[int(np.argmax(second))]) if second.max() > 0 else None


def refit(picture: Picture, corners: Points, *, reach: float | None = None) -> Points:
    """Move each side onto the strongest edge within `reach` pixels of it, to a fraction of a pixel.

    A side with too little edge to be sure stays where it was.
    """
    reach = 0.012 * max(picture.shape[:2]) if reach is None else reach
    corners = _clockwise(corners)
    lines = [_refit_side(picture, corners[i], corners[(i + 1) % 4], corners.mean(axis=0), reach) for i in range(4)]
    moved = np.empty((4, 2))
    for i in range(4):
        crossing = _cross(lines[i - 1], lines[i])
        too_far = crossing is None or np.hypot(*(crossing - corners[i])) > 4 * reach
        moved[i] = corners[i] if too_far or crossing is None else crossing
    return moved


def _brightened(small: Picture) -> Picture:
    """A dim picture with its brightest spots made light, so that one set of thresholds serves by day and by night."""
    brightest = float(np.percentile(small[::4, ::4], 99))
    if brightest >= DIM_BELOW:
        return small
    return np.asarray(cv2.convertScaleAbs(small, alpha=min(MOST_GAIN, 200 / max(brightest, 1))), np.uint8)


def _guesses(lab: Picture) -> Points:
    """Quadrangles that could be pages, n × 4 × 2."""
    height, width = lab.shape[:2]
    edges = _edges(lab)
    found = _from_contours(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.RETR_LIST)
    for mask in _splits(lab):
        found += _from_contours(mask, cv2.RETR_EXTERNAL)
    quads: Points = np.concatenate([np.array(found).reshape(-1, 4, 2), _from_lines(edges)])
    size = np.array([width, height])
    in_frame = ((quads > -0.04 * size) & (quads < 1.04 * size)).all(axis=(1, 2))
    quads = quads[in_frame & (_areas(quads) > SMALLEST_AREA * width * height)]
    return quads[_is_plausible(quads)] if len(quads) else quads


def _edges(lab: Picture) -> Picture:
    """Canny on lightness and on both colours, each with thresholds from its own gradients.

    Colour is printed on less often than lightness, and its noise is smaller: its steps may be faint.
    """
    union = np.zeros(lab.shape[:2], np.uint8)
    for channel, blur, faintest in zip(cv2.split(lab), (1.2, 2.0, 2.0), (28, 12, 12), strict=True):
        smooth = cv2.GaussianBlur(channel, (0, 0), blur)
        dx, dy = (cv2.Sobel(smooth, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
        strong = float(np.percentile(np.abs(dx[::2, ::2]) + np.abs(dy[::2, ::2]), 93))
        high = float(np.clip(strong, faintest, 160))
        union |= cv2.Canny(dx, dy, 0.4 * high, high)
    return union


def _splits(lab: Picture) -> list[Picture]:
    """The picture split in two by lightness, by each colour, and by how far it is from the rim (the desk)."""
    rim = np.concatenate([side.reshape(-1, 3) for side in (lab[:6], lab[-6:], lab[:, :6], lab[:, -6:])])
    apart = np.abs(lab.astype(np.int16) - np.median(rim, axis=0).astype(np.int16)).sum(axis=2)
    far = np.minimum(apart, 255).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    masks = []
    for plane in (*cv2.split(lab), far):
        smooth = cv2.GaussianBlur(plane, (0, 0), 2)
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
    segments = cv2.HoughLinesP(edges, 1, np.pi / 360, 40, minLineLength=shortest, maxLineGap=0.03 * max(height, width))
    if segments is None:
        return np.empty((0, 4, 2))
    segments = segments.reshape(-1, 4).astype(np.float64)
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


def _distinct(segments: Points, width: int, height: int, most: int = 9) -> Points:
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


def _areas(quads: Points) -> Points:
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


def _scores(lab: Floats, quads: Points, *, away: float) -> Points:
    """How much each quadrangle is like a page (n); 0 for those that are none."""
    support, contrast, off_frame = _support(lab, quads, away * max(lab.shape))
    share = np.minimum(_areas(quads) / lab.shape[0] / lab.shape[1], 1)
    mean, weakest = support.mean(axis=1), support.min(axis=1)
    scores = 0.55 * mean + 0.3 * weakest + 0.1 * np.sqrt(share) + 0.2 * contrast
    # A page may hang out of the picture at one side or at a corner; a stripe between two seams of a desk is none.
    stripe = (off_frame & np.roll(off_frame, 2, axis=1)).any(axis=1)
    return np.where((mean < ENOUGH) | (weakest < WEAKEST_SIDE) | stripe, 0, scores)


def _support(lab: Floats, quads: Points, away: float) -> tuple[Points, Points, NDArray[np.bool_]]:
    """How much of each side is a paper's edge (n × 4, 0 to 1), how strong its contrast is (n, 0 to 1), and which sides
    lie along the picture's rim (n × 4)."""
    height, width = lab.shape[:2]
    starts, ends = quads, np.roll(quads, -1, axis=1)
    share = np.linspace(0.04, 0.96, SAMPLES)[:, None]
    points = starts[:, :, None] * (1 - share) + ends[:, :, None] * share
    direction = (ends - starts) / np.maximum(np.linalg.norm(ends - starts, axis=2, keepdims=True), 1e-6)
    normal = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)
    inward = np.sign(((quads.mean(axis=1, keepdims=True) - starts) * normal).sum(axis=2, keepdims=True))
    offset = (normal * inward * away)[:, :, None]
    limits = np.array([width - 1, height - 1])
    visible = ((points > away) & (points < limits - away)).all(axis=3)
    inner, outer = (
        lab[tuple(np.clip(np.rint(points + way * offset), 0, limits).astype(np.intp)[..., ::-1].transpose(3, 0, 1, 2))]
        for way in (1, -1)
    )
    difference = inner - outer
    mean = np.median(difference, axis=2)
    strength = np.linalg.norm(mean, axis=2)
    agreement = (difference * (mean / np.maximum(strength, 1e-6)[..., None])[:, :, None]).sum(axis=3)
    edge = np.where(visible, agreement > STEP, OFF_FRAME)
    off_frame = visible.mean(axis=2) < 0.5
    return edge.mean(axis=2), np.minimum(np.median(strength, axis=1) / 60, 1), off_frame


def _clockwise(corners: Points) -> Points:
    about = corners - corners.mean(axis=0)
    return np.asarray(corners[np.argsort(np.arctan2(about[:, 1], about[:, 0]))])


def _refit_side(picture: Picture, start: Points, end: Points, middle: Points, reach: float) -> tuple[Points, Points]:
    """The side from `start` to `end` as (point, unit direction), moved onto its edge."""
    direction = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
    normal = np.array([-direction[1], direction[0]])
    if (middle - start) @ normal < 0:
        normal = -normal
    count = int(np.clip(np.hypot(*(end - start)) / 4, 24, 160))
    along = start + np.linspace(0.05, 0.95, count)[:, None] * (end - start)
    depths = np.arange(-reach - 2, reach + 2.5, 0.5)
    places = (along[:, None] + depths[:, None] * normal).astype(np.float32)
    strip = cv2.remap(
        picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    smooth = cv2.GaussianBlur(strip, (0, 0), sigmaX=1.5, sigmaY=1.5, borderType=cv2.BORDER_REPLICATE)
    slope = np.zeros_like(smooth)
    slope[:, 2:-2] = smooth[:, 4:] - smooth[:, :-4]
    # The step from desk to paper has one sign along the side; seals, fingers and print have others.
    typical = np.median(slope, axis=0)
    peak = typical[int(np.argmax(np.linalg.norm(typical, axis=1)))]
    if np.linalg.norm(peak) < 2:
        return start, direction
    response = slope @ (peak / np.linalg.norm(peak))
    at = response.argmax(axis=1)
    strength = response[np.arange(count), at]
    inside = (at > 2) & (at < len(depths) - 3) & (strength > 0.35 * np.median(strength))
    if inside.sum() < max(10, 0.3 * count):
        return start, direction
    left, centre, right = (response[inside, at[inside] + k] for k in (-1, 0, 1))
    bend = left - 2 * centre + right
    fraction = np.where(np.abs(bend) > 1e-3, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0)
    depth = depths[at[inside]] + 0.5 * np.clip(fraction, -1, 1)
    position = np.linspace(0.05, 0.95, count)[inside]
    slope_fit, base = _robust_line(position, depth)
    first, last = start + base * normal, end + (base + slope_fit) * normal
    return first, (last - first) / np.hypot(*(last - first))


def _robust_line(x: Points, y: Points) -> tuple[float, float]:
    """Slope and intercept: a vote among random pairs, then least squares over those who agree."""
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, len(x), (2, 120))
    far = np.abs(x[i] - x[j]) > 0.15
    if not far.any():
        return 0.0, float(np.median(y))
    slopes = (y[i[far]] - y[j[far]]) / (x[i[far]] - x[j[far]])
    bases = y[i[far]] - slopes * x[i[far]]
    misses = np.abs(y - slopes[:, None] * x - bases[:, None])
    best = int(np.argmin(np.minimum(misses, 1.5).sum(axis=1)))
    agree = misses[best] < 1.5
    if agree.sum() < 6 or np.ptp(x[agree]) < 0.2:
        return float(slopes[best]), float(bases[best])
    slope, base = np.polyfit(x[agree], y[agree], 1)
    return float(slope), float(base)


def _cross(one: tuple[Points, Points], other: tuple[Points, Points]) -> Points | None:
    (p, d), (q, e) = one, other
    turn = d[0] * e[1] - d[1] * e[0]
    if abs(turn) < 1e-3:
        return None
    return np.asarray(p + d * ((q - p)[0] * e[1] - (q - p)[1] * e[0]) / turn)
