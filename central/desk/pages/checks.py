"""What is recorded about a case beside moving it: formal checks, contacts, credit, promises, who has it in hand …"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from central.casefile import read_dossier, unsealed
from central.casework import access, lifecycle, pickups, records, trust, withdrawals
from central.casework.acts import Refused, Words
from central.casework.checklist import WHOLE
from central.casework.office import Office
from central.casework.terms import ClockKind, Role
from central.casework.who import Who
from central.desk import recording
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text, whole
from central.desk.pages.case import found
from central.desk.recording import Recording
from central.retention import holding
from central.store.models import Case, Commitment, Dishonesty, User, Withdrawal
from central.times import CHINA

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
Record = Callable[[Office, Session, Case, Who], object]

_FOR_GOOD = Words("登记后不能修改；需要更正时另行登记。", "A record stays as it is; correct it by another one.")


@router.post("/cases/{case_number}/checks/{code}")
def check_material(request: Request, visitor: Caseworker, case_number: str, code: str, form: Posted) -> Response:
    """形式审查 of one material: each point that was judged, and the material as a whole when all are right."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        dossier = read_dossier(session, centre.keys, found(session, visitor, case_number), centre.now())
    material = dossier.material(code)
    if material is None:
        raise HTTPException(404)
    all_right = text(form, "all", 10) == "right"
    judged: list[tuple[int, bool, str]] = []
    for point in material.points:
        name = "whole" if point.index == WHOLE else f"p{point.index}"
        verdict, problem = text(form, name, 10), text(form, f"{name}_problem", 500)
        if point.index != WHOLE and all_right:
            judged.append((point.index, True, ""))
        elif verdict == "wrong" or (verdict == "right" and point.index != WHOLE):
            judged.append((point.index, verdict == "right", problem if verdict == "wrong" else ""))
        elif verdict == "right":
            all_right = True
    single = [one for one in judged if one[0] != WHOLE]
    every_one = len(single) == len(material.points) - 1 and bool(single)
    if (all_right or every_one) and all(right for _, right, _ in judged):
        judged.append((WHOLE, True, ""))
    wants_original = text(form, "original_seen", 3) == "yes" and not material.original_seen
    if not judged and not wants_original:
        return see_other(
            request,
            _back(form, case_number, code),
            Words("没有选择，没有保存。", "Nothing was chosen, nothing was saved."),
        )

    def record(office: Office, session: Session, case: Case, who: Who) -> None:
        for point, right, problem in judged:
            records.formal_check(office, session, case, who, code, point, right, problem)
        if wants_original:
            records.original_seen(office, session, case, who, code)

    _write(request, visitor, case_number, record)
    wrong = sum(not right for _, right, _ in judged)
    said = (
        Words(f"{material.name}：已记下 {wrong} 个问题。", f"{material.name}: {wrong} problems noted.")
        if wrong
        else Words(f"{material.name}：已保存。", f"{material.name}: saved.")
    )
    return see_other(request, _back(form, case_number, code), said)


@router.post("/cases/{case_number}/take")
def take(request: Request, visitor: Caseworker, case_number: str) -> Response:
    """接办."""
    _write(request, visitor, case_number, records.take)
    return see_other(request, f"/desk/cases/{case_number}", Words("由您办理。", "It is yours."))


@router.get("/cases/{case_number}/record/{what}")
def record_page(request: Request, visitor: Caseworker, case_number: str, what: str) -> Response:
    """A form to record something."""
    return _show(request, visitor, case_number, what, {})


@router.post("/cases/{case_number}/record/{what}")
def record_it(request: Request, visitor: Caseworker, case_number: str, what: str, form: Posted) -> Response:
    """Record it. What was typed comes back when it is refused."""
    writer = _WRITERS.get(what)
    if writer is None:
        raise HTTPException(404)
    typed = {name: text(form, name, 2000) for name in form if name != "csrf"}
    try:
        _write(
            request, visitor, case_number, lambda office, session, case, who: writer(office, session, case, who, form)
        )
    except Refused as refused:
        return _show(request, visitor, case_number, what, typed, refused.why)
    return see_other(request, f"/desk/cases/{case_number}", Words("已登记。", "Recorded."))


def _show(
    request: Request, visitor: Signed, case_number: str, what: str, typed: dict[str, str], why: Words | None = None
) -> Response:
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        dossier = read_dossier(session, centre.keys, case, centre.now())
        offered = {one.key: one for one in recording.offered(centre.casework.office, session, dossier, visitor.who)}
        if what not in offered:
            raise HTTPException(404)
        chosen: Recording = offered[what]
        colleagues = _colleagues(session, visitor) if what == "hand-over" else ()
        halls = pickups.halls(session) if what == "pickup-place" else ()
        deadlines = centre.casework.deadlines(session, case)
    vault = centre.keys.vault
    asked = dossier.open_withdrawal
    proposal = next((one for one in dossier.dishonesty if one.state == "proposed"), None)
    return render(
        request,
        "cases/record.html",
        status=200 if why is None else 422,
        case=case,
        dossier=dossier,
        what=what,
        words=chosen.words,
        typed=typed,
        why=why,
        colleagues=colleagues,
        halls=halls,
        extensible=[one for one in deadlines if one.clock in recording.EXTENSIBLE],
        open_commitments=[one for one in dossier.commitments if not one.fulfilled_at and not one.broken_at],
        asked=asked,
        asked_words=""
        if asked is None
        else unsealed(vault, asked.request_sealed, f"withdrawal.request_sealed|{case.application_id}"),
        ground=""
        if proposal is None
        else unsealed(vault, proposal.ground_sealed, f"dishonesty.ground_sealed|{case.application_id}"),
        ways=records.CONTACT_WAYS,
        outcomes=records.CONTACT_OUTCOMES,
        reasons=recording.WITHDRAWAL_REASONS,
        for_good=_FOR_GOOD,
        lifecycle=lifecycle.load(),
        here="/desk/work",
    )


def _write(request: Request, visitor: Signed, case_number: str, record: Record) -> None:
    centre = centre_of(request)
    with centre.database.writing() as session:
        case = access.take(session, visitor.who, case_number)
        if case is None:
            raise HTTPException(404)
        record(centre.casework.office, session, case, visitor.who)


def _back(form: FormData, case_number: str, code: str) -> str:
    """Where the form said to go on, if that is a page of the same case."""
    own = f"/desk/cases/{case_number}"
    back = text(form, "back", 300)
    return back if back.startswith((f"{own}/", f"{own}#")) else f"{own}#m-{code}"


def _colleagues(session: Session, visitor: Signed) -> tuple[User, ...]:
    """Whom the case may be handed to."""
    of_unit = select(User).where(User.unit_id == visitor.user.unit_id, User.disabled_at.is_(None)).order_by(User.name)
    working = {Role.WINDOW.value, Role.APPROVER.value}
    return tuple(
        one for one in session.scalars(of_unit) if one.id != visitor.user.id and working.intersection(one.roles)
    )


def _number(form: FormData, name: str) -> int:
    return whole(text(form, name, 9)) or 0


def _contact(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    way, counterpart, outcome = text(form, "way", 20), text(form, "counterpart", 200), text(form, "outcome", 20)
    records.contact(office, session, case, who, way, counterpart, outcome, text(form, "note", 2000))


def _credit(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    trust.credit(office, session, case, who, text(form, "outcome", 10), text(form, "source", 200))


def _commitment(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    kind, _, material = text(form, "material", 80).partition(":")
    signed = text(form, "signed", 3) == "yes"
    trust.commitment(office, session, case, who, material, kind, _number(form, "days"), signed=signed)


def _commitment_closed(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    row = session.get(Commitment, _number(form, "commitment"))
    if row is None or row.case_seq != case.seq:
        raise HTTPException(404)
    if text(form, "outcome", 10) == "kept":
        trust.fulfil(office, session, case, who, row)
    else:
        trust.break_(office, session, case, who, row, text(form, "reason", 2000))


def _withdrawal(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    withdrawals.request(
        office,
        session,
        case,
        who,
        request_id=str(uuid4()),
        channel="window",
        reason_code=text(form, "reason_code", 30),
        words=text(form, "words", 2000),
    )


def _withdrawal_refused(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    row = next((one for one in _withdrawals(session, case) if one.state == "requested"), None)
    if row is None:
        raise Refused(
            "decided",
            Words("没有待答复的撤回申请，请回办件页看最新情况", "There is no request to answer; see the case page"),
        )
    withdrawals.refuse(office, session, case, who, row, text(form, "reason", 2000))


def _extend(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    clock = text(form, "clock", 5)
    if clock not in set(ClockKind):
        raise Refused("extend", Words("请选择要延长的期限", "Choose which period"))
    records.extend(office, session, case, who, ClockKind(clock), _number(form, "days"), text(form, "reason", 2000))


def _hand_over(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    to = session.get(User, _number(form, "to"))
    if to is None:
        raise Refused("hand_over", Words("请选择同事", "Choose a colleague"))
    records.hand_over(office, session, case, who, to)


def _dishonesty(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    row = next((one for one in _proposals(session, case) if one.state == "proposed"), None)
    if row is None:
        raise Refused(
            "decided",
            Words("没有待审定的提议，请回办件页看最新情况", "There is no proposal to decide; see the case page"),
        )
    listed = text(form, "decision", 10) == "listed"
    trust.decide(office, session, case, who, row, listed=listed, reason=text(form, "reason", 2000))


def _pickup_place(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    pickups.move(office, session, case, who, text(form, "place", 6), text(form, "reason", 2000))


def _hold(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    until = text(form, "until", 10)
    try:
        day = datetime.combine(date.fromisoformat(until), time(), CHINA) if until else None
    except ValueError:
        raise Refused("until", Words("请填写日期", "Give a day")) from None
    # The day itself is still kept.
    holding.place(office, session, case, who, text(form, "reason", 2000), day and day + timedelta(days=1))


def _lift(office: Office, session: Session, case: Case, who: Who, form: FormData) -> None:
    holding.lift(office, session, case, who, text(form, "reason", 2000))


def _transmitted(office: Office, session: Session, case: Case, who: Who, _: FormData) -> None:
    records.transmitted(office, session, case, who)


def _withdrawals(session: Session, case: Case) -> Sequence[Withdrawal]:
    return session.scalars(select(Withdrawal).where(Withdrawal.case_seq == case.seq)).all()


def _proposals(session: Session, case: Case) -> Sequence[Dishonesty]:
    return session.scalars(select(Dishonesty).where(Dishonesty.case_seq == case.seq)).all()


_WRITERS: Mapping[str, Callable[[Office, Session, Case, Who, FormData], None]] = {
    "contact": _contact,
    "credit": _credit,
    "commitment": _commitment,
    "commitment-outcome": _commitment_closed,
    "withdrawal": _withdrawal,
    "withdrawal-answer": _withdrawal_refused,
    "extension": _extend,
    "hand-over": _hand_over,
    "dishonesty": _dishonesty,
    "transmission": _transmitted,
    "pickup-place": _pickup_place,
    "hold": _hold,
    "hold-lift": _lift,
}
