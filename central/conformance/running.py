"""Heartbeats and published content (docs/protocol.md, sections 5 and 6)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from central.conformance.check import Broken, Check, NotRun, expect, rule
from central.conformance.lab import Lab
from central.conformance.person import MARK
from kiosk.protocol.heartbeat import Heartbeat, HeartbeatAnswer, OutboxStatus
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.published import Delta, NotGenuine, PublishedManifest, verified

HEARTBEAT = "/api/v1/heartbeat"
CATALOGUE = "/api/v1/published/catalogue"


def _beat(lab: Lab) -> dict[str, Any]:
    return Heartbeat(
        terminal_id=lab.terminal_id,
        region_code=lab.receiving.code,
        place=MARK,
        boot_id=uuid4(),
        sequence=1,
        sent_at=datetime.now(UTC),
        software="conformance",
        outbox=OutboxStatus(waiting=0),
    ).model_dump(mode="json")


@rule("heartbeat.answer", "5 heartbeat")
def heartbeat(lab: Lab) -> None:
    """A heartbeat answers 200 with the centre's clock, the versions in force, and when to come back."""
    answer = lab.post(HEARTBEAT, _beat(lab)).must_be(200)
    try:
        HeartbeatAnswer.model_validate_json(answer.body)
    except ValidationError:
        raise Broken("the answer is not the message `HeartbeatAnswer`") from None


@rule("heartbeat.strict", "5 heartbeat")
def heartbeat_strict(lab: Lab) -> None:
    """A heartbeat takes nothing but what the contract lists: no room for personal data."""
    lab.post(HEARTBEAT, {**_beat(lab), "last_applicant": MARK}).must_refuse(ProblemType.INVALID_MESSAGE)


@rule("published.digests", "6 published content")
def published(lab: Lab) -> None:
    """If published content is offered, a delta holds every entry of its manifest under its right digest."""
    delta, manifest = _catalogue(lab)
    contents = {entry.key: sha256_hex(entry.content.encode()) for entry in delta.entries}
    listed = {ref.key: ref.sha256 for ref in manifest.entries}
    expect(contents == listed, "without `since`, the entries are not exactly those of the manifest")


@rule("published.signature", "6 published content")
def signature(lab: Lab) -> None:
    """If published content is offered, its manifest is signed by the key that terminals were given."""
    delta, _ = _catalogue(lab)
    if not lab.signing_key:
        raise NotRun("the key file has no signing_key")
    try:
        verified(delta.signed, Ed25519PublicKey.from_public_bytes(base64.b64decode(lab.signing_key)))
    except (NotGenuine, ValueError):
        raise Broken("the signature is not of the key that terminals were given") from None


@rule("published.not-modified", "6 published content")
def not_modified(lab: Lab) -> None:
    """With the newest version in If-None-Match it answers 304."""
    _, manifest = _catalogue(lab)
    lab.ask("GET", CATALOGUE, headers={"If-None-Match": f'"{manifest.version}"'}).must_be(304)


def _catalogue(lab: Lab) -> tuple[Delta, PublishedManifest]:
    answer = lab.ask("GET", CATALOGUE)
    if answer.status == 404:
        raise NotRun("no catalogue is published here")
    try:
        delta = Delta.model_validate_json(answer.must_be(200).body)
        return delta, PublishedManifest.model_validate_json(delta.signed.manifest)
    except ValidationError:
        raise Broken("the answer is not the message `Delta`") from None


CHECKS: tuple[Check, ...] = (heartbeat, heartbeat_strict, published, signature, not_modified)
