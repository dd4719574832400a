"""Reading pages: what kind of paper it is, whose, whether it is still valid, sealed and signed.

`Reader` reads in a process of its own, so that the screen never waits; importing this package loads no model and no
OpenCV. `read_page` reads in this process, for the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.findings import Expectation, Reading
from kiosk.materials.reading.reader import Reader, ReadingFailed

if TYPE_CHECKING:
    from kiosk.materials.pages import Picture

__all__ = ["MADE_BY", "Reader", "ReadingFailed", "read_page"]

MADE_BY = "Tongban reader 1 (PP-OCRv6 small)"
"""Who made a note, for the staff. The number counts up whenever the same page may get another note."""


def read_page(picture: Picture, expected: Expectation) -> Reading:
    """Read a flat page in this process. The first call loads the models (half a second).

    Raises:
        ModelsMissing: the rapidocr package, or a model in it, is not installed
    """
    from kiosk.materials.reading import page

    return page.read_page(picture, expected)
