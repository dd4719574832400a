"""The main job, as a citizen plays it: real processes, real bytes, real widgets. If one of these fails, somebody who
came at night goes home with nothing, or with a slip for something that never arrived."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.virtual.client import DockClient
from drivers.virtual.personas import PERSONAS
from kiosk.demo.citizen import PLANS, Citizen
from kiosk.demo.processes import Demonstration
from kiosk.demo.results import export, unsent, wait_for_pilot, wait_until_sent
from kiosk.outbox import queue
from kiosk.outbox.store import open_store
from screens.pilot_client import PilotError

pytestmark = pytest.mark.timeout(300)
GIVE_UP = 60.0

Start = Callable[..., Demonstration]


def plays(
    terminal: Demonstration,
    item: str,
    person: str,
    *,
    before: Callable[[str], None] = lambda _: None,
    ends: bool = True,
) -> Citizen:
    with wait_for_pilot(terminal) as pilot:
        citizen = Citizen(pilot, DockClient(terminal.dock_url), PERSONAS[person], PLANS[item], before)
        citizen.plays()
        if ends:
            citizen.finishes()
    return citizen


def received(terminal: Demonstration, folder: Path) -> list[dict[str, Any]]:
    """What the centre holds, opened; every file is there and is what the application names."""
    export(terminal, folder)
    found = []
    for path in sorted(folder.rglob("application.json")):
        application = json.loads(path.read_text("utf-8"))
        application = application.get("application", application)
        found.append(application)
    return found


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + GIVE_UP
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.05)


def slip_numbers(terminal: Demonstration) -> list[str]:
    store = open_store(terminal.kiosk_data / "kiosk.db")
    try:
        return [entry.slip_number for entry in queue.entries(store)]
    finally:
        store.close()


def visit_pids(terminal: Demonstration) -> Sequence[int]:
    assert terminal.station is not None
    children = Path(f"/proc/{terminal.station.process.pid}/task/{terminal.station.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def active_pid(terminal: Demonstration) -> int:
    """The visit that owns the screen: the station's log says whom it promoted last."""
    lines = (terminal.logs / "station.log").read_text("utf-8").splitlines()
    promoted = [json.loads(line) for line in lines if '"visit.promoted"' in line]
    return int(promoted[-1]["pid"])


@pytest.mark.req("R003", "R004", "R063", "R171")
@pytest.mark.parametrize(
    ("item", "person", "mode"),
    [
        ("C001", "wang", "full_online"),
        ("C003", "foreigner_2023", "collect_and_forward"),
        ("C004", "yan", "multi_site_A"),
    ],
)
def test_an_application_arrives_as_it_was_entered(
    terminal: Start, tmp_path: Path, item: str, person: str, mode: str
) -> None:
    one = terminal()
    citizen = plays(one, item, person)
    assert citizen.passed[-2:] == ["done", "goodbye"]
    wait_until_sent(one)
    (application,) = received(one, tmp_path)
    who = PERSONAS[person]
    assert (application["item"]["id"], application["mode"]) == (item, mode)
    assert application["applicant"]["id_number"] == who.id_number
    assert application["applicant"]["name"] == who.name
    assert application["phone"] == who.phone
    slip = DockClient(one.dock_url).last_print()
    assert slip is not None
    text = slip[1].replace(" ", "")
    assert application["slip_number"] in text
    assert "不代表已收件" in text
    assert who.name not in text
    assert who.id_number not in text


def test_two_citizens_after_each_other_share_nothing(terminal: Start, tmp_path: Path) -> None:
    one = terminal()
    first = active_pid_when_ready(one)
    plays(one, "C003", "wang")
    until(lambda: first not in visit_pids(one), "the first citizen's process is gone")
    plays(one, "C003", "zhao")
    wait_until_sent(one)
    applications = received(one, tmp_path)
    assert {a["applicant"]["name"] for a in applications} == {PERSONAS["wang"].name, PERSONAS["zhao"].name}
    assert len({a["slip_number"] for a in applications}) == 2


def active_pid_when_ready(terminal: Demonstration) -> int:
    until(lambda: '"visit.promoted"' in (terminal.logs / "station.log").read_text("utf-8"), "a visit on the screen")
    return active_pid(terminal)


@pytest.mark.parametrize("step", ["home", "place_card", "form_phone", "sign"])
def test_a_killed_visit_brings_a_working_attract_screen_back(terminal: Start, tmp_path: Path, step: str) -> None:
    one = terminal()

    def before(screen: str) -> None:
        if screen == step:
            os.kill(active_pid(one), signal.SIGKILL)

    with wait_for_pilot(one) as pilot:
        citizen = Citizen(pilot, DockClient(one.dock_url), PERSONAS["wang"], PLANS["C003"], before)
        with pytest.raises((OSError, PilotError)):
            citizen.plays()
    DockClient(one.dock_url).turn("id_card_reader", "lift")
    plays(one, "C003", "zhao")
    wait_until_sent(one)
    (application,) = received(one, tmp_path)
    assert application["applicant"]["name"] == PERSONAS["zhao"].name


def test_what_was_submitted_survives_the_kill_of_its_visit_and_the_next_screen_says_so(
    terminal: Start, tmp_path: Path
) -> None:
    one = terminal(central_up=False)
    plays(one, "C003", "wang", ends=False)
    dock = DockClient(one.dock_url)
    until(lambda: dock.last_print() is not None, "the slip comes out")
    os.kill(active_pid(one), signal.SIGKILL)
    dock.turn("id_card_reader", "lift")
    slip = dock.last_print()
    with wait_for_pilot(one) as pilot:
        shown = pilot.screen()
    (number,) = slip_numbers(one)
    assert shown.screen == "recovered"
    assert number in {target.key for target in shown.targets}
    assert slip is not None
    assert number in slip[1].replace(" ", "")
    assert unsent(one) == 1


@pytest.mark.req("R152")
def test_without_the_network_the_slip_says_waiting_and_the_application_goes_later(
    terminal: Start, tmp_path: Path
) -> None:
    one = terminal()
    one.stop_central()
    plays(one, "C003", "wang")
    slip = DockClient(one.dock_url).last_print()
    assert slip is not None
    assert unsent(one) == 1
    one.start_central()
    wait_until_sent(one)
    (application,) = received(one, tmp_path)
    assert application["applicant"]["name"] == PERSONAS["wang"].name


def test_a_power_cut_after_submitting_loses_nothing(terminal: Start, tmp_path: Path) -> None:
    one = terminal()
    one.stop_central()
    plays(one, "C003", "wang", ends=False)
    assert one.station is not None
    station = one.station.process.pid
    for pid in [station, *visit_pids(one)]:
        os.kill(pid, signal.SIGKILL)
    one.station.process.wait(GIVE_UP)
    DockClient(one.dock_url).turn("id_card_reader", "lift")
    one.start_central()
    one.start_station()
    wait_until_sent(one)
    plays(one, "C003", "zhao")
    wait_until_sent(one)
    applications = received(one, tmp_path)
    assert {a["applicant"]["name"] for a in applications} == {PERSONAS["wang"].name, PERSONAS["zhao"].name}
    assert len({a["slip_number"] for a in applications}) == 2


def test_a_frozen_visit_is_replaced(terminal: Start) -> None:
    one = terminal()
    with wait_for_pilot(one) as pilot:
        pilot.tap("start")
        pilot.wait(screen="home")
    frozen = active_pid(one)
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: active_pid(one) != frozen, "another visit on the screen")
    with wait_for_pilot(one) as pilot:
        assert pilot.screen().screen == "recovered"
        pilot.tap("ok")
        pilot.wait(screen="attract", key="start")
        pilot.tap("start")
        assert pilot.wait(screen="home").screen == "home"


def test_a_blip_of_every_device_at_every_screen_costs_nothing(terminal: Start, tmp_path: Path) -> None:
    one = terminal()
    dock = DockClient(one.dock_url)
    pulls = {
        "id_card_reader": ("unplug", "plug"),
        "receipt_printer": ("cable", "cable"),
        "document_camera": ("unplug", "plug"),
    }

    def before(screen: str) -> None:
        if screen in ("done", "take_card", "goodbye"):
            return
        for device, (out, back) in pulls.items():
            dock.turn(device, out, "out" if out == back else "")
            dock.turn(device, back, "in" if out == back else "")

    plays(one, "C001", "wang", before=before)
    wait_until_sent(one)
    (application,) = received(one, tmp_path)
    assert application["applicant"]["name"] == PERSONAS["wang"].name


def test_the_terminal_keeps_nothing_of_the_citizen(terminal: Start) -> None:
    one = terminal(central_up=False)
    plays(one, "C001", "wang")
    who = PERSONAS["wang"]
    needles = [word.encode(code) for word in (who.name, who.id_number, who.phone) for code in ("utf-8", "utf-16-le")]
    for path in [*one.kiosk_data.rglob("*"), *one.logs.rglob("*")]:
        if path.is_file():
            content = path.read_bytes()
            assert not any(needle in content or needle in str(path).encode() for needle in needles), path
