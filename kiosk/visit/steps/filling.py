"""Situations, form pages, delivery, the phone read back."""

from __future__ import annotations

from dataclasses import replace

from kiosk.forms import FieldKind
from kiosk.visit.events import Choose, Confirm, Enter, Event
from kiosk.visit.house import House
from kiosk.visit.moves import Turn, back, become, edit, go, stay, with_entry
from kiosk.visit.path import AT_DESK, advance, application_of, cleaned, fields_of, is_complete, pruned_situation
from kiosk.visit.states import PICKUP, ConfirmPhone, Delivery, Form, PickRegion, Situation, Visit
from kiosk.visit.steps.reacting import react


@react.register
def _situation(screen: Situation, visit: Visit, event: Event, house: House) -> Turn | None:
    application = application_of(visit.draft, house)
    match event:
        case Choose(key) if key in {option.key for option in application.question(screen.key).options}:
            visit = edit(visit, situation=with_entry(visit.draft.situation, screen.key, key))
            return advance(replace(visit, draft=pruned_situation(visit.draft, application)), house)
        case Confirm() if is_complete(screen, visit, application):
            return advance(visit, house)
    return None


@react.register
def _form(screen: Form, visit: Visit, event: Event, house: House) -> Turn | None:
    application = application_of(visit.draft, house)
    page = application.page(screen.key)
    fields = {field.key: field for field in fields_of(visit.draft, page)}
    match event:
        case Enter(key, value) if key in fields and fields[key].kind is not FieldKind.REGION:
            value = value[: fields[key].max_length]
            return stay(edit(visit, answers=with_entry(visit.draft.answers, key, value)))
        case Choose(key) if key.startswith("region:") and key[7:] in fields:
            return go(visit, PickRegion(target=key[7:]))
        case Confirm():
            visit = edit(visit, answers=cleaned(visit.draft, page))
            if is_complete(screen, visit, application):
                # 返回 should show the page as it was left, without errors.
                return advance(replace(visit, screen=Form(screen.key)), house)
            return become(visit, Form(screen.key, checked=True))
    return None


@react.register
def _delivery(screen: Delivery, visit: Visit, event: Event, house: House) -> Turn | None:
    application = application_of(visit.draft, house)
    match event:
        case Choose(key) if key in application.deliveries:
            return advance(edit(visit, delivery=key, pickup_region=""), house)
        case Choose("pickup_elsewhere") if AT_DESK in application.deliveries:
            return go(visit, PickRegion(target=PICKUP))
        case Confirm() if is_complete(screen, visit, application):
            return advance(visit, house)
    return None


@react.register
def _confirm_phone(_screen: ConfirmPhone, visit: Visit, event: Event, house: House) -> Turn | None:
    match event:
        case Confirm():
            return advance(replace(visit, confirmed_phone=visit.draft.answers.get("phone", "")), house)
        case Choose("change"):
            page = Form("phone")
            return back(visit) if visit.trail[-1:] == (page,) else become(visit, page)
    return None
