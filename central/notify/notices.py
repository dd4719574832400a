"""Notices (N1…N12) to the applicant, queued in the transaction of the act that causes them.

A text message costs two inserts here; everything dear (opening the envelope for the number, the provider) comes later, in
`central.notify.sending`. Who asked to be called (电话告知, R016) gets a phone task instead, except for N1, which the slip
in their hand says already, and N10, which asks and tells nothing: these two go as text messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from central.casework.terms import NoticeKind
from central.notify import phone_tasks, texts
from central.notify.outbox import enqueue, enqueue_all
from central.store.models import Case, Notice, Shipment, Unit
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State

TOPIC = "notice"
"""Of the outbox. Payload: {"notice": id}."""
_WHERE_TO_COLLECT = frozenset({"N8.to_desk", "N8.pickup"})
"""Templates whose unit is the one that hands the result over, which may be another than the one that tells it (R111)."""
WORTH_A_CALL = frozenset(NoticeKind) - {NoticeKind.SUBMITTED, NoticeKind.PLEASE_RATE}


_TABLE = cast(Table, Notice.__table__)


class Notices:
    """Implements `central.casework.ports.Notifier`."""

    def notify(self, session: Session, case: Case, kind: NoticeKind, params: Mapping[str, str], at: datetime) -> None:
        """Queue a notice in the caller's transaction. Never fails the act: what cannot be said by text becomes a call."""
        params = _sharpened(session, case, kind, params)
        template = texts.template_for(kind, params, supplemented=case.supplements > 0)
        unit_id = telling_unit(session, case) if kind in WORTH_A_CALL and case.notify_by_phone else None
        by_phone, state, error = unit_id is not None, "queued", ""
        try:
            kept = dict(texts.checked(_kept(case, template, params)))
        except texts.NotSayable:
            kept, state, error = {}, "failed", "not_sayable"
            if kind in WORTH_A_CALL:
                unit_id = unit_id or telling_unit(session, case)
        notice_id = session.execute(
            insert(Notice)
            .values(
                case_seq=case.seq,
                kind=kind.value,
                channel="phone_task" if by_phone else "sms",
                template=template.code,
                params=kept,
                state="open" if by_phone else state,
                created_at=at,
                error=error,
            )
            .returning(Notice.id)
        ).scalar_one()
        if unit_id is not None:
            phone_tasks.open_task(session, notice_id, case.seq, unit_id, at)
        elif state == "queued":
            enqueue(session, TOPIC, {"notice": notice_id}, at)


def arrived(session: Session, cases: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """N1 for many new cases (rows of the table) with two statements. It is never a call: the slip says it already."""
    template = texts.template_for(NoticeKind.SUBMITTED, {})
    rows: list[dict[str, Any]] = []
    for case in cases:
        values, state, error = _kept_of(case), "queued", ""
        params = {name: values[name] for name in template.params if name in values}
        try:
            texts.checked(params)
        except texts.NotSayable:
            params, state, error = {}, "failed", "not_sayable"
        rows.append(
            {
                "case_seq": case["seq"],
                "kind": NoticeKind.SUBMITTED.value,
                "channel": "sms",
                "template": template.code,
                "params": params,
                "state": state,
                "created_at": at,
                "error": error,
            }
        )
    made = session.connection().execute(insert(_TABLE).returning(_TABLE.c.id, _TABLE.c.state), rows)
    enqueue_all(session, TOPIC, [{"notice": row.id} for row in made if row.state == "queued"], at)


def telling_unit(session: Session, case: Case) -> int | None:
    """Who speaks with the applicant: the unit first turned to (首问), else the hall of the receiving place (R074).

    Cases handled wholly online never pass the receiving place's desk: there it is the handling place's hall.
    """
    if case.first_contact_unit_id is not None:
        return case.first_contact_unit_id
    places = [case.receiving_code, case.handling_code]
    if case.mode == Mode.FULL_ONLINE:
        places.reverse()
    halls = select(Unit).where(Unit.region_code.in_(places), Unit.kind == "hall", Unit.active).order_by(Unit.id.desc())
    by_place = {hall.region_code: hall.id for hall in session.scalars(halls)}
    return by_place.get(places[0], by_place.get(places[1]))


def _hall(session: Session, region_code: str) -> int | None:
    halls = select(Unit.id).where(Unit.region_code == region_code, Unit.kind == "hall", Unit.active)
    return session.scalar(halls.order_by(Unit.id).limit(1))


def rendered(session: Session, case: Case, notice: Notice) -> tuple[str, Mapping[str, str]]:
    """The text of `notice` and its parameters in the template's order, with the unit's particulars as they are now.

    Raises:
        NotSayable: a parameter is missing or odd; the text must then be told from the case page.
    """
    template = texts.TEMPLATES[notice.template]
    collecting = notice.template in _WHERE_TO_COLLECT and bool(case.pickup_code)
    unit_id = _hall(session, case.pickup_code) if collecting else telling_unit(session, case)
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    place = unit.region_name if unit else case.pickup_name if collecting else case.receiving_name
    particulars = {
        "unit": _plain(unit.name if unit else f"{place}政务服务大厅"),
        "phone": (unit.phone or unit.consult_phone if unit else "") or "12345",
        "address": _plain((unit.address if unit else "") or place),
    }
    values = {**particulars, **notice.params}
    missing = [name for name in template.params if name not in values]
    if missing:
        raise texts.NotSayable(f"parameter {missing[0]} is missing")
    params = MappingProxyType(dict(texts.checked({name: values[name] for name in template.params})))
    return template.render(params), params


def _sharpened(session: Session, case: Case, kind: NoticeKind, said: Mapping[str, str]) -> Mapping[str, str]:
    """`said`, with what only the parcels know: the waybill, and that the result is still on its way to the desk."""
    if kind not in (NoticeKind.FORWARDED, NoticeKind.RESULT_READY):
        return said
    more = dict(said)
    if kind is NoticeKind.RESULT_READY and case.state == State.IN_DELIVERY and said.get("way") == "desk":
        more["way"] = "to_desk"
    if "waybill" not in more and more.get("way") in ("post", "to_desk"):
        latest = select(Shipment.waybill).where(Shipment.case_seq == case.seq, Shipment.waybill.is_not(None))
        more["waybill"] = session.scalar(latest.order_by(Shipment.id.desc()).limit(1)) or ""
    return more


def _kept(case: Case, template: texts.Template, said: Mapping[str, str]) -> dict[str, str]:
    values = {
        "item": _plain(case.item_name),
        "slip": texts.grouped(case.slip_number),
        "code": case.query_code,
        "handling": _plain(said.get("place") or case.handling_name),
        "number": said.get("document") or "见自助机",
        "waybill": said.get("waybill") or "见自助机",
        "date": _date(said.get("due", "")),
        "reason": texts.REASONS.get(said.get("refusal_kind", ""), texts.REASONS[""]),
    }
    return {name: values[name] for name in template.params if name in values}


def _kept_of(case: Mapping[str, Any]) -> dict[str, str]:
    return {
        "item": _plain(case["item_name"]),
        "slip": texts.grouped(case["slip_number"]),
        "code": case["query_code"],
        "handling": _plain(case["handling_name"]),
    }


def _plain(name: str) -> str:
    return "".join(name.split())[:60]


def _date(iso: str) -> str:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return ""  # its shape is then refused
    return f"{day.year}年{day.month}月{day.day}日"
