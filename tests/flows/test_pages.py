"""From the camera to a page the staff accept: warned of once, put in order, turned, joined, read; never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.findings import Expectation, Finding, FindingCode
from kiosk.materials.pages import Code, PaperFormat
from kiosk.visit.draft import Page
from kiosk.visit.effects import (
    CancelDevice,
    CapturePage,
    ClearTimer,
    JoinSides,
    ReadPage,
    SetTimer,
    StartPreview,
    SubmitApplication,
    TurnPicture,
)
from kiosk.visit.events import (
    Back,
    CallHelp,
    CaptureFailed,
    Confirm,
    Device,
    DeviceChanged,
    Event,
    PageJudged,
    PageLiesStill,
    PageRead,
    PageWorked,
    Retake,
    RotatePage,
    SocialCardRead,
    StoreFailed,
    StoreProblem,
    TakeBack,
    TimerFired,
)
from kiosk.visit.pages import CARD
from kiosk.visit.showing.pages import VERDICTS
from tests.flows.citizen import Citizen, page, stored
from tests.flows.house import TODAY, house
from tests.flows.journeys import medical_care_to_checklist
from tests.flows.people import applicant

SURE = 0.95
NAME = Finding(FindingCode.NAME_FOUND, SURE)
NO_NAME = Finding(FindingCode.NAME_MISSING, SURE)
SEAL = Finding(FindingCode.SEAL_FOUND, SURE)
NO_SEAL = Finding(FindingCode.SEAL_MISSING, SURE)
KIND = Finding(FindingCode.KIND_MATCHES, SURE, "labour_contract")
OTHER_KIND = Finding(FindingCode.OTHER_KIND, SURE)
TURNED = Finding(FindingCode.TURNED, 1.0, "180")


def at_capture(material: str = "WORK") -> Citizen:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches(material)
    return (citizen.touches("camera") if material == "RESID" else citizen).sees("capture")


def pages(citizen: Citizen) -> tuple[Page, ...]:
    """The kept pages of the material that was given last."""
    return citizen.draft.materials[-1].pages if citizen.draft.materials else ()


def order(citizen: Citizen) -> str:
    return "".join(one.sha256[-1] for one in pages(citizen))


# --- taking a picture ----------------------------------------------------------------------------------------------


def test_a_page_that_lies_still_is_photographed_without_a_touch() -> None:
    citizen = at_capture().happens(PageLiesStill()).reads("正在拍，请别动")
    assert isinstance(citizen.asked[0], CapturePage)
    assert SetTimer("idle") in citizen.asked, "whoever lays a page down is there"
    citizen.happens(PageLiesStill())
    assert citizen.count(CapturePage) == 1
    citizen.happens(PageJudged(page())).sees("page_review").touches("keep").reads("已拍 1 页")


def test_a_picture_can_always_be_taken_by_hand() -> None:
    citizen = at_capture()
    primary = citizen.view.chrome.primary
    assert primary is not None
    assert (primary.key, primary.enabled) == ("shoot", True)


@pytest.mark.parametrize("overlay", [CallHelp(), TimerFired("idle")])
def test_nothing_is_photographed_while_something_else_is_on_the_screen(overlay: Event) -> None:
    citizen = at_capture().happens(overlay)
    assert CancelDevice(Device.DOCUMENT_CAMERA) in citizen.asked
    name = citizen.view.name
    citizen.happens(PageLiesStill()).sees(name)
    assert not citizen.count(CapturePage)
    citizen.happens(Back()).sees("capture")
    assert StartPreview() in citizen.asked
    assert citizen.happens(PageLiesStill()).count(CapturePage) == 1


def test_a_picture_that_is_being_taken_when_help_is_called_is_there_afterwards() -> None:
    citizen = at_capture().touches("shoot").happens(CallHelp())
    assert CancelDevice(Device.DOCUMENT_CAMERA) not in citizen.asked
    citizen.happens(PageJudged(page())).sees("help").happens(Back()).sees("page_review")


def test_a_page_lying_still_means_nothing_elsewhere_and_does_not_keep_the_visit_alive() -> None:
    citizen = at_capture().takes(page()).happens(PageLiesStill()).sees("page_review")
    assert not citizen.asked
    citizen = at_capture().device(Device.DOCUMENT_CAMERA, usable=False).happens(PageLiesStill())
    assert not citizen.asked


def test_tries_that_fail_by_themselves_keep_no_abandoned_visit_alive() -> None:
    citizen = at_capture().happens(PageLiesStill()).happens(CaptureFailed()).reads("没有拍成").happens(PageLiesStill())
    assert citizen.count(CapturePage) == 2
    assert SetTimer("idle") not in citizen.asked
    citizen.happens(PageJudged(page())).sees("page_review")


@pytest.mark.parametrize(
    "fault", [CaptureFailed(), TimerFired("capture"), DeviceChanged(Device.DOCUMENT_CAMERA, False)]
)
def test_a_camera_that_fails_in_mid_capture_keeps_the_earlier_pages(fault: Event) -> None:
    citizen = at_capture().photographs(3).touches("WORK").touches("add_page").touches("shoot")
    kept = pages(citizen)
    citizen.happens(fault)
    assert pages(citizen) == kept
    assert len(kept) == 3
    citizen.device(Device.DOCUMENT_CAMERA, usable=True).takes(page(4)).touches("keep")
    assert order(citizen) == "1234"


def test_a_new_page_is_compared_with_all_pages_of_the_application_but_the_one_it_replaces() -> None:
    citizen = at_capture().photographs(2).touches("RESID", "camera", "shoot")
    assert [one.sha256[-1] for one in citizen.last(CapturePage).earlier] == ["1", "2"]
    citizen.happens(PageJudged(page(3))).touches("keep", "WORK", "next_page", "retake", "shoot")
    assert sorted(one.sha256[-1] for one in citizen.last(CapturePage).earlier) == ["1", "3"]


def test_a_page_of_a_situation_that_was_changed_is_no_earlier_page() -> None:
    citizen = at_capture().photographs().touches("RESID", "later").touches("CARD", "photograph").photographs()
    citizen.goes_on().touches("change:situation:kind").touches("resident").sees("review")
    citizen.touches("more", "more", "change:materials").touches("RESID", "camera", "shoot")
    assert len(citizen.last(CapturePage).earlier) == 1


def test_every_state_of_the_live_picture_has_words_in_both_languages() -> None:
    for language in ("zh_CN", "en"):
        citizen = at_capture()
        citizen.visit = replace(citizen.visit, language=language)
        live = citizen.view.live  # type: ignore[attr-defined]
        assert {"looking", "hold_still", "shooting_soon", *(str(code) for code in Code if code is not Code.OK)} == set(
            live
        )
        assert all(notice.text for notice in live.values())


def test_a_camera_that_is_out_of_order_is_not_said_to_see_anything() -> None:
    citizen = at_capture().happens(DeviceChanged(Device.DOCUMENT_CAMERA, False))
    assert not citizen.view.live  # type: ignore[attr-defined]
    citizen.happens(DeviceChanged(Device.DOCUMENT_CAMERA, True))
    assert citizen.view.live  # type: ignore[attr-defined]


# --- the verdict ---------------------------------------------------------------------------------------------------


@pytest.mark.req("R132")
def test_a_bad_page_is_kept_only_after_one_warning() -> None:
    citizen = at_capture().takes(page(1, "blurred")).reads("不清楚")
    citizen.touches("keep").sees("page_review").reads("会被退回").touches("keep").sees("checklist").reads("已拍 1 页")
    assert pages(citizen)[0].verdicts == ("blurred",)
    citizen.touches("WORK").reads("可能看不清")


@pytest.mark.req("R132")
@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_first_thing_offered_for_a_bad_page_is_to_mend_it(verdict: str) -> None:
    citizen = at_capture().takes(page(1, verdict))
    primary = citizen.view.chrome.primary
    assert primary is not None
    assert primary.event in (Retake(), RotatePage())
    citizen.touches("retake").sees("capture")
    assert not pages(citizen)


@pytest.mark.parametrize("act", ["keep", "take_back"])
def test_no_way_on_from_a_bad_page_goes_round_the_warning(act: str) -> None:
    citizen = at_capture("RESID").takes(page(1, "glare", paper=CARD))
    if act == "take_back":
        citizen.reads_not("再拍背面").happens(TakeBack())  # a touch that was on its way
    else:
        citizen.touches(act)
    citizen.sees("page_review").reads("会被退回")
    assert not pages(citizen)


def test_a_verdict_nobody_knows_still_has_words() -> None:
    at_capture().takes(page(1, "something_new")).reads("可能看不清")


@pytest.mark.parametrize("code", Code)
def test_every_verdict_on_a_page_has_words(code: Code) -> None:
    citizen = at_capture().takes(page(1, str(code))).reads_not("可能看不清")
    citizen.reads(house().strings["zh_CN"](f"mat.verdict.{code}"))
    assert code is Code.OK or code in VERDICTS


# --- several pages -------------------------------------------------------------------------------------------------


@pytest.mark.req("R069")
def test_pages_can_be_added_looked_through_retaken_and_deleted() -> None:
    citizen = at_capture().photographs(3).touches("WORK").sees("page_review").reads("第 1 页，共 3 页")
    citizen.touches("next_page").reads("第 2 页，共 3 页").touches("retake").takes(page(7)).touches("keep")
    assert order(citizen) == "173"
    citizen.touches("WORK").touches("delete").reads("第 1 页，共 2 页").touches("next_page").touches("delete")
    assert order(citizen) == "7"
    citizen.touches("delete").sees("checklist").reads("要拍")
    assert not citizen.draft.materials


def test_pages_can_be_put_in_order_and_the_screen_follows_the_page() -> None:
    citizen = at_capture().photographs(3).touches("WORK").touches("move_later").reads("第 2 页，共 3 页")
    assert order(citizen) == "213"
    citizen.touches("move_later").reads("第 3 页，共 3 页")
    assert order(citizen) == "231"
    citizen.touches("move_earlier", "previous_page").reads("第 1 页，共 3 页").touches("next_page")
    assert order(citizen) == "213"
    citizen.goes_back().sees("checklist")
    assert order(citizen) == "213"


def test_no_page_can_be_moved_out_of_the_row() -> None:
    citizen = at_capture().photographs(2).touches("WORK")
    offered = {choice.key: choice.enabled for choice in citizen.view.choices}  # type: ignore[attr-defined]
    assert (offered["move_earlier"], offered["move_later"]) == (False, True)
    for choice in citizen.view.choices:  # type: ignore[attr-defined]
        if not choice.enabled:
            citizen.happens(choice.event).reads("第 1 页，共 2 页")
    assert order(citizen) == "12"


def test_no_more_pages_than_the_material_takes() -> None:
    citizen = at_capture().photographs(12).touches("WORK").reads("第 1 页，共 12 页")
    citizen.reads_not("再拍一页")


def test_leaving_a_new_page_does_not_keep_it() -> None:
    citizen = at_capture().takes(page()).goes_back().sees("capture").goes_back()
    assert not citizen.draft.materials


# --- turning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [False, True])
def test_a_page_is_turned_where_it_lies(*, kept: bool) -> None:
    citizen = at_capture().takes(page(1))
    if kept:
        citizen.touches("keep", "WORK")
    citizen.is_read(NAME, TURNED).reads("已帮您转正").touches("rotate").reads("正在转")
    readings = citizen.count(ReadPage)
    assert citizen.last(TurnPicture).page.sha256 == page(1).sha256
    assert all(not choice.enabled for choice in citizen.view.choices)  # type: ignore[attr-defined]
    citizen.happens(PageWorked(page(1).sha256, page(2))).reads("看到了您的名字").reads_not("已帮您转正", "正在转")
    assert citizen.view.jpeg == page(2).jpeg  # type: ignore[attr-defined]
    assert citizen.count(ReadPage) == readings, "what was read stays read, and the reader does not turn it back"
    citizen.touches("keep").sees("checklist")
    assert order(citizen) == "2"


@pytest.mark.parametrize("end", [PageWorked(page(1).sha256, None), TimerFired("working")])
def test_a_page_that_cannot_be_turned_stays_as_it_was_and_says_so(end: Event) -> None:
    citizen = at_capture().takes(page(1)).touches("rotate")
    assert SetTimer("working") in citizen.asked
    citizen.happens(PageWorked(page(9).sha256, None), PageWorked(page(9).sha256, page(8))).reads("正在转")
    citizen.happens(end).reads("没有转成").touches("keep")
    assert order(citizen) == "1"
    citizen.happens(PageWorked(page(1).sha256, page(2)))
    assert order(citizen) == "1", "what comes too late changes nothing behind the citizen's back"


def test_a_page_that_lies_upside_down_can_be_kept_without_a_warning_and_is_turned_by_whoever_reads_it() -> None:
    citizen = at_capture().takes(page(1, "upside_down")).reads("正在读").touches("keep").sees("checklist")
    assert pages(citizen)[0].verdicts == ("upside_down",)
    citizen.is_read(NAME, TURNED, turned=2)
    assert (order(citizen), pages(citizen)[0].verdicts) == ("2", ("ok",))


def test_a_picture_that_became_smaller_when_it_was_turned_states_its_new_scale() -> None:
    citizen = at_capture().takes(replace(page(1), dpi=200)).touches("rotate")
    citizen.happens(PageWorked(page(1).sha256, replace(page(2), dpi=170))).goes_on()
    assert pages(citizen)[0].dpi == 170, "or its PDF page would be too small"


def test_turning_mends_a_page_that_lay_upside_down() -> None:
    citizen = at_capture().takes(page(1, "upside_down")).reads("转一转").goes_on()
    citizen.happens(PageWorked(page(1).sha256, page(2))).reads("看得清楚").touches("keep")
    assert pages(citizen)[0].verdicts == ("ok",)


def test_leaving_while_a_page_is_being_turned_leaves_it_as_it_was() -> None:
    citizen = at_capture().photographs(2).touches("WORK", "rotate").goes_back().sees("checklist")
    citizen.happens(PageWorked(page(1).sha256, page(9)))
    assert order(citizen) == "12"
    citizen = at_capture().takes(page(1)).touches("rotate").goes_back().sees("capture")


def test_a_page_that_was_turned_before_it_was_read_is_read_as_it_lies_now() -> None:
    citizen = at_capture().takes(page(1)).touches("rotate").happens(PageWorked(page(1).sha256, page(2)))
    assert citizen.last(ReadPage).page.sha256 == page(2).sha256
    citizen.happens(PageRead(page(1).sha256, replace(page(7), findings=(NO_NAME, TURNED)))).reads_not("名字")
    citizen.is_read(NAME).reads("看到了您的名字").touches("keep")
    assert order(citizen) == "2"


def test_a_page_that_was_read_while_the_citizen_turned_it_keeps_both() -> None:
    citizen = at_capture().takes(page(1)).touches("rotate").is_read(NAME, TURNED, turned=5)
    citizen.happens(PageWorked(page(1).sha256, page(2))).reads("看到了您的名字").reads_not("已帮您转正").touches("keep")
    assert order(citizen) == "2"


# --- both sides of a card ------------------------------------------------------------------------------------------

FRONT, BACK, SHEET = page(1, paper=CARD), page(2, paper=CARD), page(3)


def at_back() -> Citizen:
    citizen = at_capture("RESID").takes(FRONT)
    primary = citizen.view.chrome.primary
    assert primary is not None
    assert primary.key == "take_back"
    return citizen.goes_on().sees("capture").reads("翻到背面")


def test_both_sides_of_a_card_become_one_page() -> None:
    citizen = at_back().takes(BACK).reads("背面").touches("keep").reads("正在把两面合成一张")
    assert citizen.last(JoinSides) == JoinSides(FRONT, BACK)
    citizen.happens(PageWorked(BACK.sha256, SHEET)).reads("第 1 页，共 1 页")
    (one,) = pages(citizen)
    assert (one.sha256, one.sides) == (SHEET.sha256, 2)
    assert citizen.last(ReadPage).page.sha256 == SHEET.sha256, "the sheet is read, for the back alone bears no name"
    assert BACK.sha256 not in {effect.page.sha256 for effect in citizen.effects if isinstance(effect, ReadPage)}
    citizen.reads_not("再拍背面").goes_on().sees("checklist").reads("已拍 1 页")


def test_the_back_is_compared_with_its_front() -> None:
    assert at_back().touches("shoot").last(CapturePage).earlier == (FRONT,)


def test_a_verdict_on_either_side_travels_with_the_sheet() -> None:
    citizen = at_back().takes(page(2, "glare", paper=CARD)).touches("keep", "keep")
    citizen.happens(PageWorked(BACK.sha256, SHEET))
    assert pages(citizen)[0].verdicts == ("glare",)


@pytest.mark.parametrize("end", [PageWorked(BACK.sha256, None), TimerFired("working"), Back()])
def test_sides_that_cannot_be_joined_are_two_pages(end: Event) -> None:
    citizen = at_back().takes(BACK).touches("keep").happens(end)
    if not isinstance(end, Back):
        citizen.reads("两面没有合成一张").goes_on()
    citizen.sees("checklist").happens(PageWorked(BACK.sha256, SHEET)).reads("已拍 2 页")
    assert order(citizen) == "12"


def test_without_its_back_the_front_is_kept_all_the_same() -> None:
    citizen = at_back().goes_back().sees("checklist")
    assert order(citizen) == "1"
    citizen.touches("RESID", "take_back").takes(BACK).touches("retake").takes(BACK).goes_back().sees("capture")
    citizen.reads("翻到背面").takes(BACK).touches("keep").happens(PageWorked(BACK.sha256, SHEET)).goes_on()
    assert order(citizen) == "3"


def test_the_back_of_an_earlier_page_goes_between() -> None:
    citizen = at_capture("RESID").takes(FRONT).touches("keep", "RESID", "add_page").takes(page(4)).touches("keep")
    citizen.touches("RESID", "take_back").takes(BACK).touches("keep")
    assert order(citizen) == "124"
    citizen.happens(PageWorked(BACK.sha256, SHEET))
    assert order(citizen) == "34"


def test_paper_has_no_back_and_a_card_need_not_have_one() -> None:
    citizen = at_capture("RESID").takes(page(1)).reads_not("再拍背面")
    citizen = at_capture().takes(FRONT)
    primary = citizen.view.chrome.primary
    assert primary is not None
    assert primary.key == "keep"
    citizen.touches("take_back").reads("翻到背面")


def test_a_card_whose_back_has_no_room_is_not_asked_for_it() -> None:
    citizen = at_capture().photographs(11).touches("WORK", "add_page").takes(page(12, paper=CARD))
    citizen.reads_not("再拍背面").touches("retake").goes_back()
    citizen = at_capture().photographs(10).touches("WORK", "add_page").takes(page(11, paper=CARD)).touches("take_back")
    citizen.takes(page(12, paper=CARD)).touches("keep")
    assert len(pages(citizen)) == 12


def test_the_formats_are_those_of_the_camera() -> None:
    assert CARD == PaperFormat.ID_1


# --- reading -------------------------------------------------------------------------------------------------------


def test_a_page_is_read_while_the_citizen_looks_at_it_and_nobody_waits_for_it() -> None:
    citizen = at_capture().takes(page(1)).reads("正在读")
    asked = citizen.last(ReadPage)
    wang = applicant("wang")
    kinds = ("posting_letter", "labour_contract")
    assert asked.expected == Expectation(kinds, wang.name, wang.id_number, date.fromisoformat(TODAY))
    assert SetTimer("reading") in citizen.asked
    citizen.touches("keep").sees("checklist")
    assert ClearTimer("reading") in citizen.asked
    citizen.is_read(NAME, SEAL)
    assert pages(citizen)[0].findings == (NAME, SEAL)
    citizen.touches("WORK").reads("看到了您的名字和红色印章").reads_not("正在读")
    assert citizen.count(ReadPage) == 1


def test_a_clock_that_cannot_be_right_judges_no_validity() -> None:
    citizen = at_capture()
    citizen.house = house().on("2001-01-01")
    assert citizen.takes(page(1)).last(ReadPage).expected.today is None


@pytest.mark.parametrize("end", [TimerFired("reading"), PageRead(page(1).sha256, page(1))])
def test_a_page_that_cannot_be_read_is_said_to_be_read_no_longer(end: Event) -> None:
    citizen = at_capture().takes(page(1)).happens(end).reads_not("正在读")
    assert citizen.count(ReadPage) == 1
    citizen.touches("keep")
    assert pages(citizen)[0].findings is None
    citizen.touches("WORK")
    assert citizen.count(ReadPage) == 2, "looked at again, it gets another try"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (OTHER_KIND, "这看起来不是“工作派出证明或劳动合同”"),
        (Finding(FindingCode.OTHER_NUMBER, SURE), "别人的证件号码"),
        (NO_NAME, "没看到您的名字"),
        (Finding(FindingCode.EXPIRED, SURE, "2024-05-01"), "有效期好像已过（2024-05-01）"),
        (NO_SEAL, "没看到红色印章"),
        (Finding(FindingCode.SIGNATURE_MISSING, SURE), "没看到签名"),
        (Finding(FindingCode.NOTHING_READ, SURE), "没有读到字"),
    ],
)
def test_a_doubt_is_a_hint_and_never_a_refusal(finding: Finding, words: str) -> None:
    citizen = at_capture().takes(page(1)).is_read(finding).reads(words)
    primary = citizen.view.chrome.primary
    assert primary is not None
    assert primary.key == "keep"
    assert "retake" in {choice.key for choice in citizen.view.choices if choice.enabled}  # type: ignore[attr-defined]
    citizen.goes_on().sees("checklist").reads("已拍 1 页", "请再看一眼").touches("WORK").reads(words)


@pytest.mark.parametrize("code", FindingCode)
def test_every_finding_can_be_shown_and_an_unsure_doubt_is_not(code: FindingCode) -> None:
    citizen = at_capture().takes(page(1)).is_read(Finding(code, 0.3, "2024-05-01"))
    assert bool(citizen.view.hints) is (code is FindingCode.NOTHING_READ)  # type: ignore[attr-defined]
    at_capture().takes(page(1)).is_read(Finding(code, 1.0, "2024-05-01"))


def test_hints_are_few_and_the_worst_comes_first() -> None:
    citizen = (
        at_capture().takes(page(1)).is_read(*(Finding(code, 1.0) for code in FindingCode if code != "nothing_read"))
    )
    texts = [hint.text for hint in citizen.view.hints]  # type: ignore[attr-defined]
    assert len(texts) == 3
    assert "这看起来不是" in texts[0]


def test_what_stands_on_one_page_need_not_stand_on_the_next() -> None:
    citizen = at_capture().takes(page(1)).is_read(KIND, NAME, SEAL).touches("add_page")
    citizen.takes(page(2)).is_read(OTHER_KIND, NO_NAME, NO_SEAL)
    assert not citizen.view.hints  # type: ignore[attr-defined]
    citizen.touches("keep").reads_not("请再看一眼").touches("WORK", "delete").reads("没看到您的名字")


def test_a_page_that_reads_like_another_paper_is_doubtful_on_every_page() -> None:
    citizen = at_capture().takes(page(1)).is_read(KIND).touches("add_page").takes(page(2))
    citizen.is_read(Finding(FindingCode.OTHER_KIND, SURE, "bank_card")).reads("这看起来不是")


def test_a_bad_page_is_told_one_thing_at_a_time() -> None:
    citizen = at_capture().takes(page(1, "blurred")).reads_not("正在读").is_read(NO_NAME).reads_not("名字")
    citizen.touches("keep", "keep", "WORK").reads("没看到您的名字")


def test_an_empty_desk_is_not_read() -> None:
    assert not at_capture().takes(page(1, "no_page")).count(ReadPage)


def test_a_page_is_found_again_by_what_was_read_wherever_it_is_now() -> None:
    citizen = at_capture().takes(page(1)).touches("add_page").takes(page(2)).touches("keep", "WORK", "move_later")
    citizen.happens(CallHelp(), PageRead(page(1).sha256, replace(page(8), findings=(NAME, TURNED))))
    assert order(citizen) == "28"
    assert pages(citizen)[1].findings == (NAME, TURNED)
    citizen.happens(Confirm()).reads("已帮您转正")
    citizen.happens(PageRead(page(5).sha256, replace(page(6), findings=(NAME,))))
    assert order(citizen) == "28", "a page that was dropped does not come back"


def test_a_page_under_help_is_updated_where_it_lies() -> None:
    citizen = at_capture().takes(page(1)).happens(CallHelp()).is_read(NAME, turned=4).happens(Confirm())
    citizen.reads("看到了您的名字").touches("keep")
    assert order(citizen) == "4"


def test_what_is_read_too_late_does_not_change_what_was_signed() -> None:
    citizen = at_capture().photographs().touches("RESID", "later").touches("CARD")
    wang = applicant("wang")
    citizen.happens(SocialCardRead(wang.name, wang.id_number, "Z00000001")).goes_on().goes_on().goes_on().signs()
    citizen.goes_on().sees("sending").is_read(NAME)
    sent = citizen.last(SubmitApplication).draft
    citizen.happens(StoreFailed(StoreProblem.DISK_FULL)).is_read(NAME).touches("retry")
    assert citizen.last(SubmitApplication).draft is sent, "the same draft is the same application"
    citizen.happens(stored()).is_read(NAME)
    assert citizen.draft is sent
