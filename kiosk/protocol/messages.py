"""Requests and answers of the centre's API."""

from __future__ import annotations

import base64
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator, model_validator

from kiosk.protocol import PROTOCOL, slip_number
from kiosk.protocol.envelope import MAX_APPLICATION, Manifest, PublishedKey
from kiosk.protocol.model import Message
from kiosk.protocol.states import State

SUBMISSION_ZH = "已提交，等工作人员核对。提交不代表已收件，也不代表已受理。"
SUBMISSION_EN = "Submitted; staff will check it. Submission is neither collection nor acceptance."


class Centre(Message):
    """Answer of `GET /api/v1/centre`: who the centre is and what it takes."""

    protocol: Literal["tongban/1"] = PROTOCOL
    key: PublishedKey
    server_time: AwareDatetime
    chunk_size: Annotated[int, Field(ge=1024, le=16 * 1024 * 1024)]
    """Largest body of one PATCH, in bytes."""
    max_part_size: Annotated[int, Field(ge=1024)]


class Submission(Message):
    """Body of `POST /api/v1/applications`."""

    manifest: Manifest
    sealed_application: Annotated[str, Field(max_length=MAX_APPLICATION * 4 // 3 + 4)]
    """The part `application` in base64; the files were uploaded before."""

    @classmethod
    def sealed(cls, manifest: Manifest, application: bytes) -> Submission:
        """With the sealed bytes of the part `application`."""
        return cls(manifest=manifest, sealed_application=base64.b64encode(application).decode())


class SubmissionReceipt(Message):
    """Answer to a submission. The state is always SUBMITTED: only staff can collect or accept."""

    application_id: UUID
    slip_number: str
    case_number: Annotated[str, Field(pattern=r"^[0-9]{6}-[0-9]{8}-[0-9]{6,12}$")]
    received_at: AwareDatetime
    state: Literal[State.SUBMITTED] = State.SUBMITTED
    statement_zh: str = SUBMISSION_ZH
    statement_en: str = SUBMISSION_EN


class ProgressQuery(Message):
    """Body of `POST /api/v1/progress`: slip number with query code, or a card token."""

    slip_number: Annotated[str, Field(max_length=40)] | None = None
    query_code: Annotated[str, Field(max_length=20)] | None = None
    card_token: Annotated[str, Field(max_length=400)] | None = None

    @field_validator("slip_number")
    @classmethod
    def _check_digits(cls, value: str | None) -> str | None:
        return None if value is None else slip_number.checked(value)

    @model_validator(mode="after")
    def _one_way(self) -> ProgressQuery:
        by_slip = self.slip_number is not None and self.query_code is not None
        either = self.slip_number is not None or self.query_code is not None
        if by_slip == (self.card_token is not None) or either != by_slip:
            raise ValueError("give slip_number and query_code, or card_token")
        return self


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
