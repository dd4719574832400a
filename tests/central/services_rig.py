"""Cases for the tests of notices and services: really sealed, stored without the way through intake."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.who import Who, staff
from central.keys import KeyRing
from central.store.database import Database
from central.store.models import Base, Case, Submission, User
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import seal
from kiosk.protocol.slip_number import query_code
from tests.central.rig import application_of, number, photo

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Friday 10:00 in China, a working day."""
_COUNTER = itertools.count(1)


def application(persona: str = "wang", **changes: Any) -> Application:
    """An application, changed: `phone`, `applicant`, `delivery` …"""
    made, _ = application_of(persona, number(next(_COUNTER)), [photo(400)], key=uuid4())
    return made.model_copy(update=changes)


def stored(session: Session, keys: KeyRing, made: Application, **columns: Any) -> Case:
    """`made` as a case in the database; `columns` outweigh what it would get by itself."""
    photos = [photo(400)]
    envelope = seal(made, {made.files()[0].sha256: photos[0]}, keys.published.key())
    values: dict[str, Any] = {
        "application_id": str(made.application_id),
        "case_number": f"{made.receiving_region.code}-20261120-{next(_COUNTER):06d}",
        "slip_number": made.slip_number,
        "query_code": query_code(made.application_id),
        "applicant_index": keys.applicant_index(made.applicant.id_number),
        "name_index": keys.name_index(made.applicant.name),
        "applicant_masked": f"{made.applicant.name[:1]}**",
        "id_masked": "150626********0012",
        "terminal_id": made.terminal_id,
        "receiving_code": made.receiving_region.code,
        "receiving_name": made.receiving_region.name,
        "handling_code": made.handling_region.code,
        "handling_name": made.handling_region.name,
        "item_id": made.item.id,
        "item_name": made.item.name,
        "catalogue_version": made.item.catalogue_version,
        "mode": "collect_and_forward",
        "scope": made.scope,
        "profile": "wushen",
        "state": "INTAKE_REVIEW",
        "delivery": made.delivery.method.value,
        "notify_by_phone": made.notify_by_phone,
        "received_at": NOW,
        "updated_at": NOW,
        **columns,
    }
    case = Case(**values)
    session.add(case)
    session.flush()
    session.add(
        Submission(
            application_id=case.application_id,
            case_seq=case.seq,
            number=0,
            fingerprint="0" * 64,
            answer="{}",
            manifest=envelope.manifest.model_dump_json(),
            sealed=envelope.parts["application"],
            received_at=NOW,
        )
    )
    session.flush()
    return case


def who(session: Session, login: str) -> Who:
    """The member of staff called `login` (see `tests.central.desk.people`)."""
    return staff(session.scalars(select(User).where(User.login == login)).one())


def wipe(database: Database) -> None:
    """Forget everything but units, staff, grants and contacts."""
    kept = {"unit", "staff", "grant", "contact"}
    with database.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in kept:
                session.execute(table.delete())
