"""Signing in at the desk: password (Argon2id), then a time-based code (RFC 6238), then a session kept on the server.

Answers do not tell unknown logins, wrong passwords and locked accounts apart, and the same work is done for each.
Five failures in a row, of either step, lock an account for half an hour (GB/T 22239—2019, 身份鉴别).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Words
from central.casework.who import Who, staff
from central.keys import KeyRing
from central.settings import DeskSettings
from central.store.database import Database
from central.store.models import StaffSession, User

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=30)
BETWEEN_STEPS = timedelta(minutes=10)
"""How long the password stays good for the second step."""
NOTE_EVERY = timedelta(seconds=60)
"""A session's last use is written at most this often: a page view is not a write."""
MIN_PASSWORD = 12
MAX_PASSWORD = 256
STEP = 30
"""Seconds a code is good for; one step of clock difference is tolerated on either side."""
ISSUER = "Tongban"
NOBODY = Who("nobody")

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(4)
"""A check takes 64 MiB: a crowd at the sign-in page waits in line instead of filling the memory."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A session just opened. `token` goes into the cookie; only its digest is stored."""

    token: str = field(repr=False)
    full: bool


@dataclass(frozen=True, slots=True)
class Current:
    """The session of a request."""

    user: User
    csrf: str = field(repr=False)
    full: bool


class WeakPassword(Exception):
    """A password that may not be used, and why."""

    def __init__(self, why: Words) -> None:
        super().__init__(why.en)
        self.why = why


def hash_password(password: str) -> str:
    """Argon2id in PHC form."""
    with _at_once:
        return _hasher.hash(password)


def check_strength(password: str, login: str) -> None:
    """Long, and not the login: NIST SP 800-63B asks for length, not for kinds of characters.

    Raises:
        WeakPassword
    """
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(Words(f"口令至少 {MIN_PASSWORD} 个字符。", f"At least {MIN_PASSWORD} characters."))
    if len(password) > MAX_PASSWORD:
        raise WeakPassword(Words(f"口令最多 {MAX_PASSWORD} 个字符。", f"At most {MAX_PASSWORD} characters."))
    if login.lower() in password.lower() or len(set(password)) < 5:
        raise WeakPassword(
            Words(
                "口令不能包含账号，也不能只由几个相同的字符组成。",
                "Not the login, and not a few characters over and over.",
            )
        )


def password_fits(stored: str, password: str) -> bool:
    """Whether it is the password. Takes the same time either way."""
    try:
        with _at_once:
            return _hasher.verify(stored, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """What is checked when the login is unknown."""
    return _hasher.hash(secrets.token_hex(16))


def session_digest(token: str) -> str:
    """Under what a session is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


class Gate:
    """Lets staff in and out."""

    def __init__(self, database: Database, keys: KeyRing, now: Callable[[], datetime], settings: DeskSettings) -> None:
        self._settings = settings
        self._database = database
        self._keys = keys
        self._now = now

    def give_password(self, login: str, password: str) -> Ticket | None:
        """First step. None: not let in, whatever the cause."""
        with self._database.reading() as session:
            stored = session.scalar(select(User.password_hash).where(User.login == login))
        fits = password_fits(_nobodys_hash() if stored is None else stored, password)
        now = self._now()
        with self._database.writing() as session:
            user = session.scalar(select(User).where(User.login == login).with_for_update(of=User, key_share=True))
            if user is None:
                trail.record(session, NOBODY, "sign_in.unknown", "?", now)
                return None
            if not self._may_try(session, user, now):
                return None
            if not (fits and user.password_hash == stored):
                self._failed(session, user, "password", now)
                return None
            if not self._settings.second_factor and user.totp_counter == 0:
                return self._let_in(session, user, now)
            return self._open(session, user, full=False)

    def give_code(self, token: str, code: str) -> Ticket | None:
        """Second step, also the one that confirms a new authenticator. None: wrong, used, late or locked."""
        now = self._now()
        with self._database.writing() as session:
            row = session.get(StaffSession, session_digest(token))
            if row is None or row.stage != "code" or row.expires_at <= now:
                return None
            user = session.scalars(
                select(User).where(User.id == row.user_id).with_for_update(of=User, key_share=True)
            ).one()
            if user.totp_sealed is None or not self._may_try(session, user, now):
                return None
            step = matching_step(self._secret(user, user.totp_sealed), code, now)
            if step is None or step <= user.totp_counter:
                self._failed(session, user, "code", now)
                return None
            enrolled = user.totp_counter == 0
            user.totp_counter = step
            session.delete(row)
            if enrolled:
                trail.record(session, staff(user), "second_factor.enrolled", user.login, now)
            return self._let_in(session, user, now)

    def authenticator(self, token: str) -> str | None:
        """The `otpauth:` address to enrol, made on first call; None unless this session is to enrol."""
        now = self._now()
        with self._database.writing() as session:
            row = session.get(StaffSession, session_digest(token))
            if row is None or row.stage != "code" or row.expires_at <= now:
                return None
            user = session.scalars(
                select(User).where(User.id == row.user_id).with_for_update(of=User, key_share=True)
            ).one()
            if user.totp_counter > 0:
                return None
            if user.totp_sealed is None:
                user.totp_sealed = self._keys.vault.seal(pyotp.random_base32(), _where(user))
            return pyotp.TOTP(self._secret(user, user.totp_sealed)).provisioning_uri(
                name=user.login, issuer_name=ISSUER
            )

    def current(self, token: str, *, acting: bool = True) -> Current | None:
        """Whose session it is; None when there is none, or it has been idle or open for too long.

        `acting`: somebody did something. A page that only keeps itself up to date does not keep a session from going idle.
        """
        now = self._now()
        digest = session_digest(token)
        with self._database.reading() as session:
            row = session.get(StaffSession, digest)
            if (
                row is None
                or row.expires_at <= now
                or row.seen_at + timedelta(minutes=self._settings.idle_minutes) <= now
            ):
                return None
            user = session.get_one(User, row.user_id)
        if user.disabled_at is not None:
            return None
        if acting and now - row.seen_at >= NOTE_EVERY:
            with self._database.writing() as session:
                kept = session.get(StaffSession, digest)
                if kept is None:  # signed out meanwhile
                    return None
                kept.seen_at = now
                session.get_one(User, row.user_id).last_seen_at = now
        return Current(user, row.csrf, row.stage == "full")

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._database.writing() as session:
            row = session.get(StaffSession, session_digest(token))
            if row is not None:
                user = session.get_one(User, row.user_id)
                session.delete(row)
                trail.record(session, staff(user), "sign_out", user.login, self._now())

    def change_password(self, user_id: int, old: str, new: str) -> Ticket | None:
        """Set an own password. All sessions end; the ticket is a new one. None: the old password is wrong, or locked.

        Raises:
            WeakPassword
        """
        now = self._now()
        with self._database.reading() as session:
            known = session.get_one(User, user_id)
        check_strength(new, known.login)
        fits = password_fits(known.password_hash, old)
        if fits and hmac.compare_digest(old, new):
            raise WeakPassword(Words("新口令不能与旧口令相同。", "The new password must differ from the old one."))
        hashed = hash_password(new) if fits else ""
        with self._database.writing() as session:
            user = session.scalars(
                select(User).where(User.id == user_id).with_for_update(of=User, key_share=True)
            ).one()
            if not self._may_try(session, user, now):
                return None
            if not fits or user.password_hash != known.password_hash:
                self._failed(session, user, "password", now)
                return None
            user.password_hash = hashed
            user.must_change_password = False
            end_sessions(session, user)
            trail.record(session, staff(user), "password.changed", user.login, now)
            return self._open(session, user, full=True)

    def _let_in(self, session: Session, user: User, now: datetime) -> Ticket:
        user.failures = 0
        user.locked_until = None
        trail.record(session, staff(user), "sign_in", user.login, now)
        return self._open(session, user, full=True)

    def _open(self, session: Session, user: User, *, full: bool) -> Ticket:
        now = self._now()
        session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
        ticket = Ticket(secrets.token_urlsafe(32), full)
        session.add(
            StaffSession(
                token_sha256=session_digest(ticket.token),
                user_id=user.id,
                stage="full" if full else "code",
                csrf=secrets.token_urlsafe(32),
                created_at=now,
                seen_at=now,
                expires_at=now + (timedelta(hours=self._settings.session_hours) if full else BETWEEN_STEPS),
            )
        )
        if full:
            user.last_seen_at = now
        return ticket

    def _may_try(self, session: Session, user: User, now: datetime) -> bool:
        if user.disabled_at is not None:
            trail.record(session, staff(user), "sign_in.disabled", user.login, now)
            return False
        if user.locked_until is not None and user.locked_until > now:
            trail.record(session, staff(user), "sign_in.locked", user.login, now)
            return False
        return True

    def _failed(self, session: Session, user: User, step: str, now: datetime) -> None:
        user.failures += 1
        trail.record(session, staff(user), "sign_in.failed", user.login, now, {"step": step, "failures": user.failures})
        if user.failures >= MAX_FAILURES:
            user.failures = 0
            user.locked_until = now + LOCKED_FOR
            end_sessions(session, user, "code")
            trail.record(session, staff(user), "locked", user.login, now)

    def _secret(self, user: User, sealed: bytes) -> str:
        return self._keys.vault.open(sealed, _where(user))


def end_sessions(session: Session, user: User, stage: str | None = None) -> None:
    """Sign `user` out everywhere (or only half-finished sign-ins: stage `code`)."""
    statement = delete(StaffSession).where(StaffSession.user_id == user.id)
    session.execute(statement if stage is None else statement.where(StaffSession.stage == stage))


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step that `code` belongs to, of the current one and its two neighbours."""
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP
    digits = "".join(code.split())
    found = None
    for step in (current - 1, current, current + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            found = step
    return found


def _where(user: User) -> str:
    return f"staff.totp_sealed|{user.id}"
