"""Carrying out a move that has been found legal: clocks, document, state, ledger, flags, notice, audit; in that order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import clocks, effects, erasing, reading, subcases, telling
from central.casework.acts import Act, Refused, Words
from central.casework.lifecycle import ClockChange, Flow, Transition
from central.casework.office import Office
from central.casework.ports import DocumentFacts
from central.casework.running import Running
from central.casework.terms import Actor, ClockKind, DocumentKind, NoticeKind
from central.casework.who import SYSTEM, Who
from central.notify.outbox import enqueue
from central.retention.rules import ENDS
from central.store.models import Case, Dishonesty, SubCase, Withdrawal
from kiosk.protocol.states import State

LONGEST_SUPPLEMENT_DAYS = 60
_CODES = ("refusal_kind", "returned")
"""What of `Act.extra` is a code, and may stand in the ledger in the clear."""


@dataclass(frozen=True)
class Move:
    """One transition of a case, or of one of its parts."""

    session: Session
    office: Office
    case: Case
    part: SubCase | None
    transition: Transition
    act: Act
    who: Who
    actor: Actor
    at: datetime


def carry_out(move: Move) -> tuple[str, ...]:
    """Do it; returns the numbers of the documents issued."""
    number = _do(move)
    if move.transition.notice is not None:
        _tell(move, number)
    return (number,) if number else ()


def carry_out_part(move: Move, flow: Flow) -> tuple[str, ...]:
    """The same for one part, and let the case follow. The applicant hears once, of where the case ends up."""
    number = _do(move)
    parts = [subcases.Part(State(one.state), one.required) for one in move.case.sub_cases]
    steps = subcases.moves(flow, State(move.case.state), move.transition.event, parts)
    last = move
    for step in steps:
        last = replace(move, part=None, transition=step, who=SYSTEM, actor=Actor.SYSTEM)
        _do(last)
    if last.transition.notice is not None:
        _tell(last, number)
    return (number,) if number else ()


def _do(move: Move) -> str:
    """Everything but the notice; returns the document's number, if there is one."""
    case, transition, session = move.case, move.transition, move.session
    running = Running(session, case)
    setting = move.office.setting(session, case, _supplement_days(move.act))
    kind = telling.document_kind(session, case, transition, setting.profile, part=move.part is not None)
    if move.actor is Actor.SYSTEM:
        kind = None
    _turn_clocks(move, running, setting, receipt=kind is DocumentKind.ACCEPTANCE_RECEIPT)
    withdrawal = reading.open_withdrawal(session, case) if transition.event == "withdraw" else None
    if withdrawal is not None:
        move = replace(move, act=replace(move.act, reason=_asked(move, withdrawal)))
    number = ""
    if kind is not None:
        facts = _document_facts(move, running, withdrawal)
        part_id = move.part.id if move.part else None
        number = move.office.issue.issue(session, kind, case, move.who, facts, move.at, part_id).number
    _arrive(move, number)
    if withdrawal is not None:
        _confirm(move, withdrawal)
    if transition.event == "revoke":
        _propose_listing(move)
    if erasing.wanted(transition, move.act):
        enqueue(session, erasing.TOPIC, {"case": case.seq}, move.at)
    running.settle()
    return number


def _turn_clocks(move: Move, running: Running, setting: clocks.Setting, *, receipt: bool) -> None:
    case = move.case
    changes = list(move.transition.clocks)
    if receipt and move.transition.target is State.COLLECTED:
        # 平罗规程: the receipt given on collecting is the acceptance, so its periods run from here.
        changes += [ClockChange(True, ClockKind.PROMISE), ClockChange(True, ClockKind.STATUTORY_DECISION)]
        case.accepted_at = case.accepted_at or move.at
    for change in changes:
        # C7 belongs to the part where there are several, everything else to the case.
        if (
            change.clock is not None
            and bool(case.sub_cases)
            and (change.clock is ClockKind.HAND_OVER) != bool(move.part)
        ):
            continue
        part_id = move.part.id if move.part else None
        if not change.starts:
            running.stop(change.clock, move.at, part_id)
        elif change.clock and clocks.applies(
            change.clock, licence=setting.item.licence, paper_needed=case.paper_needed
        ):
            row = running.start(clocks.start(change.clock, move.at, setting), part_id)
            if change.clock is ClockKind.PROMISE:
                case.promise_due_at = row.due_at


def _document_facts(move: Move, running: Running, withdrawal: Withdrawal | None) -> DocumentFacts:
    def due(clock: ClockKind) -> datetime | None:
        row = running.find(clock)
        return row.due_at if row else None

    extra = dict(move.act.extra)
    return DocumentFacts(
        reason=move.act.reason.strip(),
        basis=move.act.basis.strip(),
        problems=move.act.problems,
        supplement_due=due(ClockKind.SUPPLEMENT),
        promise_due=due(ClockKind.PROMISE),
        statutory_due=due(ClockKind.STATUTORY_DECISION),
        transmit_due=due(ClockKind.TRANSMISSION),
        mail_due=due(ClockKind.MAILING),
        contact=reading.contact(move.session, move.case) if move.transition.event.startswith("refuse") else None,
        withdrawal=withdrawal,
        result_number=extra.pop("result_number", "").strip(),
        result_text=extra.pop("result_text", "").strip(),
        extra={**extra, "event": move.transition.event},
    )


def _arrive(move: Move, number: str) -> None:
    """The new state, with its times and flags, and the line in the ledger."""
    case, transition = move.case, move.transition
    detail = {key: move.act.extra[key] for key in _CODES if move.act.extra.get(key)}
    if number:
        detail["document"] = number
    move.office.line(
        move.session,
        case,
        move.who,
        transition.event,
        actor=move.actor,
        source=transition.source,
        target=transition.target,
        sub_case_id=move.part.id if move.part else None,
        reason=move.act.reason.strip(),
        basis=move.act.basis.strip(),
        detail=detail,
    )
    case.updated_at = move.at
    if move.part is not None:
        _set_part(move.part, transition.target, move)
    else:
        case.state = transition.target
        if transition.source is not transition.target:
            case.ended_at = move.at if transition.target in ENDS else None
        effects.stamp(case, transition.event, transition.target, move.at)
        effects.flag(case, transition.event, move.act)
        if transition.event in subcases.ALL_TOGETHER:
            for part in case.sub_cases:
                _set_part(part, transition.target, move)
    audit = {"source": transition.source, "target": transition.target, "version": case.version}
    if move.part is not None:
        audit["place"] = move.part.region_code
    trail.record(move.session, move.who, f"case.{transition.event}", case.case_number, move.at, audit)


def _set_part(part: SubCase, target: State, move: Move) -> None:
    part.state = target
    part.updated_at = move.at
    if target in (State.APPROVED, State.REJECTED, State.VERIFIED_BY_HANDLING):
        part.decided_by = move.who.user_id


def _tell(move: Move, number: str) -> None:
    if move.transition.notice is None:
        return
    params = telling.notice_params(move.case, move.transition, number, part=move.part is not None)
    params |= {key: given for key in ("waybill", "refusal_kind") if (given := move.act.extra.get(key, "").strip())}
    running = Running(move.session, move.case)
    supplement, promise = running.find(ClockKind.SUPPLEMENT), running.find(ClockKind.PROMISE)
    if move.transition.notice is NoticeKind.SUPPLEMENT_REQUIRED and supplement is not None:
        params["due"] = telling.day(supplement.due_at)
    if move.transition.notice is NoticeKind.ACCEPTED and promise is not None and promise.uncertain:
        params["estimated"] = "yes"
    move.office.notify.notify(move.session, move.case, move.transition.notice, params, move.at)


def _asked(move: Move, withdrawal: Withdrawal) -> str:
    """Why a case is withdrawn: what the clerk noted, else the applicant's own words, else the reason they chose."""
    if move.act.reason.strip():
        return move.act.reason
    if withdrawal.request_sealed is not None:
        return move.office.unseal(withdrawal.request_sealed, "withdrawal.request_sealed", move.case)
    return withdrawal.reason_code


def _confirm(move: Move, withdrawal: Withdrawal) -> None:
    withdrawal.state = "confirmed"
    withdrawal.closed_at = move.at
    withdrawal.closed_by = move.who.user_id
    withdrawal.returned = move.act.extra["returned"]


def _propose_listing(move: Move) -> None:
    """A revocation proposes the applicant for the list of the dishonest; a second person decides (R163)."""
    if move.who.user_id is None:
        return
    move.session.add(
        Dishonesty(
            case_seq=move.case.seq,
            applicant_index=move.case.applicant_index,
            ground_sealed=move.office.seal(move.act.reason.strip(), "dishonesty.ground_sealed", move.case),
            proposed_by=move.who.user_id,
            proposed_at=move.at,
        )
    )


def _supplement_days(act: Act) -> int | None:
    days = act.supplement_days
    if days is not None and not 1 <= days <= LONGEST_SUPPLEMENT_DAYS:
        raise Refused(
            "supplement_days",
            Words(
                f"补正期限请填 1 至 {LONGEST_SUPPLEMENT_DAYS} 个工作日",
                f"The time to supplement is 1 to {LONGEST_SUPPLEMENT_DAYS} working days",
            ),
        )
    return days
