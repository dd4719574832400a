"""Fees: of a case (due, paid, paid back), and the place's list of a day for squaring the books (对账)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import and_, or_, select

from central.casework import access
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue.lookup import item_facts
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.desk.pages.case import found
from central.services import payments
from central.store.models import Case, Payment
from central.times import CHINA

router = APIRouter()
Clerk = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
LISTED = 200


@router.get("/payments")
def listed(request: Request, visitor: Clerk, day: str = "") -> Response:
    """What is due, and what came in or went back on a day, with totals for each way of paying."""
    centre = centre_of(request)
    today = centre.now().astimezone(CHINA).date()
    try:
        chosen = date.fromisoformat(day) if day else today
    except ValueError:
        chosen = today
    since = datetime.combine(chosen, time(), CHINA)
    until = since + timedelta(days=1)
    of_that_day = or_(
        and_(Payment.paid_at >= since, Payment.paid_at < until),
        and_(Payment.refunded_at >= since, Payment.refunded_at < until),
    )
    fees = select(Payment, Case).join(Case, Case.seq == Payment.case_seq).where(access.visible(visitor.who))
    with centre.database.reading() as session:
        due = session.execute(fees.where(Payment.paid_at.is_(None)).order_by(Payment.id).limit(LISTED)).all()
        moved = session.execute(fees.where(of_that_day).order_by(Payment.id)).all()
    totals: dict[str, int] = defaultdict(int)
    for payment, _ in moved:
        if payment.paid_at is not None and since <= payment.paid_at < until:
            totals[payment.way] += payment.cents
        if payment.refunded_at is not None and since <= payment.refunded_at < until:
            totals[payment.way] -= payment.cents
    return render(
        request,
        "services/payments.html",
        due=due,
        moved=moved,
        totals=totals,
        chosen=chosen,
        matters=payments.MATTERS,
        ways=payments.WAYS,
        reference_of=partial(payments.reference_of, centre.keys.vault),
        here="/desk/payments",
    )


@router.get("/cases/{case_number}/payments")
def of_case(request: Request, visitor: Clerk, case_number: str) -> Response:
    """A case's fees."""
    return _show(request, visitor, case_number)


@router.post("/cases/{case_number}/payments")
def due(request: Request, visitor: Clerk, case_number: str, form: Posted) -> Response:
    """Make a fee due."""
    centre = centre_of(request)
    cents = payments.cents_of(text(form, "amount", 20))
    try:
        with centre.database.writing() as session:
            case = found(session, visitor, case_number)
            payments.due(session, case, visitor.who, text(form, "matter", 30), cents, centre.now())
    except Refused as refused:
        return _show(request, visitor, case_number, refused.why)
    return see_other(request, f"/desk/cases/{case_number}/payments", Words("已登记应缴。", "Recorded as due."))


@router.post("/cases/{case_number}/payments/{payment_id}")
def settle(request: Request, visitor: Clerk, case_number: str, payment_id: RowNumber, form: Posted) -> Response:
    """It was paid, or paid back."""
    centre = centre_of(request)
    try:
        with centre.database.writing() as session:
            case = found(session, visitor, case_number)
            payment = session.scalar(
                select(Payment).where(Payment.id == payment_id, Payment.case_seq == case.seq).with_for_update()
            )
            if payment is None:
                raise HTTPException(404)
            if text(form, "act", 10) == "refund":
                payments.refunded(session, payment, case, visitor.who, centre.now())
            else:
                way, reference = text(form, "way", 20), text(form, "reference", 60)
                vault = centre.keys.vault
                payments.paid(session, vault, payment, case, visitor.who, way, reference, centre.now())
    except Refused as refused:
        return _show(request, visitor, case_number, refused.why)
    return see_other(request, f"/desk/cases/{case_number}/payments", Words("已登记。", "Recorded."))


def _show(request: Request, visitor: Signed, case_number: str, wrong: Words | None = None) -> Response:
    with centre_of(request).database.reading() as session:
        case = found(session, visitor, case_number)
        rows = payments.of_case(session, case)
        fee = item_facts(session, case.item_id, case.catalogue_version).fee
    return render(
        request,
        "services/case_payments.html",
        status=409 if wrong else 200,
        case=case,
        rows=rows,
        fee=fee,
        may=visitor.who.has(Role.WINDOW, Role.APPROVER),
        matters=payments.MATTERS,
        ways=payments.WAYS,
        reference_of=partial(payments.reference_of, centre_of(request).keys.vault),
        wrong=wrong,
        here="/desk/payments",
    )
