"""Shipments (寄递单): papers to the handling place, results to the applicant or the desk, returns (R009, R037, R172).

A shipment is a track of its own: it stops the clock of posting (C2) and never moves the case, with two exceptions that
the lifecycle itself names: sending the result off is its event `dispatch_result`, and the carrier's «signed» is
`signed_for`; both go through casework.

    to_send → sent → delivered
                  ↘ exception → sent (on its way again) or delivered
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import profiles, running
from central.casework.acts import Refused, Words
from central.casework.lines import line
from central.casework.rights import places_of
from central.casework.terms import ClockKind, NoticeKind, Role, ShipmentFlag
from central.casework.who import Who
from central.keys import KeyRing
from central.notify.outbox import enqueue
from central.opened import open_case
from central.services import custody
from central.services.carrier import Address
from central.store.models import Case, Shipment, Unit
from central.vault import Vault
from kiosk.protocol.application import DeliveryMethod

TOPIC = "track"
"""Of the outbox: ask the carrier for pushes. Payload: {"shipment": id}."""
TO_HANDLING, RESULT_TO_APPLICANT, RESULT_TO_DESK, RETURN = (
    "to_handling",
    "result_to_applicant",
    "result_to_desk",
    "return_to_applicant",
)
REASONS = {
    "original_archive": Words("办理地需纸质原件存档", "The handling place archives the paper originals"),
    "original_examined": Words("办理地须审查原件", "The handling place must examine the originals"),
    "cannot_print_remotely": Words("结果不能异地打印", "The result cannot be printed elsewhere"),
    "materials_returned": Words("退还申请人的材料", "The applicant's materials go back"),
}
"""Why anything is posted at all: everything else goes electronically (R086, R172)."""
DIRECTIONS: dict[str, tuple[str, ...]] = {
    TO_HANDLING: ("original_archive", "original_examined"),
    RESULT_TO_APPLICANT: ("cannot_print_remotely",),
    RESULT_TO_DESK: ("cannot_print_remotely",),
    RETURN: ("materials_returned",),
}
"""Reasons by direction."""
WAYBILL = re.compile(r"[A-Z0-9-]{8,20}")


def plan(
    session: Session,
    keys: KeyRing,
    case: Case,
    who: Who,
    direction: str,
    at: datetime,
    *,
    reason: str = "",
    to_region: str = "",
) -> Shipment:
    """A shipment to be packed by the unit of `who`. Its recipient is sealed; who pays is the profile's rule (R131).

    `to_region`: which of several handling places papers go to; the first unless said.

    Raises:
        Refused: not this unit's to send, no paper is needed, or no address is known.
    """
    reasons = DIRECTIONS.get(direction)
    if reasons is None or (reason or reasons[0]) not in reasons:
        raise Refused("reason", Words("请选择寄什么、为什么寄。", "Choose what is posted and why."))
    _check_sender(case, who, direction)
    if direction == TO_HANDLING and not case.paper_needed:
        raise Refused(
            "no_paper_needed",
            Words("该件不需要寄纸质材料，电子转办即可。", "No papers are needed here; it goes electronically."),
        )
    region, sub_case_id = case.pickup_place if direction == RESULT_TO_DESK else case.receiving_code, None
    if direction == TO_HANDLING:
        region = to_region or case.handling_code
        if region not in places_of(case):
            raise Refused("place", Words("该地不是这件的办理地。", "That is not a handling place of this case."))
        sub_case_id = next((part.id for part in case.sub_cases if part.region_code == region), None)
    shipment = Shipment(
        case_seq=case.seq,
        sub_case_id=sub_case_id,
        direction=direction,
        reason=reason or reasons[0],
        payer=profiles.load().get(case.profile).postage_payer,
        from_unit_id=who.unit_id,
        to_region=region,
        created_at=at,
    )
    session.add(shipment)
    session.flush()
    recipient = _recipient(session, keys, case, direction, region)
    shipment.to_sealed = keys.vault.seal(json.dumps(asdict(recipient)), _where(shipment))
    case.shipment = ShipmentFlag.TO_SEND
    detail = {"act": "planned", "direction": direction, "reason": shipment.reason, "payer": shipment.payer}
    line(session, case, who, "shipment", at, {"shipment": shipment.id, **detail}, sub_case_id)
    return shipment


def pack(
    session: Session,
    vault: Vault,
    shipment: Shipment,
    case: Case,
    who: Who,
    contents: Sequence[str],
    at: datetime,
    *,
    seal_number: str = "",
    from_party: str = "",
) -> None:
    """封装: what is inside, who packed it, and under which seal (R009, R104).

    Raises:
        Refused
    """
    _check_ours(shipment, who)
    if shipment.state != "to_send":
        raise Refused("sent", Words("已经寄出，不能再改内件。", "It has been sent; its contents cannot change."))
    packer = custody.unit_name(session, who.unit_id)
    shipment.contents_sealed = custody.seal_items(vault, case, contents)
    custody.handed_over(
        session,
        case,
        who,
        at,
        from_party=from_party or (custody.APPLICANT if shipment.direction == TO_HANDLING else packer),
        to_party=packer,
        items=shipment.contents_sealed,
        seal_number=custody.seal_mark(vault, case, seal_number),
        shipment=shipment,
    )
    shipment.packed_by = who.user_id


def sent(session: Session, shipment: Shipment, case: Case, who: Who, waybill: str, at: datetime) -> None:
    """Handed to the carrier. Papers to the handling place stop the clock of posting, C2.

    Raises:
        Refused: not packed, sent already, or the number makes no sense.
    """
    _check_ours(shipment, who)
    number = waybill.strip().upper().replace(" ", "")
    if shipment.state != "to_send":
        raise Refused("sent", Words("这一件已经寄出。", "This one has been sent."))
    if shipment.contents_sealed is None:
        raise Refused("not_packed", Words("请先登记内件并封装。", "First record the contents and pack it."))
    if WAYBILL.fullmatch(number) is None:
        raise Refused(
            "waybill",
            Words("快递单号应为 8 到 20 位字母和数字。", "A waybill number has 8 to 20 letters and digits."),
        )
    if session.scalar(select(Shipment.id).where(Shipment.waybill == number, Shipment.id != shipment.id)):
        raise Refused("waybill_used", Words("这个单号已经用过，请核对。", "This number is in use; please check it."))
    shipment.waybill, shipment.sent_at, shipment.state = number, at, "sent"
    custody.handed_over(
        session,
        case,
        who,
        at,
        from_party=custody.unit_name(session, who.unit_id),
        to_party=shipment.carrier.upper(),
        items=shipment.contents_sealed,
        shipment=shipment,
    )
    case.shipment = ShipmentFlag.SENT
    if shipment.direction == TO_HANDLING:
        case.mailed_at = case.mailed_at or at
        running.stop(session, case, ClockKind.MAILING, at)
    detail = {"act": "sent", "direction": shipment.direction, "waybill": number}
    line(session, case, who, "shipment", at, {"shipment": shipment.id, **detail}, shipment.sub_case_id)
    enqueue(session, TOPIC, {"shipment": shipment.id}, at)


def delivered(session: Session, shipment: Shipment, case: Case, who: Who, at: datetime) -> None:
    """It is there (said by the carrier, or by the desk that holds it in its hands). A second time changes nothing."""
    if shipment.state == "delivered":
        return
    if shipment.state == "to_send":
        raise Refused("not_sent", Words("还没有寄出。", "It has not been sent."))
    shipment.state, shipment.delivered_at = "delivered", at
    _flag(session, case, ShipmentFlag.DELIVERED)
    line(session, case, who, "shipment", at, {"shipment": shipment.id, "act": "delivered"}, shipment.sub_case_id)
    if who.user_id is not None and shipment.contents_sealed is not None:
        custody.handed_over(
            session,
            case,
            who,
            at,
            from_party=shipment.carrier.upper(),
            to_party=custody.unit_name(session, who.unit_id),
            items=shipment.contents_sealed,
            shipment=shipment,
        )


def went_wrong(session: Session, shipment: Shipment, case: Case, who: Who, kind: str, at: datetime) -> None:
    """Lost, damaged, refused or on its way back: somebody must look after it. `kind` is a code."""
    if shipment.state == "sent":
        shipment.state = "exception"
        _flag(session, case, ShipmentFlag.EXCEPTION)
        detail = {"shipment": shipment.id, "act": "exception", "kind": kind}
        line(session, case, who, "shipment", at, detail, shipment.sub_case_id)


def on_its_way_again(session: Session, shipment: Shipment, case: Case, who: Who, at: datetime) -> None:
    """The exception is over."""
    if shipment.state == "exception":
        shipment.state = "sent"
        _flag(session, case, ShipmentFlag.SENT)
        line(session, case, who, "shipment", at, {"shipment": shipment.id, "act": "resumed"}, shipment.sub_case_id)


def contents_of(vault: Vault, shipment: Shipment, case: Case) -> tuple[str, ...]:
    """What is inside.

    Raises:
        CannotUnseal
    """
    return custody.items_of(vault, case, shipment.contents_sealed)


def recipient_of(vault: Vault, shipment: Shipment) -> Address:
    """Whom it goes to.

    Raises:
        CannotUnseal
    """
    if shipment.to_sealed is None:
        return Address("", "", "")
    return Address(**json.loads(vault.open(shipment.to_sealed, _where(shipment))))


def of_case(session: Session, case: Case) -> Sequence[Shipment]:
    """The case's shipments, newest first."""
    return session.scalars(select(Shipment).where(Shipment.case_seq == case.seq).order_by(Shipment.id.desc())).all()


def notice_of(shipment: Shipment) -> tuple[NoticeKind, dict[str, str]]:
    """What the applicant is told when `shipment` leaves, where no event of the lifecycle tells it."""
    params = {"way": "post", "waybill": shipment.waybill or ""}
    kind = NoticeKind.FORWARDED if shipment.direction == TO_HANDLING else NoticeKind.RESULT_READY
    return kind, params


def _check_sender(case: Case, who: Who, direction: str) -> None:
    ours = who.user_id is not None and who.has(Role.WINDOW, Role.APPROVER)
    places = {
        TO_HANDLING: (case.receiving_code,),
        RETURN: (case.receiving_code, *places_of(case)),
    }.get(direction, places_of(case))
    if not ours or who.region_code not in places:
        raise Refused("not_sender", Words("这一件不由您的单位寄出。", "It is not for your unit to send this."))
    if direction == RESULT_TO_APPLICANT and case.delivery != DeliveryMethod.EMS_TO_APPLICANT:
        raise Refused("delivery", Words("申请人没有选择邮寄到家。", "The applicant did not choose the post."))


def _check_ours(shipment: Shipment, who: Who) -> None:
    if who.user_id is None or who.unit_id != shipment.from_unit_id:
        raise Refused("not_sender", Words("这一件不由您的单位寄出。", "It is not for your unit to send this."))


def _recipient(session: Session, keys: KeyRing, case: Case, direction: str, region: str) -> Address:
    if direction in (TO_HANDLING, RESULT_TO_DESK):
        hall = session.scalar(
            select(Unit).where(Unit.region_code == region, Unit.kind == "hall", Unit.active).order_by(Unit.id).limit(1)
        )
        if hall is None:
            raise Refused(
                "no_unit",
                Words(
                    "没有登记对方窗口，请先在联络表和单位里补上。",
                    "The other desk is not recorded; add the unit first.",
                ),
            )
        return Address(f"{hall.name}（跨省通办窗口）", hall.phone or hall.consult_phone, hall.address)
    application = open_case(session, keys, case).application
    delivery = application.delivery
    return Address(
        delivery.recipient or application.applicant.name,
        application.phone,
        delivery.address or application.applicant.address,
    )


def _flag(session: Session, case: Case, flag: ShipmentFlag) -> None:
    """The case shows an exception as long as there is one, else what happened last."""
    session.flush()
    wrong = select(Shipment.id).where(Shipment.case_seq == case.seq, Shipment.state == "exception").limit(1)
    case.shipment = ShipmentFlag.EXCEPTION if session.scalar(wrong) is not None else flag


def _where(shipment: Shipment) -> str:
    return f"shipment.to_sealed|{shipment.id}"
