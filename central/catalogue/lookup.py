"""Looking up what casework needs, from the published version a case is bound to.

Published versions never change, so what was read once is kept for the life of the database's engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from central.catalogue import publishing, shipped
from central.catalogue.facts import FieldFacts, ItemFacts, MaterialFacts, SampleFacts

_known: WeakKeyDictionary[Engine, dict[tuple[str, str], ItemFacts]] = WeakKeyDictionary()
_MOST_KNOWN = 5000


def item_facts(session: Session, item_id: str, version: str) -> ItemFacts:
    """The item as `version` of the catalogue describes it.

    A version that this centre never published (a terminal with the catalogue of its installation) means what came with
    the software; an item unknown there has facts by default.
    """
    known = _known.setdefault(session.get_bind().engine, {})
    facts = known.get((item_id, version))
    if facts is None:
        facts = facts_of(item_id, _entry(session, item_id, version))
        if len(known) >= _MOST_KNOWN:
            known.clear()  # versions are numbers from outside: they must not fill the memory
        known[(item_id, version)] = facts
    return facts


def _entry(session: Session, item_id: str, version: str) -> Mapping[str, Any]:
    publication = publishing.version_of(session, "catalogue", version)
    entry: Mapping[str, Any] | None = None
    if publication is not None:
        entry = publishing.entry_of(session, publication, item_id)
    return entry or shipped.catalogue().get(item_id) or {}


def facts_of(item_id: str, entry: Mapping[str, Any]) -> ItemFacts:
    """What an entry of the catalogue means for casework."""
    guide, office = entry.get("guide", {}), entry.get("office", {})
    form = entry.get("application") or {}
    listed = {material["code"]: material for material in guide.get("materials", ())}
    filled = {material["code"]: material for material in form.get("materials", ())}
    archived = set(office.get("paper_archive", ()))
    samples = entry.get("samples", ())
    return ItemFacts(
        item_id=item_id,
        name=guide.get("name", item_id),
        name_en=entry.get("name_en") or form.get("title", {}).get("en", ""),
        sector=guide.get("sector", ""),
        department=guide.get("department", ""),
        code=office.get("code", ""),
        promise_days=office.get("promise_days", 20),
        statutory_days=office.get("statutory_days", 20),
        licence=office.get("licence", False),
        prereview=office.get("prereview", False),
        national=guide.get("national", True),
        fee=guide.get("fee", ""),
        basis=office.get("basis", ""),
        materials=tuple(
            _material(code, listed.get(code, {}), filled.get(code, {}), archived, samples) for code in filled or listed
        ),
        fields=tuple(_fields(form)),
    )


def _fields(form: Mapping[str, Any]) -> Iterator[FieldFacts]:
    for question in form.get("questions", ()):
        yield FieldFacts(question["key"], question["title"].get("zh", ""), question["title"].get("en", ""), "choice")
    for page in form.get("pages", ()):
        for field in page.get("fields", ()):
            label = field["label"]
            yield FieldFacts(field["key"], label.get("zh", ""), label.get("en", ""), field["kind"])


def _material(
    code: str,
    listed: Mapping[str, Any],
    filled: Mapping[str, Any],
    archived: set[str],
    samples: Iterable[Mapping[str, Any]],
) -> MaterialFacts:
    name = filled.get("name", {})
    points = [part for part in str(listed.get("formal_check", "")).replace(";", "；").split("；") if part]
    points += [tip["zh"] for tip in filled.get("tips", ())]
    return MaterialFacts(
        code=code,
        name=name.get("zh") or listed.get("name", code),
        name_en=name.get("en", ""),
        necessity=filled.get("necessity") or listed.get("necessity", "required"),
        points=tuple(points),
        original_required=bool(listed.get("original_required")) or filled.get("by") == "original_at_desk",
        archive_paper=code in archived,
        may_promise=bool(filled.get("may_promise")),
        e_licence=bool(listed.get("e_licence_possible")),
        licence_type=str(listed.get("licence_type", "")) if listed.get("e_licence_possible") else "",
        samples=tuple(
            SampleFacts(one["sha256"], one["caption"]["zh"], one["caption"]["en"])
            for one in samples
            if one["material"] == code
        ),
    )
