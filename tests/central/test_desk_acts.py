"""Acts at the desk, by forms alone, as a clerk without a manual does them: in each mode to the end, and when it goes wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from central.casework.acts import Problem
from central.casework.erasing import Erasing
from central.store.models import Case, CaseEvent, Dishonesty, Document, Withdrawal
from kiosk.protocol.application import Delivery, DeliveryMethod, Mode
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, do, hand_in, open_desk
from tests.central.desk import HANDLING, RECEIVING, THIRD, Desk, add_user, sign_in
from tests.central.rig import RunningCentre

HALL, HALL_THERE, DEPT_THERE = f"hall.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}"
CHIEF, CHIEF_THERE = f"chief.{RECEIVING}", f"chief.{HANDLING}"
ELECTRONIC = Delivery(method=DeliveryMethod.ELECTRONIC)
PICKUP = Delivery(method=DeliveryMethod.PICKUP_AT_DESK)
REASON = "户口簿缺少户主页，无法核对关系"


def hidden(page: str, name: str) -> str:
    """A hidden field's value."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def act(desk: Desk, number: str, event: str, part: int | None = None, **fields: str) -> str:
    """What a clerk does: find the act on the case page, fill in its form, confirm where it asks; the page that follows."""
    url = f"/desk/cases/{number}"
    page = desk.get(url)
    assert f"{url}/acts/{event}" in page.text, f"{event} is not offered"
    form = {"version": hidden(page.text, "version")} if f'action="{url}/acts/{event}"' in page.text else None
    if form is None:
        opened = desk.get(f"{url}/acts/{event}" + (f"?part={part}" if part else ""))
        assert opened.status_code == 200, opened.text
        form = {"version": hidden(opened.text, "version")}
    if part:
        form["part"] = str(part)
    answer = desk.post(f"{url}/acts/{event}", {**form, **fields})
    if 'name="confirmed"' in answer.text:
        answer = desk.post(f"{url}/acts/{event}", {**form, **fields, "confirmed": "yes"})
    assert answer.status_code == 200, answer.text
    assert answer.url.endswith(url), f"{event} was not done: {answer.text}"
    return answer.text


def checked(desk: Desk, number: str, codes: Sequence[str] = ("ID", "CERT")) -> None:
    for code in codes:
        desk.post(f"/desk/cases/{number}/checks/{code}", {"all": "right"})


def documents(centre: RunningCentre, number: str) -> list[str]:
    with centre.parts.database.reading() as session:
        seq = session.scalar(select(Case.seq).where(Case.case_number == number))
        return list(session.scalars(select(Document.kind).where(Document.case_seq == seq).order_by(Document.id)))


def part_of(centre: RunningCentre, number: str, place: str) -> int:
    return next(one.id for one in case_of(centre, number).sub_cases if one.region_code == place)


def finished(centre: RunningCentre, dept: Desk, number: str) -> None:
    """From the decision to the archive, electronically."""
    act(dept, number, "issue_result", result_number="人社〔2026〕7号", result_text="准予转移")
    act(dept, number, "deliver_electronic")
    act(dept, number, "archive", archive_number="2026-A-0007")
    assert case_of(centre, number).state == State.ARCHIVED
    assert case_of(centre, number).archive_number == "2026-A-0007"


@pytest.mark.req("R122", "R128", "R149")
@pytest.mark.req("R022")
def test_collected_and_forwarded_to_the_archive(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.COLLECT_AND_FORWARD, delivery=ELECTRONIC)
    here, there, dept = (sign_in(centre, login) for login in (HALL, HALL_THERE, DEPT_THERE))
    assert number in here.get("/desk/work").text
    act(here, number, "open_intake")
    checked(here, number)
    assert "收件通知书" in act(here, number, "collect")
    assert number in here.get("/desk/work/transfer").text
    act(here, number, "transfer")
    assert number in there.get("/desk/work/receive").text
    act(there, number, "receive")
    assert number in dept.get("/desk/work/accept").text
    act(dept, number, "accept")
    act(dept, number, "start_review")
    act(dept, number, "approve")
    finished(centre, dept, number)
    assert documents(centre, number)[:2] == ["collection_notice", "acceptance_receipt"]


@pytest.mark.req("R005")
def test_wholly_online_to_the_archive(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.FULL_ONLINE, delivery=ELECTRONIC)
    there, dept = sign_in(centre, HALL_THERE), sign_in(centre, DEPT_THERE)
    assert number in there.get("/desk/work/accept").text
    checked(there, number, ("CARD",))
    act(there, number, "accept")
    assert number in dept.get("/desk/work/review").text
    act(dept, number, "start_review")
    act(dept, number, "approve")
    finished(centre, dept, number)


@pytest.mark.req("R007")
@pytest.mark.req("R028")
@pytest.mark.req("R059")
def test_accepted_here_and_done_at_two_places(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.MULTI_SITE_A, further=(THIRD,), delivery=ELECTRONIC)
    here = sign_in(centre, HALL)
    act(here, number, "open_intake")
    checked(here, number)
    act(here, number, "accept_on_spot")
    act(here, number, "transfer")
    for place in (HANDLING, THIRD):
        part = part_of(centre, number, place)
        hall, dept = sign_in(centre, f"hall.{place}"), sign_in(centre, f"dept.{place}")
        assert number in hall.get("/desk/work/receive").text
        assert f"part={part_of(centre, number, HANDLING if place == THIRD else THIRD)}" not in hall.page.text  # type: ignore[union-attr]
        act(hall, number, "receive", part)
        act(hall, number, "hand_to_dept", part)
        assert number in dept.get("/desk/work/review").text
        assert case_of(centre, number).state != State.APPROVED
        act(dept, number, "approve", part)
    assert case_of(centre, number).state == State.APPROVED, "put together from what people decided at both places"
    finished(centre, sign_in(centre, DEPT_THERE), number)


@pytest.mark.req("R149")
@pytest.mark.req("R061")
@pytest.mark.req("R079")
def test_verified_there_and_completed_here(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.MULTI_SITE_B, delivery=PICKUP)
    here, there, dept = (sign_in(centre, login) for login in (HALL, HALL_THERE, DEPT_THERE))
    act(here, number, "open_intake")
    checked(here, number)
    act(here, number, "accept_on_spot")
    act(here, number, "transfer")
    act(there, number, "receive")
    act(there, number, "hand_to_dept")
    act(dept, number, "verify_ok")
    assert number in here.get("/desk/work/local").text
    act(here, number, "process_locally")
    act(here, number, "finish_locally")
    act(dept, number, "issue_result", result_text="准予")
    assert number in here.get("/desk/work/deliver").text
    act(here, number, "local_print")
    act(here, number, "picked_up")
    assert case_of(centre, number).state == State.COMPLETED


@pytest.mark.req("R038")
def test_a_one_time_notice_lists_what_the_check_found_and_keeps_what_was_typed(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    act(desk, number, "open_intake")
    desk.post(f"{url}/checks/CERT", {"p1": "wrong", "p1_problem": "起止年月看不清"})
    page = desk.get(f"{url}/acts/notify_once").text
    assert "起止年月看不清" in page, "prefilled from the formal check"
    assert re.search(r"截止 \d{4}-\d\d-\d\d", page)
    form = {
        "version": hidden(page, "version"),
        "supplement_days": "5",
        "subject_0": "缴费凭证",
        "what_0": "起止年月看不清",
        "basis_0": "办事指南 第三条",
        "remedy_0": "请重拍",
        "tolerable_0": "yes",
        "subject_1": "",
        "what_1": "",
        "basis_1": "办事指南 第三条",
        "remedy_1": "",
    }
    more = desk.post(f"{url}/acts/notify_once", {**form, "add": "yes"}).text
    assert "起止年月看不清" in more
    assert 'name="subject_1"' in more, "a line more, without any script"
    lacking = desk.post(f"{url}/acts/notify_once", {**form, "remedy_0": ""})
    assert lacking.status_code == 422
    assert "起止年月看不清" in lacking.text, "what was typed is kept"
    assert case_of(centre, number).state == State.INTAKE_REVIEW
    confirm = desk.post(f"{url}/acts/notify_once", form)
    assert "请再看一遍" in confirm.text
    assert case_of(centre, number).state == State.INTAKE_REVIEW, "read over before it is done"
    done = desk.post(f"{url}/acts/notify_once", {**form, "confirmed": "yes"})
    assert "一次性告知书" in done.text
    case = case_of(centre, number)
    assert (case.state, case.due_clock, case.supplements) == (State.SUPPLEMENT_REQUIRED, "C3", 1)


@pytest.mark.req("R023")
def test_a_second_supplement_is_explained_to_the_clerk_and_done_by_the_supervisor(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    with centre.parts.database.writing() as session:
        session.scalars(select(Case).where(Case.case_number == number)).one().supplements = 1
    url = f"/desk/cases/{number}"
    clerk, chief = sign_in(centre, HALL), sign_in(centre, CHIEF)
    assert "须由主管复核" in clerk.get(url).text
    assert "须由主管复核" in clerk.get(f"{url}/acts/notify_once").text
    problem = {"subject_0": "缴费凭证", "what_0": "没有盖章", "basis_0": "指南", "remedy_0": "请盖章"}
    forced = clerk.post(
        f"{url}/acts/notify_once", {"version": str(case_of(centre, number).version), **problem, "confirmed": "yes"}
    )
    assert forced.status_code == 409
    assert "没有盖章" in forced.text
    act(chief, number, "notify_once", reason=REASON, **problem)
    assert case_of(centre, number).supplements == 2


def test_of_two_clerks_one_wins_and_the_other_keeps_the_words(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    url = f"/desk/cases/{number}"
    slow = sign_in(centre, HALL)
    page = slow.get(f"{url}/acts/return_materials").text
    form = {
        "version": hidden(page, "version"), "reason": REASON, "basis": "办事指南 第三条",
        "subject_0": "缴费凭证", "what_0": "缺户主页", "basis_0": "指南", "remedy_0": "请补拍",
    }  # fmt: skip
    slow.post(f"{url}/acts/return_materials", form)
    do(centre, HALL, number, "start_video")
    for fields in (form, {**form, "confirmed": "yes"}):
        late = slow.post(f"{url}/acts/return_materials", fields)
        assert late.status_code == 409
        assert REASON in late.text
        assert "缺户主页" in late.text
    assert case_of(centre, number).state == State.VIDEO_CONSULT
    # The act is still possible, but the case is no longer the one that was looked at.
    other = hand_in(centre, counter=2)
    do(centre, HALL, other, "open_intake")
    stale = {**form, "version": "1", "confirmed": "yes"}
    answer = slow.post(f"/desk/cases/{other}/acts/return_materials", stale)
    assert answer.status_code == 409
    assert "别人已经先办了" in answer.text
    assert "开始核对" in answer.text, "it says what happened"
    assert REASON in answer.text
    assert case_of(centre, other).state == State.INTAKE_REVIEW
    again = {**form, "version": hidden(answer.text, "version"), "confirmed": "yes"}
    slow.post(f"/desk/cases/{other}/acts/return_materials", again)
    assert case_of(centre, other).state == State.RETURNED


@pytest.mark.req("R029")
@pytest.mark.req("R039")
def test_refusing_as_not_crossable_needs_a_recorded_contact_first(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    assert f'href="{url}/record/contact"' in desk.get(url).text, "what is missing leads to where it is done"
    form = {"refusal_kind": "not_crossable", "reason": "办理地确认该事项须本人到场", "basis": "根河规程 第九条"}
    early = desk.post(f"{url}/acts/refuse_not_crossable", {**form, "version": "2", "confirmed": "yes"})
    assert early.status_code == 409
    assert "须本人到场" in early.text
    nobody = desk.post(f"{url}/record/contact", {"way": "phone", "outcome": "not_crossable", "note": "说要到场"})
    assert nobody.status_code == 422
    assert "说要到场" in nobody.text, "what was typed is kept"
    contact = {"way": "phone", "counterpart": "平罗县政务服务中心 李某", "outcome": "not_crossable"}
    assert "李某" in desk.post(f"{url}/record/contact", contact).text
    no_kind = desk.post(
        f"{url}/acts/refuse_not_crossable",
        {**form, "refusal_kind": "", "version": hidden(desk.get(f"{url}/acts/refuse_not_crossable").text, "version")},
    )
    assert "请选择不予受理的情形" in no_kind.text
    assert "不予受理通知书" in act(desk, number, "refuse_not_crossable", **form)
    assert case_of(centre, number).state == State.NOT_ACCEPTED


@pytest.mark.req("R042")
def test_a_withdrawal_asked_for_at_the_desk_takes_effect_when_it_is_confirmed(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    assert f"{url}/acts/withdraw" not in desk.get(url).text, "nobody withdraws for the applicant unasked"
    asked = desk.post(f"{url}/record/withdrawal", {"reason_code": "other", "words": "家里有事，先不办了"})
    assert "申请人要求撤回" in asked.text
    assert case_of(centre, number).state == State.SUBMITTED
    assert number in desk.get("/desk/work/withdrawal").text
    assert "家里有事" in desk.get(f"{url}/record/withdrawal-answer").text
    refused = desk.post(f"{url}/record/withdrawal-answer", {"reason": "已在制证，不能撤回"})
    assert "不能撤回" in refused.text, "the history says why"
    desk.post(f"{url}/record/withdrawal", {"reason_code": "other", "words": "确实不办了"})
    assert "确实不办了" in desk.get(f"{url}/acts/withdraw").text, "the reason begins with the applicant's own words"
    page = act(desk, number, "withdraw", reason="申请人家中有事", returned="images_destroyed")
    assert "撤回" in page
    assert case_of(centre, number).state == State.WITHDRAWN
    assert documents(centre, number) == ["withdrawal_confirmation"]
    with centre.parts.database.reading() as session:
        assert [one.state for one in session.scalars(select(Withdrawal).order_by(Withdrawal.id))] == [
            "refused",
            "confirmed",
        ]


@pytest.mark.req("R157")
def test_returning_lists_what_is_wrong_and_cannot_be_done_without_a_reason(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    form = {
        "basis": "办事指南 第三条",
        "subject_0": "缴费凭证",
        "what_0": "缺页",
        "basis_0": "指南",
        "remedy_0": "补拍",
    }
    version = hidden(desk.get(f"{url}/acts/return_materials").text, "version")
    for lacking in (
        {"reason": ""},
        {"reason": REASON, "basis": ""},
        {"reason": REASON, "subject_0": "", "what_0": "", "remedy_0": ""},
    ):
        answer = desk.post(f"{url}/acts/return_materials", {"version": version, **form, **lacking, "confirmed": "yes"})
        assert answer.status_code == 409
    page = act(desk, number, "return_materials", reason=REASON, **form)
    assert REASON in page, "the history says why"
    assert "一次性告知书" in page
    assert case_of(centre, number).state == State.RETURNED


@pytest.mark.req("R157")
@pytest.mark.parametrize("ended_by", ["return", "withdrawal"])
def test_the_images_of_a_returned_application_are_deleted_and_the_ledger_stays(
    centre: RunningCentre, ended_by: str
) -> None:
    open_desk(centre)
    number, other = hand_in(centre), hand_in(centre, counter=2)
    do(centre, HALL, number, "open_intake")
    files, kept = case_of(centre, number).files, case_of(centre, other).files
    assert len(files) == 2
    if ended_by == "return":
        problems = (Problem("缴费凭证", "缺页", "指南", "补拍"),)
        do(centre, HALL, number, "return_materials", reason=REASON, basis="指南", problems=problems)
    else:
        desk = sign_in(centre, HALL)
        desk.post(f"/desk/cases/{number}/record/withdrawal", {"reason_code": "changed_mind"})
        do(centre, HALL, number, "withdraw", extra={"returned": "images_destroyed"})
    assert centre.parts.parts.has(files[0].sealed_sha256), "deleted after the act, not within it"
    while centre.parts.relay.step():
        pass
    assert not any(centre.parts.parts.has(file.sealed_sha256) for file in files)
    assert all(centre.parts.parts.has(file.sealed_sha256) for file in kept)
    assert case_of(centre, number).files == []
    page = sign_in(centre, HALL).get(f"/desk/cases/{number}").text
    assert page.count("影像已删除") == 1
    assert ".jpg" not in page
    Erasing(centre.parts.database, centre.parts.parts, centre.parts.now).handle({"case": case_of(centre, number).seq})
    assert sign_in(centre, HALL).get(f"/desk/cases/{number}").text.count("影像已删除") == 1, "once"


@pytest.mark.req("R162")
def test_a_missing_document_is_tolerated_only_in_good_standing_and_signed_for(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    desk.post(f"{url}/checks/ID", {"all": "right"})
    wanted = {"material": "tolerated_missing:CERT", "days": "10", "signed": "yes"}
    assert "请先登记“信用核查”" in desk.post(f"{url}/record/commitment", wanted).text
    assert desk.post(f"{url}/record/credit", {"outcome": "good", "source": ""}).status_code == 422
    desk.post(f"{url}/record/credit", {"outcome": "good", "source": "信用中国"})
    assert desk.post(f"{url}/record/commitment", {**wanted, "signed": ""}).status_code == 422
    assert desk.post(f"{url}/record/commitment", {**wanted, "material": "tolerated_missing:ID"}).status_code == 422
    page = desk.post(f"{url}/record/commitment", wanted).text
    assert "容缺" in page
    assert "形式审查还没有通过" not in page, "what may come later does not stand in the way"
    act(desk, number, "collect")
    kept = desk.get(f"{url}/record/commitment-outcome").text
    commitment = re.search(r'<option value="(\d+)">', kept)
    assert commitment
    desk.post(f"{url}/record/commitment-outcome", {"commitment": commitment[1], "outcome": "kept"})
    assert case_of(centre, number).commitment == "promise_fulfilled"


@pytest.mark.req("R163")
def test_a_revocation_proposes_and_a_second_person_decides_on_the_list_of_dishonesty(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    with centre.parts.database.writing() as session:
        session.scalars(select(Case).where(Case.case_number == number)).one().state = State.COMPLETED
    url = f"/desk/cases/{number}"
    dept, chief = sign_in(centre, DEPT_THERE), sign_in(centre, CHIEF_THERE)
    fields = {"false_material": "缴费凭证", "reason": "凭证系伪造，经原单位核实", "basis": "行政许可法 第六十九条"}
    act(dept, number, "revoke", **fields)
    assert case_of(centre, number).state == State.REVOKED
    assert dept.get(f"{url}/record/dishonesty").status_code == 404, "whoever proposed it does not decide it"
    assert "凭证系伪造" in chief.get(f"{url}/record/dishonesty").text
    assert chief.post(f"{url}/record/dishonesty", {"decision": "listed", "reason": ""}).status_code == 422
    chief.post(f"{url}/record/dishonesty", {"decision": "listed", "reason": "事实清楚，予以列入"})
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Dishonesty)).one().state == "listed"


def test_a_case_is_taken_in_hand_and_handed_to_a_colleague(centre: RunningCentre) -> None:
    open_desk(centre)
    colleague = add_user(centre.parts, "zhou", ["window"])
    elsewhere = add_user(centre.parts, "qian", ["window"], HANDLING)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    assert "由您办理" in desk.post(f"{url}/take").text
    assert number in desk.get("/desk/work/mine").text
    form = desk.get(f"{url}/record/hand-over").text
    assert "职员zhou" in form
    assert "职员qian" not in form
    assert desk.post(f"{url}/record/hand-over", {"to": str(elsewhere.id)}).status_code == 422
    desk.post(f"{url}/record/hand-over", {"to": str(colleague.id)})
    assert number not in desk.get("/desk/work/mine").text
    assert number in sign_in(centre, "zhou").get("/desk/work/mine").text


def test_a_supervisor_extends_a_period_to_decide_and_a_clerk_does_not(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.FULL_ONLINE)
    do(centre, HALL_THERE, number, "accept")
    url = f"/desk/cases/{number}"
    before = case_of(centre, number).promise_due_at
    assert before is not None
    assert sign_in(centre, HALL_THERE).get(f"{url}/record/extension").status_code == 404
    chief = sign_in(centre, CHIEF_THERE)
    fields = {"clock": "C4", "days": "3", "reason": "需向原参保地核实"}
    assert chief.post(f"{url}/record/extension", {**fields, "days": "30"}).status_code == 422
    page = chief.post(f"{url}/record/extension", fields).text
    assert "需向原参保地核实" in page
    after = case_of(centre, number).promise_due_at
    assert after is not None
    assert after > before


def test_nothing_is_done_without_the_forms_own_token(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    desk = sign_in(centre, HALL)
    url = f"/desk/cases/{number}"
    forged = {"csrf": "x" * 22, "version": "1", "all": "right", "what": "phone", "purpose": "好奇", "q": number}
    for path in (
        f"{url}/acts/open_intake",
        f"{url}/checks/ID",
        f"{url}/take",
        f"{url}/reveal",
        f"{url}/record/credit",
        "/desk/search",
    ):
        assert desk.post(path, forged).status_code == 403, path
    assert case_of(centre, number).state == State.SUBMITTED
    with centre.parts.database.reading() as session:
        seq = session.scalar(select(Case.seq).where(Case.case_number == number))
        assert len(session.scalars(select(CaseEvent).where(CaseEvent.case_seq == seq)).all()) == 1


def test_what_no_member_of_staff_does_is_not_done_at_the_desk(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    desk = sign_in(centre, HALL)
    for event in ("submit", "timeout", "nonsense", "../acts"):
        answer = desk.post(f"/desk/cases/{number}/acts/{event}", {"version": "1", "part": "9", "supplement_days": "x"})
        assert answer.status_code in (404, 405, 409), event
    assert case_of(centre, number).version == 1


def test_a_collected_case_prints_from_its_page(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    collected(centre, number)
    page = sign_in(centre, HALL).get(f"/desk/cases/{number}").text
    assert "/desk/documents/" in page
    assert "/pdf" in page
