"""PDF from the very HTML of the page: WeasyPrint, fonts embedded and cut to what is used, nothing fetched from anywhere.

The seal is not part of these pages: the signature brings it (`central.documents.sign`), at the place kept free for it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import ImageFile
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from central.assets import ASSETS
from central.documents.content import Content
from central.documents.html import STYLE, Seal, page, slip
from central.documents.marks import SEAL_MM, seal_svg

# WeasyPrint lets Pillow take broken-off pictures for whole ones, everywhere in the process; nobody here may.
ImageFile.LOAD_TRUNCATED_IMAGES = False

_FONTS = ASSETS / "fonts"
_FAMILIES = {weight: f"Tongban {weight}" for weight in ("Regular", "Medium", "Bold")}
"""One family for each file (see documents.css). What a file lacks comes from Debian's fonts-hanazono."""
_POINTS_PER_PIXEL = 0.75
"""CSS counts 96 pixels to the inch, PDF 72 points."""

_NARROW = f"""
@page {{ size: 80mm 165mm; margin: 4mm 5mm; }}
body {{ font: 9.5pt/1.4 "{_FAMILIES["Regular"]}", HanaMinA, HanaMinB; }}
p, h1 {{ margin: 0 0 .6mm; overflow-wrap: anywhere; }}
h1, b {{ font-family: "{_FAMILIES["Bold"]}", "{_FAMILIES["Regular"]}"; font-weight: 700; }}
h1 {{ font-size: 18pt; text-align: center; letter-spacing: .2em; }}
.center {{ text-align: center; }} .small {{ font-size: 7pt; }} .code {{ font-size: 13pt; }}
hr {{ border: 0; border-top: .3mm dashed #000; margin: 1.5mm 0; }}
.scan {{ text-align: center; }} .d-qr {{ width: 32mm; height: 32mm; }}
"""

_one_at_a_time = threading.RLock()
"""Pango and fontconfig keep global state."""


_NOTHING = URLFetcher(allowed_protocols=(), fail_on_errors=True)
"""Nothing is fetched for a document: all of it is inline. Anything else stops the rendering."""


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the seal goes: page counted from 0, box in points from the lower left corner."""

    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Pages without the seal, and the place kept free for it (None: this kind has none)."""

    pdf: bytes
    seal: SealPlace | None


def render(content: Content, seal: Seal) -> Rendered:
    """The document as pages."""
    with _one_at_a_time:
        styles, fonts = _styles()
        document = HTML(string=page(content, seal), url_fetcher=_NOTHING).render(stylesheets=styles, font_config=fonts)
        document.metadata.title = content.title[0]
        document.metadata.authors = [content.office.name]
        document.metadata.lang = "zh-CN"
        place = None
        for number, sheet in enumerate(document.pages):
            if "seal" in sheet.anchors:
                left, top, right, bottom = (edge * _POINTS_PER_PIXEL for edge in sheet.anchors["seal"])
                height = sheet.height * _POINTS_PER_PIXEL
                place = SealPlace(number, (left, height - bottom, right, height - top))
        return Rendered(document.write_pdf(), place)


def narrow_pdf(template: str, facts: object) -> bytes:
    """A slip for paper of 80 mm."""
    with _one_at_a_time:
        _, fonts = _styles()
        sheet = CSS(string=_NARROW, font_config=fonts)
        data: bytes = HTML(string=slip(template, facts), url_fetcher=_NOTHING).write_pdf(
            stylesheets=[sheet], font_config=fonts
        )
        return data


@cache
def seal_pdf(name: str) -> bytes:
    """The seal alone on a page of its own size: what a signature shows."""
    markup = f'<!doctype html><html lang="zh-CN"><title></title><body>{seal_svg(name)}</body></html>'
    frame = (
        f"@page{{size:{SEAL_MM}mm {SEAL_MM}mm;margin:0}}body{{margin:0}}.d-seal-mark{{display:block;width:{SEAL_MM}mm;"
    )
    frame += f'height:{SEAL_MM}mm;opacity:.86;font-family:"{_FAMILIES["Medium"]}","{_FAMILIES["Regular"]}"}}'
    with _one_at_a_time:
        (_, fonts) = _styles()
        sheet = CSS(string=frame, font_config=fonts)
        data: bytes = HTML(string=markup, url_fetcher=_NOTHING).write_pdf(stylesheets=[sheet], font_config=fonts)
        return data


@cache
def _styles() -> tuple[list[Any], Any]:
    """The style sheet and the fonts, read once for the process."""
    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face{{font-family:"{family}";src:url("{(_FONTS / f"NotoSansSC-{weight}.ttf").as_uri()}")}}'
        for weight, family in _FAMILIES.items()
    )
    return [CSS(string=faces, font_config=fonts), CSS(filename=str(STYLE), font_config=fonts)], fonts
