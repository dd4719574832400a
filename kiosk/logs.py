"""Logging: one declared catalogue of events with their allowed fields.

Nothing but a declared event with its declared fields can be logged, so no name, ID number, phone, address or image
finds its way into a log by accident. Lines are JSON, one event each, on standard error and, where a folder is given,
in `kiosk.jsonl` there. Of an exception only its type and its place are logged: its message may quote anything.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "station.started": frozenset({"version", "terminal"}),
    "station.stopped": frozenset({"reason"}),
    "visit.spawned": frozenset({"pid"}),
    "visit.not_spawned": frozenset({"error"}),
    "visit.ready": frozenset({"pid", "ms"}),
    "visit.promoted": frozenset({"pid", "ms", "after"}),
    "visit.ended": frozenset({"pid", "reason"}),
    "visit.died": frozenset({"pid", "exit_code", "active"}),
    "visit.frozen": frozenset({"pid", "seconds"}),
    "visit.screen_failed": frozenset({"screen", "error", "place"}),
    "visit.effect_failed": frozenset({"effect", "error", "place"}),
    "visit.defect": frozenset({"thread", "error", "place"}),
    "device.gone": frozenset({"device", "state", "reason"}),
    "device.back": frozenset({"device", "state"}),
    "device.command_failed": frozenset({"device", "error"}),
    "reader.failed": frozenset({"error"}),
    "outbox.stored": frozenset({"slip_number"}),
    "outbox.sent": frozenset({"slip_number", "case_number"}),
    "outbox.failed": frozenset({"slip_number", "reason", "attempts"}),
    "outbox.rejected": frozenset({"slip_number", "reason"}),
    "outbox.store_failed": frozenset({"reason"}),
    "outbox.sender_failed": frozenset({"error", "place"}),
    "heartbeat.failed": frozenset({"error", "place"}),
    "network.lost": frozenset({"reason"}),
    "network.back": frozenset(),
    "published.taken": frozenset({"body", "version"}),
    "published.refused": frozenset({"body", "reason"}),
    "published.unusable": frozenset({"body", "reason"}),
    "clock.implausible": frozenset({"year"}),
    "print.ended": frozenset({"slip_number", "outcome", "paper"}),
    "print.interrupted": frozenset({"pid", "unknown"}),
    "bench.started": frozenset({"dock"}),
    "log.no_file": frozenset({"reason"}),
}

_LOGGER = "kiosk.events"
_FRAMES = 6
"""So many calls tell where it was."""


class UndeclaredEvent(Exception):
    """An event, or a field of one, is not in the catalogue: a defect of the caller."""


def configure(folder: Path | None = None, *, rotates: bool = True) -> None:
    """Set up logging for this process.

    Args:
        folder: also keep `kiosk.jsonl` there (10 files of 1 MB), if that is possible.
        rotates: begins the next file when one is full. Of the processes that share a folder only one may.
    """
    logger = logging.getLogger(_LOGGER)
    logging.raiseExceptions = False  # a full disk must not fill standard error with tracebacks as well
    logger.handlers = [logging.StreamHandler(sys.stderr)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        logger.addHandler(
            logging.handlers.RotatingFileHandler(folder / "kiosk.jsonl", maxBytes=1_000_000, backupCount=9)
            if rotates
            else logging.handlers.WatchedFileHandler(folder / "kiosk.jsonl")
        )
    except OSError as error:  # a disk that takes no log is no reason for a dark screen
        log("log.no_file", reason=type(error).__name__)


def keep_messages_out() -> None:
    """From now on, what nobody caught in this process is logged by type and place, and printed nowhere.

    For a visit process: Python's own report would put the exception's message, and whatever it quotes, on standard error.
    """

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace
        log("visit.defect", thread="main", error=type(error).__name__, place=place_of(error))

    def in_thread(what: threading.ExceptHookArgs) -> None:
        thread = what.thread.name if what.thread is not None else ""
        place = "" if what.exc_value is None else place_of(what.exc_value)
        log("visit.defect", thread=thread, error=what.exc_type.__name__, place=place)

    sys.excepthook = in_main
    threading.excepthook = in_thread


def place_of(error: BaseException) -> str:
    """Where `error` was raised, and from where that was called: `machine.py:88 < runner.py:150`. No content."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[: -_FRAMES - 1 : -1])


def log(event: str, **fields: str | int | float | bool | None) -> None:
    """Log a declared event.

    Raises:
        UndeclaredEvent: the event or one of its fields is not in `EVENTS`.
    """
    allowed = EVENTS.get(event)
    if allowed is None or not allowed.issuperset(fields):
        raise UndeclaredEvent(f"{event}: {', '.join(sorted(set(fields) - set(allowed or ())))}")
    line = {"event": event, **fields, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    with suppress(OSError):  # nobody falls over a line that cannot be written
        logging.getLogger(_LOGGER).info("%s", json.dumps(line, ensure_ascii=False))
