"""From the page as it lies in the picture to the page as it is: flat, in its true proportions, at a true scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from kiosk.materials.files import STORED_DPI
from kiosk.materials.pages import PaperFormat, Picture, Quad
from kiosk.materials.shrink import at_most

MM_PER_INCH = 25.4
SIZES_MM: dict[PaperFormat, tuple[tuple[float, float], ...]] = {
    PaperFormat.A4: ((297.0, 210.0),),
    PaperFormat.A5: ((210.0, 148.0),),
    # ISO 216, and the JIS size that copiers in China often mean by B5.
    PaperFormat.B5: ((250.0, 176.0), (257.0, 182.0)),
    PaperFormat.ID_1: ((85.6, 53.98),),
}
"""Long and short side."""
SHAPE_WITHIN = 0.015
"""A shape this near (relatively) to that of a format is taken for it. A driving licence (88 × 60 mm) is 3.7 % off A4;
photographed A4 pages were 1.2 % off at most."""
SIZE_WITHIN = 0.06
"""The same for a side in millimetres: a camera's scale is set by hand, and a curled page is shorter."""
A4_FILLS = 0.6
"""Without a known scale, an A4-shaped page that is a smaller share of the frame's longer side may be B5 or A5."""
CARD_RADIUS_MM = 3.18
"""Of an ID-1 card's corners (ISO/IEC 7810)."""
CARD_SIDE = 120
"""Pixels of a card's long side below which its corners are too small to be rounded."""
DESK_SHOWS = 12
"""Levels by which a card's corner differs from the card beside it where the desk shows."""
USUAL_FOCUS = 0.9
"""Focal length of a document camera, in diagonals of its picture; used when the page shows too little perspective."""
MOST_STEP = 1.5
"""Pixels of the frame for one of the page, up to which sampling leaves nothing out; a page of up to as many times 200
dpi is brought to 200 dpi on the way, which saves time. A finer one keeps its pixels here."""
LIKELY_FOCUS = (0.5, 3.0)
MOST_SLANT = 3.0
"""Nothing can be read of a sheet that is seen so slantingly that one side looks this much shorter; corners that say so
are wrong, and the page would be made of pixels that nobody saw."""
SMALL_SIDE = 1000


@dataclass(frozen=True, eq=False)
class Rectified:
    """A page cut out of its frame."""

    picture: Picture
    format: PaperFormat
    dpi: float
    """True dots per inch, from the known format or the camera's scale; 0.0: not known."""

    @cached_property
    def small(self) -> Picture:
        """The same at no more than 1000 pixels a side, for what needs no more."""
        return at_most(self.picture, SMALL_SIDE)


def rectify(frame: Picture, quad: Quad, field_width_mm: float | None = None) -> Rectified:
    """Cut the page out and lay it flat. Its long side has at most the pixels that it has in `frame`: none are invented.

    `field_width_mm` is how much of the desk the frame's width shows, if known. Outside of a card's round corners the
    picture becomes white, as it will lie on white paper.
    """
    height, width = frame.shape[:2]
    across, down = _mean_sides(quad)
    seen = across / down
    ratio = float(np.clip(true_ratio(quad, width, height), seen / MOST_SLANT, seen * MOST_SLANT))
    long_side = across if ratio > 1 else down
    # A curled page or a bent lens upsets the vanishing points more than the sides: between the two lies the truth.
    shapes = sorted((max(ratio, 1 / ratio), max(seen, 1 / seen)))
    paper, dpi = _format(long_side, (shapes[0], shapes[1]), frame, field_width_mm)
    if paper in (PaperFormat.A4, PaperFormat.A5, PaperFormat.ID_1):
        long_mm, short_mm = SIZES_MM[paper][0]
        ratio = long_mm / short_mm if ratio > 1 else short_mm / long_mm
    if STORED_DPI < dpi < MOST_STEP * STORED_DPI:
        long_side, dpi = long_side * STORED_DPI / dpi, STORED_DPI
    width, height = page_size(long_side, ratio)
    target = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.points.astype(np.float32), target)
    page = np.asarray(
        cv2.warpPerspective(frame, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )
    if paper is PaperFormat.ID_1:
        _whiten_corners(page)
    return Rectified(page, paper, dpi)


def page_size(long_side: float, ratio: float) -> tuple[int, int]:
    """Width and height in whole pixels of a page `ratio` times as wide as high."""
    long_pixels = max(2, round(long_side))
    short_pixels = max(2, round(long_side * min(ratio, 1 / ratio)))
    return (long_pixels, short_pixels) if ratio > 1 else (short_pixels, long_pixels)


def true_ratio(quad: Quad, width: int, height: int) -> float:
    """Width by height of the flat rectangle that a picture of `width` × `height` pixels shows as `quad`.

    A rectangle's two vanishing points give the camera's focal length, if its optical axis meets the picture's middle
    and its pixels are square, and with it the rectangle's proportions (Zhang and He, Whiteboard scanning, 2007). A page
    seen straight from above has no vanishing points, and then the focal length hardly matters.
    """
    middle = ((width - 1) / 2, (height - 1) / 2)
    diagonal = math.hypot(width, height)
    corners = ((quad.points - middle) / diagonal).astype(np.float32)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    across, down = cv2.getPerspectiveTransform(unit, corners)[:, :2].T
    vanishing = across[2] * down[2]
    square = -(across[0] * down[0] + across[1] * down[1]) / vanishing if abs(vanishing) > 1e-9 else -1.0
    focus = math.sqrt(square) if square > 0 else 0.0
    if not LIKELY_FOCUS[0] <= focus <= LIKELY_FOCUS[1]:
        focus = USUAL_FOCUS
    lengths = [math.hypot(side[0] / focus, side[1] / focus, side[2]) for side in (across, down)]
    return float(np.clip(lengths[0] / max(lengths[1], 1e-9), 1e-3, 1e3))


def _mean_sides(quad: Quad) -> tuple[float, float]:
    """Pixels from left to right and from top to bottom."""
    sides = np.linalg.norm(np.roll(quad.points, -1, axis=0) - quad.points, axis=1)
    return max(float(sides[0] + sides[2]) / 2, 1.0), max(float(sides[1] + sides[3]) / 2, 1.0)


def _format(
    long_side: float, shapes: tuple[float, float], frame: Picture, field_width_mm: float | None
) -> tuple[PaperFormat, float]:
    """Which format a page is (`shapes`: its long by its short side, at least and at most), and its dots per inch."""

    def like(paper: PaperFormat) -> bool:
        return any(
            shapes[0] * (1 - SHAPE_WITHIN) < long_mm / short_mm < shapes[1] * (1 + SHAPE_WITHIN)
            for long_mm, short_mm in SIZES_MM[paper]
        )

    if field_width_mm is None:
        if like(PaperFormat.ID_1):
            return PaperFormat.ID_1, _dpi(long_side, PaperFormat.ID_1)
        if like(PaperFormat.A4) and long_side >= A4_FILLS * max(frame.shape[:2]):
            return PaperFormat.A4, _dpi(long_side, PaperFormat.A4)
        return PaperFormat.FREE, 0.0
    dpi = frame.shape[1] / field_width_mm * MM_PER_INCH
    long_mm = long_side / dpi * MM_PER_INCH
    off, paper = min((abs(long_mm / size[0] - 1), kind) for kind, sizes in SIZES_MM.items() for size in sizes)
    if off > SIZE_WITHIN or not like(paper):
        return PaperFormat.FREE, dpi
    return paper, dpi if paper is PaperFormat.B5 else _dpi(long_side, paper)


def _dpi(long_side: float, paper: PaperFormat) -> float:
    return long_side / SIZES_MM[paper][0][0] * MM_PER_INCH


def _whiten_corners(card: Picture) -> None:
    """Whiten what lies outside of a card's round corners, in place; a corner that looks like the card stays."""
    height, width = card.shape[:2]
    if max(height, width) < CARD_SIDE:
        return
    radius = CARD_RADIUS_MM / SIZES_MM[PaperFormat.ID_1][0][0] * max(height, width)
    size = math.ceil(radius)
    y, x = np.mgrid[0:size, 0:size]
    distance = np.hypot(radius - 0.5 - x, radius - 0.5 - y)
    outside = np.clip(distance - radius + 1.0, 0, 1).astype(np.float32)[..., None]
    desk, ring = distance > radius + 1, (distance < radius - 1) & (distance > radius * 0.6)
    for rows in (slice(0, size), slice(-1, -size - 1, -1)):
        for columns in (slice(0, size), slice(-1, -size - 1, -1)):
            corner = card[rows, columns]
            if np.abs(np.median(corner[desk], axis=0) - np.median(corner[ring], axis=0)).max() > DESK_SHOWS:
                corner[:] = np.rint(corner * (1 - outside) + 255 * outside).astype(np.uint8)
