"""照单收件 (R166): what may be asked of an applicant is what the item's list says in the version of the case. Pure.

The list: its materials, the questions of its form, and what every application has (identity, signature, phone, address,
delivery, fee). What somebody asks beyond it needs a law that says so, and a supervisor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from central.casework.acts import Problem, Words
from central.catalogue.facts import ItemFacts

MATERIAL, FIELD, ALWAYS = "material", "field", "always"
"""Kinds of subjects."""
_ALWAYS: Mapping[str, Words] = {
    "identity": Words("申请人身份", "Identity of the applicant"),
    "agent": Words("代理人身份和委托", "Agent and authorisation"),
    "signature": Words("申请人签名", "Signature of the applicant"),
    "phone": Words("联系电话", "Phone number"),
    "address": Words("通讯地址", "Postal address"),
    "delivery": Words("结果送达方式", "Delivery of the result"),
    "payment": Words("缴费", "Payment of the fee"),
}
"""What belongs to every application, whatever the item."""
_LAW = re.compile(r"《[^《》]+》.{0,20}第[〇零一二三四五六七八九十百千\d]+条")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that the list names: a problem may be about it."""

    kind: str
    code: str
    words: Words
    points: tuple[str, ...] = ()
    """Of a material: what is looked at in the formal check."""


def subjects(
    item: ItemFacts, materials: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None
) -> tuple[Subject, ...]:
    """What may be asked about: first materials, then fields, then what every application has.

    Args:
        materials: what the applicant was asked for at the terminal and handed in, code → name; it is listed by that.
        fields: the same of the form, key → label.
    """
    named = {one.code: one for one in item.materials}
    asked = {one.key: Words(one.label, one.label_en or one.label) for one in item.fields if one.label}
    asked |= {key: Words(label, label) for key, label in (fields or {}).items() if key not in asked and label}
    listed = [
        Subject(
            MATERIAL,
            one.code,
            Words(name := (materials or {}).get(one.code, one.name), one.name_en or name),
            one.points,
        )
        for one in item.materials
    ]
    listed += [
        Subject(MATERIAL, code, Words(name, name)) for code, name in (materials or {}).items() if code not in named
    ]
    listed += [Subject(FIELD, key, words) for key, words in asked.items()]
    return (*listed, *(Subject(ALWAYS, code, words) for code, words in _ALWAYS.items()))


def find(listed: Iterable[Subject], problem: Problem) -> Subject | None:
    """What of the list a problem is about: the material it names by code, or whatever is called what it says."""
    called = problem.subject.strip()
    for one in listed:
        if (one.kind == MATERIAL and one.code == problem.material) or called in (one.words.zh, one.words.en):
            return one
    return None


def outside(listed: Sequence[Subject], problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that ask for something that the list does not name."""
    return tuple(one for one in problems if find(listed, one) is None)


def names_a_law(basis: str) -> bool:
    """Whether a basis is an article of a law or regulation, as in 《…条例》第七条; a guide is none."""
    return _LAW.search(basis) is not None
