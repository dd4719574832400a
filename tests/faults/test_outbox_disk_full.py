"""A full disk on the terminal: a clear error before the citizen is told anything, nothing half done, and afterwards
everything works again.

On a real small file system (tmpfs) where mounting is permitted; everywhere with a limit on the size of files, which
makes the same calls fail.
"""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.outbox import queue
from kiosk.outbox.errors import DiskFull
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.submit import next_slip_number, sweep
from kiosk.protocol.envelope import CentreKey
from tests.central.rig import KIB, REGION, hand_in, photo

CENTRE = CentreKey.of(X25519PrivateKey.generate().public_key())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """One megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted here; the size-limit test covers the same calls")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Writing beyond `size` fails with EFBIG (Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def nothing_half_done(store: Store, entries: int) -> None:
    assert len(queue.entries(store)) == entries
    assert sum(path.is_dir() for path in store.folder.iterdir()) == entries


def test_a_scan_that_does_not_fit_is_an_error_with_a_remedy_and_leaves_nothing(small_disk: Path) -> None:
    store = open_store(small_disk / "store.db")
    hand_in(store, CENTRE, [photo(100 * KIB)])
    with pytest.raises(DiskFull) as caught:
        hand_in(store, CENTRE, [photo(400 * KIB), photo(600 * KIB, 2)])
    assert "磁盘" in caught.value.remedy.zh
    nothing_half_done(store, 1)
    hand_in(store, CENTRE, [photo(100 * KIB)])
    nothing_half_done(store, 2)
    store.close()


def test_when_the_files_fit_and_the_row_does_not_nothing_stays(small_disk: Path) -> None:
    store = open_store(small_disk / "store.db")
    number = next_slip_number(store, REGION, 3)
    failures = 0
    # Room is taken away page by page, so that every point of the way is once the one that fails.
    for free in range(0, 120, 4):
        ballast = small_disk / "ballast"
        fill(ballast, leaving=free * KIB)
        try:
            hand_in(store, CENTRE, [photo(40 * KIB)])
        except DiskFull:
            failures += 1
            ballast.unlink()
            nothing_half_done(store, 0)
        else:
            ballast.unlink()
            break
    else:
        pytest.fail("it never fitted")
    assert failures > 10
    nothing_half_done(store, 1)
    assert next_slip_number(store, REGION, 3) > number
    assert sweep(store) == 0
    store.close()


def test_a_file_that_cannot_grow_is_the_same_error(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data" / "store.db")
    with files_at_most(200 * KIB), pytest.raises(DiskFull):
        hand_in(store, CENTRE, [photo(300 * KIB)])
    nothing_half_done(store, 0)
    hand_in(store, CENTRE, [photo(300 * KIB)])
    nothing_half_done(store, 1)


def test_a_full_disk_at_start_is_said_and_not_guessed(small_disk: Path) -> None:
    fill(small_disk / "ballast", leaving=0)
    with pytest.raises(DiskFull):
        open_store(small_disk / "store.db")
    (small_disk / "ballast").unlink()
    open_store(small_disk / "store.db").close()


def fill(path: Path, *, leaving: int) -> None:
    """Take all room but `leaving` bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4 * KIB))
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leaving))
