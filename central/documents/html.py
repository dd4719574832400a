"""A document as HTML: one template for each kind on a shared A4 sheet. The page of the desk and the PDF are both this."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from central.documents.content import COMPLETE_NOTICE, NOT_COUNTED, NOT_YET_ACCEPTED, REMEDY, Content
from central.documents.marks import barcode_svg, qr_svg, seal_svg
from central.times import CHINA

DESK = Path(__file__).resolve().parent.parent / "desk"
STYLE = DESK / "static" / "documents.css"


class Seal(StrEnum):
    """How the place of the seal is filled."""

    DRAWN = "drawn"
    """On the page of the desk."""
    LATER = "later"
    """Left free: the signature brings the seal."""
    BY_HAND = "by_hand"
    """The unit has no electronic seal: stamp it here."""


def sheet(content: Content, seal: Seal = Seal.DRAWN, *, voided: bool = False) -> Markup:
    """The document as a fragment (`<article class="sheet">`). Whatever people wrote in it is escaped."""
    template = _environment().get_template(f"documents/{content.kind}.html")
    return Markup(template.render(d=content, b=content.body, seal=seal, voided=voided))  # noqa: S704


def page(content: Content, seal: Seal) -> str:
    """The document as a whole HTML page, without styles: whoever prints it brings them."""
    return (
        _environment().get_template("documents/_page.html").render(title=content.title[0], sheet=sheet(content, seal))
    )


def slip(template: str, facts: object) -> str:
    """A page for narrow paper."""
    return _environment().get_template(template).render(d=facts)


def public_page(template: str, **context: object) -> str:
    """A page for everybody."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(DESK / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=_day, minute=_minute, grouped=_grouped)
    environment.globals.update(
        seal_svg=seal_svg,
        qr_svg=qr_svg,
        barcode_svg=barcode_svg,
        NOT_YET_ACCEPTED=NOT_YET_ACCEPTED,
        COMPLETE_NOTICE=COMPLETE_NOTICE,
        NOT_COUNTED=NOT_COUNTED,
        REMEDY=REMEDY,
    )
    return environment


def _day(at: datetime | None) -> str:
    """2026年11月20日, in China."""
    if at is None:
        return "—"
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"


def _minute(at: datetime | None) -> str:
    """2026年11月20日 21:35, in China."""
    return "—" if at is None else f"{_day(at)} {at.astimezone(CHINA):%H:%M}"


def _grouped(code: str) -> str:
    """7K4M 9Q2P"""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
