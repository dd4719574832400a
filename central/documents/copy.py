"""A document in lines, for paper that is too narrow for its sheet: a terminal's roll of 58 or 80 mm.

Read off the very sheet that page and PDF are made of (`html.sheet`), so that all three say the same words.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import tinyhtml5

from central.documents.content import Content
from central.documents.html import sheet
from kiosk.protocol.documents import CopyLine

_NOTHING = frozenset({"", "—"})
_SPACED = frozenset({"br", "li", "p"})


def lines(content: Content) -> tuple[CopyLine, ...]:
    """All that stands between the head and the foot of the sheet. English side lines and empty cells are left out."""
    document = tinyhtml5.parse(str(sheet(content)), namespace_html_elements=False)
    article = document.find(".//article")
    assert article is not None, "every sheet is an article"  # noqa: S101 - a template without one is a defect
    return tuple(line for block in article for line in _block(block))


def _block(block: Element) -> Iterator[CopyLine]:
    match block.tag, block.get("class", "").split():
        case "h2", _:
            yield CopyLine(kind="heading", text=_text(block))
        case "p", classes if "d-voided" not in classes:
            yield CopyLine(kind="paragraph", text=_text(block))
        case "table", ["d-facts", *_]:
            for row in block.iter("tr"):
                yield from _facts([_text(cell) for cell in row.iter("th")], [_text(cell) for cell in row.iter("td")])
        case "table", _:
            labels = [_text(cell) for cell in block.iter("th")]
            for row in block.findall("./tbody/tr"):
                yield from _entry(labels, [_text(cell) for cell in row])


def _facts(labels: list[str], values: list[str]) -> Iterator[CopyLine]:
    for label, value in zip(labels, values, strict=False):
        if value not in _NOTHING:
            yield CopyLine(kind="fact", label=label, text=value)


def _entry(labels: list[str], values: list[str]) -> Iterator[CopyLine]:
    """A row of a list: its number and name, then what is said of it. A row without a name says that there is none."""
    if len(values) < 2:
        yield CopyLine(kind="paragraph", text=values[0])
        return
    number, name, *rest = values
    yield CopyLine(kind="row", label=number, text=name)
    yield from _facts(labels[2:], rest)


def _text(element: Element) -> str:
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    if element.get("lang") == "en":
        return
    yield element.text or ""
    for child in element:
        if child.tag in _SPACED:
            yield " "
        yield from _pieces(child)
        yield child.tail or ""
