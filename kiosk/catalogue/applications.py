"""Reads `applications.toml` into typed applications, and refuses what does not fit together."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kiosk.catalogue.application import (
    ALWAYS,
    Application,
    FieldSpec,
    FormPage,
    Material,
    MetBy,
    Necessity,
    Option,
    Question,
    When,
)
from kiosk.catalogue.errors import CatalogueError, read_asset
from kiosk.catalogue.texts import NO_TEXT, Text
from kiosk.forms.fields import FieldKind

MODES = ("full_online", "collect_and_forward", "multi_site_A", "multi_site_B")
DELIVERIES = ("electronic", "ems_to_applicant", "pickup_at_desk")
PREFILLS = ("", "address", "address_region", "handling_region", "receiving_region")

Table = Mapping[str, Any]
T = TypeVar("T")


class _Reader:
    """Takes values out of one table and remembers which were taken, so that a misspelt key is refused."""

    def __init__(self, table: Table, where: str) -> None:
        self.where = where
        self._left = dict(table)

    def take(self, key: str, expected: type[T], default: T | None = None) -> T:
        value = self._left.pop(key, default)
        if value is None:
            raise _Wrong(f"{self.where}.{key}", "is missing")
        if not isinstance(value, expected):
            raise _Wrong(f"{self.where}.{key}", f"should be {expected.__name__}")
        return value

    def text(self, key: str, default: Text | None = None) -> Text:
        if default is not None and key not in self._left:
            return default
        table = self.take(key, dict)
        zh, en = table.get("zh"), table.get("en")
        if not (isinstance(zh, str) and isinstance(en, str) and zh and en):
            raise _Wrong(f"{self.where}.{key}", "needs zh and en")
        return Text(zh, en)

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.take(key, str, default)
        if value not in allowed:
            raise _Wrong(f"{self.where}.{key}", f"is none of {', '.join(word for word in allowed if word)}")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, [])
        if not all(isinstance(value, str) and value for value in values):
            raise _Wrong(f"{self.where}.{key}", "should be a list of words")
        return tuple(values)

    def each(self, key: str, make: Callable[[_Reader], T]) -> tuple[T, ...]:
        rows = self.take(key, list, [])
        made = []
        for index, row in enumerate(rows):
            name = row.get("key") or row.get("code") or str(index + 1) if isinstance(row, dict) else str(index + 1)
            reader = _Reader(row if isinstance(row, dict) else {}, f"{self.where}.{key}[{name}]")
            made.append(make(reader))
            reader.done()
        return tuple(made)

    def when(self) -> When:
        value = self._left.pop("when", None)
        if value is None:
            return ALWAYS
        alternatives = value if isinstance(value, list) else [value]
        try:
            return When(tuple(tuple((key, tuple(values)) for key, values in one.items()) for one in alternatives))
        except (AttributeError, TypeError) as error:
            raise _Wrong(f"{self.where}.when", "should be a table of key -> allowed values") from error

    def done(self) -> None:
        if self._left:
            raise _Wrong(f"{self.where}.{next(iter(self._left))}", "is not known")


class _Wrong(Exception):
    """Key and reason; the file is added by `load_applications`."""


def _option(row: _Reader) -> Option:
    return Option(row.take("key", str), Text(row.take("zh", str), row.take("en", str)))


def _question(row: _Reader) -> Question:
    question = Question(
        key=row.take("key", str),
        title=row.text("title"),
        lead=row.text("lead", NO_TEXT),
        options=row.each("options", _option),
        when=row.when(),
    )
    if len(question.options) < 2:
        raise _Wrong(row.where, "needs two options or more")
    return question


def _field(row: _Reader) -> FieldSpec:
    field = FieldSpec(
        key=row.take("key", str),
        kind=FieldKind(row.one_of("kind", tuple(FieldKind))),
        label=row.text("label"),
        hint=row.text("hint", NO_TEXT),
        required=row.take("required", bool, default=True),
        max_length=row.take("max_length", int, 60),
        options=row.each("options", _option),
        prefill=row.one_of("prefill", PREFILLS, ""),
        not_before=row.take("not_before", str, ""),
        when=row.when(),
    )
    if (field.kind is FieldKind.CHOICE) != bool(field.options):
        raise _Wrong(row.where, "a choice has options, and only a choice")
    return field


def _page(row: _Reader) -> FormPage:
    page = FormPage(
        key=row.take("key", str),
        title=row.text("title"),
        lead=row.text("lead", NO_TEXT),
        fields=row.each("fields", _field),
        when=row.when(),
    )
    if not 1 <= len(page.fields) <= 3:
        raise _Wrong(row.where, "has one to three fields")
    return page


def _tip(row: _Reader) -> Text:
    return Text(row.take("zh", str), row.take("en", str))


def _material(row: _Reader) -> Material:
    material = Material(
        code=row.take("code", str),
        name=row.text("name"),
        by=MetBy(row.one_of("by", tuple(MetBy))),
        necessity=Necessity(row.one_of("necessity", tuple(Necessity), Necessity.REQUIRED)),
        tips=row.each("tips", _tip),
        text=row.text("text", NO_TEXT),
        may_promise=row.take("may_promise", bool, default=False),
        max_pages=row.take("max_pages", int, 6),
        kinds=row.words("kinds"),
        sides=row.take("sides", int, 1),
        when=row.when(),
    )
    photographed = material.by in (MetBy.CAMERA, MetBy.SOCIAL_CARD)
    if photographed and not 1 <= len(material.tips) <= 3:
        raise _Wrong(row.where, "needs one to three tips for the picture")
    if not photographed and (material.kinds or material.sides != 1):
        raise _Wrong(row.where, "kinds and sides are for what is photographed")
    if material.sides not in (1, 2) or material.max_pages < material.sides:
        raise _Wrong(f"{row.where}.sides", "is 1 or 2, and no more than max_pages")
    if material.by in (MetBy.PROMISE, MetBy.ORIGINAL_AT_DESK) and not material.text.zh:
        raise _Wrong(row.where, "needs a text")
    return material


def _application(item_id: str, table: object, contact_pages: tuple[FormPage, ...]) -> Application:
    if not isinstance(table, dict):
        raise _Wrong(item_id, "should be a table")
    row = _Reader(table, item_id)
    deliveries = tuple(row.take("deliveries", list))
    for delivery in deliveries:
        if delivery not in DELIVERIES:
            raise _Wrong(f"{row.where}.deliveries", f"is none of {', '.join(DELIVERIES)}")
    application = Application(
        item_id=item_id,
        mode=row.one_of("mode", MODES),
        title=row.text("title"),
        conditions=row.text("conditions"),
        deliveries=deliveries,
        questions=row.each("questions", _question),
        pages=row.each("pages", _page),
        contact_pages=contact_pages,
        materials=row.each("materials", _material),
        after=row.text("after", NO_TEXT),
        note=row.text("note", NO_TEXT),
    )
    row.done()
    _fits_together(application, row.where)
    return application


def _fits_together(application: Application, where: str) -> None:
    """Keys are unique, and every condition asks about something that is asked."""
    asked = {question.key: {option.key for option in question.options} for question in application.questions}
    asked["delivery"] = set(DELIVERIES)
    asked["mode"] = set(MODES)
    pages = (*application.pages, *application.contact_pages)
    fields = [field for page in pages for field in page.fields]
    for keys in (
        [question.key for question in application.questions],
        [page.key for page in pages],
        [field.key for field in fields],
        [material.code for material in application.materials],
    ):
        for key in keys:
            if keys.count(key) > 1:
                raise _Wrong(f"{where}.{key}", "stands twice")
    parts: tuple[Question | FormPage | FieldSpec | Material, ...] = (
        *application.questions,
        *pages,
        *fields,
        *application.materials,
    )
    for part in parts:
        for alternative in part.when.alternatives:
            for key, values in alternative:
                if not set(values) <= asked.get(key, set()):
                    raise _Wrong(f"{where}.when.{key}", "asks for an answer that cannot be given")
    for field in fields:
        if field.not_before and field.not_before not in {other.key for other in fields}:
            raise _Wrong(f"{where}.{field.key}.not_before", "names no field")


def load_applications(file: Path) -> tuple[str, dict[str, Application]]:
    """The version, and the applications by item id.

    Raises:
        CatalogueError: missing, no TOML, an unknown or missing key, a condition that can never hold.
    """
    try:
        data = tomllib.loads(read_asset(file))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, "", f"is no TOML: {error}") from error
    return applications_of(data, file)


def applications_of(data: Table, file: Path) -> tuple[str, dict[str, Application]]:
    """The same from values that were read from `file`.

    Raises:
        CatalogueError
    """
    try:
        top = _Reader(data, "applications")
        version = top.take("version", str)
        contact_pages = top.each("contact_pages", _page)
        tables = top.take("applications", dict)
        top.done()
        return version, {item_id: _application(item_id, table, contact_pages) for item_id, table in tables.items()}
    except _Wrong as wrong:
        raise CatalogueError(file, *wrong.args) from wrong
