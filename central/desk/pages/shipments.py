"""Shipments: what is to be sent, what is under way, what went wrong; packing, waybill, papers to print, the trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import access
from central.casework.acts import Act, Refused, Words
from central.casework.ports import DocumentFacts
from central.casework.rights import places_of
from central.casework.sourced import on_paper, verified
from central.casework.terms import DocumentKind, Role
from central.casework.who import Who
from central.catalogue.lookup import item_facts
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.desk.pages.case import found
from central.desk.services_words import DIRECTIONS, LEGS, PAYERS, PROBLEMS, SHIPMENT_STATES
from central.notify.provider import ProviderError
from central.services import custody, shipments
from central.services.carrier import Address, Parcel
from central.services.shipments import RESULT_TO_APPLICANT, RESULT_TO_DESK, RETURN, TO_HANDLING
from central.store.models import Case, Document, Reveal, Shipment, Unit
from kiosk.protocol.application import DeliveryMethod
from kiosk.protocol.states import State

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]

LISTED = 100
VIEWS = {
    "to_send": Words("待寄出", "To be sent"),
    "under_way": Words("寄送中", "Under way"),
    "coming": Words("寄给我们的", "Coming to us"),
    "problems": Words("异常", "Problems"),
    "delivered": Words("已送达", "Delivered"),
}
_AFTER_COLLECTION = (State.COLLECTED, State.TRANSFERRED, State.ACCEPTED, State.RECEIVED, State.UNDER_REVIEW)


@router.get("/shipments")
def listed(request: Request, visitor: Clerk, view: str = "to_send") -> Response:
    """The unit's shipments by what is to be done with them."""
    if view not in VIEWS:
        raise HTTPException(404)
    with centre_of(request).database.reading() as session:
        counts = {
            key: _count(session, _in_view(visitor.who, key)) for key in ("to_send", "under_way", "coming", "problems")
        }
        rows = session.execute(
            select(Shipment, Case)
            .join(Case, Case.seq == Shipment.case_seq)
            .where(_in_view(visitor.who, view), access.visible(visitor.who))
            .order_by(Shipment.id.desc() if view == "delivered" else Shipment.id)
            .limit(LISTED)
        ).all()
        unpacked = _unpacked(session, visitor.who) if view == "to_send" else []
    return render(
        request,
        "services/shipments.html",
        view=view,
        views=VIEWS,
        counts=counts,
        rows=rows,
        unpacked=unpacked,
        **_words(),
    )


@router.get("/cases/{case_number}/shipments")
def of_case(request: Request, visitor: Clerk, case_number: str) -> Response:
    """A case's shipments and chain of custody, and the form to pack another."""
    return _show_case(request, visitor, case_number)


@router.post("/cases/{case_number}/shipments")
def pack(request: Request, visitor: Clerk, case_number: str, form: Posted) -> Response:
    """Record what is sent, why, with which contents and seal."""
    centre = centre_of(request)
    direction = text(form, "direction", 30)
    contents = [one for one in form.getlist("contents") if isinstance(one, str) and one][:60]
    contents += [one for one in text(form, "more", 600).splitlines() if one.strip()]
    try:
        with centre.database.writing() as session:
            case = found(session, visitor, case_number)
            now = centre.now()
            shipment = shipments.plan(
                session,
                centre.keys,
                case,
                visitor.who,
                direction,
                now,
                reason=text(form, f"reason_{direction}", 30),
                to_region=text(form, "to_region", 6),
            )
            vault, seal = centre.keys.vault, text(form, "seal", 40)
            shipments.pack(session, vault, shipment, case, visitor.who, contents, now, seal_number=seal)
            number = shipment.id
    except Refused as refused:
        return _show_case(request, visitor, case_number, wrong=refused.why, chosen=direction)
    packed = Words(
        "已封装登记。打印封面和交接清单，交寄后填单号。",
        "Packed. Print the cover and the list, post it, then enter the number.",
    )
    return see_other(request, f"/desk/shipments/{number}", packed)


@router.get("/shipments/{number}")
def shipment_page(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """One shipment."""
    return _show(request, visitor, number)


@router.post("/shipments/{number}/address")
def address(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """The recipient in full, to write the cover: recorded first."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        shipment, case = _found(session, visitor.who, number)
        now = centre.now()
        row = Reveal(at=now, user_id=visitor.user.id, case_seq=case.seq, what="address", purpose="shipment")
        session.add(row)
        trail.record(session, visitor.who, "reveal", case.case_number, now, {"what": "address", "purpose": "shipment"})
        recipient = shipments.recipient_of(centre.keys.vault, shipment)
    return _show(request, visitor, number, recipient=recipient)


@router.post("/shipments/{number}/papers")
def papers(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """Issue the mailing cover and, between offices, the hand-over list."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        shipment, case = _found(session, visitor.who, number, ours=True)
        facts = DocumentFacts(extra={"shipment": str(shipment.id), "waybill": shipment.waybill or ""})
        kinds = [DocumentKind.MAILING_LABEL]
        if shipment.direction in (TO_HANDLING, RESULT_TO_DESK):  # from office to office
            kinds.append(DocumentKind.MATERIAL_HANDOVER_LIST)
        for kind in kinds:
            centre.casework.office.issue.issue(
                session, kind, case, visitor.who, facts, centre.now(), shipment.sub_case_id
            )
    made = Words("封面和交接清单已生成，请打印。", "The cover and the list are made; please print them.")
    return see_other(request, f"/desk/shipments/{number}", made)


@router.post("/shipments/{number}/waybill")
def waybill(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """Ask the carrier for a waybill number."""
    centre = centre_of(request)
    if centre.carrier is None:
        raise HTTPException(404)
    with centre.database.reading() as session:
        shipment, _ = _found(session, visitor.who, number, ours=True)
        unit = session.get_one(Unit, shipment.from_unit_id)
    sender = Address(unit.name, unit.phone or unit.consult_phone, unit.address)
    recipient = shipments.recipient_of(centre.keys.vault, shipment)
    try:
        given = centre.carrier.create(Parcel(f"tongban-{shipment.id}", sender, recipient))
    except ProviderError:
        busy = Words(
            "快递公司没有给出单号。可稍后再试，或手工填写面单上的单号。",
            "The carrier gave no number. Try later, or enter the one on the waybill.",
        )
        return _show(request, visitor, number, wrong=busy)
    return _show(request, visitor, number, suggested=given)


@router.post("/shipments/{number}/sent")
def sent(request: Request, visitor: Clerk, number: RowNumber, form: Posted) -> Response:
    """Handed to the carrier. For a result this is the lifecycle's `dispatch_result`, where that is the next step."""
    centre = centre_of(request)
    given = text(form, "waybill", 40)
    try:
        with centre.database.writing() as session:
            shipment, case = _found(session, visitor.who, number, ours=True, lock=True)
            now = centre.now()
            shipments.sent(session, shipment, case, visitor.who, given, now)
            if shipment.direction in (RESULT_TO_APPLICANT, RESULT_TO_DESK) and case.state == State.RESULT_ISSUED:
                extra = {"waybill": shipment.waybill or ""}
                act = Act(case.case_number, "dispatch_result", case.version, extra=extra)
                centre.casework.perform_in(session, visitor.who, act, case)
            elif shipment.direction != RETURN and shipment.direction != RESULT_TO_DESK:
                kind, params = shipments.notice_of(shipment)
                centre.casework.office.notify.notify(session, case, kind, params, now)
    except Refused as refused:
        return _show(request, visitor, number, wrong=refused.why, suggested=given)
    return see_other(request, f"/desk/shipments/{number}", Words("已登记寄出。", "Recorded as sent."))


@router.post("/shipments/{number}/delivered")
def delivered(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """It is here, or somebody told that it arrived."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        shipment, case = _found(session, visitor.who, number, lock=True)
        shipments.delivered(session, shipment, case, visitor.who, centre.now())
    return see_other(request, f"/desk/shipments/{number}", Words("已登记送达。", "Recorded as delivered."))


@router.post("/shipments/{number}/problem")
def problem(request: Request, visitor: Clerk, number: RowNumber, form: Posted) -> Response:
    """Something went wrong, or is right again."""
    centre = centre_of(request)
    kind = text(form, "kind", 20)
    with centre.database.writing() as session:
        shipment, case = _found(session, visitor.who, number, lock=True)
        if kind in PROBLEMS:
            shipments.went_wrong(session, shipment, case, visitor.who, kind, centre.now())
        else:
            shipments.on_its_way_again(session, shipment, case, visitor.who, centre.now())
    return see_other(request, f"/desk/shipments/{number}", Words("已登记。", "Recorded."))


@router.post("/shipments/{number}/look")
def look(request: Request, visitor: Clerk, number: RowNumber) -> Response:
    """Ask the carrier where it is."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        shipment, _ = _found(session, visitor.who, number)
    try:
        asked = centre.tracking.look(shipment)
    except ProviderError:
        asked = False
    if asked:
        return see_other(request, f"/desk/shipments/{number}", Words("轨迹已更新。", "The trace is up to date."))
    nothing = Words("没有查到新的轨迹，请稍后再看。", "Nothing new is known; please look again later.")
    return see_other(request, f"/desk/shipments/{number}", nothing)


def _in_view(who: Who, view: str) -> ColumnElement[bool]:
    mine = Shipment.from_unit_id == who.unit_id
    # A result for an applicant who collects it here from elsewhere is not ours to look into: it waits on its own page.
    ours = select(Case.seq).where(Case.seq == Shipment.case_seq, access.visible(who)).correlate(Shipment).exists()
    to_us = and_(Shipment.to_region == who.region_code, Shipment.direction.in_((TO_HANDLING, RESULT_TO_DESK)), ours)
    return {
        "to_send": and_(mine, Shipment.state == "to_send"),
        "under_way": and_(mine, Shipment.state == "sent"),
        "coming": and_(to_us, Shipment.state == "sent"),
        "problems": and_(or_(mine, to_us), Shipment.state == "exception"),
        "delivered": and_(or_(mine, to_us), Shipment.state == "delivered"),
    }[view]


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Shipment).where(condition)) or 0


def _unpacked(session: Session, who: Who) -> Sequence[Case]:
    """Cases whose papers, or results, are waiting for somebody to pack them."""
    nothing_yet = ~select(Shipment.id).where(Shipment.case_seq == Case.seq).exists()
    papers_due = and_(
        Case.receiving_code == who.region_code,
        Case.paper_needed,
        Case.state.in_(_AFTER_COLLECTION),
        Case.mailed_at.is_(None),
        nothing_yet,
    )
    no_result = (
        ~select(Shipment.id)
        .where(Shipment.case_seq == Case.seq, Shipment.direction.in_((RESULT_TO_APPLICANT, RESULT_TO_DESK)))
        .exists()
    )
    result_due = and_(
        Case.handling_code == who.region_code,
        Case.state == State.RESULT_ISSUED,
        Case.delivery == DeliveryMethod.EMS_TO_APPLICANT,
        no_result,
    )
    wanted = select(Case).where(access.visible(who), or_(papers_due, result_due))
    return session.scalars(wanted.order_by(Case.due_at).limit(LISTED)).all()


def _found(session: Session, who: Who, number: int, *, ours: bool = False, lock: bool = False) -> tuple[Shipment, Case]:
    wanted = (
        select(Shipment).join(Case, Case.seq == Shipment.case_seq).where(Shipment.id == number, access.visible(who))
    )
    shipment = session.scalar(wanted.with_for_update(of=Shipment) if lock else wanted)
    if shipment is None or (ours and shipment.from_unit_id != who.unit_id):
        raise HTTPException(404)
    return shipment, session.get_one(Case, shipment.case_seq)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A direction that this unit may send in, and why it may."""

    code: str
    words: Words
    reasons: tuple[tuple[str, Words], ...]


def _choices(case: Case, who: Who) -> list[_Choice]:
    codes = []
    if who.region_code == case.receiving_code and case.paper_needed:
        codes.append(TO_HANDLING)
    if who.region_code in places_of(case):
        codes.append(RESULT_TO_APPLICANT if case.delivery == DeliveryMethod.EMS_TO_APPLICANT else RESULT_TO_DESK)
    if who.has(Role.WINDOW, Role.APPROVER):
        codes.append(RETURN)
        return [
            _Choice(code, DIRECTIONS[code], tuple((one, shipments.REASONS[one]) for one in shipments.DIRECTIONS[code]))
            for code in codes
        ]
    return []


def _show_case(
    request: Request, visitor: Signed, case_number: str, *, wrong: Words | None = None, chosen: str = ""
) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        item = item_facts(session, case.item_id, case.catalogue_version)
        rows = shipments.of_case(session, case)
        chain = custody.chain(session, case)
        choices = _choices(case, visitor.who)
        places = {part.region_code: part.region_name for part in case.sub_cases}
        licensed = verified(session, case)
    posted = [one.name for one in on_paper(item, licensed)]
    return render(
        request,
        "services/case_shipments.html",
        status=409 if wrong else 200,
        case=case,
        rows=rows,
        chain=custody.read(centre.keys.vault, case, chain),
        choices=choices,
        places=places,
        chosen=chosen,
        materials=posted or [one.name for one in item.materials if one.code not in licensed],
        wrong=wrong,
        **_words(),
    )


def _show(
    request: Request,
    visitor: Signed,
    number: int,
    *,
    wrong: Words | None = None,
    recipient: Address | None = None,
    suggested: str = "",
) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        shipment, case = _found(session, visitor.who, number)
        chain = [one for one in custody.chain(session, case) if one.shipment_id == shipment.id]
        made = session.scalars(
            select(Document)
            .where(
                Document.case_seq == case.seq,
                Document.kind.in_((DocumentKind.MAILING_LABEL, DocumentKind.MATERIAL_HANDOVER_LIST)),
                Document.issued_at >= shipment.created_at,
                Document.unit_id == shipment.from_unit_id,
                Document.voided_at.is_(None),
            )
            .order_by(Document.id)
        ).all()
        sender = session.get_one(Unit, shipment.from_unit_id)
        to_office = shipment.direction in (TO_HANDLING, RESULT_TO_DESK)
        trace = sorted(shipment.trace, key=lambda node: (node.at, node.id), reverse=True)
    return render(
        request,
        "services/shipment.html",
        status=409 if wrong else 200,
        shipment=shipment,
        case=case,
        chain=custody.read(centre.keys.vault, case, chain),
        contents=shipments.contents_of(centre.keys.vault, shipment, case),
        trace=trace,
        documents=made,
        sender=sender,
        ours=shipment.from_unit_id == visitor.user.unit_id,
        # Offices may be read by everybody; a citizen's address is shown when asked for, and that is recorded.
        recipient=shipments.recipient_of(centre.keys.vault, shipment) if to_office else recipient,
        has_carrier=centre.carrier is not None,
        suggested=suggested,
        wrong=wrong,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "directions": DIRECTIONS,
        "reasons": shipments.REASONS,
        "states": SHIPMENT_STATES,
        "legs": LEGS,
        "payers": PAYERS,
        "problems": PROBLEMS,
        "document_words": {
            "mailing_label": Words("邮寄封面", "Mailing cover"),
            "material_handover_list": Words("材料交接清单", "Hand-over list"),
        },
        "here": "/desk/shipments",
    }
