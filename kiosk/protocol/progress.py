"""How cases stand.

Terminals refuse answers with fields they do not know, so an answer may grow only for those who ask for it: the query
says which version of the answer it understands, and gets the highest that both sides know. Without it: version 1.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from kiosk.protocol.application import Mode
from kiosk.protocol.model import Message
from kiosk.protocol.proof import Proof
from kiosk.protocol.states import State


class ProgressQuery(Proof):
    """Body of `POST /api/v1/progress`: slip number with query code, or a card token."""

    understands: Literal[1, 2] | None = None
    """Version of the answer; absent: 1."""


class Progress(Message):
    """How one case stands. No name, no identity number, no phone, no address."""

    case_number: str
    slip_number: str
    item_name: str
    receiving_place: str
    handling_place: str
    state: State
    text_zh: str
    text_en: str
    received_at: AwareDatetime
    updated_at: AwareDatetime


class ProgressAnswer(Message):
    """Answer of `POST /api/v1/progress`, newest case first. Empty: nothing is known under what was asked."""

    applications: tuple[Progress, ...]


class Due(Message):
    """Something that happens by a certain time."""

    clock: str
    """C3 supplement, C4 promised decision, C6 delivery (docs/protocol.md)."""
    text_zh: str
    text_en: str
    due_at: AwareDatetime
    standing: Literal["running", "warning", "overdue"]


class Missing(Message):
    """One line of the one-time notice (一次性告知书), in full (R023)."""

    material: str
    """Code of the material; empty when it is about something else."""
    subject: str
    what: str
    basis: str
    remedy: str
    tolerable: bool
    """可容缺: it may come later."""


class WaybillNode(Message):
    """Where a parcel was. The carrier's own text is left out: it may name people."""

    at: AwareDatetime
    state: str
    text_zh: str
    text_en: str


class Waybill(Message):
    """A parcel of the case."""

    direction: str
    """to_handling, result_to_applicant, result_to_desk, return_to_applicant."""
    carrier: str
    waybill: str | None
    state: str
    """to_send, sent, delivered, exception."""
    nodes: tuple[WaybillNode, ...]


class AvailableDocument(Message):
    """A document that can be read and printed (`POST /api/v1/documents/query`)."""

    number: str
    kind: str
    name_zh: str
    name_en: str
    issued_at: AwareDatetime


class PlaceStanding(Message):
    """One of several handling places."""

    place: str
    state: State
    text_zh: str
    text_en: str


class FullProgress(Progress):
    """Version 2: besides, what is due, what is missing, what is on its way, and what the citizen may do now."""

    mode: Mode
    deadlines: tuple[Due, ...]
    missing: tuple[Missing, ...]
    """Of the last one-time notice, while the case waits for a supplement."""
    waybills: tuple[Waybill, ...]
    documents: tuple[AvailableDocument, ...]
    places: tuple[PlaceStanding, ...]
    """Empty unless several places handle it."""
    withdrawal: Literal["none", "requested", "confirmed", "refused"]
    may_supplement: bool
    may_withdraw: bool
    may_rate: bool


class FullProgressAnswer(Message):
    """Version 2 of the answer."""

    version: Literal[2] = 2
    applications: tuple[FullProgress, ...]
