"""What citizens say of the service: ratings (好差评, R067, R106) and complaints (投诉、举报、建议、问题, R056, R106)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from kiosk.protocol.application import Channel
from kiosk.protocol.model import Code, Line, Message, RegionCode
from kiosk.protocol.proof import Claim
from kiosk.protocol.sealed_text import SealedText

Level = Annotated[int, Field(ge=1, le=5)]
"""5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意."""


class RatingReason(Message):
    """A reason to choose from, for the levels it fits."""

    code: Code
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=5)]
    zh: Line
    en: Line


class RatingRulesAnswer(Message):
    """Answer of `GET /api/v1/ratings/rules`: what counts where it is asked for (R135)."""

    region_code: RegionCode
    needs_reason: tuple[Level, ...]
    """Levels that need a reason: one of `reasons`, or own words."""
    reasons: tuple[RatingReason, ...]
    answer_days: int
    """Working days until somebody has looked into a bad one."""
    anonymous: bool
    """Whether `RatingRequest.anonymous` may be set."""


class RatingRequest(Message):
    """Body of `POST /api/v1/ratings`. `request_id` is the idempotency key; each case and each visit is rated once."""

    request_id: UUID
    kind: Literal["visit", "case"]
    claim: Claim | None = None
    """Of a case: which, and that it is one's own."""
    visit_id: UUID | None = None
    """Of a visit: its application, or an id made for the visit."""
    region_code: RegionCode
    """Where it is said."""
    terminal_id: Code
    channel: Channel = Channel.KIOSK
    score: Level
    reasons: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    """Which levels need one is the place's rule."""
    words: SealedText | None = None
    """Own words, sealed under the field name `words`."""
    anonymous: bool = False
    """The unit shall not learn which case it is about; only where the place's rules allow it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "case") != (self.claim is not None) or (self.kind == "visit") != (self.visit_id is not None):
            raise ValueError("a case is rated with a claim, a visit with a visit_id")
        return self


class RatingReceipt(Message):
    """Answer to a rating."""

    request_id: UUID
    received_at: AwareDatetime
    answer_due: AwareDatetime | None = None
    """By when a bad one is looked into."""


class ComplaintKind(StrEnum):
    """What somebody has to say."""

    COMPLAINT = "complaint"
    """投诉"""
    REPORT = "report"
    """举报"""
    SUGGESTION = "suggestion"
    """建议"""
    ISSUE = "issue"
    """问题反映"""


class ComplaintRequest(Message):
    """Body of `POST /api/v1/complaints`. `request_id` is the idempotency key."""

    request_id: UUID
    kind: ComplaintKind
    claim: Claim | None = None
    """When it is about a case of one's own."""
    region_code: RegionCode
    terminal_id: Code
    channel: Channel = Channel.KIOSK
    words: SealedText
    """Sealed under the field name `words`."""
    contact: SealedText | None = None
    """How to answer, sealed under the field name `contact`; without it nobody can."""


class ComplaintReceipt(Message):
    """Answer to a complaint: the number to ask by, and when there will be an answer."""

    request_id: UUID
    number: Line
    received_at: AwareDatetime
    answer_due: AwareDatetime
