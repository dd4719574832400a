"""好差评 (R067, R106, R135): one rating per visit and one per completed case; a bad one is put right within a limit.

Five levels (GB/T 39735—2020). A bad one (1, 2) is verified, measures are taken, the citizen is called back, and it is
closed; which levels must say why and within how many working days is the place's rule (`rating_rules`). Rating is
voluntary: nothing here makes anybody rate. Of an anonymous one nobody is called back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import calendar
from central.casework.access import within
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.ledger import rating_rules
from central.ledger.rating_rules import RatingPlan, RatingRules
from central.store.models import Case, CaseEvent, Rating, Unit
from central.vault import Vault
from kiosk.protocol.states import State

BAD = 2
"""Scores up to here are bad ones (差评)."""
RATEABLE = frozenset({State.COMPLETED, State.ARCHIVED})
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of the service. `case` None: of the visit to the terminal alone."""

    request_id: str
    """Key of the request; the same once more changes nothing."""
    score: int
    reasons: tuple[str, ...] = ()
    words: str = field(default="", repr=False)
    visit: str = ""
    """Application or visit id, when it is about a visit."""
    terminal_id: str | None = None
    region_code: str = ""
    """Where it was said: its hall answers for a visit."""
    anonymous: bool = False
    """The unit shall not learn which case."""


def record(
    session: Session, vault: Vault, said: Said, case: Case | None, at: datetime, plan: RatingPlan | None = None
) -> Rating:
    """Record a rating, of `case` if given, else of the visit. A repetition gives the one recorded.

    Args:
        plan: the rules of all places; None: those that come with the software.

    Raises:
        Refused: rated before, not completed yet, no such level, without a reason it needs, or not anonymously here.
    """
    rules = (plan or rating_rules.shipped()).of(said.region_code if case is None else case.receiving_code)
    before = session.scalar(select(Rating).where(Rating.request_id == said.request_id))
    if before is not None:
        return before
    subject = _subject(said, case)
    _check(session, said, rules, subject, case)
    bad = said.score <= BAD

    def within_days(days: int | None) -> datetime | None:
        return calendar.load().add_workdays(at, days).at if bad and days is not None else None

    rating = Rating(
        request_id=said.request_id,
        subject=subject,
        kind="visit" if case is None else "case",
        case_seq=None if case is None or said.anonymous else case.seq,
        anonymous=said.anonymous,
        unit_id=hall_of(session, said.region_code) if case is None else case.first_contact_unit_id,
        score=said.score,
        reasons=list(said.reasons),
        words_sealed=vault.seal(said.words, f"rating.words_sealed|{said.request_id}") if said.words else None,
        at=at,
        terminal_id=said.terminal_id,
        contact_due_at=within_days(rules.contact_days),
        correct_due_at=within_days(rules.correct_days),
        due_at=within_days(rules.answer_days),
    )
    session.add(rating)
    if case is not None:
        case.rating = "rated"
        shown = None if said.anonymous else said.score
        session.add(_line(case, "rate", at, score=shown, terminal_id=said.terminal_id))
    session.flush()
    return rating


def hall_of(session: Session, region_code: str) -> int | None:
    """The hall of a place; None where there is none."""
    halls = select(Unit.id).where(Unit.region_code == region_code, Unit.kind == "hall", Unit.active).order_by(Unit.id)
    return session.scalar(halls.limit(1))


def _subject(said: Said, case: Case | None) -> str:
    """What is rated once. Of an anonymous one only a digest of the application's id, which is random."""
    if case is None:
        return f"visit:{said.visit}"
    if said.anonymous:
        return f"anonymous:{hashlib.sha256(case.application_id.encode()).hexdigest()}"
    return f"case:{case.case_number}"


def _check(session: Session, said: Said, rules: RatingRules, subject: str, case: Case | None) -> None:
    if said.score not in range(1, 6):
        raise Refused("no_such_level", Words("评价只有五级。", "There are five levels."))
    if said.score in rules.needs_reason and not (said.reasons or said.words.strip()):
        raise Refused("reason_missing", Words("请选择或写明原因。", "Please choose or write the reason."))
    if said.anonymous and not rules.anonymous:
        raise Refused("not_anonymous", Words("这里不能匿名评价。", "Rating is not anonymous here."))
    if len(said.words) > LONGEST or len(said.reasons) > 20 or any(len(reason) > 64 for reason in said.reasons):
        raise Refused("too_long", Words("内容太长。", "That is too long."))
    if case is None and not said.visit:
        raise Refused("nothing_rated", Words("没有说明评价的是什么。", "Nothing was named to rate."))
    if case is not None and case.state not in RATEABLE:
        raise Refused("not_completed", Words("办结后才能评价。", "It can be rated once it is completed."))
    rated = session.scalar(select(Rating.id).where(Rating.subject == subject)) is not None
    if rated or (case is not None and case.rating not in ("none", "invited")):
        raise Refused("already_rated", Words("已经评价过了，每件只评一次。", "It has been rated; each once."))


def answering(who: Who) -> ColumnElement[bool]:
    """Which ratings `who` answers for: those of units of their place (a supervisor: of the region)."""
    if not who.has(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR) or not who.region_code:
        return false()
    units = select(Unit.id).where(within(Unit.region_code, who))
    cases = select(Case.seq).where(within(Case.receiving_code, who))
    return or_(Rating.unit_id.in_(units), and_(Rating.unit_id.is_(None), Rating.case_seq.in_(cases)))


def find(session: Session, who: Who, number: int) -> Rating | None:
    """A rating that `who` answers for."""
    return session.scalar(select(Rating).where(Rating.id == number, answering(who)))


def words_of(vault: Vault, rating: Rating) -> str:
    """What the citizen wrote."""
    if rating.words_sealed is None:
        return ""
    return vault.open(rating.words_sealed, f"rating.words_sealed|{rating.request_id}")


def measures_of(vault: Vault, rating: Rating) -> str:
    """What was done about it."""
    if rating.measures_sealed is None:
        return ""
    return vault.open(rating.measures_sealed, f"rating.measures_sealed|{rating.request_id}")


def verify(session: Session, who: Who, rating: Rating, *, genuine: bool, at: datetime) -> None:
    """核实: whether it is about what really happened.

    Raises:
        Refused
    """
    _open_bad_one(rating)
    if rating.verified_at is not None:
        raise Refused("already_verified", Words("已经核实过。", "It has been verified."))
    rating.verified_at, rating.genuine = at, genuine
    _note(session, who, rating, "rating.verified", at, genuine=genuine)


def put_right(session: Session, vault: Vault, who: Who, rating: Rating, measures: str, at: datetime) -> None:
    """整改: what is done about it.

    Raises:
        Refused: not verified yet, or no words.
    """
    _open_bad_one(rating)
    if rating.verified_at is None:
        raise Refused("not_verified", Words("请先核实。", "Verify it first."))
    if not measures.strip() or len(measures) > LONGEST:
        raise Refused("measures_missing", Words("请写明整改措施。", "Write what is done about it."))
    rating.measures_sealed = vault.seal(measures.strip(), f"rating.measures_sealed|{rating.request_id}")
    _note(session, who, rating, "rating.measures", at)


def call_back(session: Session, who: Who, rating: Rating, at: datetime) -> None:
    """回访: the citizen was called back.

    Raises:
        Refused: no measures yet, or nobody knows whom.
    """
    _open_bad_one(rating)
    if rating.anonymous:
        raise Refused(
            "anonymous", Words("匿名评价不回访，可直接办结。", "Nobody is called about an anonymous one: close it.")
        )
    if rating.measures_sealed is None:
        raise Refused("no_measures", Words("请先填写整改措施，再回访。", "Write the measures before calling back."))
    rating.called_back_at = at
    _note(session, who, rating, "rating.called_back", at)


def close(session: Session, who: Who, rating: Rating, at: datetime) -> None:
    """办结.

    Raises:
        Refused: the citizen has not been called back.
    """
    _open_bad_one(rating)
    if rating.anonymous and rating.measures_sealed is None:
        raise Refused("no_measures", Words("请先填写整改措施。", "Write the measures before closing it."))
    if rating.called_back_at is None and not rating.anonymous:
        raise Refused("not_called_back", Words("回访后才能办结。", "Call the citizen back before closing it."))
    rating.closed_at, rating.closed_by = at, who.user_id
    if rating.case_seq is not None:
        case = session.get_one(Case, rating.case_seq)
        case.rating = "bad_handled"
        session.add(_line(case, "rating_closed", at, who=who))
    _note(session, who, rating, "rating.closed", at)


def _open_bad_one(rating: Rating) -> None:
    if rating.score > BAD:
        raise Refused("not_a_bad_one", Words("只有差评需要处理。", "Only bad ratings are followed up."))
    if rating.closed_at is not None:
        raise Refused("closed", Words("已经办结。", "It is closed."))


def _note(session: Session, who: Who, rating: Rating, action: str, at: datetime, **detail: object) -> None:
    trail.record(session, who, action, f"rating:{rating.id}", at, detail)


def _line(
    case: Case,
    event: str,
    at: datetime,
    *,
    who: Who | None = None,
    score: int | None = None,
    terminal_id: str | None = None,
) -> CaseEvent:
    """The line in the ledger."""
    return CaseEvent(
        case_seq=case.seq,
        at=at,
        event=event,
        source=case.state,
        target=case.state,
        actor="applicant" if who is None else who.name,
        unit_id=None if who is None else who.unit_id,
        user_id=None if who is None else who.user_id,
        terminal_id=terminal_id,
        detail={} if score is None else {"score": score},
    )
