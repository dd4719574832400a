"""What a machine read on a page, as hints to the citizen: they say what was seen, and refuse nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kiosk.catalogue import Material
from kiosk.findings import Finding, FindingCode
from kiosk.visit.draft import Page
from kiosk.visit.showing.frame import Words
from kiosk.visit.views import Notice, Tone

DOUBT_FROM: Mapping[FindingCode, float] = MappingProxyType(
    {
        FindingCode.NOTHING_READ: 0.0,
        FindingCode.OTHER_KIND: 0.55,
        FindingCode.OTHER_NUMBER: 0.6,
        FindingCode.NAME_MISSING: 0.5,
        FindingCode.EXPIRED: 0.6,
        FindingCode.SEAL_MISSING: 0.6,
        FindingCode.SIGNATURE_MISSING: 0.6,
    }
)
"""Doubts worth a person's second look, worst first, each with the confidence below which nobody is bothered with it:
a bare suspicion that it may be another paper (0.5, as the reader counts) is for the staff alone, and so is a number that
was not found, for many papers bear none."""
GOOD_FROM = 0.5
"""The confidence from which what was found is told."""
MOST = 3
"""Hints at a time: more are not read."""
_FOUND_ELSEWHERE = {
    FindingCode.NAME_MISSING: FindingCode.NAME_FOUND,
    FindingCode.SEAL_MISSING: FindingCode.SEAL_FOUND,
    FindingCode.SIGNATURE_MISSING: FindingCode.SIGNATURE_FOUND,
}
"""What need not stand on every page of a material, once it stands on one."""


def doubts(page: Page, others: Iterable[Page]) -> tuple[Finding, ...]:
    """What is doubtful on a page, worst first. `others` are the other pages of the same material."""
    surely = {code: finding for code, finding in _sure(page).items() if code in DOUBT_FROM}
    if FindingCode.NOTHING_READ in surely:
        return (surely[FindingCode.NOTHING_READ],)  # the rest follows from it
    elsewhere = {code for other in others for code, finding in _sure(other).items()}
    return tuple(surely[code] for code in DOUBT_FROM if code in surely and not _excused(surely[code], elsewhere))


def hints(words: Words, material: Material, page: Page, others: Iterable[Page]) -> tuple[Notice, ...]:
    """The sentences to show beside a page: doubts, else what was found; and whether it was turned."""
    name = words.say(material.name)
    lines = [
        Notice(Tone.WARNING, words(f"mat.hint.{finding.code}", **_values(finding, name)))
        for finding in doubts(page, others)
    ]
    found = _sure(page)
    seen = "_and_".join(
        word for word, code in (("name", FindingCode.NAME_FOUND), ("seal", FindingCode.SEAL_FOUND)) if code in found
    )
    if seen and not lines:
        lines.append(Notice(Tone.GOOD, words(f"mat.hint.{seen}_found")))
    if FindingCode.TURNED in found:
        lines.append(Notice(Tone.INFO, words("mat.hint.turned")))
    return tuple(lines[:MOST])


def _sure(page: Page) -> dict[FindingCode, Finding]:
    """The findings that are sure enough to be told, by code."""
    return {
        finding.code: finding
        for finding in page.findings or ()
        if finding.confidence >= DOUBT_FROM.get(finding.code, GOOD_FROM)
    }


def _excused(finding: Finding, elsewhere: set[FindingCode]) -> bool:
    if finding.code is FindingCode.OTHER_KIND and not finding.value:
        # The second page of a contract does not say that it is one.
        return FindingCode.KIND_MATCHES in elsewhere
    return _FOUND_ELSEWHERE.get(finding.code) in elsewhere


def _values(finding: Finding, name: str) -> dict[str, object]:
    match finding.code:
        case FindingCode.OTHER_KIND:
            return {"name": name}
        case FindingCode.EXPIRED:
            return {"date": finding.value}
    return {}
