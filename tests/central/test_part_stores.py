"""Where pages are kept: whatever store a province chooses, a part is there whole and as it was sent, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from central.files.local import LocalParts
from central.files.s3 import S3Parts
from central.files.store import PartStore, open_parts
from central.settings import FileSettings, Settings, SettingsError
from tests.central.rig import KIB, RunningCentre, initialised, photo, running_centre

DATA = photo(40 * KIB)
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PartStore:
    """A store, empty but for what other tests put into the bucket under other prefixes."""
    if request.param == "local":
        return LocalParts(tmp_path)
    settings: FileSettings = request.getfixturevalue("bucket")
    return S3Parts(settings.model_copy(update={"prefix": tmp_path.name}))


def test_an_upload_becomes_a_part_only_when_it_is_committed(store: PartStore) -> None:
    store.append(NAME, 0, DATA[:1000])
    store.append(NAME, 1000, DATA[1000:])
    assert (store.held(NAME), store.has(NAME)) == (len(DATA), False)
    assert store.commit(NAME)
    assert (store.has(NAME), store.size(NAME), store.read(NAME)) == (True, len(DATA), DATA)
    assert store.held(NAME) == 0


def test_what_is_not_there_is_said_to_be_missing(store: PartStore) -> None:
    assert not store.has(NAME)
    assert store.held(NAME) == 0
    for look in (store.size, store.read, store.commit):
        with pytest.raises(FileNotFoundError):
            look(NAME)


def test_a_torn_write_is_cut_off_and_a_dropped_upload_is_gone(store: PartStore) -> None:
    store.append(NAME, 0, b"x" * 5000)
    store.append(NAME, 1000, b"y")
    assert store.held(NAME) == 1001
    store.discard(NAME)
    store.discard(NAME)
    assert store.held(NAME) == 0


def test_bytes_with_another_digest_never_become_a_part_and_are_dropped(store: PartStore) -> None:
    store.append(NAME, 0, b"x" * len(DATA))
    assert not store.commit(NAME)
    assert (store.has(NAME), store.held(NAME)) == (False, 0)


def test_chunks_that_outlived_a_crash_are_not_taken_for_bytes_of_the_upload(bucket: FileSettings) -> None:
    store = S3Parts(bucket.model_copy(update={"prefix": "crashed"}))
    for offset in range(0, 3000, 1000):
        store.append(NAME, offset, b"x" * 1000)
    store._bucket.delete(f"crashed/incoming/{NAME}/{0:012d}")  # as if the process died while it dropped the upload
    assert store.held(NAME) == 0
    store.append(NAME, 0, DATA)
    assert store.commit(NAME)
    assert store.read(NAME) == DATA
    assert store.held(NAME) == 0


def test_a_part_that_is_forgotten_is_gone_and_forgetting_it_again_is_harmless(store: PartStore) -> None:
    store.put(NAME, DATA)
    for _ in range(2):
        store.delete(NAME)
        assert not store.has(NAME)
    store.put(NAME, DATA)
    assert store.read(NAME) == DATA


def test_the_same_part_twice_is_harmless_and_the_first_stays(store: PartStore) -> None:
    store.put(NAME, DATA)
    store.put(NAME, b"something else under its name")
    assert store.read(NAME) == DATA
    store.append(NAME, 0, DATA)
    store.commit(NAME)
    assert store.read(NAME) == DATA
    assert store.held(NAME) == 0


def test_a_part_that_was_exchanged_in_the_bucket_is_not_believed(bucket: FileSettings) -> None:
    store = S3Parts(bucket.model_copy(update={"prefix": "exchanged"}))
    store.put(NAME, b"not what its name says")
    with pytest.raises(OSError, match="damaged"):
        store.read(NAME)


def test_a_bucket_that_is_away_is_an_error_without_secrets(bucket: FileSettings) -> None:
    store = S3Parts(bucket.model_copy(update={"bucket": "nowhere"}))
    with pytest.raises(OSError, match=r"object store|[0-9a-f]{64}") as caught:
        store.put(NAME, DATA)
    assert "s3-secret" not in str(caught.value)


def test_settings_choose_the_store(tmp_path: Path, bucket: FileSettings) -> None:
    assert isinstance(open_parts(Settings(tmp_path)), LocalParts)
    assert isinstance(open_parts(Settings(tmp_path, files=bucket)), S3Parts)
    with pytest.raises(SettingsError, match="bucket"):
        open_parts(Settings(tmp_path, files=FileSettings(kind="s3")))


def test_a_centre_keeps_its_pages_in_the_bucket(tmp_path: Path, bucket: FileSettings) -> None:
    from dataclasses import replace

    from tests.central.test_applications import key_of, sealed_for, send, submission, upload

    settings = replace(initialised(tmp_path / "centre"), files=bucket)
    with running_centre(settings) as centre:
        running: RunningCentre = centre
        envelope = sealed_for(running)
        upload(running, envelope)
        assert send(running, submission(envelope), key_of(envelope)).status_code == 201
        first = envelope.manifest.files[0]
        assert running.parts.parts.read(first.sha256) == envelope.parts[first.name]
    assert not any((tmp_path / "centre" / folder).exists() for folder in ("parts", "incoming"))
