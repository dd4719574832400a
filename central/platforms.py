"""Existing platforms of provinces: who may follow, what changed, and what was decided there (R047, R092, R093, R141).

A platform sees the state changes of cases that are received or handled in its divisions, and nothing about a person. The
feed is read at least once: positions only grow, and a platform asks again from the last it has dealt with.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.refusal import Refusal
from central.sharing.authorisations import Permit
from central.store.models import Case, CaseEvent, Platform, SubCase
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.platform import Change, Feed, ResultFeedback, ResultReceipt
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.states import State

MOST = 500
RESULT_EVENT = "platform_result"
"""Line in the ledger for a result feedback."""
PLATFORM = "platform"
"""Its actor."""


def add(session: Session, name: str, prefixes: list[str], now: datetime) -> str:
    """Admit a platform; returns its token, which is shown this once."""
    token = secrets.token_urlsafe(32)
    session.add(Platform(name=name, prefixes=prefixes, token_sha256=sha256_hex(token.encode()), created_at=now))
    return token


def revoke(session: Session, name: str, now: datetime) -> bool:
    """Shut a platform out, at once. False: there is none of that name."""
    platform = session.scalar(select(Platform).where(Platform.name == name, Platform.revoked_at.is_(None)))
    if platform is None:
        return False
    platform.revoked_at = now
    return True


def admitted(session: Session, authorization: str | None) -> Platform:
    """The platform whose token stands in the `Authorization` field.

    Raises:
        Refusal: UNAUTHORISED
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and token:
        # A lookup by digest: timing tells nothing that helps to find a token.
        digest = sha256_hex(token.strip().encode("utf-8", "surrogateescape"))
        platform = session.scalar(
            select(Platform).where(Platform.token_sha256 == digest, Platform.revoked_at.is_(None))
        )
        if platform is not None:
            return platform
    raise Refusal(ProblemType.UNAUTHORISED, headers={"WWW-Authenticate": 'Bearer realm="tongban"'})


def feed(session: Session, permit: Permit, after: int, up_to: int, limit: int) -> Feed:
    """Changes of state behind position `after`, oldest first; up to the last that is settled (`central.store.settled`)."""
    rows = session.execute(
        select(CaseEvent, Case, SubCase.region_code)
        .join(Case, CaseEvent.case_seq == Case.seq)
        .outerjoin(SubCase, CaseEvent.sub_case_id == SubCase.id)
        .where(
            CaseEvent.id > after,
            CaseEvent.id <= up_to,
            CaseEvent.source != CaseEvent.target,
            permit.cases(),
        )
        .order_by(CaseEvent.id)
        .limit(limit + 1)
    ).all()
    changes = tuple(_change(event, case, place) for event, case, place in rows[:limit])
    return Feed(changes=changes, next_after=changes[-1].position if changes else after, more=len(rows) > limit)


def take_result(session: Session, permit: Permit, feedback: ResultFeedback, now: datetime) -> ResultReceipt:
    """Write what another system decided into the case's ledger. Staff see it there and act; no state changes.

    Raises:
        Refusal: NOT_YOURS when there is no such case in the platform's divisions, or that place does not handle it, or has
            not authorised the platform to report.
    """
    case = session.scalar(select(Case).where(Case.case_number == feedback.case_number, permit.cases()))
    places = [] if case is None else [case.handling_code, *(one.region_code for one in case.sub_cases)]
    if case is None or feedback.region_code not in places or not permit.reaches(feedback.region_code):
        raise Refusal(ProblemType.NOT_YOURS)
    sub_case = next((one.id for one in case.sub_cases if one.region_code == feedback.region_code), None)
    session.add(
        CaseEvent(
            case_seq=case.seq,
            sub_case_id=sub_case,
            at=now,
            event=RESULT_EVENT,
            source=case.state,
            target=case.state,
            actor=PLATFORM,
            detail={
                "platform": permit.platform.name,
                "system": feedback.system,
                "outcome": feedback.outcome,
                "number": feedback.number,
                "decided_on": feedback.decided_on.isoformat(),
                "department": feedback.department,
            },
        )
    )
    return ResultReceipt(request_id=feedback.request_id, case_number=case.case_number, received_at=now)


def _change(event: CaseEvent, case: Case, place: str | None) -> Change:
    state = State(event.target)
    return Change(
        position=event.id,
        case_number=case.case_number,
        slip_number=case.slip_number,
        item_id=case.item_id,
        item_name=case.item_name,
        mode=case.mode,
        channel=case.channel,
        receiving_code=case.receiving_code,
        handling_code=case.handling_code,
        place_code=place,
        event=event.event,
        source=event.source,
        target=state,
        text_zh=state.zh,
        at=event.at,
    )
