"""Jurisdiction profiles (地区 profile): where the five documents differ, a place follows one of them.

Facts: assets/casework/profiles.json, from lifecycle.md and the table of differences in requirements.md. `unwritten` names
what a document does not say and we filled in, so that a place can be asked before it relies on it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from central.assets import ASSETS
from central.catalogue.facts import ItemFacts

FILE = ASSETS / "casework" / "profiles.json"
DEFAULT = "wushen"
"""The only document with a clause on self-service and with time limits in figures."""

Paper = Literal["always", "if_needed", "if_original_examined", "if_paper_archived"]


@dataclass(frozen=True, slots=True)
class Profile:
    """How one place does what the documents leave open."""

    key: str
    name: str
    intake_document: Literal["collection_notice", "acceptance_receipt"]
    """What collecting issues."""
    accepting_party: Literal["handling", "receiving"]
    """Who accepts a collected and forwarded case. (Multi-site: always the receiving place.)"""
    video: Literal["required", "optional", "none"]
    paper: Paper
    """When papers are posted to the handling place."""
    postage_payer: str
    c1_hours: int
    c1_counts: Literal["desk_hours", "natural_hours"]
    c2_working_days: int
    c3_working_days: int
    c7_working_days: float
    allow_handling_supplement: bool
    unwritten: frozenset[str]
    note: str

    def needs_paper(self, item: ItemFacts, licensed: Collection[str] = ()) -> bool:
        """Whether the papers of `item` are posted; `licensed` (codes) need none, their source has answered for them."""
        materials = [one for one in item.materials if one.code not in licensed]
        examined = any(one.original_required for one in materials)
        archived = any(one.archive_paper for one in materials)
        return {
            "always": True,
            "if_needed": examined or archived,
            "if_original_examined": examined,
            "if_paper_archived": archived or examined,
        }[self.paper]


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles that can be chosen."""

    default: str
    by_key: Mapping[str, Profile]

    def get(self, key: str) -> Profile:
        """The profile called `key`; the default for one that is not known (any more)."""
        return self.by_key.get(key) or self.by_key[self.default]


@cache
def load(path: Path = FILE) -> Profiles:
    """The profiles that come with the software."""
    return parse(json.loads(path.read_text("utf-8")))


def parse(data: Mapping[str, Any]) -> Profiles:
    """Profiles from their published form.

    Raises:
        TypeError, KeyError: a value is missing or unknown.
    """
    by_key = {
        key: Profile(key=key, **{**values, "unwritten": frozenset(values["unwritten"])})
        for key, values in data["profiles"].items()
    }
    if data["default"] not in by_key:
        raise KeyError(data["default"])
    return Profiles(data["default"], MappingProxyType(by_key))
