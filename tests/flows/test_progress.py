"""查进度: by card or by slip, in plain words, and honest when the centre cannot be reached."""

from __future__ import annotations

import pytest

from kiosk.visit.draft import Draft
from kiosk.visit.effects import AskProgress
from kiosk.visit.events import Device, ProgressFailed, ProgressFound, TimerFired
from tests.flows.citizen import Citizen
from tests.flows.house import house
from tests.flows.people import applicant

# Two sound slip numbers would be equal in the first digits; this one has sound check digits (MOD 97-10).
BODY = "1507850010000001"
NUMBER = f"{BODY}{98 - int(BODY) * 100 % 97:02d}"
CASE = ("异地就医备案", "已提交，等工作人员核对", "Submitted, waiting for staff", "2026-11-20 21:40", NUMBER)


def at_choice() -> Citizen:
    return Citizen(house()).starts().touches("progress").sees("progress_how")


@pytest.mark.req("R010")
def test_by_card_the_cases_are_listed_in_plain_words() -> None:
    citizen = at_choice().touches("by_card").places_card("wang").sees("progress_asking")
    assert citizen.last(AskProgress).id_number == applicant("wang").id_number
    citizen.happens(ProgressFound((CASE, CASE))).sees("progress_list").reads("已提交，等工作人员核对", "共 2 件")
    citizen.touches("language").reads("Submitted, waiting for staff")
    assert citizen.draft == Draft()
    citizen.touches("quit").takes_card().is_gone("quit")


@pytest.mark.req("R010")
def test_by_slip_number_and_query_code() -> None:
    citizen = at_choice().touches("by_number").types(number=NUMBER, code="7k4m 9q2p").goes_on()
    assert citizen.last(AskProgress) == AskProgress(slip_number=NUMBER, query_code="7K4M9Q2P")
    citizen.happens(ProgressFound((CASE,))).sees("progress_list")


def test_a_mistyped_number_is_noticed_before_the_centre_is_asked() -> None:
    citizen = at_choice().touches("by_number").types(number=NUMBER[:-1] + "0", code="7K4M9Q2P").goes_on()
    citizen.sees("progress_number").reads("号码不对").reads_not("8 位字母和数字")
    citizen.types(number=NUMBER, code="0000").goes_on().reads("8 位字母和数字").reads_not("号码不对")
    assert not citizen.count(AskProgress)


@pytest.mark.parametrize("event", [ProgressFailed(), TimerFired("progress")])
def test_no_answer_is_said_and_can_be_tried_again(event: ProgressFailed | TimerFired) -> None:
    citizen = at_choice().touches("by_number").types(number=NUMBER, code="7K4M9Q2P").goes_on().happens(event)
    citizen.sees("progress_failed").reads("连不上中心", "不受影响").touches("retry").sees("progress_asking")
    assert citizen.count(AskProgress) == 2
    citizen.happens(ProgressFailed(unknown_number=True)).reads("没有这个凭条号").goes_back().sees("progress_number")


def test_nothing_found_is_said_kindly() -> None:
    at_choice().touches("by_card").places_card("wang").happens(ProgressFound(())).reads("没有查到申请")


def test_without_a_reader_only_the_number_is_offered() -> None:
    citizen = at_choice().device(Device.ID_CARD_READER, usable=False).reads("输凭条号").reads_not("放身份证")
    citizen.touches("by_number").sees("progress_number")
