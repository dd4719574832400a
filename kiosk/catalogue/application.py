"""What one application asks: questions about the situation, form pages, materials, ways of delivery.

All of it is data. Conditions are data too: `When` is a list of alternatives, each a table of key -> allowed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.catalogue.texts import NO_TEXT, Text
from kiosk.forms.fields import FieldKind


@dataclass(frozen=True, slots=True)
class When:
    """A condition: true without alternatives, else when every key of one alternative has one of its values."""

    alternatives: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether the condition is met by these facts (situation answers, `delivery`, `mode`)."""
        if not self.alternatives:
            return True
        return any(all(facts.get(key) in values for key, values in one) for one in self.alternatives)


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the situation (办理情形)."""

    key: str
    title: Text
    options: tuple[Option, ...]
    lead: Text = NO_TEXT
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form page. `prefill` is `address`, `address_region`, `handling_region` or `receiving_region`."""

    key: str
    kind: FieldKind
    label: Text
    hint: Text = NO_TEXT
    required: bool = True
    max_length: int = 60
    options: tuple[Option, ...] = ()
    prefill: str = ""
    not_before: str = ""
    """Key of the date or month that this one may not precede."""
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class FormPage:
    """One to three fields asked together."""

    key: str
    title: Text
    fields: tuple[FieldSpec, ...]
    lead: Text = NO_TEXT
    when: When = ALWAYS


class MetBy(StrEnum):
    """How a material is met when nothing stands in the way."""

    CARD = "card"
    SOCIAL_CARD = "social_card"
    FORM = "form"
    SIGNATURE = "signature"
    PROMISE = "promise"
    CAMERA = "camera"
    ORIGINAL_AT_DESK = "original_at_desk"


class Necessity(StrEnum):
    """必交, 视情形必交, 可容缺."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    TOLERABLE = "tolerable"


@dataclass(frozen=True, slots=True)
class Material:
    """One material of the checklist."""

    code: str
    name: Text
    by: MetBy
    necessity: Necessity = Necessity.REQUIRED
    tips: tuple[Text, ...] = ()
    """One to three points for the picture (R020)."""
    text: Text = NO_TEXT
    """The promise to sign, or where to hand in the original."""
    may_promise: bool = False
    max_pages: int = 6
    kinds: tuple[str, ...] = ()
    """The kinds of paper (assets/materials/kinds.toml) of which any will do; empty: the machine does not look for one."""
    sides: int = 1
    """2: when it is given as a card, both sides are asked for; they go on one sheet and count as one page."""
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Application:
    """Everything an item asks, complete enough to be submitted at the terminal."""

    item_id: str
    mode: str
    title: Text
    conditions: Text
    deliveries: tuple[str, ...]
    questions: tuple[Question, ...]
    pages: tuple[FormPage, ...]
    contact_pages: tuple[FormPage, ...]
    materials: tuple[Material, ...]
    after: Text = NO_TEXT
    note: Text = NO_TEXT

    def questions_for(self, facts: Mapping[str, str]) -> tuple[Question, ...]:
        """The questions that count, given the answers so far."""
        return tuple(question for question in self.questions if question.when.holds(facts))

    def pages_for(self, facts: Mapping[str, str]) -> tuple[FormPage, ...]:
        """The item's own form pages that count."""
        return tuple(page for page in self.pages if page.when.holds(facts))

    def contact_pages_for(self, facts: Mapping[str, str]) -> tuple[FormPage, ...]:
        """The contact pages that count."""
        return tuple(page for page in self.contact_pages if page.when.holds(facts))

    def materials_for(self, facts: Mapping[str, str]) -> tuple[Material, ...]:
        """The materials this situation needs: 照单收件, nothing outside the list (R166)."""
        return tuple(material for material in self.materials if material.when.holds(facts))

    def page(self, key: str) -> FormPage:
        """The form or contact page called `key` (KeyError when there is none)."""
        for page in (*self.pages, *self.contact_pages):
            if page.key == key:
                return page
        raise KeyError(key)

    def material(self, code: str) -> Material:
        """The material called `code` (KeyError when there is none)."""
        for material in self.materials:
            if material.code == code:
                return material
        raise KeyError(code)

    def question(self, key: str) -> Question:
        """The question called `key` (KeyError when there is none)."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)
