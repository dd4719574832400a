"""What is on a page beside print: a red seal, and ink where somebody should have signed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture
from kiosk.materials.reading.conclude import Marks, SignaturePlace
from kiosk.materials.reading.lines import Box, Line, plain
from kiosk.materials.shrink import at_most

_LOOK_AT = 900
"""Pixels of the page's long side: a seal of 4 cm on A4 is 120 pixels wide."""
_RED = 38
"""Levels by which red must exceed green and blue: a faded seal has 60, brown wood and skin 30."""
_SEAL_SIDE = (0.08, 0.45)
"""Of the page's long side: an office's seal of 38 mm is an eighth of A4, one of 14 mm a sixth of a driving licence. A large
red letter is a twentieth."""
_SEAL_SHAPE = 2.2
"""Longer by shorter side: oval seals are 1.5; a line of red print is 5 and more."""
_DIRECTIONS = 36
_RIM = 0.7
"""Of the way from the middle to the edge of an ellipse: red must come so far out to be a seal's rim."""
_RIM_SHARE = 0.6
"""In so many directions; the others may be faint or covered."""
_MAYBE = 0.2
"""For something red of a seal's size and shape that has no rim: half a seal, a faint one, a picture."""
_MOST_FILLED = 0.75
"""Of the seal's box: more is a red area, a picture or a cover."""

_SIGN_HERE = re.compile(
    r"^(.{0,18}?(?:签名|签字|签章|签署|签收)(?:或盖章|或手印|盖章|、手印|\(盖章\)|\(手印\))*[)\]】]?)[:：]?(.*)$"
)
_INK = 42
"""Levels by which ink must be darker than the paper around it."""
_LEAST_INK = 0.012
_SURE_INK = 0.04
"""Share of inked pixels in the place beside the label: a dot is not a signature, two characters fill a tenth."""

Mask = NDArray[np.uint8]


def look(page: Picture, lines: Sequence[Line]) -> Marks:
    """Look for marks on a page (BGR) that lies upright and whose lines were read."""
    small = at_most(page, _LOOK_AT)
    places = tuple(
        SignaturePlace(label, _signed(page, line, rest, lines)) for line in lines for label, rest in _sign_here(line)
    )
    return Marks(_seal(_red(small)), places)


def _red(picture: Picture) -> Mask:
    """Where the picture is red, whatever its brightness: 255, else 0."""
    blue, green, most = cv2.split(picture)
    return np.asarray((cv2.subtract(most, cv2.max(blue, green)) > _RED).astype(np.uint8) * 255, np.uint8)


def _seal(red: Mask) -> float:
    """How much the most seal-like red thing is like one: 0 to 1."""
    longer = max(red.shape)
    reach = max(3, round(longer / 90)) | 1
    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    best = 0.0
    for number in range(1, count):
        left, top, width, height, _area = (int(value) for value in stats[number])
        if not _SEAL_SIDE[0] * longer <= max(width, height) <= _SEAL_SIDE[1] * longer:
            continue
        if max(width, height) > _SEAL_SHAPE * min(width, height):
            continue
        own = (labels[top : top + height, left : left + width] == number) & (
            red[top : top + height, left : left + width] > 0
        )
        best = max(best, _rim(own))
    return best


def _rim(own: NDArray[np.bool_]) -> float:
    """How nearly red runs all around the box, as far out as its ellipse (a square seal reaches farther)."""
    height, width = own.shape
    if own.mean() > _MOST_FILLED:
        return _MAYBE
    y, x = np.nonzero(own)
    across, down = (x - (width - 1) / 2) / (width / 2), (y - (height - 1) / 2) / (height / 2)
    direction = ((np.arctan2(down, across) / (2 * np.pi) + 0.5) * _DIRECTIONS).astype(int) % _DIRECTIONS
    farthest = np.zeros(_DIRECTIONS)
    np.maximum.at(farthest, direction, np.hypot(across, down))
    share = float((farthest >= _RIM).mean())
    return share * 0.95 if share >= _RIM_SHARE else _MAYBE


def _sign_here(line: Line) -> list[tuple[str, str]]:
    """The label and what was read behind it, when the line asks for a signature."""
    hit = _SIGN_HERE.match(plain(line.text))
    return [(hit[1], hit[2])] if hit else []


def _signed(page: Picture, line: Line, rest: str, lines: Sequence[Line]) -> float:
    """Whether there is writing behind the label: read as text, or seen as ink."""
    if len(rest) >= 2 and not re.match(r"日期|[年(（]|\d{4}", rest):
        return 0.9
    place = _place(page, line, lines)
    if place is None:
        return 0.0
    ink = _ink(page, place)
    return 0.0 if ink < _LEAST_INK else min(0.9, 0.5 + 0.4 * ink / _SURE_INK)


def _place(page: Picture, line: Line, lines: Sequence[Line]) -> Box | None:
    """The area to the right of the label, up to the next print in the row or seven times its height."""
    tall = line.box.height
    right = min(line.box.right + 7 * tall, page.shape[1] - 1)
    top, bottom = line.box.top - 0.4 * tall, line.box.bottom + 0.4 * tall
    for other in lines:
        beside = other.box.left > line.box.right and other.box.top < line.box.bottom and other.box.bottom > line.box.top
        if beside and re.match(r"日期|\d|.{0,4}(?:签名|签字|盖章|签章)|年", plain(other.text)):
            right = min(right, other.box.left)
    return Box(line.box.right, max(top, 0), right, bottom) if right - line.box.right > tall else None


def _ink(page: Picture, place: Box) -> float:
    """Share of the place that is inked, ruled lines and red seals left out."""
    area = page[round(place.top) : round(place.bottom), round(place.left) + 2 : round(place.right)]
    if area.size == 0:
        return 0.0
    light = area.max(axis=2)  # a seal's red is bright here, a pen's blue is not
    paper = float(np.percentile(light, 90))
    ink = (light < paper - _INK).astype(np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, max(9, ink.shape[1] // 3)), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(9, round(ink.shape[0] * 0.85)), 1), np.uint8))
    ruled = cv2.dilate(cv2.max(across, down), np.ones((3, 3), np.uint8))
    return float((ink & (1 - ruled)).mean())
