"""What people record about a case beside moving it: checks, contacts, who works on it. Each leaves a line in the ledger.

All functions work in the caller's transaction, on a case the caller may see, and raise `Refused` (nothing is recorded) when
somebody has no right to it or something is missing. Trust (credit, commitments, the list) is in `trust`, withdrawals are in
`withdrawals`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.checklist import ORIGINAL, WHOLE, asked_by_department, may_examine, supplements
from central.casework.clocks import LONGEST_EXTENSION_DAYS
from central.casework.guards import SHORTEST_REASON
from central.casework.office import Office
from central.casework.rights import actors, places_of, supervises
from central.casework.running import Running
from central.casework.telling import ACTORS, day
from central.casework.terms import Actor, ClockKind, NoticeKind, Role
from central.casework.who import Who
from central.store.models import Case, ContactRecord, FormalCheck, User
from kiosk.protocol.application import Mode
from kiosk.protocol.states import State

OUTSIDE_LIST = "outside_list"
"""Event of the ledger: a supervisor asked the applicant for something that the item's list does not name (R166)."""
STAFF = (Actor.RECEIVING_DESK, Actor.HANDLING_DESK, Actor.HANDLING_DEPT)
CONTACT_WAYS = {"phone": Words("电话", "Phone"), "video": Words("视频", "Video"), "platform": Words("平台", "Platform")}
CONTACT_OUTCOMES = {
    "crossable": Words("可以跨省办理", "It can be handled from here"),
    "not_crossable": Words("不属于跨省通办，不能跨省办理", "It cannot be handled from here"),
    "other": Words("其他", "Something else"),
}
CHECKING = frozenset({State.SUBMITTED, State.PRE_REVIEW, State.INTAKE_REVIEW, State.VIDEO_CONSULT})
"""States in which the desk checks."""
CHECKING_AGAIN = frozenset({State.RECEIVED, State.ACCEPTED, State.UNDER_REVIEW})
"""States in which the handling department checks what was supplemented at its request."""
_MAY_BE_EXTENDED = (ClockKind.PROMISE, ClockKind.STATUTORY_DECISION)


def formal_check(
    office: Office,
    session: Session,
    case: Case,
    who: Who,
    material: str,
    point: int,
    passed: bool,
    problem: str = "",
) -> FormalCheck:
    """形式审查: `point` of `material` (-1: as a whole) is right, or not, with the problem in words (R008, R020).

    Whose check it is follows from where the case stands: the desk's before it collects; the handling department's when it
    has the case, of what was supplemented at its request.
    """
    again = case.state in CHECKING_AGAIN
    if again:
        user_id, unit_id = must_be(office, session, case, who, Actor.HANDLING_DEPT)
        came = office.supplemented(session, office.keys, case)
        if material not in asked_by_department(session, case, came):
            raise Refused(
                "illegal",
                Words(
                    "这份材料不是应审批部门要求补正的，收件窗口已经核对过；有疑问请在审查中写明",
                    "This material was not supplemented at the department's request and the desk has checked it;"
                    " say in the review what is doubtful",
                ),
            )
    else:
        checker = Actor.HANDLING_DESK if case.mode == Mode.FULL_ONLINE else Actor.RECEIVING_DESK
        user_id, unit_id = must_be(office, session, case, who, checker)
    if not (again or case.state in CHECKING) or point < WHOLE:
        raise Refused(
            "illegal",
            Words(
                "现在不在形式审查阶段，核对没有保存；请回办件页看“下一步”",
                "The case is not at the formal check, and nothing was saved; see “Next” on the case page",
            ),
        )
    if not passed and len(problem.strip()) < SHORTEST_REASON:
        raise Refused(
            "problem",
            Words(
                "选了“有问题”的，请写明哪里不对（至少 4 个字），再保存",
                "Where you chose “wrong”, write what exactly is wrong (four characters at least), then save",
            ),
        )
    row = FormalCheck(
        case_seq=case.seq,
        material=material,
        point=point,
        passed=passed,
        problem_sealed=office.seal(problem.strip(), "formal_check.problem_sealed", case) if problem.strip() else None,
        supplement=supplements(session, case),
        department=again,
        user_id=user_id,
        unit_id=unit_id,
        at=office.now(),
    )
    session.add(row)
    event = "supplement_check" if again else "formal_check"
    write(office, session, case, who, event, {"material": material, "point": point, "passed": passed})
    return row


def original_seen(office: Office, session: Session, case: Case, who: Who, material: str) -> FormalCheck:
    """原件核验: the receiving desk has examined the original, on the handling place's authority (R147)."""
    user_id, unit_id = must_be(office, session, case, who, Actor.RECEIVING_DESK)
    at = office.now()
    if not may_examine(session, case, at):
        raise Refused(
            "not_granted",
            Words(
                "办理地没有授予本地“原件核验权”，请把原件随纸质材料寄去核验",
                "The handling place has not granted the right to examine originals: post them to it",
            ),
        )
    row = FormalCheck(
        case_seq=case.seq,
        material=material,
        point=ORIGINAL,
        passed=True,
        original_seen=True,
        user_id=user_id,
        unit_id=unit_id,
        at=at,
    )
    session.add(row)
    write(office, session, case, who, "original_seen", {"material": material})
    return row


def contact(
    office: Office, session: Session, case: Case, who: Who, way: str, counterpart: str, outcome: str, note: str = ""
) -> ContactRecord:
    """与属地联系记录 (R039): how, with whom (unit and person of the other place), and what they said."""
    user_id, _ = must_be(office, session, case, who, *STAFF)
    if way not in CONTACT_WAYS or outcome not in CONTACT_OUTCOMES:
        raise Refused("contact", Words("请选择联系方式和结果", "Choose how you made contact, and what came of it"))
    if not counterpart.strip():
        raise Refused("contact", Words("请写明对方单位和人员", "Name the unit and the person you spoke with"))
    row = ContactRecord(
        case_seq=case.seq,
        at=office.now(),
        way=way,
        counterpart_sealed=office.seal(counterpart.strip(), "contact_record.counterpart_sealed", case),
        outcome=outcome,
        note_sealed=office.seal(note.strip(), "contact_record.note_sealed", case) if note.strip() else None,
        user_id=user_id,
    )
    session.add(row)
    write(office, session, case, who, "contact", {"way": way, "outcome": outcome})
    return row


def take(office: Office, session: Session, case: Case, who: Who) -> None:
    """接办: this member of staff works on the case now. Anybody of the places may take over (R161)."""
    user_id, _ = must_be(office, session, case, who, *STAFF)
    if case.owner_id == user_id:
        return
    case.owner_id = user_id
    write(office, session, case, who, "take", {})


def hand_over(office: Office, session: Session, case: Case, who: Who, to: User) -> None:
    """交办: to a colleague of the same unit; by whoever works on the case, or by a supervisor of the place."""
    supervisor = supervises(who, to.unit.region_code)
    if not supervisor:
        must_be(office, session, case, who, *STAFF)
    fits = to.disabled_at is None and (supervisor or to.unit_id == who.unit_id)
    works = {Role.WINDOW.value, Role.APPROVER.value}.intersection(to.roles)
    if not fits or not works or to.unit.region_code not in (case.receiving_code, *places_of(case)):
        raise Refused(
            "hand_over",
            Words(
                "只能交给本单位在岗的同事，请另选一位",
                "Only to a colleague of your own unit who is at work: choose another",
            ),
        )
    case.owner_id = to.id
    write(office, session, case, who, "hand_over", {"to": to.id})


def transmitted(office: Office, session: Session, case: Case, who: Who) -> None:
    """The electronic materials were sent as well, while the papers are in the post: stops C1.

    `transfer` does this in the usual course; after `mail_out` it is recorded beside the state.
    """
    must_be(office, session, case, who, Actor.RECEIVING_DESK)
    if case.state != State.IN_TRANSIT or case.transferred_at is not None:
        raise Refused(
            "illegal",
            Words(
                "现在不需要登记电子传输；还没有传输的，请办“转办理地”",
                "There is no transmission to record now; to transmit, forward the case",
            ),
        )
    case.transferred_at = office.now()
    running = Running(session, case)
    running.stop(ClockKind.TRANSMISSION, office.now())
    running.settle()
    write(office, session, case, who, "transmitted", {})


def extend(office: Office, session: Session, case: Case, who: Who, clock: ClockKind, days: int, reason: str) -> None:
    """延期 by a supervisor of the handling place: a new last day, with the reason, told to the applicant (行政许可法 42).

    The statutory period is extended once, by at most ten working days; the promise never beyond it.
    """
    if not any(supervises(who, place) for place in places_of(case)):
        raise Refused(
            "not_yours",
            Words("只有办理地主管可以延期，请向其提出", "Only a supervisor of the handling place extends: ask there"),
        )
    if clock not in _MAY_BE_EXTENDED or not 1 <= days <= LONGEST_EXTENSION_DAYS:
        raise Refused(
            "extend",
            Words(
                "只能延长办结时限，最多 10 个工作日，请改天数",
                "Only periods to decide, by at most ten working days: change the number",
            ),
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("reason_given", Words("请写明延期的具体理由", "Say the concrete reason of the extension"))
    running = Running(session, case)
    row = running.find(clock)
    if row is None:
        raise Refused(
            "extend", Words("这个时限没有在计时，请选正在计时的", "That period is not running: choose one that is")
        )
    if row.extended_for:
        raise Refused(
            "extend",
            Words(
                "已经延期过一次，不能再延，请尽快办结", "It has been extended once already: decide as soon as you can"
            ),
        )
    calendar = office.calendar(session)
    due = calendar.add_workdays(row.due_at, days)
    law = running.find(ClockKind.STATUTORY_DECISION)
    if clock is ClockKind.PROMISE and law is not None and due.at > law.due_at:
        raise Refused(
            "extend",
            Words(
                "承诺时限不能超过法定时限，请减少天数，或先延长法定时限",
                "A promise may not go beyond the statutory period: fewer days, or extend that period first",
            ),
        )
    row.due_at, row.warn_at, row.extended_days = due.at, calendar.before(due.at, 2), days
    row.uncertain = row.uncertain or due.uncertain
    row.warned_at = row.missed_at = None
    row.extended_for = clock.value
    if clock is ClockKind.PROMISE:
        case.promise_due_at = due.at
    running.settle()
    params = {"case_number": case.case_number, "due": day(due.at), "clock": clock.value, "why": "extended"}
    office.notify.notify(session, case, NoticeKind.OVERDUE_APOLOGY, params, office.now())
    write(office, session, case, who, "extend", {"clock": clock.value, "due": day(due.at)}, reason=reason)


def write(
    office: Office,
    session: Session,
    case: Case,
    who: Who,
    event: str,
    detail: Mapping[str, object],
    *,
    reason: str = "",
    basis: str = "",
) -> None:
    """The line in the ledger and the entry in the audit trail that every record leaves."""
    office.line(session, case, who, event, reason=reason.strip(), basis=basis, detail=detail)
    trail.record(session, who, f"case.{event}", case.case_number, office.now(), detail)


def must_be(office: Office, session: Session, case: Case, who: Who, *wanted: Actor) -> tuple[int, int]:
    """User and unit of `who`, who is one of `wanted` on this case.

    Raises:
        Refused
    """
    profile = office.profiles(session).get(case.profile)
    if (
        who.user_id is None
        or who.unit_id is None
        or not actors(case, who, profile, places_of(case)).intersection(wanted)
    ):
        zh = "或".join(ACTORS[one].zh for one in wanted)
        en = " or ".join(ACTORS[one].en for one in wanted)
        raise Refused(
            "not_yours", Words(f"这件事只能由{zh}来做，请交给他们", f"This is done only by {en}: leave it to them")
        )
    return who.user_id, who.unit_id
