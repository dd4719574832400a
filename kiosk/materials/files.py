"""Pictures in and out: what a file may be, and what a page becomes when it is stored."""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from kiosk.materials.pages import InvalidPicture, MaterialsError, PageFile, Picture

MOST_BYTES = 64 * 1024 * 1024
MOST_PIXELS = 120_000_000
"""Of a baseline JPEG, which can be decoded at a half, a quarter or an eighth without ever being held whole."""
MOST_WHOLE_PIXELS = 40_000_000
"""Of a PNG or a progressive JPEG, which must be held whole. A4 at 600 dpi has 35 million."""
WORKING_PIXELS = 26_000_000
"""What is handed on: larger pictures are made smaller. A4 at 400 dpi has 15 million."""
LONGEST_SIDE = 12_000
"""The same for a side, in pixels: A3 at 600 dpi has 9900, and OpenCV takes no more than 32767."""
MOST_SCANNED_PIXELS = 800_000_000
"""Pixels times scans of a JPEG: a progressive one has about ten scans, a hostile one a thousand."""
PAGE_BYTES = 1_000_000
"""A page's JPEG is never larger: what the centre's upload takes, and a slow line carries in seconds."""
STORED_DPI = 200.0
"""What archives ask of a colour scan at least (DA/T 31-2017), and what a page is stored at when the camera sees more."""
_QUALITIES = (90, 85, 80, 72, 64)
_KINDS = ("JPEG", "PNG")
_ORIENTATION = 0x0112
"""How the camera was held (Exif 2.3, tag Orientation)."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Loaded(NamedTuple):
    """A picture from a file."""

    picture: Picture
    reduced: int = 1
    """How many pixels of the file, each way, became one of the picture."""


def load_image(source: Path | bytes) -> Picture:
    """The picture of `load`."""
    return load(source).picture


def load(source: Path | bytes) -> Loaded:
    """A JPEG or PNG as a picture of at most 26 megapixels and 12 000 pixels a side, turned the way its camera noted; transparent is white.

    The size is read from the header before a single pixel is decoded, so a small file cannot claim all memory: some
    300 MB are the most that any file takes.

    Raises:
        InvalidPicture: another kind, truncated, too large (64 MiB; 120 megapixels, or 40 for a PNG or a progressive
            JPEG), or not readable
    """
    content = _content(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sizes, for which there are limits here, and about odd chunks
            return _decoded(content)
    except InvalidPicture:
        raise
    except UnidentifiedImageError as error:
        raise InvalidPicture("the file is neither JPEG nor PNG") from error
    except Image.DecompressionBombError as error:
        raise InvalidPicture(f"the picture has more than {MOST_PIXELS // 10**6} megapixels") from error
    except Exception as error:  # a decoder of hostile bytes fails in whatever way it fails
        raise InvalidPicture("the picture is truncated or damaged") from error


def _decoded(content: bytes) -> Loaded:
    image: Image.Image = Image.open(io.BytesIO(content), formats=_KINDS)
    _refuse_too_large(image, content)
    full = max(image.size)
    image.draft("RGB", _drafted(image.size))
    image.load()
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    image = _on_white(image)
    longest = max(image.size) / LONGEST_SIDE
    more = math.ceil(max(longest, math.sqrt(image.width * image.height / WORKING_PIXELS)))
    image = image.reduce(more) if more > 1 else image
    reduced = max(1, round(full / max(image.size)))
    upright = image if turn is None else image.transpose(turn)
    return Loaded(np.ascontiguousarray(np.asarray(upright)[:, :, ::-1]), reduced)


def _content(source: Path | bytes) -> bytes:
    try:
        if isinstance(source, Path):
            if not source.is_file():
                raise InvalidPicture("the file cannot be read")
            if source.stat().st_size > MOST_BYTES:
                raise InvalidPicture("the file is larger than 64 MiB")
            source = source.read_bytes()
    except OSError as error:
        raise InvalidPicture("the file cannot be read") from error
    if len(source) > MOST_BYTES:
        raise InvalidPicture("the file is larger than 64 MiB")
    return source


def _refuse_too_large(image: Image.Image, content: bytes) -> None:
    pixels = image.width * image.height
    whole = image.format == "PNG" or "progressive" in image.info
    most = MOST_WHOLE_PIXELS if whole else MOST_PIXELS
    if pixels > most:
        why = ", too many for a PNG or a progressive JPEG" if most < pixels <= MOST_PIXELS else ""
        raise InvalidPicture(f"the picture has more than {most // 10**6} megapixels{why}")
    # 0xFF in coded data is followed by 0x00, so these two bytes are where a scan starts (or chance, in a comment).
    if image.format != "PNG" and pixels * content.count(b"\xff\xda") > MOST_SCANNED_PIXELS:
        raise InvalidPicture("the picture is coded in more passes than any camera uses")


def _drafted(size: tuple[int, int]) -> tuple[int, int]:
    """The smallest size that a JPEG may be decoded at: half of it, or a quarter or an eighth, as far as need be."""
    part = 1
    while size[0] * size[1] / part**2 > WORKING_PIXELS and part < 8:
        part *= 2
    return size[0] // part, size[1] // part


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in 8-bit red, green and blue; what is transparent shows white paper."""
    if image.mode.startswith("I"):  # 16 bits of grey, which a plain conversion would clip to white
        return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image if image.mode == "RGBA" else image.convert("RGBA")
    plain = Image.new("RGB", image.size, (255, 255, 255))
    plain.paste(clear, mask=clear.getchannel("A"))
    return plain


def encode_page(page: Picture, dpi: float = 0.0) -> PageFile:
    """The page as a JPEG of at most 1 MB and 200 dpi: a little less quality first, then fewer pixels.

    `dpi` is that of `page`, 0.0 if unknown. The JPEG says its own (JFIF density) and holds no other metadata.

    Raises:
        MaterialsError: OpenCV cannot encode it (an empty picture)
    """
    page, dpi = at_stored_dpi(page, dpi)
    while True:
        for quality in _QUALITIES:
            try:
                good, coded = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
            except cv2.error as error:
                raise MaterialsError("the page cannot be encoded") from error
            if good and coded.size <= PAGE_BYTES:
                jpeg = _with_density(coded.tobytes(), dpi)
                height, width = page.shape[:2]
                return PageFile(jpeg, hashlib.sha256(jpeg).hexdigest(), width, height, dpi)
        page, dpi = _shrunk(page, 0.85), dpi * 0.85


def at_stored_dpi(page: Picture, dpi: float) -> tuple[Picture, float]:
    """The page at no more than 200 dpi, and its dots per inch then. Nothing is ever made larger."""
    return (_shrunk(page, STORED_DPI / dpi), STORED_DPI) if dpi > STORED_DPI else (page, dpi)


def density(jpeg: bytes) -> float:
    """Dots per inch that a page's JPEG states; 0.0: none."""
    if jpeg[:4] != b"\xff\xd8\xff\xe0" or jpeg[6:11] != b"JFIF\0" or jpeg[13:14] != b"\x01":
        return 0.0
    return float(int.from_bytes(jpeg[14:16], "big"))


def _with_density(jpeg: bytes, dpi: float) -> bytes:
    """The same JPEG with `dpi` in its JFIF header (ITU-T T.871, 10.1: unit at byte 13, then two 16-bit densities)."""
    if dpi < 1:
        return jpeg
    dots = round(dpi).to_bytes(2, "big")
    return jpeg[:13] + b"\x01" + dots + dots + jpeg[18:]


def _shrunk(page: Picture, factor: float) -> Picture:
    return np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
