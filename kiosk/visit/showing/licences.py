"""Views of asking for e-licences."""

from __future__ import annotations

from kiosk.visit.events import Confirm
from kiosk.visit.house import House
from kiosk.visit.showing.frame import Words, chrome, show, spoken
from kiosk.visit.states import Licences, LicencesAsking, Visit
from kiosk.visit.views import Action, ConsentView, Paragraph, WorkingView


@show.register
def _licences(screen: Licences, visit: Visit, house: House) -> ConsentView:
    words = Words(visit, house)
    names = [words.say(words.application.material(code).name) for code in screen.codes]
    paragraphs = (
        Paragraph(words("mat.licences_what"), "\n".join(names)),
        Paragraph(words("mat.licences_how"), words("mat.licences_how_text")),
        Paragraph(words("mat.licences_free"), words("mat.licences_free_text")),
    )
    title = words("mat.licences_title")
    return ConsentView(
        name="licences",
        chrome=chrome(
            words,
            step=5,
            primary=Action("ask", words("mat.licences_agree"), Confirm()),
            back="mat.licences_refuse",
        ),
        title=title,
        spoken=spoken(title, *(part for one in paragraphs for part in (one.heading, one.text))),
        paragraphs=paragraphs,
        warning="",
    )


@show.register
def _asking(_screen: LicencesAsking, visit: Visit, house: House) -> WorkingView:
    words = Words(visit, house)
    title, lead = words("mat.licences_asking"), words("mat.licences_asking_lead")
    return WorkingView("licences_asking", chrome(words, step=5), title, spoken(title, lead), lead)
