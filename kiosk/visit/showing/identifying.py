"""Views of the identity card."""

from __future__ import annotations

from kiosk.identity import Applicant, check, mask_name, mask_number
from kiosk.visit.events import Choose, Confirm, Device
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, show, spoken
from kiosk.visit.states import CardConfirmed, PlaceCard, Visit
from kiosk.visit.steps.identifying import DEVICE_PROBLEM
from kiosk.visit.views import Action, CardPicture, CardView, FactsView, Notice, Row, Section, Tone

REFUSED = {"card.problem.expired", "card.problem.false_number"}
"""Problems of the card itself: it was read well, trying again does not help."""


@show.register
def _place_card(screen: PlaceCard, visit: Visit, house: House) -> CardView:
    words = Words(visit, house)
    problem = None
    primary = None
    if not visit.usable(Device.ID_CARD_READER):
        picture, title, lead = CardPicture.FAILED, words("card.out_title"), words("card.out_lead", phone=words.phone)
    elif screen.problem:
        title = words("card.refused_title" if screen.problem in REFUSED else "card.failed_title")
        picture, lead = CardPicture.FAILED, words("card.failed_lead")
        problem = Notice(Tone.BAD, words(screen.problem, phone=words.phone))
        if screen.problem == DEVICE_PROBLEM:
            primary = Action("retry", words("nav.retry"), Confirm())
    elif screen.reading:
        picture, title, lead = CardPicture.READING, words("card.reading_title"), words("card.reading_lead")
    else:
        picture, title, lead = CardPicture.PLACE, words("card.place_title"), words("card.place_lead")
        if screen.for_progress:
            lead = words("card.progress_lead")
    return CardView(
        name="place_card",
        chrome=chrome(words, step=0 if screen.for_progress else 3, primary=primary),
        title=title,
        spoken=spoken(title, problem.text if problem else "", lead),
        picture=picture,
        lead=lead,
        problem=problem,
    )


def applicant_rows(words: Words, applicant: Applicant) -> tuple[Row, ...]:
    """Who it is, masked: 王** and 6 + 8 stars + 4."""
    valid = words("card.long_term") if applicant.long_term else applicant.valid_until
    rows = (
        Row("name", words("card.name"), value=mask_name(applicant.name or applicant.english_name)),
        Row("number", words("card.number"), value=mask_number(applicant.id_number)),
        Row("kind", words("card.kind"), value=words(f"card.kind_{applicant.card_kind}")),
        Row("valid", words("card.valid"), value=valid),
    )
    return tuple(row for row in rows if row.value)


@show.register
def _card_confirmed(screen: CardConfirmed, visit: Visit, house: House) -> FactsView:
    words = Words(visit, house)
    findings = check(screen.applicant, house.today, clock_trusted=house.clock_right)
    problem = Notice(Tone.WARNING, words("card.mismatch")) if findings else None
    if problem is None and visit.card_present:
        problem = Notice(Tone.YOUR_TURN, words("card.take_now"))
    rows = applicant_rows(words, screen.applicant)
    another = Action("another_card", words("card.another"), Choose("another_card"))
    return FactsView(
        name="card_confirmed",
        chrome=chrome(
            words,
            step=3,
            primary=Action("confirm", words("nav.yes_go_on"), Confirm()),
        ),
        title=words("card.confirmed_title"),
        # The number is never read aloud in a public hall.
        spoken=spoken(words("card.confirmed_title"), words("card.confirmed_lead")),
        sections=(Section(words("card.section"), rows, another),),
        lead=words("card.confirmed_lead"),
        problem=problem,
    )
