"""Publishing: a version of a body of content is made once, signed, and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.who import Who
from central.store.models import Entry, Publication
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


def publish(
    session: Session,
    key: Ed25519PrivateKey,
    body: Body,
    contents: Mapping[str, Any],
    who: Who,
    at: datetime,
    effective_at: datetime | None = None,
) -> Publication:
    """Make `contents` the newest version of `body`. Nothing is published when nothing has changed: the newest is returned."""
    newest = latest(session, body)
    texts = {name: canonical(value) for name, value in sorted(contents.items())}
    refs = tuple(EntryRef(key=name, sha256=sha256_hex(text.encode())) for name, text in texts.items())
    if newest is not None and manifest_of(newest).entries == refs:
        return newest
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
            effective_at=effective_at or at,
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
    )
    session.add(publication)
    session.flush()
    return publication


def latest(session: Session, body: str) -> Publication | None:
    """The newest version, whether in effect yet or not."""
    return session.scalar(select(Publication).where(Publication.body == body).order_by(Publication.id.desc()).limit(1))


def in_effect(session: Session, body: str, at: datetime) -> Publication | None:
    """The newest version that counts at `at`."""
    return session.scalar(
        select(Publication)
        .where(Publication.body == body, Publication.effective_at <= at)
        .order_by(Publication.id.desc())
        .limit(1)
    )


def version_of(session: Session, body: str, version: str) -> Publication | None:
    """The version called `version`."""
    return session.scalar(select(Publication).where(Publication.body == body, Publication.version == version))


def manifest_of(publication: Publication) -> PublishedManifest:
    """Its manifest."""
    return PublishedManifest.model_validate_json(publication.manifest)


def contents_of(session: Session, publication: Publication) -> dict[str, Any]:
    """All its entries by key."""
    refs = manifest_of(publication).entries
    rows = session.execute(select(Entry.sha256, Entry.content).where(Entry.sha256.in_([ref.sha256 for ref in refs])))
    texts = {row.sha256: row.content for row in rows}
    return {ref.key: json.loads(texts[ref.sha256]) for ref in refs}


def entry_of(session: Session, publication: Publication, key: str) -> Any | None:
    """One entry of it, or None."""
    sha256 = next((ref.sha256 for ref in manifest_of(publication).entries if ref.key == key), None)
    row = None if sha256 is None else session.get(Entry, sha256)
    return None if row is None else json.loads(row.content)


def delta(session: Session, body: Body, since: str | None) -> Delta | None:
    """What a holder of version `since` needs for the newest one; everything when `since` is unknown. None: nothing published."""
    newest = latest(session, body)
    if newest is None:
        return None
    before = None if since is None else version_of(session, body, since)
    held = set() if before is None else set(manifest_of(before).entries)
    wanted = [ref for ref in manifest_of(newest).entries if ref not in held]
    rows = session.execute(select(Entry.sha256, Entry.content).where(Entry.sha256.in_([ref.sha256 for ref in wanted])))
    texts = {row.sha256: row.content for row in rows}
    return Delta(
        since=None if before is None else cast(str, since),
        signed=SignedManifest(manifest=newest.manifest, signature=newest.signature),
        entries=tuple(PublishedEntry(key=ref.key, content=texts[ref.sha256]) for ref in wanted),
    )


def _next_version(session: Session, body: str, at: datetime) -> str:
    day = f"{at.astimezone(CHINA):%Y-%m-%d}"
    taken = session.scalars(
        select(Publication.version).where(Publication.body == body, Publication.version.like(f"{day}.%"))
    )
    return f"{day}.{max((int(version.rpartition('.')[2]) for version in taken), default=0) + 1}"
