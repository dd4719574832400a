"""What becomes of an export: kept sealed for a day, gone after it; one that fails says so and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from central.casework.who import Who, staff
from central.centre import CentreParts
from central.ledger import rows
from central.ledger.export import STUCK, Exporter
from central.ledger.filters import LedgerFilter
from central.store.models import Export, User
from tests.central import desk

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> desk.Clock:
    return desk.Clock(NOW)


@pytest.fixture
def exporter(parts: CentreParts, clock: desk.Clock) -> Iterator[Exporter]:
    desk.people(parts)
    made = Exporter(parts.database, parts.keys.vault, parts.settings.data / "made", clock)
    yield made
    made.close()


@pytest.fixture
def clerk(parts: CentreParts, exporter: Exporter) -> Who:
    with parts.database.reading() as session:
        return staff(session.scalars(select(User).where(User.login == "hall.150626")).one())


def standing(parts: CentreParts, exporter: Exporter, number: int) -> str:
    with parts.database.reading() as session:
        return exporter.standing(session.get_one(Export, number))


@pytest.mark.req("R133")
def test_an_export_is_gone_after_a_day_with_the_key_that_opens_it(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock
) -> None:
    number, done = exporter.ask(clerk, "核对本周收件", "csv", LedgerFilter())
    done.result(timeout=60)
    [file] = (parts.settings.data / "made").glob("*.sealed")
    clock.pass_by(hours=23)
    assert exporter.sweep() == 0
    assert standing(parts, exporter, number) == "ready"
    clock.pass_by(hours=2)
    assert exporter.sweep() == 1
    assert standing(parts, exporter, number) == "gone"
    assert not file.exists()
    with parts.database.reading() as session:
        assert session.get_one(Export, number).sealed_key is None


def test_an_export_that_fails_says_so_and_leaves_no_file(
    parts: CentreParts, exporter: Exporter, clerk: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[list[rows.Entry]]:
        yield []
        raise OSError("the disk went away")

    monkeypatch.setattr(rows, "stream", broken)
    number, done = exporter.ask(clerk, "核对本周收件", "xlsx", LedgerFilter())
    done.result(timeout=60)
    assert standing(parts, exporter, number) == "failed"
    assert not list((parts.settings.data / "made").glob("*"))


def test_an_export_whose_process_died_is_not_waited_for_for_ever(
    parts: CentreParts, exporter: Exporter, clerk: Who, clock: desk.Clock
) -> None:
    with parts.database.writing() as session:
        lost = Export(user_id=clerk.user_id, purpose="核对", kind="csv", filters={}, asked_at=NOW)
        session.add(lost)
        session.flush()
        number = lost.id
    assert standing(parts, exporter, number) == "making"
    clock.pass_by(seconds=(STUCK + timedelta(seconds=1)).total_seconds())
    assert standing(parts, exporter, number) == "failed"
