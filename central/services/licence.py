"""The port for e-licences (电子证照): whether a person has a licence of a kind, and how it stands at its source.

Refusals as of all providers: `central.notify.provider`. Name and number of the holder leave the centre inside the sealed
question and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from central.notify.provider import ProviderError


class AnothersLicence(ProviderError):
    """The service answered with the licence of somebody else, or of another kind: nothing of it may be used."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `repr` shows nothing of the holder."""

    reference: str
    """Number of the case it is asked for (用证事由): the service keeps it. Asking again with the same does no harm."""
    purpose: str
    """Name of the item."""
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    kind: str
    """证照类型名称, as the catalogue has it."""
    division: str
    """Division whose authorities are asked first (the handling place), six digits."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as its source has it now. `repr` does not show its number."""

    number: str = field(repr=False)
    issuer: str
    valid_until: date | None
    """Its last day; None: it has none."""
    revoked: bool
    digest: str
    """SHA-256 of the licence's file at its source, in hexadecimal. The file stays there: a copy would be one more to guard."""

    def holds_on(self, day: date) -> bool:
        """Whether it is good on that day."""
        return not self.revoked and (self.valid_until is None or day <= self.valid_until)


class Licences(Protocol):
    """A service that knows e-licences. Thread-safe."""

    @property
    def name(self) -> str:
        """Code of the adapter, e.g. `http`."""
        ...

    def knows(self, kind: str) -> bool:
        """Whether licences of this type (证照类型名称) can be asked for at all."""
        ...

    def find(self, question: Question) -> Licence | None:
        """The licence; None: the service knows of none.

        Raises:
            Throttled, Unavailable, Rejected, AnothersLicence
        """
        ...
