"""Entries as forms: what there is to fill in, by the entry's own schema, and back again.

A field's name is its place in the entry (`application.questions.0.title.zh`), so one template draws every form and one
function reads it. Whatever was typed is kept, right or wrong: `entry.checked` says what is wrong.
"""

from __future__ import annotations

import copy
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from central.casework.acts import Words
from central.catalogue import entry
from central.catalogue.labels import LABELS, OPTIONS


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the editor."""

    key: str
    words: Words
    places: tuple[tuple[str, ...], ...]


_FIXED = ("id", "confidence", "sources", "materials")

SECTIONS = (
    Section("elements", Words("办事指南七要素", "Guide in seven elements"), (("office", "elements"),)),
    Section(
        "office",
        Words("时限与规则", "Time limits and rules"),
        tuple(("office", name) for name in entry.Office.model_fields if name != "elements"),
    ),
    Section(
        "guide",
        Words("目录信息", "In the public list"),
        (
            *(("guide", name) for name in entry.Guide.model_fields if name not in _FIXED),
            ("name_en",),
        ),
    ),
    Section("listed", Words("指南材料清单", "Materials in the guide"), (("guide", "materials"),)),
    Section(
        "form",
        Words("自助申报", "At the terminal"),
        tuple(("application", name) for name in ("mode", "title", "conditions", "deliveries", "after", "note")),
    ),
    Section("questions", Words("情形", "Situations"), (("application", "questions"),)),
    Section("pages", Words("表单", "Forms"), (("application", "pages"),)),
    Section("materials", Words("申报材料", "Materials to hand in"), (("application", "materials"),)),
    Section("samples", Words("样表样本", "Samples"), ()),
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing to fill in."""

    path: str
    words: Words
    kind: str
    """line, area, number, tick, choice, words (several, a line each; with options: ticks), when."""
    value: str
    options: tuple[tuple[str, Words], ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several things under one heading; `many`: a list of groups that can grow and shrink."""

    path: str
    words: Words
    parts: tuple[Leaf | Group, ...]
    many: bool = False


def parts_of(section: Section, value: Mapping[str, Any]) -> tuple[Leaf | Group, ...]:
    """What the section's form asks."""
    return tuple(_part(_annotation(place), ".".join(place), _at(value, place)) for place in section.places)


def filled(section: Section, value: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """`value` with what the section's form says."""
    changed = _copy(value)
    for place in section.places:
        read = _read(_annotation(place), ".".join(place), form)
        holder = changed
        for step in place[:-1]:
            if not isinstance(holder.get(step), dict):
                holder[step] = {}
            holder = holder[step]
        if read is None and place[0] == "application":
            holder.pop(place[-1], None)
        else:
            holder[place[-1]] = [] if read is None else read
    return changed


def with_one_more(value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """With an empty element at the end of the list at `path`."""
    changed = _copy(value)
    holder = _list_at(changed, path)
    if holder is not None:
        holder.append({})
    return changed


def without(value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Without the list's element at `path`."""
    changed = _copy(value)
    parent, _, index = path.rpartition(".")
    holder = _list_at(changed, parent)
    if holder is not None and index.isdecimal() and int(index) < len(holder):
        del holder[int(index)]
    return changed


def when_text(when: object) -> str:
    """A condition as it is typed: `kind=retired,resident; delivery=electronic`, alternatives on lines of their own."""
    tables = when if isinstance(when, list) else [when] if isinstance(when, dict) else []
    return "\n".join(
        "; ".join(f"{key}={','.join(map(str, values))}" for key, values in table.items()) for table in tables if table
    )


def parsed_when(text: str) -> entry.When | None:
    """The condition that was typed; what makes no sense becomes a condition that no check lets through."""
    tables = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        pairs = (part.partition("=") for part in re.split(r"[;；]", line) if part.strip())
        tables.append(
            {
                key.strip(): [one.strip() for one in re.split(r"[,，、]", values) if one.strip()]
                for key, _, values in pairs
            }
        )
    if not tables:
        return None
    return tables[0] if len(tables) == 1 else tables


def _part(annotation: Any, path: str, value: Any) -> Leaf | Group:
    name = path.rpartition(".")[2]
    words = LABELS.get(name, Words(name, name))
    kind, inner = _kind(annotation)
    if kind == "model":
        return Group(path, words, _fields(inner, path, value))
    if kind == "models":
        rows = value if isinstance(value, list) else []
        groups = tuple(
            Group(
                f"{path}.{index}",
                Words(f"{words.zh} {index + 1}", f"{words.en} {index + 1}"),
                _fields(inner, f"{path}.{index}", row),
            )
            for index, row in enumerate(rows)
        )
        return Group(path, words, groups, many=True)
    required = not _optional(annotation)
    if kind == "when":
        return Leaf(path, words, "when", when_text(value))
    if kind == "words":
        texts = value if isinstance(value, list) else []
        return Leaf(path, words, "words", "\n".join(map(str, texts)), _worded(inner))
    if kind == "tick":
        return Leaf(path, words, "tick", "yes" if value is True else "")
    shown = "" if value is None else str(value)
    return Leaf(path, words, "area" if kind == "line" and name in _LONG else kind, shown, _worded(inner), required)


def _worded(codes: tuple[str, ...]) -> tuple[tuple[str, Words], ...]:
    return tuple((code, OPTIONS.get(code, Words(code, code))) for code in codes)


def _fields(model: type[BaseModel], path: str, value: Any) -> tuple[Leaf | Group, ...]:
    held = value if isinstance(value, dict) else {}
    return tuple(
        _part(field.annotation, f"{path}.{name}", held.get(name, None if field.is_required() else field.default))
        for name, field in model.model_fields.items()
    )


def _read(annotation: Any, path: str, form: Mapping[str, str]) -> Any:
    """What the form says for `path`; None: nothing."""
    kind, inner = _kind(annotation)
    if kind == "model":
        fields = {name: _read(field.annotation, f"{path}.{name}", form) for name, field in inner.model_fields.items()}
        left = {name: one for name, one in fields.items() if one is not None}
        return left if any(one not in ("", False, []) for one in left.values()) else None
    if kind == "models":
        found = {
            int(one[len(path) + 1 :].partition(".")[0])
            for one in form
            if re.match(rf"{re.escape(path)}\.\d{{1,3}}\.", one)
        }
        return [_read_row(inner, f"{path}.{index}", form) for index in sorted(found)]
    text = form.get(path, "").strip()
    match kind:
        case "tick":
            return text == "yes"
        case "when":
            return parsed_when(text)
        case "words":
            return [one.strip() for one in text.splitlines() if one.strip()]
        case "number":
            return int(text) if text.isdecimal() else text or None
        case "choice":
            return int(text) if text.isdecimal() else text or None
        case _:
            return text


def _read_row(model: type[BaseModel], path: str, form: Mapping[str, str]) -> dict[str, Any]:
    fields = {
        name: (_read(field.annotation, f"{path}.{name}", form), field) for name, field in model.model_fields.items()
    }
    return {
        name: value
        for name, (value, field) in fields.items()
        if value is not None and (field.is_required() or value != field.default)
    }


def _kind(annotation: Any) -> tuple[str, Any]:
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if annotation == entry.When:
        return "when", ()
    if origin in (Union, types.UnionType):
        if entry.When in (annotation, Union[tuple(one for one in get_args(annotation) if one is not type(None))]):  # noqa: UP007
            return "when", ()
        return _kind(next(one for one in get_args(annotation) if one is not type(None)))
    if origin is list:
        inner = _bare(get_args(annotation)[0])
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return "models", inner
        return "words", tuple(map(str, get_args(inner))) if get_origin(inner) is Literal else ()
    if origin is Literal:
        return "choice", tuple(map(str, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "model", annotation
    return {bool: "tick", int: "number"}.get(annotation, "line"), ()


def _bare(annotation: Any) -> Any:
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _annotation(place: tuple[str, ...]) -> Any:
    model: Any = entry.ItemEntry
    annotation: Any = None
    for step in place:
        annotation = model.model_fields[step].annotation
        model = _kind(annotation)[1]
    return annotation


def _at(value: Any, place: tuple[str, ...]) -> Any:
    for step in place:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _list_at(value: dict[str, Any], path: str) -> list[Any] | None:
    """The list at `path`, made where it is missing; None: no such place."""
    holder: Any = value
    steps = path.split(".")
    for index, step in enumerate(steps):
        if isinstance(holder, list):
            if not step.isdecimal() or int(step) >= len(holder):
                return None
            holder = holder[int(step)]
        elif isinstance(holder, dict):
            last = index == len(steps) - 1
            if holder.get(step) is None:
                holder[step] = [] if last else {}
            holder = holder[step]
        else:
            return None
    return holder if isinstance(holder, list) else None


def _copy(value: Mapping[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(dict(value))


_LONG = frozenset({"conditions", "ways", "procedure", "result", "mode", "note", "must_be_onsite", "formal_check"})
