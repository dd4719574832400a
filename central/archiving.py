"""归档: a finished case as one package, handed to the electronic archive (R094). Asked for by a person, who then archives it.

The package is a ZIP: what was received, opened (`central.export`), the documents as PDF, the history, and `manifest.json`
with the digest of every file, after the manner of METS.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from central import casehistory
from central.casework import access
from central.casework.acts import Refused, Words
from central.casework.records import must_be, write
from central.casework.terms import Actor
from central.casework.who import Who
from central.centre import CentreParts
from central.documents.papers import papers_of
from central.export import contents
from central.notify.provider import ProviderError
from central.opening import CannotOpen
from central.services.archive import Package
from central.store.models import Case, Deposit, Document
from central.vault import CannotUnseal
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.states import State

PROFILE = "tongban-archive/1"
EVENT = "deposited"
"""In the ledger."""
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every entry: times stand in the history, not in the packing."""


def deposit(centre: CentreParts, who: Who, case_number: str) -> str:
    """Hand the case in; returns its archive number, empty while the archive has given none.

    Raises:
        Refused: nothing was handed in, or nobody knows whether it was: asking again does no harm.
    """
    archive, office = centre.archive, centre.casework.office
    with centre.database.reading() as session:
        case = _completed(session, who, case_number)
        must_be(office, session, case, who, Actor.HANDLING_DEPT)
    if archive is None:
        raise Refused("no_archive", Words("本中心没有接入电子档案系统", "This centre is connected to no archive"))
    try:
        package = make(centre, case)
        number = archive.deposit(package)
    except (CannotOpen, CannotUnseal):
        raise Refused(
            "cannot_open", Words("提交的内容无法打开，没有移交", "What was submitted cannot be opened")
        ) from None
    except (ProviderError, OSError):
        raise Refused(
            "archive_away",
            Words(
                "电子档案系统没有收下，办件没有变化。可以稍后再试，或手工填写归档号",
                "The archive did not take it; the case is as it was. Try again later, or enter a number by hand",
            ),
        ) from None
    with centre.database.writing() as session:
        case = _completed(session, who, case_number)
        user_id, _ = must_be(office, session, case, who, Actor.HANDLING_DEPT)
        session.add(
            Deposit(
                case_seq=case.seq,
                at=centre.now(),
                sha256=package.sha256,
                size=len(package.data),
                archive_number=number,
                user_id=user_id,
            )
        )
        write(office, session, case, who, EVENT, {"number": number, "sha256": package.sha256})
    return number


def number_given(session: Session, case: Case) -> str:
    """The number that the archive gave last; empty: none."""
    rows = select(Deposit.archive_number).where(Deposit.case_seq == case.seq).order_by(Deposit.id.desc())
    return session.scalar(rows.limit(1)) or ""


def make(centre: CentreParts, case: Case) -> Package:
    """The package of a case.

    Raises:
        CannotOpen, CannotUnseal, OSError
    """
    files = dict(_files(centre, case))
    listed = [{"path": path, "sha256": sha256_hex(data), "size": len(data)} for path, data in files.items()]
    manifest = {"profile": PROFILE, "case": _case(case), "files": listed}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path, data in {"manifest.json": _json(manifest), **files}.items():
            package.writestr(zipfile.ZipInfo(path, _NO_TIME), data, zipfile.ZIP_DEFLATED)
    return Package(case.case_number, sha256_hex(out.getvalue()), out.getvalue())


def _completed(session: Session, who: Who, case_number: str) -> Case:
    case = access.find(session, who, case_number)
    if case is None:
        raise Refused("not_found", Words("没有这一办件，或您无权查看", "There is no such case, or you may not see it"))
    if case.state != State.COMPLETED:
        raise Refused("illegal", Words("办结以后才能归档", "A case is archived after its completion"))
    return case


def _files(centre: CentreParts, case: Case) -> Iterator[tuple[str, bytes]]:
    yield from contents(centre, case.seq)
    papers = papers_of(centre)
    with centre.database.reading() as session:
        issued = select(Document).where(Document.case_seq == case.seq, Document.voided_at.is_(None))
        documents = session.scalars(issued.order_by(Document.id)).all()
        history = casehistory.read_history(session, centre.keys.vault, case)
    for number, document in enumerate(documents, start=1):
        yield f"documents/{number:02d}-{document.kind}.pdf", papers.pdf(document).data
    lines = [
        {
            "at": line.at.isoformat(),
            "what": line.what.zh,
            "who": line.who.zh,
            "unit": line.unit,
            "state": line.target,
            "reason": line.reason,
            "basis": line.basis,
            "document": line.document,
            "note": "" if line.note is None else line.note.zh,
        }
        for line in reversed(history)
    ]
    yield "history.json", _json(lines)


def _case(case: Case) -> Mapping[str, object]:
    return {
        "number": case.case_number,
        "slip_number": case.slip_number,
        "item": case.item_id,
        "item_name": case.item_name,
        "catalogue_version": case.catalogue_version,
        "mode": case.mode,
        "receiving": case.receiving_code,
        "handling": case.handling_code,
        "submitted_at": case.received_at.isoformat(),
        "decided_at": None if case.decided_at is None else case.decided_at.isoformat(),
        "completed_at": None if case.delivered_at is None else case.delivered_at.isoformat(),
    }


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
