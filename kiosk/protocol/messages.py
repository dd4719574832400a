"""Handing in an application, and knowing the centre. (Progress is told in a module of its own.)"""

from __future__ import annotations

import base64
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from kiosk.protocol import PROTOCOL
from kiosk.protocol.envelope import MAX_APPLICATION, Manifest, PublishedKey
from kiosk.protocol.model import CaseNumber, Message
from kiosk.protocol.progress import Progress, ProgressAnswer, ProgressQuery
from kiosk.protocol.states import State

__all__ = ["Centre", "Progress", "ProgressAnswer", "ProgressQuery", "Submission", "SubmissionReceipt"]

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
    case_number: CaseNumber
    received_at: AwareDatetime
    state: Literal[State.SUBMITTED] = State.SUBMITTED
    statement_zh: str = SUBMISSION_ZH
    statement_en: str = SUBMISSION_EN
