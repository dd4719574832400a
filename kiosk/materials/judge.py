"""Is this page good enough to be read by the person who will decide on it?

Thresholds were set on real photographs of pages and on drawn ones with known blur, and stand beside the figures
they were set from. A blank page is only warned of: nearly empty handwritten pages exist.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.materials.pages import Code, Measures, PageVerdict, Picture, Quad

MEASURED_SIDE = 1754
"""Sharpness depends on resolution, so a page is measured at no more than 150 dpi (A4's long side)."""
BLURRED_BELOW = 0.25
"""Sharp photographs have 0.33 to 0.41; blurred by 1.6 pixels at 150 dpi 0.24 to 0.28, by 2.5 pixels 0.19 to 0.21."""
GLARE_ABOVE = 0.01
"""Photographs without glare: median 0.0003, 95 % below 0.004."""
DARK_BELOW = 80.0
"""Of the bare paper: the brightest tenth begins there. Photographs have 176 and more."""
DARK_FRAME_BELOW = 45.0
"""A black mat under a lamp has brighter spots than this; a white desk without a lamp has none."""
BLANK_BELOW = 0.0004
"""A nearly blank handwritten page had 0.0016."""
LONG_SIDE_AT_LEAST = 360
"""Pixels. A4 would have 31 dpi then, an ID card 107."""
MEASURABLE_SIDE = 64
"""Pixels below which there is nothing to measure."""
RIM = 0.01
"""A corner this near to the picture's edge (share of its size) means that some of the page may lie outside."""
A4_LONG_SIDE_INCHES = 11.69


def judge(page: Picture | None, quad: Quad | None, frame: Picture) -> PageVerdict:
    """What is wrong with `page`, which was cut out of `frame` along `quad`; both None when no page was found."""
    if page is None or quad is None:
        # In the dark a page may lie there and not be seen: the light is what to mend first.
        dark = np.percentile(frame[::8, ::8].max(axis=2), 99) < DARK_FRAME_BELOW
        return PageVerdict((Code.TOO_DARK, Code.NO_PAGE) if dark else (Code.NO_PAGE,))
    if min(page.shape[:2]) < MEASURABLE_SIDE:
        return PageVerdict((Code.TOO_SMALL,))
    measures = measure(page)
    findings = {
        Code.TOO_DARK: measures.brightness < DARK_BELOW,
        Code.CUT_OFF: _touches_rim(quad, frame),
        Code.TOO_SMALL: max(page.shape[:2]) < LONG_SIDE_AT_LEAST,
        Code.BLURRED: measures.ink >= BLANK_BELOW and measures.sharpness < BLURRED_BELOW,
        Code.GLARE: measures.glare > GLARE_ABOVE,
        Code.BLANK: measures.ink < BLANK_BELOW,
    }
    return PageVerdict(tuple(code for code, found in findings.items() if found) or (Code.OK,), measures)


def measure(page: Picture) -> Measures:
    """The figures behind the verdict, for a rectified page of at least `MEASURABLE_SIDE` pixels a side."""
    dpi = max(page.shape[:2]) / A4_LONG_SIDE_INCHES
    factor = MEASURED_SIDE / max(page.shape[:2])
    if factor < 1:
        page = cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # The rim may show a sliver of the desk, whose edge is not the page's.
    margin_y, margin_x = (max(2, round(0.02 * side)) for side in page.shape[:2])
    page = page[margin_y:-margin_y, margin_x:-margin_x]
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    brightest, darkest = page.max(axis=2), page.min(axis=2)
    return Measures(
        sharpness=_sharpness(grey),
        glare=float(np.mean((brightest >= 253) & (brightest - darkest < 20))),
        brightness=float(np.percentile(grey[::4, ::4], 90)),
        ink=_ink(page),
        dpi=dpi,
    )


def _sharpness(grey: Picture) -> float:
    """How steep the strokes are: the steepest step across each, as a share of the stroke's whole contrast."""
    window = np.ones((9, 9), np.uint8)
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    contrast = cv2.subtract(cv2.dilate(smooth, window), cv2.erode(smooth, window)).astype(np.float32)
    # Half of the strongest contrasts: print and pen, not the paper's grain or a watermark.
    inked = contrast > max(25.0, 0.5 * float(np.percentile(contrast[::3, ::3], 99.5)))
    if not inked.any():
        return 0.0
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    steepest = cv2.dilate(cv2.magnitude(dx, dy), window)
    return float(np.median(steepest[inked] / contrast[inked]))


def _ink(page: Picture) -> float:
    """Share of pixels that are clearly darker, in any colour, than the paper around them."""
    plane = page.min(axis=2)
    paper = cv2.resize(plane, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(paper, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = cv2.resize(cv2.GaussianBlur(paper, (0, 0), 4), plane.shape[::-1])
    depth = cv2.subtract(paper, cv2.GaussianBlur(plane, (3, 3), 0))
    return float(np.mean(depth > np.maximum(12, paper * 0.12)))


def _touches_rim(quad: Quad, frame: Picture) -> bool:
    height, width = frame.shape[:2]
    rim = RIM * max(height, width)
    x, y = quad.points.T
    return bool((x < rim).any() or (y < rim).any() or (x > width - 1 - rim).any() or (y > height - 1 - rim).any())
