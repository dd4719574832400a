"""Fees (R089): what is due, paid at the desk or by a code, and paid back. The terminal takes no money.

Helping is free of charge (代办帮办服务无偿), and postage is the departments' (R131): neither can be made due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.lines import line
from central.casework.rights import places_of
from central.casework.terms import Role
from central.casework.who import Who
from central.store.models import Case, Payment
from central.vault import Vault

MATTERS = {
    "licence_cost": Words("证照工本费", "Cost of the licence"),
    "statutory_fee": Words("法定收费", "Statutory fee"),
    "contribution": Words("补缴款项", "Contribution to be paid up"),
}
WAYS = {
    "code": Words("扫码支付", "Payment code"),
    "cash": Words("窗口现金", "Cash at the desk"),
    "card": Words("窗口刷卡", "Card at the desk"),
    "transfer": Words("转账", "Bank transfer"),
}
MOST_CENTS = 100_000_00


def due(session: Session, case: Case, who: Who, matter: str, cents: int, at: datetime) -> Payment:
    """A fee that the applicant has to pay, in cents of a yuan.

    Raises:
        Refused
    """
    _check_staff(case, who)
    if matter not in MATTERS:
        raise Refused(
            "matter",
            Words("请选择收费项目。代办帮办和邮寄不向申请人收费。", "Choose the matter. Helping and posting are free."),
        )
    if not 0 < cents <= MOST_CENTS:
        raise Refused("amount", Words("请填写金额（元，最多两位小数）。", "Give the amount in yuan."))
    payment = Payment(case_seq=case.seq, cents=cents, matter=matter, created_at=at)
    session.add(payment)
    session.flush()
    _record(session, case, who, payment, "due", at)
    return payment


def paid(
    session: Session, vault: Vault, payment: Payment, case: Case, who: Who, way: str, reference: str, at: datetime
) -> None:
    """Money came in; `reference` is the receipt's number.

    Raises:
        Refused
    """
    _check_staff(case, who)
    if way not in WAYS or not reference.strip():
        raise Refused(
            "way", Words("请选择付款方式并填写票据号。", "Choose how it was paid, and give the receipt number.")
        )
    if payment.paid_at is not None:
        raise Refused("paid", Words("这笔已经缴过，不要重复收取。", "It has been paid; do not take it twice."))
    payment.paid_at, payment.way = at, way
    payment.reference_sealed = vault.seal(reference.strip()[:60], _where(payment))
    _record(session, case, who, payment, "paid", at)


def reference_of(vault: Vault, payment: Payment) -> str:
    """The number of the receipt."""
    return vault.read(payment.reference_sealed, _where(payment))


def refunded(session: Session, payment: Payment, case: Case, who: Who, at: datetime) -> None:
    """Money went back.

    Raises:
        Refused
    """
    _check_staff(case, who)
    if payment.paid_at is None or payment.refunded_at is not None:
        raise Refused("not_paid", Words("没有可退的款项。", "There is nothing to pay back."))
    payment.refunded_at = at
    _record(session, case, who, payment, "refunded", at)


def of_case(session: Session, case: Case) -> Sequence[Payment]:
    """The case's fees, oldest first."""
    return session.scalars(select(Payment).where(Payment.case_seq == case.seq).order_by(Payment.id)).all()


def cents_of(text: str) -> int:
    """Cents of an amount such as 12, 12.5 or 12.50 yuan; 0 when it is none."""
    whole, point, part = text.strip().removeprefix("¥").partition(".")
    if (
        not whole.isascii()
        or not whole.isdigit()
        or (point and not (part.isascii() and part.isdigit()))
        or len(part) > 2
    ):
        return 0
    return int(whole[:9]) * 100 + int(part.ljust(2, "0"))


def _where(payment: Payment) -> str:
    return f"payment.reference_sealed|{payment.id}"


def _check_staff(case: Case, who: Who) -> None:
    here = who.region_code in (case.receiving_code, *places_of(case))
    if who.user_id is None or not who.has(Role.WINDOW, Role.APPROVER) or not here:
        raise Refused("not_staff", Words("只有经办窗口可以登记收费。", "Only the desks of this case record fees."))


def _record(session: Session, case: Case, who: Who, payment: Payment, act: str, at: datetime) -> None:
    session.flush()
    open_fees = [one for one in of_case(session, case) if one.paid_at is None]
    case.payment = "due" if open_fees else act
    detail = {"payment": payment.id, "act": act, "matter": payment.matter, "cents": payment.cents}
    line(session, case, who, "payment", at, detail)
