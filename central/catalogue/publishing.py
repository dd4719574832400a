"""Publishing: a version of a body of content is made once, signed, and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.who import Who
from central.store.locks import hold
from central.store.models import Entry, Publication, TerminalGroup
from central.times import CHINA
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.published import (
    Body,
    Delta,
    EntryRef,
    PublishedEntry,
    PublishedManifest,
    SignedManifest,
    canonical,
    sign,
)


def one_at_a_time(session: Session) -> None:
    """Let nobody else publish, in any process, until this transaction ends. To be called before reading what the new version
    is made from: of two who read the same version the second would take back what the first has published.
    """
    hold(session, "publishing")


def publish(
    session: Session,
    key: Ed25519PrivateKey,
    body: Body,
    contents: Mapping[str, Any],
    who: Who,
    at: datetime,
    effective_at: datetime | None = None,
    group: TerminalGroup | None = None,
) -> Publication:
    """Make `contents` the newest version of `body`, for everybody or first for a group of terminals.

    Nothing is published when nothing has changed: the newest is returned.

    Raises:
        Refused: the newest is still with its group, or counts only later than this one would: what is in it and not
            meant for everybody yet would go out with the new version.
    """
    one_at_a_time(session)
    newest, effective = latest(session, body), effective_at or at
    texts = {name: canonical(value) for name, value in sorted(contents.items())}
    refs = tuple(EntryRef(key=name, sha256=sha256_hex(text.encode())) for name, text in texts.items())
    if newest is not None:
        if manifest_of(newest).entries == refs:
            return newest
        if newest.effective_at <= newest.published_at:
            # It counts already: this clock may have been read before that one's, or be another machine's.
            effective = max(effective, newest.effective_at)
        _in_turn(newest, effective)
    return make_version(session, key, body, texts, who, at, effective, group)


def make_version(
    session: Session,
    key: Ed25519PrivateKey,
    body: Body,
    texts: Mapping[str, str],
    who: Who,
    at: datetime,
    effective_at: datetime,
    group: TerminalGroup | None = None,
) -> Publication:
    """Sign `texts` (canonical JSON by key) as the next version, whatever the one before it was."""
    newest = latest(session, body)
    refs = tuple(EntryRef(key=name, sha256=sha256_hex(text.encode())) for name, text in sorted(texts.items()))
    known = set(session.scalars(select(Entry.sha256).where(Entry.sha256.in_([ref.sha256 for ref in refs]))))
    for ref in refs:
        if ref.sha256 not in known:
            session.add(Entry(sha256=ref.sha256, content=texts[ref.key]))
            known.add(ref.sha256)
    signed = sign(
        PublishedManifest(
            body=body,
            version=_next_version(session, body, at),
            earlier=None if newest is None else newest.version,
            published_at=at,
            effective_at=effective_at,
            entries=refs,
        ),
        key,
    )
    manifest = PublishedManifest.model_validate_json(signed.manifest)
    publication = Publication(
        body=body,
        version=manifest.version,
        manifest=signed.manifest,
        signature=signed.signature,
        published_at=at,
        effective_at=manifest.effective_at,
        published_by=who.user_id,
        group_id=None if group is None else group.id,
        everybody_at=at if group is None else None,
        everybody_by=who.user_id if group is None else None,
    )
    session.add(publication)
    session.flush()
    return publication


def latest(session: Session, body: str) -> Publication | None:
    """The newest version that was not taken back, whether in effect yet or not, with everybody or first with a group."""
    return session.scalar(
        select(Publication)
        .where(Publication.body == body, Publication.taken_back_at.is_(None))
        .order_by(Publication.id.desc())
        .limit(1)
    )


def in_effect(session: Session, body: str, at: datetime) -> Publication | None:
    """The newest version that counts at `at` for everybody."""
    return session.scalar(
        select(Publication)
        .where(
            Publication.body == body,
            Publication.effective_at <= at,
            Publication.everybody_at.is_not(None),
            Publication.taken_back_at.is_(None),
        )
        .order_by(Publication.id.desc())
        .limit(1)
    )


def version_of(session: Session, body: str, version: str) -> Publication | None:
    """The version called `version`."""
    return session.scalar(select(Publication).where(Publication.body == body, Publication.version == version))


def manifest_of(publication: Publication) -> PublishedManifest:
    """Its manifest."""
    return PublishedManifest.model_validate_json(publication.manifest)


def texts_of(session: Session, publication: Publication) -> dict[str, str]:
    """All its entries by key, as canonical JSON."""
    refs = manifest_of(publication).entries
    rows = session.execute(select(Entry.sha256, Entry.content).where(Entry.sha256.in_([ref.sha256 for ref in refs])))
    texts = {row.sha256: row.content for row in rows}
    return {ref.key: texts[ref.sha256] for ref in refs}


def contents_of(session: Session, publication: Publication) -> dict[str, Any]:
    """All its entries by key."""
    return {key: json.loads(text) for key, text in texts_of(session, publication).items()}


def entry_of(session: Session, publication: Publication, key: str) -> Any | None:
    """One entry of it, or None."""
    sha256 = next((ref.sha256 for ref in manifest_of(publication).entries if ref.key == key), None)
    row = None if sha256 is None else session.get(Entry, sha256)
    return None if row is None else json.loads(row.content)


def delta(session: Session, publication: Publication, since: str | None) -> Delta:
    """What a holder of version `since` needs for this one; everything when `since` is unknown."""
    before = None if since is None else version_of(session, publication.body, since)
    held = set() if before is None else set(manifest_of(before).entries)
    wanted = [ref for ref in manifest_of(publication).entries if ref not in held]
    rows = session.execute(select(Entry.sha256, Entry.content).where(Entry.sha256.in_([ref.sha256 for ref in wanted])))
    texts = {row.sha256: row.content for row in rows}
    return Delta(
        since=None if before is None else cast(str, since),
        signed=SignedManifest(manifest=publication.manifest, signature=publication.signature),
        entries=tuple(PublishedEntry(key=ref.key, content=texts[ref.sha256]) for ref in wanted),
    )


def _in_turn(newest: Publication, effective_at: datetime) -> None:
    if newest.everybody_at is None:
        raise Refused(
            "still_with_group",
            Words(
                f"版本 {newest.version} 还在试点终端上，请先向所有终端放开或收回",
                f"Version {newest.version} is still with its first terminals; give it to all or take it back first",
            ),
        )
    if newest.effective_at > effective_at:
        raise Refused(
            "before_its_turn",
            Words(
                f"版本 {newest.version} 要到 {newest.effective_at.astimezone(CHINA):%Y-%m-%d %H:%M} 才生效，"
                "后发布的不能更早生效；要提前，请先收回它",
                f"Version {newest.version} counts from {newest.effective_at.astimezone(CHINA):%Y-%m-%d %H:%M} only; "
                "a later one cannot count earlier. Take it back first",
            ),
        )


def _next_version(session: Session, body: str, at: datetime) -> str:
    day = f"{at.astimezone(CHINA):%Y-%m-%d}"
    taken = session.scalars(
        select(Publication.version).where(Publication.body == body, Publication.version.like(f"{day}.%"))
    )
    return f"{day}.{max((int(version.rpartition('.')[2]) for version in taken), default=0) + 1}"
