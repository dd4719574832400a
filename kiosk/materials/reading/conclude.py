"""From what was read to what is said of it. Pure: no picture, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.findings import Expectation, Finding, FindingCode, Reading
from kiosk.materials.reading.kinds import Likeness, PaperKind, has_word, load_kinds, rank
from kiosk.materials.reading.lines import Line, in_rows, plain
from kiosk.materials.reading.names import find_name
from kiosk.materials.reading.numbers import find_number, find_other_number
from kiosk.materials.reading.validity import find_validity

_KNOWN = 0.5
"""From this likeness on, a page is taken to be of a kind."""
_GENEROUS = 0.2
"""A kind that was asked for may be this much less alike than the best one and still count."""
_CERTAIN = 0.6
"""Likeness from which another kind than the one asked for is named."""
_TWIN = 0.8
_MUCH_TEXT = 5
"""Lines. A page with that many, and no title or word of the kind asked for, is of another kind."""
_FOUND = 0.4
_LEAST_LETTERS = 4


@dataclass(frozen=True)
class SignaturePlace:
    """A label like 乙方（签字） and whether somebody wrote beside it."""

    label: str
    signed: float
    """0 to 1."""


@dataclass(frozen=True)
class Marks:
    """What was seen on the page that is not print."""

    seal: float = 0.0
    """0 to 1: a red seal. Between 0 and 0.4 is something red of a seal's size and shape that has no rim."""
    places: tuple[SignaturePlace, ...] = ()


def conclude(
    lines: Sequence[Line],
    marks: Marks,
    turn: int,
    expected: Expectation,
    kinds: Mapping[str, PaperKind] | None = None,
) -> Reading:
    """What can be said of a page with these lines and marks, which had to be turned by `turn` degrees."""
    kinds = load_kinds() if kinds is None else kinds
    if sum(len(plain(line.text)) for line in lines) < _LEAST_LETTERS:
        return Reading((Finding(FindingCode.NOTHING_READ, 0.9),), lines=len(lines))
    ranked = rank(lines, kinds)
    asked = _asked(ranked, expected)
    kind, findings = _tell_kind(ranked, asked, len(lines))
    wrong = any(finding.code is FindingCode.OTHER_KIND for finding in findings)
    # Of a page whose kind was not recognised only what every kind asked for has in common can be missing.
    candidates = () if wrong else (kind.kind,) if kind is not None else tuple(likeness.kind for likeness in asked)
    findings += _tell_person(
        lines, expected, candidates, first_page=kind is not None and (kind.titled or not kind.kind.titles)
    )
    if kind is not None:
        findings += _tell_validity(lines, expected, kind.kind)
    if not wrong:
        findings += _tell_seal(marks, candidates, known=kind is not None)
        findings += _tell_signature(marks, candidates)
    if turn:
        findings.append(Finding(FindingCode.TURNED, 0.9, str(turn)))
    return Reading(
        tuple(Finding(one.code, round(min(max(one.confidence, 0.0), 1.0), 2), one.value) for one in findings),
        kind=kind.kind.code if kind else "",
        kind_confidence=round(kind.score, 2) if kind else 0.0,
        turn=turn,
        lines=len(lines),
    )


def _asked(ranked: Sequence[Likeness], expected: Expectation) -> list[Likeness]:
    """The kinds that were asked for, the best first. One whose face reads like its twin's is as good as that, nearly."""
    scores = {likeness.kind.code: likeness for likeness in ranked}
    asked = [likeness for likeness in ranked if likeness.kind.code in expected.kinds]
    for number, likeness in enumerate(asked):
        twin = scores.get(likeness.kind.twin)
        if twin is not None and _TWIN * twin.score > likeness.score:
            asked[number] = Likeness(likeness.kind, _TWIN * twin.score, titled=True)
    return sorted(asked, key=lambda likeness: -likeness.score)


def _tell_kind(
    ranked: Sequence[Likeness], asked: Sequence[Likeness], lines: int
) -> tuple[Likeness | None, list[Finding]]:
    """The kind of the page, if it is known, and what that means for the checklist."""
    best = ranked[0] if ranked and ranked[0].score >= _KNOWN else None
    if not asked:
        return best, []
    nearest = asked[0]
    if nearest.score >= _KNOWN and nearest.score >= ranked[0].score - _GENEROUS:
        return nearest, [Finding(FindingCode.KIND_MATCHES, nearest.score)]
    if best is not None and best.score >= _CERTAIN and best.score - nearest.score > _GENEROUS:
        return best, [Finding(FindingCode.OTHER_KIND, best.score * (1 - nearest.score), best.kind.code)]
    if best is None and lines >= _MUCH_TEXT and nearest.score < 0.1:
        return None, [Finding(FindingCode.OTHER_KIND, 0.5)]
    return None, []


def _tell_person(
    lines: Sequence[Line], expected: Expectation, candidates: Sequence[PaperKind], *, first_page: bool
) -> list[Finding]:
    """Name and number are found on any page, but missing only on the first one of the right kind."""
    findings = []
    name = find_name(lines, expected.name) if expected.name else 0.0
    number = find_number(lines, expected.id_number) if expected.id_number else 0.0
    back = name < _FOUND and number < _FOUND and _is_back(lines, candidates)
    clear = sum(line.score for line in lines) / len(lines)
    if name >= _FOUND:
        findings.append(Finding(FindingCode.NAME_FOUND, name))
    elif expected.name and first_page and not back and _all_bear("name", candidates):
        # With the number there it is the right paper, and the name was most likely misread.
        findings.append(Finding(FindingCode.NAME_MISSING, clear * (0.4 if number >= _FOUND else 0.7)))
    if number >= _FOUND:
        findings.append(Finding(FindingCode.NUMBER_FOUND, number))
    elif expected.id_number and not back:
        other = find_other_number(lines, expected.id_number)
        if other >= _FOUND and (_all_bear("number", candidates) or not candidates):
            findings.append(Finding(FindingCode.OTHER_NUMBER, other))
        elif first_page and _all_bear("number", candidates):
            findings.append(Finding(FindingCode.NUMBER_MISSING, clear * (0.5 if name >= _FOUND else 0.7)))
    return findings


def _is_back(lines: Sequence[Line], candidates: Sequence[PaperKind]) -> bool:
    flow = "".join(plain(line.text) for row in in_rows(lines) for line in row)
    return any(has_word(word, flow) for kind in candidates for word in kind.back)


def _all_bear(what: str, candidates: Sequence[PaperKind]) -> bool:
    return bool(candidates) and all(what in kind.bears for kind in candidates)


def _tell_validity(lines: Sequence[Line], expected: Expectation, kind: PaperKind) -> list[Finding]:
    validity = find_validity(lines, kind, expected.today) if expected.today is not None else None
    if validity is None or expected.today is None:
        return []
    code = FindingCode.EXPIRED if validity.over(expected.today) else FindingCode.VALID
    return [Finding(code, validity.confidence, validity.until)]


def _tell_seal(marks: Marks, candidates: Sequence[PaperKind], *, known: bool) -> list[Finding]:
    if marks.seal >= _FOUND:
        return (
            [Finding(FindingCode.SEAL_FOUND, marks.seal)]
            if not candidates or any("seal" in kind.bears for kind in candidates)
            else []
        )
    if known and _all_bear("seal", candidates) and marks.seal == 0 and _is_last_page(marks, candidates):
        return [Finding(FindingCode.SEAL_MISSING, 0.7)]
    return []


def _is_last_page(marks: Marks, candidates: Sequence[PaperKind]) -> bool:
    """A paper that is signed is sealed on the page where it is signed."""
    return bool(marks.places) or not all(kind.signed_by for kind in candidates)


def _tell_signature(marks: Marks, candidates: Sequence[PaperKind]) -> list[Finding]:
    """Only where the applicant signs; a place that was not found says nothing."""
    if not candidates or not all(kind.signed_by for kind in candidates):
        return []
    words = {word for kind in candidates for word in kind.signed_by}
    own = [place.signed for place in marks.places if any(_signs(word, place.label) for word in words)]
    if not own:
        return []
    if max(own) >= _FOUND:
        return [Finding(FindingCode.SIGNATURE_FOUND, max(own))]
    return [Finding(FindingCode.SIGNATURE_MISSING, 0.6)]


def _signs(word: str, label: str) -> bool:
    return word in label if word else label.startswith("签")
