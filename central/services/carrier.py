"""The port for carriers: a waybill, the way of a parcel, and pushes about it. Refusals: `central.notify.provider`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Leg(StrEnum):
    """Where a parcel is."""

    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    SIGNED = "signed"
    RETURNED = "returned"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a trace. The carrier's own words are left behind: they name couriers and those who signed."""

    at: datetime
    leg: Leg
    place: str
    """A town, or empty."""
    key: str
    """The same for the same node, however often it is pushed."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a carrier knows of a parcel."""

    waybill: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a parcel's way. `repr` shows nothing."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a waybill is asked for."""

    reference: str
    """Ours; asking again with the same gives no second waybill."""
    sender: Address
    recipient: Address


class Carrier(Protocol):
    """A carrier, or a service that knows many. Thread-safe."""

    @property
    def name(self) -> str:
        """Code of the carrier, e.g. `ems`."""
        ...

    def create(self, parcel: Parcel) -> str:
        """A waybill number for `parcel`.

        Raises:
            Throttled, Unavailable, Rejected
        """
        ...

    def subscribe(self, waybill: str) -> None:
        """Ask for pushes about a parcel. Asking twice does no harm.

        Raises:
            Throttled, Unavailable, Rejected
        """
        ...

    def track(self, waybill: str) -> Trace:
        """What is known now. Rate-limited by carriers: pushes are the rule, this is for a clerk who looks.

        Raises:
            Throttled, Unavailable, Rejected
        """
        ...

    def on_push(self, form: Mapping[str, str]) -> Trace:
        """The trace in a pushed form.

        Raises:
            NotAuthentic
            ValueError: it is not in the carrier's form.
        """
        ...

    def acknowledgement(self) -> tuple[str, str]:
        """What the carrier wants to hear after a push: body and media type."""
        ...
