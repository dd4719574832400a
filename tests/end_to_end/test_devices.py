"""Devices pulled out at the screen that needs them. If one of these fails, a loose cable costs somebody everything
they entered, or the screen says something that is not so."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.demo.results import wait_for_pilot
from screens.pilot_client import PilotClient
from tests.end_to_end.rig import PERSONAS, PULL, Terminal, until

pytestmark = pytest.mark.timeout(180)


def says(pilot: PilotClient, *words: str) -> None:
    until(lambda: all(word in " ".join(pilot.words()) for word in words), f"the screen says {words}")


@pytest.mark.parametrize(
    ("device", "screen", "words"),
    [
        ("id_card_reader", "place_card", ("读卡器",)),
        ("smart_card", "social_card", ("读卡器",)),
        ("document_camera", "capture", ("拍照",)),
        ("receipt_printer", "review", ("打印机",)),
    ],
)
def test_a_device_pulled_out_where_it_is_needed_is_named_and_back_again_goes_on(
    terminal: Terminal, device: str, screen: str, words: tuple[str, ...]
) -> None:
    done: list[str] = []
    with wait_for_pilot(terminal) as pilot:

        def before(shown: str) -> None:
            if shown == screen and not done:
                well = set(pilot.words())
                terminal.pull(device)
                until(lambda: terminal.events("device.gone"), "the terminal notices")
                until(lambda: any(w in text for w in words for text in set(pilot.words()) - well), "the screen says so")
                terminal.put_back(device)
                until(lambda: terminal.events("device.back"), "the terminal notices")
                done.append(device)

        citizen = terminal.citizen(pilot, "C001", "wang", before)
        citizen.plays()
        citizen.finishes()
    assert done
    (application,) = terminal.arrived()
    assert application["applicant"]["name"] == PERSONAS["wang"].name
    assert len(terminal.slips()) == 1


def test_a_blip_of_every_device_at_every_screen_costs_nothing(terminal: Terminal) -> None:
    def before(screen: str) -> None:
        if screen not in ("done", "take_card", "goodbye"):
            for device in PULL:
                terminal.pull(device)
                terminal.put_back(device)

    terminal.plays("C001", "wang", before=before)
    (application,) = terminal.arrived()
    assert application["applicant"]["name"] == PERSONAS["wang"].name


@pytest.mark.parametrize(
    "fault",
    [
        "paper_out_mid_print",
        "cover_open_mid_print",
        pytest.param("dies_after_data", marks=pytest.mark.soak),  # its end is awaited for half a minute
    ],
)
def test_a_slip_that_did_not_come_out_whole_is_not_called_printed(terminal: Terminal, fault: str) -> None:
    terminal.dock.fault("receipt_printer", fault)
    with wait_for_pilot(terminal) as pilot:
        citizen = terminal.citizen(pilot, "C003", "wang")
        citizen.plays()
        until(lambda: terminal.events("print.ended"), "the print ends")
        until(lambda: not any("正在打印" in text for text in pilot.words()), "the screen says how it ended")
        words = " ".join(pilot.words())
        assert "已提交" in words
        assert "打好了" not in words
        pilot.tap("finish")
    assert terminal.events("print.ended")[-1]["outcome"] in ("failed", "unknown")
    assert len(terminal.arrived()) == 1


def test_without_a_printer_the_screen_says_so_and_the_application_is_submitted(terminal: Terminal) -> None:
    terminal.pull("receipt_printer")
    until(lambda: terminal.events("device.gone"), "the terminal notices")
    with wait_for_pilot(terminal) as pilot:
        citizen = terminal.citizen(pilot, "C003", "wang")
        citizen.plays()
        says(pilot, "已提交", "拍下")
        assert "print_again" not in pilot.screen().keys()  # noqa: SIM118 - not a mapping
        pilot.tap("finish")
    assert len(terminal.arrived()) == 1
    assert not terminal.slips()


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three megabytes for the terminal's data: a real file system that really fills up."""
    folder = tmp_path_factory.mktemp("d")
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a tmpfs needs root; tests/faults covers the same calls with a size limit")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted here; tests/faults covers the same calls with a size limit")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("full_at", ["the station's start", "sign"])
def test_a_full_disk_is_told_loses_nothing_entered_and_submits_once_there_is_space(
    small_disk: Path, tmp_path_factory: pytest.TempPathFactory, full_at: str
) -> None:
    filler = small_disk / "filler"

    def fills_up(now: str) -> None:
        if now == full_at:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(bytes(4096)):
                    pass

    fills_up("the station's start")
    with Terminal(tmp_path_factory.mktemp("t"), overrides=(f"paths.data={small_disk}",)) as terminal:
        terminal.kiosk_data = small_disk
        with wait_for_pilot(terminal) as pilot:
            citizen = terminal.citizen(pilot, "C001", "wang", fills_up)
            citizen.plays(until="send_failed")
            says(pilot, "没有提交")
            assert not [path for path in small_disk.glob("outbox/*") if path.is_dir()]
            filler.unlink()
            assert not terminal.numbers()
            pilot.tap("retry")
            pilot.wait(screen="done", timeout_s=30.0)
            citizen.finishes()
        (application,) = terminal.arrived()
        assert application["applicant"]["name"] == PERSONAS["wang"].name
        assert len(terminal.slips()) == 1
