"""A version of the catalogue goes to a group of terminals first, then to all, or is taken back; or counts only later."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from central.casework.who import SYSTEM
from central.catalogue import editing, updating
from central.catalogue.lookup import item_facts
from central.catalogue.updating import CannotPublish, publish_missing
from central.store.models import Draft, TerminalGroup
from kiosk.outbox.client import CentreClient
from kiosk.protocol.application import Item
from kiosk.protocol.heartbeat import Heartbeat, OutboxStatus
from kiosk.station.subscription import Subscription
from tests.central.casefolk import case_of, hand_in, open_desk
from tests.central.desk import Clock, sign_in, stopped_clock
from tests.central.rig import RunningCentre

ITEM = "C003"
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""


@dataclass
class Terminal:
    """A terminal's heart, as far as published content goes."""

    centre: RunningCentre
    name: str
    region: str
    folder: Path
    wall_clock: datetime = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    seconds: float = 0.0
    _sequence: int = 0
    _boot: object = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        file, signing = self.folder / f"{self.name}.json", self.centre.parts.keys.signing_public
        self.held = Subscription(
            file, signing, lambda: self.wall_clock, terminal_id=self.name, monotonic=lambda: self.seconds
        )

    def beats(self) -> str | None:
        """A heartbeat, and whatever follows; the version it works with afterwards."""
        self._sequence += 1
        client = CentreClient(self.centre.url)
        message = Heartbeat(
            terminal_id=self.name,
            region_code=self.region,
            boot_id=self._boot,
            sequence=self._sequence,
            sent_at=self.wall_clock,
            software="1",
            versions=self.held.held(),
            outbox=OutboxStatus(waiting=0),
        )
        self.held.follow(client, client.heartbeat(message))
        return self.held.version()


@pytest.fixture
def clock(centre: RunningCentre) -> Clock:
    """A centre with staff that has published what came with the software, and its clock."""
    open_desk(centre)
    clock = stopped_clock(centre)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, clock.moment)
    return clock


def approved(centre: RunningCentre, days: int, key: str = ITEM) -> None:
    """A reviewed change of an item's promised working days."""
    editor, reviewer = sign_in(centre, "editor"), sign_in(centre, "reviewer")
    editor.post(f"/desk/catalogue/items/{key}/edit")
    with centre.parts.database.writing() as session:
        draft = session.scalars(select(Draft).where(Draft.state.in_(editing.OPEN), Draft.key == key)).one()
        value = json.loads(draft.content)
        value["office"]["promise_days"] = days
        draft.content = json.dumps(value)
    url = f"/desk/catalogue/drafts/{draft.id}"
    for desk, what in ((editor, "hand_in"), (reviewer, "approve")):
        with centre.parts.database.reading() as session:
            version = session.get_one(Draft, draft.id).version
        assert desk.post(url, {"version": str(version), "do": what}).status_code == 200


def group(centre: RunningCentre, name: str = "试点", terminals: str = "A-1", divisions: str = "1507") -> str:
    """A group of terminals; its number."""
    page = sign_in(centre, "reviewer").post(
        "/desk/catalogue/groups", {"name": name, "terminals": terminals, "divisions": divisions}
    )
    assert page.status_code == 200
    with centre.parts.database.reading() as session:
        return str(session.scalars(select(TerminalGroup.id).where(TerminalGroup.name == name)).one())


def promised(centre: RunningCentre, version: str) -> int:
    with centre.parts.database.reading() as session:
        return item_facts(session, ITEM, version).promise_days


@pytest.mark.req("R102", "R124")
def test_a_version_is_tried_by_a_group_first_and_then_given_to_all(
    centre: RunningCentre, clock: Clock, tmp_path: Path
) -> None:
    named, there = Terminal(centre, "A-1", "150626", tmp_path), Terminal(centre, "B-1", "150785", tmp_path)
    other = Terminal(centre, "C-1", "640221", tmp_path)
    first = {one.beats() for one in (named, there, other)}
    approved(centre, 3)
    reviewer = sign_in(centre, "reviewer")
    page = reviewer.post("/desk/catalogue/publish", {"group": group(centre)})
    assert "试点中" in page.text

    second = named.beats()
    assert {second} != first
    assert there.beats() == second
    assert {other.beats()} == first
    assert centre.get("/api/v1/published/catalogue").headers["ETag"] != f'"{second}"'
    assert centre.get("/api/v1/published/catalogue?terminal=A-1").headers["ETag"] == f'"{second}"'

    for one in (named, other):
        one.beats()  # says what it holds now
    page = reviewer.get(f"/desk/catalogue/versions/{second}")
    assert "2 台中 1 台已在用这个版本" in page.text
    assert "C-1" not in page.text
    number = hand_in(centre, item=Item(id=ITEM, name="社会保障卡补换", catalogue_version=second))
    reviewer.post(f"/desk/catalogue/versions/{second}", {"do": "everybody"})
    assert other.beats() == second
    assert case_of(centre, number).catalogue_version == second


@pytest.mark.req("R102", "R124")
def test_a_version_taken_back_gives_terminals_the_earlier_contents_and_editors_their_changes(
    centre: RunningCentre, clock: Clock, tmp_path: Path
) -> None:
    tries = Terminal(centre, "A-1", "150626", tmp_path)
    first = tries.beats()
    approved(centre, 3)
    reviewer = sign_in(centre, "reviewer")
    reviewer.post("/desk/catalogue/publish", {"group": group(centre)})
    second = tries.beats()
    assert promised(centre, second) == 3
    number = hand_in(centre, item=Item(id=ITEM, name="社会保障卡补换", catalogue_version=second))

    assert reviewer.post(f"/desk/catalogue/versions/{second}", {"do": "take_back"}).status_code == 409
    page = reviewer.post(f"/desk/catalogue/versions/{second}", {"do": "take_back", "why": "时限写错"})
    assert page.status_code == 200
    third = tries.beats()
    assert third not in (first, second)
    assert promised(centre, third) == promised(centre, first) == 15
    assert case_of(centre, number).catalogue_version == second
    assert promised(centre, second) == 3
    assert "时限写错" in reviewer.get(f"/desk/catalogue/versions/{second}").text
    with centre.parts.database.reading() as session:
        draft = session.scalars(select(Draft).where(Draft.key == ITEM)).one()
    assert draft.state == "sent_back"
    assert "时限写错" in draft.review_note
    # An application that a terminal filled in under it before, and sends only now, is taken all the same.
    late = hand_in(centre, counter=2, item=Item(id=ITEM, name="社会保障卡补换", catalogue_version=second))
    assert case_of(centre, late).catalogue_version == second


@pytest.mark.req("R102")
@on_sqlite
def test_while_a_version_is_with_its_group_nothing_else_goes_out_and_the_group_stays_as_it_is(
    centre: RunningCentre, clock: Clock
) -> None:
    approved(centre, 3)
    reviewer, number = sign_in(centre, "reviewer"), group(centre)
    reviewer.post("/desk/catalogue/publish", {"group": number})
    approved(centre, 5, "C001")
    assert reviewer.post("/desk/catalogue/publish").status_code == 409
    page = reviewer.post(f"/desk/catalogue/groups/{number}", {"name": "试点", "terminals": "Z-9"})
    assert page.status_code == 409
    assert reviewer.post("/desk/catalogue/groups", {"name": "坏", "divisions": "15078"}).status_code == 409
    assert sign_in(centre, "editor").post("/desk/catalogue/groups", {"name": "x", "terminals": "y"}).status_code == 403
    with centre.parts.database.writing() as session, pytest.raises(CannotPublish):
        updating._publish(session, centre.parts.keys.signing, "catalogue", {}, SYSTEM, clock.moment)


@pytest.mark.req("R102")
@on_sqlite
@pytest.mark.parametrize("wrong_by", [timedelta(days=-400), timedelta(days=400)])
def test_a_version_for_later_is_fetched_before_and_used_from_its_time_on_whatever_the_terminals_clock(
    centre: RunningCentre, clock: Clock, tmp_path: Path, wrong_by: timedelta
) -> None:
    terminal = Terminal(centre, "A-1", "150626", tmp_path, clock.moment + wrong_by)
    first = terminal.beats()
    approved(centre, 3)
    reviewer = sign_in(centre, "reviewer")
    page = reviewer.post("/desk/catalogue/publish", {"effective": "2026-12-01"})
    assert "提前下载" in page.text
    assert terminal.beats() == first
    (waiting,) = [one.version for one in terminal.held.held() if one.body == "catalogue_next"]
    terminal.beats()
    assert "1 台已下载待生效" in reviewer.get(f"/desk/catalogue/versions/{waiting}").text
    # A terminal that is set up meanwhile works with what counts now.
    assert Terminal(centre, "NEW-1", "150626", tmp_path).beats() == first
    # Nothing that counts at once may overtake it, for it would hold the same changes.
    approved(centre, 5, "C001")
    assert reviewer.post("/desk/catalogue/publish").status_code == 409
    # The network is away when its time comes: the terminal counts on from what the centre last told.
    until = (datetime(2026, 11, 30, 16, 0, tzinfo=UTC) - clock.moment).total_seconds()
    terminal.seconds = until - 1
    assert terminal.held.keep() is None
    terminal.seconds = until
    assert terminal.held.keep() == waiting
    clock.moment = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert terminal.beats() == waiting
