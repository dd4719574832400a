"""A form at the desk: what was chosen is read at once, what somebody typed may name anybody and is masked until asked for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from central.catalogue.facts import FieldFacts
from central.catalogue.lookup import facts_of
from central.catalogue.shipped import catalogue
from central.form_answers import masked, shown
from central.store.models import Reveal
from kiosk.protocol.application import Answer
from tests.central.casefolk import hand_in, open_desk
from tests.central.desk import RECEIVING, sign_in
from tests.central.rig import RunningCentre


@pytest.mark.parametrize(
    ("kind", "label", "value", "seen"),
    [
        ("choice", "您的医保", "居民医保", "居民医保"),
        ("region", "就医地", "宁夏 石嘴山市 平罗县", "宁夏 石嘴山市 平罗县"),
        ("date", "开始日期", "2026-12-01", "2026-12-01"),
        ("phone", "手机号", "19900864864", "199****4864"),
        ("digits", "卡号", "6222021234567890", "622202******7890"),
        ("latin", "原卡号", "A1234567X", "A1*****7X"),
        ("text", "配偶姓名", "欧阳栀子", "欧***"),
        ("text", "要证明的内容", "我和欧阳栀子夜是母女", "我和＊＊＊＊"),
        ("text", "在那里的住址", "宁夏平罗县鹦鹉螺路八百六十四号", "宁夏平罗县鹦＊＊＊＊"),
        ("", "配偶身份证号", "199900198507300314", "199900********0314"),
        ("", "配偶", "欧阳栀子 199900198507300314", "欧阳＊＊＊＊"),
        ("choice", "备注", "199900198507300314", "199900********0314"),
        ("text", "空", "", ""),
    ],
)
def test_an_answer_is_shown_by_its_kind(kind: str, label: str, value: str, seen: str) -> None:
    assert masked(Answer(key="k", label=label, value=value), kind) == seen


def test_the_kind_comes_from_the_catalogue_of_the_case() -> None:
    answers = (Answer(key="a", label="甲", value="欧阳栀子"), Answer(key="b", value="欧阳栀子"))
    assert shown(answers, [FieldFacts("a", "甲", kind="choice")]) == [("甲", "欧阳栀子"), ("b", "欧***")]
    kinds = {one.key: one.kind for one in facts_of("C001", catalogue()["C001"]).fields}
    assert (kinds["kind"], kinds["medical_region"], kinds["medical_address"]) == ("choice", "region", "text")


@pytest.mark.req("R133")
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_name_in_a_form_is_on_no_page_until_somebody_says_what_for(centre: RunningCentre) -> None:
    open_desk(centre)
    spouse = "欧阳栀子夜"
    form = (
        Answer(key="spouse", label="配偶姓名", value=spouse),
        Answer(key="n", label="说明", value=f"与{spouse}同住"),
    )
    url = f"/desk/cases/{hand_in(centre, form=form)}"
    desk = sign_in(centre, f"hall.{RECEIVING}")
    assert spouse not in desk.get(url).text
    refused = desk.post(f"{url}/reveal", {"what": "form", "purpose": ""})
    assert (refused.status_code, spouse in refused.text) == (422, False)
    told = desk.post(f"{url}/reveal", {"what": "form", "purpose": "录入业务系统"}).text
    assert f"与{spouse}同住" in told
    assert spouse not in desk.get(url).text, "shown once"
    with centre.parts.database.reading() as session:
        row = session.scalars(select(Reveal)).one()
        assert (row.what, row.purpose, row.words_sealed) == ("form", "录入业务系统", None)
