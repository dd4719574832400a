"""属地书面授权 (R133): what a platform may take, of which cases, on whose written word; and every time that it does.

What is about no person (states, supervision) a place may let a platform have of the cases that it receives or handles.
What is about a person only the handling place may (属地业务部门), and only of what it handles. Besides, a platform has
nothing to do with cases outside its own divisions (R093), whoever authorises it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.rights import places_of
from central.casework.who import SYSTEM, Who
from central.refusal import Refusal
from central.store.models import Authorisation, Case, Platform, SubCase
from kiosk.protocol.problems import ProblemType

LONGEST = 200
PREFIX = re.compile("[1-9][0-9](?:[0-9]{2}){0,2}")
"""The beginning of a division code: 64 is all of Ningxia."""


class SharingRight(StrEnum):
    """What an authorisation may let a platform do."""

    STATES = "states"
    REPORT = "report"
    ENTRY = "entry"
    MATERIALS = "materials"
    RESULTS = "results"
    SUPERVISION = "supervision"


RIGHTS: Mapping[SharingRight, Words] = {
    SharingRight.STATES: Words("办件状态", "States of cases"),
    SharingRight.REPORT: Words("回传办理结果", "Report results"),
    SharingRight.ENTRY: Words("录入数据", "Data for entry"),
    SharingRight.MATERIALS: Words("申请材料", "Materials"),
    SharingRight.RESULTS: Words("办理结果文书", "Documents of results"),
    SharingRight.SUPERVISION: Words("监管数据", "Supervision data"),
}
ABOUT_PERSONS = frozenset({SharingRight.ENTRY, SharingRight.MATERIALS, SharingRight.RESULTS})
"""They leave the centre sealed to the platform's key."""
_OF_RECEIVED = frozenset({SharingRight.STATES, SharingRight.SUPERVISION})


@dataclass(frozen=True, slots=True)
class Letter:
    """A written authorisation as somebody records it."""

    number: str
    authority: str
    purpose: str
    prefixes: Sequence[str]
    rights: Sequence[str]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Permit:
    """What a platform may take of one kind, now."""

    platform: Platform
    right: SharingRight
    authorisations: tuple[Authorisation, ...]

    def cases(self) -> ColumnElement[bool]:
        """The condition on `Case`."""
        authorised = [prefix for one in self.authorisations for prefix in one.prefixes]
        granted = [_handled(authorised)]
        if self.right in _OF_RECEIVED:
            granted.append(within(Case.receiving_code, authorised))
        return and_(concerns(self.platform), or_(*granted))

    def place(self, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """The condition on the division of a unit, or of one of several handling places."""
        return and_(
            within(column, self.platform.prefixes),
            within(column, [prefix for one in self.authorisations for prefix in one.prefixes]),
        )

    def reaches(self, code: str) -> bool:
        """The same of one division code."""
        return code.startswith(tuple(self.platform.prefixes)) and any(
            code.startswith(tuple(one.prefixes)) for one in self.authorisations
        )

    def find(self, session: Session, case_number: str) -> tuple[Case, Authorisation]:
        """The case and the authorisation that lets the platform have it.

        Raises:
            Refusal: NOT_FOUND, whether it does not exist or is none of the platform's.
        """
        case = session.scalar(select(Case).where(Case.case_number == case_number, self.cases()))
        if case is None:
            raise Refusal(ProblemType.NOT_FOUND)
        return case, self.covering((case.handling_code, *places_of(case)))

    def covering(self, places: Sequence[str]) -> Authorisation:
        """The authorisation for one of these handling places; the condition `cases` has found that there is one."""
        return next(one for one in self.authorisations if any(code.startswith(tuple(one.prefixes)) for code in places))


def permitted(session: Session, platform: Platform, right: SharingRight, now: datetime) -> Permit:
    """What `platform` may take of this kind.

    Raises:
        Refusal: NOT_AUTHORISED when no authorisation that is in force gives this right.
    """
    found = session.scalars(
        select(Authorisation)
        .where(
            Authorisation.platform_id == platform.id,
            Authorisation.since <= now,
            Authorisation.until > now,
            Authorisation.ended_at.is_(None),
        )
        .order_by(Authorisation.id)
    )
    giving = tuple(one for one in found if right in one.rights)
    if not giving or (right in ABOUT_PERSONS and not platform.public_key):
        raise Refusal(ProblemType.NOT_AUTHORISED, f"no authorisation in force gives {right}")
    return Permit(platform, right, giving)


def taken(
    session: Session,
    permit: Permit,
    target: str,
    now: datetime,
    detail: Mapping[str, object],
    by: Authorisation | None = None,
) -> None:
    """Record that something was taken, before it is handed over. `by`: the authorisation, if one alone covers it."""
    used = permit.authorisations if by is None else (by,)
    session.execute(update(Authorisation).where(Authorisation.id.in_([one.id for one in used])).values(used_at=now))
    said = {
        "platform": permit.platform.name,
        "right": permit.right.value,
        "authorisation": [one.number for one in used],
        **detail,
    }
    trail.record(session, SYSTEM, "platform.took", target, now, said)


def record(session: Session, who: Who, platform: Platform, letter: Letter, now: datetime) -> Authorisation:
    """Write an authorisation down.

    Raises:
        Refused: something is missing, it ends before it begins or has ended, its number is taken, or it lets a platform
            without a key have what is about persons.
    """
    _check(session, platform, letter, now)
    made = Authorisation(
        platform_id=platform.id,
        number=letter.number,
        authority=letter.authority,
        purpose=letter.purpose,
        prefixes=list(letter.prefixes),
        rights=[right.value for right in SharingRight if right in letter.rights],
        since=letter.since,
        until=letter.until,
        recorded_by=who.user_id,
        recorded_at=now,
    )
    session.add(made)
    session.flush()
    detail = {
        "platform": platform.name,
        "authority": letter.authority,
        "purpose": letter.purpose,
        "divisions": list(letter.prefixes),
        "rights": made.rights,
        "until": letter.until.isoformat(),
    }
    trail.record(session, who, "authorisation.recorded", letter.number, now, detail)
    return made


def end(session: Session, who: Who, authorisation: Authorisation, now: datetime) -> None:
    """From now on it counts no more. Ending it twice changes nothing."""
    if authorisation.ended_at is None:
        authorisation.ended_at, authorisation.ended_by = now, who.user_id
        platform = session.get_one(Platform, authorisation.platform_id)
        trail.record(session, who, "authorisation.ended", authorisation.number, now, {"platform": platform.name})


def concerns(platform: Platform) -> ColumnElement[bool]:
    """Cases that are received or handled in the platform's divisions."""
    return or_(within(Case.receiving_code, platform.prefixes), _handled(platform.prefixes))


def within(column: InstrumentedAttribute[str], prefixes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a division code begins with one of these."""
    return or_(*(column.startswith(prefix, autoescape=True) for prefix in prefixes))


def _handled(prefixes: Sequence[str]) -> ColumnElement[bool]:
    return or_(
        within(Case.handling_code, prefixes),
        Case.seq.in_(select(SubCase.case_seq).where(within(SubCase.region_code, prefixes))),
    )


def _check(session: Session, platform: Platform, letter: Letter, now: datetime) -> None:
    texts = (letter.number, letter.authority, letter.purpose)
    if not all(text.strip() for text in texts) or any(len(text) > LONGEST for text in texts):
        raise Refused(
            "incomplete",
            Words("请填写授权单位、文号和用途。", "Say who authorises it, the number of the letter and the purpose."),
        )
    if not letter.prefixes or not all(PREFIX.fullmatch(prefix) for prefix in letter.prefixes):
        raise Refused("divisions", Words("区划代码为 2、4 或 6 位数字。", "Divisions have 2, 4 or 6 digits."))
    if not letter.rights or not set(letter.rights) <= set(SharingRight):
        raise Refused("rights", Words("请选择至少一项可取得的内容。", "Choose at least one thing it may take."))
    if letter.until <= max(letter.since, now):
        raise Refused("until", Words("截止日期已过或早于开始日期。", "That day is over, or before it begins."))
    if ABOUT_PERSONS.intersection(letter.rights) and not platform.public_key:
        raise Refused(
            "no_key",
            Words(
                "这个平台还没有登记公钥，不能取得个人信息（central platform key）。",
                "This platform has no public key yet and can have nothing about persons (central platform key).",
            ),
        )
    taken = select(Authorisation.id).where(
        Authorisation.platform_id == platform.id, Authorisation.number == letter.number
    )
    if session.scalar(taken) is not None:
        raise Refused("number", Words("这个文号已登记过。", "This number was recorded before."))
