"""Pictures in and out: what a file may be, and what a page becomes when it is stored."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kiosk.materials.pages import InvalidPicture, MaterialsError, PageFile, Picture

MOST_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 100_000_000
PAGE_BYTES = 1_000_000
"""A page's JPEG is never larger: what the centre's upload takes, and a slow line carries in seconds."""
_QUALITIES = (90, 85, 80, 72, 64)
_KINDS = ("JPEG", "PNG")


def load_image(source: Path | bytes) -> Picture:
    """A JPEG or PNG as a picture, turned the way its camera noted.

    The size is read from the header before a single pixel is decoded, so a small file cannot claim all memory.

    Raises:
        InvalidPicture: another kind, truncated, over 100 megapixels or 64 MiB, or not readable
    """
    try:
        if isinstance(source, Path):
            if source.stat().st_size > MOST_BYTES:
                raise InvalidPicture("the file is larger than 64 MiB")
            source = source.read_bytes()
    except OSError as error:
        raise InvalidPicture("the file cannot be read") from error
    if len(source) > MOST_BYTES:
        raise InvalidPicture("the file is larger than 64 MiB")
    try:
        image = Image.open(io.BytesIO(source), formats=_KINDS)
        if image.width * image.height > MOST_PIXELS:
            raise InvalidPicture("the picture has more than 100 megapixels")
        upright = ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError as error:
        raise InvalidPicture("the file is neither JPEG nor PNG") from error
    except Image.DecompressionBombError as error:
        raise InvalidPicture("the picture has more than 100 megapixels") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InvalidPicture("the picture is truncated or damaged") from error
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def encode_page(page: Picture) -> PageFile:
    """The page as a JPEG of at most 1 MB: a little less quality first, then fewer pixels. Holds no metadata.

    Raises:
        MaterialsError: OpenCV cannot encode it (an empty picture)
    """
    while True:
        for quality in _QUALITIES:
            try:
                good, coded = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
            except cv2.error as error:
                raise MaterialsError("the page cannot be encoded") from error
            if good and coded.size <= PAGE_BYTES:
                jpeg = coded.tobytes()
                height, width = page.shape[:2]
                return PageFile(jpeg, hashlib.sha256(jpeg).hexdigest(), width, height)
        page = np.asarray(cv2.resize(page, None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA), np.uint8)
