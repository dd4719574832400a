"""The store: what is committed must survive a power cut, and a broken store must say so before it is trusted."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pysqlite3 import dbapi2 as sqlite  # type: ignore[import-untyped]
from sqlalchemy import text

from kiosk.commands.outbox import outbox
from kiosk.outbox.errors import StoreDamaged, StoreError, StoreTooNew
from kiosk.outbox.store import Store, open_store, pragma
from kiosk.outbox.submit import next_slip_number
from kiosk.protocol.slip_number import checked
from tests.central.rig import REGION

COUNT = """
import sys
from pathlib import Path
from kiosk.outbox.store import open_store
from kiosk.outbox.submit import next_slip_number
store = open_store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
for _ in range(40):
    print(next_slip_number(store, "150626", 3))
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store.db")


def test_every_connection_fsyncs_its_commits(store: Store) -> None:
    with store.engine.connect() as kept:  # so that the second transaction runs on another connection
        for connect in (kept, store.engine.connect()):
            with connect as connection:
                assert pragma(connection, "journal_mode") == "wal"
                assert pragma(connection, "synchronous") == 2  # FULL
                assert pragma(connection, "foreign_keys") == 1
                assert pragma(connection, "trusted_schema") == 0
                assert pragma(connection, "busy_timeout") == 5000
                connection.rollback()


def test_the_library_is_free_of_the_wal_reset_defect() -> None:
    assert sqlite.sqlite_version_info >= (3, 51, 3)


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    before = next_slip_number(store, REGION, 3)
    with contextlib.suppress(ZeroDivisionError), store.begin() as connection:
        connection.execute(text("UPDATE counters SET value = 500"))
        raise ZeroDivisionError
    assert int(next_slip_number(store, REGION, 3)[:16]) == int(before[:16]) + 1


def test_slip_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    first = open_store(tmp_path / "store.db")
    numbers = [next_slip_number(first, REGION, 3) for _ in range(3)]
    first.close()
    second = open_store(tmp_path / "store.db")
    numbers.append(next_slip_number(second, REGION, 3))
    assert len(set(numbers)) == 4


def test_two_processes_never_get_the_same_slip_number(tmp_path: Path) -> None:
    open_store(tmp_path / "store.db").close()
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", COUNT, str(tmp_path / "store.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
    answers = []
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    for run in runs:
        out, _ = run.communicate(timeout=60)
        assert run.returncode == 0
        answers += out.split()
    assert len(answers) == len(set(answers)) == 80
    assert all(checked(answer) for answer in answers)


@pytest.mark.parametrize("content", [b"this is no database at all" * 400, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_store_says_so_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.db").write_bytes(content)
    with pytest.raises(StoreDamaged) as caught:
        open_store(tmp_path / "store.db")
    assert caught.value.remedy.zh


def test_damage_inside_the_file_is_found_at_start(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db")
    with store.begin() as connection:
        connection.execute(text("CREATE TABLE filler (x)"))
        connection.execute(text("CREATE INDEX i ON filler (x)"))
        for n in range(300):
            connection.execute(text("INSERT INTO filler VALUES (:x)"), {"x": f"{n:0100}"})
    store.close()
    path = tmp_path / "store.db"
    data = bytearray(path.read_bytes())
    for page in range(3, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(data)
    with pytest.raises(StoreDamaged):
        open_store(path)


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db")
    with store.begin() as connection:
        connection.exec_driver_sql("PRAGMA user_version=99")
    store.close()
    with pytest.raises(StoreTooNew):
        open_store(tmp_path / "store.db")


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "file" / "store.db")
    assert caught.value.remedy.en


def test_a_wrong_data_folder_is_not_reported_as_an_empty_outbox(tmp_path: Path) -> None:
    """A false "nothing waits" would send the technician home while applications wait in another folder."""
    settings = Path(__file__).parents[2] / "config.toml"
    asked = ["--config", str(settings), "--set", f"paths.data={tmp_path / 'mistyped'}"]
    answer = CliRunner().invoke(outbox, asked)
    assert answer.exit_code == 1
    assert "paths.data" in answer.output
    assert not (tmp_path / "mistyped").exists()
