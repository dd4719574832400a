"""The desk in English calls items and points of the check by their English names; in Chinese by their Chinese ones."""

from __future__ import annotations

import json

import pytest

from central.casework.who import SYSTEM
from central.catalogue import english, publishing, shipped
from central.catalogue.lookup import facts_of
from central.catalogue.updating import publish_missing
from central.desk.frame import LANGUAGE
from kiosk.protocol.application import Item, Material, Page
from tests.central.casefolk import hand_in, open_desk, page_picture
from tests.central.desk import RECEIVING, sign_in
from tests.central.rig import RunningCentre, ref

on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@on_sqlite
def test_ledger_and_case_page_speak_the_visitors_language_and_follow_what_is_published(centre: RunningCentre) -> None:
    open_desk(centre)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, centre.parts.now())
    page = page_picture()
    material = Material(code="CERT", name="缴费凭证", pages=(Page(file=ref(page)),))
    item = Item(id="C004", name="养老保险关系转移", catalogue_version="1")
    number = hand_in(centre, item=item, pages=(page,), materials=(material,))
    desk = sign_in(centre, f"hall.{RECEIVING}")
    chinese, name = "养老保险关系转移", "Transfer of enterprise employees&#39; pension insurance"
    assert chinese in desk.get("/desk/ledger").text
    assert "有公章的一页要拍" in desk.get(f"/desk/cases/{number}").text
    desk.carry(LANGUAGE, "en")
    assert name in desk.get("/desk/ledger").text
    assert chinese not in desk.page.text  # type: ignore[union-attr]
    assert "Include the page with the seal" in desk.get(f"/desk/cases/{number}").text
    with centre.parts.database.writing() as session:
        newest = publishing.latest(session, "catalogue")
        assert newest is not None
        contents = json.loads(json.dumps(publishing.contents_of(session, newest)))
        contents["C004"]["name_en"] = "Moving a pension"
        publishing.publish(session, centre.parts.keys.signing, "catalogue", contents, SYSTEM, centre.parts.now())
    assert "Moving a pension" in desk.get("/desk/ledger").text


def test_every_material_point_and_department_of_the_lists_has_english() -> None:
    def chinese(text: str) -> bool:
        return any("\u4e00" <= char <= "\u9fff" for char in text)

    for key, entry in shipped.catalogue().items():
        if key == shipped.COMMON:
            continue
        facts = facts_of(key, entry)
        words = [facts.department, facts.sector]
        words += [word for material in facts.materials for word in (material.name, *material.points)]
        assert facts.name_en, key
        assert not [word for word in words if chinese(english.said(word))], key
