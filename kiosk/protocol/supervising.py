"""监管数据 (R105): what a supervising body's system is told, and nothing of it about a person.

Three streams, each with positions of its own: `steps` (what happened to cases, with every deadline as it stands),
`ratings` (each once, when it is given) and `measures` (what was done about bad ratings, and rectifications).
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from kiosk.protocol.model import Message


class Deadline(Message):
    """A clock of a case (C1…C8, docs/centre.md) as it stands now."""

    clock: str
    text_zh: str
    due_from: Literal["receiving", "handling", "applicant"]
    """Whose time it is."""
    place_code: str
    started_at: AwareDatetime
    due_at: AwareDatetime
    ended_at: AwareDatetime | None
    late: bool
    """Ended after it was due, or not ended though it is past due."""
    uncertain: bool
    """Counted over a year whose holidays are not published."""


class Gap(Message):
    """A document or a notice that a step asks for and that is not there (漏发文书、漏通知)."""

    event: str
    at: AwareDatetime
    text_zh: str


class Standing(Message):
    """A case that the page's steps are about, as it stands now."""

    case_number: str
    item_id: str
    item_name: str
    sector: str
    mode: str
    channel: str
    receiving_code: str
    handling_codes: tuple[str, ...]
    state: str
    text_zh: str
    received_at: AwareDatetime
    deadlines: tuple[Deadline, ...]
    gaps: tuple[Gap, ...]


class Step(Message):
    """One line of a case's ledger (台账)."""

    position: int
    case_number: str
    event: str
    text_zh: str
    source: str
    target: str
    """The same as `source` when the state did not change."""
    place_code: str | None
    """Of several handling places, the one whose part it is about."""
    unit: str
    """Who did it; empty: nobody of staff."""
    basis: str
    """The rule that a move is made under; empty for lines that move nothing."""
    clock: str | None
    """Of `clock_missed` and the like: which."""
    at: AwareDatetime


class Steps(Message):
    """Answer of `GET /api/v1/supervision/steps`, oldest first."""

    steps: tuple[Step, ...]
    cases: tuple[Standing, ...]
    next_after: int
    more: bool


class Rated(Message):
    """A rating (好差评)."""

    position: int
    unit: str
    case_number: str | None
    """None: of a visit to a terminal."""
    score: int
    """5 very satisfied … 1 very dissatisfied."""
    at: AwareDatetime
    due_at: AwareDatetime | None
    """Of a bad one: when it must be put right."""


class Ratings(Message):
    """Answer of `GET /api/v1/supervision/ratings`, oldest first."""

    ratings: tuple[Rated, ...]
    next_after: int
    more: bool


class Measure(Message):
    """Something was done about a bad rating or a rectification (整改单), which stands now as it says."""

    position: int
    action: str
    """`rating.verified`, `rating.measures`, `rating.called_back`, `rating.closed`, `rectification.opened`, …"""
    at: AwareDatetime
    subject: Literal["rating", "rectification"]
    number: int
    """Of the rating (its position) or the rectification."""
    unit: str
    case_number: str | None
    matter: str
    """Of a rectification: overdue, missing_document, return_rate, bad_rating, ageing, other. Of a rating: `bad_rating`."""
    opened_at: AwareDatetime
    due_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class Measures(Message):
    """Answer of `GET /api/v1/supervision/measures`, oldest first."""

    measures: tuple[Measure, ...]
    next_after: int
    more: bool
