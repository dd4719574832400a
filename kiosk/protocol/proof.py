"""Showing that a case is one's own: with what the slip says, or with the card."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from kiosk.protocol.model import CaseNumber, Message, SlipNumber


class Proof(Message):
    """Slip number with query code, or a card token (`kiosk.protocol.card_token`)."""

    slip_number: SlipNumber | None = None
    query_code: Annotated[str | None, Field(max_length=20, repr=False)] = None
    card_token: Annotated[str | None, Field(max_length=400, repr=False)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_slip = self.slip_number is not None and self.query_code is not None
        either = self.slip_number is not None or self.query_code is not None
        if by_slip == (self.card_token is not None) or either != by_slip:
            raise ValueError("give slip_number and query_code, or card_token")
        return self


class Claim(Message):
    """Which case is meant, and the proof that it is one's own."""

    case_number: CaseNumber
    proof: Proof
