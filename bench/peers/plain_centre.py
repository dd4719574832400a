"""The plain recipe for a centre: FastAPI, a synchronous endpoint, one SQLAlchemy ORM session and one commit per request.

It validates, opens and records exactly what `central` does (the same functions, the same rows); what differs is the way
requests, sessions and commits are arranged, as the tutorials of FastAPI and SQLAlchemy have it.

    python -m bench.peers.plain_centre DATA_FOLDER DATABASE_URL     prints `ready http://…`
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session

from central import keys as key_files
from central.casework.profiles import DEFAULT
from central.casework.service import Casework
from central.centre import utc_now
from central.documents.issue import DocumentIssuer
from central.keys import KeyRing
from central.masking import mask_identity, mask_name
from central.new_cases import is_elderly
from central.notify.notices import Notices
from central.opening import open_application, parse_application
from central.serving import Server, listen
from central.store.models import Case, Unit
from central.store.models import Submission as Row
from central.times import CHINA
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import Submission, SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.slip_number import query_code


def plain_engine(url: str) -> Engine:
    """An engine with SQLAlchemy's own pool; SQLite as durable as ours (WAL, synchronous=FULL), and patient."""
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, module=sqlite, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        for statement in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {statement}")

    return engine


def plain_centre(keys: KeyRing, engine: Engine) -> FastAPI:
    """The application."""
    app = FastAPI()
    casework = Casework(None, keys, DocumentIssuer(keys, "http://127.0.0.1"), Notices(), utc_now)  # type: ignore[arg-type]

    @app.post("/api/v1/applications", status_code=201)
    def submit(submission: Submission, idempotency_key: Annotated[str, Header()]) -> SubmissionReceipt:
        manifest = submission.manifest
        if idempotency_key != f'"{manifest.application_id}"':
            raise HTTPException(400)
        sealed = base64.b64decode(submission.sealed_application, validate=True)
        if sha256_hex(sealed) != manifest.application.sha256:
            raise HTTPException(422)
        fingerprint = sha256_hex(manifest.model_dump_json().encode())
        with Session(engine) as session:
            earlier = session.get(Row, str(manifest.application_id))
            if earlier is not None:
                if earlier.fingerprint != fingerprint:
                    raise HTTPException(422)
                return SubmissionReceipt.model_validate_json(earlier.answer)
            plain = open_application(keys, manifest, sealed)
            application = parse_application(plain, manifest.application_id, manifest.slip_number)
            case = _case(keys, session, application)
            session.add(case)
            session.flush()
            day = case.received_at.astimezone(CHINA)
            case.case_number = f"{case.receiving_code}-{day:%Y%m%d}-{case.seq:06d}"
            casework.begin(session, case, application)
            receipt = SubmissionReceipt(
                application_id=manifest.application_id,
                slip_number=manifest.slip_number,
                case_number=case.case_number,
                received_at=case.received_at,
            )
            session.add(_row(manifest, fingerprint, sealed, case, receipt))
            session.commit()
        return receipt

    return app


def _case(keys: KeyRing, session: Session, application: Application) -> Case:
    now, person = utc_now(), application.applicant
    hall = session.scalar(
        select(Unit).where(Unit.region_code == application.receiving_region.code, Unit.kind == "hall", Unit.active)
    )
    return Case(
        application_id=str(application.application_id),
        case_number=str(application.application_id),  # until the row has its sequence number
        slip_number=application.slip_number,
        query_code=query_code(application.application_id),
        applicant_index=keys.applicant_index(person.id_number),
        name_index=keys.name_index(person.name),
        applicant_masked=mask_name(person.name),
        id_masked=mask_identity(person.id_number),
        terminal_id=application.terminal_id,
        receiving_code=application.receiving_region.code,
        receiving_name=application.receiving_region.name,
        handling_code=application.handling_region.code,
        handling_name=application.handling_region.name,
        item_id=application.item.id,
        item_name=application.item.name,
        catalogue_version=application.item.catalogue_version,
        mode=application.mode.value,
        scope=application.scope,
        profile=hall.profile if hall is not None else DEFAULT,
        state="SUBMITTED",
        delivery=application.delivery.method.value,
        notify_by_phone=application.notify_by_phone,
        green_lane=is_elderly(person.birth_date, now.astimezone(CHINA).date()),
        materials=len(application.materials),
        pages=sum(len(material.pages) for material in application.materials),
        received_at=now,
        updated_at=now,
        first_contact_unit_id=hall.id if hall is not None else None,
    )


def _row(manifest: Manifest, fingerprint: str, sealed: bytes, case: Case, receipt: SubmissionReceipt) -> Row:
    return Row(
        application_id=str(manifest.application_id),
        case_seq=case.seq,
        fingerprint=fingerprint,
        answer=receipt.model_dump_json(),
        manifest=manifest.model_dump_json(),
        sealed=sealed,
        received_at=case.received_at,
    )


def main() -> None:
    """Serve."""
    keys = key_files.load(Path(sys.argv[1]) / "keys")
    app = plain_centre(keys, plain_engine(sys.argv[2]))
    Server(app, lambda url: print(f"ready {url}", flush=True)).run(sockets=[listen("127.0.0.1", 0)])


if __name__ == "__main__":
    main()
