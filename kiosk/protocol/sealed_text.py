"""A few words of a citizen, sealed to the centre's key: why they withdraw, what they complain of, how to reach them.

Sealed as card tokens are (HPKE, base mode, base64), under an `info` that binds the words to their request and field:

    "tongban/1 text" 00  request id (16 bytes)  field name
"""

from __future__ import annotations

import base64
from typing import Annotated
from uuid import UUID

from pydantic import Field

from kiosk.protocol import PROTOCOL
from kiosk.protocol.envelope import OVERHEAD, SUITE, CentreKey

LONGEST = 2000
"""Characters of such a text."""

SealedText = Annotated[str, Field(max_length=(4 * LONGEST + OVERHEAD + 2) // 3 * 4)]
"""Base64 of a sealed text: UTF-8, at most four bytes a character."""


def text_info(request_id: UUID, field: str) -> bytes:
    """HPKE `info` of the text in `field` of a request."""
    return f"{PROTOCOL} text".encode() + b"\0" + request_id.bytes + field.encode()


def seal_text(text: str, request_id: UUID, field: str, centre: CentreKey) -> str:
    """`text` sealed, in base64.

    Raises:
        ValueError: longer than `LONGEST`.
    """
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    return base64.b64encode(SUITE.encrypt(text.encode(), centre.public_key, text_info(request_id, field))).decode()
