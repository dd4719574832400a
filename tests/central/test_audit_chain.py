"""The audit trail (R056): whoever changes, deletes, inserts or recomputes entries in the database is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from central.audit import chain, trail
from central.audit.chain import NotAnAnchor
from central.casework.who import SYSTEM
from central.centre import CentreParts
from central.store.models import AuditAnchor, AuditEntry

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def written(parts: CentreParts, entries: int = 10) -> list[int]:
    """A trail with so many entries; their ids."""
    with parts.database.writing() as session:
        for n in range(entries):
            at = NOW + timedelta(seconds=n)
            trail.record(session, SYSTEM, "case.collect", f"CASE-{n}", at, {"n": n, "字": "收"})
    with parts.database.reading() as session:
        return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def anchored(parts: CentreParts) -> chain.Anchor:
    with parts.database.writing() as session:
        made = chain.anchor(session, parts.keys, NOW)
    assert made is not None
    return made


def found(parts: CentreParts, *kept: chain.Anchor) -> list[tuple[int, str]]:
    with parts.database.reading() as session:
        verdict = chain.verify(session, parts.keys, kept)
    assert verdict.sound == (not verdict.findings)
    return [(one.entry_id, one.what.en) for one in verdict.findings]


def tamper(parts: CentreParts, how: Callable[[Session], object]) -> None:
    with parts.database.writing() as session:
        how(session)


def recomputed(session: Session) -> None:
    """What somebody does who knows how the chain is made: every hash anew."""
    earlier = trail.GENESIS
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        entry.earlier = earlier
        entry.hash = earlier = trail.digest(entry)


def test_an_untouched_trail_is_sound_and_its_head_is_named(parts: CentreParts) -> None:
    ids = written(parts, 1200)
    anchored(parts)
    with parts.database.reading() as session:
        verdict = chain.verify(session, parts.keys)
        head = session.get_one(AuditEntry, ids[-1]).hash
    assert (verdict.sound, verdict.entries, verdict.anchors, verdict.head) == (True, 1200, 1, head)


def test_what_is_rolled_back_leaves_no_entry_and_a_savepoint_takes_none_away(parts: CentreParts) -> None:
    with parts.database.writing() as session:
        trail.record(session, SYSTEM, "case.collect", "CASE-1", NOW)
        session.rollback()
        trail.record(session, SYSTEM, "case.collect", "CASE-2", NOW)
        for end in ("commit", "rollback"):
            getattr(session.begin_nested(), end)()
    with parts.database.reading() as session:
        assert session.scalars(select(AuditEntry.target)).all() == ["CASE-2"]


def test_an_empty_trail_is_sound_and_has_nothing_to_anchor(parts: CentreParts) -> None:
    assert found(parts) == []
    with parts.database.writing() as session:
        assert chain.anchor(session, parts.keys, NOW) is None


@pytest.mark.req("R056")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "case.reject"),
        ("target", "CASE-99"),
        ("detail", "{}"),
        ("at", NOW + timedelta(days=1)),
    ],
)
def test_a_changed_entry_is_named(parts: CentreParts, column: str, value: object) -> None:
    ids = written(parts)
    tamper(
        parts,
        lambda session: session.execute(update(AuditEntry).where(AuditEntry.id == ids[4]).values({column: value})),
    )
    assert found(parts) == [(ids[4], "its content was changed")]


@pytest.mark.req("R084")
@pytest.mark.req("R056")
def test_a_deleted_entry_is_missed_by_the_next(parts: CentreParts) -> None:
    ids = written(parts)
    tamper(parts, lambda session: session.execute(delete(AuditEntry).where(AuditEntry.id == ids[4])))
    assert found(parts) == [(ids[5], "does not follow: an entry before it was deleted, inserted or moved")]


def test_the_first_entry_cannot_be_cut_off(parts: CentreParts) -> None:
    ids = written(parts)
    tamper(parts, lambda session: session.execute(delete(AuditEntry).where(AuditEntry.id == ids[0])))
    assert [entry for entry, _ in found(parts)] == [ids[1]]


def test_an_inserted_entry_does_not_fit(parts: CentreParts) -> None:
    ids = written(parts)

    def insert(session: Session) -> None:
        session.execute(update(AuditEntry).where(AuditEntry.id == ids[9]).values(id=ids[9] + 1))
        before = session.get_one(AuditEntry, ids[8])
        slipped_in = AuditEntry(
            id=ids[9], at=NOW, action="case.approve", target="CASE-9", detail="{}", earlier=before.hash, hash=""
        )
        slipped_in.hash = trail.digest(slipped_in)
        session.add(slipped_in)

    tamper(parts, insert)
    assert found(parts) == [(ids[9] + 1, "does not follow: an entry before it was deleted, inserted or moved")]


def test_a_cut_tail_is_found_by_the_anchor(parts: CentreParts) -> None:
    ids = written(parts)
    kept = anchored(parts)

    def cut(session: Session) -> None:
        session.execute(delete(AuditAnchor))
        session.execute(delete(AuditEntry).where(AuditEntry.id > ids[6]))

    tamper(parts, cut)
    assert found(parts, kept) == [(ids[9], "the entry that an anchor names is gone")]


@pytest.mark.req("R056")
def test_a_chain_computed_anew_is_found_by_the_anchor(parts: CentreParts) -> None:
    ids = written(parts)
    anchored(parts)

    def rewrite(session: Session) -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id == ids[4]))
        recomputed(session)

    tamper(parts, rewrite)
    assert found(parts) == [(ids[9], "is not what the anchor names: the chain was computed anew")]


def test_the_line_kept_elsewhere_finds_it_even_when_the_anchors_are_gone(parts: CentreParts) -> None:
    ids = written(parts)
    line = anchored(parts).line

    def rewrite(session: Session) -> None:
        session.execute(delete(AuditAnchor))
        session.execute(update(AuditEntry).where(AuditEntry.id == ids[2]).values(target="CASE-77"))
        recomputed(session)

    tamper(parts, rewrite)
    assert found(parts) == [], "the chain alone shows clumsy edits only"
    assert found(parts, chain.parse(line)) == [(ids[9], "is not what the anchor names: the chain was computed anew")]


def test_an_anchor_that_somebody_else_signed_counts_as_tampering(parts: CentreParts) -> None:
    ids = written(parts)
    forger = replace(parts.keys, signing=Ed25519PrivateKey.generate())
    tamper(parts, lambda session: chain.anchor(session, forger, NOW))
    assert found(parts) == [(ids[9], "the anchor's signature is wrong")]


def test_a_line_keeps_everything_and_tells_what_was_altered_in_it(parts: CentreParts) -> None:
    written(parts)
    made = anchored(parts)
    again = chain.parse(made.line + "\n")
    assert again == made
    assert again.signed_by(parts.keys.signing.public_key())
    altered = replace(again, entry_id=again.entry_id - 1)
    assert not altered.signed_by(parts.keys.signing.public_key())
    assert not replace(again, signature="?").signed_by(parts.keys.signing.public_key())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "tongban-audit-anchor 2 2026-11-20T00:00:00+00:00 1 a b",
        "tongban-audit-anchor 1 2026-11-20T00:00:00 1 a b",
    ],
)
def test_other_lines_are_not_taken_for_anchors(line: str) -> None:
    with pytest.raises(NotAnAnchor):
        chain.parse(line)


def test_ten_thousand_findings_do_not_fill_the_page(parts: CentreParts) -> None:
    written(parts, 200)
    tamper(parts, lambda session: session.execute(update(AuditEntry).values(target="X")))
    assert len(found(parts)) == 20
