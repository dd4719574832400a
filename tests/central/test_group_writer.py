"""Group commit: what was answered is on the disk, one bad submission harms no other, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.store.database import Database, StorageFull
from central.store.group import Closed, GroupWriter
from central.store.models import Upload

AT = datetime(2026, 11, 20, tzinfo=UTC)


class Work:
    """Stores uploads. `bad` breaks its whole group, `refused` only itself; `hold` keeps the writer busy."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.begun, self.hold = threading.Event(), threading.Event()

    def __call__(self, session: Session, jobs: Sequence[str]) -> list[int | Exception]:
        self.groups.append(len(jobs))
        if "hold" in jobs:
            self.begun.set()
            assert self.hold.wait(20)
        for job in jobs:
            session.add(Upload(sha256=job, size=1, offset=0, begun_at=AT))
        session.flush()
        if "bad" in jobs:
            raise LookupError("bad")
        if "full" in jobs:
            raise StorageFull
        return [ValueError("refused") if job == "refused" else len(job) for job in jobs]


@contextmanager
def writing(database: Database, work: Work, **limits: int) -> Iterator[GroupWriter[str, int]]:
    writer = GroupWriter(database, work, **limits)
    try:
        yield writer
    finally:
        work.hold.set()
        writer.close()


def stored(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Upload.sha256)))


def together(writer: GroupWriter[str, int], work: Work, jobs: Sequence[str]) -> list[int | BaseException]:
    """Bring `jobs` while the writer is busy, so that they make one group; what each was told."""

    async def bring() -> list[int | BaseException]:
        held = asyncio.create_task(writer.done("hold"))
        await asyncio.to_thread(work.begun.wait, 20)
        tasks = [asyncio.create_task(writer.done(job)) for job in jobs]
        await asyncio.sleep(0)  # each has put its job down
        work.hold.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert await held == 4
        return answers

    return asyncio.run(bring())


def test_jobs_that_wait_are_done_in_one_transaction_and_answered_in_order(database: Database) -> None:
    work = Work()
    with writing(database, work, most_together=20) as writer:
        jobs = ["x" * n for n in range(1, 21)]
        assert together(writer, work, jobs) == list(range(1, 21))
    assert work.groups == [1, 20]
    assert stored(database) == {"hold", *jobs}


def test_a_job_that_breaks_its_group_harms_nobody_else(database: Database) -> None:
    work = Work()
    with writing(database, work) as writer:
        answers = together(writer, work, ["one", "bad", "three", "refused"])
    assert answers[0] == 3
    assert isinstance(answers[1], LookupError)
    assert answers[2] == 5
    assert isinstance(answers[3], ValueError)
    assert stored(database) == {"hold", "one", "three", "refused"}


def test_a_full_disk_is_told_to_everybody_and_leaves_nothing_half_done(database: Database) -> None:
    work = Work()
    with writing(database, work) as writer:
        answers = together(writer, work, ["one", "full"])
        assert [type(answer) for answer in answers] == [StorageFull, StorageFull]
        assert writer.do("later") == 5
    assert stored(database) == {"hold", "later"}


def test_threads_wait_when_too_much_waits(database: Database) -> None:
    work = Work()
    with writing(database, work, most_together=1, most_waiting=2) as writer:
        threads = [threading.Thread(target=writer.do, args=(job,)) for job in ("hold", "a", "b", "c", "d")]
        threads[0].start()
        assert work.begun.wait(20)
        for thread in threads[1:]:
            thread.start()
        work.hold.set()
        for thread in threads:
            thread.join(20)
    assert stored(database) == {"hold", "a", "b", "c", "d"}
    assert work.groups == [1] * 5


def test_a_client_that_goes_away_does_not_stop_the_others(database: Database) -> None:
    work = Work()

    async def bring(writer: GroupWriter[str, int]) -> int:
        held = asyncio.create_task(writer.done("hold"))
        await asyncio.to_thread(work.begun.wait, 20)
        gone = asyncio.create_task(writer.done("gone"))
        stays = asyncio.create_task(writer.done("stays"))
        await asyncio.sleep(0)
        gone.cancel()
        work.hold.set()
        await held
        return await stays

    with writing(database, work) as writer:
        assert asyncio.run(bring(writer)) == 5
    assert stored(database) == {"hold", "gone", "stays"}


def test_closing_finishes_what_waits_and_takes_no_more(database: Database) -> None:
    work = Work()
    writer = GroupWriter(database, work)
    work.hold.set()
    assert writer.do("one") == 3
    writer.close()
    with pytest.raises(Closed):
        writer.do("two")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 1
