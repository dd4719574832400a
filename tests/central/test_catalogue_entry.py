"""Entries of the catalogue: what the centre lets through, every terminal can read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.catalogue import shipped
from central.catalogue.entry import checked
from kiosk.catalogue import Catalogue, CatalogueError

ITEMS = [key for key in shipped.catalogue() if key != shipped.COMMON]
WITH_FORM = [key for key in ITEMS if shipped.catalogue()[key]["application"]]


@pytest.mark.req("R088")
@pytest.mark.req("R165")
@pytest.mark.parametrize("key", ITEMS)
def test_everything_shipped_may_be_published(key: str) -> None:
    entry, mistakes = checked(key, shipped.catalogue()[key])
    assert entry is not None
    assert not mistakes


@pytest.mark.req("R088")
@pytest.mark.parametrize("element", ["conditions", "ways", "mode", "procedure", "time_limit", "result", "fee"])
def test_without_one_of_the_seven_elements_nothing_is_published(element: str) -> None:
    value = copy.deepcopy(shipped.catalogue()["C001"])
    value["office"]["elements"][element] = ""
    _, mistakes = checked("C001", value)
    assert [element in mistake.en for mistake in mistakes] == [True]
    assert "不能为空" in mistakes[0].zh


def test_what_was_checked_is_published_as_it_was_written() -> None:
    for key in WITH_FORM:
        entry, _ = checked(key, shipped.catalogue()[key])
        assert entry is not None
        again, mistakes = checked(key, entry.as_published())
        assert again == entry
        assert not mistakes


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = [(*path, key) for key, _ in pairs]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return here + [leaf for key, inner in pairs for leaf in leaves(inner, (*path, key))]


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_what_the_centre_lets_through_every_terminal_can_read(data: st.DataObject) -> None:
    """Entries with a random part taken out, replaced or doubled: whatever passes here must load there."""
    key = data.draw(st.sampled_from(WITH_FORM))
    value = json.loads(json.dumps(shipped.catalogue()[key]))
    path = data.draw(st.sampled_from([path for path in leaves(value) if path[0] in ("application", "guide")]))
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    match data.draw(st.sampled_from(["out", "other", "twice"])):
        case "out":
            del holder[path[-1]]
        case "other":
            others = [None, "", "x", "phone", 0, 7, True, [], {}, ["yes"], {"kind": ["yes"]}, {"kind": ["retired"]}]
            holder[path[-1]] = data.draw(st.sampled_from(others))
        case "twice" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        case _:
            pass
    entry, mistakes = checked(key, value)
    if entry is None or mistakes:
        return
    contents = {shipped.COMMON: shipped.catalogue()[shipped.COMMON], key: entry.as_published()}
    try:
        Catalogue.published("2026-11-20.1", contents, Path("held"))
    except CatalogueError as error:
        pytest.fail(f"{path}: {error}")
