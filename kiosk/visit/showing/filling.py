"""Views of situations, form pages, delivery and the phone read back."""

from __future__ import annotations

from kiosk.catalogue import FieldSpec
from kiosk.forms import FieldKind, group_phone
from kiosk.visit.events import Choose, Confirm, Enter
from kiosk.visit.house import House
from kiosk.visit.path import AT_DESK, field_problem, fields_of
from kiosk.visit.showing.frame import Words, chrome, show, spoken
from kiosk.visit.states import ConfirmPhone, Delivery, Form, Situation, Visit
from kiosk.visit.views import Action, FactsView, Field, FormView, Keyboard, ListView, Row, Section


@show.register
def _situation(screen: Situation, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    question = words.application.question(screen.key)
    chosen = visit.draft.situation.get(screen.key, "")
    rows = tuple(
        Row(option.key, words.say(option.text), event=Choose(option.key), selected=option.key == chosen)
        for option in question.options
    )
    title, lead = words.say(question.title), words.say(question.lead) or words("situation.lead")
    return ListView(
        name="situation",
        chrome=chrome(words, step=4, primary=_next(words) if chosen else None),
        title=title,
        spoken=spoken(title, lead, *(row.title for row in rows)),
        lead=lead,
        rows=rows,
    )


def _next(words: Words) -> Action:
    """下一步. A tap on an answer leads on by itself: lists offer this only where an answer was given before."""
    return Action("next", words("nav.next"), Confirm())


_KEYBOARDS = {
    FieldKind.TEXT: Keyboard.PINYIN,
    FieldKind.LATIN: Keyboard.LATIN,
    FieldKind.DIGITS: Keyboard.DIGITS,
    FieldKind.PHONE: Keyboard.DIGITS,
    FieldKind.DATE: Keyboard.DIGITS,
    FieldKind.MONTH: Keyboard.DIGITS,
}
_LENGTHS = {FieldKind.PHONE: 11, FieldKind.DATE: 10, FieldKind.MONTH: 7}


@show.register
def _form(screen: Form, visit: Visit, house: House) -> FormView:
    words = Words(visit, house)
    page = words.application.page(screen.key)
    fields = tuple(_field(words, field, checked=screen.checked) for field in fields_of(visit.draft, page))
    title, lead = words.say(page.title), words.say(page.lead)
    errors = [field.error for field in fields if field.error]
    return FormView(
        name=f"form_{screen.key}",
        chrome=chrome(words, step=4, primary=_next(words)),
        title=title,
        spoken=spoken(title, lead, *(errors or [field.label for field in fields])),
        lead=lead,
        fields=fields,
    )


def _field(words: Words, field: FieldSpec, *, checked: bool) -> Field:
    draft = words.visit.draft
    value = draft.answers.get(field.key, "")
    problem = field_problem(draft, field) if checked else ""
    hint = words.say(field.hint) or _usual_hint(words, field)
    change = None
    if field.kind is FieldKind.REGION:
        change = Action(
            f"region:{field.key}", words("nav.change" if value else "form.choose_region"), Choose(f"region:{field.key}")
        )
        value = words.region(value) if value else ""
    return Field(
        key=field.key,
        label=words.say(field.label),
        value=value,
        hint=hint,
        error=words(problem) if problem else "",
        required=field.required,
        keyboard=_KEYBOARDS.get(field.kind),
        options=tuple(
            Row(option.key, words.say(option.text), event=Enter(field.key, option.key), selected=option.key == value)
            for option in field.options
        ),
        change=change,
        max_length=_LENGTHS.get(field.kind, field.max_length),
    )


def _usual_hint(words: Words, field: FieldSpec) -> str:
    match field.kind:
        case FieldKind.DATE:
            return words("form.date_hint")
        case FieldKind.MONTH:
            return words("form.month_hint")
    return "" if field.required else words("form.optional")


@show.register
def _delivery(_screen: Delivery, visit: Visit, house: House) -> ListView:
    words = Words(visit, house)
    elsewhere = visit.draft.pickup_region
    rows = [
        Row(
            way,
            words(f"delivery.{way}"),
            detail=words(f"delivery.{way}_detail", hours=words.hours),
            event=Choose(way),
            selected=way == visit.draft.delivery and not elsewhere,
        )
        for way in words.application.deliveries
    ]
    if AT_DESK in words.application.deliveries:
        rows.append(
            Row(
                "pickup_elsewhere",
                words("delivery.pickup_elsewhere"),
                detail=words.region(elsewhere) if elsewhere else words("delivery.pickup_elsewhere_detail"),
                event=Choose("pickup_elsewhere"),
                selected=bool(elsewhere),
            )
        )
    title, lead = words("delivery.title"), words("delivery.lead")
    return ListView(
        name="delivery",
        chrome=chrome(words, step=4, primary=_next(words) if visit.draft.delivery else None),
        title=title,
        spoken=spoken(title, lead, *(row.title for row in rows)),
        lead=lead,
        rows=tuple(rows),
    )


@show.register
def _confirm_phone(_screen: ConfirmPhone, visit: Visit, house: House) -> FactsView:
    words = Words(visit, house)
    number = group_phone(visit.draft.answers.get("phone", ""))
    title, lead = words("phone.title"), words("phone.lead")
    change = Action("change", words("phone.change"), Choose("change"))
    return FactsView(
        name="confirm_phone",
        chrome=chrome(
            words,
            step=4,
            primary=Action("confirm", words("phone.right"), Confirm()),
        ),
        title=title,
        spoken=spoken(title, lead),
        sections=(Section(words("phone.label"), (Row("phone", "", value=number),), change),),
        lead=lead,
    )
