"""From a camera's frame to a page, and from a frame to the live preview. Pure functions; call them from a worker."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from kiosk.materials.files import encode_page
from kiosk.materials.judge import judge
from kiosk.materials.locate import locate, locate_roughly
from kiosk.materials.pages import CapturedPage, Picture, Quad
from kiosk.materials.rectify import rectify


class Preview(NamedTuple):
    """A small picture for the screen."""

    rgb: bytes
    """Rows from the top, three bytes a pixel."""
    width: int
    height: int
    quad: Quad | None
    """The page's outline in the preview's own pixels; a few pixels coarse."""


def process(frame: Picture) -> CapturedPage:
    """Find the page, lay it flat, judge it and make it a file. About 0.15 s for a 1920 × 1080 frame.

    Without a page the file is the whole frame, so that the citizen sees what the camera saw.
    """
    quad = locate(frame)
    page = None if quad is None else rectify(frame, quad)
    return CapturedPage(encode_page(frame if page is None else page), judge(page, quad, frame), quad)


def preview(frame: Picture, max_side: int = 960) -> Preview:
    """The frame made small, with the page's outline. About 10 ms for 1920 × 1080 to 960 × 540."""
    factor = min(1.0, max_side / max(frame.shape[:2]))
    small = np.asarray(cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = small.shape[:2]
    return Preview(cv2.cvtColor(small, cv2.COLOR_BGR2RGB).tobytes(), width, height, locate_roughly(small))
