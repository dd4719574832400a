"""Views of the progress query."""

from __future__ import annotations

from kiosk.forms import group_number
from kiosk.visit.events import Choose, Confirm, Device
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, paged, show, spoken
from kiosk.visit.states import (
    ProgressAsking,
    ProgressFailure,
    ProgressHow,
    ProgressList,
    ProgressNumber,
    Visit,
)
from kiosk.visit.steps.progress import MAX_TYPED, query_code, slip_number
from kiosk.visit.views import (
    Action,
    FactsView,
    Field,
    FormView,
    Keyboard,
    ListView,
    Row,
    Section,
    TroubleView,
    WorkingView,
)

CASES_A_PAGE = 3


@show.register
def _how(_screen: ProgressHow, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    rows = [
        Row("by_number", words("progress.by_number"), words("progress.by_number_detail"), event=Choose("by_number"))
    ]
    if visit.usable(Device.ID_CARD_READER):
        rows.insert(
            0, Row("by_card", words("progress.by_card"), words("progress.by_card_detail"), event=Choose("by_card"))
        )
    title, lead = words("progress.how_title"), words("progress.how_lead")
    return ListView(
        name="progress_how",
        chrome=chrome(words),
        title=title,
        spoken=spoken(title, *(row.title for row in rows)),
        lead=lead,
        rows=tuple(rows),
    )


@show.register
def _number(screen: ProgressNumber, visit: Visit, house: House) -> FormView:
    words = Words(visit, house)
    title, lead = words("progress.number_title"), words("progress.number_lead")
    wrong_number = words("progress.number_wrong") if screen.checked and not slip_number(screen) else ""
    wrong_code = words("progress.code_wrong") if screen.checked and not query_code(screen) else ""
    number = Field(
        "number",
        words("progress.number_label"),
        screen.number,
        error=wrong_number,
        keyboard=Keyboard.DIGITS,
        max_length=MAX_TYPED,
    )
    code = Field(
        "code",
        words("progress.code_label"),
        screen.code,
        error=wrong_code,
        keyboard=Keyboard.LATIN,
        max_length=MAX_TYPED,
    )
    return FormView(
        name="progress_number",
        chrome=chrome(words, primary=Action("next", words("progress.ask"), Confirm())),
        title=title,
        spoken=spoken(title, wrong_number, wrong_code, "" if wrong_number or wrong_code else lead),
        lead=lead,
        fields=(number, code),
    )


@show.register
def _asking(_screen: ProgressAsking, visit: Visit, house: House) -> WorkingView:
    words = Words(visit, house)
    title, lead = words("progress.asking_title"), words("progress.asking_lead")
    return WorkingView("progress_asking", chrome(words), title, spoken(title, lead), lead)


@show.register
def _failure(screen: ProgressFailure, visit: Visit, house: House) -> TroubleView:
    words = Words(visit, house)
    title = words("progress.unknown_title" if screen.unknown_number else "progress.failed_title")
    lead = words("progress.failed_unknown" if screen.unknown_number else "progress.failed_network")
    primary = None if screen.unknown_number else Action("retry", words("nav.retry"), Confirm())
    rows = (Row("desk", words("help.desk"), words.hours, value=words.phone),)
    return TroubleView("progress_failed", chrome(words, primary=primary), title, spoken(title, lead), lead, rows)


@show.register
def _list(screen: ProgressList, visit: Visit, house: House) -> FactsView | TroubleView:
    words = Words(visit, house)
    if not screen.cases:
        title, lead = words("progress.none"), words("progress.none_lead")
        desk = Row("desk", words("help.desk"), words.hours, value=words.phone)
        return TroubleView("progress_list", chrome(words), title, spoken(title, lead), lead, (desk,))
    sections = [
        Section(
            words.known_name(item),
            (
                Row("state", words("progress.state"), value=english if visit.language == "en" else chinese),
                Row("when", words("progress.when"), value=when),
                Row("number", words("progress.number"), value=group_number(number)),
            ),
        )
        for item, chinese, english, when, number in screen.cases
    ]
    part, pager = paged(words, sections, screen.page, CASES_A_PAGE)
    title = words("progress.list_title")
    lead = words("progress.lead", n=len(sections))
    documents = Action("documents", words("documents.open"), Choose("documents"))
    return FactsView(
        name="progress_list",
        chrome=chrome(words, primary=documents if screen.asked.slip_number else None),
        title=title,
        spoken=spoken(title, lead, *(words.pair(section.title, section.rows[0].value) for section in part)),
        sections=part,
        lead=lead,
        pager=pager,
    )
