"""A centre killed under load (kill -9) has lost nothing of what it answered for, and nothing is there twice.

kill -9 alone does not show that commits are fsynced: test_applications looks at the databases' settings for that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import func, select

from central import keys
from central.settings import Settings
from central.store.database import Database
from central.store.models import Case, CaseEvent, Clock, Notice, Outbox, Submission
from kiosk.protocol.envelope import seal
from kiosk.protocol.messages import Submission as Message
from tests.central.conftest import settings  # noqa: F401 - the fixture: SQLite and PostgreSQL
from tests.central.rig import application_of, number

SENDERS = 8
EACH = 40
KILL_AFTER = 60
"""Answers."""


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, subprocess.Popen[str]]]:  # noqa: F811
    process = subprocess.Popen(
        [sys.executable, "-m", "central", "serve", "--data", str(settings.data), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TONGBAN_DATABASE_URL": settings.database_url},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    try:
        yield line.split()[1], process
    finally:
        process.kill()
        process.communicate(timeout=20)


def hand_in(url: str, message: Message) -> str:
    """The case number."""
    key = f'"{message.manifest.application_id}"'
    answer = requests.post(
        f"{url}/api/v1/applications",
        data=message.model_dump_json(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
        timeout=20,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_number"])


def test_nothing_that_was_answered_is_lost_or_doubled(settings: Settings) -> None:  # noqa: F811
    key = keys.load(settings.keys).published.key()
    messages = []
    for counter in range(1, SENDERS * EACH + 1):
        envelope = seal(application_of("wang", number(counter), [])[0], {}, key)
        messages.append(Message.sealed(envelope.manifest, envelope.parts["application"]))
    answered: dict[str, str] = {}
    enough = threading.Event()

    def send(url: str, mine: list[Message]) -> None:
        for message in mine:
            try:
                case_number = hand_in(url, message)
            except requests.RequestException:
                return  # the centre is gone
            answered[str(message.manifest.application_id)] = case_number
            if len(answered) >= KILL_AFTER:
                enough.set()

    with serving(settings) as (url, process):
        threads = [threading.Thread(target=send, args=(url, messages[n::SENDERS])) for n in range(SENDERS)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(60)
    assert KILL_AFTER <= len(answered) < len(messages), "it must be killed in the middle"

    with serving(settings) as (url, _):
        again = {str(message.manifest.application_id): hand_in(url, message) for message in messages}
    assert {name: again[name] for name in answered} == answered
    assert len(set(again.values())) == len(messages)

    database = Database.open(settings.database_url)
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Case, Submission, CaseEvent, Notice)]
        asked = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.topic == "notice"))
        clocked = session.scalar(select(func.count(func.distinct(Clock.case_seq))))
    database.close()
    assert [*counts, asked, clocked] == [len(messages)] * 6
