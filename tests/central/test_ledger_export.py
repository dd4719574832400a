"""What becomes of an export: kept sealed for a day, gone after it; one that fails says so and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from central.casework.who import Who, staff
from central.centre import CentreParts
from central.ledger import rows
from central.ledger.export import LEASE, MOST_ATTEMPTS, Exporter
from central.ledger.filters import LedgerFilter
from central.store.models import Export, User
from tests.central import desk

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> desk.Clock:
    return desk.Clock(NOW)


@pytest.fixture
def exporter(parts: CentreParts, clock: desk.Clock) -> Exporter:
    desk.people(parts)
    return exporter_of(parts, clock)


def exporter_of(parts: CentreParts, clock: desk.Clock) -> Exporter:
    return Exporter(parts.database, parts.parts, parts.keys.vault, parts.settings.data / "made", clock)


@pytest.fixture
def clerk(parts: CentreParts, exporter: Exporter) -> Who:
    with parts.database.reading() as session:
        return staff(session.scalars(select(User).where(User.login == "hall.150626")).one())


def found(parts: CentreParts, number: int) -> Export:
    with parts.database.reading() as session:
        return session.get_one(Export, number)


def nothing_is_left(parts: CentreParts) -> bool:
    folders = [parts.settings.data / "made", parts.settings.data / "parts"]
    return not [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.req("R133")
def test_an_export_is_gone_after_a_day_with_the_key_that_opens_it(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock
) -> None:
    number = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())
    assert exporter.step() == 1
    clock.pass_by(hours=23)
    assert exporter.sweep() == 0
    assert exporter.standing(found(parts, number)) == "ready"
    assert b"".join(exporter.content(found(parts, number))).startswith(b"\xef\xbb\xbf")
    clock.pass_by(hours=2)
    assert exporter.standing(found(parts, number)) == "gone"
    assert exporter.sweep() == 1
    assert found(parts, number).sealed_key is None
    assert nothing_is_left(parts)


def test_an_export_that_fails_says_so_and_leaves_no_file(
    parts: CentreParts, exporter: Exporter, clerk: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[list[rows.Entry]]:
        yield []
        raise OSError("the disk went away")

    monkeypatch.setattr(rows, "stream", broken)
    number = exporter.ask(clerk, "核对本周收件", "xlsx", LedgerFilter())
    assert (exporter.step(), exporter.step()) == (1, 0)
    assert exporter.standing(found(parts, number)) == "failed"
    assert nothing_is_left(parts)


class Killed(BaseException):
    """As if the process ended here."""


def killed(*_: object) -> Iterator[list[rows.Entry]]:
    yield []
    raise Killed


def test_an_export_whose_process_died_is_made_by_another_when_the_lease_ends(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())
    with monkeypatch.context() as dying:
        dying.setattr(rows, "stream", killed)
        with pytest.raises(Killed):
            exporter.step()
    other = exporter_of(parts, clock)
    assert other.step() == 0
    assert other.standing(found(parts, number)) == "making"
    clock.pass_by(seconds=LEASE.total_seconds())
    assert other.step() == 1
    assert other.standing(found(parts, number)) == "ready"


def test_an_export_that_kills_every_process_is_given_up(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())
    monkeypatch.setattr(rows, "stream", killed)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            exporter.step()
        clock.pass_by(seconds=LEASE.total_seconds())
    assert exporter.step() == 0
    assert exporter.standing(found(parts, number)) == "failed"


def test_a_process_that_was_thought_dead_writes_nothing_more_once_another_has_taken_over(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())
    other = exporter_of(parts, clock)

    def slow(*_: object) -> Iterator[list[rows.Entry]]:
        monkeypatch.undo()
        clock.pass_by(seconds=LEASE.total_seconds())
        assert other.step() == 1
        yield []

    monkeypatch.setattr(rows, "stream", slow)
    assert exporter.step() == 1
    assert exporter.standing(found(parts, number)) == "ready"
    assert b"".join(exporter.content(found(parts, number))).startswith(b"\xef\xbb\xbf")


def test_a_process_that_ends_leaves_its_export_to_another_at_once(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())

    def ended(*_: object) -> Iterator[list[rows.Entry]]:
        monkeypatch.undo()
        exporter.close()
        yield []

    monkeypatch.setattr(rows, "stream", ended)
    assert (exporter.step(), exporter.step()) == (1, 0)
    other = exporter_of(parts, clock)
    assert other.step() == 1
    assert other.standing(found(parts, number)) == "ready"


def test_what_a_killed_process_left_of_a_sheet_goes_within_a_day(
    parts: CentreParts, exporter: Exporter, clock: desk.Clock
) -> None:
    left = parts.settings.data / "made" / "sheet-abc"
    left.mkdir(parents=True)
    (left / "rows").write_text("王**")
    made = left.stat().st_mtime
    os.utime(left, (made, clock().timestamp()))
    exporter.sweep()
    assert left.exists()
    clock.pass_by(hours=25)
    exporter.sweep()
    assert not left.exists()
