"""Who works here: what administrator and security officer do about members of staff, with its audit entries.

Taking over somebody's account needs two of the three: the administrator gives new passwords, the security officer
resets second factors and gives roles (三权分立). Nobody does any of it to themselves.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.terms import APART, Role
from central.casework.who import Who
from central.desk.security import end_sessions
from central.store.models import Unit, User

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def first_password() -> str:
    """Twenty characters in groups (99 bits), easy to read aloud; to be changed at first sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))


def add(session: Session, by: Who, login: str, name: str, unit: Unit, password_hash: str, at: datetime) -> User:
    """A new member of staff, without any role.

    Raises:
        Refused
    """
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Refused(
            "login",
            Words(
                "账号须为 3 至 32 个小写字母、数字、点、横线或下划线。",
                "A login has 3 to 32 lower-case letters, digits, dots, dashes or underscores.",
            ),
        )
    if not name.strip():
        raise Refused("name", Words("请填写姓名。", "Please give a name."))
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Refused("login", Words("这个账号已经有人用了。", "This login is taken."))
    user = User(
        login=login,
        name=name.strip(),
        unit_id=unit.id,
        roles=[],
        password_hash=password_hash,
        must_change_password=True,
        created_at=at,
    )
    user.unit = unit
    session.add(user)
    session.flush()
    trail.record(session, by, "user.created", user.login, at, {"unit": unit.code})
    return user


def give_roles(session: Session, by: Who, user: User, roles: Iterable[str], sectors: list[str], at: datetime) -> None:
    """Exactly these roles from now on.

    Raises:
        Refused: own roles, roles that do not go together, unknown ones.
    """
    _not_oneself(by, user)
    known = {role.value for role in Role}
    chosen = sorted(set(roles))
    if not set(chosen) <= known:
        raise Refused("roles", Words("没有这个角色。", "There is no such role."))
    if len(chosen) > 1 and APART & set(chosen):
        raise Refused(
            "apart",
            Words(
                "系统管理员、安全管理员、审计员三种角色各自独立，不能与其他角色兼任。",
                "Administrator, security officer and auditor each go with no other role.",
            ),
        )
    before = user.roles
    user.roles, user.sectors = chosen, sectors
    end_sessions(session, user)
    trail.record(session, by, "user.roles", user.login, at, {"before": before, "after": chosen, "sectors": sectors})


def unlock(session: Session, by: Who, user: User, at: datetime) -> None:
    """End a lock-out early.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    user.failures, user.locked_until = 0, None
    trail.record(session, by, "user.unlocked", user.login, at)


def reset_second_factor(session: Session, by: Who, user: User, at: datetime) -> None:
    """The next sign-in enrols a new authenticator; open sessions end.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    user.totp_sealed, user.totp_counter = None, 0
    end_sessions(session, user)
    trail.record(session, by, "user.second_factor_reset", user.login, at)


def set_password(session: Session, by: Who, user: User, password_hash: str, at: datetime) -> None:
    """A new first password; open sessions end.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    user.password_hash, user.must_change_password = password_hash, True
    end_sessions(session, user)
    trail.record(session, by, "user.password_set", user.login, at)


def disable(session: Session, by: Who, user: User, at: datetime) -> None:
    """Nobody is deleted: history names them. Open sessions end.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    user.disabled_at = at
    end_sessions(session, user)
    trail.record(session, by, "user.disabled", user.login, at)


def enable(session: Session, by: Who, user: User, at: datetime) -> None:
    """Let somebody work again.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    user.disabled_at = None
    trail.record(session, by, "user.enabled", user.login, at)


def edit(
    session: Session, by: Who, user: User, name: str, unit: Unit, at: datetime, scopes: Collection[str] = ()
) -> None:
    """Name, unit, and the scopes that this window serves (none: those of the unit).

    Moving to another unit takes the roles away: they were given for that unit.

    Raises:
        Refused
    """
    _not_oneself(by, user)
    if not name.strip():
        raise Refused("name", Words("请填写姓名。", "Please give a name."))
    moved = user.unit_id != unit.id
    user.name, user.unit_id, user.scopes = name.strip(), unit.id, sorted(scopes)
    if moved:
        user.roles, user.sectors = [], []
        end_sessions(session, user)
    trail.record(session, by, "user.edited", user.login, at, {"unit": unit.code, "moved": moved})


def _not_oneself(by: Who, user: User) -> None:
    if by.user_id == user.id:
        raise Refused(
            "oneself",
            Words("不能对自己的账号做这件事，请由另一位同事办理。", "Not to your own account: a colleague must do it."),
        )
