"""What the scripted citizens come for, what they answer, and what goes wrong with their papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class BadPage:
    """A page that goes wrong, before the right one is laid: how, and what the terminal must say of it."""

    says: tuple[str, ...]
    """Words one of which the citizen waits to read before mending it."""
    fault: str = ""
    """What is wrong with the picture (a fault of the virtual camera)."""
    paper: str = ""
    """What is laid instead of the right paper, if that is what is wrong: `<kind>[:<persona>]`."""
    presses: bool = True
    """Whether the citizen presses the button: a picture that is no good is not taken by itself."""


@dataclass(frozen=True)
class Plan:
    """What the citizen wants, and what to answer where.

    `place` is the way to the handling place: province, city, county codes. `answers` maps keys of questions and
    fields to an option's key, a text to type, or a way of region codes. `papers` maps words of a material's title to the
    paper to lay on the desk. `bad_pages` maps the same words to what goes wrong first, in this order. Whoever `presses`
    takes good pages with the button, others hold still until the terminal takes them.
    """

    item: str
    place: tuple[str, ...]
    delivery: str
    answers: Mapping[str, str | tuple[str, ...]]
    papers: Mapping[str, str] = field(default_factory=dict)
    bad_pages: Mapping[str, Sequence[BadPage]] = field(default_factory=dict)
    presses: bool = False


PLANS: Mapping[str, Plan] = {
    "C001": Plan(
        item="C001",
        place=("640000", "640200", "640221"),
        delivery="electronic",
        answers={
            "situation": ("resident", "yes"),
            "medical_region": ("150000", "150700", "150785"),
            "medical_address": "河东街道12号",
            "insurance": "employee",
            "start_date": "20261201",
        },
        papers={"居住证明": "居住证明"},
    ),
    "C003": Plan(
        item="C003",
        place=("340000", "341700", "341723"),
        delivery="pickup_at_desk",
        answers={
            "situation": ("damaged",),
            "mail_region": ("150000", "150700", "150785"),
            "mail_address": "河东街道12号",
        },
    ),
    "C004": Plan(
        item="C004",
        place=("370000", "371600", "371621"),
        delivery="electronic",
        answers={
            "situation": ("enterprise", "yes"),
            "from_region": ("150000", "150700", "150785"),
            "first_month": "201803",
            "last_month": "202506",
        },
        papers={"缴费凭证": "缴费凭证"},
        presses=True,
    ),
}
"""One plan for each of the three modes."""

MENDING = replace(
    PLANS["C001"],
    bad_pages={
        "居住证明": (
            BadPage(("拍得不清楚",), fault="blurred"),
            BadPage(("四边没拍全",), fault="cut_off"),
            BadPage(("别人的证件号码", "没看到您的名字"), paper="居住证明:zhao", presses=False),
        )
    },
)
"""The first of them, by somebody who meets three bad pages and mends them: blurred, cut off, another person's."""
