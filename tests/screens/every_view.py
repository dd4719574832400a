"""Every view a citizen can meet, made by the visit machine itself: for the gallery and for the audit.

The screens of the camera and of pages are in `every_page.py`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from drivers.virtual.personas import PERSONAS
from kiosk.catalogue import Catalogue
from kiosk.identity import Applicant
from kiosk.protocol.bulletins import Bulletin
from kiosk.strings import Strings
from kiosk.visit import states
from kiosk.visit.draft import Draft, MaterialDraft, Stroke
from kiosk.visit.events import Device, Paper, PrintOutcome, Stored, StoreProblem
from kiosk.visit.house import LANGUAGES, House, Terminal
from kiosk.visit.machine import view
from kiosk.visit.steps.documents import MAX_PRINTS
from kiosk.visit.views import View
from screens.citizen.base import CitizenScreen
from screens.widgets.tappable import tappables
from tests.screens.every_page import frame, live_state, page, page_situations

TODAY = "2026-11-20"

STROKES = (
    ((0.31, 0.30), (0.38, 0.25), (0.46, 0.26)),
    ((0.32, 0.47), (0.39, 0.42), (0.45, 0.43)),
    ((0.28, 0.68), (0.38, 0.63), (0.49, 0.66)),
    ((0.385, 0.26), (0.39, 0.44), (0.38, 0.65)),
    ((0.62, 0.22), (0.61, 0.27), (0.58, 0.33)),
    ((0.55, 0.36), (0.63, 0.31), (0.72, 0.33)),
    ((0.57, 0.52), (0.63, 0.47), (0.70, 0.49)),
    ((0.53, 0.70), (0.63, 0.65), (0.75, 0.68)),
    ((0.635, 0.32), (0.64, 0.50), (0.63, 0.67)),
)


def _curve(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> Stroke:
    """A finger's way from a over about b to c."""
    steps = [i / 12 for i in range(13)]
    return tuple(
        (
            (1 - t) ** 2 * a[0] + 2 * t * (1 - t) * b[0] + t * t * c[0],
            (1 - t) ** 2 * a[1] + 2 * t * (1 - t) * b[1] + t * t * c[1],
        )
        for t in steps
    )


SIGNATURE: tuple[Stroke, ...] = tuple(_curve(*stroke) for stroke in STROKES)


NEWS = Bulletin.model_validate(
    {
        "title": {"zh": "社保卡补换提速", "en": "Replacing a social security card is quicker"},
        "text": {
            "zh": "12 月 1 日起，社会保障卡补换的承诺时限缩短为 10 个工作日。",
            "en": "From 1 December a replaced card is promised within 10 working days.",
        },
        "since": TODAY,
        "until": TODAY,
    }
)


@cache
def house() -> House:
    """A terminal in Genhe with the real catalogue."""
    terminal = Terminal(
        place="根河市 24 小时政务服务区",
        receiving_region="150785",
        desk_phone="0470-000-0000",
        desk_hours="工作日 9:00–17:00",
        desk_address="根河市示例街 1 号",
        partners=("371621",),
        licences=True,
    )
    strings = {language: Strings.load(language) for language in LANGUAGES}
    return House(Catalogue.load(), strings, terminal, TODAY, bulletins=(NEWS,))


def applicant() -> Applicant:
    """One of the invented people."""
    person = next(person for person in PERSONAS.values() if person.kind.name.lower().startswith("resident"))
    return Applicant(
        card_kind="resident",
        name=person.name,
        id_number=person.id_number,
        birth_date=person.birth_date.isoformat(),
        address=person.address,
        valid_from=person.valid_from.isoformat(),
        valid_until=person.valid_until.isoformat() if person.valid_until else "",
        long_term=person.valid_until is None,
    )


def draft() -> Draft:
    """An application for care elsewhere, filled in."""
    return Draft(
        handling_region="371621",
        item_id="C001",
        mode="full_online",
        consented=True,
        applicant=applicant(),
        situation=MappingProxyType({"kind": "resident", "residence_proof": "yes"}),
        answers=MappingProxyType(
            {
                "medical_region": "150785",
                "medical_address": "河东街道示例路 12 号 3 单元 401",
                "insurance": "employee",
                "start_date": "2026-12-01",
                "phone": "19900000001",
                "notify": "sms",
                "mail_region": "371621",
                "mail_address": "孙武街道示例街 102 号",
            }
        ),
        materials=(MaterialDraft("CARD", met_by="social_card"), MaterialDraft("RESID", pages=(page(),))),
        delivery="electronic",
        signature=SIGNATURE,
    )


def situations() -> dict[str, states.Visit]:
    """A visit for each picture of the gallery, by the picture's name."""
    full, fresh = draft(), replace(draft(), materials=(), signature=())
    stored = Stored(
        "150785202611200017", "K7M2QX9T", "https://kiosk.example/s/150785202611200017", f"{TODAY} 21:19", True
    )
    by_slip = states.DocumentsAsking("150785202611200017", "K7M2QX9T")
    papers = tuple(
        Paper(
            code,
            zh,
            en,
            f"乌审政服{sign}〔2026〕{number:05d}号",
            TODAY,
        )
        for code, zh, en, sign, number in (
            ("NTCE234567892345", "一次性告知书", "One-time notice of what is missing", "告", 12),
            ("RCPT234567892345", "收件通知书", "Collection notice", "收", 23),
        )
    )
    documents = states.DocumentsList(papers, by_slip)
    printed = replace(documents, tried=papers[0].check_code)
    cases = (
        (
            "异地就医备案",
            "已收件，等办理地受理",
            "Received; waiting for acceptance",
            "2026-11-20 09:12",
            "150785202611200017",
        ),
        (
            "社会保障卡补换",
            "已办好，正在寄给您",
            "Completed, on its way to you",
            "2026-11-12 16:40",
            "150785202611120009",
        ),
    )
    half = {**fresh.answers, "medical_address": "河东街道"}
    here = states.Home()
    screens: dict[str, tuple[states.Screen, Draft]] = {
        "attract": (states.Attract(), Draft()),
        "home": (here, Draft()),
        "place": (states.PickRegion(), Draft()),
        "place_province": (states.PickRegion(above="370000"), Draft()),
        "place_initials": (states.PickRegion(text="plx"), Draft()),
        "place_search": (states.PickRegion(text="惠民"), Draft()),
        "service_list": (states.ServiceList(), Draft(handling_region="371621")),
        "guide": (states.Guide("C001"), Draft(handling_region="371621")),
        "sample": (states.SampleShown("C001"), Draft()),
        "consent": (states.Consent(), fresh),
        "place_card": (states.PlaceCard(), fresh),
        "place_card_reading": (states.PlaceCard(reading=True), fresh),
        "place_card_expired": (states.PlaceCard(problem="card.problem.expired"), fresh),
        "place_card_failed": (states.PlaceCard(problem="card.problem.removed"), fresh),
        "card_confirmed": (states.CardConfirmed(applicant()), fresh),
        "situation": (states.Situation("kind"), fresh),
        "form_region": (states.Form("where"), fresh),
        "form_choice": (states.Form("period"), fresh),
        "form_phone": (states.Form("phone"), fresh),
        "form_errors": (states.Form("where", checked=True), replace(fresh, answers=MappingProxyType({}))),
        "form_typing": (states.Form("where"), replace(fresh, answers=MappingProxyType(half))),
        "delivery": (states.Delivery(), full),
        "delivery_elsewhere": (
            states.Delivery(),
            replace(
                full, item_id="C003", mode="collect_and_forward", delivery="pickup_at_desk", pickup_region="640221"
            ),
        ),
        "pickup_place": (states.PickRegion(states.PICKUP), replace(full, item_id="C003")),
        "confirm_phone": (states.ConfirmPhone(), full),
        "checklist": (states.Checklist(), fresh),
        "checklist_done": (states.Checklist(), full),
        "checklist_shared": (
            states.Checklist(note="mat.licences_found"),
            replace(fresh, materials=(MaterialDraft("CARD", met_by="shared"),), licences_asked=True),
        ),
        "licences": (states.Licences(("CARD",)), fresh),
        "licences_asking": (states.LicencesAsking(("CARD",)), fresh),
        "material_way": (states.MaterialWay("RESID"), fresh),
        "promise": (states.Promise("RESID"), fresh),
        **page_situations(full, fresh),
        "social_card": (states.SocialCard("CARD"), fresh),
        "social_card_failed": (states.SocialCard("CARD", problem="social.problem.other_person"), fresh),
        "social_card_confirmed": (
            states.SocialCardConfirmed("CARD", applicant().name, applicant().id_number, "Z00000001"),
            fresh,
        ),
        "review_gap": (states.Review(page=1), replace(full, delivery="")),
        "sign": (states.Sign(), full),
        "sign_hinted": (states.Sign(hinted=True), fresh),
        "sending": (states.Sending(), full),
        "sending_slow": (states.Sending(slow=True), full),
        "send_failed_disk_full": (states.SendFailed(StoreProblem.DISK_FULL), full),
        "send_failed_damaged": (states.SendFailed(StoreProblem.DAMAGED), full),
        "done": (states.Done(stored, printing=True), full),
        "done_printed": (states.Done(stored, outcome=PrintOutcome.CONFIRMED), full),
        "done_print_failed": (states.Done(stored, outcome=PrintOutcome.FAILED), full),
        "done_unknown": (states.Done(stored, outcome=PrintOutcome.UNKNOWN), full),
        "progress_how": (states.ProgressHow(), Draft()),
        "progress_number": (states.ProgressNumber(), Draft()),
        "progress_asking": (states.ProgressAsking(), Draft()),
        "progress_failed": (states.ProgressFailure(False, states.ProgressAsking()), Draft()),
        "progress_unknown": (states.ProgressFailure(True, states.ProgressAsking()), Draft()),
        "progress_none": (states.ProgressList((), states.ProgressAsking()), Draft()),
        "progress_list": (states.ProgressList(cases, states.ProgressAsking("150785", "7K4M9Q2P")), Draft()),
        "documents_asking": (by_slip, Draft()),
        "documents_failed": (states.DocumentsFailure(by_slip), Draft()),
        "documents_none": (states.DocumentsList((), by_slip), Draft()),
        "documents_list": (documents, Draft()),
        "documents_printing": (replace(documents, printing=papers[0].check_code), Draft()),
        "documents_printed": (replace(printed, outcome=PrintOutcome.CONFIRMED), Draft()),
        "documents_not_printed": (replace(printed, outcome=PrintOutcome.FAILED), Draft()),
        "documents_not_fetched": (printed, Draft()),
        "documents_unknown": (replace(printed, outcome=PrintOutcome.UNKNOWN), Draft()),
        "help": (states.Help(here), Draft()),
        "help_coming": (states.Help(here, states.HelpCall.COMING), Draft()),
        "help_closed": (states.Help(here, states.HelpCall.CLOSED), Draft()),
        "still_there": (states.StillThere(here), Draft()),
        "take_card": (states.TakeCard("done"), Draft()),
        "goodbye": (states.Goodbye("done"), Draft()),
        "goodbye_idle": (states.Goodbye("idle"), Draft()),
        "goodbye_fault": (states.Goodbye("fault"), Draft()),
        "recovered": (states.AfterBreakdown(("150785202611200017",)), Draft()),
        "recovered_nothing_sent": (states.AfterBreakdown(()), Draft()),
    }
    visits = {name: states.Visit(screen=screen, draft=given) for name, (screen, given) in screens.items()}
    for name, like, device in (
        ("home_no_printer", "home", Device.RECEIPT_PRINTER),
        ("place_card_no_reader", "place_card", Device.ID_CARD_READER),
        ("capture_no_camera", "capture", Device.DOCUMENT_CAMERA),
        ("social_card_no_reader", "social_card", Device.SMART_CARD),
        ("done_no_printer", "done", Device.RECEIPT_PRINTER),
    ):
        visits[name] = replace(visits[like], devices=MappingProxyType({device: states.Health(usable=False)}))
    phone = full.answers["phone"]
    for number, name in enumerate(("review", "review_more")):
        visits[name] = states.Visit(states.Review(number), full, confirmed_phone=phone)
    visits["documents_enough"] = replace(visits["documents_printed"], copies=MAX_PRINTS)
    visits["documents_unknown_enough"] = replace(visits["documents_unknown"], copies=MAX_PRINTS)
    visits["home_offline"] = states.Visit(here, online=False)
    visits["review_offline"] = states.Visit(states.Review(), full, online=False, confirmed_phone=phone)
    visits["done_no_printer"] = replace(visits["done_no_printer"], screen=states.Done(stored))
    waiting = replace(stored, online=False)
    visits["done_offline"] = states.Visit(states.Done(waiting, outcome=PrintOutcome.CONFIRMED), full, online=False)
    visits["done_later_and_at_desk"] = states.Visit(
        states.Done(stored, outcome=PrintOutcome.CONFIRMED),
        replace(full, materials=(MaterialDraft("CARD", met_by="social_card"), MaterialDraft("RESID", met_by="later"))),
    )
    visits["take_card_seen"] = replace(visits["take_card"], card_present=True)
    visits["card_confirmed_lying"] = replace(visits["card_confirmed"], card_present=True)
    return visits


def every_view(language: str) -> dict[str, View]:
    """All views in `language`, by the picture's name."""
    return {name: view(replace(visit, language=language), house()) for name, visit in situations().items()}


def act(name: str, screen: CitizenScreen[Any]) -> None:
    """Do on the screen what its picture is to show: a frame of the camera, letters being typed."""
    if (live := live_state(name)) is not None:
        screen.preview(frame(*live))
    elif name == "form_typing":
        for letter in "zhongyangda":
            press(screen, f"key:{letter}")
    elif name in ("place_search", "place_initials"):
        press(screen, "search")


def press(screen: CitizenScreen[Any], key: str) -> None:
    """Tap the widget with this key."""
    next(widget for widget in tappables(screen) if widget.key == key).tap()
