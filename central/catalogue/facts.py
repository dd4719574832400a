"""What casework needs to know of a service item, in the version an application is bound to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """A sample picture of a material (样本, R120)."""

    sha256: str
    caption: str
    caption_en: str


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
    licence_type: str = ""
    """证照类型名称 of the applicant's e-licence that takes its place (R050); empty: none does, or it is somebody else's."""
    samples: tuple[SampleFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One question of the item: of its form, or of the situations that it asks about first."""

    key: str
    label: str
    label_en: str = ""
    kind: str = ""
    """A kind of `entry.FormField`; empty: not known, it counts as typed."""


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
    national: bool = True
    """On the national list (全国通办): needs no agreement between places."""
    fee: str = ""
    basis: str = ""
    """Legal basis / guide reference, the default of `basis` on notices."""
    materials: tuple[MaterialFacts, ...] = ()
    fields: tuple[FieldFacts, ...] = ()

    def material(self, code: str) -> MaterialFacts | None:
        """The material called `code`."""
        return next((one for one in self.materials if one.code == code), None)
