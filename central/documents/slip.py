"""申报凭条 again at the desk (补打), as the terminal prints it: masked, without a seal, neither collection nor acceptance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from central.agreements.known import scope_words
from central.casework import lifecycle
from central.documents.casefacts import hall
from central.documents.pdf import narrow_pdf
from central.store.models import Case, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFacts:
    """What the slip says. Everything about the person is masked already."""

    scope: str
    item_name: str
    mode: str
    handling_place: str
    applicant: str
    number: str
    slip_number: str
    query_code: str
    query_url: str
    case_number: str
    terminal_id: str
    submitted_at: datetime
    materials: int
    pages: int
    first_contact: str
    first_contact_phone: str


def slip_of(session: Session, case: Case, public_url: str) -> SlipFacts:
    """The slip of a case."""
    known = session.get(Unit, case.first_contact_unit_id) if case.first_contact_unit_id is not None else None
    unit = known or hall(session, case.receiving_code)
    return SlipFacts(
        scope=scope_words(session, case).zh,
        item_name=case.item_name,
        mode=lifecycle.load().flow(case.mode).words.zh,
        handling_place=case.handling_name,
        applicant=case.applicant_masked,
        number=case.id_masked,
        slip_number=case.slip_number,
        query_code=case.query_code,
        query_url=query_link(public_url, case.slip_number, case.query_code),
        case_number=case.case_number,
        terminal_id=case.terminal_id,
        submitted_at=case.received_at,
        materials=case.materials,
        pages=case.pages,
        first_contact=unit.name if unit else case.receiving_name,
        first_contact_phone=unit.phone if unit else "",
    )


def slip_pdf(facts: SlipFacts) -> bytes:
    """80 mm wide."""
    return narrow_pdf("documents/submission_slip.html", facts)


def query_link(public_url: str, slip_number: str, query_code: str) -> str:
    """Where the QR code of a slip leads: `n` is the query code, `k` the slip number's last four digits."""
    return f"{public_url.rstrip('/')}/q?{urlencode({'n': query_code, 'k': slip_number[-4:]})}"
