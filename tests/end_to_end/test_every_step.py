"""Each thing that can go wrong, at each step of each script. Takes most of an hour: `make soak`.

Whatever happens: nothing that was submitted is lost, nothing arrives twice, and the next citizen finds a terminal that
works."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kiosk.demo.citizen import Lost
from kiosk.demo.results import wait_for_pilot
from screens.pilot_client import PilotError
from tests.end_to_end.rig import PULL, Terminal, until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

OUTAGE_SECONDS = 1.0
SCRIPTS = (("C001", "wang"), ("C003", "foreigner_2023"), ("C004", "yan"))


def _outage_of(device: str) -> Callable[[Terminal], None]:
    def act(terminal: Terminal) -> None:
        terminal.pull(device)
        threading.Timer(OUTAGE_SECONDS, lambda: terminal.put_back(device)).start()

    return act


def _no_network(terminal: Terminal) -> None:
    terminal.wire.cut()
    threading.Timer(OUTAGE_SECONDS, terminal.wire.mend).start()


MISHAPS: dict[str, tuple[Callable[[Terminal], None], bool]] = {
    **{device: (_outage_of(device), True) for device in PULL},
    "network": (_no_network, True),
    "visit killed": (Terminal.kill_active, False),
    "power": (Terminal.cut_power, False),
}
"""What is done, and whether the citizen must reach the end all the same."""


@pytest.mark.parametrize("mishap", list(MISHAPS))
@pytest.mark.parametrize(("item", "person"), SCRIPTS)
def test_a_mishap_at_any_step_loses_nothing_and_leaves_a_working_terminal(
    terminal: Terminal, item: str, person: str, mishap: str
) -> None:
    act, goes_on = MISHAPS[mishap]
    step = 0
    while True:
        terminal.make_whole()
        acted, passed = _plays_with(terminal, item, person, step, act)
        where = f"{mishap} at step {step}: … {' '.join(passed[-4:])}"
        if goes_on or not acted:
            assert passed[-1] == "goodbye", where
        if terminal.station_process().process.poll() is not None:
            terminal.start_station()
        numbers = terminal.numbers()
        applications = terminal.arrived()
        assert [a["slip_number"] for a in applications] == numbers, where
        assert len(numbers) <= 1, where
        assert "done" not in passed or len(numbers) == 1, where
        assert until(terminal.screen, where).screen in ("attract", "recovered"), where
        if not acted:
            break
        step += 1
    assert step > 15


def _plays_with(
    terminal: Terminal, item: str, person: str, step: int, act: Callable[[Terminal], None]
) -> tuple[bool, list[str]]:
    """A citizen's visit with `act` at the screen with number `step`, if there is one before the visit's end."""
    acted = False
    count = 0

    def before(screen: str) -> None:
        nonlocal acted, count
        if count == step:
            acted = True
            act(terminal)
        count += 1

    with wait_for_pilot(terminal) as pilot:
        citizen = terminal.citizen(pilot, item, person, before)
        try:
            citizen.plays()
            citizen.finishes()
        except (OSError, PilotError, Lost) as error:
            if not acted:
                raise
            citizen.passed.append(str(error))
    return acted, citizen.passed
