"""Making cases of verified submissions, many in one transaction: one statement per table, however many they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnDefault, Table, func, insert, select
from sqlalchemy.orm import Session

from central.agreements.known import agreed, known
from central.casework import beginning, helping, spared
from central.casework.clocks import Setting
from central.casework.office import Office
from central.casework.profiles import DEFAULT
from central.enclosed import taken
from central.keys import KeyRing
from central.masking import mask_identity, mask_name
from central.notify import notices
from central.refusal import Refusal
from central.store.models import Case, CaseEvent, CaseFile, Clock, SubCase, Submission, Unit
from central.times import CHINA
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import SubmissionReceipt
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.slip_number import query_code

ELDERLY = 60
"""Years from which the green lane is open (R091)."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission that was opened and found to be what it says."""

    manifest: Manifest
    fingerprint: str
    sealed: bytes = field(repr=False)
    application: Application = field(repr=False)
    files: tuple[CaseFile, ...] = ()


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _defaults(model: Any) -> Row:
    """Every column with what stands in it when nothing else is said, so that all rows have the same columns."""
    return {
        column.name: column.default.arg
        if isinstance(column.default, ColumnDefault) and column.default.is_scalar
        else None
        for column in _table(model).columns
        if not (column.primary_key and column.autoincrement is True)
    }


_CASE = _defaults(Case)


class NewCases:
    """Stores what `central.intake` verified; the work of its group writer."""

    def __init__(self, keys: KeyRing, office: Office, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._office = office
        self._now = now

    def store(self, session: Session, group: Sequence[Accepted]) -> list[str | Exception]:
        """A receipt for each, in order: the earlier one for a repetition; or the refusal of a key that was reused."""
        earlier = _earlier(session, group)
        fresh = [one for one in group if str(one.manifest.application_id) not in earlier]
        receipts = self._insert(session, fresh) if fresh else {}
        return [_answer(one, earlier, receipts) for one in group]

    def _insert(self, session: Session, group: Sequence[Accepted]) -> dict[str, str]:
        at = self._now()
        halls = _halls(session, {one.application.receiving_region.code for one in group})
        numbers = _numbers(session, len(group))
        tables: dict[Table, list[Row]] = {
            _table(model): [] for model in (Case, Submission, CaseFile, SubCase, Clock, CaseEvent)
        }
        receipts: dict[str, str] = {}
        calendar, profiles = self._office.calendar(session), self._office.profiles(session)
        agreements = known(session)
        for one, seq in zip(group, numbers, strict=True):
            hall = halls.get(one.application.receiving_region.code)
            profile = hall.profile if hall is not None else DEFAULT
            item = self._office.item(session, one.application.item.id, one.application.item.catalogue_version)
            setting = Setting(calendar, profiles.get(profile), item)
            began = beginning.begin(one.application, setting, at)
            case = {
                **_CASE,
                **self._case(one.application, seq, at),
                "agreed": agreed(agreements, one.application, item.national, at),
                "profile": profile,
                "first_contact_unit_id": hall.id if hall is not None else None,
                **began.case,
            }
            answer = _receipt(one, case)
            receipts[case["application_id"]] = answer
            clocks, events, sub_cases = began.rows(seq)
            tables[_table(Case)].append(case)
            tables[_table(Submission)].append(_submission(one, seq, answer, at))
            tables[_table(CaseFile)].extend(_file(file, seq) for file in one.files)
            tables[_table(SubCase)].extend(sub_cases)
            tables[_table(Clock)].extend(clocks)
            tables[_table(CaseEvent)].extend(events)
        connection = session.connection()
        for table, rows in tables.items():
            if rows:
                connection.execute(insert(table), rows)
        taken(session, [file["sealed_sha256"] for file in tables[_table(CaseFile)]])
        notices.arrived(session, tables[_table(Case)], at)
        return receipts

    def _case(self, application: Application, seq: int, at: datetime) -> Row:
        person, receiving, handling = application.applicant, application.receiving_region, application.handling_region
        name = person.name or person.english_name
        pickup = application.delivery.pickup
        if pickup is not None and pickup.code == receiving.code:
            pickup = None
        return {
            "seq": seq,
            "application_id": str(application.application_id),
            # Unique by the sequence alone; region and date are there for people.
            "case_number": f"{receiving.code}-{at.astimezone(CHINA):%Y%m%d}-{seq:06d}",
            "slip_number": application.slip_number,
            "query_code": query_code(application.application_id),
            "applicant_index": self._keys.applicant_index(person.id_number),
            "name_index": self._keys.name_index(name),
            "applicant_masked": mask_name(name),
            "id_masked": mask_identity(person.id_number),
            "terminal_id": application.terminal_id,
            "channel": application.channel.value,
            "assisted_by": "" if application.assisted_by is None else helping.who_helped(application.assisted_by),
            "receiving_code": receiving.code,
            "receiving_name": receiving.name,
            "handling_code": handling.code,
            "handling_name": handling.name,
            "item_id": application.item.id,
            "item_name": application.item.name,
            "catalogue_version": application.item.catalogue_version,
            "mode": application.mode.value,
            "scope": application.scope,
            "delivery": application.delivery.method.value,
            "pickup_code": "" if pickup is None else pickup.code,
            "pickup_name": "" if pickup is None else pickup.name,
            "notify_by_phone": application.notify_by_phone,
            "green_lane": is_elderly(person.birth_date, at.astimezone(CHINA).date()),
            "materials": len(application.materials),
            "materials_saved": len(spared.among(application.materials)),
            "pages": sum(len(material.pages) for material in application.materials),
            "received_at": at,
            "updated_at": at,
        }


def is_elderly(born: date | None, today: date) -> bool:
    """Has somebody born on this day completed `ELDERLY` years? Not known: no."""
    if born is None:
        return False
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= ELDERLY


def _earlier(session: Session, group: Sequence[Accepted]) -> dict[str, tuple[str, str]]:
    keys = [str(one.manifest.application_id) for one in group]
    columns = select(Submission.application_id, Submission.fingerprint, Submission.answer)
    found = session.connection().execute(columns.where(Submission.application_id.in_(keys)))
    return {row.application_id: (row.fingerprint, row.answer) for row in found}


def _answer(one: Accepted, earlier: Mapping[str, tuple[str, str]], receipts: Mapping[str, str]) -> str | Exception:
    key = str(one.manifest.application_id)
    if key in receipts:
        return receipts[key]
    fingerprint, answer = earlier[key]
    return answer if fingerprint == one.fingerprint else Refusal(ProblemType.IDEMPOTENCY_KEY_REUSED)


def _halls(session: Session, regions: Iterable[str]) -> dict[str, Any]:
    """The hall of each place, the one recorded first."""
    halls = select(Unit.region_code, Unit.id, Unit.profile).where(
        Unit.region_code.in_(list(regions)), Unit.kind == "hall", Unit.active
    )
    return {row.region_code: row for row in session.connection().execute(halls.order_by(Unit.id.desc()))}


def _numbers(session: Session, count: int) -> list[int]:
    """The sequence numbers of `count` new cases. On SQLite nobody else writes meanwhile."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        numbers = select(func.nextval("case_seq_seq")).select_from(func.generate_series(1, count).alias())
        return list(connection.execute(numbers).scalars())
    last = connection.execute(select(func.max(Case.seq))).scalar() or 0
    return list(range(last + 1, last + 1 + count))


def _receipt(one: Accepted, case: Mapping[str, Any]) -> str:
    return SubmissionReceipt(
        application_id=one.manifest.application_id,
        slip_number=one.manifest.slip_number,
        case_number=case["case_number"],
        received_at=case["received_at"],
    ).model_dump_json()


def _submission(one: Accepted, seq: int, answer: str, at: datetime) -> Row:
    return {
        "application_id": str(one.manifest.application_id),
        "case_seq": seq,
        "number": 0,
        "fingerprint": one.fingerprint,
        "answer": answer,
        "manifest": one.manifest.model_dump_json(),
        "sealed": one.sealed,
        "received_at": at,
    }


def _file(file: CaseFile, seq: int) -> Row:
    return {
        "case_seq": seq,
        "application_id": file.application_id,
        "part_name": file.part_name,
        "sealed_sha256": file.sealed_sha256,
        "plain_sha256": file.plain_sha256,
        "plain_size": file.plain_size,
    }
