"""What happens when a period of retention is over: what goes, what stays, what stands against it, and a crash in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from central.audit import chain
from central.casework import trust
from central.casework.acts import Refused
from central.casework.erasing import TOPIC, Erasing
from central.cli import main
from central.documents.papers import papers_of
from central.export import export
from central.files.store import PartStore
from central.ledger import complaints, rating, rectification
from central.retention import against
from central.retention.deleting import Retention
from central.retention.rules import Kept, Rule, What
from central.services import shipments
from central.store.models import (
    Base,
    Case,
    CaseFile,
    Complaint,
    Deletion,
    Dishonesty,
    Document,
    Hold,
    Outbox,
    Rating,
    Rectification,
    Revisit,
    Shipment,
    Upload,
)
from central.uploads import Uploads
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Mode
from kiosk.protocol.digest import digest_field
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, do, hand_in, open_desk
from tests.central.desk import GENHE, HANDLING, RECEIVING, sign_in
from tests.central.paper_rig import with_seals
from tests.central.rig import KIB, RunningCentre, photo
from tests.central.services_rig import who

HALL, CHIEF = f"hall.{RECEIVING}", f"chief.{RECEIVING}"
RULES = (Rule("", State.COMPLETED, What.PAGES, 100), Rule("", State.COMPLETED, What.CONTENT, 1000))
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""
WANG = PERSONAS["wang"]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def over(centre: RunningCentre, number: str, days: int, state: State = State.COMPLETED) -> None:
    """Let the case have ended so long ago."""
    ended = {"state": state.value, "ended_at": centre.parts.now() - timedelta(days=days)}
    with centre.parts.database.writing() as session:
        session.execute(update(Case).where(Case.case_number == number).values(**ended))


def retention(centre: RunningCentre, rules: tuple[Rule, ...] = RULES, parts: PartStore | None = None) -> Retention:
    return Retention(centre.parts.database, parts or centre.parts.parts, rules, centre.parts.now)


def finished(retention: Retention) -> int:
    done = 0
    while some := retention.step():
        done += some
    return done


@pytest.mark.req("R069")
def test_pages_go_first_then_what_was_handed_in_and_the_ledger_stays(centre: RunningCentre, tmp_path: Path) -> None:
    open_desk(centre)
    number, other = hand_in(centre), hand_in(centre, counter=2, persona="zhao")
    collected(centre, number)
    parts, desk = centre.parts, sign_in(centre, HALL)
    case = case_of(centre, number)
    files = [file.sealed_sha256 for file in case.files]
    with parts.database.writing() as session:
        paper = session.scalars(select(Document).where(Document.case_seq == case.seq)).one()
        paper.pdf_sha256, paper.pdf_part = "0" * 64, sha256_hex(b"a sealed PDF")
        parts.parts.put(paper.pdf_part, b"a sealed PDF")
    assert desk.post(f"/desk/cases/{number}/reveal", {"what": "phone", "other_purpose": "约定取件"}).status_code == 200
    over(centre, number, 99)
    assert finished(retention(centre)) == 0, "not a day too early"

    over(centre, number, 100)
    assert finished(retention(centre)) == 1
    assert not any(parts.parts.has(file) for file in files)
    page = desk.get(f"/desk/cases/{number}")
    assert "影像已按保存期限删除" in page.text
    assert "：保存 100 天" in page.text, "by which rule"
    assert ".jpg" not in page.text
    assert "参保地" in page.text, "the form is still there"
    assert desk.get(f"/desk/cases/{number}/materials/CERT/1").status_code == 200

    over(centre, number, 1000)
    assert finished(retention(centre)) == 1
    page = desk.get(f"/desk/cases/{number}").text
    assert "申请内容、文书内容和登记的文字已按保存期限删除" in page
    assert "无法打开" not in page
    assert "参保地" not in page
    assert paper.number in page
    with parts.database.reading() as session:
        left = session.get_one(Document, paper.id)
        assert (left.number, left.check_code, left.pdf_sha256) == (paper.number, paper.check_code, "0" * 64)
        row = session.get_one(Case, case.seq)
        assert (row.applicant_masked, row.id_masked, row.applicant_index, row.kept) == ("王**", "", "", "ledger")
        whats = session.scalars(select(Deletion.what).order_by(Deletion.id)).all()
        assert whats == ["pages", "content"]
        assert chain.verify(session, parts.keys).sound
        assert session.scalars(select(Deletion)).first().digests  # type: ignore[union-attr]
    assert sealed_left(centre, case.seq) == []
    assert not parts.parts.has(sha256_hex(b"a sealed PDF"))
    assert "没有找到" in desk.post("/desk/search", {"q": WANG.id_number}).text, "nor can the person be looked up"
    assert desk.get(f"/desk/documents/{paper.id}").status_code == 409
    slip = {"slip_number": case.slip_number, "query_code": case.query_code}
    assert centre.post("/api/v1/documents/query", json=slip).json() == {"documents": []}
    assert number in desk.get("/desk/ledger").text
    assert centre.get(f"/d/{paper.check_code}").status_code == 200, "the number can still be checked"
    assert centre.parts.parts.has(case_of(centre, other).files[0].sealed_sha256), "the other case is untouched"
    assert export(parts, tmp_path / "out") == [number, other]
    assert not (tmp_path / "out" / number).exists()


def sealed_left(centre: RunningCentre, seq: int) -> list[str]:
    """Sealed columns about the case in which something still stands."""
    with centre.parts.database.reading() as session:
        return [
            f"{table.name}.{column.name}"
            for table in Base.metadata.sorted_tables
            if "case_seq" in table.c
            for column in table.c
            if "sealed" in column.name and column.name != "sealed_sha256"
            for value in session.scalars(select(column).where(table.c.case_seq == seq))
            if value
        ]


class Torn:
    """A part store that goes away after some deletions."""

    def __init__(self, parts: PartStore, left: int) -> None:
        self._parts = parts
        self._left = left

    def delete(self, sha256: str) -> None:
        if self._left == 0:
            raise OSError("away")
        self._left -= 1
        self._parts.delete(sha256)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parts, name)


@pytest.mark.req("R069")
def test_a_deletion_that_was_cut_off_is_finished_later_and_recorded_once(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    seq = case_of(centre, number).seq
    over(centre, number, 200)
    assert retention(centre, parts=Torn(centre.parts.parts, 1)).step() == 0  # type: ignore[arg-type]
    with centre.parts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CaseFile).where(CaseFile.case_seq == seq)) == 2
    # The operator has taken the rule out meanwhile: what was begun is finished all the same, nothing else.
    second = hand_in(centre, counter=2)
    over(centre, second, 200)
    assert finished(retention(centre, ())) == 1
    with centre.parts.database.reading() as session:
        assert [one.rule for one in session.scalars(select(Deletion))] == ["* COMPLETED pages 100"]
        assert session.scalar(select(func.count()).select_from(CaseFile)) == 2
    assert finished(retention(centre, ())) == 0


@pytest.mark.req("R069")
@on_sqlite
def test_a_further_handling_place_that_keeps_its_cases_keeps_the_whole(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.MULTI_SITE_A, further=(GENHE,))
    over(centre, number, 200)
    assert finished(retention(centre, (*RULES, Rule(GENHE, State.COMPLETED, What.PAGES, None)))) == 0
    assert finished(retention(centre)) == 1


@pytest.mark.req("R069")
@on_sqlite
def test_a_document_that_somebody_opens_while_it_is_deleted_does_not_come_back(centre: RunningCentre) -> None:
    open_desk(centre)
    with_seals(centre.parts)
    number = hand_in(centre)
    collected(centre, number)
    with centre.parts.database.writing() as session:
        paper = session.scalars(select(Document)).one()
        session.execute(update(Case).values(kept=Kept.DELETING_CONTENT.value))
    files = set((centre.settings.data / "parts").glob("*/*"))
    with pytest.raises(Refused):
        papers_of(centre.parts).pdf(paper)
    assert set((centre.settings.data / "parts").glob("*/*")) == files
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Document.pdf_part)).one() is None


Make = Callable[[Any, RunningCentre, Case], Any]


def _complaint(session: Any, centre: RunningCentre, case: Case) -> Any:
    said = complaints.Said("c", "complaint", "不满意", "电话")
    return complaints.record(session, centre.parts.keys.vault, said, case, centre.parts.now())


def _bad_rating(session: Any, centre: RunningCentre, case: Case) -> Any:
    return rating.record(session, centre.parts.keys.vault, rating.Said("r", 1, ("慢",)), case, centre.parts.now())


def _rectification(session: Any, centre: RunningCentre, case: Case) -> Any:
    chief, vault = who(session, CHIEF), centre.parts.keys.vault
    return rectification.demand(session, vault, chief, chief.unit_id or 0, "overdue", "补办", case, centre.parts.now())


def _revisit(session: Any, centre: RunningCentre, case: Case) -> Any:
    chief, now = who(session, CHIEF), centre.parts.now()
    made = Revisit(case_seq=case.seq, unit_id=chief.unit_id or 0, drawn_by=chief.user_id or 0, drawn_at=now, due_at=now)
    session.add(made)
    return made


def _proposal(session: Any, centre: RunningCentre, case: Case) -> Any:
    office = centre.parts.casework.office
    return trust.propose(office, session, case, who(session, f"dept.{HANDLING}"), "提供虚假凭证")


def _parcel(session: Any, centre: RunningCentre, case: Case) -> Any:
    here, now = who(session, HALL), centre.parts.now()
    return shipments.plan(session, centre.parts.keys, case, here, shipments.RETURN, now)


def _hold(session: Any, centre: RunningCentre, case: Case) -> Any:
    made = Hold(case_seq=case.seq, reason_sealed=b"x", placed_by=who(session, CHIEF).user_id or 0, placed_at=NOW)
    session.add(made)
    return made


@pytest.mark.req("R069")
def test_nothing_is_deleted_while_something_about_the_case_is_open(centre: RunningCentre) -> None:
    open_desk(centre)
    cases: tuple[tuple[Make, type[Any], dict[str, Any]], ...] = (
        (_complaint, Complaint, {"closed_at": NOW}),
        (_bad_rating, Rating, {"closed_at": NOW}),
        (_rectification, Rectification, {"closed_at": NOW}),
        (_revisit, Revisit, {"done_at": NOW}),
        (_proposal, Dishonesty, {"state": "dropped"}),
        (_parcel, Shipment, {"state": "delivered"}),
        (_hold, Hold, {"lifted_at": NOW}),
    )
    numbers = [hand_in(centre, counter=count) for count, _ in enumerate(cases, 1)]
    for number, (make, _, _) in zip(numbers, cases, strict=True):
        over(centre, number, 200)
        with centre.parts.database.writing() as session:
            make(session, centre, session.scalars(select(Case).where(Case.case_number == number)).one())
    assert finished(retention(centre)) == 0
    for number, (_, table, closed) in zip(numbers, cases, strict=True):
        with centre.parts.database.writing() as session:
            session.execute(update(table).values(**closed))
        assert retention(centre).step() == 1, table.__name__
        assert case_of(centre, number).kept == "content", table.__name__


@pytest.mark.req("R069")
@on_sqlite
def test_a_supervisor_holds_a_case_with_a_reason_until_it_is_lifted(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    over(centre, number, 2000)
    url = f"/desk/cases/{number}"
    clerk, chief = sign_in(centre, HALL), sign_in(centre, CHIEF)
    assert "/record/hold" not in clerk.get(url).text
    assert clerk.post(f"{url}/record/hold", {"reason": "行政复议需要"}).status_code == 404
    assert chief.post(f"{url}/record/hold", {"reason": ""}).status_code == 422
    past = {"reason": "行政复议需要", "until": "2020-01-01"}
    assert chief.post(f"{url}/record/hold", past).status_code == 422
    soon = f"{centre.parts.now() + timedelta(days=30):%Y-%m-%d}"
    assert "保全中" in chief.post(f"{url}/record/hold", {"reason": "行政复议需要", "until": soon}).text
    page = clerk.get(url).text
    assert "行政复议需要" in page, "everybody at the case sees why"
    assert finished(retention(centre)) == 0
    with centre.parts.database.reading() as session:
        case = session.scalars(select(Case)).one()
        later = centre.parts.now() + timedelta(days=32)
        assert [len(against.standing(session, case, at)) for at in (centre.parts.now(), later)] == [1, 0], "until then"
    assert chief.post(f"{url}/record/hold-lift", {"reason": "复议已终结"}).status_code == 200
    assert finished(retention(centre)) == 2
    with centre.parts.database.reading() as session:
        hold = session.scalars(select(Hold)).one()
        assert hold.lifted_by == who(session, CHIEF).user_id
    assert chief.post(f"{url}/record/hold", {"reason": "太晚了也要"}).status_code == 404, "nothing is left to hold"


@on_sqlite
def test_a_hold_also_keeps_the_pages_of_a_returned_application_until_it_ends(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    parts, case = centre.parts, case_of(centre, number)
    with parts.database.writing() as session:
        _hold(session, centre, case)
    erasing = Erasing(parts.database, parts.parts, parts.now)
    erasing.handle({"case": case.seq})
    kept = case_of(centre, number).files
    assert [parts.parts.has(file.sealed_sha256) for file in kept] == [True, True]
    with parts.database.writing() as session:
        (again,) = session.scalars(select(Outbox).where(Outbox.topic == TOPIC, Outbox.due_at > parts.now()))
        session.execute(update(Hold).values(lifted_at=NOW))
    erasing.handle(again.payload)
    assert case_of(centre, number).files == []
    assert not any(parts.parts.has(file.sealed_sha256) for file in kept)


@on_sqlite
def test_a_case_gets_its_end_when_it_ends(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    assert case_of(centre, number).ended_at is None
    collected(centre, number)
    assert case_of(centre, number).ended_at is None
    sign_in(centre, HALL).post(f"/desk/cases/{number}/record/withdrawal", {"reason_code": "changed_mind"})
    do(centre, HALL, number, "withdraw", extra={"returned": "on_the_spot"})
    assert case_of(centre, number).ended_at is not None


@on_sqlite
def test_the_command_shows_what_falls_due_and_deletes_only_when_told(centre: RunningCentre) -> None:
    number = hand_in(centre)
    over(centre, number, 200)
    data = centre.settings.data
    run = CliRunner()
    url = json.dumps(centre.settings.database_url)
    (data / "central.toml").write_text(f"[database]\nurl = {url}\n", "utf-8")
    assert "everything is kept" in run.invoke(main, ["retention", "--data", str(data)]).output
    rule = '[[retention.rules]]\nstates = ["COMPLETED"]\npages_days = 180\n'
    (data / "central.toml").write_text(f"[database]\nurl = {url}\n{rule}", "utf-8")
    assert "due: 1 COMPLETED cases (pages)" in run.invoke(main, ["retention", "--data", str(data)]).output
    assert len(case_of(centre, number).files) == 2
    assert "deleted: 1" in run.invoke(main, ["retention", "--data", str(data), "--delete"]).output
    assert case_of(centre, number).files == []


@pytest.mark.req("R069")
@on_sqlite
def test_uploads_that_no_application_came_for_are_deleted_and_those_of_a_case_never(centre: RunningCentre) -> None:
    number = hand_in(centre)
    of_case = [file.sealed_sha256 for file in case_of(centre, number).files]
    whole, begun = photo(30 * KIB, 7), photo(30 * KIB, 8)
    for data in (whole, begun):
        headers = {"Upload-Length": str(len(data)), "Repr-Digest": digest_field(data)}
        assert centre.post("/api/v1/uploads", headers=headers).status_code == 201
    parts, now = centre.parts, centre.parts.now()
    parts.uploads.append(sha256_hex(whole), 0, whole)
    parts.uploads.append(sha256_hex(begun), 0, begun[:KIB])
    with parts.database.writing() as session:
        session.add(Upload(sha256=of_case[0], size=1, offset=1, begun_at=now))  # as if taking it up had been forgotten

    def swept(days: int) -> int:
        return Uploads(parts.database, parts.parts, lambda: now + timedelta(days=days)).sweep()

    assert swept(29) == 0
    renewed = Uploads(parts.database, parts.parts, lambda: now + timedelta(days=20))
    assert renewed.begin(sha256_hex(whole), len(whole)).complete, "announced again before it is handed in"
    assert swept(31) == 2
    assert parts.parts.has(sha256_hex(whole))
    assert parts.parts.held(sha256_hex(begun)) == 0
    assert swept(51) == 1
    assert not parts.parts.has(sha256_hex(whole))
    assert all(parts.parts.has(one) for one in of_case)
