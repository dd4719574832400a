"""The desk over a million applications on PostgreSQL: pages over real HTTP, and exports, each beside a plain recipe.

The database is filled by COPY (central.demo.bulk); the server is a process of its own, as in use. Pages are asked for one
after the other as a clerk does; each is asked for many times with other numbers, so that caches help no more than in use.
The peer is the list of a plain ORM admin (bench/peers/admin_list.py) in the same server. Run `python -m bench.desk`.
"""

from __future__ import annotations

import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import func, select, text

from bench.cluster import cluster
from bench.peers import admin_list
from bench.result import Result, median, percentile, table
from central import keys as key_files
from central.app import application
from central.casework.who import Who, staff
from central.centre import assemble
from central.demo import bulk, world
from central.demo.persons import names
from central.desk.frame import SESSION
from central.desk.security import session_digest
from central.files.store import open_parts
from central.keys import KeyRing
from central.ledger import rows as ledger_rows
from central.ledger.export import CSV, XLSX, Exporter
from central.ledger.filters import LedgerFilter, parse
from central.ledger.rows import COLUMNS, Position
from central.serving import Server, listen
from central.settings import load
from central.store.database import Database
from central.store.models import Case, Document, StaffSession, Unit, User

CASES = 1_000_000
REQUESTS = 60
"""Of each kind."""
GOAL = "goal: p95 ≤ 150 ms on two cores"
CLERK = "wushen.window"
SERVE = "import sys; from bench.desk import serve; serve(sys.argv[1], sys.argv[2])"
EXPORT = "import sys; from bench.desk import export_once; export_once(*sys.argv[1:])"


def run(report: Callable[[str], None] = lambda _: None, cases: int = CASES) -> list[Result]:
    """Measure; needs PostgreSQL's programs (Debian: postgresql)."""
    with tempfile.TemporaryDirectory(prefix="bench-desk-") as name, cluster() as url:
        folder = Path(name)
        ring = key_files.create(folder / "keys")
        (folder / "central.toml").write_text(f'[database]\nurl = "{url}"\n', "utf-8")
        report(f"filling {cases} cases")
        began = time.monotonic()
        fill(url, ring, cases, report)
        filled = time.monotonic() - began
        sizes = bytes_per_case(url, cases)
        cookie = signed_in(url)
        with serving(folder) as address:
            report("pages")
            results = pages(url, address, cookie, report)
        report("exports")
        results += exports(folder)
    results.append(Result("a case in PostgreSQL, with events, clocks, notices, documents", sizes, None, "kB", "tables and indexes, without the sealed application and files; documents at 600 bytes"))  # fmt: skip
    results.append(Result(f"filling {cases} cases by COPY, indexes included", filled, None, "s", ""))
    return results


# Filling


def fill(url: str, ring: KeyRing, cases: int, report: Callable[[str], None]) -> None:
    database = Database.open(url)
    now = datetime.now(UTC)
    with database.writing() as session:
        world.build(session, ring.vault, "no password", now)
        session.flush()
        halls = session.execute(
            select(Unit.region_code, Unit.id, func.min(User.id))
            .join(User, User.unit_id == Unit.id)
            .where(Unit.kind == "hall", Unit.code.like("%-dt"))
            .group_by(Unit.id)
        )
        units = {region: (unit, user) for region, unit, user in halls}
    bulk.fill(url.replace("+psycopg", ""), ring, units, cases, now, report)
    database.close()


def bytes_per_case(url: str, cases: int) -> float:
    database = Database.open(url)
    with database.reading() as session:
        named = ", ".join(f"'{name}'" for name in ("case", "case_event", "clock", "notice", "document"))
        total = session.scalar(
            text(f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ({named})")  # constants
        )
    database.close()
    return float(total) / cases / 1000


def signed_in(url: str) -> str:
    """A session of the clerk; the cookie's value."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    database = Database.open(url)
    with database.writing() as session:
        clerk = session.scalars(select(User).where(User.login == CLERK)).one()
        session.add(
            StaffSession(
                token_sha256=session_digest(token),
                user_id=clerk.id,
                csrf="bench",
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=8),
            )
        )
    database.close()
    return token


# The server


def serve(folder: str, login: str) -> None:
    """In a process of its own: the centre, with the peer's pages beside it."""
    centre = assemble(load(Path(folder)))
    with centre.database.reading() as session:
        who = staff(session.scalars(select(User).where(User.login == login)).one())
    app = application(centre)
    app.mount("/peer", admin_list.create(centre.database, who))
    Server(app, lambda url: print(url, flush=True)).run(sockets=[listen("127.0.0.1", 0)])


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder), CLERK], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(20)


# Pages


def pages(url: str, address: str, cookie: str, report: Callable[[str], None]) -> list[Result]:
    clerk = requests.Session()
    clerk.cookies.set(SESSION, cookie, path="/desk")
    chance = random.Random(7)
    known = samples(url, chance)
    every = ("RETURNED", "UNDER_REVIEW", "COMPLETED", "SUBMITTED", "REJECTED")
    items = [item[0] for item in bulk.ITEMS]
    lists = ("collect", "receive", "accept")
    some_names = names()

    def ledger(**query: str) -> Callable[[], requests.Response]:
        return lambda: clerk.get(f"{address}/desk/ledger", params=query, timeout=60)

    def find(what: str) -> Callable[[], requests.Response]:
        return lambda: clerk.post(
            f"{address}/desk/search", data={"q": what, "csrf": "bench"}, allow_redirects=False, timeout=60
        )

    def theirs(path: str, **query: object) -> Callable[[], requests.Response]:
        return lambda: clerk.get(f"{address}/peer/{path}", params={k: str(v) for k, v in query.items()}, timeout=120)

    filters: list[dict[str, str]] = [
        {"state": chance.choice(every), "item": chance.choice(items)}
        if number % 3
        else {"direction": "out", "since": f"{date.today() - timedelta(days=chance.randrange(20, 150))}"}
        for number in range(REQUESTS)
    ]
    deep = [chance.randrange(len(known["positions"])) for _ in range(REQUESTS)]
    kinds: list[tuple[str, list[Callable[[], requests.Response]], list[Callable[[], requests.Response]], str]] = [
        (
            "work list",
            [lambda key=key: clerk.get(f"{address}/desk/work/{key}", timeout=60) for key in lists * (REQUESTS // 3)],
            [theirs("list", state="SUBMITTED") for _ in range(REQUESTS // 6)],
            "peer: the admin's list of one state",
        ),
        (
            "ledger, newest page",
            [ledger() for _ in range(REQUESTS)],
            [theirs("list") for _ in range(REQUESTS // 6)],
            "",
        ),
        (
            "ledger, filtered",
            [ledger(**one) for one in filters],
            [theirs("list", state=chance.choice(every), item=chance.choice(items)) for _ in range(REQUESTS // 6)],
            "",
        ),
        (
            "ledger, deep pages",
            [ledger(after=known["positions"][one]) for one in deep],
            [theirs("list", page=chance.randrange(400, 3500)) for _ in range(REQUESTS // 6)],
            "peer: 20 000th to 175 000th row",
        ),
        (
            "search by case number",
            [find(one) for one in known["numbers"]],
            [theirs("search", q=one[-9:]) for one in known["numbers"][: REQUESTS // 6]],
            "peer: LIKE '%…%'",
        ),
        (
            "search by name",
            [find(chance.choice(some_names)) for _ in range(REQUESTS)],
            [theirs("search", q=chance.choice(some_names)[0] + "**") for _ in range(REQUESTS // 6)],
            "ours finds the full name by its keyed digest; the peer can look for the masked one only",
        ),
        ("search by document number", [find(one) for one in known["documents"]], [], ""),
    ]
    results = []
    for name, ours, peers, note in kinds:
        report(name)
        mine, other = timed(ours), timed(peers) if peers else []
        for label, of in (("p50", median), ("p95", lambda values: percentile(values, 0.95))):
            goal = GOAL if label == "p95" else ""
            said = "; ".join(part for part in (note, goal) if part)
            results.append(Result(f"{name}, {label}", of(mine), of(other) if other else None, "ms", said))
    return results


def samples(url: str, chance: random.Random) -> dict[str, list[str]]:
    """Numbers, document numbers and places in the ledger that the clerk may see."""
    database = Database.open(url)
    with database.reading() as session:
        who = staff(session.scalars(select(User).where(User.login == CLERK)).one())
        here = select(Case).where(Case.receiving_code == who.region_code).order_by(Case.received_at.desc())
        cases = list(session.scalars(here.limit(90_000)))
        chosen = chance.sample(cases, REQUESTS)
        papers = session.scalars(
            select(Document.number).where(Document.case_seq.in_([case.seq for case in chosen])).limit(REQUESTS)
        ).all()
        found = {
            "numbers": [case.case_number for case in chosen],
            "documents": list(papers),
            "positions": [str(Position(case.received_at, case.seq)) for case in cases[::97]],
        }
    database.close()
    return found


def timed(asks: Sequence[Callable[[], requests.Response]]) -> list[float]:
    """Milliseconds of each; the first few are not counted."""
    for ask in asks[:3]:
        ask().raise_for_status()
    taken = []
    for ask in asks:
        began = time.perf_counter()
        answer = ask()
        taken.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    return taken


# Exports


def exports(folder: Path) -> list[Result]:
    """Time and peak memory of our exports in a process of their own, beside openpyxl as most use it."""
    base = measured(folder, "nothing")
    measures = {kind: measured(folder, kind) for kind in (XLSX, CSV, "openpyxl")}
    rows = measures[XLSX]["rows"]
    results = []
    for kind in (XLSX, CSV):
        mine, peer = measures[kind], measures["openpyxl"] if kind == XLSX else None
        note = "from the query to the sealed file; peer: openpyxl, normal mode" if peer else "to the sealed file"
        results.append(Result(f"export of {rows:.0f} rows as {kind.upper()}, time", mine["seconds"], peer and peer["seconds"], "s", note))  # fmt: skip
        results.append(
            Result(
                f"export of {rows:.0f} rows as {kind.upper()}, memory",
                mine["mb"] - base["mb"],
                peer and peer["mb"] - base["mb"],
                "MB",
                "peak, beyond what the process takes anyway",
            )
        )
    return results


def measured(folder: Path, kind: str) -> dict[str, float]:
    """What `export_once` says."""
    command = [sys.executable, "-c", EXPORT, str(folder), kind]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def export_once(folder: str, kind: str) -> None:
    """In a process of its own: about 100 000 rows; prints rows, seconds and peak memory."""
    settings = load(Path(folder))
    ring = key_files.load(settings.keys)
    database = Database.open(settings.database_url)
    with database.reading() as session:
        who = staff(session.scalars(select(User).where(User.login == CLERK)).one())
    asked = parse({"since": f"{date.today() - timedelta(days=89)}"}).filter
    began = time.monotonic()
    rows = 0
    if kind in (XLSX, CSV):
        parts = open_parts(settings)
        exporter = Exporter(database, parts, ring.vault, Path(folder) / "exports", lambda: datetime.now(UTC))
        exporter.ask(who, "benchmark of exports", kind, asked)
        exporter.step()
        with database.reading() as session:
            rows = exporter.mine(session, who)[0].rows
    elif kind == "openpyxl":
        rows = with_openpyxl(database, who, asked, Path(folder) / "peer.xlsx")
    print(json.dumps({"rows": rows, "seconds": time.monotonic() - began, "mb": peak_memory()}))


def peak_memory() -> float:
    """Of this process, in MB. (`ru_maxrss` would begin with what the parent had.)"""
    status = Path("/proc/self/status").read_text("ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


def with_openpyxl(database: Database, who: Who, asked: LedgerFilter, path: Path) -> int:
    """The usual way: all rows, a workbook in memory, saved."""
    import openpyxl

    now = datetime.now(UTC)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([column.zh for column in COLUMNS])
    rows = 0
    with database.reading() as session:
        for batch in list(ledger_rows.stream(session, who, asked, now)):
            for entry in batch:
                cells = [column.of(entry) for column in COLUMNS]
                sheet.append([cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell for cell in cells])
                rows += 1
    book.save(path)
    return rows


if __name__ == "__main__":
    found = run(lambda line: print(line, file=sys.stderr), int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    print(json.dumps([result.as_dict() for result in found], ensure_ascii=False, indent=1), file=sys.stdout)
    print(table(found))
