"""What a transition leaves on the case besides its state: times, flags, the open withdrawal, a proposal. No deciding here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from central.casework.acts import Act
from central.casework.terms import ShipmentFlag
from central.store.models import Case
from kiosk.protocol.states import State


def stamp(case: Case, event: str, target: State, at: datetime) -> None:
    """Write down when what was done; once each, so that a second round through the lists keeps the first time."""
    for column in _TIMES.get(event, ()):
        if getattr(case, column) is None:
            setattr(case, column, at)
    if target in (State.APPROVED, State.REJECTED, State.NOT_ACCEPTED) and case.decided_at is None:
        case.decided_at = at
    if target is State.COMPLETED and case.delivered_at is None:
        case.delivered_at = at


def flag(case: Case, event: str, act: Act) -> None:
    """Move the flags beside the state."""
    change = _FLAGS.get(event)
    if change:
        change(case, act)


def _collected(case: Case, _: Act) -> None:
    if case.paper_needed and case.shipment == ShipmentFlag.NONE:
        case.shipment = ShipmentFlag.TO_SEND


def _posted(case: Case, _: Act) -> None:
    case.shipment = ShipmentFlag.SENT


def _arrived(case: Case, _: Act) -> None:
    case.shipment = ShipmentFlag.DELIVERED


def _completed(case: Case, _: Act) -> None:
    if case.rating == "none":
        case.rating = "invited"


def _supplement_asked(case: Case, _: Act) -> None:
    case.supplements += 1


def _archived(case: Case, act: Act) -> None:
    case.archive_number = act.extra["archive_number"].strip()


def _rated(case: Case, _: Act) -> None:
    case.rating = "rated"


_TIMES: dict[str, tuple[str, ...]] = {
    "open_intake": ("opened_at",),
    "open_prereview": ("opened_at",),
    "accept": ("opened_at", "accepted_at"),
    "return": ("opened_at",),
    "refuse": ("opened_at",),
    "notify_once": ("opened_at",),
    "collect": ("collected_at",),
    "remote_ok": ("collected_at",),
    "accept_on_spot": ("collected_at", "accepted_at"),
    "transfer": ("transferred_at",),
    "mail_out": ("mailed_at",),
    "receive": ("arrived_at",),
    "paper_received": ("arrived_at",),
    "archive": ("archived_at",),
}

_FLAGS: dict[str, Callable[[Case, Act], None]] = {
    "collect": _collected,
    "remote_ok": _collected,
    "accept_on_spot": _collected,
    "mail_out": _posted,
    "paper_received": _arrived,
    "deliver_electronic": _completed,
    "signed_for": _completed,
    "picked_up": _completed,
    "notify_once": _supplement_asked,
    "archive": _archived,
    "rate": _rated,
}
