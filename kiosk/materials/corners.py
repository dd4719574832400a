"""The corner network: which thing in the picture is the page, and about where its corners are.

A small convolutional network (assets/materials/corners.onnx, trained by tools/corner_net on drawn desks only) says
for every cell of a coarse grid whether it belongs to the page and how likely each corner lies in it. It is robust
where lines mislead (patterned desks, curled sheets, frames printed on the page) and coarse: within about one percent
of the picture. Whoever needs pixels refits the sides on the full frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import MaterialsError, Picture, Points, Quad

MODEL = Path(__file__).resolve().parents[2] / "assets" / "materials" / "corners.onnx"

SIDE = 256
"""Rows and columns of the network's input: the whole picture, squeezed into a square."""
CELLS = 64
"""Rows and columns of the grid over the picture."""
RIM = 4
"""Further cells on each side of the grid, so that a corner just outside of the picture still has a place."""
WINDOW = 3
"""A corner's place is the mean over this many cells on each side of the likeliest one."""
SURE = 0.5
"""More likely than not."""
AGREED = 0.88
"""Corners that overlap with the mask this well need no second look."""
DISPUTED = 0.8
"""Below this overlap, the mask's own outline is tried as well,"""
CLEARLY = 0.1
"""and taken if it fits so much better."""
AROUND = 0.15
"""How much is seen around the page at the second look, as a share of its width and height."""
NEARLY_ALL = 0.92
"""A page with its surroundings that fills the picture like this needs no second look."""
SMALLEST = 16
"""Pixels below which there is nothing to look at."""
SLACK = 0.02
"""The second look is closer: it is believed even if it agrees a little less."""

Floats = NDArray[np.float32]


class CornerModelMissing(MaterialsError):
    """The network's file is absent or damaged. Remedy: restore assets/materials/corners.onnx from the release."""


@dataclass(frozen=True, eq=False)
class Corners:
    """What the network thinks of a picture. Without a page in it, the points mean nothing: look at `present`."""

    points: Points
    """4 × 2 pixels, clockwise from the top left as the page lies in the picture; (0, 0) is the middle of the top left
    pixel. May lie outside of the picture by up to 6 % of its sides: there the page is cut off."""
    confidence: Floats
    """How likely each of the points is, 0 to 1; 0.8 and more is usual, below 0.4 the corner is covered or a guess."""
    present: float
    """How likely there is a page at all, 0 to 1."""
    mask: Floats
    """64 × 64 over the whole picture: how likely each cell shows the page, 0 to 1."""
    agreement: float
    """Share of overlap between the mask and the quadrilateral of the points, 0 to 1; 0.9 and more is usual."""


class CornerNet:
    """The network, loaded. Safe to call from several threads; a look takes about 4 ms on one."""

    def __init__(self, model: Path = MODEL, threads: int = 1) -> None:
        """Raises CornerModelMissing."""
        # Loading the runtime takes a tenth of a second, which whoever only needs the types should not wait for.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(
                model.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's own errors share no narrower root
            raise CornerModelMissing(f"no usable corner network in {model.name}; restore assets/materials") from error

    def find(self, picture: Picture, *, closer: bool = True) -> Corners:
        """The page in `picture` (any size; 500 to 1000 pixels are enough and quickest).

        `closer`: look again at the part of the picture around the page, which halves the error where the page is
        small or narrow, for about twice the time.
        """
        found = self._look(picture)
        height, width = picture.shape[:2]
        reach = AROUND * np.ptp(found.points, axis=0)
        left, top = np.maximum(found.points.min(axis=0) - reach, 0).astype(int)
        right, bottom = np.minimum(found.points.max(axis=0) + reach, (width, height)).astype(int)
        whole = right - left > NEARLY_ALL * width and bottom - top > NEARLY_ALL * height
        if not closer or found.present < SURE or whole or min(right - left, bottom - top) < SMALLEST:
            return found
        again = self._look(picture[top:bottom, left:right])
        if again.agreement < found.agreement - SLACK:
            return found
        return replace(
            found, points=again.points + np.array([left, top]), confidence=again.confidence, agreement=again.agreement
        )

    def _look(self, picture: Picture) -> Corners:
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        pixels = np.ascontiguousarray(small[..., ::-1].transpose(2, 0, 1)[None], np.float32) / 255
        maps, present = self._session.run(None, {"picture": pixels})
        points, confidence, agreement = decode(maps[0, :4], maps[0, 4])
        return Corners(
            points=points * (width, height) - 0.5,
            confidence=confidence,
            present=float(present[0]),
            mask=maps[0, 4, RIM:-RIM, RIM:-RIM].copy(),
            agreement=agreement,
        )


@cache
def corner_net() -> CornerNet:
    """The network of this process, loaded at the first call (about 50 ms). Raises CornerModelMissing."""
    return CornerNet()


def decode(chances: Floats, mask: Floats) -> tuple[Points, Floats, float]:
    """The corners (as shares of the picture), their confidence, and how well they agree with the mask.

    `chances` has a grid for each corner, clockwise from the top left, that sums to one. On a page turned by about
    45° it is open which corner is the top left one, and each grid shows two places; so the two likeliest of each are
    tried, and the choice that is likely and covers the mask wins.
    """
    peaks = [_two_peaks(grid) for grid in chances]
    best, best_score = None, -np.inf
    for choice in product((0, 1), repeat=4):
        points = np.array([peaks[corner][pick][0] for corner, pick in enumerate(choice)])
        likely = np.array([peaks[corner][pick][1] for corner, pick in enumerate(choice)], np.float32)
        if not _convex_clockwise(points):
            continue
        agreement = _overlap(points, mask)
        score = float(np.log(likely + 1e-3).sum() + 8 * np.log(agreement + 1e-3))
        if score > best_score:
            best, best_score = (points, likely, agreement), score
        if not any(choice) and likely.min() > SURE and agreement > AGREED:
            break
    if best is None:  # no four peaks make a page
        best = (np.array([pair[0][0] for pair in peaks]), np.zeros(4, np.float32), 0.0)
    points, likely, agreement = best
    if agreement < DISPUTED:
        outline = _outline(mask)
        if outline is not None and (agrees := _overlap(outline, mask)) > agreement + CLEARLY:
            likely = np.array([_near(*pair) for pair in zip(chances, outline, strict=True)], np.float32)
            points, agreement = outline, agrees
    return (points - RIM) / CELLS, likely, agreement


def _outline(mask: Floats) -> Points | None:
    """The quadrilateral around the mask's largest part, on a finer grid than the mask's."""
    fine = cv2.resize(mask, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    contours, _ = cv2.findContours((fine > SURE).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < 16 * 16:  # four by four cells
        return None
    ends = cv2.approxPolyN(largest, 4, ensure_convex=True).reshape(4, 2)
    return Quad.of((ends + 0.5) / 4).points


def _near(grid: Floats, point: Points) -> float:
    """The chance within the window about a point."""
    column, row = np.clip(point.astype(int), 0, np.array(grid.shape[::-1]) - 1)
    window = grid[max(row - WINDOW, 0) : row + WINDOW + 1, max(column - WINDOW, 0) : column + WINDOW + 1]
    return float(window.sum())


def _two_peaks(grid: Floats) -> list[tuple[Points, float]]:
    """The two likeliest places in the grid (x, y in cells from its top left edge), with the chance around each."""
    rest, found = grid.copy(), []
    for _ in range(2):
        row, column = divmod(int(np.argmax(rest)), rest.shape[1])
        top, left = max(row - WINDOW, 0), max(column - WINDOW, 0)
        window = rest[top : row + WINDOW + 1, left : column + WINDOW + 1]
        chance = float(window.sum())
        weights = window / max(chance, 1e-9)
        x = weights.sum(axis=0) @ np.arange(left, left + window.shape[1]) + 0.5
        y = weights.sum(axis=1) @ np.arange(top, top + window.shape[0]) + 0.5
        found.append((np.array([x, y]), chance))
        window[:] = 0
    return found


def _convex_clockwise(points: Points) -> bool:
    sides = np.roll(points, -1, axis=0) - points
    ahead = np.roll(sides, -1, axis=0)
    return bool(np.all(sides[:, 0] * ahead[:, 1] - sides[:, 1] * ahead[:, 0] > 0))


def _overlap(points: Points, mask: Floats) -> float:
    """Intersection over union of the quadrilateral with the mask, counting the picture's cells only."""
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(drawn, np.rint((points - 0.5) * 16).astype(np.int32), 1, shift=4)
    inside, shown = drawn[RIM:-RIM, RIM:-RIM] > 0, mask[RIM:-RIM, RIM:-RIM]
    common = float(shown[inside].sum())
    return common / max(float(inside.sum()) + float(shown.sum()) - common, 1e-9)
