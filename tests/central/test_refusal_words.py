"""Whatever is refused in casework, the clerk reads what to do next: every sentence asks for something (请…)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from central import casework
from central.casework import guards, profiles
from central.casework.acts import Problem
from central.casework.guards import Facts
from central.casework.terms import Guard
from central.catalogue.facts import ItemFacts

MODULES = sorted(Path(casework.__file__).parent.glob("*.py"))
NOTHING_HOLDS = Facts(
    ItemFacts("X", "x"),
    profiles.load().get("wushen"),
    "nowhere",
    paper_needed=False,
    rated=True,
    unchecked=("甲",),
    unchecked_again=("乙",),
)


def refusals(module: Path) -> Iterator[tuple[int, str]]:
    """Line and Chinese words of each refusal that is worded where it is raised."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Refused", "Conflict"):
            for words in node.args[1:]:
                if isinstance(words, ast.Call) and isinstance(words.func, ast.Name) and words.func.id == "Words":
                    yield node.lineno, _text(words.args[0])


def _text(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_refusal_says_what_to_do_next(module: Path) -> None:
    bare = [(line, words) for line, words in refusals(module) if "请" not in words]
    assert not bare, f"{module.name}: nothing to do next in {bare}"


def test_the_search_finds_the_refusals_it_is_about() -> None:
    assert sum(len(list(refusals(module))) for module in MODULES) > 30


@pytest.mark.parametrize("guard", [one for one in Guard if guards.unmet(one, NOTHING_HOLDS)])
def test_a_guard_that_does_not_hold_says_what_to_do_next(guard: Guard) -> None:
    words = guards.unmet(guard, NOTHING_HOLDS)
    assert words is not None
    assert "请" in words.zh


def test_an_original_that_nobody_saw_and_a_thing_beyond_the_list_say_so_too() -> None:
    unseen = Facts(NOTHING_HOLDS.item, NOTHING_HOLDS.profile, "", paper_needed=False, unseen=("甲",))
    words = guards.unmet(Guard.FORMAL_CHECK_PASSED, unseen)
    assert words is not None
    assert "请" in words.zh
    beyond = Problem("介绍信", "没有提交", "惯例", "请补交")
    for event in ("notify_once", "return_materials"):
        for in_charge in (True, False):
            act = guards.Act("n", event, 1, problems=(beyond,))
            said = guards.outside_list((beyond,), act, in_charge=in_charge)
            assert said is not None
            assert "请" in said.zh
