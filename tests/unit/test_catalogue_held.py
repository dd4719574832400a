"""The published catalogue on the terminal: taken only when it is the centre's, whole, in effect and usable."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.catalogue import shipped
from kiosk.catalogue import Catalogue, CatalogueError
from kiosk.catalogue.held import read_held, take
from kiosk.outbox.client import Unreachable
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.published import (
    Delta,
    EntryRef,
    NotGenuine,
    PublishedEntry,
    PublishedManifest,
    canonical,
    sign,
)
from kiosk.station.subscription import Subscription

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNING = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()


def published(
    contents: dict[str, Any],
    version: str = "2026-11-20.1",
    *,
    without: tuple[str, ...] = (),
    key: Ed25519PrivateKey = KEY,
    effective_at: datetime = NOW,
    body: str = "catalogue",
) -> Delta:
    texts = {name: canonical(value) for name, value in contents.items()}
    manifest = PublishedManifest(
        body=body,  # type: ignore[arg-type]
        version=version,
        published_at=NOW,
        effective_at=effective_at,
        entries=tuple(EntryRef(key=name, sha256=sha256_hex(text.encode())) for name, text in texts.items()),
    )
    entries = tuple(PublishedEntry(key=name, content=text) for name, text in texts.items() if name not in without)
    return Delta(signed=sign(manifest, key), entries=entries)


def changed(**guide: str) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(canonical(shipped.catalogue()))
    contents["C001"]["guide"].update(guide)
    return contents


def test_what_the_centre_first_publishes_is_what_came_with_the_software(tmp_path: Path) -> None:
    ours = Catalogue.load()
    theirs = Catalogue.published("2026-11-20.1", changed(), tmp_path)
    assert (theirs.items, theirs.first_batch, theirs.as_of) == (ours.items, ours.first_batch, ours.as_of)
    assert {key: one.materials for key, one in theirs.applications.items()} == {
        key: one.materials for key, one in ours.applications.items()
    }


@pytest.mark.req("R102")
@pytest.mark.req("R124")
def test_a_newer_version_replaces_the_older_and_needs_only_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.json"
    take(file, SIGNING, published(changed()), NOW)
    new = changed(fee="收费 10 元")
    take(file, SIGNING, published(new, "2026-11-20.2", without=tuple(key for key in new if key != "C001")), NOW)
    held = read_held(file, SIGNING)
    assert held is not None
    assert held.version == "2026-11-20.2"
    item = Catalogue.published(held.version, held.values(), file).item("C001")
    assert item is not None
    assert item.fee == "收费 10 元"


@pytest.mark.parametrize(
    "bad",
    [
        published(changed(), "2026-11-20.2", key=Ed25519PrivateKey.from_private_bytes(bytes(32))),
        published(changed(fee="1"), "2026-11-20.2", without=("C001",)),
        published(changed(), "2026-11-19.9"),
        published(changed(), "2026-11-20.2", body="profiles"),
    ],
    ids=["signed by somebody else", "an entry is missing", "older", "another body"],
)
def test_what_is_not_genuine_leaves_everything_as_it_was(tmp_path: Path, bad: Delta) -> None:
    file = tmp_path / "catalogue.json"
    take(file, SIGNING, published(changed()), NOW)
    before = file.read_bytes()
    with pytest.raises(NotGenuine):
        take(file, SIGNING, bad, NOW)
    assert file.read_bytes() == before


def test_a_version_this_software_cannot_work_with_is_not_taken(tmp_path: Path) -> None:
    contents = changed()
    contents["C001"]["application"]["mode"] = "by_magic"
    with pytest.raises(CatalogueError):
        take(tmp_path / "catalogue.json", SIGNING, published(contents), NOW)
    assert read_held(tmp_path / "catalogue.json", SIGNING) is None


def test_a_version_waits_until_it_is_in_effect(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.json"
    tomorrow = published(changed(), effective_at=NOW + timedelta(days=1))
    assert take(file, SIGNING, tomorrow, NOW) is None
    assert take(file, SIGNING, tomorrow, NOW + timedelta(days=1)) is not None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe"])
def test_a_damaged_file_is_noticed_and_replaced(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "catalogue.json"
    file.write_bytes(damage)
    with pytest.raises(NotGenuine):
        read_held(file, SIGNING)
    take(file, SIGNING, published(changed()), NOW)
    assert read_held(file, SIGNING) is not None


@pytest.mark.req("R103")
@pytest.mark.parametrize("status", ["planned", "closed", "guide_only"])
def test_an_item_that_is_not_open_keeps_its_guide_and_takes_no_application(tmp_path: Path, status: str) -> None:
    contents = changed()
    contents["C001"]["office"]["status"] = status
    catalogue = Catalogue.published("2026-11-20.2", contents, tmp_path)
    assert catalogue.item("C001") is not None
    assert not catalogue.submittable("C001")
    assert catalogue.submittable("C003")


class Answers:
    """A centre that says what it is told to."""

    def __init__(self, *answers: Delta | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []

    def published(self, body: str, since: str | None, _terminal: str, _version: str | None) -> Delta | None:
        self.asked.append(since)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_station_asks_with_the_version_it_holds_and_survives_what_goes_wrong(tmp_path: Path) -> None:
    subscription = Subscription(tmp_path / "catalogue.json", SIGNING, now=lambda: NOW)
    forged = published(changed(), key=Ed25519PrivateKey.from_private_bytes(bytes(32)))
    centre = Answers(Unreachable("no"), forged, published(changed()), None)
    taken = [subscription.ask(centre) for _ in range(4)]  # type: ignore[arg-type]
    assert taken == [None, None, "2026-11-20.1", None]
    assert centre.asked == [None, None, None, "2026-11-20.1"]
