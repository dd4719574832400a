"""A network that comes and goes, a centre that dies. If one of these fails, an application is lost, arrives twice, or
the slip says something that is not so."""

from __future__ import annotations

import pytest

from kiosk.demo.results import unsent, wait_for_pilot
from tests.end_to_end.rig import GIVE_UP, PERSONAS, Terminal, until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.req("R152")
def test_without_the_network_slip_and_screen_say_waiting_and_it_goes_later_once(terminal: Terminal) -> None:
    terminal.wire.cut()
    terminal.plays("C003", "wang")
    until(lambda: terminal.events("network.lost"), "the terminal notices when it wants to send")
    with wait_for_pilot(terminal) as pilot:
        citizen = terminal.citizen(pilot, "C003", "zhao")
        citizen.plays()
        words = " ".join(pilot.words())
        citizen.finishes()
    assert "已保存，待上传" in words
    assert "待上传：网络中断" in terminal.slips()[-1]
    assert unsent(terminal) == 2
    terminal.wire.mend()
    applications = terminal.arrived()
    assert [a["applicant"]["name"] for a in applications] == [PERSONAS["wang"].name, PERSONAS["zhao"].name]
    assert applications[1]["network_away"] is True


def test_a_centre_killed_in_the_middle_of_an_upload_gets_the_application_once(terminal: Terminal) -> None:
    centre = terminal.central
    assert centre is not None

    def die() -> None:
        centre.process.kill()
        centre.process.wait(GIVE_UP)  # first dead, then the connection ends: a live centre would be asked again

    terminal.wire.cut_after(90_000, die)  # a page of about 170 000 bytes goes first
    terminal.plays("C001", "wang")
    until(lambda: centre.process.poll() is not None, "the centre dies")
    (entry,) = terminal.entries()
    assert entry.case_number is None
    assert entry.attempts >= 1
    terminal.start_central()
    (application,) = terminal.arrived()
    assert application["applicant"]["name"] == PERSONAS["wang"].name


def test_the_done_screen_tells_the_case_number_once_the_centre_has_it(terminal: Terminal) -> None:
    terminal.wire.cut()
    with wait_for_pilot(terminal) as pilot:
        citizen = terminal.citizen(pilot, "C003", "wang")
        citizen.plays()
        terminal.wire.mend()
        case = until(lambda: next((e.case_number for e in terminal.entries() if e.case_number), None), "it arrives")
        until(lambda: case in " ".join(pilot.words()), "the number is on the glass")
        citizen.finishes()
