"""Logging: one declared catalogue of events with their allowed fields.

Nothing but a declared event with its declared fields can be logged, so no name, ID number, phone, address or image
finds its way into a log by accident. Lines are JSON, one event each, on standard error and, where a folder is given,
in `kiosk.jsonl` there.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "station.started": frozenset({"version", "terminal"}),
    "station.stopped": frozenset({"reason"}),
    "visit.spawned": frozenset({"pid"}),
    "visit.ready": frozenset({"pid", "ms"}),
    "visit.promoted": frozenset({"pid", "ms", "after"}),
    "visit.ended": frozenset({"pid", "reason"}),
    "visit.died": frozenset({"pid", "exit_code", "active"}),
    "visit.frozen": frozenset({"pid", "seconds"}),
    "visit.screen_failed": frozenset({"screen", "error"}),
    "visit.effect_failed": frozenset({"effect", "error"}),
    "device.gone": frozenset({"device", "state", "reason"}),
    "device.back": frozenset({"device", "state"}),
    "device.command_failed": frozenset({"device", "error"}),
    "outbox.stored": frozenset({"slip_number"}),
    "outbox.sent": frozenset({"slip_number", "case_number"}),
    "outbox.failed": frozenset({"slip_number", "reason", "attempts"}),
    "outbox.rejected": frozenset({"slip_number", "reason"}),
    "outbox.store_failed": frozenset({"reason"}),
    "network.lost": frozenset({"reason"}),
    "network.back": frozenset(),
    "clock.implausible": frozenset({"year"}),
    "print.ended": frozenset({"slip_number", "outcome", "paper"}),
    "print.interrupted": frozenset({"pid", "unknown"}),
    "bench.started": frozenset({"dock"}),
}


_LOGGER = "kiosk.events"


class UndeclaredEvent(Exception):
    """An event, or a field of one, is not in the catalogue: a defect of the caller."""


def configure(folder: Path | None = None) -> None:
    """Set up logging for this process. `folder`: also keep `kiosk.jsonl` there (10 files of 1 MB)."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.handlers.RotatingFileHandler(folder / "kiosk.jsonl", maxBytes=1_000_000, backupCount=9))
    logger = logging.getLogger(_LOGGER)
    logger.handlers = handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False


def log(event: str, **fields: str | int | float | bool | None) -> None:
    """Log a declared event.

    Raises:
        UndeclaredEvent: the event or one of its fields is not in `EVENTS`.
    """
    allowed = EVENTS.get(event)
    if allowed is None or not allowed.issuperset(fields):
        raise UndeclaredEvent(f"{event}: {', '.join(sorted(set(fields) - set(allowed or ())))}")
    line = {"event": event, **fields, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    logging.getLogger(_LOGGER).info("%s", json.dumps(line, ensure_ascii=False))
