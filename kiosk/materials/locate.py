"""Where the page lies in the picture.

Guess, choose, measure. The corner network says what is a page and errs by a percent; edges are exact and do not know
what they belong to. So the network's corners are moved onto the nearest edges, and where these are a paper's edges
all around, that is the page. Where they are not (a finger, white on white, a curled or a tiny sheet), classical guesses
compete with the network's, under one score: a paper's edge along the sides, and agreement with the network's mask.
The guesses also tell whether there is another sheet (`sheets`). At last the winner's sides are fitted at full
resolution (`refit`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.corners import Corners, corner_net
from kiosk.materials.guess import areas, evidence, guesses, prepared
from kiosk.materials.pages import Located, Picture, Points, Quad
from kiosk.materials.refit import Outline, refit
from kiosk.materials.sheets import DENTED, are_whole, is_another, parts_of, possible_sheets

WORK_SIDE = 640
"""The longer side of the picture in which pages are guessed."""
PREVIEW_SIDE = 480
SMALLEST_PICTURE = 16
"""Pixels a side below which there is nothing to see."""
NET_REACH = 0.02
"""How far the network's corners may be from the edge, as a share of the picture's longer side."""
CLOSE_REACH = 0.006
"""The same for a page with a second, stronger edge beside its own, like a printed frame."""
GUESS_REACH = 0.012
"""The same for classical guesses."""
FINALISTS = 3
"""Classical guesses that are refitted and scored again."""

PLAIN_OVERLAP, PLAIN_SIDES = 0.85, 0.6
"""A page that covers the network's mask so well, and shows an edge along so much of every side, is the page.
Of 184 difficult pictures, 82 % were such, and the page's overlap with the truth was above 0.93 in all."""
SECOND_CHANCES = 1
"""How many guesses at a second sheet are refitted where the page's outline has a dent and no guess is good as it is."""
MOST_GUESSES = 150
"""Of all guesses, those that most overlap what the network saw."""
EDGE_AWAY = 0.005
"""How far beside a side its colours are compared, as a share of the picture's longer side."""
WALKED_AWAY = 0.03
"""Overlap with the mask that corners may lose on their way to an edge: more, and it was another thing's edge."""
TRUST = 3.0
"""What full agreement with a network that is sure is worth, against 1.25 for edges on all sides of a whole picture."""
OVERSHOT = 0.4
"""What a side costs beyond which its neighbours go on."""
PRESENT = 0.35
"""Pictures of pages have 0.67 and more, empty desks below 0.1, heaps of other things up to 0.3."""
SURE_EDGES = 0.9
"""Share of edge on every side that makes a page of what the network would not call one: a card on a large desk."""
OFF_FRAME = 0.1
"""How far a corner may lie outside of the picture, as a share of its sides."""

Floats = NDArray[np.float32]


class _Found(NamedTuple):
    outline: Outline
    confidence: float
    sheets: int


def locate(picture: Picture) -> Located:
    """The page's corners in `picture`, to a fraction of a pixel where its edges are sharp.

    The same picture always gives the same answer. On two free cores about 23 ms for 3840 × 2160, and about 40 ms where
    the page has no clear edge all around. Raises CornerModelMissing.
    """
    return _located(picture, WORK_SIDE, thorough=True)


def locate_roughly(picture: Picture) -> Located:
    """The same for a live preview, to within a few pixels: 14 ms of one core's time for 960 × 540.

    There is no fit at full resolution, and only closed outlines are guessed: of two sheets that are told apart by
    `locate`, four of five are told apart here.
    """
    return _located(picture, PREVIEW_SIDE, thorough=False)


def _located(picture: Picture, side: int, *, thorough: bool) -> Located:
    if min(picture.shape[:2]) < SMALLEST_PICTURE:
        return Located(None)
    small, factor = _shrunk(picture, side)
    found = _find(small, thorough=thorough)
    if found is None:
        return Located(None)
    outline = found.outline.scaled(1 / factor)
    if thorough:
        outline = refit(picture, outline, max(4.0, 2.5 / factor))
    height, width = picture.shape[:2]
    beyond = np.array([width, height]) * OFF_FRAME
    corners = np.clip(outline.corners, -beyond, np.array([width, height]) - 1 + beyond)
    return Located(Quad.of(corners), found.confidence, found.sheets)


def _shrunk(picture: Picture, side: int) -> tuple[Picture, float]:
    """The picture with a longer side of `side` pixels at most, and by what factor it was shrunk."""
    factor = min(1.0, side / max(picture.shape[:2]))
    # Halving is several times quicker than any other factor.
    while max(picture.shape[:2]) >= 4 * side and not (picture.shape[0] % 2 or picture.shape[1] % 2):
        picture = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = picture.shape[:2]
    rest = min(1.0, side / max(height, width))
    size = (max(1, round(width * rest)), max(1, round(height * rest)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _find(small: Picture, *, thorough: bool) -> _Found | None:
    # The network and the guesses take about as long, and need nothing of each other.
    with ThreadPoolExecutor(1) as second_core:
        looked = second_core.submit(corner_net().find, small)
        lab = prepared(small)
        smooth = cv2.GaussianBlur(lab, (0, 0), 1.0).astype(np.float32)
        quads = guesses(lab, thorough=thorough)
        seen = looked.result()
    longer = max(small.shape)
    raw = Outline.straight(seen.points)
    candidates = [refit(small, raw, NET_REACH * longer), raw]
    scores, overlaps, sides = _scores(smooth, *_stacked(candidates), seen)
    least = max(PLAIN_OVERLAP, overlaps[1] - WALKED_AWAY)
    plain = bool(seen.present > PRESENT and overlaps[0] > least and sides[0].min() > PLAIN_SIDES)
    best = 0
    if not plain:
        candidates.append(refit(small, raw, CLOSE_REACH * longer))
        # Every second row of the mask is enough for a first choice.
        near = quads[np.argsort(-overlap(seen.mask[::2], quads, small.shape[1], small.shape[0]))[:MOST_GUESSES]]
        first, _, _ = _scores(smooth, near, np.zeros((len(near), 4)), seen)
        best_guesses = near[np.argsort(-first)[:FINALISTS]]
        candidates += [refit(small, Outline.straight(quad), GUESS_REACH * longer) for quad in best_guesses]
        scores, overlaps, sides = _scores(smooth, *_stacked(candidates), seen)
        best = int(np.argmax(scores))
        if seen.present < PRESENT and sides[best].min() < SURE_EDGES:
            return None
    found = _Found(candidates[best], _confidence(seen, float(overlaps[best]), sides[best]), 1)
    return _counted(small, found, float(sides[best].min()), smooth, quads)


def _counted(small: Picture, found: _Found, weakest_side: float, lab: Floats, quads: Points) -> _Found:
    """The same, or two sheets if the guesses `quads` show another one: then the larger of those found as one."""
    height, width = lab.shape[:2]
    longer, outline = max(height, width), found.outline
    others = possible_sheets(outline.corners, quads, width, height)
    shown = evidence(lab, others, np.zeros((len(others), 4)), EDGE_AWAY * longer)
    whole = others[are_whole(shown)]
    parts = parts_of(outline.corners, weakest_side, whole)[:FINALISTS]
    if weakest_side < DENTED and not len(whole):
        likeliest = others[np.argsort(-shown.held.min(axis=1), kind="stable")[:SECOND_CHANCES]]
        fitted = [refit(small, Outline.straight(other), CLOSE_REACH * longer) for other in likeliest]
        good = are_whole(evidence(lab, *_stacked(fitted), EDGE_AWAY * longer))
        parts = parts_of(outline.corners, weakest_side, _stacked(fitted)[0][good])
    if len(parts):
        fitted = [refit(small, Outline.straight(part), CLOSE_REACH * longer) for part in parts]
        shown = evidence(lab, *_stacked(fitted), EDGE_AWAY * longer)
        return found._replace(outline=fitted[int(np.argmax((shown.held + shown.contrast).sum(axis=1)))], sheets=2)
    return found._replace(sheets=2 if is_another(outline.corners, whole) else 1)


def _scores(lab: Floats, quads: Points, bows: Points, seen: Corners) -> tuple[Points, Points, Points]:
    """How much each outline is like a page (n), its overlap with the network's mask (n), and its sides' edges (n × 4)."""
    height, width = lab.shape[:2]
    found = evidence(lab, quads, bows, EDGE_AWAY * max(height, width))
    mean, weakest = found.held.mean(axis=1), found.held.min(axis=1)
    share = np.minimum(areas(quads) / height / width, 1)
    contrast = np.median(found.contrast, axis=1)
    edges = (
        0.55 * mean
        + 0.2 * weakest
        + 0.3 * np.sqrt(share)
        + 0.2 * contrast
        - OVERSHOT * found.overshot.min(axis=2).max(axis=1)
    )
    sure = seen.present * seen.agreement * float(seen.confidence.mean())
    overlaps = overlap(seen.mask, quads, width, height)
    return edges + TRUST * sure * overlaps, overlaps, found.held


def _stacked(outlines: list[Outline]) -> tuple[Points, Points]:
    """Their corners (n × 4 × 2) and bows (n × 4)."""
    corners = np.array([outline.corners for outline in outlines]).reshape(-1, 4, 2)
    return corners, np.array([outline.bows for outline in outlines]).reshape(-1, 4)


def _confidence(seen: Corners, overlaps: float, sides: Points) -> float:
    return float(np.clip(seen.present * overlaps * sides.mean(), 0, 1))


def overlap(mask: Floats, quads: Points, width: int, height: int) -> Points:
    """Intersection over union of each quadrangle (n × 4 × 2) with a mask of the whole picture, inside the picture."""
    rows, columns = mask.shape
    corners = (quads + 0.5) / (width, height) * (columns, rows)
    ends = np.roll(corners, -1, axis=1)
    y = np.arange(rows) + 0.5
    drop = ends[..., 1] - corners[..., 1]
    share = (y - corners[..., 1, None]) / np.where(np.abs(drop) < 1e-9, 1e-9, drop)[..., None]
    x = np.clip(corners[..., 0, None] + share * (ends[..., 0] - corners[..., 0])[..., None], 0, columns)
    crossed = (share >= 0) & (share <= 1)
    left = np.where(crossed, x, columns).min(axis=1)
    right = np.maximum(left, np.where(crossed, x, 0).max(axis=1))
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(mask, axis=1)], axis=1)
    common = (_between(sums, right) - _between(sums, left)).sum(axis=1)
    return np.asarray(common / np.maximum((right - left).sum(axis=1) + float(mask.sum()) - common, 1e-6))


def _between(sums: Points, x: Points) -> Points:
    """The cumulative sums (rows × columns + 1) at fractional places (n × rows)."""
    floor = np.minimum(x.astype(np.intp), sums.shape[1] - 2)
    row = np.arange(sums.shape[0])
    return np.asarray(sums[row, floor] + (x - floor) * (sums[row, floor + 1] - sums[row, floor]))
