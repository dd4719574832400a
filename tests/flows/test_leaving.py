"""Idle, quitting, help, language: they hold everywhere and keep or wipe exactly what they should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.protocol.bulletins import Bulletin
from kiosk.visit import states
from kiosk.visit.delays import DELAYS
from kiosk.visit.draft import Draft
from kiosk.visit.effects import AwaitCardRemoval, CallStaff, ClearTimer, EndVisit, SetTimer
from kiosk.visit.events import (
    CallHelp,
    CardRead,
    Choose,
    Confirm,
    Delivered,
    Device,
    Event,
    HelpAnswered,
    NetworkChanged,
    PageJudged,
    Quit,
    Recovered,
    RemovePage,
    Renewed,
    Signed,
    SlipPrinted,
    Start,
    StillHere,
    Stored,
    TimerFired,
    TurnPage,
)
from kiosk.visit.events import PrintOutcome as Outcome
from kiosk.visit.showing import show
from kiosk.visit.states import Sending, StillThere
from kiosk.visit.steps import react
from tests.flows.citizen import Citizen, page, stored, touchable
from tests.flows.house import TODAY, house
from tests.flows.journeys import JOURNEYS, medical_care_to_checklist, walk_visits
from tests.flows.people import applicant

PASSED = walk_visits(house())


def test_idle_asks_then_wipes() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").happens(TimerFired("idle")).sees("still_there")
    assert SetTimer("countdown") in citizen.asked
    citizen.happens(TimerFired("countdown")).sees("take_card")
    assert citizen.draft == Draft()
    assert not citizen.visit.trail
    citizen.takes_card().is_gone("idle")


def test_one_touch_keeps_everything() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang")
    before = citizen.visit
    citizen.happens(TimerFired("idle")).touches("stay")
    assert citizen.visit == before
    assert SetTimer("idle") in citizen.asked
    assert ClearTimer("countdown") in citizen.asked


def test_a_stale_idle_timer_does_not_stack_prompts() -> None:
    citizen = Citizen(house()).starts().happens(TimerFired("idle"), TimerFired("idle"), StillHere())
    citizen.sees("home")


def test_no_idle_during_upload() -> None:
    """VxSuite #4169: nothing may end the visit between signing and the answer of the store."""
    sending = next(visit for visit in PASSED if isinstance(visit.screen, Sending))
    citizen = Citizen(house(), sending).happens(TimerFired("idle"), TimerFired("countdown"), Quit(), Confirm())
    citizen.sees("sending").happens(stored()).sees("done")


def test_a_store_that_never_answers_keeps_nobody_and_promises_nothing() -> None:
    sending = next(visit for visit in PASSED if isinstance(visit.screen, Sending))
    citizen = Citizen(house(), sending).happens(TimerFired("sending")).reads("比平时慢")
    assert SetTimer("idle") in citizen.asked
    citizen.touches("quit").takes_card().reads("不能确定是否已提交").is_gone("fault")
    Citizen(house(), sending).happens(TimerFired("sending"), stored()).sees("done")


def test_entering_the_upload_stops_the_idle_time() -> None:
    signing = next(visit for visit in PASSED if visit.draft.signature and not isinstance(visit.screen, Sending))
    citizen = Citizen(house(), signing).goes_on().sees("sending")
    assert ClearTimer("idle") in citizen.asked


@pytest.mark.req("R021")
@pytest.mark.req("R036")
def test_help_lies_over_every_screen_and_returns_to_it() -> None:
    for visit in PASSED:
        if "help" not in {action.key for action in Citizen(house(), visit).view.chrome.actions}:
            continue
        citizen = Citizen(house(), visit).touches("help").sees("help")
        citizen.reads("0470-000-0000", "12345", "工作日 9:00–17:00", "示例街1号").goes_on()
        assert citizen.visit == visit


def test_the_world_goes_on_under_the_help() -> None:
    citizen = Citizen(house()).starts().applies_in("640221").picks("C001").agrees().touches("help")
    citizen.happens(CardRead(applicant("wang"))).sees("help").goes_on().sees("card_confirmed")


def test_a_card_laid_down_answers_the_idle_prompt() -> None:
    citizen = Citizen(house()).starts().applies_in("640221").picks("C001").agrees().happens(TimerFired("idle"))
    citizen.happens(CardRead(applicant("wang"))).sees("card_confirmed")


def test_quit_gives_the_card_back_and_wipes_at_once_on_every_screen() -> None:
    for visit in PASSED:
        shown = Citizen(house(), visit).view
        if "quit" not in {action.key for action in shown.chrome.actions}:
            continue
        citizen = Citizen(house(), visit).touches("quit")
        citizen.sees("take_card" if visit.card_seen else "goodbye")
        assert citizen.draft == Draft()


def test_a_card_left_behind_ends_the_visit_in_the_end() -> None:
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("quit").happens(TimerFired("take_card"))
    citizen.is_gone("quit")


def test_event_in_wrong_state_does_not_wedge() -> None:
    """VxSuite #7096: every event in every situation; afterwards the visit can still be left."""
    strange: list[Event] = [
        Start(), Choose("nothing"), Confirm(), TurnPage(-9), RemovePage(7), Signed(()), Delivered("A"), stored(),
        SlipPrinted(Outcome.UNKNOWN), PageJudged(page()), CardRead(applicant("zhao")), TimerFired("no such timer"),
        Recovered(("1",)), CallHelp(), StillHere(),
    ]  # fmt: skip
    for visit in PASSED:
        for event in strange:
            citizen = Citizen(house(), visit).happens(event)
            assert citizen.view.title


def test_an_event_that_means_nothing_changes_nothing() -> None:
    for visit in PASSED:
        citizen = Citizen(house(), visit).happens(TimerFired("no such timer"), Choose("no such key"), TurnPage(0))
        if not isinstance(visit.screen, StillThere):
            assert citizen.visit == visit


def test_the_language_changes_everywhere_and_back() -> None:
    for visit in PASSED:
        citizen = Citizen(house(), visit).touches("language")
        assert citizen.view.chrome.language == "en"
        assert citizen.touches("language").visit == visit


def test_every_timer_is_in_the_table() -> None:
    citizen = Citizen(house())
    JOURNEYS["C001"](citizen, "wang").touches("finish").takes_card().is_gone()
    assert {effect.name for effect in citizen.effects if isinstance(effect, SetTimer)} <= set(DELAYS)


def test_idle_runs_from_home_on_and_not_on_the_attract_screen() -> None:
    citizen = Citizen(house()).happens(TimerFired("idle")).sees("attract").touches("start")
    assert SetTimer("idle") in citizen.asked
    citizen.happens(TimerFired("idle"), TimerFired("countdown")).is_gone("idle")


def test_after_a_breakdown_the_next_screen_says_what_is_safe() -> None:
    citizen = Citizen(house()).happens(Recovered(("150785001000000142",))).sees("recovered")
    citizen.reads("1507 8500 1000 0001 42", "已提交的都还在").goes_on().sees("home")
    Citizen(house()).happens(Recovered(())).reads("请重新填")


def test_stored_after_the_fact_is_ignored() -> None:
    citizen = Citizen(house()).starts().happens(Stored("1", "2", "3", "4", online=True)).sees("home")
    assert citizen.draft == Draft()


def test_the_card_is_watched_anew_when_it_is_to_be_taken() -> None:
    """A watch that began half an hour ago may have run into its deadline: the last screen must see the card leave."""
    citizen = medical_care_to_checklist(Citizen(house()), "wang").touches("quit").sees("take_card")
    assert AwaitCardRemoval() in citizen.asked


def test_every_touch_starts_the_idle_time_anew_and_no_device_does() -> None:
    citizen = Citizen(house()).starts().touches("apply")
    assert SetTimer("idle") in citizen.asked
    citizen.device(Device.RECEIPT_PRINTER, usable=False)
    assert SetTimer("idle") not in citizen.asked


@pytest.mark.req("R109", "R175")
def test_news_of_the_day_stands_on_the_screen_nobody_stands_before_and_on_no_other() -> None:
    words = {"zh": "社保卡补换提速", "en": "A new card sooner"}
    news = Bulletin.model_validate({"title": words, "text": words, "since": TODAY, "until": TODAY})
    there = replace(house(), bulletins=(news,))
    Citizen(there).reads("社保卡补换提速").touches("start").sees("home").reads_not("社保卡补换提速")
    Citizen(there).touches("language").reads("A new card sooner")
    for day in ("2026-11-19", "2026-11-21"):
        Citizen(there.on(day)).sees("attract").reads_not("社保卡补换提速")


def test_a_visit_that_nobody_has_begun_makes_room_when_something_is_published() -> None:
    assert Citizen(house()).happens(Renewed()).asked == (EndVisit("renewed"),)
    Citizen(house()).touches("start").happens(Renewed()).sees("home")
    assert not Citizen(house()).touches("language").happens(Renewed()).count(EndVisit)


def test_a_passer_by_does_not_leave_the_attract_screen_in_a_foreign_language() -> None:
    citizen = Citizen(house()).touches("language").reads("Touch to start")
    assert SetTimer("idle") in citizen.asked
    citizen.happens(TimerFired("idle")).sees("attract").reads("点这里开始")
    # Whoever starts keeps the language.
    citizen.touches("language", "start").happens(TimerFired("idle")).reads("I am still here")


def test_every_situation_has_a_view_and_reacts() -> None:
    situations = [kind for kind in vars(states).values() if isinstance(kind, type) and issubclass(kind, states.Screen)]
    for kind in situations:
        if kind not in (states.Screen, states.Overlay):
            assert show.dispatch(kind) is not show.dispatch(object), kind
            assert issubclass(kind, states.Overlay) or react.dispatch(kind) is not react.dispatch(object), kind


# Calling staff to the terminal


def asking_for_help() -> Citizen:
    return Citizen(house()).starts().applies_in("640221").touches("help").touches("call").sees("help")


@pytest.mark.req("R170")
def test_somebody_can_be_called_and_the_screen_says_that_help_is_free_and_who_comes() -> None:
    citizen = asking_for_help().reads("正在叫工作人员", "免费")
    assert citizen.asked[0] == CallStaff("ServiceList")
    citizen.happens(HelpAnswered(coming=True)).reads("已经叫了工作人员", "不收钱").goes_on().sees("service_list")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HelpAnswered(coming=False), "窗口没有人"),
        (HelpAnswered(coming=None), "没有叫到"),
        (TimerFired("help"), "没有叫到"),
    ],
)
def test_when_nobody_comes_the_screen_says_so_and_whom_to_phone(answer: Event, words: str) -> None:
    citizen = asking_for_help().happens(answer).reads(words, "0470-000-0000", "12345")
    citizen.happens(HelpAnswered(coming=True)).reads(words)  # too late to be believed


def test_without_network_nobody_is_called_and_the_phone_numbers_stand_there() -> None:
    citizen = Citizen(house()).starts().happens(NetworkChanged(online=False)).touches("help").reads("12345")
    assert "call" not in touchable(citizen.view)
    citizen.happens(Choose("call"))
    assert citizen.count(CallStaff) == 0


def test_pressing_on_and_on_calls_once_and_an_answer_after_leaving_the_help_changes_nothing() -> None:
    citizen = asking_for_help().happens(Choose("call"), Choose("call"))
    assert citizen.count(CallStaff) == 1
    citizen.goes_on().happens(HelpAnswered(coming=True), TimerFired("help")).sees("service_list")
