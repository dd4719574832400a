"""What the citizen has entered so far. Only the citizen's own acts and the end of the visit change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.findings import Finding
from kiosk.identity import Applicant

Stroke = tuple[tuple[float, float], ...]
"""One stroke of a finger: points (x, y) from the pad's top left, both 0…1."""


def _none() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Page:
    """One photographed page: a JPEG, its digest, and what was thought of it."""

    jpeg: bytes = field(repr=False)
    sha256: str
    width: int
    height: int
    verdicts: tuple[str, ...] = ()
    """Codes of `kiosk.materials` (`blurred`, `glare`, …); empty or `("ok",)` for a good page."""
    paper: str = ""
    """Its format (`kiosk.materials.pages.PaperFormat`)."""
    dpi: int = 0
    """True dots per inch of the JPEG; 0 when the scale is not known."""
    fingerprint: str = field(default="", repr=False)
    """By which the same page is known again (`kiosk.materials.same_page`)."""
    findings: tuple[Finding, ...] | None = None
    """What the machine read on it; None as long as nothing was read."""
    sides: int = 1
    """2: front and back of a card, put on one sheet."""


@dataclass(frozen=True)
class MaterialDraft:
    """The pages given for one material of the checklist, or another way it was met."""

    code: str
    pages: tuple[Page, ...] = ()
    met_by: str = ""
    """How it was met without pages: `card`, `social_card`, `form`, `signature`, `original_at_desk`, `later`, `promise`,
    `shared` (obtained as an e-licence)."""


@dataclass(frozen=True)
class Draft:
    """One application in the making. All values are strings as the citizen gave them, by field key."""

    handling_region: str = ""
    """Six-digit code of the handling place."""
    item_id: str = ""
    catalogue_version: str = ""
    """The version of the catalogue under which this application is filled in; it stays bound to it (R124)."""
    mode: str = ""
    consented: bool = False
    applicant: Applicant | None = field(default=None, repr=False)
    situation: Mapping[str, str] = field(default_factory=_none)
    answers: Mapping[str, str] = field(default_factory=_none, repr=False)
    materials: tuple[MaterialDraft, ...] = ()
    licences_asked: bool = False
    """The centre has answered which materials it can obtain as e-licences."""
    delivery: str = ""
    """`ems_to_applicant`, `pickup_at_desk` or `electronic`."""
    pickup_region: str = ""
    """Six-digit code of another place whose desk hands the result over (R111); empty: the desk here."""
    signature: tuple[Stroke, ...] = field(default=(), repr=False)
