"""Asking to withdraw an application (撤回申请, R042). Staff confirm it; only then is it withdrawn."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, field_validator

from kiosk.protocol.application import Channel, FileRef
from kiosk.protocol.envelope import SealedPart
from kiosk.protocol.model import CaseNumber, Code, Message
from kiosk.protocol.proof import Claim
from kiosk.protocol.sealed_text import SealedText

STATEMENT_ZH = "撤回申请已提交，工作人员确认后生效。"
STATEMENT_EN = "Your request to withdraw was sent. It takes effect when staff confirm it."


class WithdrawalReason(StrEnum):
    """Why somebody withdraws."""

    CHANGED_MIND = "changed_mind"
    """不想办了"""
    WRONG_ITEM = "wrong_item"
    """选错了事项或办理地"""
    WRONG_CONTENT = "wrong_content"
    """内容填错，要重新申请"""
    DONE_ELSEWHERE = "done_elsewhere"
    """已在别处办理"""
    OTHER = "other"
    """其他"""


class SignatureFile(Message):
    """A signature that was uploaded before as a sealed part, `file-001` under the request's id."""

    sealed: SealedPart
    file: FileRef
    """Digest and size of the plain picture."""

    @field_validator("sealed")
    @classmethod
    def _is_a_file(cls, value: SealedPart) -> SealedPart:
        if value.name != "file-001":
            raise ValueError("not the part file-001")
        return value


class WithdrawalRequest(Claim):
    """Body of `POST /api/v1/withdrawals`. `request_id` is the idempotency key."""

    request_id: UUID
    terminal_id: Code
    channel: Channel = Channel.KIOSK
    reason: WithdrawalReason
    words: SealedText | None = None
    """The applicant's own words, sealed under the field name `words`."""
    signature: SignatureFile | None = None


class WithdrawalReceipt(Message):
    """Answer: the request is with the staff. The case goes on until they confirm."""

    request_id: UUID
    case_number: CaseNumber
    requested_at: AwareDatetime
    withdrawal: Literal["requested"] = "requested"
    statement_zh: str = STATEMENT_ZH
    statement_en: str = STATEMENT_EN
