"""For an existing platform of a province: what changed here, and what it decided there.

Nothing in these messages is about a person: case numbers, places, states, times (R093: the least that does the job).
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from kiosk.protocol.model import CaseNumber, Code, Line, Message, RegionCode
from kiosk.protocol.states import State


class Change(Message):
    """A case went from one state to another."""

    position: int
    """Ask next with `after` this one. Changes may come twice: the position tells."""
    case_number: str
    slip_number: str
    item_id: str
    item_name: str
    mode: str
    channel: str
    receiving_code: str
    handling_code: str
    place_code: str | None
    """Of several handling places, the one whose part changed; None: the case as a whole."""
    event: str
    source: str
    target: State
    text_zh: str
    at: AwareDatetime


class Feed(Message):
    """Answer of `GET /api/v1/feed`, oldest first."""

    changes: tuple[Change, ...]
    next_after: int
    """`after` of the next question."""
    more: bool
    """There is more at once; else ask again later."""


class ResultFeedback(Message):
    """Body of `POST /api/v1/results`: what people decided in another system. It is shown to the staff of the handling
    place, who confirm it with an act of their own: no machine decides here. `request_id` is the idempotency key.
    """

    request_id: UUID
    case_number: CaseNumber
    region_code: RegionCode
    """The handling place that decided."""
    outcome: Literal["accepted", "not_accepted", "approved", "rejected", "issued"]
    number: Line = ""
    """Of the decision or the licence."""
    decided_on: date
    department: Line
    system: Code
    """Name of the other system."""


class ResultReceipt(Message):
    """Answer to a result feedback."""

    request_id: UUID
    case_number: CaseNumber
    received_at: AwareDatetime
