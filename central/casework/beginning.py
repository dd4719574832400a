"""What a new case begins with: its sub-cases, its first clocks, and the first line of its ledger. Pure and cheap.

It lies on the path of every submission, so it makes plain rows: intake puts the rows of a whole batch in with one
statement per table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central.casework import clocks, helping, lifecycle
from central.casework.terms import Actor
from kiosk.protocol.application import Application
from kiosk.protocol.states import State


@dataclass(frozen=True, slots=True)
class Beginning:
    """Rows as column → value. `case_seq` is added by `rows` once the case has its number."""

    case: Mapping[str, Any]
    """Columns of the case itself."""
    clocks: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]
    sub_cases: tuple[Mapping[str, Any], ...]

    def rows(self, case_seq: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Rows for the tables clock, case_event and sub_case, every column named so that they can be put in by the hundred."""
        clocks_, events, sub_cases = (
            [{"case_seq": case_seq, **row} for row in rows] for rows in (self.clocks, self.events, self.sub_cases)
        )
        return clocks_, events, sub_cases


def begin(application: Application, by: clocks.Setting, at: datetime) -> Beginning:
    """The beginning of the case that `application` makes at `at` (an aware time)."""
    source, event, actor = (
        (State.QUEUED_OFFLINE, "upload_ok", Actor.KIOSK)
        if application.network_away
        else (State.DRAFT, "submit", Actor.APPLICANT)
    )
    helped = {} if application.assisted_by is None else {"assisted_by": helping.who_helped(application.assisted_by)}
    transition = lifecycle.load().flow(application.mode).find(source, event)
    if transition is None:
        raise LookupError(f"{application.mode} has no {event}")
    runs = [
        clocks.start(change.clock, at, by)
        for change in transition.clocks
        if change.clock is not None and clocks.applies(change.clock, licence=by.item.licence, paper_needed=False)
    ]
    first = min(runs, key=lambda run: run.due_at)
    paper = by.profile.needs_paper(by.item)
    return Beginning(
        case={
            "state": State.SUBMITTED.value,
            "paper_needed": paper,
            "sector": by.item.sector,
            "due_clock": first.clock.value,
            "warn_at": first.warn_at,
            "due_at": first.due_at,
        },
        clocks=tuple(
            {
                "sub_case_id": None,
                "clock": run.clock.value,
                "started_at": run.started_at,
                "warn_at": run.warn_at,
                "due_at": run.due_at,
                "stopped_at": None,
                "warned_at": None,
                "missed_at": None,
                "uncertain": run.uncertain,
                "extended_for": "",
            }
            for run in runs
        ),
        events=(
            {
                "sub_case_id": None,
                "at": at,
                "event": event,
                "source": source.value,
                "target": State.SUBMITTED.value,
                "actor": actor.value,
                "unit_id": None,
                "user_id": None,
                "terminal_id": application.terminal_id,
                "reason_sealed": None,
                "basis_sealed": None,
                "detail": helped,
            },
        ),
        sub_cases=_parts(application, at),
    )


def _parts(application: Application, at: datetime) -> tuple[Mapping[str, Any], ...]:
    if not application.further_handling_regions:
        return ()
    return tuple(
        {
            "region_code": region.code,
            "region_name": region.name,
            "required": True,
            "state": State.SUBMITTED.value,
            "updated_at": at,
            "decided_by": None,
        }
        for region in (application.handling_region, *application.further_handling_regions)
    )
