"""What a document says, from the case and what the act brings: one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from central.casework import profiles
from central.casework.acts import Problem
from central.casework.guards import REFUSAL_KINDS, RETURNED_WAYS
from central.casework.ports import DocumentFacts
from central.casework.terms import DocumentKind
from central.casework.withdrawals import REASONS
from central.documents.casefacts import PAYERS, CaseFacts, hall, office
from central.documents.content import (
    AcceptanceReceipt,
    Body,
    CollectionNotice,
    ContactLine,
    Decision,
    HandOverList,
    MailingCover,
    MaterialLine,
    NotAcceptNotice,
    Office,
    OneTimeNotice,
    ProblemLine,
    RejectionNotice,
    WithdrawalConfirmation,
)
from central.services import custody, shipments
from central.store.models import ContactRecord, Custody, Document, Payment, Shipment, Withdrawal
from kiosk.protocol.application import DeliveryMethod
from kiosk.protocol.states import State

CONTACT_WAYS = {"phone": "电话", "video": "视频", "platform": "平台"}
CONTACT_OUTCOMES = {"crossable": "属于“跨省通办”事项", "not_crossable": "不属于“跨省通办”事项", "other": "其他"}
CHANNELS = {"kiosk": "自助终端", "window": "窗口", "web": "网上", "app": "手机", "tv": "电视端"}


def body(kind: DocumentKind, of: CaseFacts, facts: DocumentFacts, at: datetime) -> Body:
    """The body of a document of `kind`.

    Raises:
        KeyError: nobody issues this kind (the slip is the terminal's).
    """
    return _BUILDERS[kind](of, facts, at)


def _collection_notice(of: CaseFacts, facts: DocumentFacts, at: datetime) -> CollectionNotice:
    return CollectionNotice(
        collected_at=at,
        materials=of.materials(),
        identity_check=of.identity_check,
        video=of.video,
        transmit_by=facts.transmit_due,
        mail_by=facts.mail_due,
        promise_days=of.item.promise_days,
        delivery=of.delivery,
        postage=_postage(of),
    )


def _acceptance_receipt(of: CaseFacts, facts: DocumentFacts, at: datetime) -> AcceptanceReceipt:
    return AcceptanceReceipt(
        accepted_at=at,
        materials=of.materials(),
        promise_due=facts.promise_due,
        promise_days=of.item.promise_days,
        statutory_days=of.item.statutory_days,
        fee=of.item.fee or "不收费",
        delivery=of.delivery,
    )


def _one_time_notice(of: CaseFacts, facts: DocumentFacts, at: datetime) -> OneTimeNotice:
    desk = of.first_contact
    hours, address = f"（{desk.hours}）" if desk.hours else "", f"（{desk.address}）" if desk.address else ""
    ways = ("任一自助终端“补材料”", "网上", f"到收件窗口提交{hours}", f"邮寄到收件窗口{address}")
    return OneTimeNotice(
        told_at=at,
        problems=_problems(facts.problems),
        reason=facts.reason,
        basis=facts.basis or of.item.basis,
        supplement_due=facts.supplement_due,
        supplement_days=facts.supplement_days,
        ways=ways if facts.supplement_due else (),
    )


def _not_accept_notice(of: CaseFacts, facts: DocumentFacts, at: datetime) -> NotAcceptNotice:  # noqa: ARG001
    chosen = facts.extra.get("refusal_kind", "")
    handling = of.handling_office
    phone = handling.consult_phone or handling.phone
    advice = facts.extra.get("advice", "")
    if not advice and chosen == "incomplete":
        advice = "补齐材料后可重新申请。"
    elif not advice:
        advice = f"可向{handling.name}咨询或申请{f'，电话 {phone}' if phone else ''}。"
    return NotAcceptNotice(
        applied_at=of.case.received_at,
        contact=_contact(of, facts.contact),
        grounds=tuple((code == chosen, words.zh) for code, words in REFUSAL_KINDS.items()),
        reason=facts.reason,
        basis=facts.basis,
        advice=advice,
        returned=tuple(line for line in of.materials() if line.pages or line.form == "原件"),
        problems=_problems(facts.problems),
    )


def _rejection_notice(of: CaseFacts, facts: DocumentFacts, at: datetime) -> RejectionNotice:  # noqa: ARG001
    number, accepted_at = _acceptance(of)
    return RejectionNotice(
        accepted_number=number,
        accepted_at=accepted_at,
        reason=facts.reason,
        basis=facts.basis,
        problems=_problems(facts.problems),
        papers=facts.extra.get("papers", "") or ("纸质材料存档" if of.case.paper_needed else "电子材料存档"),
        delivery=of.delivery,
    )


def _withdrawal_confirmation(of: CaseFacts, facts: DocumentFacts, at: datetime) -> WithdrawalConfirmation:
    asked = facts.withdrawal
    way = facts.extra.get("returned", "") or (asked.returned if asked else "")
    return WithdrawalConfirmation(
        stage=State(of.case.state).zh,
        asked_at=asked.requested_at if asked else at,
        channel=_channel(asked),
        ground=_ground(asked.reason_code) if asked else facts.reason,
        request=_words_of(of, asked, facts.reason),
        confirmed_at=at,
        returned=RETURNED_WAYS[way].zh if way in RETURNED_WAYS else "没有纸质材料",
        refund=_refund(of),
    )


def _hand_over_list(of: CaseFacts, facts: DocumentFacts, at: datetime) -> HandOverList:  # noqa: ARG001
    named = _named_parcel(of, facts)
    parcel = named or of.shipment(shipments.TO_HANDLING)
    unit = hall(of.session, named.to_region if named else of.region_code)
    return HandOverList(
        to_office=office(unit) if unit else Office(name=of.region_name),
        materials=_inside(of, named) if named else of.materials(mailed_only=True),
        waybill=facts.extra.get("waybill", "") or (parcel.waybill or "" if parcel else ""),
        seal_number=facts.extra.get("seal_number", "") or _seal(of, parcel),
        payer=_payer(of, parcel),
        custody=of.custody(),
    )


def _mailing_cover(of: CaseFacts, facts: DocumentFacts, at: datetime) -> MailingCover:  # noqa: ARG001
    parcel = _named_parcel(of, facts) or of.shipment(
        shipments.RESULT_TO_APPLICANT, shipments.RESULT_TO_DESK, shipments.RETURN
    )
    if parcel is not None and parcel.to_sealed is not None:
        known = shipments.recipient_of(of.keys.vault, parcel)
        name, phone, address = known.name, known.phone, known.address
    elif of.opened.application.delivery.method is DeliveryMethod.PICKUP_AT_DESK:
        desk = of.first_contact
        name, phone, address = f"{desk.name}（跨省通办窗口）", desk.phone, desk.address
    else:
        delivery = of.opened.application.delivery
        name, phone, address = delivery.recipient or of.applicant.name, of.applicant.phone, of.applicant.address
    contents = shipments.contents_of(of.keys.vault, parcel, of.case) if parcel is not None else ()
    return MailingCover(
        recipient=name,
        phone=phone,
        address=address,
        contents=contents or (f"“{of.case.item_name}”办理结果 1 份",),
        waybill=facts.extra.get("waybill", "") or (parcel.waybill or "" if parcel else ""),
        seal_number=facts.extra.get("seal_number", "") or _seal(of, parcel),
        payer=_payer(of, parcel),
        custody=of.custody(),
    )


def _named_parcel(of: CaseFacts, facts: DocumentFacts) -> Shipment | None:
    """The parcel that the document goes with, where whoever issues it names it."""
    number = facts.extra.get("shipment", "")
    parcel = of.session.get(Shipment, int(number)) if number.isdecimal() else None
    return parcel if parcel is not None and parcel.case_seq == of.case.seq else None


def _inside(of: CaseFacts, parcel: Shipment) -> tuple[MaterialLine, ...]:
    """What was packed, each with what is known of it."""
    known = {line.name: line for line in of.materials()}
    packed = shipments.contents_of(of.keys.vault, parcel, of.case)
    lines = (known.get(name) or MaterialLine(name=name, form="纸质") for name in packed)
    return tuple(replace(line, mailed=True) for line in lines)


def _seal(of: CaseFacts, parcel: Shipment | None) -> str:
    """The number of the seal that the parcel was closed with."""
    if parcel is None:
        return ""
    of_parcel = (Custody.shipment_id == parcel.id, Custody.seal_number_sealed.is_not(None))
    last = select(Custody.seal_number_sealed).where(*of_parcel).order_by(Custody.id.desc()).limit(1)
    return custody.mark_of(of.keys.vault, of.case, of.session.scalar(last))


def _decision(of: CaseFacts, facts: DocumentFacts, at: datetime) -> Decision:
    number, accepted_at = _acceptance(of)
    return Decision(
        revoked=facts.extra.get("event") == "revoke",
        accepted_number=number,
        accepted_at=accepted_at,
        decided_at=at,
        result_number=facts.result_number,
        text=facts.result_text,
        reason=facts.reason,
        basis=facts.basis or of.item.basis,
        delivery="" if facts.extra.get("event") == "revoke" else of.delivery,
    )


_BUILDERS: dict[DocumentKind, Callable[[CaseFacts, DocumentFacts, datetime], Body]] = {
    DocumentKind.COLLECTION_NOTICE: _collection_notice,
    DocumentKind.ACCEPTANCE_RECEIPT: _acceptance_receipt,
    DocumentKind.ONE_TIME_NOTICE: _one_time_notice,
    DocumentKind.NOT_ACCEPT_NOTICE: _not_accept_notice,
    DocumentKind.REJECTION_NOTICE: _rejection_notice,
    DocumentKind.WITHDRAWAL_CONFIRMATION: _withdrawal_confirmation,
    DocumentKind.MATERIAL_HANDOVER_LIST: _hand_over_list,
    DocumentKind.MAILING_LABEL: _mailing_cover,
    DocumentKind.DECISION: _decision,
}


def _problems(problems: Iterable[Problem]) -> tuple[ProblemLine, ...]:
    return tuple(
        ProblemLine(
            subject=one.subject,
            what=one.what,
            basis=one.basis,
            remedy=one.remedy,
            tolerable=one.tolerable,
            material=one.material,
        )
        for one in problems
    )


def _contact(of: CaseFacts, record: ContactRecord | None) -> ContactLine | None:
    if record is None:
        return None
    note = ""
    if record.note_sealed is not None:
        note = of.keys.vault.open(record.note_sealed, f"contact_record.note_sealed|{of.case.application_id}")
    return ContactLine(
        at=record.at,
        way=CONTACT_WAYS.get(record.way, record.way),
        counterpart=of.keys.vault.read(
            record.counterpart_sealed, f"contact_record.counterpart_sealed|{of.case.application_id}"
        ),
        outcome=CONTACT_OUTCOMES.get(record.outcome, record.outcome),
        note=note,
    )


def _acceptance(of: CaseFacts) -> tuple[str, datetime | None]:
    """Number and time of the acceptance receipt that stands."""
    row = of.session.scalar(
        select(Document)
        .where(
            Document.case_seq == of.case.seq,
            Document.kind == DocumentKind.ACCEPTANCE_RECEIPT,
            Document.voided_at.is_(None),
        )
        .order_by(Document.id.desc())
        .limit(1)
    )
    return (row.number, row.issued_at) if row else ("", of.case.accepted_at)


def _words_of(of: CaseFacts, asked: Withdrawal | None, noted: str) -> str:
    """The applicant's own words; without any, what the clerk noted besides the ground chosen."""
    if asked is None:
        return ""
    if asked.request_sealed is None:
        return "" if noted == asked.reason_code else noted
    return of.keys.vault.open(asked.request_sealed, f"withdrawal.request_sealed|{of.case.application_id}")


def _ground(code: str) -> str:
    return REASONS[code].zh if code in REASONS else code


def _channel(asked: Withdrawal | None) -> str:
    if asked is None:
        return "窗口"
    name = CHANNELS.get(asked.channel, asked.channel)
    return f"{name} {asked.terminal_id}" if asked.terminal_id else name


def _refund(of: CaseFacts) -> str:
    payments = of.session.scalars(select(Payment).where(Payment.case_seq == of.case.seq)).all()
    paid = [one for one in payments if one.paid_at is not None]
    if not paid:
        return "未收费"
    back = sum(one.cents for one in paid if one.refunded_at is not None)
    due = sum(one.cents for one in paid) - back
    return f"已退 {back / 100:.2f} 元" if due == 0 else f"应退 {due / 100:.2f} 元"


def _postage(of: CaseFacts) -> str:
    return _words_for_payer(profiles.load().get(of.case.profile).postage_payer)


def _payer(of: CaseFacts, parcel: Shipment | None) -> str:
    return _words_for_payer(parcel.payer) if parcel else _postage(of)


def _words_for_payer(code: str) -> str:
    return PAYERS.get(code, code)
