"""Somebody at the desk, for tests: staff of two places and more, signed in, with forms that carry their CSRF token.

    people(centre.parts)                       # units and staff, once per centre
    desk = sign_in(centre, "hall.150626")      # window at the receiving place 乌审旗
    page = desk.get("/desk/work")
    desk.post("/desk/cases/…", {"event": "collect"})

Logins are `<what>.<division>`: hall (window), chief (supervisor), dept (approver of all sectors), and of no place in
particular (they work at 150626): editor, reviewer, admin, security, auditor.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from argon2 import PasswordHasher
from sqlalchemy import select

from central.centre import CentreParts
from central.desk.frame import LANGUAGE, SESSION
from central.desk.security import session_digest
from central.store.models import StaffSession, Unit, User
from tests.central.rig import RunningCentre

PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap to check; the parameters stand in the hash."""

PLACES = {
    "150626": ("乌审旗", "内蒙古 鄂尔多斯市 乌审旗", "wushen"),
    "640221": ("平罗县", "宁夏 石嘴山市 平罗县", "pingluo"),
    "341723": ("青阳县", "安徽 池州市 青阳县", "qingyang"),
    "150785": ("根河市", "内蒙古 呼伦贝尔市 根河市", "genhe"),
}
"""Receiving place, handling place, and two more: division, name, full name, jurisdiction profile."""
RECEIVING, HANDLING, THIRD, GENHE = PLACES
LOCAL_ROLES = {"hall": ["window"], "chief": ["supervisor"], "dept": ["approver"]}
CENTRAL_ROLES = {
    "editor": ["catalogue_editor"],
    "reviewer": ["catalogue_reviewer"],
    "admin": ["administrator"],
    "security": ["security"],
    "auditor": ["auditor"],
}
ONE_OF_EACH_ROLE = [f"{what}.{RECEIVING}" for what in LOCAL_ROLES] + list(CENTRAL_ROLES)


def people(parts: CentreParts) -> None:
    """Record a hall and a department in each place, and staff with every role."""
    with parts.database.writing() as session:
        for region, (name, full, profile) in PLACES.items():
            hall = Unit(
                code=f"{region}-hall",
                name=f"{name}政务服务中心",
                short_name=f"{name[:2]}政服",
                region_code=region,
                region_name=full,
                kind="hall",
                profile=profile,
                seal_name=f"{name}政务服务局跨省通办专用章",
                phone="0477-0000000",
                consult_phone="0477-0000001",
                address=f"{name}政务服务中心一楼",
                hours="工作日 9:00–17:00",
            )
            department = Unit(
                code=f"{region}-dept",
                name=f"{name}行政审批局",
                short_name=f"{name[:2]}审批",
                region_code=region,
                region_name=full,
                kind="department",
            )
            session.add_all([hall, department])
            session.flush()
            for what, roles in LOCAL_ROLES.items():
                unit = department if what == "dept" else hall
                session.add(_user(f"{what}.{region}", roles, unit))
            if region == RECEIVING:
                session.add_all(_user(login, roles, hall) for login, roles in CENTRAL_ROLES.items())


def add_user(parts: CentreParts, login: str, roles: Sequence[str], region: str = RECEIVING, **columns: Any) -> User:
    """One more member of staff, of the place's hall."""
    with parts.database.writing() as session:
        hall = session.scalars(select(Unit).where(Unit.code == f"{region}-hall")).one()
        user = _user(login, roles, hall)
        for name, value in columns.items():
            setattr(user, name, value)
        session.add(user)
        session.flush()
        return user


def _user(login: str, roles: Sequence[str], unit: Unit) -> User:
    return User(
        login=login,
        name=f"职员{login}",
        unit_id=unit.id,
        roles=list(roles),
        password_hash=PASSWORD_HASH,
        created_at=datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
    )


@dataclass
class Clock:
    """The centre's clock, moved by hand."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **length: float) -> None:
        """Let time pass: `pass_by(minutes=31)`."""
        self.moment += timedelta(**length)


def stopped_clock(centre: RunningCentre, moment: datetime = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)) -> Clock:
    """Give the running centre's desk a clock of the test's (parts made at start keep theirs)."""
    clock = Clock(moment)
    centre.app.state.centre = replace(centre.parts, now=clock)
    return clock


class Desk:
    """A browser without scripts at the desk. Redirects are followed unless told otherwise."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.page: requests.Response | None = None
        """The page last seen."""

    def get(self, path: str, **arguments: Any) -> requests.Response:
        """Open a page."""
        return self._seen(self.session.get(self.base + path, timeout=10, **arguments))

    def post(self, path: str, data: Mapping[str, Any] | None = None, **arguments: Any) -> requests.Response:
        """Send a form, with the token of this session unless `data` has a `csrf` of its own."""
        fields = {"csrf": self.csrf, **(data or {})}
        return self._seen(self.session.post(self.base + path, data=fields, timeout=10, **arguments))

    def carry(self, name: str, value: str) -> None:
        """Have a cookie, as if the desk had set it."""
        self.session.cookies.set(name, value, domain="127.0.0.1", path="/desk")

    @property
    def csrf(self) -> str:
        """The token in the forms of this session."""
        for page in (self.page, None):
            found = re.search(r'name="csrf" value="([^"]+)"', (page or self.get("/desk/sign-in")).text)
            if found:
                return found[1]
        raise AssertionError("no form on any page")

    def _seen(self, response: requests.Response) -> requests.Response:
        if response.headers.get("content-type", "").startswith("text/html"):
            self.page = response
        return response


def open_session(centre: RunningCentre, login: str) -> str:
    """A session of `login` (without the steps, which test_desk_sign_in.py tests); returns its token."""
    token = secrets.token_urlsafe(16)
    now = centre.parts.now()
    with centre.parts.database.writing() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        session.add(
            StaffSession(
                token_sha256=session_digest(token),
                user_id=user.id,
                csrf=secrets.token_urlsafe(16),
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
    return token


def sign_in(centre: RunningCentre, login: str, language: str = "zh") -> Desk:
    """`login`, signed in."""
    desk = Desk(centre.url)
    desk.carry(SESSION, open_session(centre, login))
    desk.carry(LANGUAGE, language)
    return desk
