"""Numbers of documents: 乌审政服收〔2026〕00023号.

Unit's short name, kind word, year (as counted in China), running number: one series for each short name
(units that share one share it), kind and year, without gaps, never used twice. A voided document keeps its number.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from central.casework.terms import DocumentKind
from central.store.models import Unit
from central.times import CHINA
from kiosk.protocol.slip_number import ALPHABET

KIND_WORDS: dict[DocumentKind, str] = {
    DocumentKind.COLLECTION_NOTICE: "收",
    DocumentKind.ACCEPTANCE_RECEIPT: "受",
    DocumentKind.ONE_TIME_NOTICE: "补",
    DocumentKind.NOT_ACCEPT_NOTICE: "不受",
    DocumentKind.REJECTION_NOTICE: "不批",
    DocumentKind.WITHDRAWAL_CONFIRMATION: "撤",
    DocumentKind.MATERIAL_HANDOVER_LIST: "交",
    DocumentKind.MAILING_LABEL: "寄",
    DocumentKind.DECISION: "决",
}
"""文书代字 of every numbered kind. The slip has the terminal's own number."""

_NEXT = text(
    "INSERT INTO number_series (short_name, kind, year, last) VALUES (:unit, :kind, :year, 1) "
    "ON CONFLICT (short_name, kind, year) DO UPDATE SET last = number_series.last + 1 RETURNING last"
)
"""The row stays locked until the caller's transaction ends: a second clerk waits, and a rolled-back act leaves no gap."""

CHECK_CODE_LENGTH = 16
"""80 bits: nobody guesses a document into being."""


def next_number(session: Session, unit: Unit, kind: DocumentKind, at: datetime) -> str:
    """The next number of `unit` for `kind`, allocated in the caller's transaction."""
    year = at.astimezone(CHINA).year
    running = session.execute(_NEXT, {"unit": unit.short_name, "kind": kind.value, "year": year}).scalar_one()
    return f"{unit.short_name}{KIND_WORDS[kind]}〔{year}〕{running:05d}号"


def new_check_code() -> str:
    """A random code of letters and digits that are not mistaken for each other."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CHECK_CODE_LENGTH))
