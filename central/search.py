"""Finding cases by whatever somebody has in hand: numbers, a name, an identity number, an item. Only one's own place's,
and those whose result waits at one's window.

Names and identity numbers are searched by their keyed digests: whole and exact, for the centre keeps nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from central.casework import access
from central.casework.acts import Words
from central.casework.who import Who
from central.keys import KeyRing
from central.store.models import Case, Document, Shipment
from kiosk.protocol import slip_number

MOST = 50
LONGEST = 64

_CASE = re.compile(r"[0-9]{6}-[0-9]{8}-[0-9]{6,12}")
_IDENTITY = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}|[A-Za-z]{3}[0-9]{12}|[A-Za-z][0-9]{8,10}")
_WAYBILL = re.compile(r"[0-9A-Za-z]{8,24}")
_DOCUMENT = re.compile(r"(.+?)[〔\[（(【]([0-9]{4})[〕\]）)】](?:第)?([0-9]+)号?")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first, and as what the text was understood."""

    cases: tuple[Case, ...] = ()
    by: tuple[Words, ...] = ()
    more: bool = False
    """There are more than are shown."""


def search(session: Session, keys: KeyRing, who: Who, text: str, items: Callable[[str], Sequence[str]]) -> Found:
    """Cases that `text` stands for. `items` gives the ids of items whose name or id it may be."""
    text = text.strip()
    found: dict[int, Case] = {}
    by: list[Words] = []
    for words, condition in _readings(keys, text):
        rows = session.scalars(
            select(Case)
            .where(condition, or_(access.visible(who), access.waiting(who)))
            .order_by(Case.received_at.desc())
            .limit(MOST + 1)
        ).all()
        if rows:
            by.append(words)
            found |= {case.seq: case for case in rows}
    if not found and text:
        ids = items(text)
        rows = _of_items(session, who, ids) if ids else []
        if rows:
            by.append(Words("事项", "item"))
            found |= {case.seq: case for case in rows}
    cases = sorted(found.values(), key=lambda case: case.received_at, reverse=True)
    return Found(tuple(cases[:MOST]), tuple(by), len(cases) > MOST)


def _readings(keys: KeyRing, text: str) -> list[tuple[Words, ColumnElement[bool]]]:
    """Everything that the text may be. Each condition is answered from an index."""
    packed = re.sub(r"\s", "", text)
    readings: list[tuple[Words, ColumnElement[bool]]] = []
    if _CASE.fullmatch(packed):
        readings.append((Words("办件号", "case number"), Case.case_number == packed))
    with suppress(slip_number.InvalidSlipNumber):
        readings.append((Words("回执号", "slip number"), Case.slip_number == slip_number.checked(packed)))
    if _IDENTITY.fullmatch(packed):
        readings.append((Words("证件号", "ID number"), Case.applicant_index == keys.applicant_index(packed.upper())))
    if document := _DOCUMENT.fullmatch(packed):
        office, year, number = document.groups()
        written = f"{office}〔{year}〕{int(number):05d}号"
        of_document = select(Document.case_seq).where(Document.number == written)
        readings.append((Words("文书号", "document number"), Case.seq.in_(of_document)))
    if _WAYBILL.fullmatch(packed):
        of_waybill = select(Shipment.case_seq).where(Shipment.waybill == packed.upper())
        readings.append((Words("运单号", "waybill"), Case.seq.in_(of_waybill)))
    if len(packed) > 1 and not packed.isdigit() and not _DOCUMENT.fullmatch(packed):
        readings.append((Words("姓名", "name"), Case.name_index == keys.name_index(text)))
    return readings


def _of_items(session: Session, who: Who, ids: Sequence[str]) -> list[Case]:
    """The latest cases of some items: put together from the parts that an index answers each."""
    cases: list[Case] = []
    for share in access.shares(who):
        newest = select(Case).where(share, Case.item_id.in_(ids)).order_by(Case.received_at.desc()).limit(MOST + 1)
        cases += session.scalars(newest)
    return cases
