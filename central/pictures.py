"""Pictures of a case's pages, opened and drawn anew while somebody waits for them; never written anywhere.

What came from outside is decoded here and encoded again: no byte of a stranger's file reaches a browser.
"""

from __future__ import annotations

import io
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.files.store import PartStore
from central.keys import KeyRing
from central.opening import open_part
from central.store.models import Case, CaseFile

MOST_PIXELS = 60_000_000
"""A4 at 600 dots per inch has 35 million; a small file may claim far more (a decompression bomb)."""
_QUALITY = 88


class Size(StrEnum):
    """How large a picture is wanted: the longer edge in pixels."""

    THUMB = "thumb"
    """240"""
    READ = "read"
    """1400: fills a column of the screen."""
    FULL = "full"
    """As it was taken."""


class NoPicture(Exception):
    """What is inside is no picture that can be shown. Says no more."""


def file_of(session: Session, case: Case, file_id: int) -> CaseFile | None:
    """A file of exactly this case."""
    return session.scalar(select(CaseFile).where(CaseFile.id == file_id, CaseFile.case_seq == case.seq))


def open_picture(keys: KeyRing, parts: PartStore, file: CaseFile) -> bytes:
    """The plain bytes of a file of a case.

    Raises:
        CannotOpen
        NoPicture: its sealed bytes are gone.
    """
    try:
        sealed = parts.read(file.sealed_sha256)
    except FileNotFoundError:
        raise NoPicture from None
    return open_part(keys, UUID(file.application_id), file.part_name, sealed)


def draw(data: bytes, size: Size, turn: int = 0) -> bytes:
    """A JPEG of the picture in `data` (JPEG or PNG), turned clockwise by `turn` degrees (0, 90, 180, 270).

    Raises:
        NoPicture
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NoPicture
            edge = _longest(size)
            if edge is not None:
                image.draft("RGB", (edge, edge))  # a JPEG is decoded at half, a quarter, an eighth: much faster
            picture = ImageOps.exif_transpose(image)
            if edge is not None:
                picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
            if picture.mode in ("RGBA", "LA", "P"):
                picture = _on_white(picture)
            picture = picture.convert("RGB").rotate(-turn, expand=True)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NoPicture from None
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _longest(size: Size) -> int | None:
    match size:
        case Size.THUMB:
            return 240
        case Size.READ:
            return 1400
        case Size.FULL:
            return None
        case _:
            assert_never(size)


def _on_white(picture: Image.Image) -> Image.Image:
    """A signature is drawn on nothing."""
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    ground.alpha_composite(layer)
    return ground
