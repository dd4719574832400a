"""What the source documents ask of the catalogue: lists with number and batch, guides in versions, one standard everywhere."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from central.casework.terms import DocumentKind as Kind
from central.casework.who import SYSTEM
from central.catalogue import publishing, shipped
from central.catalogue.entry import checked
from central.catalogue.lookup import item_facts
from central.catalogue.updating import CannotPublish, publish_bulletins, publish_missing
from central.centre import CentreParts
from central.documents import html
from central.documents.papers import papers_of
from central.ledger import monthly
from kiosk.catalogue import Catalogue
from tests.central.desk import people, sign_in
from tests.central.paper_rig import issue
from tests.central.rig import RunningCentre

ITEMS = {key: value for key, value in shipped.catalogue().items() if key != shipped.COMMON}
SECOND_BATCH = ("工业产品生产许可证", "异地就医结算备案", "社会保障卡申领", "户口迁移")
"""青阳方案 三（四）."""


def entry(key: str = "C003") -> dict[str, Any]:
    """A copy of what is shipped, to be changed."""
    return copy.deepcopy(ITEMS[key])


def published(parts: CentreParts, **entries: dict[str, Any]) -> str:
    """Publish the catalogue as shipped, with these entries instead; the version."""
    with parts.database.writing() as session:
        contents = {**shipped.catalogue(), **entries}
        return publishing.publish(session, parts.keys.signing, "catalogue", contents, SYSTEM, parts.now()).version


def at_a_terminal(parts: CentreParts, version: str) -> Catalogue:
    """What a terminal makes of a version."""
    with parts.database.reading() as session:
        publication = publishing.version_of(session, "catalogue", version)
        assert publication is not None
        return Catalogue.published(version, publishing.contents_of(session, publication), Path("held"))


@pytest.mark.req("R001", "R081", "R113")
def test_every_item_says_from_which_list_and_batch_it_is() -> None:
    assert not [key for key, one in ITEMS.items() if not one["office"]["source_doc"] or not one["guide"]["batch"]]
    batches = Counter(one["guide"]["batch"] for one in ITEMS.values())
    assert {"2020(58项)", "2021(74项)", "2022增(22项)"} <= batches.keys()
    assert ITEMS["C001"]["office"]["source_doc"] == "国办发〔2020〕35号"
    nameless = entry()
    nameless["office"]["source_doc"] = ""
    _, mistakes = checked("C003", nameless)
    assert ["source_doc" in mistake.en for mistake in mistakes] == [True]


@pytest.mark.req("R101")
@pytest.mark.parametrize("matter", SECOND_BATCH)
def test_the_four_kinds_that_are_named_are_in_the_second_batch(matter: str) -> None:
    assert any(matter in one["guide"]["name"] and one["guide"]["batch"] == "2021(74项)" for one in ITEMS.values())


@pytest.mark.req("R146", "R123")
def test_an_item_has_one_name_code_and_basis_wherever_it_is_handled(parts: CentreParts) -> None:
    assert max(Counter(one["guide"]["name"] for one in ITEMS.values()).values()) == 1
    coded = entry()
    coded["office"] |= {"code": "000514001001", "basis": "《社会保障卡管理办法》第九条"}
    people(parts)
    version = published(parts, C003=coded)
    with parts.database.reading() as session:
        facts = item_facts(session, "C003", version)
    assert (facts.name, facts.code, facts.basis) == (
        coded["guide"]["name"],
        "000514001001",
        "《社会保障卡管理办法》第九条",
    )
    for handling in ("640221", "341723"):
        columns = {"item_id": "C003", "catalogue_version": version, "handling_code": handling}
        document = issue(parts, Kind.ONE_TIME_NOTICE, **columns)
        assert "《社会保障卡管理办法》第九条" in html.sheet(papers_of(parts).content(document)), handling


@pytest.mark.req("R012", "R019", "R068", "R121")
def test_questions_forms_materials_and_points_come_from_the_published_version(parts: CentreParts) -> None:
    changed = entry()
    form = changed["application"]
    form["questions"].append(
        {
            "key": "lost",
            "title": {"zh": "原卡还在吗？", "en": "Do you still have the old card?"},
            "options": [{"key": "yes", "zh": "在", "en": "Yes"}, {"key": "no", "zh": "不在", "en": "No"}],
        }
    )
    form["pages"].append(
        {
            "key": "lost_when",
            "title": {"zh": "什么时候丢的", "en": "When it was lost"},
            "fields": [{"key": "lost_on", "kind": "date", "label": {"zh": "日期", "en": "Day"}}],
            "when": {"lost": ["no"]},
        }
    )
    form["materials"].append(
        {
            "code": "OLDCARD",
            "name": {"zh": "原社会保障卡", "en": "The old card"},
            "by": "camera",
            "tips": [{"zh": "卡号要看得清", "en": "The number must be readable"}],
            "when": {"lost": ["yes"]},
        }
    )
    before, after = published(parts), published(parts, C003=changed)
    old, new = (at_a_terminal(parts, version).application("C003") for version in (before, after))
    assert old is not None
    assert new is not None
    assert "lost" not in {question.key for question in old.questions}, "an earlier version never changes"
    asked = {answer: {one.code for one in new.materials_for({"lost": answer})} for answer in ("yes", "no")}
    assert asked["yes"] - asked["no"] == {"OLDCARD"}
    assert "lost_when" in {page.key for page in new.pages_for({"lost": "no"})}
    with parts.database.reading() as session:
        material = item_facts(session, "C003", after).material("OLDCARD")
        assert item_facts(session, "C003", before).material("OLDCARD") is None
    assert material is not None
    assert material.points == ("卡号要看得清",), "staff check by the same guide"


@pytest.mark.req("R121")
def test_a_condition_on_an_answer_that_cannot_be_given_is_not_published() -> None:
    broken = entry()
    broken["application"]["materials"][0]["when"] = {"no_such_question": ["yes"]}
    _, mistakes = checked("C003", broken)
    assert ["cannot be given" in mistake.en for mistake in mistakes] == [True]


@pytest.mark.req("R082")
def test_an_item_may_be_handled_in_several_ways_and_its_form_is_of_one_of_them() -> None:
    assert any(len(one["guide"]["modes"]) > 1 for one in ITEMS.values())
    several = entry()
    several["guide"]["modes"] = ["full_online", "collect_and_forward"]
    for mode, right in (("collect_and_forward", True), ("full_online", True), ("multi_site_A", False)):
        several["application"]["mode"] = mode
        _, mistakes = checked("C003", several)
        assert (not mistakes) is right, mode


@pytest.mark.req("R004", "R049")
def test_nobody_has_to_come_unless_the_law_that_says_so_is_named() -> None:
    assert not [key for key, one in ITEMS.items() if one["office"]["must_be_onsite"]]
    onsite = entry()
    for value, right in (("《婚姻登记条例》第四条", True), ("", True), (True, False)):
        onsite["office"]["must_be_onsite"] = value
        _, mistakes = checked("C003", onsite)
        assert (not mistakes) is right, "the field is the basis itself: it cannot be said without one"


@pytest.mark.req("R103")
def test_an_item_that_is_not_open_yet_is_shown_as_such_and_counts_as_not_open(centre: RunningCentre) -> None:
    people(centre.parts)
    planned = entry("C009")
    planned["office"]["status"] = "planned"
    planned["application"] = None
    version = published(centre.parts, C009=planned)
    page = sign_in(centre, "editor").get(f"/desk/catalogue?q={planned['guide']['name']}").text
    assert "暂未开通" in page
    assert at_a_terminal(centre.parts, version).application("C009") is None
    assert not monthly.guide_of(planned).open
    assert monthly.guide_of(entry("C003")).open


@pytest.mark.req("R045")
def test_the_catalogue_is_read_by_sector(centre: RunningCentre) -> None:
    people(centre.parts)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, centre.parts.now())
    page = sign_in(centre, "editor").get("/desk/catalogue?sector=公积金").text
    shown = {key for key in ITEMS if f'/desk/catalogue/items/{key}"' in page}
    assert shown == {key for key, one in ITEMS.items() if one["guide"]["sector"] == "公积金"}


NEWS = {"title": {"zh": "医保新规", "en": "News"}, "text": {"zh": "明年起……", "en": "From next year …"}}
DAYS = {"since": "2026-12-01", "until": "2026-12-31"}


@pytest.mark.req("R109")
def test_news_is_published_as_it_was_written_and_replaces_what_was_there(centre: RunningCentre) -> None:
    with centre.parts.database.writing() as session:
        for contents in ({"n1": {**NEWS, **DAYS}, "n2": {**NEWS, **DAYS}}, {"n2": {**NEWS, **DAYS}}):
            publish_bulletins(session, centre.parts.keys.signing, contents, SYSTEM, centre.parts.now())
    answer = centre.get("/api/v1/published/bulletins")
    (one,) = answer.json()["entries"]
    assert one["key"] == "n2"
    assert "医保新规" in one["content"]
    assert '"until":"2026-12-31"' in one["content"]


@pytest.mark.parametrize(
    ("contents", "where"),
    [
        ({"n1": {**NEWS, "since": "2026-12-31", "until": "2026-12-01"}}, "until lies before since"),
        ({"n1": {**NEWS, "since": "soon", "until": "2026-12-01"}}, "n1.since"),
        ({"n1": {"title": {"zh": "只有中文"}, "text": NEWS["text"], **DAYS}}, "n1.title.en"),
        ({"n1": {**NEWS, **DAYS, "popup": True}}, "n1.popup"),
        ({"a key": {**NEWS, **DAYS}}, "a key"),
        ({"n1": "text"}, "n1"),
    ],
)
def test_news_that_makes_no_sense_is_refused_with_the_place(
    parts: CentreParts, contents: dict[str, Any], where: str
) -> None:
    with parts.database.writing() as session, pytest.raises(CannotPublish) as refused:
        publish_bulletins(session, parts.keys.signing, contents, SYSTEM, parts.now())
    assert where in str(refused.value)
