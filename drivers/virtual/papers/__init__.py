"""The papers that invented people bring to the virtual desk.

Laid out and worded as the real ones are, at any resolution. Every paper but the empty one says 样张 (sample), and every
name and number on it comes from the personas, so no picture of a virtual desk can be taken for a real document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType

from drivers.virtual.desk import Sheet
from drivers.virtual.papers import cards, certificates, home, work
from drivers.virtual.papers.form import Form
from drivers.virtual.papers.page import Page, Truth, Variant
from drivers.virtual.personas import PERSONAS, Persona

__all__ = ["BLANK", "FORMS", "KINDS", "PIXELS_PER_MM", "Truth", "Variant", "paper", "parse", "truth"]

PIXELS_PER_MM = 8.0
"""203 dots per inch, unless asked otherwise."""

BLANK = "空白页"
"""An empty sheet, or a page laid down on its face."""

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        form.code: form
        for form in (
            *work.FORMS,
            *home.FORMS,
            *certificates.FORMS,
            *cards.FORMS,
            Form("blank", BLANK, certificates.blank, tint=(248, 248, 246)),
        )
    }
)
"""The papers with a form of their own, by code."""

KINDS: Mapping[str, Form] = MappingProxyType({form.name: form for form in FORMS.values()})
"""The same by Chinese name."""

_SHORT = {"缴费凭证": "contribution_certificate", "社保卡业务登记表": "social_security_form"}


def paper(
    kind: str, person: Persona, variants: Iterable[Variant] = (), *, pixels_per_mm: float = PIXELS_PER_MM
) -> Sheet:
    """Draw the paper `kind` (Chinese name or code) for `person`. Another kind becomes a paper with that title.

    The same arguments always give the same paper. Raises ValueError for the next page of a kind that has none.
    """
    return _sheet(kind, person, frozenset(variants), pixels_per_mm)


def truth(kind: str, person: Persona, variants: Iterable[Variant] = ()) -> Truth:
    """What stands on that paper. Raises as `paper` does."""
    return _drawn(kind, person, frozenset(variants), 2.0).truth


def parse(spec: str) -> tuple[str, Persona, frozenset[Variant]]:
    """`<kind>[:<persona>[:<variant>,…]]` taken apart; without a persona it is Wang's.

    Raises:
        KeyError: unknown persona
        ValueError: unknown variant
    """
    kind, _, rest = spec.partition(":")
    person, _, variants = rest.partition(":")
    return kind, PERSONAS[person or "wang"], frozenset(Variant(one) for one in variants.split(",") if one)


@lru_cache(4)
def _sheet(kind: str, person: Persona, variants: frozenset[Variant], scale: float) -> Sheet:
    sheet = _drawn(kind, person, variants, scale).sheet()
    sheet.face.flags.writeable = False  # it is shared
    return sheet


def _drawn(kind: str, person: Persona, variants: frozenset[Variant], scale: float) -> Page:
    form = KINDS.get(kind) or FORMS.get(_SHORT.get(kind, kind)) or Form("", kind, partial(certificates.titled, kind))
    draw = form.draw
    if Variant.NEXT_PAGE in variants:
        if form.next_page is None:
            raise ValueError(f"{kind} has one page only")
        draw = form.next_page
    page = Page(person, form.width_mm, form.height_mm, form.tint, variants, scale)
    draw(page)
    if form.code != "blank":
        page.footer()
    return page
