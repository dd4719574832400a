"""Processes that die or freeze, power that goes. If one of these fails, what a citizen submitted is lost or sent twice,
or the next one stands before a dead screen."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from kiosk.demo.citizen import Lost
from kiosk.demo.results import unsent, wait_for_pilot
from screens.pilot_client import PilotClient, PilotError
from tests.end_to_end.rig import PERSONAS, Terminal, until

pytestmark = pytest.mark.timeout(180)


def breaks_off(terminal: Terminal, pilot: PilotClient, item: str, person: str, before: Callable[[str], None]) -> None:
    """A citizen's visit ends under their hands."""
    citizen = terminal.citizen(pilot, item, person, before)
    with pytest.raises((OSError, PilotError, Lost)):
        citizen.plays()
    terminal.dock.turn("id_card_reader", "lift")
    terminal.dock.turn("smart_card", "remove")


@pytest.mark.parametrize("step", ["place_card", "sign"])
def test_a_killed_visit_brings_a_working_attract_screen_and_submits_nothing(terminal: Terminal, step: str) -> None:
    killed: list[int] = []

    def before(screen: str) -> None:
        if screen == step and not killed:
            killed.append(terminal.active_pid())
            terminal.kill_active()

    with wait_for_pilot(terminal) as pilot:
        breaks_off(terminal, pilot, "C003", "wang", before)
    assert killed
    until(lambda: terminal.active_pid() != killed[0], "another visit on the screen")
    state = terminal.screen()
    assert state.screen == "recovered"
    assert not terminal.numbers()
    assert not [target for target in state.targets if target.key.isdigit()]
    terminal.plays("C003", "zhao")
    (application,) = terminal.arrived()
    assert application["applicant"]["name"] == PERSONAS["zhao"].name


@pytest.mark.parametrize("network", [True, False], ids=["with the network", "without the network"])
def test_what_was_submitted_survives_the_kill_of_its_visit_and_the_next_screen_says_so(
    terminal: Terminal, network: bool
) -> None:
    if not network:
        terminal.wire.cut()
    before = terminal.active_pid()
    terminal.plays("C003", "wang", ends=False)
    terminal.kill_active()
    terminal.dock.turn("id_card_reader", "lift")
    until(lambda: terminal.active_pid() != before, "another visit on the screen")
    shown = terminal.screen()
    (number,) = terminal.numbers()
    assert shown.screen == "recovered"
    assert number in {target.key for target in shown.targets}
    terminal.wire.mend()
    (application,) = terminal.arrived()
    assert application["slip_number"] == number
    assert application["applicant"]["name"] == PERSONAS["wang"].name


def test_a_kill_while_the_application_is_written_leaves_all_of_it_or_nothing(terminal: Terminal) -> None:
    def before(screen: str) -> None:
        if screen == "sign":
            writing = terminal.kiosk_data / "outbox"
            folders = set(writing.iterdir())
            pid = terminal.active_pid()

            def kill() -> bool:
                begun = set(writing.iterdir()) - folders
                return bool(begun) and (os.kill(pid, signal.SIGKILL) or True)

            _in_background(lambda: until(kill, "the application is being written"))

    with wait_for_pilot(terminal) as pilot:
        breaks_off(terminal, pilot, "C003", "wang", before)
    shown = terminal.screen()
    assert shown.screen == "recovered"
    numbers = terminal.numbers()
    applications = terminal.arrived()
    assert [a["slip_number"] for a in applications] == numbers
    assert {target.key for target in shown.targets} >= set(numbers)
    terminal.plays("C003", "zhao")
    assert len(terminal.arrived()) == len(numbers) + 1


def test_a_killed_spare_is_replaced_and_nobody_notices(terminal: Terminal) -> None:
    active = terminal.active_pid()
    killed: list[int] = []

    def before(screen: str) -> None:
        if screen.startswith("form_") and not killed:
            killed.append(terminal.spare_pid())
            os.kill(killed[0], signal.SIGKILL)

    terminal.plays("C003", "wang", before=before)
    assert killed
    assert active not in killed
    assert terminal.spare_pid() != killed[0]
    assert len(terminal.arrived()) == 1


def test_a_frozen_visit_is_replaced_within_seconds(terminal: Terminal) -> None:
    with wait_for_pilot(terminal) as pilot:
        pilot.tap("start")
        pilot.wait(screen="home")
    frozen = terminal.active_pid()
    begun = time.monotonic()
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: terminal.active_pid() != frozen, "another visit on the screen")
    assert 8.0 < time.monotonic() - begun < 30.0  # ten seconds, on a busy machine
    assert terminal.events("visit.frozen")[-1]["pid"] == frozen
    until(lambda: frozen not in terminal.visit_pids(), "the frozen visit is gone")
    with wait_for_pilot(terminal) as pilot:
        assert pilot.screen().screen == "recovered"
        pilot.tap("ok")
        assert pilot.wait(screen="home", key="apply").screen == "home"


def test_a_power_cut_before_submitting_leaves_no_trace_and_a_working_terminal(terminal: Terminal) -> None:
    def before(screen: str) -> None:
        if screen == "sign":
            terminal.cut_power()

    with wait_for_pilot(terminal) as pilot:
        breaks_off(terminal, pilot, "C003", "wang", before)
    terminal.start_station()
    assert terminal.screen().screen == "attract"
    assert not terminal.numbers()
    terminal.plays("C003", "zhao")
    (application,) = terminal.arrived()
    assert application["applicant"]["name"] == PERSONAS["zhao"].name


def test_a_power_cut_after_submitting_loses_nothing(terminal: Terminal) -> None:
    terminal.wire.cut()
    terminal.plays("C003", "wang", ends=False)
    terminal.cut_power()
    assert unsent(terminal) == 1
    terminal.wire.mend()
    terminal.start_station()
    (first,) = terminal.arrived()
    assert first["applicant"]["name"] == PERSONAS["wang"].name
    terminal.plays("C003", "zhao")
    applications = terminal.arrived()
    assert [a["applicant"]["name"] for a in applications] == [PERSONAS["wang"].name, PERSONAS["zhao"].name]
    assert len({a["slip_number"] for a in applications}) == 2


def _in_background(act: Callable[[], object]) -> None:
    threading.Thread(target=act, daemon=True).start()
