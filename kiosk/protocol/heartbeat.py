"""A terminal says how it is (R171). Nothing about a person, no content, no number of a case."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from kiosk.protocol.model import Code, Line, Message, RegionCode

MOST_SECONDS = 100 * 366 * 86400

Seconds = Annotated[int, Field(ge=0, le=MOST_SECONDS)]


class DeviceStatus(Message):
    """One device, in the words of the terminal's device states (`ok`, `degraded`, `out_of_service`, `absent`, …)."""

    device: Code
    state: Code
    reason: Code | None = None
    """`paper_low`, `paper_out`, `jammed`, `no_answer`, …"""


class Held(Message):
    """A version of a body of published content (`catalogue`, `profiles`, `calendar` …)."""

    body: Code
    version: Code


class OutboxStatus(Message):
    """What is still to be sent."""

    waiting: Annotated[int, Field(ge=0, le=10_000_000)]
    stuck: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    rejected: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    oldest_seconds: Seconds | None = None
    """Age of the oldest that is unsent: the figure to watch. None: nothing waits."""


class Heartbeat(Message):
    """Body of `POST /api/v1/heartbeat`, every 30 s to 5 min."""

    terminal_id: Code
    region_code: RegionCode
    place: Line = ""
    """Where it stands, for whoever has to go there."""
    boot_id: UUID
    """Made at each start of the software."""
    sequence: Annotated[int, Field(ge=0, le=2**53)]
    """Counts up from each start: one that arrives late does not hide a newer one."""
    sent_at: AwareDatetime
    """The terminal's clock, to be compared."""
    software: Code
    versions: Annotated[tuple[Held, ...], Field(max_length=40)] = ()
    """The published content it works with, and under `<body>_next` what it has fetched for later."""
    in_service: bool = True
    devices: Annotated[tuple[DeviceStatus, ...], Field(max_length=60)] = ()
    outbox: OutboxStatus


class HeartbeatAnswer(Message):
    """Answer to a heartbeat."""

    server_time: AwareDatetime
    versions: tuple[Held, ...]
    """What is in force for this terminal, and under `<body>_next` what it will be. What it does not hold it fetches."""
    next_in_seconds: Annotated[int, Field(ge=10, le=3600)]
