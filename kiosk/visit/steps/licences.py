"""电子证照: with the citizen's consent the centre looks for what need not be photographed (R050). Refusing costs nothing."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit import delays
from kiosk.visit.draft import MaterialDraft
from kiosk.visit.effects import AskLicences
from kiosk.visit.events import Confirm, Event, LicencesFailed, LicencesFound, TimerFired
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, become, edit, return_to, with_material
from kiosk.visit.states import Checklist, Licences, LicencesAsking, Visit
from kiosk.visit.steps.reacting import react

SHARED = "shared"
"""How a material was met (`MaterialDraft.met_by`)."""


@react.register
def _licences(screen: Licences, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case Confirm():
            return become(visit, LicencesAsking(screen.codes), AskLicences(visit.draft, screen.codes))
    return None


@react.register
def _asking(screen: LicencesAsking, visit: Visit, event: Event, _house: House) -> Turn | None:
    match event:
        case LicencesFound(codes):
            found = [code for code in screen.codes if code in codes]
            for code in found:
                visit = replace(visit, draft=with_material(visit.draft, MaterialDraft(code, met_by=SHARED)))
            return _to_the_list(
                edit(visit, licences_asked=True), "mat.licences_found" if found else "mat.licences_none"
            )
        case LicencesFailed() | TimerFired(delays.PROGRESS):
            return _to_the_list(visit, "mat.licences_failed")
    return None


def _to_the_list(visit: Visit, note: str) -> Turn:
    visit, effects = return_to(visit, Checklist, Checklist())
    page = visit.screen.page if isinstance(visit.screen, Checklist) else 0
    return replace(visit, screen=Checklist(page, note)), effects
