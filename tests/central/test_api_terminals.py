"""Heartbeats: the centre knows how each terminal is now, not how it was, and nothing about people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from central.store.models import Publication, Terminal
from central.terminals import beat
from kiosk.protocol.heartbeat import DeviceStatus, Heartbeat, Held, OutboxStatus
from tests.central.citizen import dump, kind
from tests.central.rig import REGION, RunningCentre

FIRST, SECOND = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def heartbeat(boot: UUID = FIRST, sequence: int = 1, **changes: Any) -> Heartbeat:
    fields: dict[str, Any] = {
        "terminal_id": "WSQ-03",
        "region_code": REGION,
        "place": "24 小时自助区",
        "boot_id": boot,
        "sequence": sequence,
        "sent_at": NOW,
        "software": "0.1.0",
        "versions": (Held(body="catalogue", version="2026-11-20.1"),),
        "devices": (DeviceStatus(device="receipt_printer", state="degraded", reason="paper_low"),),
        "outbox": OutboxStatus(waiting=2, oldest_seconds=3600),
    }
    return Heartbeat(**{**fields, **changes})


@pytest.mark.req("R171")
def test_the_last_heartbeat_is_what_the_centre_knows(centre: RunningCentre) -> None:
    for sequence in (1, 2):
        answer = centre.post("/api/v1/heartbeat", json=dump(heartbeat(sequence=sequence)))
        assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"server_time", "versions", "next_in_seconds"}
    with centre.parts.database.reading() as session:
        (row,) = session.scalars(select(Terminal))
    assert (row.terminal_id, row.region_code, row.place) == ("WSQ-03", REGION, "24 小时自助区")
    assert row.status["outbox"]["oldest_seconds"] == 3600
    assert row.status["devices"] == [{"device": "receipt_printer", "state": "degraded", "reason": "paper_low"}]
    assert row.status["sequence"] == 2


def test_one_that_arrives_late_changes_nothing_but_a_new_start_counts(centre: RunningCentre) -> None:
    arrived = [(FIRST, 8, 0), (FIRST, 7, 5), (SECOND, 0, 9)]
    seen = []
    for minute, (boot, sequence, waiting) in enumerate(arrived):
        with centre.parts.database.writing() as session:
            status = heartbeat(boot, sequence, outbox=OutboxStatus(waiting=waiting))
            beat(session, status, NOW + timedelta(minutes=minute))
        with centre.parts.database.reading() as session:
            row = session.scalars(select(Terminal)).one()
            seen.append((row.status["outbox"]["waiting"], row.last_seen_at))
    assert seen == [(0, NOW), (0, NOW), (9, NOW + timedelta(minutes=2))]


def test_it_is_told_which_versions_are_in_force_and_which_one_to_fetch_for_tomorrow(centre: RunningCentre) -> None:
    with centre.parts.database.writing() as session:
        for day, version in enumerate(("2026-11-19.1", "2026-11-20.1", "2026-11-21.1"), start=-1):
            at = NOW + timedelta(days=day)
            session.add(
                Publication(
                    body="catalogue",
                    version=version,
                    manifest="{}",
                    signature="",
                    published_at=at,
                    effective_at=at,
                    everybody_at=at,
                )
            )
        answer = beat(session, heartbeat(), NOW)
    assert answer.versions == (
        Held(body="catalogue", version="2026-11-20.1"),
        Held(body="catalogue_next", version="2026-11-21.1"),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"applicant": "王某某"},
        {"terminal_id": "WSQ 03"},
        {"terminal_id": "王" * 10},
        {"region_code": "15062"},
        {"sequence": -1},
        {"sequence": 2**53 + 1},
        {"sent_at": "2026-11-20T09:00:00"},
        {"outbox": {"waiting": -1}},
        {"outbox": {"waiting": 1, "oldest_seconds": 10**30}},
        {"place": "a\u0000b"},
        {"devices": [{"device": "x", "state": "ok"}] * 61},
    ],
)
def test_it_takes_nothing_but_what_it_is_for(centre: RunningCentre, change: dict[str, Any]) -> None:
    answer = centre.post("/api/v1/heartbeat", json=dump(heartbeat()) | change)
    assert kind(answer) == "invalid-message"
    with centre.parts.database.reading() as session:
        assert session.scalars(select(Terminal)).all() == []
