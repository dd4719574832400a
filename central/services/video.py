"""视频会商 (R025, R027): booked, held, and concluded by every handling place for itself.

The centre keeps who took part, when, and each place's conclusion; they stay with the case file. No picture or sound is
recorded. The outcome is what the guard `video_cleared` looks at: cleared only if all places cleared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework import profiles
from central.casework.acts import Refused, Words
from central.casework.lines import line
from central.casework.terms import Role
from central.casework.who import Who
from central.store.models import Case, SubCase, VideoParty, VideoSession
from central.vault import Vault
from kiosk.protocol.states import State

CONCLUSIONS = ("cleared", "not_cleared")
OPEN = ("booked", "in_call")
_BEFORE_COLLECTION = {State.SUBMITTED, State.INTAKE_REVIEW, State.VIDEO_CONSULT}


@dataclass(frozen=True, slots=True)
class Invited:
    """A handling place that takes part; `person` is a member of its staff."""

    region_code: str
    unit_name: str = ""
    person: str = ""


def book(
    session: Session,
    vault: Vault,
    case: Case,
    who: Who,
    invited: Sequence[Invited],
    at: datetime,
    scheduled_at: datetime | None = None,
) -> VideoSession:
    """A consultation that the receiving desk calls, with every handling place of the case.

    Raises:
        Refused: not the receiving desk, too late, a place is missing, or one is open already.
    """
    if who.user_id is None or not who.has(Role.WINDOW) or who.region_code != case.receiving_code:
        raise Refused("not_receiving", Words("视频会商由收件窗口发起。", "The receiving desk calls consultations."))
    if profiles.load().get(case.profile).video == "none" or State(case.state) not in _BEFORE_COLLECTION:
        raise Refused("too_late", Words("视频会商在收件之前进行。", "Consultations are held before collection."))
    earlier = latest(session, case)
    if earlier is not None and earlier.outcome in OPEN:
        raise Refused("open", Words("已有一次会商没有结束。", "There is a consultation that has not ended."))
    places = places_of(session, case)
    if missing := [name for code, name in places.items() if code not in {one.region_code for one in invited}]:
        raise Refused(
            "place_missing",
            Words(
                f"每个办理地都要参加，还缺：{'、'.join(missing)}",
                f"Every handling place takes part: {', '.join(missing)}",
            ),
        )
    video = VideoSession(
        case_seq=case.seq,
        initiator_unit_id=who.unit_id,
        user_id=who.user_id,
        scheduled_at=scheduled_at,
        parties=[VideoParty(region_code=one.region_code) for one in invited],
    )
    session.add(video)
    case.video = "booked"
    session.flush()
    for party, one in zip(video.parties, invited, strict=True):
        _name(vault, party, one.person)
        if one.unit_name:
            party.unit_name_sealed = vault.seal(one.unit_name, f"video_party.unit_name_sealed|{party.id}")
    _line(session, case, who, video, at, act="booked", parties=len(invited))
    return video


def start(session: Session, video: VideoSession, case: Case, who: Who, at: datetime) -> None:
    """The call has begun.

    Raises:
        Refused
    """
    _check_open(video)
    _check_takes_part(video, case, who)
    if video.outcome == "booked":
        video.outcome, video.started_at, case.video = "in_call", at, "in_call"
        _line(session, case, who, video, at, act="started")


def conclude(
    session: Session,
    vault: Vault,
    video: VideoSession,
    case: Case,
    who: Who,
    region_code: str,
    conclusion: str,
    at: datetime,
    *,
    person: str = "",
    note: str = "",
) -> None:
    """A place's own conclusion: recorded by itself, or by the receiving desk as it heard it, naming who said so.

    Raises:
        Refused
    """
    _check_open(video)
    if conclusion not in CONCLUSIONS:
        raise Refused("conclusion", Words("请选择会商结论。", "Choose the conclusion."))
    party = next((one for one in video.parties if one.region_code == region_code), None)
    if party is None:
        raise Refused("no_party", Words("该地没有参加这次会商。", "That place does not take part."))
    itself = who.region_code == region_code and who.has(Role.WINDOW, Role.APPROVER)
    heard = who.region_code == case.receiving_code and who.has(Role.WINDOW)
    if not (itself or heard):
        raise Refused("not_party", Words("结论由办理地或收件窗口登记。", "Recorded by the place itself or the desk."))
    if heard and not itself and not (person or party.person_sealed):
        raise Refused("person", Words("请写明办理地由谁作出结论。", "Say who of the handling place concluded so."))
    start(session, video, case, who, at)
    party.conclusion = conclusion
    _name(vault, party, person)
    if note:
        notes = "\n".join(filter(None, (note_of(vault, video), f"{unit_of(vault, party) or region_code}：{note}")))
        video.note_sealed = vault.seal(notes, f"video_session.note_sealed|{video.id}")
    _line(session, case, who, video, at, act="concluded", place=region_code, conclusion=conclusion, by_itself=itself)
    if all(one.conclusion != "none" for one in video.parties):
        cleared = all(one.conclusion == "cleared" for one in video.parties)
        _end(session, video, case, who, "cleared" if cleared else "not_cleared", "done", at)


def fail(session: Session, video: VideoSession, case: Case, who: Who, at: datetime) -> None:
    """It did not come about (nobody there, no line): another may be booked.

    Raises:
        Refused
    """
    _check_open(video)
    _check_takes_part(video, case, who)
    _end(session, video, case, who, "failed", "failed", at)


def latest(session: Session, case: Case) -> VideoSession | None:
    """The consultation that counts."""
    return session.scalar(
        select(VideoSession).where(VideoSession.case_seq == case.seq).order_by(VideoSession.id.desc()).limit(1)
    )


def places_of(session: Session, case: Case) -> dict[str, str]:
    """The case's handling places: code → name."""
    parts = session.scalars(select(SubCase).where(SubCase.case_seq == case.seq).order_by(SubCase.id))
    return {part.region_code: part.region_name for part in parts} or {case.handling_code: case.handling_name}


def note_of(vault: Vault, video: VideoSession) -> str:
    """What was noted.

    Raises:
        CannotUnseal
    """
    return "" if video.note_sealed is None else vault.open(video.note_sealed, f"video_session.note_sealed|{video.id}")


def unit_of(vault: Vault, party: VideoParty) -> str:
    """The unit that took part for a place."""
    return vault.read(party.unit_name_sealed, f"video_party.unit_name_sealed|{party.id}")


def person_of(vault: Vault, party: VideoParty) -> str:
    """Who took part for a place."""
    return vault.read(party.person_sealed, f"video_party.person_sealed|{party.id}")


def _name(vault: Vault, party: VideoParty, person: str) -> None:
    if person:
        party.person_sealed = vault.seal(person, f"video_party.person_sealed|{party.id}")


def _end(session: Session, video: VideoSession, case: Case, who: Who, outcome: str, flag: str, at: datetime) -> None:
    video.outcome, video.ended_at, case.video = outcome, at, flag
    _line(session, case, who, video, at, act="ended", outcome=outcome)


def _check_open(video: VideoSession) -> None:
    if video.outcome not in OPEN:
        raise Refused("ended", Words("这次会商已经结束，结论不能再改。", "It has ended; its conclusions stand."))


def _check_takes_part(video: VideoSession, case: Case, who: Who) -> None:
    places = {case.receiving_code, *(party.region_code for party in video.parties)}
    if who.user_id is None or not who.has(Role.WINDOW, Role.APPROVER) or who.region_code not in places:
        raise Refused("not_party", Words("您的单位没有参加这次会商。", "Your unit does not take part."))


def _line(
    session: Session, case: Case, who: Who, video: VideoSession, at: datetime, **detail: str | int | bool
) -> None:
    line(session, case, who, "video", at, {"video": video.id, **detail})
