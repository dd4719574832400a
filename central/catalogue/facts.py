"""What casework needs to know of a service item, in the version an application is bound to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MaterialFacts:
    """One material of the item's list."""

    code: str
    name: str
    name_en: str = ""
    necessity: str = "required"
    """required, conditional, tolerable."""
    points: tuple[str, ...] = ()
    """形式审查要点 (R020)."""
    original_required: bool = False
    """The original must be examined by the handling place (R086)."""
    archive_paper: bool = False
    """The handling place archives paper (R155)."""
    may_promise: bool = False
    e_licence: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item (事项)."""

    item_id: str
    name: str
    name_en: str = ""
    sector: str = ""
    department: str = ""
    code: str = ""
    """业务办理项编码."""
    promise_days: int = 20
    """承诺办结时限, working days."""
    statutory_days: int = 20
    licence: bool = False
    """行政许可: the five-day rule (C5) applies."""
    prereview: bool = False
    fee: str = ""
    basis: str = ""
    """Legal basis / guide reference, the default of `basis` on notices."""
    materials: tuple[MaterialFacts, ...] = ()

    def material(self, code: str) -> MaterialFacts | None:
        """The material called `code`."""
        return next((one for one in self.materials if one.code == code), None)
