"""What the centre published and this terminal holds: a file for each body, signed, checked each time it is read.

It is replaced as a whole, and only by a newer version that the centre signed and that this software can work with; a
visit reads it when it starts and keeps it to its end. A version that counts only later waits in a file beside it, and
takes over at its time without any network.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.catalogue.catalogue import Catalogue
from kiosk.catalogue.errors import CatalogueError
from kiosk.protocol.agreements import Agreements
from kiosk.protocol.bulletins import Bulletin, bulletins_of
from kiosk.protocol.published import (
    Body,
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
    effective_at: datetime
    contents: Mapping[str, str]

    def values(self) -> dict[str, Any]:
        """The entries by key."""
        return parsed(self.contents)


def read_held(file: Path, signing_key: str, body: Body = "catalogue") -> Held | None:
    """What is held of a body; None: nothing, or this terminal was not given a signing key.

    Raises:
        NotGenuine: damaged, or signed by somebody else.
    """
    if not signing_key or not file.exists():
        return None
    try:
        stored = Delta.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        raise NotGenuine("the file is damaged") from None
    manifest = _manifest(stored, signing_key, body)
    return Held(manifest.version, manifest.effective_at, apply({}, stored, manifest))


def waiting_file(file: Path) -> Path:
    """Where the version waits that counts only later."""
    return file.with_name(f"{file.stem}.next{file.suffix}")


def promote(file: Path, signing_key: str, now: datetime, body: Body = "catalogue") -> Held | None:
    """Let the version that waits take over if its time has come; it, if it has. One that was overtaken is deleted.

    Raises:
        OSError
    """
    waiting = waiting_file(file)
    coming, held = _genuine(waiting, signing_key, body), _genuine(file, signing_key, body)
    if coming is None or (held is not None and _order(coming.version) <= _order(held.version)):
        waiting.unlink(missing_ok=True)
        return None
    if coming.effective_at > now:
        return None
    waiting.replace(file)
    _fsync_folder(file.parent)
    return coming


def take(
    file: Path,
    signing_key: str,
    delta: Delta,
    now: datetime,
    body: Body = "catalogue",
) -> Held | None:
    """Replace what is held by the delta's version. None: it counts only later, and waits (`promote`).

    Raises:
        NotGenuine: not signed by the centre, incomplete, or older than what is held.
        CatalogueError: this software cannot work with it.
        OSError
    """
    manifest = _manifest(delta, signing_key, body)
    held = _genuine(file, signing_key, body)
    if held is not None and _order(manifest.version) < _order(held.version):
        raise NotGenuine("older than what is held")
    contents = apply({} if held is None else held.contents, delta, manifest)
    new = Held(manifest.version, manifest.effective_at, contents)
    _USABLE[body](new, file)
    early = manifest.effective_at > now
    _write(waiting_file(file) if early else file, delta.signed, contents)
    return None if early else new


def catalogue_of(held: Held, file: Path) -> Catalogue:
    """The catalogue that `file` holds.

    Raises:
        CatalogueError: its entries do not fit together.
    """
    return Catalogue.published(held.version, held.values(), file)


def agreements_of(held: Held, file: Path) -> Agreements:
    """The agreements and scopes that `file` holds.

    Raises:
        CatalogueError: an entry makes no sense.
    """
    try:
        return Agreements.of(held.values())
    except ValueError as error:
        raise CatalogueError(file, "", f"lacks or mistypes {type(error).__name__}") from error


def news_of(held: Held, file: Path) -> tuple[Bulletin, ...]:
    """The news that `file` holds.

    Raises:
        CatalogueError: an entry makes no sense.
    """
    try:
        return bulletins_of(held.values())
    except ValueError as error:
        raise CatalogueError(file, "", f"lacks or mistypes {type(error).__name__}") from error


_USABLE: Mapping[Body, Callable[[Held, Path], object]] = {
    "catalogue": catalogue_of,
    "agreements": agreements_of,
    "bulletins": news_of,
}


def _genuine(file: Path, signing_key: str, body: Body) -> Held | None:
    """What is held; None also when it is damaged: whatever the centre signed is better."""
    try:
        return read_held(file, signing_key, body)
    except NotGenuine:
        return None


def _manifest(delta: Delta, signing_key: str, body: Body) -> PublishedManifest:
    manifest = verified(delta.signed, Ed25519PublicKey.from_public_bytes(base64.b64decode(signing_key)))
    if manifest.body != body:
        raise NotGenuine("another body of content")
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
    _fsync_folder(file.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
