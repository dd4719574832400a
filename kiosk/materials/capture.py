"""From a camera's frame to a page, and from a frame to the live preview. Pure functions; call them from a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2

from kiosk.materials.enhance import enhance
from kiosk.materials.files import at_stored_dpi, encode_page
from kiosk.materials.judge import judge, judge_live
from kiosk.materials.locate import locate, locate_roughly
from kiosk.materials.pages import CapturedPage, Code, Located, Picture
from kiosk.materials.rectify import rectify
from kiosk.materials.same_page import fingerprint, taken_before
from kiosk.materials.shrink import at_most


class Preview(NamedTuple):
    """A small picture for the screen."""

    rgb: bytes
    """Rows from the top, three bytes a pixel."""
    width: int
    height: int
    located: Located
    """The page's outline in the preview's own pixels; a few pixels coarse."""
    code: Code
    """What is wrong with the picture as it is now; `ok` when nothing is."""


def process(
    frame: Picture, *, earlier: Sequence[tuple[bytes, str]] = (), field_width_mm: float | None = None
) -> CapturedPage:
    """Find the page, lay it flat, judge it, even its light out and make it a file.

    About 0.2 s for 3840 × 2160 on one core, 0.1 s for 1920 × 1080. Without a page the file is the whole frame, so that
    the citizen sees what the camera saw. The page is judged as it was taken: evening the light out comes after.

    Args:
        frame: what the camera saw
        earlier: JPEG and fingerprint of the pages that this one should not be one of
        field_width_mm: how much of the desk the frame's width shows, if known
    """
    located = locate(frame)
    if located.quad is None:
        return CapturedPage(encode_page(frame), judge(None, located, frame), None)
    page = rectify(frame, located.quad, field_width_mm)
    verdict = judge(page, located, frame)
    if taken_before(page.small, earlier):
        verdict = verdict.plus(Code.SAME_PAGE)
    picture, dpi = at_stored_dpi(page.picture, page.dpi)
    file = encode_page(enhance(picture), dpi)
    return CapturedPage(file, verdict, located.quad, page.format, file.dpi, fingerprint(page.small))


def preview(frame: Picture, max_side: int = 960) -> Preview:
    """The frame made small, with the page's outline: that and 4 ms on one core are what it costs (`locate_roughly`)."""
    small = at_most(frame, max_side)
    height, width = small.shape[:2]
    located = locate_roughly(small)
    rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).tobytes()
    return Preview(rgb, width, height, located, judge_live(small, located))
