"""Editing what is published: one person writes, another reviews, then it is published. Nobody reviews their own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central.audit import trail
from central.casework.acts import Conflict, Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue import entry, publishing
from central.store.models import Draft, Publication, TerminalGroup
from central.store.models.running import OPEN_DRAFTS
from kiosk.protocol.published import Body, canonical

OPEN = OPEN_DRAFTS


def begin(session: Session, who: Who, body: Body, key: str, at: datetime) -> Draft:
    """The open draft of an entry, or a new one that starts from what is published.

    Raises:
        Refused: not an editor.
    """
    _only(who, Role.CATALOGUE_EDITOR)
    if (existing := open_draft(session, body, key)) is not None:
        return existing
    newest = publishing.latest(session, body)
    base = None if newest is None else publishing.entry_of(session, newest, key)
    draft = Draft(
        body=body,
        key=key,
        content="" if base is None else canonical(base),
        edited_by=who.user_id,
        edited_at=at,
    )
    session.add(draft)
    try:
        session.flush()
    except IntegrityError:  # of two who begin at the same moment
        raise Conflict(
            "draft_changed",
            Words(
                "别人刚开始修改这一事项。请再点一次“修改”，就会打开同一份草稿",
                "Somebody has just begun to change this item. Press “change” again: the same draft opens",
            ),
        ) from None
    return draft


def save(
    session: Session, who: Who, draft: Draft, version: int, content: Mapping[str, Any], note: str, at: datetime
) -> None:
    """Keep what was written, right or not: only publishing needs it to be right. A reviewed draft is reviewed again.

    Raises:
        Refused, Conflict
    """
    _only(who, Role.CATALOGUE_EDITOR)
    _current(session, draft, version)
    if draft.state not in OPEN:
        raise Refused(
            "draft_closed",
            Words("这份修改已经结束，请从事项页重新开始", "This draft is closed: begin anew from the item"),
        )
    draft.content = canonical(content)
    draft.note = note
    draft.state = "editing"
    draft.reviewed_by, draft.reviewed_at, draft.review_note = None, None, ""
    draft.edited_by, draft.edited_at = cast(int, who.user_id), at
    draft.version += 1
    session.flush()


def hand_in(session: Session, who: Who, draft: Draft, version: int, at: datetime) -> None:
    """Ask for a review.

    Raises:
        Refused: it has mistakes, which are named.
    """
    _only(who, Role.CATALOGUE_EDITOR)
    _current(session, draft, version)
    _state(draft, "editing", "sent_back")
    mistakes = mistakes_in(draft)
    if mistakes:
        raise Refused("draft_wrong", mistakes[0])
    draft.state, draft.version = "in_review", draft.version + 1
    trail.record(session, who, "catalogue.handed_in", f"{draft.body}/{draft.key}", at, {"draft": draft.id})


def review(session: Session, who: Who, draft: Draft, version: int, approve: bool, note: str, at: datetime) -> None:
    """Approve, or send back with a reason.

    Raises:
        Refused: not a reviewer, one's own draft, or no reason.
    """
    _only(who, Role.CATALOGUE_REVIEWER)
    _current(session, draft, version)
    _state(draft, "in_review")
    if who.has(Role.CATALOGUE_EDITOR):  # several may have written in one draft: nobody who could have reviews it
        raise Refused(
            "own_draft", Words("能编辑的人不能审核，请别人审核", "Whoever may edit does not review; ask somebody else")
        )
    if not approve and not note.strip():
        raise Refused("reason_missing", Words("退回要写明原因", "Say why you send it back"))
    draft.state = "approved" if approve else "sent_back"
    draft.reviewed_by, draft.reviewed_at, draft.review_note = who.user_id, at, note
    draft.version += 1
    action = "catalogue.approved" if approve else "catalogue.sent_back"
    trail.record(session, who, action, f"{draft.body}/{draft.key}", at, {"draft": draft.id})


def drop(session: Session, who: Who, draft: Draft, version: int, at: datetime) -> None:
    """Give a draft up.

    Raises:
        Refused, Conflict
    """
    _only(who, Role.CATALOGUE_EDITOR)
    _current(session, draft, version)
    _state(draft, *OPEN)
    draft.state, draft.version = "dropped", draft.version + 1
    trail.record(session, who, "catalogue.dropped", f"{draft.body}/{draft.key}", at, {"draft": draft.id})


def publish_approved(
    session: Session,
    key: Ed25519PrivateKey,
    who: Who,
    body: Body,
    at: datetime,
    effective_at: datetime | None = None,
    group: TerminalGroup | None = None,
) -> Publication:
    """Publish all approved drafts of a body as one new version, for all terminals or first for a group of them.

    Raises:
        Refused: nothing is approved, or it is not its turn (`publishing.publish`).
    """
    _only(who, Role.CATALOGUE_REVIEWER)
    publishing.one_at_a_time(session)
    drafts = session.scalars(select(Draft).where(Draft.body == body, Draft.state == "approved").with_for_update()).all()
    if not drafts:
        raise Refused("nothing_approved", Words("没有审核通过的修改，请先审核", "No approved draft: review first"))
    newest = publishing.latest(session, body)
    contents = {} if newest is None else publishing.contents_of(session, newest)
    for draft in drafts:
        if draft.content:
            contents[draft.key] = entry.normal(draft.key, json.loads(draft.content))
        else:
            contents.pop(draft.key, None)
    publication = publishing.publish(session, key, body, contents, who, at, effective_at, group)
    for draft in drafts:
        draft.state, draft.publication_id, draft.version = "published", publication.id, draft.version + 1
    detail = {"entries": sorted(draft.key for draft in drafts), "effective": publication.effective_at.isoformat()}
    trail.record(session, who, "catalogue.published", f"{body}/{publication.version}", at, detail)
    return publication


def open_draft(session: Session, body: str, key: str) -> Draft | None:
    """The draft of an entry that is under way."""
    return session.scalar(select(Draft).where(Draft.body == body, Draft.key == key, Draft.state.in_(OPEN)))


def mistakes_in(draft: Draft) -> tuple[Words, ...]:
    """Why a draft cannot be published yet."""
    if not draft.content or draft.body != "catalogue" or draft.key.startswith("_"):
        return ()
    return entry.checked(draft.key, json.loads(draft.content))[1]


def _only(who: Who, role: Role) -> None:
    if not who.has(role):
        raise Refused(
            "not_allowed",
            Words("您没有这项权限，请有权限的同事来办", "You may not do this: somebody with the role does"),
        )


def _state(draft: Draft, *states: str) -> None:
    if draft.state not in states:
        raise Refused(
            "draft_state",
            Words("这份修改不在这一步，请看页面上的状态", "The draft is not at this step: see its state on the page"),
        )


def _current(session: Session, draft: Draft, version: int) -> None:
    """Of two people who decide on the same version one goes first; the other waits here and is told."""
    session.flush()
    session.refresh(draft, with_for_update=True)
    if draft.version != version:
        raise Conflict(
            "draft_changed",
            Words("别人刚改过这份修改，请看新的内容", "Somebody has just changed this draft; look again"),
        )
