"""The demonstration, and the ledger over it: what a clerk, a supervisor or the public reads there is what happened."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select

from central.casework import lifecycle
from central.casework.access import shares, visible
from central.casework.acts import Refused
from central.casework.who import Who, staff
from central.centre import CentreParts, assemble
from central.demo import persons, world
from central.demo.fill import fill
from central.desk import navigation
from central.ledger import matrix, monthly, public, rows, supervision, words
from central.ledger.filters import LedgerFilter, parse
from central.settings import Settings
from central.store.models import AuditEntry, Case, CaseEvent, Clock, Document, Export, Rating, User
from central.times import CHINA
from kiosk.protocol.states import State
from tests.central import desk, postgres
from tests.central.rig import RunningCentre, initialised, running_centre

pytestmark = pytest.mark.timeout(600)  # the first test of each database waits for the whole demonstration
UNTIL = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""A Friday afternoon in China."""
_ID_NUMBER = re.compile(r"(?<![0-9A-F])199900(19|20)\d{9}[\dX]")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A centre with the demonstration in it; made once, tests only read."""
    url = postgres.new_database() if request.param == "postgresql" else ""
    settings = initialised(tmp_path_factory.mktemp("demo") / "centre", url)
    fill(settings, UNTIL)
    yield settings
    if url:
        postgres.give_back(url)


@pytest.fixture(scope="module")
def demo(filled: Settings) -> Iterator[CentreParts]:
    """Its parts, at the moment the demonstration ends."""
    parts = assemble(filled, lambda: UNTIL)
    yield parts
    parts.close()


@pytest.fixture
def running(filled: Settings) -> Iterator[RunningCentre]:
    """The same, listening."""
    with running_centre(filled) as centre:
        centre.app.state.centre = replace(centre.parts, now=lambda: UNTIL)
        yield centre


def who(parts: CentreParts, login: str) -> Who:
    with parts.database.reading() as session:
        return staff(session.scalars(select(User).where(User.login == login)).one())


def all_entries(parts: CentreParts, reader: Who, asked: LedgerFilter) -> list[rows.Entry]:
    with parts.database.reading() as session:
        return [entry for batch in rows.stream(session, reader, asked, UNTIL) for entry in batch]


READERS = ["wushen.window", "wushen.yb", "pingluo.supervisor", "city.supervisor"]


def test_there_is_a_case_in_every_state_of_every_flow(demo: CentreParts) -> None:
    with demo.database.reading() as session:
        reached = set(map(tuple, session.execute(select(Case.mode, Case.state))))
    at_the_terminal = {State.DRAFT, State.QUEUED_OFFLINE}
    for mode, flow in lifecycle.load().flows.items():
        missing = [state for state in flow.states - at_the_terminal if (mode, state.value) not in reached]
        assert not missing, f"{mode}: nobody is {missing}"


def test_all_its_people_are_of_the_reserved_number_range(demo: CentreParts) -> None:
    chance = random.Random(1)
    made = [persons.person(chance, serial) for serial in range(50)]
    assert all(one.id_number.startswith(persons.TEST_REGION) and one.phone.startswith("1990000") for one in made)
    with demo.database.reading() as session:
        masked = session.scalars(select(Case.id_masked)).all()
    assert all(number.startswith("199900") and "********" in number for number in masked)


def test_a_centre_with_cases_or_staff_takes_no_demonstration(filled: Settings) -> None:
    with pytest.raises(Refused) as refused:
        fill(filled, UNTIL)
    assert refused.value.code == "not_empty"


def test_the_numbers_and_the_ledger_are_in_the_order_of_time(demo: CentreParts) -> None:
    with demo.database.reading() as session:
        arrivals = session.scalars(select(Case.received_at).order_by(Case.seq)).all()
        audited = session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).all()
    assert arrivals == sorted(arrivals)
    assert audited == sorted(audited)
    assert max(arrivals) <= UNTIL


@pytest.mark.parametrize("login", READERS)
def test_the_parts_of_a_place_exclude_each_other_and_make_up_what_it_may_see(demo: CentreParts, login: str) -> None:
    reader = who(demo, login)
    with demo.database.reading() as session:
        together = session.scalars(select(Case.seq).where(visible(reader))).all()
        apart = [seq for part in shares(reader) for seq in session.scalars(select(Case.seq).where(part))]
    assert sorted(apart) == sorted(together)
    assert together


@pytest.mark.req("R011")
@pytest.mark.parametrize("login", READERS)
def test_paging_shows_every_case_once_and_none_of_other_places(demo: CentreParts, login: str) -> None:
    reader = who(demo, login)
    seen: list[int] = []
    at: rows.Position | None = None
    with demo.database.reading() as session:
        expected = session.scalars(
            select(Case.seq).where(visible(reader)).order_by(Case.received_at.desc(), Case.seq.desc())
        ).all()
        while True:
            page = rows.page(session, reader, LedgerFilter(), UNTIL, after=at, size=7)
            seen += [entry.case.seq for entry in page.entries]
            if page.older is None:
                break
            at = rows.Position.read(str(page.older))
        back = rows.page(session, reader, LedgerFilter(), UNTIL, before=page_position(page), size=7)
    assert seen == list(expected)
    start = len(seen) - len(page.entries)
    assert [entry.case.seq for entry in back.entries] == seen[max(0, start - 7) : start]


def page_position(page: rows.Page) -> rows.Position:
    first = page.entries[0].case
    return rows.Position(first.received_at, first.seq)


@pytest.mark.req("R011")
@pytest.mark.req("R051")
def test_each_line_says_what_happened_and_who_answers_for_it(demo: CentreParts) -> None:
    reader = who(demo, "wushen.supervisor")
    columns = {column.zh: column for column in rows.COLUMNS}
    with demo.database.reading() as session:
        for entry in all_entries(demo, reader, LedgerFilter()):
            case = entry.case
            numbers = select(Document.number).where(Document.case_seq == case.seq).order_by(Document.id)
            papers = session.scalars(numbers).all()
            assert columns["文书编号"].of(entry) == "、".join(papers)
            moves = session.execute(
                select(CaseEvent.target, CaseEvent.at, User.name)
                .join(User, User.id == CaseEvent.user_id)
                .where(CaseEvent.case_seq == case.seq, CaseEvent.source != CaseEvent.target)
                .order_by(CaseEvent.id.desc())
            ).all()
            by_state = {target: (at, name) for target, at, name in moves}  # of a second round the first time stays
            if State.COLLECTED in by_state:
                at, name = by_state[State.COLLECTED]
                assert columns["收件时间"].of(entry) == at
                assert f"收件：乌审政服 {name}" in str(columns["环节责任人"].of(entry)) or name not in "孟石"
            late = session.scalars(select(Clock.clock).where(Clock.case_seq == case.seq, Clock.clock != "C3")).all()
            assert set(entry.missed) <= set(late)
            assert columns["结果"].of(entry) == words.RESULTS[words.result_of(case.state)].zh
            assert columns["方向"].of(entry) == ("代外收" if case.receiving_code == reader.region_code else "外代收")


@pytest.mark.req("R002", "R033")
@pytest.mark.req("R011")
def test_filters_find_exactly_what_they_name(demo: CentreParts) -> None:
    reader = who(demo, "wushen.supervisor")
    everything = all_entries(demo, reader, LedgerFilter())

    def found(**query: str) -> set[int]:
        asked = parse(query)
        assert not asked.problems
        return {entry.case.seq for entry in all_entries(demo, reader, asked.filter)}

    def expected(test: object) -> set[int]:
        assert callable(test)
        chosen = {entry.case.seq for entry in everything if test(entry)}
        assert chosen, "a filter that finds nothing proves nothing"
        return chosen

    assert found(direction="out") == expected(lambda e: e.case.receiving_code == "150626")
    assert found(direction="in") == expected(lambda e: e.case.receiving_code != "150626")
    assert found(mode="multi_site_B") == expected(lambda e: e.case.mode == "multi_site_B")
    assert found(state="COLLECTED") == expected(lambda e: e.case.state == "COLLECTED")
    assert found(result="pending") == expected(lambda e: e.result == "pending")
    assert found(item="C003") == expected(lambda e: e.case.item_id == "C003")
    assert found(sector="公安") == expected(lambda e: e.case.sector == "公安")
    assert found(overdue="1") == expected(lambda e: e.missed)
    assert found(rating="bad") == expected(lambda e: e.score is not None and e.score <= 2)
    one = everything[3].case.case_number
    assert found(case=one) == expected(lambda e: e.case.case_number == one)
    assert found(terminal="WUSHEN-01") == expected(lambda e: e.case.terminal_id == "WUSHEN-01")
    assert found(place="34") == expected(lambda e: "34" in (e.case.receiving_code[:2], e.case.handling_code[:2]))
    day = "2026-11-19"
    assert found(since=day, until=day) == expected(lambda e: f"{e.case.received_at.astimezone(CHINA):%Y-%m-%d}" == day)
    assert found(since="2026-11-20", until=day) == found(since=day, until="2026-11-20")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"until": "9999-99-99"},
        {"state": "' OR 1=1 --"},
        {"place": "15%"},
        {"unit": "-1"},
        {"unit": "9" * 30},
        {"rating": "6"},
        {"item": "C001\x00"},
        {"terminal": "x" * 500},
        {"mode": "full_online,multi_site_A"},
    ],
)
def test_a_hostile_filter_is_left_out_with_a_sentence(query: dict[str, str]) -> None:
    asked = parse(query)
    assert asked.filter == LedgerFilter()
    assert len(asked.problems) == 1
    assert "没有用上" in asked.problems[0].zh


def test_a_position_that_was_tampered_with_is_as_if_there_were_none() -> None:
    for text in ("", "x", "20261120T010203.000000-", "20261120T010203.000000--5", "20261120T010203.000000-9e9", "-1"):
        assert rows.Position.read(text) is None


@pytest.mark.req("R133")
def test_an_export_holds_exactly_the_readers_rows_and_no_full_identity(demo: CentreParts) -> None:
    reader = who(demo, "pingluo.window")
    expected = all_entries(demo, reader, LedgerFilter())
    files = {}
    for kind in ("xlsx", "csv"):
        number = demo.exports.ask(reader, "季度督查用，报县政务服务局", kind, LedgerFilter())
        demo.exports.step()
        with demo.database.reading() as session:
            export = demo.exports.find(session, reader, number)
        assert export is not None
        assert (export.rows, export.total, demo.exports.standing(export)) == (len(expected), len(expected), "ready")
        files[kind] = b"".join(demo.exports.content(export))
        assert files[kind][:64] not in b"".join(map(demo.parts.read, export.parts))
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]), read_only=True).active
    table = list(sheet.iter_rows(values_only=True))
    heading = [column.zh for column in rows.COLUMNS]
    assert list(table[0]) == heading
    assert [row[1] for row in table[1:]] == [entry.case.case_number for entry in expected]
    when = heading.index("提交时间")
    first = expected[0].case.received_at.astimezone(CHINA).replace(tzinfo=None)
    assert abs(table[1][when] - first) < timedelta(seconds=1)
    assert files["csv"].startswith(b"\xef\xbb\xbf")
    text = files["csv"].decode("utf-8-sig")
    assert [row["办件号"] for row in csv.DictReader(io.StringIO(text))] == [row[1] for row in table[1:]]
    with demo.database.reading() as session:
        others = session.scalars(select(Case.case_number).where(~visible(reader))).all()
        audited = session.scalars(select(AuditEntry.target).where(AuditEntry.action == "export")).all()
        purposes = {f"export:{one.id}": demo.exports.purpose(one) for one in session.scalars(select(Export))}
    assert others
    assert not any(number in text for number in others)
    assert not _ID_NUMBER.search(text)
    assert any("季度督查用" in purposes[target] for target in audited)


@pytest.mark.req("R133")
def test_an_export_without_a_purpose_is_refused_and_nobody_elses_is_found(demo: CentreParts) -> None:
    reader = who(demo, "pingluo.window")
    with pytest.raises(Refused):
        demo.exports.ask(reader, "  用途 ", "xlsx", LedgerFilter())
    number = demo.exports.ask(reader, "核对本周收件", "csv", LedgerFilter())
    with demo.database.reading() as session:
        assert demo.exports.find(session, who(demo, "pingluo.window2"), number) is None


@pytest.mark.req("R107")
def test_the_monthly_summary_adds_up_to_the_cases(demo: CentreParts) -> None:
    reader = who(demo, "wushen.supervisor")
    entries = all_entries(demo, reader, LedgerFilter())
    begin, end = datetime(2026, 11, 1, tzinfo=CHINA), datetime(2026, 12, 1, tzinfo=CHINA)

    def within(at: datetime | None) -> bool:
        return at is not None and begin <= at < end

    with demo.database.reading() as session:
        found = monthly.lines(session, reader, begin.date(), UNTIL)
        bad = session.scalar(select(func.count()).where(Rating.kind == "case", Rating.score <= 2, Rating.at >= begin))
    cases = [entry.case for entry in entries]
    collected = [case for case in cases if within(case.collected_at or case.accepted_at)]
    assert sum(line.collected for line in found) == len(collected)
    assert sum(line.out for line in found) == sum(case.receiving_code == "150626" for case in collected)
    assert sum(line.out + line.into for line in found) == len(collected)
    done = [
        case for case in cases if within(case.delivered_at) or (case.state == "REJECTED" and within(case.decided_at))
    ]
    assert sum(line.done for line in found) == len(done)
    decided = [case for case in cases if within(case.decided_at)]
    days = sum((case.decided_at - case.received_at).total_seconds() for case in decided if case.decided_at) / 86400
    assert sum(line.days_total for line in found) == pytest.approx(days, abs=0.01)
    assert sum(line.bad for line in found) == bad
    again = Counter((line.item_id, line.mode) for line in found)
    assert max(again.values()) == 1
    table = monthly.table(found, lambda _: monthly.ItemGuide("部门", "2021", open=True, guide=True), "孟清明")
    assert all(len(row) == len(monthly.HEADING) for row in table)


@pytest.mark.req("R100")
@pytest.mark.parametrize("level", matrix.LEVELS)
def test_rows_and_columns_of_the_matrix_sum_up_to_the_cases(demo: CentreParts, level: int) -> None:
    reader = who(demo, "city.supervisor")
    with demo.database.reading() as session:
        found = matrix.matrix(session, reader, matrix.Drill(level))
        cases = session.scalar(select(func.count()).select_from(Case).where(visible(reader)))
        below = [matrix.matrix(session, reader, matrix.Drill(level).beneath(receiving=one)) for one in found.receiving]
    assert found.total == cases
    assert sum(found.row(one) for one in found.receiving) == cases
    assert sum(found.column(one) for one in found.handling) == cases
    assert [one.total for one in below] == [found.row(one) for one in found.receiving]


@pytest.mark.req("R013")
@pytest.mark.req("R097")
def test_supervision_lists_what_is_late_and_who_has_not_looked(demo: CentreParts) -> None:
    reader = who(demo, "wushen.supervisor")
    with demo.database.reading() as session:
        counts = supervision.counts(session, reader, UNTIL)
        late = supervision.late(session, reader, UNTIL)
        ageing = supervision.ageing(session, reader, UNTIL)
        missing = supervision.missing(session, reader, UNTIL)
        idle = supervision.idle_units(session, who(demo, "huimin.supervisor"), UNTIL)
        active = supervision.idle_units(session, reader, UNTIL)
        silent = supervision.silent_terminals(session, who(demo, "genhe.supervisor"), UNTIL)
        running = session.execute(
            select(Case.seq, Case.due_clock, Case.due_at).where(visible(reader), Case.due_at.is_not(None))
        ).all()
    overdue = {seq for seq, clock, due in running if due < UNTIL and clock not in ("C3", "C8")}
    assert overdue
    assert {one.case.seq for one in late if one.overdue} == overdue
    assert counts.overdue == len(overdue)
    assert counts.soon == sum(not one.overdue for one in late)
    assert {one.clock for one in ageing} == {"C8"}
    assert not missing, "the service leaves no document and no notice out"
    assert {one.unit.region_code for one in idle} == {"371621"}
    assert not active
    assert [one.terminal_id for one in silent] == ["GENHE-01"]


@pytest.mark.req("R013")
def test_a_document_that_was_left_out_is_noticed(demo: CentreParts) -> None:
    reader = who(demo, "wushen.supervisor")
    with demo.database.writing() as session:
        paper = session.scalars(
            select(Document)
            .join(Case, Case.seq == Document.case_seq)
            .where(Document.kind == "collection_notice", Document.voided_at.is_(None))
            .where(Case.receiving_code == "150626", Case.supplements == 0)
            .order_by(Document.id.desc())
        ).first()
        assert paper is not None
        paper.kind = "decision"
        session.flush()
        found = supervision.missing(session, reader, UNTIL)
        assert [one.case.seq for one in found] == [paper.case_seq]
        assert "收件通知书" in found[0].what.zh
        session.rollback()


@pytest.mark.req("R108")
@pytest.mark.req("R119")
def test_public_counts_are_fives_and_name_nothing_rare(demo: CentreParts) -> None:
    with demo.database.reading() as session:
        everywhere = public.count(session, "", UNTIL)
        nowhere = public.count(session, "110101", UNTIL)
        rare = session.execute(select(Case.item_id, func.count()).group_by(Case.item_id)).all()
        cases = session.scalar(select(func.count()).select_from(Case)) or 0
    assert everywhere.submitted == str(cases - cases % 5)
    assert nowhere.submitted == "<5"
    assert nowhere.average_days is None
    named = {one.key: one.count for one in everywhere.popular}
    assert named == {item: str(number - number % 5) for item, number in rare if number >= 5}
    assert [int(one.count) for one in everywhere.popular] == sorted((int(v) for v in named.values()), reverse=True)


def test_every_page_opens_for_a_supervisor_and_the_menu_leads_there(running: RunningCentre) -> None:
    clerk = desk.sign_in(running, "wushen.supervisor")
    for path in (
        "/desk/", "/desk/ledger", "/desk/ledger?overdue=1&state=nonsense", "/desk/ledger/exports", "/desk/reports/monthly",
        "/desk/reports/matrix?level=6", "/desk/supervision", "/desk/rectifications", "/desk/revisits", "/desk/ratings",
        "/desk/ratings?which=all", "/desk/complaints", "/desk/complaints?which=all",
    ):  # fmt: skip
        page = clerk.get(path)
        assert page.status_code == 200, path
        assert 'class="flash"' not in page.text
    assert "没有用上" in clerk.get("/desk/ledger?state=nonsense").text
    for kind in ("xlsx", "csv"):
        for path in ("/desk/reports/monthly", "/desk/reports/matrix"):
            assert clerk.get(f"{path}?kind={kind}").headers["content-disposition"].endswith(f'.{kind}"')


def test_each_count_of_today_leads_to_a_list_of_exactly_that_many(running: RunningCentre) -> None:
    clerk = desk.sign_in(running, "wushen.window")
    page = clerk.get("/desk/").text
    counts = re.findall(r'href="/desk/\?show=(\w+)#due">\s*<b>(\d+)</b>', page)
    assert [name for name, _ in counts] == ["overdue", "soon", "unopened"]
    assert any(int(count) for _, count in counts)
    for name, count in counts:
        section = clerk.get(f"/desk/?show={name}").text.partition('id="due"')[2].partition("</section>")[0]
        assert section.count("<tr class=") == int(count), name


@pytest.mark.parametrize(("clock", "side"), [("纸质寄出", "收件地"), ("承诺办结", "办理地")])
def test_a_late_case_says_whose_time_has_run_out(running: RunningCentre, clock: str, side: str) -> None:
    page = desk.sign_in(running, "wushen.supervisor").get("/desk/supervision").text
    rows = [
        row for row in page.partition('id="late"')[2].partition("</section>")[0].split("<tr class=") if clock in row
    ]
    assert rows
    assert all(f'<span class="sub">{side}</span>' in row for row in rows)


def test_a_clerk_sees_no_supervision_and_another_place_no_rating(running: RunningCentre) -> None:
    clerk = desk.sign_in(running, "pingluo.window")
    assert clerk.get("/desk/supervision").status_code == 403
    assert clerk.get("/desk/revisits").status_code == 403
    with running.parts.database.reading() as session:
        foreign = session.scalars(
            select(Rating.id).join(Case, Case.seq == Rating.case_seq).where(Case.receiving_code == "150626")
        ).first()
    assert clerk.get(f"/desk/ratings/{foreign}").status_code == 404
    assert clerk.get("/desk/ratings/999999").status_code == 404


def test_an_auditor_begins_elsewhere_and_sees_no_ledger(running: RunningCentre) -> None:
    auditor = desk.sign_in(running, "auditor")
    with running.parts.database.reading() as session:
        first = navigation.first_page(staff(session.scalars(select(User).where(User.login == "auditor")).one()))
    page = auditor.get("/desk/")
    assert page.url.endswith(first)
    assert page.status_code == 200
    assert auditor.get("/desk/ledger").status_code == 403


@pytest.mark.req("R133")
def test_an_export_is_asked_for_on_the_page_and_fetched_from_it(running: RunningCentre) -> None:
    clerk = desk.sign_in(running, "qingyang.window")
    clerk.get("/desk/ledger")
    asked = {"purpose": "年度档案核对", "kind": "csv", "state": ""}
    for too_much in ({}, {"case": "150626"}, {"since": "2026-01-01", "state": "nonsense"}):
        assert clerk.post("/desk/ledger/exports", asked | too_much).status_code >= 400, (
            "it names no case and narrows nothing"
        )
    assert "/desk/ledger/exports/" not in clerk.get("/desk/ledger/exports").text
    clerk.get("/desk/ledger?since=2026-01-01")
    clerk.post("/desk/ledger/exports", asked | {"since": "2026-01-01"})
    while running.parts.exports.step():
        pass
    page = clerk.get("/desk/ledger/exports")
    [number] = set(re.findall(r"/desk/ledger/exports/(\d+)", page.text))
    file = clerk.get(f"/desk/ledger/exports/{number}")
    assert file.headers["content-type"].startswith("text/csv")
    assert "青阳" in file.content.decode("utf-8-sig")
    other = desk.sign_in(running, "qingyang.window2")
    assert other.get(f"/desk/ledger/exports/{number}").status_code == 404


def test_the_world_has_staff_for_every_role() -> None:
    assert {place.profile for place in world.PLACES} >= {"wushen", "genhe", "pingluo", "qingyang"}
