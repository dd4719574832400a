"""The published catalogue that this terminal holds: one file, signed, checked each time it is read.

It is replaced as a whole, and only by a newer version that the centre signed and that this software can work with; a
visit reads it when it starts and keeps it to its end.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.catalogue.catalogue import Catalogue
from kiosk.protocol.published import (
    Delta,
    NotGenuine,
    PublishedEntry,
    PublishedManifest,
    SignedManifest,
    apply,
    parsed,
    verified,
)


@dataclass(frozen=True)
class Held:
    """A version with its contents."""

    version: str
    contents: Mapping[str, str]

    def values(self) -> dict[str, Any]:
        """The entries by key."""
        return parsed(self.contents)


def read_held(file: Path, signing_key: str) -> Held | None:
    """What is held; None: nothing, or this terminal was not given a signing key.

    Raises:
        NotGenuine: damaged, or signed by somebody else.
    """
    if not signing_key or not file.exists():
        return None
    try:
        stored = Delta.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        raise NotGenuine("the file is damaged") from None
    manifest = _manifest(stored, signing_key)
    return Held(manifest.version, apply({}, stored, manifest))


def take(file: Path, signing_key: str, delta: Delta, now: datetime) -> Held | None:
    """Replace what is held by the delta's version. None: that version is not in effect yet; it is asked for again later.

    Raises:
        NotGenuine: not signed by the centre, incomplete, or older than what is held.
        CatalogueError: this software cannot work with it.
        OSError
    """
    manifest = _manifest(delta, signing_key)
    if manifest.effective_at > now:
        return None
    try:
        held = read_held(file, signing_key)
    except NotGenuine:
        held = None  # damaged: whatever the centre signed is better
    if held is not None and _order(manifest.version) < _order(held.version):
        raise NotGenuine("older than what is held")
    contents = apply({} if held is None else held.contents, delta, manifest)
    new = Held(manifest.version, contents)
    Catalogue.published(new.version, new.values(), file)
    _write(file, delta.signed, contents)
    return new


def _manifest(delta: Delta, signing_key: str) -> PublishedManifest:
    manifest = verified(delta.signed, Ed25519PublicKey.from_public_bytes(base64.b64decode(signing_key)))
    if manifest.body != "catalogue":
        raise NotGenuine("not a catalogue")
    return manifest


def _order(version: str) -> tuple[str, int]:
    day, _, number = version.partition(".")
    return day, int(number)


def _write(file: Path, signed: SignedManifest, contents: Mapping[str, str]) -> None:
    whole = Delta(
        signed=signed, entries=tuple(PublishedEntry(key=key, content=content) for key, content in contents.items())
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as out:
        json.dump(whole.model_dump(mode="json"), out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(file)
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
