"""One PDF of a material's pages, for staff who print or archive it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import img2pdf

_POINTS = 72.0
_A4_LONG_SIDE = 297 / 25.4 * _POINTS
_JPEG = b"\xff\xd8\xff"
"""How each begins. img2pdf would have Pillow decode whatever else a terminal sends, in any of fifty formats."""


def pages_pdf(pages: Sequence[tuple[bytes, int]]) -> bytes | None:
    """The JPEG pages (bytes and true dots per inch, 0 when unknown) as they are, each on a PDF page of its true size.

    A page of unknown scale gets the long side of A4. The same pages give the same bytes. None: one of them is no
    JPEG that a PDF can hold, for a terminal sends what it likes.
    """
    if not all(jpeg.startswith(_JPEG) for jpeg, _ in pages):
        return None
    scales = iter([dpi for _, dpi in pages])

    def layout(width: int, height: int, _claimed: object) -> tuple[float, float, float, float]:
        dpi = next(scales)
        factor = _POINTS / dpi if dpi else _A4_LONG_SIDE / max(width, height)
        size = (width * factor, height * factor)
        return (*size, *size)

    try:
        made = img2pdf.convert(
            [io.BytesIO(jpeg) for jpeg, _ in pages],
            layout_fun=layout,
            # With pikepdf, the usual engine, the objects were once numbered differently on a second run.
            engine=img2pdf.Engine.internal,
            rotation=img2pdf.Rotation.none,
            nodate=True,
            producer="",
        )
    except Exception:  # noqa: BLE001 - img2pdf's errors have no root; the pages themselves are exported all the same
        return None
    return bytes(made)
