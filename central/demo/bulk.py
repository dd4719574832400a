"""A million plausible cases straight into PostgreSQL, for benchmarks: rows only, no envelopes, no documents to read.

Rows go in by COPY with the secondary indexes dropped and made again afterwards, and with the triggers that check
foreign keys off: what refers to what is made here and is sound. It needs a superuser and an empty database.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice

import psycopg
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, DropIndex

from central.demo.persons import names
from central.demo.world import PLACES
from central.keys import KeyRing
from central.store.models import Base, Case, CaseEvent, Clock, Document, Notice, SubCase

ITEMS = (
    ("C001", "异地就医结算备案", "医保", "full_online", 30),
    ("C018", "失业登记", "人社", "full_online", 10),
    ("C003", "社会保障卡补领、换领、临时挂失、启用", "人社", "collect_and_forward", 14),
    ("C007", "正常退休提取住房公积金", "公积金", "collect_and_forward", 12),
    ("C023", "开具户籍类证明", "公安", "collect_and_forward", 14),
    ("C004", "企业职工基本养老保险关系转移接续", "人社", "multi_site_A", 8),
    ("C009", "夫妻投靠户口迁移", "公安", "multi_site_A", 8),
    ("C109", "小型非营运二手车交易登记", "公安交管", "multi_site_B", 4),
)
"""Item, name, sector, mode, and its share in percent."""
_COUNTIES = tuple(f"{province}{city:02d}{county:02d}" for province in (13, 14, 32, 41, 51, 61) for city in (1, 2, 3) for county in (21, 22, 23))  # fmt: skip
_PATHS = {
    "full_online": (
        ("accept", "ACCEPTED", 20), ("start_review", "UNDER_REVIEW", 10), ("approve", "APPROVED", 60),
        ("issue_result", "RESULT_ISSUED", 5), ("deliver_electronic", "COMPLETED", 4), ("archive", "ARCHIVED", 400),
    ),
    "collect_and_forward": (
        ("open_intake", "INTAKE_REVIEW", 5), ("collect", "COLLECTED", 2), ("transfer", "TRANSFERRED", 1),
        ("receive", "RECEIVED", 5), ("accept", "ACCEPTED", 20), ("start_review", "UNDER_REVIEW", 20),
        ("approve", "APPROVED", 90), ("issue_result", "RESULT_ISSUED", 10), ("dispatch_result", "IN_DELIVERY", 20),
        ("signed_for", "COMPLETED", 70), ("archive", "ARCHIVED", 400),
    ),
    "multi_site_A": (
        ("open_intake", "INTAKE_REVIEW", 5), ("accept_on_spot", "ACCEPTED", 3), ("transfer", "TRANSFERRED", 1),
        ("receive", "RECEIVED", 5), ("hand_to_dept", "UNDER_REVIEW", 3), ("approve", "APPROVED", 90),
        ("issue_result", "RESULT_ISSUED", 10), ("local_print", "READY_FOR_PICKUP", 10), ("picked_up", "COMPLETED", 48),
        ("archive", "ARCHIVED", 400),
    ),
    "multi_site_B": (
        ("open_intake", "INTAKE_REVIEW", 5), ("accept_on_spot", "ACCEPTED", 3), ("transfer", "TRANSFERRED", 1),
        ("receive", "RECEIVED", 5), ("hand_to_dept", "UNDER_REVIEW", 3), ("verify_ok", "VERIFIED_BY_HANDLING", 60),
        ("process_locally", "LOCAL_PROCESSING", 10), ("finish_locally", "APPROVED", 20),
        ("issue_result", "RESULT_ISSUED", 5), ("local_print", "READY_FOR_PICKUP", 10), ("picked_up", "COMPLETED", 48),
        ("archive", "ARCHIVED", 400),
    ),
}  # fmt: skip
"""Event, state it leads to, and the mean number of hours it takes."""
_ASIDE = {"return_materials": "RETURNED", "refuse": "NOT_ACCEPTED", "reject": "REJECTED", "withdraw": "WITHDRAWN"}
_HERE = frozenset({"open_intake", "collect", "transfer", "accept_on_spot", "local_print", "picked_up", "process_locally", "finish_locally", "return_materials"})  # fmt: skip
_TIME_OF = {
    "COLLECTED": "collected_at", "TRANSFERRED": "transferred_at", "RECEIVED": "arrived_at", "ACCEPTED": "accepted_at",
    "APPROVED": "decided_at", "REJECTED": "decided_at", "COMPLETED": "delivered_at", "ARCHIVED": "archived_at",
}  # fmt: skip
_ENDED = frozenset({"RETURNED", "NOT_ACCEPTED", "REJECTED", "WITHDRAWN", "COMPLETED", "ARCHIVED"})
_BATCH = 20_000
_TABLES: tuple[Table, ...] = tuple(one.__table__ for one in (Case, CaseEvent, Clock, Document, Notice, SubCase))  # type: ignore[misc]

CASE = (
    "seq", "application_id", "case_number", "slip_number", "query_code", "applicant_index", "name_index", "applicant_masked",
    "id_masked", "terminal_id", "channel", "receiving_code", "receiving_name", "handling_code", "handling_name", "item_id",
    "item_name", "sector", "catalogue_version", "mode", "scope", "profile", "state", "version", "delivery",
    "notify_by_phone", "green_lane", "paper_needed", "materials", "pages", "received_at", "updated_at", "opened_at",
    "collected_at", "transferred_at", "arrived_at", "accepted_at", "decided_at", "delivered_at", "archived_at",
    "ended_at", "promise_due_at", "due_clock", "warn_at", "due_at", "supplements", "first_contact_unit_id", "owner_id", "shipment",
    "payment", "video", "credit", "commitment", "rating", "complaint",
)  # fmt: skip
EVENT = ("id", "case_seq", "at", "event", "source", "target", "actor", "unit_id", "user_id", "detail")
CLOCK = ("id", "case_seq", "clock", "started_at", "warn_at", "due_at", "stopped_at", "uncertain", "extended_for")
PAPER = (
    "id", "case_seq", "kind", "number", "check_code", "unit_id", "user_id", "issued_at", "content_sealed", "void_reason",
)  # fmt: skip
NOTICE = (
    "id",
    "case_seq",
    "kind",
    "channel",
    "params",
    "state",
    "created_at",
    "attempts",
    "sent_at",
    "provider",
    "error",
)
_NULL = "\\N"


def fill(
    url: str,
    keys: KeyRing,
    units: dict[str, tuple[int, int]],
    cases: int,
    now: datetime,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Put `cases` cases of the last half year into an initialised, empty database.

    Args:
        url: of psycopg.
        units: by division code: the id of a unit, and of a member of its staff.
    """
    made = _Maker(keys, units, cases, now)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        indexes = [index for table in _TABLES for index in table.indexes]
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        for index in indexes:
            cursor.execute(str(DropIndex(index).compile(dialect=dialect)).encode())
        rows = made.cases()
        done = 0
        while batch := list(islice(rows, _BATCH)):
            for name, columns, lines in _sorted(batch):
                with cursor.copy(f'COPY "{name}" ({", ".join(columns)}) FROM STDIN'.encode()) as copy:
                    copy.write("".join(lines).encode())
            done += len(batch)
            if done % 200_000 < _BATCH:
                report(f"{done} cases")
        report("indexes")
        for index in indexes:
            cursor.execute(str(CreateIndex(index).compile(dialect=dialect)).encode())
        for table in _TABLES:
            key = next(iter(table.primary_key.columns)).name
            highest = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), (SELECT coalesce(max({}), 1) FROM {}))")
            quoted = sql.Identifier(table.name)
            cursor.execute(highest.format(f'"{table.name}"', key, sql.Identifier(key), quoted))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM (ANALYZE)")


def _sorted(batch: Sequence[_Lines]) -> Iterator[tuple[str, Sequence[str], list[str]]]:
    yield from (
        _completed("case", CASE, [one.case for one in batch]),
        _completed("case_event", EVENT, [line for one in batch for line in one.events]),
        _completed("clock", CLOCK, [line for one in batch for line in one.clocks]),
        _completed("document", PAPER, [line for one in batch for line in one.papers]),
        _completed("notice", NOTICE, [line for one in batch for line in one.notices]),
    )


def _completed(name: str, columns: Sequence[str], lines: list[str]) -> tuple[str, Sequence[str], list[str]]:
    """With the columns that may not be empty and play no part here, at their defaults."""
    more, tail = _others(name, tuple(columns))
    return name, (*columns, *more), [f"{line[:-1]}{tail}\n" for line in lines] if more else lines


@cache
def _others(name: str, columns: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    table = Base.metadata.tables[name]
    needed = [column for column in table.columns if not column.nullable and column.name not in columns]
    values = []
    for column in needed:
        given = getattr(column.default, "arg", "")
        if isinstance(given, bool):
            values.append("t" if given else "f")
        else:
            values.append("{}" if callable(given) else str(given))
    return tuple(column.name for column in needed), "".join(f"\t{value}" for value in values)


class _Lines:
    """What one case becomes, as lines of COPY."""

    __slots__ = ("case", "clocks", "events", "notices", "papers")

    def __init__(self) -> None:
        self.case = ""
        self.events: list[str] = []
        self.clocks: list[str] = []
        self.papers: list[str] = []
        self.notices: list[str] = []


class _Maker:
    def __init__(self, keys: KeyRing, units: dict[str, tuple[int, int]], cases: int, now: datetime) -> None:
        self._chance = random.Random(20261120)  # noqa: S311  # invented cases, the same each time
        self._units = units
        self._cases = cases
        self._now = now
        self._keys = keys
        self._names = [(name[0] + "**", keys.name_index(name)) for name in names()]
        places = [(place.code, place.name) for place in PLACES]
        places += [(code, f"示例省{code[:2]} 示例市{code[2:4]} 示例县{code[4:]}") for code in _COUNTIES]
        self._places = places
        self._weights = [12] * len(PLACES) + [1] * len(_COUNTIES)
        self._ids = {"event": 0, "clock": 0, "paper": 0, "notice": 0}
        self._home = next(iter(units.values()))

    def cases(self) -> Iterator[_Lines]:
        """All of them, in order of arrival."""
        step = timedelta(days=180) / self._cases
        at = self._now - timedelta(days=180)
        items = self._chance.choices(ITEMS, [item[4] for item in ITEMS], k=self._cases)
        receiving = self._chance.choices(self._places, self._weights, k=self._cases)
        handling = self._chance.choices(self._places, self._weights, k=self._cases)
        for seq in range(1, self._cases + 1):
            at += step
            yield self._case(seq, at, items[seq - 1], receiving[seq - 1], handling[seq - 1])

    def _next(self, what: str) -> int:
        self._ids[what] += 1
        return self._ids[what]

    def _case(
        self,
        seq: int,
        at: datetime,
        item: tuple[str, str, str, str, int],
        here: tuple[str, str],
        there: tuple[str, str],
    ) -> _Lines:
        chance, lines = self._chance, _Lines()
        item_id, item_name, sector, mode, _ = item
        times: dict[str, str] = {}
        stamp = _stamp(at)
        state, moment = "SUBMITTED", at
        at_home, at_theirs = self._units.get(here[0], self._home), self._units.get(there[0], self._home)
        self._event(lines, seq, stamp, "submit", "DRAFT", state, None)
        aside = chance.random()
        path = _PATHS[mode]
        leave = chance.randrange(1, len(path) - 4) if aside < 0.08 else -1
        for number, (event, target, hours) in enumerate(path):
            if number == leave:
                event, target = chance.choice(tuple(_ASIDE.items()))
            moment += timedelta(hours=chance.expovariate(1 / hours))
            if moment > self._now or chance.random() < 0.002:  # some lie about: they become overdue
                break
            stamp = _stamp(moment)
            self._event(lines, seq, stamp, event, state, target, at_home if event in _HERE else at_theirs)
            times.setdefault("opened_at", stamp)
            if target in _TIME_OF:
                times[_TIME_OF[target]] = stamp
            state = target
            if number == leave:
                break
        due = self._clocks(lines, seq, state, at, times)
        self._papers(lines, seq, times, at_home)
        name = self._names[chance.randrange(len(self._names))]
        born = f"{chance.randrange(1950, 2008)}"
        lines.case = "\t".join(
            (
                str(seq), f"{chance.getrandbits(128):032x}", f"{here[0]}-{at:%Y%m%d}-{seq:06d}",
                f"{here[0]}{seq % 20:03d}{seq:09d}", f"{chance.getrandbits(40):08X}"[:8],
                f"{chance.randrange(600_000):064x}", name[1], name[0], f"199900{born[:2]}******{chance.randrange(10000):04d}",
                f"T{here[0]}-{seq % 20:02d}", "kiosk", here[0], here[1], there[0], there[1], item_id, item_name, sector,
                "2026-11-20", mode, "cross_province" if here[0][:2] != there[0][:2] else "province", "wushen", state,
                str(len(lines.events)), "electronic" if mode == "full_online" else "pickup_at_desk", "f",
                "t" if chance.random() < 0.1 else "f", "f", str(chance.randrange(2, 7)), str(chance.randrange(2, 14)),
                _stamp(at), stamp, times.get("opened_at", _NULL), times.get("collected_at", _NULL),
                times.get("transferred_at", _NULL), times.get("arrived_at", _NULL), times.get("accepted_at", _NULL),
                times.get("decided_at", _NULL), times.get("delivered_at", _NULL), times.get("archived_at", _NULL),
                stamp if state in _ENDED else _NULL, *due,
                "0", str(at_home[0]), _NULL, "none", "none", "none", "unchecked", "none", "none", "none",
            )
        ) + "\n"  # fmt: skip
        return lines

    def _event(
        self, lines: _Lines, seq: int, stamp: str, event: str, source: str, target: str, by: tuple[int, int] | None
    ) -> None:
        unit, user = (_NULL, _NULL) if by is None else (str(by[0]), str(by[1]))
        actor = "applicant" if by is None else "receiving_desk"
        number = self._next("event")
        lines.events.append(f"{number}\t{seq}\t{stamp}\t{event}\t{source}\t{target}\t{actor}\t{unit}\t{user}\t{{}}\n")
        if event in ("submit", "collect", "accept", "approve", "issue_result"):
            notice = self._next("notice")
            lines.notices.append(f"{notice}\t{seq}\tN1\tsms\t{{}}\tsent\t{stamp}\t1\t{stamp}\tdemo\t\n")

    def _clocks(
        self, lines: _Lines, seq: int, state: str, at: datetime, times: dict[str, str]
    ) -> tuple[str, str, str, str]:
        """Writes C8 and, once accepted, C4; returns what the case says of the one that runs."""
        opened = times.get("opened_at")
        warn, due = _stamp(at + timedelta(hours=6)), _stamp(at + timedelta(days=1))
        lines.clocks.append(f"{self._next('clock')}\t{seq}\tC8\t{_stamp(at)}\t{warn}\t{due}\t{opened or _NULL}\tf\t\n")
        running = (_NULL, _NULL, _NULL) if opened else ("C8", warn, due)
        promise = _NULL
        if accepted := times.get("accepted_at"):
            begun = datetime.fromisoformat(accepted)
            promise, warn = _stamp(begun + timedelta(days=15)), _stamp(begun + timedelta(days=12))
            ended = times.get("decided_at") or (_stamp(begun) if state in _ENDED else None)
            stopped = ended or _NULL
            lines.clocks.append(f"{self._next('clock')}\t{seq}\tC4\t{accepted}\t{warn}\t{promise}\t{stopped}\tf\t\n")
            running = (_NULL, _NULL, _NULL) if ended else ("C4", warn, promise)
        return (promise, *running)

    def _papers(self, lines: _Lines, seq: int, times: dict[str, str], by: tuple[int, int]) -> None:
        for kind, mark, when in (
            ("collection_notice", "收", times.get("collected_at")),
            ("acceptance_receipt", "受", times.get("accepted_at")),
        ):
            if when:
                number = f"示例政服{mark}〔2026〕{seq:07d}号"
                code, paper = f"{self._chance.getrandbits(80):020X}", self._next("paper")
                lines.papers.append(
                    f"{paper}\t{seq}\t{kind}\t{number}\t{code}\t{by[0]}\t{by[1]}\t{when}\t\\\\x{'00' * 600}\t\n"
                )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
