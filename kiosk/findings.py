"""What a machine read on a page: hints for the citizen and a note for the staff, never a refusal.

This module is data only: the visit machine and the wire form use it, and neither wants OpenCV or a reader of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class FindingCode(StrEnum):
    """One thing that was looked for on a page, and how it went."""

    KIND_MATCHES = "kind_matches"
    OTHER_KIND = "other_kind"
    """It reads like another kind of paper than the checklist asks for; `value` is the kind it reads like, if known."""
    NAME_FOUND = "name_found"
    NAME_MISSING = "name_missing"
    """The applicant's name should stand on this kind of paper and was not read."""
    NUMBER_FOUND = "number_found"
    NUMBER_MISSING = "number_missing"
    OTHER_NUMBER = "other_number"
    """An identity number stands there, and it is not the applicant's. The number itself is not kept."""
    VALID = "valid"
    """`value` is the last day of validity (ISO date), or `long_term`."""
    EXPIRED = "expired"
    """`value` is the last day of validity (ISO date)."""
    SEAL_FOUND = "seal_found"
    SEAL_MISSING = "seal_missing"
    SIGNATURE_FOUND = "signature_found"
    SIGNATURE_MISSING = "signature_missing"
    TURNED = "turned"
    """The page lay wrongly and was turned; `value` is by how many degrees clockwise (90, 180, 270)."""
    NOTHING_READ = "nothing_read"
    """No text could be read."""


@dataclass(frozen=True)
class Finding:
    """A code, how sure the machine is of it (0 to 1), and a value that never names a person."""

    code: FindingCode
    confidence: float
    value: str = ""


@dataclass(frozen=True)
class Expectation:
    """What the checklist asks of a page. Codes of kinds are those of assets/materials/kinds.toml."""

    kinds: tuple[str, ...] = ()
    """Any of these will do; empty: not asked."""
    name: str = field(default="", repr=False)
    """The applicant's name; empty: not looked for."""
    id_number: str = field(default="", repr=False)
    today: date | None = None
    """For the validity; None: not judged."""


@dataclass(frozen=True)
class Reading:
    """What was read on one page."""

    findings: tuple[Finding, ...]
    kind: str = ""
    """The kind of paper it reads like; empty when unknown."""
    kind_confidence: float = 0.0
    turn: int = 0
    """Degrees clockwise (0, 90, 180, 270) by which the page must be turned to be read."""
    lines: int = 0
    """Lines of text that were read."""

    def has(self, code: FindingCode) -> bool:
        """Whether `code` is among the findings."""
        return any(finding.code is code for finding in self.findings)
