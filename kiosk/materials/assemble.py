"""What is done with pages after they were taken: turn one, put a card's two sides on one sheet, make a PDF of some."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import img2pdf
import numpy as np

from kiosk.materials.files import STORED_DPI, density, encode_page, load_image
from kiosk.materials.pages import MaterialsError, PageFile, PaperFormat, Picture
from kiosk.materials.rectify import MM_PER_INCH, SIZES_MM

_A4_LONG, _A4_SHORT = (side / MM_PER_INCH for side in SIZES_MM[PaperFormat.A4][0])
_CARD_LONG = SIZES_MM[PaperFormat.ID_1][0][0] / MM_PER_INCH
GAP_INCHES = 0.8
"""Between the two sides of a card."""
MARGIN_INCHES = 0.4
POINTS_PER_INCH = 72


def turn_page(jpeg: bytes, degrees: int) -> PageFile:
    """The page turned clockwise by 90, 180 or 270 degrees; its size and its dots per inch stay.

    Raises:
        InvalidPicture: `jpeg` is no picture that we take
        ValueError: another angle
    """
    quarters, rest = divmod(degrees, 90)
    if rest or not quarters % 4:
        raise ValueError(f"a page is turned by 90, 180 or 270 degrees, not by {degrees}")
    return encode_page(np.ascontiguousarray(np.rot90(load_image(jpeg), -quarters)), density(jpeg))


def join_sides(front: bytes, back: bytes, dpi: float) -> PageFile:
    """Both sides of a card at true size in the middle of one white A4 sheet, the front above.

    `dpi` is that of both pictures, for those that do not state their own; 0: not known, and the picture is then given
    the width of a card. Nothing is made larger than it was taken.

    Raises:
        InvalidPicture: one of the two is no picture that we take
    """
    sides = [load_image(side) for side in (front, back)]
    scales = [
        density(jpeg) or dpi or max(side.shape[:2]) / _CARD_LONG
        for jpeg, side in zip((front, back), sides, strict=True)
    ]
    sheet_dpi = min(*scales, STORED_DPI)
    width, height = round(_A4_SHORT * sheet_dpi), round(_A4_LONG * sheet_dpi)
    gap, margin = round(GAP_INCHES * sheet_dpi), round(MARGIN_INCHES * sheet_dpi)
    room = (width - 2 * margin, (height - gap) // 2 - margin)
    placed = [_made_smaller(side, sheet_dpi / scale, room) for side, scale in zip(sides, scales, strict=True)]
    sheet = np.full((height, width, 3), 255, np.uint8)
    top = (height - gap - sum(side.shape[0] for side in placed)) // 2
    for side in placed:
        left = (width - side.shape[1]) // 2
        sheet[top : top + side.shape[0], left : left + side.shape[1]] = side
        top += side.shape[0] + gap
    return encode_page(sheet, sheet_dpi)


def pdf(pages: Sequence[bytes], dpis: Sequence[float]) -> bytes:
    """One PDF of JPEG pages, taken over as they are, each in its true size; the same pages give the same bytes.

    A page of unknown scale (0) is as large as fits on A4. The file holds no dates and no names of programs.

    Raises:
        MaterialsError: no page, or something that is no JPEG
    """
    scales = iter(dpis)

    def layout(width: int, height: int, _stated: tuple[int, int]) -> tuple[float, float, float, float]:
        dpi = next(scales) or max(max(width, height) / _A4_LONG, min(width, height) / _A4_SHORT)
        size = (width / dpi * POINTS_PER_INCH, height / dpi * POINTS_PER_INCH)
        return (*size, *size)

    if len(pages) != len(dpis):
        raise ValueError(f"{len(pages)} pages, and dots per inch for {len(dpis)}")
    try:
        made = img2pdf.convert(
            [io.BytesIO(page) for page in pages], layout_fun=layout, nodate=True, engine=img2pdf.Engine.internal
        )
    except Exception as error:  # img2pdf's errors share no root
        raise MaterialsError("the pages cannot be put into a PDF") from error
    return bytes(made)


def _made_smaller(picture: Picture, factor: float, room: tuple[int, int]) -> Picture:
    """The picture by `factor`, or less if it would not fit into `room` (width, height)."""
    height, width = picture.shape[:2]
    factor = min(factor, room[0] / width, room[1] / height, 1.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
