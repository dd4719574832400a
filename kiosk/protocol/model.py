"""What every message has in common: frozen, strict about unknown fields, bounded in size."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kiosk.protocol import slip_number

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, 64 lower-case hexadecimal digits."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:+-]{1,64}$")]
"""A short identifier of a catalogue entry, a terminal, a verdict."""

NO_NUL = r"^[^\x00]*$"
"""No database keeps a NUL in a text."""

Line = Annotated[str, Field(max_length=400, pattern=NO_NUL)]
"""One line of text."""

Text = Annotated[str, Field(max_length=8000, pattern=NO_NUL)]
"""A paragraph of text."""

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
"""A division code (GB/T 2260), six digits."""

CaseNumber = Annotated[str, Field(pattern=r"^[0-9]{6}-[0-9]{8}-[0-9]{6,12}$")]
"""Receiving division, day of receipt, sequence number."""

SlipNumber = Annotated[str, Field(max_length=40), AfterValidator(slip_number.checked)]
"""See `kiosk.protocol.slip_number`; kept as eighteen bare digits."""


class Message(BaseModel):
    """Root of all messages: immutable, and an unknown field is an error, never silently dropped. What was wrong is not quoted
    in the error: it may reach a log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` as it is written in messages."""
    return sha256(data).hexdigest()
