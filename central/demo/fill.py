"""Filling an empty centre with the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from central.casework.acts import Refused, Words
from central.casework.terms import Right
from central.centre import CentreParts, assemble
from central.demo import agreements, world
from central.demo.applications import terminal_of
from central.demo.stage import Clock, Stage
from central.demo.world import PASSWORD, PLACES, Login
from central.desk.security import hash_password
from central.documents.papers import demonstration_seals
from central.settings import Settings
from central.store.models import Case, Grant, Terminal, User

SEED = 20261120


@dataclass(frozen=True)
class Filled:
    """What was made."""

    logins: tuple[Login, ...]
    states: dict[str, int]


def fill(settings: Settings, until: datetime, seed: int = SEED) -> Filled:
    """Fill the centre of `settings`, whose database must hold no case and no staff, with cases up to `until`.

    Raises:
        Refused: it holds some: a demonstration never mixes with real cases.
    """
    clock = Clock(until)
    centre = assemble(settings, clock)
    try:
        with centre.database.reading() as session:
            if session.scalar(select(Case.seq).limit(1)) or session.scalar(select(User.id).limit(1)):
                raise Refused(
                    "not_empty",
                    Words(
                        "这个中心已有办件或人员，不能放入演示数据。",
                        "This centre has cases or staff; demonstration data goes only into an empty one.",
                    ),
                )
        logins = _people(centre, until)
        agreements.record(centre, until - timedelta(days=120))
        demonstration_seals(centre)
        states = Stage(centre, clock, seed).play(until)
    finally:
        centre.close()
    return Filled(tuple(logins), states)


def _people(centre: CentreParts, until: datetime) -> list[Login]:
    """Units, staff and terminals, one of which has not been heard of."""
    with centre.database.writing() as session:
        logins = world.build(session, centre.keys.vault, hash_password(PASSWORD), until - timedelta(days=90))
        for number, place in enumerate(PLACES):
            heard = until - timedelta(hours=3 if number == 1 else 0)
            session.add(
                Terminal(
                    terminal_id=terminal_of(place),
                    region_code=place.code,
                    place=f"{place.county}24小时自助服务区",
                    first_seen_at=until - timedelta(days=90),
                    last_seen_at=heard,
                )
            )
        # The places agreed before the first case came.
        agreed = until - timedelta(days=120)
        session.execute(update(Grant).values(since=agreed))
        held = set(session.scalars(select(Grant.right)))
        session.add_all(
            Grant(grantor_region="*", grantee_region="*", right=right.value, since=agreed)
            for right in Right
            if right.value not in held
        )
        # 惠民县 has not looked for three days, everybody else was here this morning.
        for user in session.scalars(select(User)):
            away = timedelta(days=3) if user.login.startswith("huimin.") else timedelta(hours=2)
            user.last_seen_at = until - away
    return logins
