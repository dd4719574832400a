"""Which kind of paper a page reads like: its title, the printed words of its form, and words that speak against it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

from kiosk.materials.reading.lines import Line, Match, in_rows, nearest, plain

KINDS_FILE = Path(__file__).parents[3] / "assets" / "materials" / "kinds.toml"
_BORNE = frozenset({"name", "number", "seal"})
_VALIDITY = frozenset({"", "stated", "period", "month"})

_TITLE_WEIGHT, _WORDS_WEIGHT = 0.75, 0.65
_ALONE, _AT_END, _AT_START, _INSIDE = 1.0, 0.8, 0.75, 0.2
"""How much a title counts: as a line of its own; after the name of an office; before a remark; in a sentence."""
_TITLED = 0.5
_ERROR_COSTS = 3
"""Characters by which a title counts as shorter for each that was misread."""
_LARGE = 1.2
"""Times the height of the page's middle line: then a line is a title wherever it stands."""
_HEAD = 0.34
_FIRST_ROWS = 4
"""Share of the page's height, or rows from the top, within which a title stands if it is not large."""
_IN_SENTENCE = re.compile(r"[，。；,;]")
_PUNCTUATION = re.compile(r"[^\w/]+")


class InvalidKinds(Exception):
    """kinds.toml is not as it must be. The message says which kind and which key."""


@dataclass(frozen=True)
class PaperKind:
    """One kind of paper; the meaning of each field stands at the head of assets/materials/kinds.toml."""

    code: str
    zh: str
    en: str
    titles: tuple[str, ...]
    words: tuple[str, ...]
    enough: int = 4
    against: tuple[str, ...] = ()
    bears: frozenset[str] = frozenset()
    signed_by: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    twin: str = ""
    validity: str = ""
    months: int = 0


@dataclass(frozen=True)
class Likeness:
    """How much a page reads like a kind: 0 to 1."""

    kind: PaperKind
    score: float
    titled: bool = False
    """Whether its title was read: then this is its first page, and not one of those that follow."""


@cache
def load_kinds(file: Path = KINDS_FILE) -> Mapping[str, PaperKind]:
    """All kinds by their code.

    Raises:
        InvalidKinds: the file cannot be read, or a kind has a key or a value that is not known
    """
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidKinds(f"{file.name} cannot be read") from error
    return MappingProxyType({code: _kind(code, table) for code, table in tables.items()})


def _kind(code: str, table: Mapping[str, Any]) -> PaperKind:
    values: dict[str, Any] = dict(table)
    try:
        label = values.pop("label")
        for key in ("titles", "words", "against", "signed_by", "back"):
            values[key] = tuple(map(plain, values.pop(key, ())))
        kind = PaperKind(code, label["zh"], label["en"], bears=frozenset(values.pop("bears")), **values)
    except (KeyError, TypeError) as error:
        raise InvalidKinds(f"{code}: {error}") from error
    if kind.bears - _BORNE or kind.validity not in _VALIDITY or kind.enough < 1 or kind.months < 0:
        raise InvalidKinds(f"{code}: bears, validity, enough or months has a value that is not known")
    return kind


def rank(lines: Sequence[Line], kinds: Mapping[str, PaperKind]) -> list[Likeness]:
    """All kinds, the one that the page reads most like first."""
    if not lines:
        return [Likeness(kind, 0.0) for kind in kinds.values()]
    titles = _titles(lines, kinds)
    flow = "".join(plain(line.text) for row in in_rows(lines) for line in row)
    ranked = [
        Likeness(kind, _score(kind, title := titles.get(kind.code, 0.0), flow), title >= _TITLED)
        for kind in kinds.values()
    ]
    return sorted(ranked, key=lambda likeness: -likeness.score)


def has_word(word: str, flow: str) -> bool:
    """Whether a printed word stands in the text; of a long one every fifth character may be misread."""
    return nearest(word, flow, len(word) // 5) is not None


def _score(kind: PaperKind, title: float, flow: str) -> float:
    share = min(1.0, sum(has_word(word, flow) for word in kind.words) / kind.enough)
    words = (_WORDS_WEIGHT if kind.titles else 0.9) * float(share**1.5)
    opposed = sum(word in flow for word in kind.against)
    return (1 - (1 - _TITLE_WEIGHT * title) * (1 - words)) * float(0.5**opposed)


def _titles(lines: Sequence[Line], kinds: Mapping[str, PaperKind]) -> dict[str, float]:
    """How well each kind's title is seen, 0 to 1.

    A stretch of a line counts for one title only, the longest (解除劳动合同证明 is not 劳动合同) and best read.
    """
    ordinary = median(line.box.height for line in lines)
    first_rows = in_rows(lines)[:_FIRST_ROWS]
    head = max(first_rows[-1][0].box.top, max(line.box.bottom for line in lines) * _HEAD)
    seen: dict[str, float] = {}
    for text, height, top in _candidates(lines):
        prominent = height >= _LARGE * ordinary or top <= head
        matches = [
            (len(title) - _ERROR_COSTS * match.errors, match, kind.code)
            for kind in kinds.values()
            for title in kind.titles
            if (match := nearest(title, text, _most_errors(title))) is not None
        ]
        taken: list[Match] = []
        for _, match, code in sorted(matches, key=lambda one: -one[0]):
            if any(one.start < match.end and match.start < one.end for one in taken):
                continue
            taken.append(match)
            place = _place(text, match.start, match.end) if prominent else _INSIDE
            seen[code] = max(seen.get(code, 0.0), place * (1 - 0.1 * match.errors))
    return seen


def _most_errors(title: str) -> int:
    return 0 if len(title) < 4 else 1 if len(title) < 12 else 2


def _candidates(lines: Sequence[Line]) -> list[tuple[str, float, float]]:
    """Each line, and each row as one line (a spaced title may be read as four), with its height and top."""
    rows = (row for row in in_rows(lines) if len(row) > 1)
    found = [
        *((line.text, line.box.height, line.box.top) for line in lines),
        *(("".join(line.text for line in row), min(line.box.height for line in row), row[0].box.top) for row in rows),
    ]
    return [
        (plain(text), 0.0, top) if _IN_SENTENCE.search(text) else (_PUNCTUATION.sub("", plain(text)), height, top)
        for text, height, top in found
    ]


def _place(text: str, start: int, end: int) -> float:
    before, after = start, len(text) - end
    if _IN_SENTENCE.search(text):
        return _INSIDE
    if before == 0 and after <= 1:
        return _ALONE
    if after <= 1 and before <= 20:
        return _AT_END
    return _AT_START if before == 0 and after <= 8 else _INSIDE
