"""Submitting: once the screen has said 已提交, the application is on the disk, whole, and readable by nobody here."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import text

from central.keys import KeyRing
from central.opening import open_application, open_file
from central.vault import Vault
from drivers.virtual.personas import PERSONAS
from kiosk.outbox import queue
from kiosk.outbox.errors import StoreError
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.submit import next_slip_number, submit, sweep
from kiosk.outbox.table import OutboxState
from kiosk.protocol.envelope import CentreKey, EnvelopeError
from kiosk.protocol.messages import SubmissionReceipt
from kiosk.protocol.slip_number import query_code
from tests.central.rig import REGION, application_of, hand_in, photo

PRIVATE = X25519PrivateKey.generate()
CENTRE = CentreKey.of(PRIVATE.public_key())
RING = KeyRing({CENTRE.key_id: PRIVATE}, CENTRE.key_id, b"i" * 32, Vault(b"v" * 32), Ed25519PrivateKey.generate())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data" / "store.db")


def envelopes(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir() if path.is_dir())


def test_what_is_stored_is_the_whole_application(store: Store) -> None:
    application, files = application_of("wang", next_slip_number(store, REGION, 3), [photo(9000), photo(800, 2)])
    stored = submit(store, application, files, CENTRE)
    assert stored.slip_number == application.slip_number
    assert stored.query_code == query_code(application.application_id)
    (entry,) = queue.entries(store)
    assert entry.state is OutboxState.QUEUED
    parts = {path.name: path.read_bytes() for path in queue.folder_of(store, entry).iterdir()}
    plain = open_application(RING, entry.manifest, parts["application"])
    assert plain == application.model_dump_json().encode()
    assert [open_file(RING, entry.manifest, part.name, parts[part.name]) for part in entry.manifest.files] == list(
        files.values()
    )


def test_the_terminals_disk_holds_no_plain_text_and_no_key(store: Store) -> None:
    person, scan = PERSONAS["wang"], photo(5000)
    hand_in(store, CENTRE, [scan])
    next_slip_number(store, REGION, 3)
    secrets = [person.name, person.id_number, person.phone, person.mailing_address, person.address]
    needles = [secret.encode() for secret in secrets] + [secret.encode("utf-16-le") for secret in secrets]
    needles += [scan[:32], scan[1000:1032], PRIVATE.private_bytes_raw(), b"PRIVATE KEY"]
    seen = [path for path in store.path.parent.rglob("*") if path.is_file()]
    assert {"store.db", "store.db-wal", "application", "file-001"} <= {path.name for path in seen}
    for path in seen:
        data = path.read_bytes()
        for needle in needles:
            assert needle not in data, path.name
        for secret in secrets:
            assert secret not in str(path)


def test_the_files_reach_the_disk_before_the_row(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fsync is noted together with whether the row was visible then."""
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def noting(descriptor: int) -> None:
        real(descriptor)
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, bool(queue.entries(store))))

    monkeypatch.setattr("kiosk.outbox.submit.os.fsync", noting)
    hand_in(store, CENTRE, [photo(500)])
    names = [name for name, _ in synced]
    assert {"application", "file-001", "outbox"} <= set(names)
    assert names[-1] == "outbox"  # the folder that holds the envelope's final name, last
    assert not any(visible for _, visible in synced)
    assert len(queue.entries(store)) == 1


def test_submitting_the_same_application_again_stores_it_once(store: Store) -> None:
    application, files = application_of("wang", next_slip_number(store, REGION, 3), [photo(500)])
    first = submit(store, application, files, CENTRE)
    parts = {path.name: path.read_bytes() for path in (store.folder / str(application.application_id)).iterdir()}
    assert submit(store, application, files, CENTRE) == first
    (entry,) = queue.entries(store)
    for part in (entry.manifest.application, *entry.manifest.files):
        assert (queue.folder_of(store, entry) / part.name).read_bytes() == parts[part.name]


def test_when_the_row_cannot_be_written_no_file_stays(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END"))
    with pytest.raises(StoreError) as caught:
        hand_in(store, CENTRE, [photo(500)])
    assert PERSONAS["wang"].id_number not in str(caught.value)
    assert envelopes(store) == []
    with store.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse"))
    hand_in(store, CENTRE, [photo(500)])
    assert len(envelopes(store)) == 1


def test_files_that_are_not_the_named_ones_store_nothing(store: Store) -> None:
    application, _ = application_of("wang", next_slip_number(store, REGION, 3), [photo(500)])
    with pytest.raises(EnvelopeError):
        submit(store, application, {}, CENTRE)
    assert envelopes(store) == []
    assert queue.entries(store) == ()


def test_the_sweep_removes_what_a_crash_left_and_nothing_else(store: Store) -> None:
    hand_in(store, CENTRE, [photo(500)])
    kept = envelopes(store)
    (store.folder / "7d5a1cc4-0000-4000-8000-000000000000").mkdir()
    torn = store.folder / ".7d5a1cc4-0000-4000-8000-000000000001.42"
    torn.mkdir()
    (torn / "file-001").write_bytes(b"half")
    assert sweep(store) == 2
    assert envelopes(store) == kept


def test_the_sweep_waits_while_somebody_is_storing(store: Store) -> None:
    (store.folder / "7d5a1cc4-0000-4000-8000-000000000000").mkdir()
    hand_in(store, CENTRE, [photo(500)])
    writer = os.open(store.folder / ".writing", os.O_RDWR)
    fcntl.flock(writer, fcntl.LOCK_SH)  # what another visit process holds while it writes
    assert sweep(store) == 0
    os.close(writer)
    assert sweep(store) == 1


def test_after_the_acknowledgement_the_row_stays_without_content(store: Store) -> None:
    stored = hand_in(store, CENTRE, [photo(500)])
    (entry,) = queue.entries(store)
    receipt = SubmissionReceipt(
        application_id=entry.application_id,
        slip_number=entry.slip_number,
        case_number="150626-20261120-000001",
        received_at="2026-11-20T13:40:00Z",  # type: ignore[arg-type]
    )
    queue.acknowledge(store, entry, receipt, 1.0)
    assert envelopes(store) == []
    (found,) = queue.entries(store)
    assert found.slip_number == stored.slip_number
    assert (found.state, found.case_number) == (OutboxState.ACKNOWLEDGED, "150626-20261120-000001")


def test_a_crash_between_acknowledgement_and_deletion_is_tidied_by_the_sweep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(store, CENTRE, [photo(500)])
    (entry,) = queue.entries(store)
    receipt = SubmissionReceipt(
        application_id=entry.application_id,
        slip_number=entry.slip_number,
        case_number="150626-20261120-000001",
        received_at="2026-11-20T13:40:00Z",  # type: ignore[arg-type]
    )
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.outbox.queue.shutil.rmtree", lambda *_, **__: None)
        queue.acknowledge(store, entry, receipt, 1.0)
    assert len(envelopes(store)) == 1
    assert sweep(store) == 1
    assert envelopes(store) == []
