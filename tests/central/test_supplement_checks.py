"""A supplement is looked at by those who asked for it: the desk, and the handling department, each with a record of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from central.casework import reading, records
from central.casework.acts import Problem, Refused
from central.casework.terms import Guard
from central.casework.who import staff
from central.store.models import Case, FormalCheck, User
from kiosk.protocol.application import Material, Mode, Page
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, do, open_desk, page_picture
from tests.central.citizen import Citizen, at_the_centre
from tests.central.desk import HANDLING, RECEIVING, sign_in
from tests.central.rig import RunningCentre, photo, ref

HALL, HALL_THERE, DEPT_THERE = f"hall.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}"
PROBLEMS = (Problem("社会保障卡", "卡面反光", "办事指南 第三条", "请重拍社会保障卡", material="CARD"),)


def handed_to_the_department(centre: RunningCentre) -> Citizen:
    open_desk(centre)
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    collected(centre, wang.case_number)
    forwarded(centre, wang)
    return wang


def forwarded(centre: RunningCentre, wang: Citizen) -> None:
    do(centre, HALL, wang.case_number, "transfer")
    do(centre, HALL_THERE, wang.case_number, "receive")


def supplements(wang: Citizen) -> None:
    page = page_picture("again")
    card = Material(code="CARD", name="社会保障卡", pages=(Page(file=ref(page)),))
    _, sealed = wang.supplement(page, materials=(card,), form=())
    assert wang.send(sealed).status_code == 201


def check(centre: RunningCentre, wang: Citizen, login: str, *, passed: bool = True) -> None:
    """As the page does it, in a transaction of its own."""
    with centre.parts.database.writing() as session:
        who = staff(session.scalars(select(User).where(User.login == login)).one())
        case = session.scalars(select(Case).where(Case.case_number == wang.case_number)).one()
        problem = "" if passed else "还是看不清"
        records.formal_check(centre.parts.casework.office, session, case, who, "CARD", -1, passed, problem)


def missing(centre: RunningCentre, wang: Citizen, guard: Guard) -> tuple[str, ...]:
    with centre.parts.database.reading() as session:
        case = session.scalars(select(Case).where(Case.case_number == wang.case_number)).one()
        facts = reading.facts(session, centre.parts.casework.office, case, {guard})
        return facts.unchecked if guard is Guard.FORMAL_CHECK_PASSED else facts.unchecked_again


@pytest.mark.req("R008")
@pytest.mark.req("R020")
def test_what_the_department_asked_for_is_checked_by_the_department_before_it_accepts(centre: RunningCentre) -> None:
    wang = handed_to_the_department(centre)
    number, url = wang.case_number, f"/desk/cases/{wang.case_number}"
    dept = sign_in(centre, DEPT_THERE)
    assert f"{url}/checks/CARD" not in dept.get(url).text, "nothing was supplemented: there is nothing to check"
    do(centre, DEPT_THERE, number, "notify_once", problems=PROBLEMS)
    supplements(wang)

    assert missing(centre, wang, Guard.FORMAL_CHECK_PASSED) == ("社会保障卡",), "the desk looks at the new page too"
    with pytest.raises(Refused):
        do(centre, HALL, number, "collect")
    check(centre, wang, HALL)
    do(centre, HALL, number, "collect")
    forwarded(centre, wang)

    page = dept.get(url).text
    assert "补正的材料还没有核对通过：社会保障卡" in page
    assert f'action="{url}/checks/CARD"' in page, "the form is there where the material is"
    assert "审批部门核对补正材料" in page
    assert f'action="{url}/checks/CARD"' not in sign_in(centre, HALL).get(url).text, "it is not the desk's any more"
    with pytest.raises(Refused) as refused:
        do(centre, DEPT_THERE, number, "accept")
    assert refused.value.code == Guard.SUPPLEMENT_CHECKED

    dept.post(f"{url}/checks/CARD", {"p1": "wrong", "p1_problem": "卡号仍然反光"})
    assert "补正后仍有问题" in dept.get(url).text
    assert "卡号仍然反光" in sign_in(centre, f"chief.{HANDLING}").get(f"{url}/acts/notify_once").text, "asked once more"
    with pytest.raises(Refused):
        do(centre, DEPT_THERE, number, "accept")

    dept.post(f"{url}/checks/CARD", {"all": "right"})
    assert do(centre, DEPT_THERE, number, "accept").state is State.ACCEPTED
    assert "核对补正材料" in dept.get(url).text, "its own line in the history"
    with centre.parts.database.reading() as session:
        rows = session.scalars(select(FormalCheck).where(FormalCheck.case_seq == case_of(centre, number).seq)).all()
        assert {row.user_id for row in rows if row.department} == {dept_id(centre)}
        assert all(row.supplement == 1 for row in rows if row.department)


def dept_id(centre: RunningCentre) -> int:
    with centre.parts.database.reading() as session:
        return session.scalars(select(User.id).where(User.login == DEPT_THERE)).one()


def test_what_the_desk_asked_for_is_the_desks_alone(centre: RunningCentre) -> None:
    open_desk(centre)
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD)
    do(centre, HALL, wang.case_number, "open_intake")
    check(centre, wang, HALL, passed=False)
    do(centre, HALL, wang.case_number, "notify_once", problems=PROBLEMS)
    supplements(wang)
    assert missing(centre, wang, Guard.FORMAL_CHECK_PASSED) == ("社会保障卡",), "looked at anew, not wrong for ever"
    check(centre, wang, HALL)
    do(centre, HALL, wang.case_number, "collect")
    forwarded(centre, wang)
    assert missing(centre, wang, Guard.SUPPLEMENT_CHECKED) == ()
    with pytest.raises(Refused) as refused:
        check(centre, wang, DEPT_THERE)
    assert "收件窗口已经核对过" in refused.value.why.zh
    assert do(centre, DEPT_THERE, wang.case_number, "accept").state is State.ACCEPTED


def test_a_corrected_form_is_checked_where_the_form_is_a_material(centre: RunningCentre) -> None:
    open_desk(centre)
    card = Material(code="CARD", name="社会保障卡", pages=(Page(file=ref(photo(400, 1))),))
    materials = (card, Material(code="FORM", name="登记表", met_by="form"))
    wang = at_the_centre(centre, mode=Mode.COLLECT_AND_FORWARD, materials=materials)
    collected(centre, wang.case_number)
    forwarded(centre, wang)
    do(centre, DEPT_THERE, wang.case_number, "notify_once", problems=(Problem("参保地", "写错了", "指南", "请改正"),))
    _, sealed = wang.supplement(materials=())
    assert wang.send(sealed).status_code == 201
    assert missing(centre, wang, Guard.SUPPLEMENT_CHECKED) == ("登记表",)
