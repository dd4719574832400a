"""Asking for progress with the identity card.

An identity number must not stand in a URL, in a log or in a database column in clear. Hashing it does not help:
there are so few numbers (region × day × 1000) that every hash of them is reversed in minutes, a salted one too once
the salt is known, and a keyed one by whoever holds the key. A key shared with every terminal is no secret.

So the terminal derives nothing. It seals the number to the centre's public key (HPKE, as envelopes are, under
an `info` of its own) and posts that. The token differs each time, tells an onlooker nothing, and cannot be made
again from stored data. The centre opens it and looks up HMAC-SHA256(index key, number); the index key never leaves
the centre.

What a token does not prove is that somebody held the card: whoever may talk to the centre and knows a number can
seal it. Answers therefore carry no personal data, and the centre must admit terminals only (docs/protocol.md).
"""

from __future__ import annotations

import base64

from kiosk.protocol import PROTOCOL
from kiosk.protocol.envelope import SUITE, CentreKey

INFO = f"{PROTOCOL} card token".encode()
_LENGTH = 32
"""Plain texts are padded with spaces to this length, so that a token's size does not tell the kind of card."""


def seal_card_token(id_number: str, centre: CentreKey) -> str:
    """A token for `id_number`, base64.

    Raises:
        ValueError: longer than any identity number.
    """
    plain = normalised(id_number).encode()
    if not 0 < len(plain) <= _LENGTH:
        raise ValueError("not an identity number")
    return base64.b64encode(SUITE.encrypt(plain.ljust(_LENGTH), centre.public_key, INFO)).decode()


def normalised(id_number: str) -> str:
    """Numbers compare without surrounding spaces and with a capital X."""
    return id_number.strip().upper()
