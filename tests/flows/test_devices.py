"""Devices fail at every step: what can be offered changes, what was entered does not."""

from __future__ import annotations

import pytest

from kiosk.visit.effects import (
    AwaitCardRemoval,
    CancelDevice,
    CapturePage,
    PrintSlip,
    ReadIdCard,
    ReadSocialCard,
    StartPreview,
    SubmitApplication,
)
from kiosk.visit.events import (
    CaptureFailed,
    CardProblem,
    CardReadFailed,
    CardRemoved,
    Delivered,
    Device,
    DeviceChanged,
    Event,
    NetworkChanged,
    PageJudged,
    PrintOutcome,
    SlipPrinted,
    SocialCardFailed,
    SocialCardRead,
    StoreFailed,
    StoreProblem,
    TimerFired,
)
from kiosk.visit.states import BLIPS
from tests.flows.citizen import SLIP_NUMBER, Citizen, page, parts, stored
from tests.flows.house import house
from tests.flows.journeys import JOURNEYS, identified, medical_care, medical_care_to_checklist, social_security_card
from tests.flows.people import applicant


class Disturbed(Citizen):
    """A citizen during whose journey a device goes and comes back after every single event."""

    device_out: Device

    def happens(self, *events: Event) -> Citizen:
        for event in events:
            super().happens(event)
            asked = self.asked
            super().happens(DeviceChanged(self.device_out, usable=False), DeviceChanged(self.device_out, usable=True))
            self._last = asked
        return self


@pytest.mark.parametrize("device", [Device.ID_CARD_READER, Device.SMART_CARD])
@pytest.mark.parametrize("item", JOURNEYS)
def test_a_blip_of_a_reader_at_every_step_changes_nothing(item: str, device: Device) -> None:
    calm = JOURNEYS[item](Citizen(house()), "wang")
    disturbed = Disturbed(house())
    disturbed.device_out = device
    JOURNEYS[item](disturbed, "wang")
    assert disturbed.last(SubmitApplication).draft == calm.last(SubmitApplication).draft
    disturbed.touches("finish").takes_card().is_gone()


def test_printer_blip_keeps_session() -> None:
    """VxSuite #7639."""
    disturbed = Disturbed(house())
    disturbed.device_out = Device.RECEIPT_PRINTER
    for item in JOURNEYS:
        disturbed.visit = Citizen(house()).visit
        JOURNEYS[item](disturbed, "wang")
    assert disturbed.count(SubmitApplication) == disturbed.count(PrintSlip) == len(JOURNEYS)


# --- the identity card reader ------------------------------------------------------------------------------------


def at_card() -> Citizen:
    return Citizen(house()).starts().applies_in("640221").picks("C001").agrees().sees("place_card")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (CardProblem.REMOVED, "拿早了"),
        (CardProblem.UNREADABLE, "拿起身份证再放一次"),
        (CardProblem.WRONG_CARD, "不是身份证"),
    ],
)
def test_a_card_that_was_not_read_is_asked_for_again_in_plain_words(problem: CardProblem, words: str) -> None:
    citizen = at_card().happens(CardReadFailed(problem)).reads(words)
    assert ReadIdCard() in citizen.asked
    citizen.places_card("wang").confirms_card()


def test_a_reading_that_ran_into_its_deadline_goes_on_without_a_word() -> None:
    citizen = at_card().happens(CardReadFailed(CardProblem.TIME_OUT)).reads("请把身份证放在感应区")
    assert ReadIdCard() in citizen.asked


def test_a_reader_that_does_not_answer_is_not_asked_in_a_circle() -> None:
    citizen = at_card()
    for _ in range(BLIPS):
        citizen.happens(CardReadFailed(CardProblem.DEVICE)).reads("请把身份证放在感应区")
        assert ReadIdCard() in citizen.asked
    citizen.happens(CardReadFailed(CardProblem.DEVICE)).reads("没有回应")
    assert ReadIdCard() not in citizen.asked
    citizen.touches("retry")
    assert ReadIdCard() in citizen.asked


def test_reader_comes_back_without_replug() -> None:
    """VxSuite #1473: nothing needs to be touched."""
    citizen = at_card().happens(CardReadFailed(CardProblem.DEVICE))
    citizen.device(Device.ID_CARD_READER, usable=False).reads("读卡器现在用不了", "0470-000-0000")
    citizen.device(Device.ID_CARD_READER, usable=True).reads("请把身份证放在感应区")
    assert ReadIdCard() in citizen.asked


def test_a_broken_reader_still_shows_the_guides_and_says_so_at_home() -> None:
    citizen = Citizen(house()).device(Device.ID_CARD_READER, usable=False).reads("读卡器有故障").starts()
    citizen.reads("读卡器有故障").touches("guide").picks("C020").reads("道路货物运输")


def test_without_a_reader_that_sees_it_the_citizen_says_that_the_card_is_taken() -> None:
    citizen = at_card().places_card("wang").device(Device.ID_CARD_READER, usable=False).touches("quit")
    citizen.sees("take_card").touches("taken").is_gone("quit")


def test_leaving_the_card_screen_takes_the_request_back() -> None:
    citizen = at_card().goes_back()
    assert CancelDevice(Device.ID_CARD_READER) in citizen.asked


# --- the camera --------------------------------------------------------------------------------------------------


def at_capture() -> Citizen:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("WORK").sees("capture")
    assert StartPreview() in citizen.asked
    return citizen


def test_a_broken_camera_leaves_three_honest_ways_and_loses_no_page() -> None:
    citizen = (
        at_capture()
        .photographs(2)
        .touches("CARD")
        .happens(SocialCardRead(applicant("wang").name, applicant("wang").id_number, "Z00000001"))
    )
    citizen.goes_on().device(Device.DOCUMENT_CAMERA, usable=False).reads("拍照设备有故障")
    pages = citizen.draft.materials
    citizen.touches("RESID").sees("material_way").reads("晚点补", "我签承诺", "到窗口交").reads_not("现在拍照")
    citizen.touches("later").goes_on().sees("review").goes_on().signs().submits()
    citizen.reads("晚点补：居住证明")
    assert pages[0] in citizen.draft.materials


@pytest.mark.req("R049")
def test_a_required_material_is_no_dead_end_without_a_camera() -> None:
    citizen = at_capture().device(Device.DOCUMENT_CAMERA, usable=False).touches("other_way").sees("material_way")
    citizen.touches("desk").sees("checklist").reads("到窗口交")
    citizen.touches("RESID", "later").touches("CARD")
    citizen.device(Device.SMART_CARD, usable=False).touches("desk").goes_on().sees("review")
    citizen.goes_on().signs().submits().reads("请把原件交到窗口：社会保障卡、工作派出证明或劳动合同")


def test_a_camera_that_comes_back_starts_its_preview_by_itself() -> None:
    citizen = at_capture().device(Device.DOCUMENT_CAMERA, usable=False)
    citizen.device(Device.DOCUMENT_CAMERA, usable=True)
    assert StartPreview() in citizen.asked
    citizen.photographs()


@pytest.mark.parametrize("event", [CaptureFailed(), TimerFired("capture")])
def test_a_failed_picture_can_be_taken_again(event: Event) -> None:
    citizen = at_capture().touches("shoot").happens(event).reads("没有拍成").touches("shoot")
    assert CapturePage() in citizen.asked
    citizen.happens(PageJudged(page())).sees("page_review")


def test_a_page_that_nobody_asked_for_is_not_shown() -> None:
    citizen = at_capture().happens(PageJudged(page()))
    citizen.sees("capture")
    assert not citizen.draft.materials


# --- the social security card ------------------------------------------------------------------------------------


def at_social_card() -> Citizen:
    return medical_care_to_checklist(Citizen(house()), "wang").touches("CARD").sees("social_card")


def test_the_social_security_card_can_be_photographed_when_its_reader_is_out() -> None:
    citizen = at_social_card().device(Device.SMART_CARD, usable=False).reads("可以改为拍照")
    citizen.touches("photograph").photographs(2)
    assert len(citizen.draft.materials[0].pages) == 2


def test_another_persons_social_security_card_is_refused() -> None:
    other = applicant("zhao")
    citizen = at_social_card().happens(SocialCardRead(other.name, other.id_number, "Z00000002"))
    citizen.sees("social_card").reads("不是您本人的")
    assert ReadSocialCard() in citizen.asked
    assert not citizen.draft.materials


def test_a_social_card_reader_that_does_not_answer_offers_both_ways() -> None:
    citizen = at_social_card().happens(*[SocialCardFailed(CardProblem.DEVICE)] * (BLIPS + 1)).reads("没有回应")
    assert ReadSocialCard() not in citizen.asked
    citizen.touches("retry")
    assert ReadSocialCard() in citizen.asked
    citizen.happens(SocialCardFailed(CardProblem.UNREADABLE)).touches("photograph").sees("capture")


# --- the printer -------------------------------------------------------------------------------------------------


def at_sending(*, printer: bool = True) -> Citizen:
    citizen = social_security_card_to_sign(Citizen(house()))
    if not printer:
        citizen.device(Device.RECEIPT_PRINTER, usable=False).reads("打印机有故障", "凭条号会显示在屏幕上")
    return citizen.goes_on().signs().goes_on().sees("sending")


def social_security_card_to_sign(citizen: Citizen) -> Citizen:
    identified(citizen, "C003", "wang").answers(reason="expired").sees("form_card").goes_on()
    citizen.chooses_delivery("ems_to_applicant").leaves_phone().reads_phone_back().leaves_address().sees("checklist")
    return citizen.goes_on().sees("review")


def test_without_a_printer_the_number_and_the_code_are_on_the_screen() -> None:
    citizen = at_sending(printer=False).happens(stored()).sees("done")
    assert not citizen.count(PrintSlip)
    citizen.reads("1507 8500 1000 0001 42", "7K4M 9Q2P", "不能打印").reads_not("打印凭条")
    # It comes back: the first print is no copy.
    citizen.device(Device.RECEIPT_PRINTER, usable=True).touches("print_again")
    assert citizen.last(PrintSlip) == PrintSlip(citizen.draft, SLIP_NUMBER, again=False)


@pytest.mark.parametrize(
    ("outcome", "words", "not_words"),
    [
        (PrintOutcome.CONFIRMED, "凭条打好了", "没有打出来"),
        (PrintOutcome.FAILED, "没有打出来", "凭条打好了"),
        (PrintOutcome.UNKNOWN, "不能确定打好没有", "凭条打好了"),
    ],
)
def test_failed_print_is_not_success(outcome: PrintOutcome, words: str, not_words: str) -> None:
    """VxSuite #8393, and `unknown` is neither."""
    at_sending().happens(stored(), SlipPrinted(outcome)).reads(words).reads_not(not_words)


def test_a_print_without_an_end_is_unknown_and_never_repeated_by_itself() -> None:
    citizen = at_sending().happens(stored(), TimerFired("print")).reads("不能确定打好没有")
    assert citizen.count(PrintSlip) == 1
    citizen.happens(SlipPrinted(PrintOutcome.CONFIRMED)).reads("不能确定打好没有")


def test_jam_then_resume() -> None:
    """VxSuite #4799: a jam in mid print, cleared, printed again, marked as a copy."""
    citizen = at_sending().happens(stored()).device(Device.RECEIPT_PRINTER, usable=False)
    citizen.happens(SlipPrinted(PrintOutcome.FAILED)).device(Device.RECEIPT_PRINTER, usable=True).touches("print_again")
    assert citizen.last(PrintSlip).again


def test_copies_are_limited_and_marked() -> None:
    citizen = at_sending().happens(stored())
    for _ in range(2):
        citizen.happens(SlipPrinted(PrintOutcome.CONFIRMED)).touches("print_again")
        assert citizen.last(PrintSlip).again
    citizen.happens(SlipPrinted(PrintOutcome.CONFIRMED)).reads_not("再打一张")


def test_low_paper_is_said_without_alarm() -> None:
    citizen = at_sending().device(Device.RECEIPT_PRINTER, usable=True, low=True).happens(stored())
    citizen.reads("纸不多")


# --- store and network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", StoreProblem)
def test_a_full_disk_submits_nothing_and_keeps_everything(problem: StoreProblem) -> None:
    citizen = at_sending()
    entered = citizen.draft
    citizen.happens(StoreFailed(problem)).sees("send_failed").reads("什么都没有提交", "都还在")
    assert citizen.draft == entered
    citizen.touches("retry").sees("sending")
    assert citizen.last(SubmitApplication).draft == entered
    citizen.happens(StoreFailed(problem)).goes_back().sees("sign").goes_back().sees("review")
    assert citizen.draft == entered


def test_without_a_network_the_slip_screen_says_waiting_to_be_uploaded() -> None:
    citizen = social_security_card_to_sign(Citizen(house())).happens(NetworkChanged(online=False))
    citizen.reads("网络不通").goes_on().signs().submits(online=False).reads("待上传", "不用您再来")


@pytest.mark.parametrize("offline_first", [True, False])
def test_the_case_number_is_shown_when_it_comes_in_time(*, offline_first: bool) -> None:
    citizen = at_sending().happens(stored(online=not offline_first), Delivered("A2026-7"))
    citizen.reads("办件号：A2026-7").reads_not("待上传")


@pytest.mark.req("R006")
def test_nothing_on_the_way_says_more_than_submitted() -> None:
    citizen = Citizen(house())
    medical_care(citizen, "wang").touches("finish").takes_card()
    for shown in citizen.views:
        words = " ".join(part for part in parts(shown) if isinstance(part, str)).replace("不代表已收件或已受理", "")
        for claim in ("已受理", "已收件", "已批准", "审批通过", "受理成功"):
            assert claim not in words, f"{claim} on {shown.name}"


def test_home_shows_only_what_works() -> None:
    citizen = (
        Citizen(house()).starts().reads("查进度").happens(NetworkChanged(online=False)).reads_not("用身份证或凭条")
    )
    citizen.reads("现在不能查进度").happens(NetworkChanged(online=True)).reads("用身份证或凭条")


def test_the_card_is_watched_only_while_it_lies_there() -> None:
    citizen = at_card().places_card("wang")
    assert AwaitCardRemoval() in citizen.asked
    citizen.reads("可以取回身份证了")
    citizen.happens(CardRemoved()).reads_not("可以取回身份证了")
    citizen.confirms_card().touches("quit").sees("take_card")
    assert AwaitCardRemoval() not in citizen.asked
    citizen.happens(TimerFired("reminder")).is_gone("quit")


def test_a_card_that_the_reader_no_longer_sees_is_asked_for_all_the_same() -> None:
    """Most readers deny a card that was read until it is lifted: "gone" does not prove that it was taken."""
    citizen = at_card().places_card("wang").happens(CardRemoved()).confirms_card()
    citizen.touches("quit").sees("take_card").touches("taken").is_gone("quit")


def test_the_slip_of_a_damaged_card_names_the_original_for_the_desk() -> None:
    social_security_card(Citizen(house()), "wang").reads("请把原件交到窗口：原社会保障卡")
