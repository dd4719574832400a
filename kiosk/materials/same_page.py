"""Was this page taken before?

A fingerprint finds candidates at no cost; then the pictures decide, spot by spot. Two filled-in copies of one form
look the same but for a name or a number, so a page is only called the same when every printed spot of it agrees.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.materials.pages import Picture
from kiosk.materials.shrink import at_most

CELLS = 16
RIM = 0.02
"""Share of each side that is left out of the fingerprint."""
DEAD_ZONE = 3
"""Levels by which a cell must be darker than its neighbour: the paper's grain and the light's slope say nothing."""
ALIKE = 0.62
"""Share of differing bits among those set in either fingerprint, at most, for a second look."""
SIDE = 1000
"""Pixels of the long side at which the pictures are compared: a character on A4 has 12 to 15."""
BLOCK = 32
STRAY = 14
"""Pixels that a spot may lie elsewhere: both pages were cut out by hand and eye, and paper curls."""
INKED = 40
"""Levels between the darkest and the brightest of a block that has print in it."""
FEWEST_BLOCKS = 12
AGREES = 0.85
"""Median correlation of the blocks of one page taken twice, at least; measured 0.97 and more."""
USUAL = 0.98
FALLS_BEHIND = 0.06
"""How far below the median (0.98 of it at most) a block may be. On 14 photographs and 26 kinds of drawn papers the third
lowest block of a page taken again had 0.921 and more, of the same form filled in for somebody else 0.919 and less (0.89
but for one slip of paper): to miss a page taken twice is the lesser evil."""
MAY_FALL_BEHIND = 2
"""Blocks that need not agree: a speck, a fold."""

Grey = NDArray[np.uint8]


def fingerprint(page: Picture) -> str:
    """A page's look in 256 bits (64 hexadecimal digits): which cells are darker than their right neighbour (dHash)."""
    return _fingerprint(cv2.cvtColor(at_most(page, 16 * CELLS), cv2.COLOR_BGR2GRAY))


def taken_before(page: Picture, earlier: Sequence[tuple[bytes, str]]) -> bool:
    """Whether `page` is one of the `earlier` pages (JPEG and fingerprint), however either was turned since.

    About 1 ms; some 50 ms for each earlier page that looks alike. An earlier page that cannot be read is none.
    """
    if not earlier:
        return False
    grey = cv2.cvtColor(at_most(page, SIDE), cv2.COLOR_BGR2GRAY)
    prints = [_fingerprint(np.rot90(grey, turn)) for turn in range(4)]
    for jpeg, known in earlier:
        if min(_apart(known, print_) for print_ in prints) <= ALIKE:
            other = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
            if other is None:
                continue
            other = at_most(other, SIDE)
            turn = min(range(4), key=lambda quarter: _apart(_fingerprint(other), prints[quarter]))
            if _same(np.ascontiguousarray(np.rot90(grey, turn)), other):
                return True
    return False


def _fingerprint(grey: Grey) -> str:
    # Without the rim, where now and then a sliver of the desk shows.
    rim_y, rim_x = (round(RIM * side) for side in grey.shape)
    inner = grey[rim_y : grey.shape[0] - rim_y, rim_x : grey.shape[1] - rim_x]
    small = cv2.resize(inner, (16 * CELLS, 16 * CELLS), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((33, 33), np.uint8)), (0, 0), 16)
    even = cv2.divide(small, paper, scale=230)
    cells = cv2.resize(even, (CELLS + 1, CELLS), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(cells[:, :-1] < cells[:, 1:] - DEAD_ZONE).tobytes().hex()


def _apart(one: str, other: str) -> float:
    """0 (alike) to 1: share of the bits set in either that are not set in both."""
    try:
        first, second = int(one, 16), int(other, 16)
    except ValueError:
        return 1.0
    return (first ^ second).bit_count() / max((first | second).bit_count(), 1)


def _same(page: Grey, other: Grey) -> bool:
    """Whether every printed block of `page` is found about where it should be in `other`."""
    height, width = page.shape
    if not 0.9 < (height / width) / (other.shape[0] / other.shape[1]) < 1.1:
        return False
    other = np.asarray(cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    scores = _scores(page, other)
    if len(scores) < FEWEST_BLOCKS:
        return False
    usual = float(np.median(scores))
    least = min(usual, USUAL) - FALLS_BEHIND
    return usual > AGREES and int(np.count_nonzero(scores < least)) <= MAY_FALL_BEHIND


def _scores(page: Grey, other: Grey) -> NDArray[np.float32]:
    """For each printed block of `page` (its rim left out), its best correlation near the same place in `other`."""
    page, other = (cv2.GaussianBlur(picture, (0, 0), 1.0) for picture in (page, other))
    rim = STRAY + 2
    scores = []
    for y in range(rim, page.shape[0] - rim - BLOCK + 1, BLOCK):
        for x in range(rim, page.shape[1] - rim - BLOCK + 1, BLOCK):
            block = page[y : y + BLOCK, x : x + BLOCK]
            if int(block.max()) - int(block.min()) > INKED:
                near = other[y - STRAY : y + BLOCK + STRAY, x - STRAY : x + BLOCK + STRAY]
                scores.append(cv2.matchTemplate(near, block, cv2.TM_CCOEFF_NORMED).max())
    return np.array(scores, np.float32)
