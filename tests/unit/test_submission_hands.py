"""A citizen who submits, prints or asks always gets a true answer, whatever fails behind it: a real store, a real centre."""

from __future__ import annotations

import base64
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from central.casework.terms import DocumentKind
from central.store.models import Case
from drivers.receipt_printer import PrintOutcome as PaperOutcome
from drivers.receipt_printer import PrintResult, Receipt, Text
from drivers.status import Deadline
from kiosk.config import load
from kiosk.protocol.envelope import CentreKey
from kiosk.protocol.slip_number import make
from kiosk.submission.hands import Submissions
from kiosk.visit.effects import (
    AskDocuments,
    AskLicences,
    AskProgress,
    CallStaff,
    Effect,
    PrintDocument,
    PrintSlip,
    SubmitApplication,
)
from kiosk.visit.events import (
    DocumentPrinted,
    DocumentsFailed,
    DocumentsFound,
    Event,
    HelpAnswered,
    PrintOutcome,
    ProgressFailed,
    ProgressFound,
    SlipPrinted,
    Stored,
    StoreFailed,
)
from tests.central.desk import people, stopped_clock
from tests.central.paper_rig import issue
from tests.central.rig import http, impostor, initialised, running_centre
from tests.flows.house import house
from tests.unit.test_submission_build import draft

ROOT = Path(__file__).parents[2]
WAIT = 30.0
"""Seconds after which a test gives up on a thread."""
WANG = "199900199003070126"


@dataclass
class Visit:
    """What a visit has to do with submitting: events that come back, and a printer."""

    folder: Path
    url: str = "http://127.0.0.1:9"
    key: CentreKey = field(default_factory=lambda: CentreKey.of(X25519PrivateKey.generate().public_key()))

    def __post_init__(self) -> None:
        config = load(
            ROOT / "config.toml",
            [
                f"paths.data={self.folder}",
                f"central.url={self.url}",
                f"central.public_key={base64.b64encode(self.key.public_key.public_bytes_raw()).decode()}",
            ],
            check_devices=False,
        )
        self.store_file = config.store_file
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.printed: list[Receipt] = []
        self.stored: list[str] = []
        self.submissions = Submissions(config, house(), self.events.put, self.print_with, self.stored.append)

    def print_with(self, act: Callable[[Any, Deadline], object], done: Callable[[object], None]) -> None:
        done(act(self, Deadline(WAIT)))

    def print_receipt(self, receipt: Receipt, deadline: Deadline) -> PrintResult:
        deadline.check()
        self.printed.append(receipt)
        return PrintResult(PaperOutcome.CONFIRMED, data_sent=True)

    def after(self, effect: Effect) -> Event:
        assert self.submissions.carry_out(effect)
        return self.events.get(timeout=WAIT)

    def submits(self) -> Stored:
        stored = self.after(SubmitApplication(draft()))
        assert isinstance(stored, Stored)
        return stored


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    made = Visit(tmp_path)
    yield made
    made.submissions.close()


def damage(visit: Visit) -> None:
    store = visit.submissions._store()
    store.close()
    store.path.with_name(store.path.name + "-wal").unlink(missing_ok=True)
    store.path.write_bytes(b"no database" * 1000)


def test_what_is_submitted_is_stored_told_to_the_station_and_printed_once(visit: Visit) -> None:
    stored = visit.submits()
    assert visit.stored == [stored.slip_number]
    assert visit.submissions.stored_numbers == {stored.slip_number}
    assert visit.after(PrintSlip(draft(), stored.slip_number)) == SlipPrinted(PrintOutcome.CONFIRMED)
    assert [receipt.number for receipt in visit.printed] == [stored.slip_number]


def test_a_slip_that_cannot_be_recorded_is_not_printed_and_the_screen_says_that_it_was_not(visit: Visit) -> None:
    stored = visit.submits()
    damage(visit)
    assert visit.after(PrintSlip(draft(), stored.slip_number)) == SlipPrinted(PrintOutcome.FAILED)
    assert visit.printed == []


def test_a_damaged_store_takes_no_application_and_says_so(visit: Visit) -> None:
    visit.submits()
    damage(visit)
    assert isinstance(visit.after(SubmitApplication(draft())), StoreFailed)
    assert len(visit.stored) == 1


def test_a_holder_whose_card_the_centre_cannot_read_is_not_told_of_a_wrong_number(tmp_path: Path) -> None:
    with running_centre(initialised(tmp_path / "centre")) as centre:
        right = Visit(tmp_path / "right", centre.url, centre.key)
        assert right.after(AskProgress(id_number=WANG)) == ProgressFound(())
        assert right.after(AskProgress(slip_number=make("150785", 1, 9), query_code="23456789")) == ProgressFailed(
            unknown_number=True
        )
        wrong_key = Visit(tmp_path / "wrong", centre.url)
        assert wrong_key.after(AskProgress(id_number=WANG)) == ProgressFailed(unknown_number=False)
        for each in (right, wrong_key):
            each.submissions.close()


@pytest.mark.req("R038")
def test_a_document_that_was_issued_is_listed_and_printed_by_whoever_has_the_slip(tmp_path: Path) -> None:
    with running_centre(initialised(tmp_path / "centre")) as centre:
        people(centre.parts)
        document = issue(centre.parts, DocumentKind.ONE_TIME_NOTICE)
        with centre.parts.database.reading() as session:
            case = session.get_one(Case, document.case_seq)
        visit = Visit(tmp_path / "terminal", centre.url, centre.key)
        found = visit.after(AskDocuments(case.slip_number, case.query_code))
        assert isinstance(found, DocumentsFound)
        assert [(paper.title_zh, paper.number) for paper in found.papers] == [("一次性告知书", document.number)]
        right = PrintDocument(case.slip_number, case.query_code, document.check_code)
        for copy in range(2):
            assert visit.after(right) == DocumentPrinted(document.check_code, PrintOutcome.CONFIRMED)
            said = "".join(element.text for element in visit.printed[copy].elements if isinstance(element, Text))
            assert "卡面反光，看不清卡号" in said
            assert ("补打" in said) == bool(copy)
        wrong = PrintDocument(case.slip_number, "23456789", document.check_code)
        assert visit.after(wrong) == DocumentPrinted(document.check_code, None)
        assert len(visit.printed) == 2
        damage(visit)
        assert visit.after(right) == DocumentPrinted(document.check_code, PrintOutcome.FAILED)
        visit.submissions.close()
    away = Visit(tmp_path / "away")
    assert away.after(AskDocuments(case.slip_number, case.query_code)) == DocumentsFailed()
    assert away.after(right) == DocumentPrinted(document.check_code, None)
    assert away.printed == []
    away.submissions.close()


def test_questions_that_hang_hold_up_no_application_and_only_the_last_one_is_answered(tmp_path: Path) -> None:
    answering = threading.Event()

    def answer(_: bytes) -> bytes:
        answering.wait(WAIT)
        return http("200 OK", b"<html>")

    with impostor(answer) as url:
        visit = Visit(tmp_path, url)
        assert visit.submissions.carry_out(AskLicences(replace(draft(), catalogue_version="1"), ("CARD",)))
        for counter in range(1, 5):
            asked = AskProgress(slip_number=make("150785", 1, counter), query_code="23456789")
            assert visit.submissions.carry_out(asked)
        visit.submits()
        visit.submissions.close()  # waits for no network
        answering.set()
        assert visit.events.get(timeout=WAIT) == ProgressFailed(unknown_number=False)
    assert visit.events.empty()


def test_a_centre_that_is_away_is_no_unknown_number(visit: Visit) -> None:
    assert visit.after(AskProgress(id_number=WANG)) == ProgressFailed(unknown_number=False)
    asked = AskProgress(slip_number=make("150785", 1, 9), query_code="23456789")
    assert visit.after(asked) == ProgressFailed(unknown_number=False)


@pytest.mark.req("R170")
def test_staff_are_called_when_the_desk_is_open_and_nobody_is_said_to_come_otherwise(tmp_path: Path) -> None:
    with running_centre(initialised(tmp_path / "centre")) as centre:
        people(centre.parts)
        clock = stopped_clock(centre)
        visit = Visit(tmp_path / "terminal", centre.url, centre.key)
        assert visit.after(CallStaff("Form")) == HelpAnswered(coming=True)
        clock.pass_by(hours=12)
        assert visit.after(CallStaff("Form")) == HelpAnswered(coming=False)
        visit.submissions.close()
    away = Visit(tmp_path / "away")
    assert away.after(CallStaff("Form")) == HelpAnswered(coming=None)
    away.submissions.close()
    with impostor(lambda _: http("201 Created", b'{"coming": true}', "application/json")) as url:
        fooled = Visit(tmp_path / "fooled", url)
        assert fooled.after(CallStaff("Form")) == HelpAnswered(coming=None)
        fooled.submissions.close()
