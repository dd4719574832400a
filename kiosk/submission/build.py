"""Builds the application of the wire contract from what the citizen entered. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kiosk.catalogue import Catalogue
from kiosk.catalogue.application import Application as Asked
from kiosk.catalogue.application import FieldSpec, Question
from kiosk.findings import Finding
from kiosk.materials.reading import MADE_BY
from kiosk.protocol import application as wire
from kiosk.protocol.model import sha256_hex
from kiosk.visit.draft import Draft, Page, Stroke

CONSENT_VERSION = "2026-11-20"
"""Version of the notice and promise in assets/strings; the signature renews the consent."""

SIGNATURE_SIZE = (1200, 480)
"""Pixels of the signature's picture."""
_PEN = 9
CHINESE = "zh_CN"
"""Labels travel in Chinese: they are for the staff."""


@dataclass(frozen=True)
class Occasion:
    """What is known at the moment of submitting besides what the citizen entered."""

    application_id: UUID
    slip_number: str
    now: datetime
    terminal_id: str
    receiving_region: str
    scope: str
    """通办范围, a code."""
    online: bool


def build(draft: Draft, catalogue: Catalogue, occasion: Occasion) -> tuple[wire.Application, dict[str, bytes]]:
    """The application and the plain bytes of its files by SHA-256.

    Raises:
        ValueError: the draft is not complete (the visit machine does not let that happen).
    """
    asked = catalogue.application(draft.item_id)
    item = catalogue.item(draft.item_id)
    if asked is None or item is None or draft.applicant is None:
        raise ValueError("the draft names no item, or nobody applies")
    facts = {**draft.situation, "delivery": draft.delivery, "mode": draft.mode}
    signature = draw_signature(draft.signature)
    taken = {page.sha256: page.jpeg for given in draft.materials for page in given.pages}
    taken[sha256_hex(signature)] = signature
    application = wire.Application(
        application_id=occasion.application_id,
        slip_number=occasion.slip_number,
        created_at=occasion.now,
        terminal_id=occasion.terminal_id,
        receiving_region=_region(catalogue, occasion.receiving_region),
        handling_region=_region(catalogue, draft.handling_region),
        item=wire.Item(id=item.id, name=item.name, catalogue_version=catalogue.version),
        mode=wire.Mode(draft.mode),
        scope=occasion.scope,
        situations=tuple(_situation(q, draft.situation) for q in asked.questions_for(facts)),
        form=_form(asked, facts, draft.answers, catalogue),
        applicant=_applicant(draft),
        materials=_materials(asked, facts, draft),
        signature=wire.FileRef(sha256=sha256_hex(signature), size=len(signature), media_type="image/png"),
        delivery=_delivery(draft, catalogue),
        phone=draft.answers.get("phone", ""),
        notify_by_phone=draft.answers.get("notify") == "phone_call",
        consent=wire.Consent(version=CONSENT_VERSION, given_at=occasion.now),
        network_away=not occasion.online,
    )
    # Pages taken for a situation that was changed afterwards are nobody's business any more.
    return application, {ref.sha256: taken[ref.sha256] for ref in application.files()}


def draw_signature(strokes: tuple[Stroke, ...]) -> bytes:
    """The signature as a PNG, black on white, `SIGNATURE_SIZE`."""
    from PIL import Image, ImageDraw

    width, height = SIGNATURE_SIZE
    picture = Image.new("L", SIGNATURE_SIZE, 255)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(x * width, y * height) for x, y in stroke]
        pen.line(points, fill=0, width=_PEN, joint="curve")
        for x, y in (points[0], points[-1]) if points else ():
            pen.ellipse((x - _PEN / 2, y - _PEN / 2, x + _PEN / 2, y + _PEN / 2), fill=0)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _region(catalogue: Catalogue, code: str) -> wire.Region:
    return wire.Region(code=code, name=catalogue.regions.full_name(code, "") or code)


def _situation(question: Question, answers: Mapping[str, str]) -> wire.Answer:
    chosen = answers.get(question.key, "")
    text = next((option.text.zh for option in question.options if option.key == chosen), chosen)
    return wire.Answer(key=question.key, label=question.title.zh, value=text)


def _form(
    asked: Asked, facts: Mapping[str, str], answers: Mapping[str, str], catalogue: Catalogue
) -> tuple[wire.Answer, ...]:
    pages = (*asked.pages_for(facts), *asked.contact_pages_for(facts))
    fields = [spec for page in pages for spec in page.fields if spec.when.holds(facts)]
    return tuple(
        wire.Answer(key=spec.key, label=spec.label.zh, value=_value(spec, answers[spec.key], catalogue))
        for spec in fields
        if answers.get(spec.key)
    )


def _value(spec: FieldSpec, value: str, catalogue: Catalogue) -> str:
    """A value as staff read it: a chosen option by its words, a region by its name and code."""
    if spec.options:
        return next((option.text.zh for option in spec.options if option.key == value), value)
    if spec.kind == "region":
        return f"{catalogue.regions.full_name(value, '')} {value}"
    return value


def _applicant(draft: Draft) -> wire.Applicant:
    person = draft.applicant
    if person is None:
        raise ValueError("nobody applies")
    return wire.Applicant.model_validate(
        {
            "card_kind": person.card_kind,
            "name": person.name,
            "id_number": person.id_number,
            "english_name": person.english_name,
            "sex": person.sex,
            "ethnicity": person.ethnicity,
            "nationality": person.nationality,
            "birth_date": person.birth_date,
            "address": person.address,
            "issuing_authority": person.issuing_authority,
            "valid_from": person.valid_from,
            "valid_until": person.valid_until,
            "long_term": person.long_term,
            "pass_number": person.pass_number,
        }
    )


def _page(page: Page) -> wire.Page:
    return wire.Page(
        file=wire.FileRef(sha256=page.sha256, size=len(page.jpeg)),
        verdicts=tuple(verdict for verdict in page.verdicts if verdict != "ok"),
        paper=page.paper or "free",
        dpi=page.dpi if page.dpi <= wire.MOST_DPI else 0,
        sides=page.sides,
        note=None if page.findings is None else _note(page.findings),
    )


def _note(findings: tuple[Finding, ...]) -> wire.MachineNote:
    """The findings, within the bounds of the contract: no application may fail for what a machine said of it."""
    return wire.MachineNote(
        made_by=MADE_BY,
        findings=tuple(
            wire.Finding(
                code=str(finding.code),
                confidence=round(min(1.0, max(0.0, finding.confidence)), 2),  # in this order NaN becomes 0 too
                value=finding.value[: wire.LONGEST_VALUE],
            )
            for finding in findings[: wire.MOST_FINDINGS]
        ),
    )


def _materials(asked: Asked, facts: Mapping[str, str], draft: Draft) -> tuple[wire.Material, ...]:
    given = {each.code: each for each in draft.materials}
    found = []
    for material in asked.materials_for(facts):
        pages: tuple[wire.Page, ...] = ()
        met_by = str(material.by)
        if material.code in given:
            pages = tuple(_page(page) for page in given[material.code].pages)
            met_by = "pages" if pages else given[material.code].met_by
        found.append(wire.Material(code=material.code, name=material.name.zh, met_by=met_by, pages=pages))
    return tuple(found)


def _delivery(draft: Draft, catalogue: Catalogue) -> wire.Delivery:
    method = wire.DeliveryMethod(draft.delivery)
    if method is wire.DeliveryMethod.PICKUP_AT_DESK and draft.pickup_region:
        return wire.Delivery(method=method, pickup=_region(catalogue, draft.pickup_region))
    if method is not wire.DeliveryMethod.EMS_TO_APPLICANT or draft.applicant is None:
        return wire.Delivery(method=method)
    place = catalogue.regions.full_name(draft.answers.get("mail_region", ""), "")
    return wire.Delivery(
        method=method,
        recipient=draft.applicant.name or draft.applicant.english_name,
        address=place + draft.answers.get("mail_address", ""),
    )
