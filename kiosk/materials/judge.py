"""Is this page good enough to be read by the person who will decide on it?

Thresholds were set on real photographs of pages and on drawn ones with known flaws, and stand beside the figures they
were set from. A blank page is only warned of: nearly empty handwritten pages exist. Whether a page was taken before
or lies upside down is not seen here (`kiosk.materials.same_page`, `kiosk.materials.reading`).
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.materials import finger
from kiosk.materials.measure import live_faults, looks_like_document, measure
from kiosk.materials.pages import Code, Located, PageVerdict, PaperFormat, Picture, Quad
from kiosk.materials.rectify import Rectified
from kiosk.materials.shrink import at_most

BLURRED_BELOW = 0.25
"""Sharp photographs have 0.33 to 0.41; blurred by 1.6 pixels at 150 dpi 0.24 to 0.28, by 2.5 pixels 0.19 to 0.21."""
UNSTEADY_BELOW = 0.212
"""Sharpness in the worst direction. Photographs have 0.28 to 0.38 (one that moved a little: 0.22); moved by 1 mm
(6 pixels) 0.17 to 0.24."""
GLARE_ABOVE = 0.015
"""Photographs and drawn pages without glare have 0, badly crumpled ones up to 0.010; a mirrored lamp 0.04 and more."""
LIVE_GLARE_ABOVE = 0.03
"""Of a page that was not laid flat; the sheen of a bent card is up to 0.02."""
DARK_BELOW = 80.0
"""Of the bare paper: the brightest tenth begins there. Photographs have 176 and more."""
DARK_SPOTS_BELOW = 120.0
"""A dark card in good light has brighter spots than this."""
DARK_FRAME_BELOW = 45.0
"""A black mat under a lamp has brighter spots than this; a white desk without a lamp has none."""
BLANK_BELOW = 0.0004
"""A nearly blank handwritten page had 0.0016."""
SHEET_FROM = 0.35
"""Confidence that what was found is a sheet. Papers of all kinds on all desks have 0.69 and more, a hand or keys up to
0.21."""
READABLE_DPI = 95.0
"""A 10.5 point character is 14 pixels high then."""
LONG_SIDE_AT_LEAST = 300
"""Pixels of anything but a card. A4 would have 26 dpi then, a ticket as long as a card 89. Also where the camera's scale
is said to be known: a camera that was moved up since takes A4 for a slip of paper."""
MEASURABLE_SIDE = 64
"""Pixels below which there is nothing to measure."""
RIM = 0.005
"""A corner this near to the picture's edge (share of its size) means that some of the page may lie outside."""
LIVE_INSIDE = 0.94
"""Share of a page that is looked at in the live picture: its edges are found only roughly there."""
LIVE_SIDE = 240
"""Pixels to which the live picture is brought down."""


def judge(page: Rectified | None, located: Located, frame: Picture) -> PageVerdict:
    """What is wrong with `page`, which was cut out of `frame`; None when no page was found in it."""
    if page is None or located.quad is None:
        # In the dark a page may lie there and not be seen: the light is what to mend first.
        return PageVerdict((Code.TOO_DARK, Code.NO_PAGE) if _is_dark(frame[::8, ::8]) else (Code.NO_PAGE,))
    picture = page.picture
    if min(picture.shape[:2]) < MEASURABLE_SIDE:
        return PageVerdict((Code.TOO_SMALL,))
    measures = measure(picture, page.dpi)
    blank = measures.ink < BLANK_BELOW
    dark = measures.brightness < DARK_BELOW and measures.brightest < DARK_SPOTS_BELOW
    findings = {
        Code.TOO_DARK: dark,
        Code.NOT_A_DOCUMENT: not dark and (located.confidence < SHEET_FROM or not looks_like_document(page.small)),
        Code.TWO_SHEETS: located.sheets > 1,
        Code.CUT_OFF: _touches_rim(located.quad, frame),
        Code.TOO_SMALL: _is_too_small(page),
        Code.BLURRED: not blank and (measures.sharpness < BLURRED_BELOW or measures.steadiness < UNSTEADY_BELOW),
        Code.GLARE: measures.glare > GLARE_ABOVE,
        Code.FINGER: not blank and finger.covers_text(page.small),
        Code.BLANK: blank,
    }
    return PageVerdict(tuple(code for code, found in findings.items() if found) or (Code.OK,), measures)


def judge_live(picture: Picture, located: Located) -> Code:
    """What is wrong with a live picture (any size, `located` in its pixels), as far as 3 ms tell; `ok` if nothing."""
    factor = min(1.0, LIVE_SIDE / max(picture.shape[:2]))
    small = at_most(picture, LIVE_SIDE, cv2.INTER_NEAREST)
    if located.quad is None:
        return Code.TOO_DARK if _is_dark(small) else Code.NO_PAGE
    if located.confidence < SHEET_FROM:
        return Code.NOT_A_DOCUMENT
    if located.sheets > 1:
        return Code.TWO_SHEETS
    if _touches_rim(located.quad, picture):
        return Code.CUT_OFF
    inside = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.rint(located.quad.scaled(factor).points).astype(np.int32), 1)
    page = small[inside > 0]
    if not page.size:
        return Code.TOO_SMALL
    brightness = np.percentile(page.max(axis=1), (90, 99.5))
    if brightness[0] < DARK_BELOW and brightness[1] < DARK_SPOTS_BELOW:
        return Code.TOO_DARK
    return _live_fault(picture, located.quad)


def _live_fault(picture: Picture, quad: Quad) -> Code:
    """Blur and glare that show in the live picture already: such a page should not be photographed by itself.

    A live picture is sharper than its frame, being smaller: what is blurred here is refused there.
    """
    middle = quad.points.mean(axis=0)
    corners = middle + (quad.points - middle) * LIVE_INSIDE
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    page = picture[max(0, top) : bottom + 1, max(0, left) : right + 1]
    if min(page.shape[:2]) < MEASURABLE_SIDE:
        return Code.OK
    inside = np.zeros(page.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.rint(corners - (max(0, left), max(0, top))).astype(np.int32), 1)
    sharpness, glare = live_faults(page, inside)
    if 0 < sharpness < BLURRED_BELOW:
        return Code.BLURRED
    return Code.GLARE if glare > LIVE_GLARE_ABOVE else Code.OK


def _is_too_small(page: Rectified) -> bool:
    if page.format is PaperFormat.FREE and max(page.picture.shape[:2]) < LONG_SIDE_AT_LEAST:
        return True
    return 0 < page.dpi < READABLE_DPI


def _is_dark(frame: Picture) -> bool:
    return bool(np.percentile(frame.max(axis=2), 99) < DARK_FRAME_BELOW)


def _touches_rim(quad: Quad, frame: Picture) -> bool:
    height, width = frame.shape[:2]
    rim = RIM * max(height, width)
    x, y = quad.points.T
    return bool((x < rim).any() or (y < rim).any() or (x > width - 1 - rim).any() or (y > height - 1 - rim).any())
