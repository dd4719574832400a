"""照单收件: what an applicant may be asked for is what the item's list names; more needs a law and a supervisor."""

from __future__ import annotations

import pytest

from central.casework import listed, reading
from central.casework.acts import Problem, Refused
from central.casework.listed import Subject
from central.catalogue import shipped
from central.catalogue.facts import FieldFacts, ItemFacts, MaterialFacts
from central.catalogue.lookup import facts_of
from central.ledger import supervision
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, do, hand_in, open_desk
from tests.central.desk import HANDLING, RECEIVING, sign_in
from tests.central.office import OfficeRig
from tests.central.rig import RunningCentre

on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""
C_AND_F = Mode.COLLECT_AND_FORWARD
LAW = "《中华人民共和国居民身份证法》第七条"
LISTED = Problem("户口簿", "缺户主页", "办事指南 第三条", "请补拍户主页", material="HUKOU")
BEYOND = Problem("监护关系证明", "申请人未满十六周岁", LAW, "请提交监护关系证明")
ITEM = ItemFacts(
    "C001",
    "备案",
    materials=(MaterialFacts("CARD", "社会保障卡", "Social card", points=("清晰",)),),
    fields=(FieldFacts("from", "开始日期", "From"),),
)


def about(subject: str, material: str = "") -> Problem:
    return Problem(subject, "不对", "指南", "请补", material=material)


@pytest.mark.req("R166")
@pytest.mark.parametrize(
    ("problem", "inside"),
    [
        (about("社会保障卡"), True),
        (about("社保卡（正面）", "CARD"), True),
        (about("开始日期"), True),
        (about("联系电话"), True),
        (about("缴费"), True),
        (about("单位介绍信"), False),
        (about("社会保障卡复印件"), False),
        (about("介绍信", "LETTER"), False),
        (about(" "), False),
    ],
)
def test_the_list_is_the_items_materials_its_fields_and_what_every_application_has(
    problem: Problem, inside: bool
) -> None:
    assert (listed.find(listed.subjects(ITEM), problem) is not None) is inside
    assert (listed.outside(listed.subjects(ITEM), [problem]) == ()) is inside


def test_what_the_terminal_itself_asked_for_is_listed() -> None:
    """A case may be of a version that this centre never published."""
    known = listed.subjects(ItemFacts("X", "x"), {"OLD": "旧版的材料"}, {"kind": "旧版的问题"})
    assert listed.outside(known, [about("旧版的材料"), about("", "OLD"), about("旧版的问题")]) == ()
    (card, *_) = listed.subjects(ITEM, {"CARD": "社保卡"})
    assert card.words.zh == "社保卡", "called as the applicant saw it"


def test_the_fields_of_an_item_are_read_from_its_form_and_its_questions() -> None:
    labels = [one.label for one in facts_of("C004", shipped.catalogue()["C004"]).fields]
    assert {"转出地", "最后月份", "从哪种保险转过来？"} <= set(labels)


@pytest.mark.parametrize(
    ("basis", "is_law"),
    [
        (LAW, True),
        ("《社会保险法》第12条第二款", True),
        ("《异地就医备案》办事指南", False),
        ("办事指南 第三条", False),
        ("领导要求", False),
    ],
)
def test_only_an_article_of_a_law_is_a_basis_for_more_than_the_list(basis: str, is_law: bool) -> None:
    assert listed.names_a_law(basis) is is_law


@pytest.mark.req("R166")
def test_a_clerk_asks_for_what_is_listed_and_for_nothing_else(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    with pytest.raises(Refused) as refused:
        office.do("desk", number, "notify_once", problems=(LISTED, BEYOND))
    assert refused.value.code == "outside_list"
    assert "第 2 个问题" in refused.value.why.zh
    assert "监护" not in str(refused.value), "what somebody typed is in no exception"
    assert office.state(number) is State.INTAKE_REVIEW
    assert office.do("desk", number, "notify_once", problems=(LISTED,)).state is State.SUPPLEMENT_REQUIRED
    assert [line.event for line in office.lines(number)] == ["notify_once"]


@pytest.mark.req("R166")
def test_a_supervisor_asks_for_more_by_an_article_of_law_and_it_is_recorded(office: OfficeRig) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    guide = Problem(BEYOND.subject, BEYOND.what, "办事指南 申请材料", BEYOND.remedy)
    with pytest.raises(Refused) as refused:
        office.do("supervisor", number, "notify_once", problems=(guide,))
    assert (refused.value.code, "法规名称和条款" in refused.value.why.zh) == ("outside_list", True)
    office.do("supervisor", number, "notify_once", problems=(LISTED, BEYOND))
    asked, beyond = office.lines(number)
    assert (asked.event, beyond.event, beyond.detail) == ("notify_once", "outside_list", {"asked": 1})
    assert beyond.user_id == office.people["supervisor"].user_id
    with office.database.reading() as session:
        vault, now = office.keys.vault, office.time
        (seen,) = supervision.outside_list(session, vault, office.people["supervisor_above"], now)
        assert (seen.case.case_number, seen.basis, seen.by) == (number, LAW, "supervisor")
        assert not supervision.outside_list(session, vault, office.people["desk_third"], now)


@pytest.mark.req("R166")
@pytest.mark.parametrize("name", ["desk", "supervisor"])
def test_no_case_is_returned_for_want_of_what_is_not_listed(office: OfficeRig, name: str) -> None:
    number = office.case(C_AND_F, State.INTAKE_REVIEW)
    with pytest.raises(Refused):
        office.do(name, number, "return_materials", problems=(BEYOND,))
    assert office.state(number) is State.INTAKE_REVIEW


@pytest.mark.req("R166")
@on_sqlite
def test_at_the_desk_a_problem_is_chosen_from_the_cases_own_list(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, f"hall.{RECEIVING}", number, "open_intake")
    url = f"/desk/cases/{number}/acts/notify_once"
    desk = sign_in(centre, f"hall.{RECEIVING}")
    page = desk.get(url).text
    version = str(case_of(centre, number).version)
    assert 'value="material:CERT:1">起止年月要看得清' in page, "a point of a material"
    assert 'name="other_0"' not in page, "a clerk is not offered to ask for more"
    chosen = desk.post(url, {"version": version, "add": "yes", "pick": "material:CERT:1"}).text
    assert "不符合：起止年月要看得清" in chosen
    assert "请重新提供：起止年月要看得清" in chosen
    typed = {
        "version": version,
        "subject_0": "单位介绍信",
        "what_0": "没有提交",
        "basis_0": "惯例",
        "remedy_0": "请补交",
    }
    for step in ({}, {"confirmed": "yes"}):
        refused = desk.post(url, {**typed, **step})
        assert refused.status_code in (409, 422)
        assert "不在本事项的清单内" in refused.text
        assert "单位介绍信" in refused.text, "what was typed is kept"
    chief = sign_in(centre, f"chief.{RECEIVING}")
    assert 'name="other_0"' in chief.get(url).text
    form = {
        "version": version,
        "subject_0": "",
        "other_0": BEYOND.subject,
        "what_0": BEYOND.what,
        "basis_0": LAW,
        "remedy_0": "请补交",
    }
    assert "清单外" in chief.post(url, form).text, "read over before it is done"
    assert "一次性告知书" in chief.post(url, {**form, "confirmed": "yes"}).text
    assert case_of(centre, number).state == State.SUPPLEMENT_REQUIRED
    seen = chief.get("/desk/supervision").text
    assert number in seen[seen.index('id="outside"') :]
    assert LAW in seen
    there = sign_in(centre, f"chief.{HANDLING}").get(f"/desk/cases/{number}").text
    assert "要求清单外的材料（主管）" in there, "the other place reads it in the history"


def test_what_is_listed_of_a_case_is_read_from_its_own_version(centre: RunningCentre) -> None:
    number = hand_in(centre)
    with centre.parts.database.reading() as session:
        named: tuple[Subject, ...] = reading.listed_for(session, centre.parts.casework.office, case_of(centre, number))
    by_code = {one.code: one.words.zh for one in named}
    assert by_code["CERT"] == "缴费凭证"
    assert by_code["insured_at"] == "参保地"
