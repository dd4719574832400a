"""What is drawn rather than written: the round seal, the QR code, the barcode. Inline SVG, without style attributes."""

from __future__ import annotations

import math
import re

import segno
from barcode.codex import Code128
from markupsafe import Markup, escape

SEAL_MM = 42
"""Diameter of an authority's seal (国务院关于国家行政机关和企业事业单位社会团体印章管理的规定: 4.2 cm)."""

_PURPOSE = re.compile(
    r"^(?P<name>.+?)(?P<purpose>(?:跨省通办|省内通办|跨域通办|全区通办|全市通办|行政审批|审批|业务|政务服务|受理)?专用章"
    r"(?:（[^）]{1,4}）)?)$"
)
_RED = "#d7000f"
_ARC = 16.0
"""Radius of the line of text, in the seal's own units (its radius is 21)."""
_MOST_ARC, _MOST_ARC_OVER_PURPOSE = 290.0, 224.0
_STEP = 24.0
"""Degrees between characters when there is room."""


def seal_svg(name: str) -> Markup:
    """The round seal with `name` around a star; the purpose (…专用章) runs straight beneath it, as cut seals have it."""
    match = _PURPOSE.match(name)
    around, beneath = (match["name"], match["purpose"]) if match else (name, "")
    step = min(_STEP, (_MOST_ARC_OVER_PURPOSE if beneath else _MOST_ARC) / max(len(around) - 1, 1))
    size = min(5.4, 2 * math.pi * _ARC * step / 360 * 0.98)
    first = -step * (len(around) - 1) / 2
    letters = "".join(
        f'<text x="0" y="{-_ARC + size * 0.38:.2f}" transform="rotate({first + step * place:.2f})" '
        f'font-size="{size:.2f}">{escape(letter)}</text>'
        for place, letter in enumerate(around)
    )
    straight = min(4.0, 25.0 / max(len(beneath), 1))
    purpose = (
        f'<text x="0" y="{13.4 if len(beneath) < 8 else 12.2}" font-size="{straight:.2f}">{escape(beneath)}</text>'
    )
    return Markup(  # noqa: S704 - every part is escaped or a number
        f'<svg xmlns="http://www.w3.org/2000/svg" class="d-seal-mark" viewBox="-21 -21 42 42" '
        f'role="img" aria-label="{escape(name)}">'
        f'<circle r="20.3" fill="none" stroke="{_RED}" stroke-width="1.2"/>'
        f'<path d="{_star(6.4)}" fill="{_RED}"/>'
        f'<g fill="{_RED}" text-anchor="middle" font-weight="500">{letters}{purpose if beneath else ""}</g></svg>'
    )


def qr_svg(address: str) -> Markup:
    """A QR code, correction level M, with the quiet zone of four modules that the standard wants."""
    code = segno.make_qr(address, error="m", boost_error=False)
    drawn = code.svg_inline(border=4, svgclass="d-qr", lineclass=None, omitsize=True)
    return Markup(drawn)  # noqa: S704 - segno writes modules, no text


def barcode_svg(text: str) -> Markup:
    """Code 128 of `text`, ten quiet modules at each side, one unit a module."""
    modules = Code128(text).build()[0]
    bars = "".join(
        f'<rect x="{10 + run.start()}" y="0" width="{len(run[0])}" height="40"/>' for run in re.finditer("1+", modules)
    )
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" class="d-barcode" viewBox="0 0 {len(modules) + 20} 40" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges">{bars}</svg>'
    )


def _star(radius: float) -> str:
    inner = radius * 0.381966
    points = []
    for corner in range(10):
        length = inner if corner % 2 else radius
        angle = math.radians(36 * corner - 90)
        points.append(f"{length * math.cos(angle):.3f} {length * math.sin(angle):.3f}")
    return "M" + "L".join(points) + "Z"
