"""Which terminal is offered which version: a group of terminals first (灰度), then all, or taken back (R102).

A version is never changed, and terminals never go back to an older one. So taking a version back makes a newer one with
the contents of the one before it; applications filled in under any of them stay on the version that they name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue import editing, publishing
from central.store.models import Draft, Publication, Terminal, TerminalGroup
from kiosk.protocol.heartbeat import Held
from kiosk.protocol.published import Body, coming

_TERMINAL = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_DIVISION = re.compile(r"[1-9][0-9](?:[0-9]{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a version has got among the terminals that it is offered to."""

    terminals: tuple[Terminal, ...]
    running: frozenset[str]
    """Ids of those that said in their last heartbeat that they work with it."""
    fetched: frozenset[str]
    """Ids of those that hold it and wait for the time from which it counts."""


def save_group(
    session: Session,
    who: Who,
    group: TerminalGroup,
    name: str,
    terminals: Sequence[str],
    divisions: Sequence[str],
    at: datetime,
) -> None:
    """Keep who belongs to a group, a new one or one that is there.

    Raises:
        Refused: not a reviewer, no such ids, nobody in it, a name twice, or a version is with it: a terminal that has
            taken the version would not go back to an older one.
    """
    _only_reviewers(who)
    wrong = [one for one in terminals if not _TERMINAL.fullmatch(one)]
    wrong += [one for one in divisions if not _DIVISION.fullmatch(one)]
    if wrong:
        raise Refused(
            "bad_member", Words(f"{wrong[0]}：不是终端编号或区划代码", f"{wrong[0]}: no terminal, no division")
        )
    if not name or not (terminals or divisions):
        raise Refused(
            "empty_group", Words("请写组名，并至少写一台终端或一个区划", "Give a name, and a terminal or division")
        )
    same = session.scalar(select(TerminalGroup.id).where(TerminalGroup.name == name))
    if same is not None and same != group.id:
        raise Refused("same_name", Words(f"已有叫“{name}”的组", f"There is a group called {name}"))
    if group.id is not None and with_group(session, group.id) is not None:
        raise Refused(
            "group_in_use",
            Words("有版本正在这个组试点，结束后才能改", "A version is with this group; change it afterwards"),
        )
    group.name, group.terminals, group.divisions = name, list(terminals), list(divisions)
    group.changed_by, group.changed_at = who.user_id, at
    session.add(group)
    session.flush()
    trail.record(session, who, "catalogue.group", str(group.id), at, {"terminals": len(terminals)})


def with_group(session: Session, group_id: int) -> Publication | None:
    """The version that is with a group now and not yet with everybody."""
    return session.scalar(
        select(Publication).where(
            Publication.group_id == group_id, Publication.everybody_at.is_(None), Publication.taken_back_at.is_(None)
        )
    )


def offered(session: Session, body: str, terminal_id: str | None) -> Publication | None:
    """The newest version that a terminal is offered, whether it counts yet or not.

    A terminal that does not say who it is is offered what everybody is; so is one of a division that has never sent a
    heartbeat, for nobody knows where it stands.
    """
    where = select(Terminal.region_code).where(Terminal.terminal_id == terminal_id)
    region = "" if terminal_id is None else session.scalar(where) or ""
    return session.scalar(
        select(Publication)
        .where(Publication.body == body, _offered_to(session, terminal_id or "", region))
        .order_by(Publication.id.desc())
        .limit(1)
    )


def meant_for(session: Session, terminal_id: str, region_code: str, at: datetime) -> tuple[Held, ...]:
    """What a terminal works with by now, of each body; and, under `coming(body)`, what it fetches for later."""
    mine = _offered_to(session, terminal_id, region_code)
    newest = select(func.max(Publication.id)).where(mine).group_by(Publication.body)
    counting = newest.where(Publication.effective_at <= at)
    rows = session.execute(
        select(Publication.body, Publication.version, Publication.effective_at)
        .where(or_(Publication.id.in_(newest), Publication.id.in_(counting)))
        .order_by(Publication.body, Publication.id)
    )
    return tuple(Held(body=body if since <= at else coming(body), version=version) for body, version, since in rows)


def everybody(session: Session, who: Who, publication: Publication, at: datetime) -> None:
    """Offer a version to all terminals that was with its group only.

    Raises:
        Refused: not a reviewer, or it is not with a group.
    """
    _only_reviewers(who)
    if publication.everybody_at is not None or publication.taken_back_at is not None:
        raise Refused("not_with_group", Words("这个版本不在试点", "This version is not with a group"))
    publication.everybody_at, publication.everybody_by = at, who.user_id
    trail.record(session, who, "catalogue.everybody", _name(publication), at)


def take_back(
    session: Session, key: Ed25519PrivateKey, who: Who, publication: Publication, why: str, at: datetime
) -> Publication:
    """Offer the newest version to nobody any more; the version with the earlier contents that takes its place, at once.

    Its changes go back to the editors as drafts, with the reason.

    Raises:
        Refused: not a reviewer, no reason, not the newest, or there is nothing before it.
    """
    _only_reviewers(who)
    if not why.strip():
        raise Refused("reason_missing", Words("收回要写明原因", "Say why you take it back"))
    publishing.one_at_a_time(session)
    newest = publishing.latest(session, publication.body)
    if newest is None or newest.id != publication.id:
        raise Refused("not_newest", Words("只能收回最新的版本", "Only the newest version can be taken back"))
    before = _before(session, publication)
    if before is None:
        raise Refused("nothing_before", Words("它之前没有别的内容可以恢复", "There is nothing before it to go back to"))
    publication.taken_back_at, publication.taken_back_by, publication.taken_back_why = at, who.user_id, why.strip()
    _back_to_editors(session, publication, why)
    body = cast(Body, publication.body)
    restored = publishing.make_version(session, key, body, publishing.texts_of(session, before), who, at, at)
    detail = {"restored": before.version, "as": restored.version}
    trail.record(session, who, "catalogue.taken_back", _name(publication), at, detail)
    return restored


def may_take_back(session: Session, publication: Publication) -> bool:
    """Whether it is the newest, and there is something to go back to."""
    newest = publishing.latest(session, publication.body)
    return newest is not None and newest.id == publication.id and _before(session, publication) is not None


def progress(session: Session, publication: Publication) -> Progress:
    """Which terminals a version is offered to, by their heartbeats, and which of them have it."""
    wanted = select(Terminal).order_by(Terminal.terminal_id)
    group = None if publication.group_id is None else session.get(TerminalGroup, publication.group_id)
    if publication.everybody_at is None and group is not None:
        wanted = wanted.where(_members(group))
    terminals = tuple(session.scalars(wanted))

    def holding(body: str) -> frozenset[str]:
        held = {"body": body, "version": publication.version}
        return frozenset(one.terminal_id for one in terminals if held in one.status.get("versions", ()))

    return Progress(terminals, holding(publication.body), holding(coming(publication.body)))


def _before(session: Session, publication: Publication) -> Publication | None:
    """The newest version before it that everybody had and that says something else."""
    earlier = session.scalars(
        select(Publication)
        .where(
            Publication.body == publication.body,
            Publication.id < publication.id,
            Publication.everybody_at.is_not(None),
            Publication.taken_back_at.is_(None),
        )
        .order_by(Publication.id.desc())
    )
    entries = publishing.manifest_of(publication).entries
    return next((one for one in earlier if publishing.manifest_of(one).entries != entries), None)


def _back_to_editors(session: Session, publication: Publication, why: str) -> None:
    drafts = session.scalars(select(Draft).where(Draft.publication_id == publication.id)).all()
    begun = set(session.scalars(select(Draft.key).where(Draft.body == publication.body, Draft.state.in_(editing.OPEN))))
    for draft in drafts:
        draft.version += 1
        if draft.key in begun:  # somebody is at work on it already, from the version that was taken back
            draft.state = "dropped"
            continue
        draft.state, draft.publication_id = "sent_back", None
        draft.review_note = f"{publication.version} 已收回：{why.strip()}"


def _offered_to(session: Session, terminal_id: str, region: str) -> ColumnElement[bool]:
    groups = [  # there are only a few
        group.id
        for group in session.scalars(select(TerminalGroup))
        if terminal_id in group.terminals or any(region.startswith(one) for one in group.divisions)
    ]
    mine = or_(Publication.everybody_at.is_not(None), Publication.group_id.in_(groups))
    return and_(Publication.taken_back_at.is_(None), mine)


def _members(group: TerminalGroup) -> ColumnElement[bool]:
    return or_(
        Terminal.terminal_id.in_(group.terminals),
        *(Terminal.region_code.startswith(one, autoescape=True) for one in group.divisions),
    )


def _name(publication: Publication) -> str:
    return f"{publication.body}/{publication.version}"


def _only_reviewers(who: Who) -> None:
    if not who.has(Role.CATALOGUE_REVIEWER):
        raise Refused("not_allowed", Words("您没有这项权限", "You may not do this"))
