"""The port for text messages: what an adapter takes and answers; how it refuses is in `central.notify.provider`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """One message to one number. `repr` shows neither number nor text."""

    phone: str = field(repr=False)
    """Mainland number, eleven digits."""
    template: str
    """Code of `central.notify.texts.TEMPLATES`."""
    params: Mapping[str, str] = field(repr=False)
    """In the order of the template."""
    text: str = field(repr=False)
    """The whole text, for gateways that take text."""
    reference: str
    """Ours; a provider that knows references sends a repeated one only once."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery receipt: what became of a message."""

    provider_id: str
    delivered: bool
    at: datetime
    error: str = ""
    """The provider's status code; never its words, which may hold the number."""


class Sms(Protocol):
    """A provider of text messages. Thread-safe."""

    @property
    def name(self) -> str:
        """Recorded with every notice."""
        ...

    def send(self, message: SmsMessage) -> str:
        """Hand over `message`; returns the provider's id of it.

        Raises:
            Throttled, Unavailable, Rejected
        """
        ...

    def receipts(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[Receipt, ...]:
        """The receipts in a callback; `token` is the last part of its URL, header names are in small letters.

        Raises:
            NotAuthentic
            ValueError: it is not in the provider's form.
        """
        ...

    def acknowledgement(self) -> tuple[str, str]:
        """What the provider wants to hear after a callback: body and media type."""
        ...
