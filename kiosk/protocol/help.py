"""A terminal's call for staff (请人帮忙, R170). It says where and at which step, and nothing about whoever stands there."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from kiosk.protocol.model import NO_NUL, Code, Message, RegionCode


class HelpCall(Message):
    """Body of `POST /api/v1/help-calls`. `request_id` is the idempotency key. Help costs nothing."""

    request_id: UUID
    terminal_id: Code
    region_code: RegionCode
    place: Annotated[str, Field(max_length=60, pattern=NO_NUL)]
    """Where the terminal stands, as its screens say."""
    step: Code
    """The situation that help is wanted with: `Form`, `Capture`, `PlaceCard` …; a centre shows what it does not know as it is."""
    called_at: AwareDatetime
    """The terminal's clock, which may be wrong; the centre's counts."""


class HelpCallReceipt(Message):
    """Answer to a call."""

    request_id: UUID
    received_at: AwareDatetime
    coming: bool
    """The desk is staffed, and has the call before it. False: outside desk hours; nobody was called."""
