"""Views of review, signature, sending and done."""

from __future__ import annotations

from kiosk.catalogue import FieldSpec, FormPage
from kiosk.forms import FieldKind, group_number, group_phone, mask_phone
from kiosk.visit.events import Choose, Confirm, Device, PrintAgain, PrintOutcome, Signed
from kiosk.visit.house import House
from kiosk.visit.moves import material_draft
from kiosk.visit.path import MaterialState, facts, fields_of, first_gap, material_state
from kiosk.visit.showing.frame import Words, change_action, chrome, paged, show, spoken
from kiosk.visit.showing.identifying import applicant_rows
from kiosk.visit.states import Done, Review, SendFailed, Sending, Sign, Visit
from kiosk.visit.steps.submitting import may_print
from kiosk.visit.views import (
    Action,
    DoneView,
    FactsView,
    Notice,
    Row,
    Section,
    SignView,
    Tone,
    TroubleView,
    WorkingView,
)

SECTIONS_A_PAGE = 4


@show.register
def _review(screen: Review, visit: Visit, house: House) -> FactsView:
    words = Words(visit, house)
    sections, pager = paged(words, _sections(words), screen.page, SECTIONS_A_PAGE)
    gap = first_gap(visit, words.application) is not None
    return FactsView(
        name="review",
        chrome=chrome(
            words,
            step=6,
            primary=Action("next", words("nav.next" if gap else "review.next"), Confirm()),
            devices=(Device.RECEIPT_PRINTER,),
            notice=None if visit.online else Notice(Tone.INFO, words("notice.offline")),
        ),
        title=words("review.title"),
        spoken=spoken(words("review.title"), words("review.lead"), *(section.title for section in sections)),
        sections=sections,
        lead=words("review.lead"),
        problem=Notice(Tone.YOUR_TURN, words("review.gap")) if gap else None,
        pager=pager,
    )


def _sections(words: Words) -> list[Section]:
    draft, application = words.visit.draft, words.application
    known = facts(draft)
    matter = (
        Row("item", words("review.item"), value=words.say(application.title)),
        Row("place", words("review.place"), value=words.region(draft.handling_region)),
        Row(
            "scope",
            words("review.scope"),
            value=words.scope_name(words.house.scope(draft.handling_region, draft.item_id)),
        ),
    )
    sections = [Section(words("review.matter"), matter, change_action(words, "change:place"))]
    if draft.applicant is not None:
        sections.append(Section(words("review.applicant"), applicant_rows(words, draft.applicant)))
    questions = application.questions_for(known)
    answers = tuple(
        Row(question.key, words.say(question.title), value=words.say(option.text))
        for question in questions
        for option in question.options
        if draft.situation.get(question.key) == option.key
    )
    if answers:
        change = change_action(words, f"change:situation:{questions[0].key}")
        sections.append(Section(words("review.situation"), answers, change))
    sections += [_page_section(words, page) for page in application.pages_for(known)]
    way = words(f"delivery.{draft.delivery}" if draft.delivery else "review.missing")
    if draft.pickup_region:
        way = words("delivery.pickup_at", place=words.region(draft.pickup_region))
    delivery = Row("delivery", words("review.delivery_way"), value=way)
    sections.append(Section(words("review.delivery"), (delivery,), change_action(words, "change:delivery")))
    sections += [_page_section(words, page) for page in application.contact_pages_for(known)]
    materials = tuple(
        Row(
            material.code,
            words.say(material.name),
            value=words(
                f"mat.state.{material_state(draft, material)}", n=len(material_draft(draft, material.code).pages)
            ),
        )
        for material in application.materials_for(known)
    )
    sections.append(Section(words("review.materials"), materials, change_action(words, "change:materials")))
    return sections


def _page_section(words: Words, page: FormPage) -> Section:
    missing = words("review.missing")
    rows = tuple(
        Row(field.key, words.say(field.label), value=shown_value(words, field) or missing * field.required)
        for field in fields_of(words.visit.draft, page)
    )
    return Section(words.say(page.title), rows, change_action(words, f"change:form:{page.key}"))


def shown_value(words: Words, field: FieldSpec) -> str:
    """A field's value as people read it: names of places and options, grouped phone numbers."""
    value = words.visit.draft.answers.get(field.key, "")
    match field.kind:
        case FieldKind.REGION:
            return words.region(value) if value else ""
        case FieldKind.PHONE:
            return group_phone(value)
        case FieldKind.CHOICE:
            return next((words.say(option.text) for option in field.options if option.key == value), "")
    return value


@show.register
def _sign(screen: Sign, visit: Visit, house: House) -> SignView:
    words = Words(visit, house)
    notice = Notice(Tone.YOUR_TURN, words("sign.hint")) if screen.hinted else None
    return SignView(
        name="sign",
        chrome=chrome(words, step=6, primary=Action("submit", words("sign.submit"), Confirm()), notice=notice),
        title=words("sign.title"),
        spoken=spoken(words("sign.title"), words("sign.hint") if screen.hinted else "", words("sign.promise")),
        lead=words("sign.lead"),
        promise=words("sign.promise"),
        strokes=visit.draft.signature,
        clear=Action("clear", words("sign.clear"), Signed(()), bool(visit.draft.signature)),
    )


@show.register
def _sending(screen: Sending, visit: Visit, house: House) -> WorkingView:
    words = Words(visit, house)
    title = words("sending.title")
    lead = words("sending.slow", phone=words.phone) if screen.slow else words("sending.lead")
    return WorkingView(
        name="sending",
        chrome=chrome(words, step=7, back=None, may_leave=screen.slow),
        title=title,
        spoken=spoken(title, lead),
        lead=lead,
    )


@show.register
def _send_failed(screen: SendFailed, visit: Visit, house: House) -> TroubleView:
    words = Words(visit, house)
    lead = words(f"failed.{screen.problem}")
    rows = (
        Row("safe", words("failed.safe"), words("failed.safe_detail")),
        Row("desk", words("failed.desk"), words.hours, value=words.phone),
    )
    return TroubleView(
        name="send_failed",
        chrome=chrome(words, step=7, primary=Action("retry", words("nav.retry"), Confirm())),
        title=words("failed.title"),
        spoken=spoken(words("failed.title"), lead, *(row.title for row in rows)),
        lead=lead,
        rows=rows,
    )


@show.register
def _done(screen: Done, visit: Visit, house: House) -> DoneView:
    words = Words(visit, house)
    stored = screen.stored
    waiting = not visit.online and not screen.case_number
    badge = Notice(Tone.WARNING if waiting else Tone.GOOD, words("done.badge_offline" if waiting else "done.badge"))
    print_notice = _print_notice(words, screen)
    lines = [
        words("done.query_code", code=group_number(stored.query_code)),
        words("done.submitted_at", when=stored.submitted_at),
        words("done.line_query"),
    ]
    if screen.case_number:
        lines.insert(0, words("done.case_number", no=screen.case_number))
    if waiting:
        lines.append(words("done.line_offline"))
    more = [Action("another", words("done.another"), Choose("another"))]
    if may_print(screen, visit):
        more.append(Action("print_again", words("done.print_again" if screen.outcome else "done.print"), PrintAgain()))
    phone = mask_phone(visit.draft.answers.get("phone", ""))
    calls = visit.draft.answers.get("notify") == "phone_call"
    title = words.say(words.application.title)
    return DoneView(
        name="done",
        chrome=chrome(
            words,
            step=7,
            back=None,
            more=tuple(more),
            may_quit=False,
            primary=Action("finish", words("done.finish"), Confirm()),
        ),
        title=title,
        spoken=spoken(badge.text, words("done.disclaimer"), print_notice.text if print_notice else ""),
        badge=badge,
        number_label=words("done.number"),
        number=group_number(stored.slip_number),
        qr=stored.slip_url,
        lines=tuple(lines),
        disclaimer=words("done.disclaimer"),
        next_title=words("done.next"),
        next_steps=_next_steps(words),
        contact=words("done.contact_call" if calls else "done.contact_sms", phone=phone),
        print_notice=print_notice,
    )


def _print_notice(words: Words, screen: Done) -> Notice | None:
    health = words.visit.health(Device.RECEIPT_PRINTER)
    if screen.printing:
        return Notice(Tone.INFO, words("print.printing_low" if health.low else "print.printing"))
    match screen.outcome:
        case PrintOutcome.CONFIRMED:
            return Notice(Tone.YOUR_TURN, words("print.confirmed"))
        case PrintOutcome.FAILED:
            return Notice(Tone.BAD, words("print.failed"))
        case PrintOutcome.UNKNOWN:
            return Notice(Tone.WARNING, words("print.unknown"))
    return Notice(Tone.INFO, words("print.back")) if health.usable else Notice(Tone.WARNING, words("print.out"))


def _next_steps(words: Words) -> tuple[Row, ...]:
    """What happens next and when: at desk, later, checking, forwarding (R154), handling."""
    draft, application = words.visit.draft, words.application
    place = words.place(draft.handling_region)
    item = words.house.catalogue.item(draft.item_id)
    separator = "、" if words.visit.language == "zh_CN" else ", "

    def names(*states: MaterialState) -> str:
        return separator.join(
            words.say(material.name)
            for material in application.materials
            if any(given.code == material.code for given in draft.materials)
            and _submitted_state(words, material.code) in states
        )

    steps: list[tuple[str, str, str]] = []
    if at_desk := names(MaterialState.AT_DESK):
        steps.append(("desk", words("done.step_desk", names=at_desk), words.hours))
    steps.append(("check", words("done.step_check"), words("done.step_check_value")))
    if later := names(MaterialState.LATER):
        steps.append(("later", words("done.step_later", names=later), words("done.step_later_value")))
    steps.append(("forward", words("done.step_forward", place=place), words("done.step_forward_value")))
    steps.append(("handle", words("done.step_handle", place=place), words.value(item.time_limit) if item else ""))
    if after := words.say(application.after):
        steps.append(("after", after, ""))
    return tuple(Row(key, title, value=value, number=n) for n, (key, title, value) in enumerate(steps, start=1))


def _submitted_state(words: Words, code: str) -> MaterialState | None:
    met_by = material_draft(words.visit.draft, code).met_by
    return {"later": MaterialState.LATER, "original_at_desk": MaterialState.AT_DESK}.get(met_by)
