"""What an entry of the catalogue may hold. Terminals refuse a version that breaks these rules, so nothing breaks them here.

The rules for `application` are those of the terminal's own reader (`kiosk.catalogue.applications`), which the centre does
not import; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from central.casework.acts import Words
from central.catalogue import shipped

Mode = Literal["full_online", "collect_and_forward", "multi_site_A", "multi_site_B"]
Delivery = Literal["electronic", "ems_to_applicant", "pickup_at_desk"]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:+-]{1,64}$")]
Line = Annotated[str, Field(min_length=1, max_length=400)]
When = dict[str, list[str]] | list[dict[str, list[str]]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Text(_Part):
    """Words in both languages."""

    zh: Line
    en: Line


class Option(_Part):
    """One answer to choose."""

    key: Key
    zh: Line
    en: Line


class Question(_Part):
    """One question about the situation (情形, R121)."""

    key: Key
    title: Text
    lead: Text | None = None
    options: Annotated[list[Option], Field(min_length=2, max_length=20)]
    when: When | None = None


class FormField(_Part):
    """One field of a form page."""

    key: Key
    kind: Literal["text", "latin", "digits", "phone", "date", "month", "region", "choice"]
    label: Text
    hint: Text | None = None
    required: bool = True
    max_length: Annotated[int, Field(ge=1, le=400)] = 60
    options: list[Option] = []
    prefill: Literal["", "address", "address_region", "handling_region", "receiving_region"] = ""
    not_before: str = ""
    when: When | None = None

    @model_validator(mode="after")
    def _options_for_a_choice(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("a choice has options, and only a choice")
        return self


class FormPage(_Part):
    """One to three fields asked together."""

    key: Key
    title: Text
    lead: Text | None = None
    fields: Annotated[list[FormField], Field(min_length=1, max_length=3)]
    when: When | None = None


class Material(_Part):
    """One material of the checklist (R166: nothing outside the list is asked for)."""

    code: Key
    name: Text
    by: Literal["card", "social_card", "form", "signature", "promise", "camera", "original_at_desk"]
    necessity: Literal["required", "conditional", "tolerable"] = "required"
    tips: list[Text] = []
    """形式审核要点 for the picture (R020)."""
    text: Text | None = None
    may_promise: bool = False
    max_pages: Annotated[int, Field(ge=1, le=200)] = 6
    kinds: list[Key] = []
    sides: Literal[1, 2] = 1
    when: When | None = None

    @model_validator(mode="after")
    def _fits_its_way(self) -> Self:
        photographed = self.by in ("camera", "social_card")
        if photographed and not 1 <= len(self.tips) <= 3:
            raise ValueError("needs one to three tips for the picture")
        if not photographed and (self.kinds or self.sides != 1):
            raise ValueError("kinds and sides are for what is photographed")
        if self.max_pages < self.sides:
            raise ValueError("more sides than pages")
        if self.by in ("promise", "original_at_desk") and self.text is None:
            raise ValueError("needs a text")
        return self


class ApplicationForm(_Part):
    """Everything an item asks, complete enough to be submitted at a terminal."""

    mode: Mode
    title: Text
    conditions: Text
    deliveries: Annotated[list[Delivery], Field(min_length=1)]
    questions: list[Question] = []
    pages: list[FormPage] = []
    materials: list[Material] = []
    after: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        fields = [field for page in self.pages for field in page.fields]
        _once("question", (one.key for one in self.questions))
        _once("page", (one.key for one in self.pages))
        _once("field", (one.key for one in fields))
        _once("material", (one.code for one in self.materials))
        asked = {one.key: {option.key for option in one.options} for one in self.questions}
        asked["delivery"] = {"electronic", "ems_to_applicant", "pickup_at_desk"}
        asked["mode"] = {"full_online", "collect_and_forward", "multi_site_A", "multi_site_B"}
        conditions = [one.when for one in self.questions] + [one.when for one in self.pages]
        conditions += [one.when for one in fields] + [one.when for one in self.materials]
        for when in conditions:
            for alternative in alternatives(when):
                for key, values in alternative.items():
                    if not values or not set(values) <= asked.get(key, set()):
                        raise ValueError(f"a condition asks for an answer that cannot be given: {key}")
        keys = {field.key for field in fields}
        if any(field.not_before and field.not_before not in keys for field in fields):
            raise ValueError("not_before names no field")
        return self


class ListedMaterial(_Part):
    """A material as the published list names it."""

    code: Key
    name: Line
    capture: str = ""
    necessity: Literal["required", "conditional", "tolerable", "optional"] = "required"
    copies: Annotated[int, Field(ge=0, le=99)] = 1
    formal_check: Annotated[str, Field(max_length=400)] = ""
    condition: Annotated[str, Field(max_length=400)] = ""
    original_required: bool = False
    e_licence_possible: bool = False
    licence_type: Annotated[str, Field(max_length=60)] = ""
    """证照类型名称 of the applicant's own e-licence that takes its place (R050); empty: none is asked for."""


class Guide(_Part):
    """The item in the public list (R045, R081)."""

    id: Key
    name: Line
    initials: Annotated[str, Field(pattern=r"^[a-z0-9]{1,80}$")]
    pinyin: Annotated[str, Field(pattern=r"^[a-z0-9]{1,240}$")]
    sector: Line
    department: str
    modes: Annotated[list[str], Field(min_length=1)]
    batch: str
    national: bool = True
    """On the national list (全国通办): needs no agreement between places (R046)."""
    applicant: str
    time_limit: str
    fee: str
    level: Literal["instant", "submit", "guide_only"]
    note: str = ""
    situations: list[str] = []
    materials: list[ListedMaterial] = []
    confidence: dict[str, str] = {}
    sources: list[str] = []


class Elements(_Part):
    """办事指南 in seven elements; without all of them an item does not go on a terminal (R088)."""

    conditions: Line
    ways: Line
    mode: Line
    procedure: Line
    time_limit: Line
    result: Line
    fee: Line


class Office(_Part):
    """What casework needs to know."""

    status: Literal["open", "guide_only", "planned", "closed"]
    promise_days: Annotated[int, Field(ge=1, le=365)]
    statutory_days: Annotated[int, Field(ge=1, le=365)]
    licence: bool
    prereview: bool
    paper_archive: list[Key] = []
    must_be_onsite: Annotated[str, Field(max_length=400)] = ""
    """Legal basis on which one must come in person; empty: nobody must (R004, R049)."""
    basis: Line
    source_doc: Line
    """文号 of the list that the item comes from (R001)."""
    code: Annotated[str, Field(max_length=64)] = ""
    elements: Elements
    confirmed: bool
    """The competent department has approved it (R088, R145)."""


class Sample(_Part):
    """A sample picture of a material, by its digest (R120)."""

    material: Key
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    caption: Text


class ItemEntry(_Part):
    """One service item."""

    guide: Guide
    name_en: Annotated[str, Field(max_length=200)] = ""
    application: ApplicationForm | None = None
    office: Office
    samples: Annotated[list[Sample], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _samples_of_materials(self) -> Self:
        codes = {one.code for one in self.guide.materials}
        codes |= {one.code for one in self.application.materials} if self.application else set()
        if any(sample.material not in codes for sample in self.samples):
            raise ValueError("a sample is of no material of the item")
        return self

    @model_validator(mode="after")
    def _one_mode(self) -> Self:
        if self.application is not None and self.application.mode not in self.guide.modes:
            raise ValueError("the application's mode is no mode of the item")
        return self

    def as_published(self) -> dict[str, Any]:
        """As terminals expect it: optional parts of the application are left out, those of the guide are not."""
        form = self.application
        return {
            "guide": self.guide.model_dump(),
            "name_en": self.name_en,
            "application": None if form is None else form.model_dump(exclude_none=True, exclude_defaults=True),
            "office": self.office.model_dump(),
            "samples": [sample.model_dump() for sample in self.samples],
        }


def alternatives(when: When | None) -> list[dict[str, list[str]]]:
    """A condition as the list of tables any of which will do."""
    if when is None:
        return []
    return when if isinstance(when, list) else [when]


def checked(
    key: str, value: Mapping[str, Any], common: Mapping[str, Any] | None = None
) -> tuple[ItemEntry | None, tuple[Words, ...]]:
    """The entry, and everything that stands in the way of publishing it, in words.

    `common` is the catalogue's entry with the contact pages that every item asks besides its own; None: as shipped.
    """
    try:
        entry = ItemEntry.model_validate(value)
    except ValidationError as error:
        return None, tuple(_said(one["loc"], one["msg"]) for one in error.errors())
    if entry.guide.id != key:
        return entry, (Words(f"事项编号应为 {key}", f"The item's id must be {key}"),)
    taken = _keys((common or shipped.catalogue()[shipped.COMMON])["contact_pages"])
    own = entry.application.model_dump()["pages"] if entry.application else []
    return entry, tuple(
        Words(f"{name}：与“联系方式”页的代码重复", f"{name}: a contact page uses this key already")
        for name in sorted(_keys(own) & taken)
    )


def normal(key: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The entry in the one form in which it is published and compared; as it is while it has mistakes."""
    found, _ = checked(key, value)
    return dict(value) if found is None else found.as_published()


def _keys(pages: Sequence[Mapping[str, Any]]) -> set[str]:
    return {page["key"] for page in pages} | {field["key"] for page in pages for field in page["fields"]}


def _said(place: tuple[int | str, ...], message: str) -> Words:
    path = " › ".join(str(part + 1) if isinstance(part, int) else part for part in place) or "entry"
    return Words(f"{path}：{_ZH.get(message, message)}", f"{path}: {message}")


_ZH = {
    "Field required": "必填",
    "String should have at least 1 character": "不能为空",
    "Value error, a choice has options, and only a choice": "选择题要有选项，其他题不要选项",
    "Value error, needs one to three tips for the picture": "要拍照的材料须有 1–3 条要点",
    "Value error, kinds and sides are for what is photographed": "只有拍照的材料才写纸张种类和面数",
    "Value error, more sides than pages": "面数不能多于页数",
    "Value error, needs a text": "须写明承诺内容或交到哪里",
    "Value error, the application's mode is no mode of the item": "申请的办理方式不在本事项的办理方式之内",
    "Value error, a sample is of no material of the item": "样本所属的材料不在本事项的材料之中",
    "Value error, not_before names no field": "“不早于”所指的栏目不存在",
}


def _once(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what} {key} stands twice")
        seen.add(key)
