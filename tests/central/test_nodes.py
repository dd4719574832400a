"""Two centres on one PostgreSQL database and one store of files: what one did counts at the other, and nothing happens twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central.audit import chain, trail
from central.casework.acts import Act, Conflict, Performed
from central.casework.who import SYSTEM, Who, staff
from central.catalogue import publishing
from central.catalogue.updating import publish_years
from central.centre import CentreParts, assemble
from central.cli import main
from central.desk.security import Gate
from central.ledger.filters import LedgerFilter
from central.proving import MOST_WRONG
from central.refusal import Refusal
from central.settings import FileSettings, Settings, SmsSettings
from central.store.database import Database
from central.store.models import Case, CaseEvent, Notice, Submission, User
from central.store.settled import settled
from kiosk.protocol.envelope import seal
from kiosk.protocol.messages import Submission as Message
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType
from tests.central.desk import people
from tests.central.rig import KIB, application_of, initialised, number, photo

pytestmark = pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
WAIT_S = 60.0


@dataclass(frozen=True)
class Nodes:
    """Two processes of one centre, as far as they are not told apart by being in one."""

    one: CentreParts
    other: CentreParts

    def __iter__(self) -> Iterator[CentreParts]:
        return iter((self.one, self.other))


@contextmanager
def nodes_of(settings: Settings, other: Settings | None = None) -> Iterator[Nodes]:
    both = assemble(settings), assemble(other or settings)
    try:
        yield Nodes(*both)
    finally:
        for each in both:
            each.close()


@pytest.fixture
def nodes(settings: Settings) -> Iterator[Nodes]:
    with nodes_of(settings) as both:
        yield both


@contextmanager
def held_up(database: Database, statement: str, waiting: int) -> Iterator[Callable[[], None]]:
    """Hold a lock, and what is called waits until so many others wait for it: then all of them go on together."""
    with psycopg.connect(database.engine.url.render_as_string(False).replace("+psycopg", "")) as connection:
        connection.execute(statement.encode())
        queued = (
            b"SELECT count(*) FROM pg_sleep(0.01), pg_stat_activity "
            b"WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )

        def all_there() -> None:
            deadline = threading.Event()
            timer = threading.Timer(WAIT_S, deadline.set)
            timer.start()
            while _only(connection.execute(queued)) < waiting:
                connection.execute(b"SELECT pg_stat_clear_snapshot()")
                assert not deadline.is_set(), f"fewer than {waiting} wait"
            timer.cancel()

        yield all_there
        connection.rollback()


def _only(cursor: psycopg.Cursor[Any]) -> int:
    (row,) = cursor.fetchall()
    return int(row[0])


def at_once(*calls: Callable[[], Any]) -> list[Future[Any]]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [pool.submit(call) for call in calls]


def sealed(parts: CentreParts, counter: int = 1) -> Message:
    envelope = seal(*application_of("wang", number(counter), []), parts.keys.published.key())
    return Message.sealed(envelope.manifest, envelope.parts["application"])


def count(parts: CentreParts, table: Any) -> int:
    with parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def clerk(parts: CentreParts, login: str = "hall.150626") -> Who:
    with parts.database.reading() as session:
        return staff(session.scalars(select(User).where(User.login == login)).one())


def test_one_submission_sent_to_both_at_once_makes_one_case(nodes: Nodes) -> None:
    message = sealed(nodes.one)
    with ThreadPoolExecutor(2) as pool:
        with held_up(nodes.one.database, 'LOCK TABLE "case" IN SHARE MODE', 2) as all_there:
            sent = [pool.submit(each.intake.receive, message) for each in nodes]
            all_there()  # both have seen that it is new
        outcomes = [one.exception() or one.result() for one in sent]
    told = [one for one in outcomes if isinstance(one, str)]
    refused = [one.kind for one in outcomes if isinstance(one, Refusal)]
    assert (len(told), refused) == (1, [ProblemType.IN_FLIGHT])
    assert [each.intake.receive(message) for each in nodes] == told * 2
    assert (count(nodes.one, Case), count(nodes.one, Submission)) == (1, 1)


def test_of_two_clerks_at_two_nodes_one_acts_and_the_other_is_told(nodes: Nodes) -> None:
    people(nodes.one)
    nodes.one.intake.receive(sealed(nodes.one))
    who = clerk(nodes.one, "hall.640221")
    with nodes.one.database.reading() as session:
        case = session.scalars(select(Case)).one()
    act = Act(case.case_number, "accept", case.version)
    with ThreadPoolExecutor(2) as pool:
        with held_up(nodes.one.database, 'SELECT * FROM "case" FOR UPDATE', 2) as all_there:
            acting = [pool.submit(each.casework.perform, who, act) for each in nodes]
            all_there()
        outcomes = [one.exception() or one.result() for one in acting]
    assert {type(one) for one in outcomes} == {Performed, Conflict}
    assert count(nodes.one, CaseEvent) == 2


def test_the_audit_trail_is_one_chain_whoever_writes_at_the_same_moment(nodes: Nodes) -> None:
    begin = threading.Barrier(4, timeout=WAIT_S)

    def write(parts: CentreParts) -> None:
        begin.wait()
        for turn in range(15):
            with parts.database.writing() as session:
                for part in ("a", "b"):
                    trail.record(session, SYSTEM, "case.collect", f"{turn}{part}", NOW)

    for one in at_once(*(lambda parts=each: write(parts) for each in [*nodes, *nodes])):  # type: ignore[misc]
        one.result()
    with nodes.one.database.reading() as session:
        verdict = chain.verify(session, nodes.one.keys)
    assert (verdict.entries, verdict.findings) == (120, ())


def test_who_fails_to_sign_in_does_not_stop_what_the_same_person_does_elsewhere(nodes: Nodes) -> None:
    """Entries name their author, whose row a sign-in holds: whoever holds the end of the chain must not wait for it."""
    people(nodes.one)
    who = clerk(nodes.one)
    gate = Gate(nodes.one.database, nodes.one.keys, nodes.one.now, nodes.one.settings.desk)

    def act() -> None:
        with nodes.other.database.writing() as session:
            trail.record(session, who, "case.collect", "150626-1", NOW)

    def signing_in(session: Session, user: User, *_: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(act).result(timeout=WAIT_S)

    gate._failed = signing_in  # type: ignore[method-assign]
    gate.give_password("hall.150626", "wrong horse battery")


def test_every_notice_goes_out_once_although_both_relays_are_at_it(settings: Settings) -> None:
    demo = replace(settings, sms=SmsSettings(provider="demo", most_a_day=100))
    with nodes_of(demo) as nodes:
        for counter in range(1, 13):
            nodes.one.intake.receive(sealed(nodes.one, counter))
        begin = threading.Barrier(2, timeout=WAIT_S)

        def work(parts: CentreParts) -> int:
            begin.wait()
            return sum(iter(parts.relay.step, 0))

        done = [one.result() for one in at_once(lambda: work(nodes.one), lambda: work(nodes.other))]
        assert sum(done) == 12
        with nodes.one.database.reading() as session:
            told = session.execute(select(Notice.state, Notice.attempts, Notice.provider_id)).all()
    assert {(state, attempts) for state, attempts, _ in told} == {("sent", 1)}
    assert len({provider_id for *_, provider_id in told}) == 12


def test_an_export_made_at_one_machine_and_an_upload_begun_there_go_on_at_another(
    settings: Settings, bucket: FileSettings, tmp_path: Path
) -> None:
    """Two machines: each has a data folder of its own, with the same keys; they share database and bucket alone."""
    shared = replace(settings, files=bucket.model_copy(update={"prefix": tmp_path.name}))
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(settings.keys, elsewhere / "keys")
    with nodes_of(shared, replace(shared, data=elsewhere)) as nodes:
        data = photo(300 * KIB)
        name = sha256_hex(data)
        assert nodes.one.uploads.begin(name, len(data)).offset == 0
        assert nodes.one.uploads.append(name, 0, data[: 200 * KIB]).offset == 200 * KIB
        assert nodes.other.uploads.begin(name, len(data)).offset == 200 * KIB
        assert nodes.other.uploads.append(name, 200 * KIB, data[200 * KIB :]).complete
        assert nodes.one.parts.read(name) == data
        assert nodes.one.uploads.standing(name).complete

        people(nodes.one)
        who = clerk(nodes.one)
        asked = nodes.one.exports.ask(who, "核对本周收件", "xlsx", LedgerFilter())
        assert nodes.one.exports.step() == 1
        with nodes.other.database.reading() as session:
            export = nodes.other.exports.find(session, who, asked)
        assert export is not None
        assert nodes.other.exports.standing(export) == "ready"
        assert b"".join(nodes.other.exports.content(export)).startswith(b"PK")


def test_an_upload_is_written_by_one_node_at_a_time(nodes: Nodes) -> None:
    """The same chunk, sent again because the answer was lost, while the first is still being written."""
    data = photo(2 * KIB)
    name = sha256_hex(data)
    nodes.one.uploads.begin(name, len(data))
    writing, go_on = threading.Event(), threading.Event()
    append = nodes.one.parts.append

    def slow(*given: Any) -> None:
        writing.set()
        assert go_on.wait(WAIT_S)
        append(*given)

    nodes.one.parts.append = slow  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(nodes.one.uploads.append, name, 0, data[:KIB])
        assert writing.wait(WAIT_S)
        again = pool.submit(nodes.other.uploads.append, name, 0, data[:KIB])
        with held_up(nodes.one.database, "SELECT 1", 1) as all_there:
            all_there()
        go_on.set()
        assert first.result().offset == KIB
        with pytest.raises(Refusal) as refused:
            again.result()
    assert (refused.value.kind, refused.value.headers) == (ProblemType.WRONG_OFFSET, {"Upload-Offset": str(KIB)})
    nodes.one.parts.append = append  # type: ignore[method-assign]
    assert nodes.one.uploads.append(name, KIB, data[KIB:]).complete


def test_what_one_publishes_the_other_counts_by_at_once(nodes: Nodes) -> None:
    def is_workday(parts: CentreParts) -> bool:
        with parts.database.reading() as session:
            return parts.casework.office.calendar(session).is_workday(date(2031, 3, 12))

    assert is_workday(nodes.other)
    years = {"2031": {"off": ["2031-03-12"], "extra_workdays": []}}
    with nodes.one.database.writing() as session:
        publish_years(session, nodes.one.keys.signing, years, SYSTEM, nodes.one.now())
    assert not is_workday(nodes.other)


def test_of_two_who_publish_at_once_neither_takes_back_what_the_other_did(nodes: Nodes) -> None:
    def publish(parts: CentreParts, year: str) -> None:
        with parts.database.writing() as session:
            days = {"off": [f"{year}-03-12"], "extra_workdays": []}
            publish_years(session, parts.keys.signing, {year: days}, SYSTEM, parts.now())

    with nodes.one.database.writing() as session:
        publishing.one_at_a_time(session)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(publish, nodes.one, "2031"), pool.submit(publish, nodes.other, "2032")]
            with held_up(nodes.one.database, "SELECT 1", 2) as all_there:
                all_there()
            session.commit()
            for one in both:
                one.result(timeout=WAIT_S)
    with nodes.one.database.reading() as session:
        newest = publishing.latest(session, "calendar")
        assert newest is not None
        assert {"2031", "2032"} <= set(publishing.contents_of(session, newest))


def test_wrong_codes_count_together(nodes: Nodes) -> None:
    for turn in range(MOST_WRONG):
        (nodes.one if turn % 2 else nodes.other).guesses.wrong(number(), NOW)
    for parts in nodes:
        with parts.database.reading() as session, pytest.raises(Refusal):
            parts.guesses.admit(session, number(), NOW)


def test_who_follows_the_ledger_never_passes_a_line_that_is_still_being_written(nodes: Nodes) -> None:
    nodes.one.intake.receive(sealed(nodes.one))
    with nodes.one.database.reading() as session:
        case = session.scalars(select(Case)).one()

    def line(session: Session) -> int:
        event = CaseEvent(case_seq=case.seq, at=NOW, event="note", source="", target="", actor="system", detail={})
        session.add(event)
        session.flush()
        return event.id

    with nodes.one.database.writing() as session:
        slow = line(session)
        with nodes.other.database.writing() as faster:
            quick = line(faster)
        assert slow < quick
        assert settled(nodes.other.database, CaseEvent.id, patience_s=0) < slow
    assert settled(nodes.other.database, CaseEvent.id, patience_s=0) == quick


def test_who_follows_the_ledger_waits_for_those_only_who_were_writing_when_he_asked(nodes: Nodes) -> None:
    nodes.one.intake.receive(sealed(nodes.one))
    with nodes.one.database.reading() as session:
        case = session.scalars(select(Case)).one()
    with nodes.one.database.writing() as session, ThreadPoolExecutor(1) as pool:
        session.add(CaseEvent(case_seq=case.seq, at=NOW, event="a", source="", target="", actor="system", detail={}))
        session.flush()
        asked = pool.submit(settled, nodes.other.database, CaseEvent.id, WAIT_S)
        session.commit()
        assert asked.result(timeout=WAIT_S) > 0


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A centre of two real processes: its address, and the supervisor."""
    command = ["-c", "from central.cli import main; main()", "serve", "--port", "0", "--processes", "2"]
    environment = {**os.environ, "TONGBAN_DATABASE_URL": settings.database_url}
    with subprocess.Popen(
        [sys.executable, *command, "--data", str(settings.data)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().removeprefix("ready ").strip(), process
        finally:
            process.terminate()
            process.wait(WAIT_S)


def children(process: subprocess.Popen[str]) -> set[int]:
    return set(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))


def test_a_process_that_is_killed_while_it_commits_loses_nothing_it_answered_for_and_is_replaced(
    settings: Settings, nodes: Nodes
) -> None:
    messages = [sealed(nodes.one, counter) for counter in range(1, 13)]

    def send(message: Message) -> str | None:
        key = f'"{message.manifest.application_id}"'
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        with contextlib.suppress(requests.ConnectionError):
            answer = requests.post(
                f"{url}/api/v1/applications", message.model_dump_json(), headers=headers, timeout=WAIT_S
            )
            assert answer.status_code in (201, 409)
            return answer.text if answer.status_code == 201 else None
        return None

    def all_of(them: list[Message]) -> list[str | None]:
        with ThreadPoolExecutor(len(them)) as pool:
            return list(pool.map(send, them))

    with serving(settings) as (url, supervisor):
        answered = all_of(messages[:4])
        assert None not in answered
        with ThreadPoolExecutor(1) as pool:
            with held_up(nodes.one.database, 'LOCK TABLE "case" IN SHARE MODE', 1) as all_there:
                first = pool.submit(all_of, messages[4:])
                all_there()
                victims = children(supervisor)  # at least one of them is in the middle of a commit
                for victim in victims:
                    os.kill(victim, signal.SIGKILL)
            answered += first.result()
        kept = {receipt for receipt in answered if receipt}
        with nodes.one.database.reading() as session:
            assert kept <= set(session.scalars(select(Submission.answer)))
        again = [send(message) for message in messages]
        assert kept <= set(again)
        assert None not in again
        assert count(nodes.one, Case) == len(messages)
        supervisor.terminate()
        assert supervisor.wait(WAIT_S) == 0


def test_several_processes_are_refused_on_sqlite(settings: Settings) -> None:
    data = settings.data.parent / "small"
    initialised(data)
    answer = CliRunner().invoke(main, ["serve", "--data", str(data), "--processes", "2"])
    assert answer.exit_code == 1
    assert "several processes need PostgreSQL" in answer.output
