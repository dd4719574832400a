"""Proving that nobody has touched the audit trail: the chain of hashes, and its signed heads (anchors).

Whoever can write to the database can compute every hash anew. They cannot sign, and they cannot change the lines that
`central audit anchor` printed and somebody keeps elsewhere (another system, WORM storage, paper).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.audit.trail import GENESIS, digest
from central.casework.acts import Words
from central.keys import KeyRing
from central.store.models import AuditAnchor, AuditEntry

_WORD = "tongban-audit-anchor"
_SOME = 20
"""Findings reported; a chain computed anew would give one for each entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written."""

    entry_id: int
    what: Words


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found."""

    entries: int
    anchors: int
    """Anchors compared, those kept elsewhere included."""
    head: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether all is as it was written."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain at a time."""

    at: datetime
    entry_id: int
    hash: str
    signature: str

    @property
    def claim(self) -> str:
        """What is signed."""
        return f"{_WORD} 1 {self.at.astimezone(UTC).isoformat(timespec='microseconds')} {self.entry_id} {self.hash}"

    @property
    def line(self) -> str:
        """What is exported: one line of text."""
        return f"{self.claim} {self.signature}"

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the centre said so."""
        try:
            key.verify(base64.b64decode(self.signature, validate=True), self.claim.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class NotAnAnchor(ValueError):
    """A line that `central audit anchor` did not print."""


def parse(line: str) -> Anchor:
    """An exported line.

    Raises:
        NotAnAnchor
    """
    try:
        word, version, at, entry_id, hash_, signature = line.split()
        anchor = Anchor(datetime.fromisoformat(at), int(entry_id), hash_, signature)
    except ValueError:
        raise NotAnAnchor("not a line of `central audit anchor`") from None
    if (word, version) != (_WORD, "1") or anchor.at.tzinfo is None:
        raise NotAnAnchor("not a line of `central audit anchor`")
    return anchor


def anchor(session: Session, keys: KeyRing, at: datetime) -> Anchor | None:
    """Sign the head and record that; None while the trail is empty."""
    head = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    if head is None:
        return None
    claim = Anchor(at, head.id, head.hash, "").claim
    signature = base64.b64encode(keys.signing.sign(claim.encode())).decode()
    session.add(AuditAnchor(at=at, entry_id=head.id, hash=head.hash, signature=signature))
    return Anchor(at, head.id, head.hash, signature)


def verify(session: Session, keys: KeyRing, kept: Iterable[Anchor] = ()) -> Verdict:
    """Go through the whole trail in bounded memory; `kept` are anchors that somebody kept elsewhere."""
    anchors = [_recorded(row) for row in session.scalars(select(AuditAnchor).order_by(AuditAnchor.entry_id))]
    anchors += kept
    wanted = {one.entry_id for one in anchors}
    findings: list[Finding] = []
    hashes: dict[int, str] = {}
    earlier, entries = GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        entries += 1
        if entry.earlier != earlier:
            findings.append(
                Finding(
                    entry.id,
                    Words(
                        "与上一条接不上：之前有记录被删除、插入或调换",
                        "does not follow: an entry before it was deleted, inserted or moved",
                    ),
                )
            )
        if digest(entry) != entry.hash:
            findings.append(Finding(entry.id, Words("内容被改动", "its content was changed")))
        earlier = entry.hash
        if entry.id in wanted:
            hashes[entry.id] = entry.hash
    findings += _against(anchors, hashes, keys.signing.public_key())
    return Verdict(entries, len(anchors), earlier, tuple(findings[:_SOME]))


def _against(anchors: Iterable[Anchor], hashes: dict[int, str], key: Ed25519PublicKey) -> Iterable[Finding]:
    for one in anchors:
        if not one.signed_by(key):
            yield Finding(one.entry_id, Words("锚点的签名不对", "the anchor's signature is wrong"))
        elif one.entry_id not in hashes:
            yield Finding(one.entry_id, Words("锚点所指的记录不见了", "the entry that an anchor names is gone"))
        elif hashes[one.entry_id] != one.hash:
            yield Finding(
                one.entry_id,
                Words("与锚点不符：链被整体重算过", "is not what the anchor names: the chain was computed anew"),
            )


def _recorded(row: AuditAnchor) -> Anchor:
    return Anchor(row.at, row.entry_id, row.hash, row.signature)
