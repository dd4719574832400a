"""Reading one page from end to end, in the process that calls. See `Reader` for one that does not wait."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image

from kiosk.findings import Expectation, Reading
from kiosk.materials.pages import InvalidPicture, Picture
from kiosk.materials.reading import wire
from kiosk.materials.reading.conclude import conclude
from kiosk.materials.reading.engine import Engine
from kiosk.materials.reading.marks import look

_MOST_PIXELS = 40_000_000
"""What is decoded at all: A3 at 400 dots per inch is 31 million."""
_ENOUGH_PIXELS = 10_000_000
"""A4 at 300 dots per inch is 8.7 million; a larger picture is read at half its size."""


@cache
def engine(threads: int = 2) -> Engine:
    """The models, loaded once in a process."""
    return Engine(threads)


def read_page(picture: Picture, expected: Expectation, *, threads: int = 2) -> Reading:
    """Read a flat page (BGR) that lies in any of four directions, and say what `expected` asks.

    Raises:
        ModelsMissing: the rapidocr package, or a model in it, is not installed
    """
    text = engine(threads).read(picture)
    return conclude(text.lines, look(text.page, text.lines), text.turn, expected)


def read_jpeg(jpeg: bytes, expected: Expectation, threads: int = 2) -> bytes:
    """Read a page as it came through the pipe, and return the reply. Never raises: the next page may be a good one."""
    try:
        return wire.reply(read_page(decode(jpeg), expected, threads=threads))
    except InvalidPicture:
        return wire.failure("the page is not a picture that can be read")
    except MemoryError:
        return wire.failure("the page needs too much memory")
    except Exception:  # noqa: BLE001 (a defect in reading may cost the hints, and nothing else; its message could quote the page)
        return wire.failure("the page cannot be read")


def decode(jpeg: bytes) -> Picture:
    """A JPEG or PNG as a picture of at most twenty megapixels, in bounded memory.

    Raises:
        InvalidPicture: another kind, damaged, or over 40 megapixels
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG", "PNG")) as image:
            pixels = image.width * image.height
            if pixels > _MOST_PIXELS:
                raise InvalidPicture("the picture has more than 40 megapixels")
            if pixels > _ENOUGH_PIXELS:
                share = (_ENOUGH_PIXELS / pixels) ** 0.5
                image.draft("RGB", (round(image.width * share), round(image.height * share)))
            flat = image.convert("RGB")
            if flat.width * flat.height > 2 * _ENOUGH_PIXELS:
                flat = flat.reduce(2)
            return np.ascontiguousarray(np.asarray(flat)[:, :, ::-1])
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise InvalidPicture("the picture is truncated or damaged") from error
