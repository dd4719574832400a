"""Recording agreements and naming scopes. Every change is published at once, signed; the versions are its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from sqlalchemy.orm import Session

from central.agreements.known import known
from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.who import Who
from central.catalogue.publishing import one_at_a_time
from central.catalogue.updating import publish_agreements
from kiosk.protocol.agreements import Agreement, Agreements, FoundBy, Scope


def record(session: Session, key: Ed25519PrivateKey, who: Who, agreement: Agreement, at: datetime) -> Agreement:
    """Record an agreement, which gets its number here.

    Raises:
        Refused: its scope is not known.
    """
    held = _held(session)
    _scope(held, agreement.scope)
    last = max((int(one.number) for one in held.agreements), default=0)
    agreement = agreement.model_copy(update={"number": f"{last + 1:04d}"})
    detail = {"basis": agreement.basis, "items": len(agreement.items)}
    _publish(session, key, who, replace(held, agreements=(*held.agreements, agreement)), at)
    trail.record(session, who, "agreement.recorded", agreement.number, at, detail)
    return agreement


def end(session: Session, key: Ed25519PrivateKey, who: Who, number: str, last_day: date, at: datetime) -> None:
    """Let an agreement end after `last_day`. It stays on record.

    Raises:
        Refused: there is none, or it had not begun on that day.
    """
    held = _held(session)
    found = next((one for one in held.agreements if one.number == number), None)
    if found is None:
        raise Refused("agreement", Words("没有这份协议。", "There is no such agreement."))
    if last_day < found.since:
        raise Refused("agreement", Words("终止日期早于起始日期。", "That day is before the agreement begins."))
    ended = found.model_copy(update={"until": last_day})
    others = (ended if one is found else one for one in held.agreements)
    _publish(session, key, who, replace(held, agreements=tuple(others)), at)
    trail.record(session, who, "agreement.ended", number, at, {"until": last_day.isoformat()})


def add_alliance(
    session: Session, key: Ed25519PrivateKey, who: Who, code: str, names: Words, members: Sequence[str], at: datetime
) -> None:
    """A new scope: the places of an alliance with one another.

    Raises:
        Refused: the code is taken, or something is missing.
    """
    if _held(session).called(code) is not None:
        raise Refused("scope", Words("这个代码已经有了。", "This code is taken."))
    scope = _made(
        {"code": code, "zh": names.zh, "en": names.en, "found_by": FoundBy.ALLIANCE, "members": tuple(members)}
    )
    _put(session, key, who, scope, at)


def rename(
    session: Session, key: Ed25519PrivateKey, who: Who, code: str, names: Words, members: Sequence[str], at: datetime
) -> None:
    """Another name of a scope, and other members of an alliance.

    Raises:
        Refused
    """
    scope = _scope(_held(session), code)
    given = {"zh": names.zh, "en": names.en, "members": tuple(members)}
    _put(session, key, who, _made({**scope.model_dump(), **given}), at)


def name_locally(
    session: Session, key: Ed25519PrivateKey, who: Who, code: str, place: str, names: Words, at: datetime
) -> None:
    """What the places under `place` call a scope (R115); empty names: as everybody does again.

    Raises:
        Refused
    """
    scope = _scope(_held(session), code)
    local = [one.model_dump() for one in scope.local if one.place != place]
    if names.zh or names.en:
        local.append({"place": place, "zh": names.zh, "en": names.en})
    _put(session, key, who, _made({**scope.model_dump(), "local": tuple(local)}), at)


def _put(session: Session, key: Ed25519PrivateKey, who: Who, scope: Scope, at: datetime) -> None:
    held = known(session)
    if scope.found_by is FoundBy.ALLIANCE and len(scope.members) == 1:
        raise Refused("scope", Words("联盟至少要有两个成员。", "An alliance has at least two members."))
    scopes = {one.code: one for one in held.scopes} | {scope.code: scope}
    _publish(session, key, who, replace(held, scopes=tuple(scopes.values())), at)
    trail.record(session, who, "scope.edited", scope.code, at, {"members": list(scope.members)})


def _publish(session: Session, key: Ed25519PrivateKey, who: Who, agreements: Agreements, at: datetime) -> None:
    publish_agreements(session, key, agreements, who, at)


def _held(session: Session) -> Agreements:
    """What counts now, and stays so until this transaction ends."""
    one_at_a_time(session)
    return known(session)


def _scope(held: Agreements, code: str) -> Scope:
    scope = held.called(code)
    if scope is None:
        raise Refused("scope", Words("没有这个通办范围。", "There is no such scope."))
    return scope


def _made(values: dict[str, object]) -> Scope:
    try:
        return Scope.model_validate(values)
    except ValidationError:
        raise Refused(
            "scope",
            Words(
                "代码用小写字母、数字和下划线；中英文名称都要填，不超过 40 字。",
                "A code has lower-case letters, digits and underscores; both names are needed, up to 40 characters.",
            ),
        ) from None
