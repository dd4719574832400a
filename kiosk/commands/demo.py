"""`kiosk demo`: the main job on virtual devices with an embedded centre, by hand or by a scripted citizen."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.commands.common import with_settings

CASES = (("C001", "wang"), ("C003", "foreigner_2023"), ("C004", "yan"))
"""What the scripted citizens come for: one item of each mode; an ordinary card, a Y card, a name with a rare character."""


@click.command()
@with_settings
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
@click.option("--scripted", is_flag=True, help="Let the scripted citizens play, also where there is a display.")
@click.option("--quick", is_flag=True, help="Virtual devices answer at once instead of taking their real time.")
@click.option("--dock-port", default=8620, show_default=True, help="Port of the virtual devices' dock; 0: a free one.")
def demo(
    config_file: Path, overrides: tuple[str, ...], out: Path, scripted: bool, quick: bool, dock_port: int
) -> None:
    """Play the main job: with a display by hand, without one by scripted citizens. Leaves its results in OUT."""
    from kiosk.demo.processes import Demonstration, DidNotStart
    from screens.environment import has_display

    by_hand = has_display() and not scripted
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="tongban-demo-") as folder:
        demonstration = Demonstration(
            config_file,
            Path(folder),
            overrides=overrides,
            realistic=not quick,
            record=out.resolve() / "screens",
            dock_port=dock_port if by_hand else 0,
        )
        try:
            with demonstration:
                if by_hand:
                    _play_by_hand(demonstration, out)
                else:
                    _play_scripted(demonstration, out)
        except DidNotStart as error:
            click.echo(str(error), err=True)
            sys.exit(1)


def _play_by_hand(demonstration: "Demonstration", out: Path) -> None:  # type: ignore[name-defined]  # noqa: F821, UP037
    from kiosk.demo.results import collect

    click.echo(f"终端窗口已打开。虚拟设备台 / virtual devices: {demonstration.dock_url}")
    click.echo("Ctrl-C 结束 / ends the demonstration.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1.0):
        if demonstration.station is not None and demonstration.station.process.poll() is not None:
            break
    collect(demonstration, out, waits=[])
    click.echo(f"结果 / results: {out}")


def _play_scripted(demonstration: "Demonstration", out: Path) -> None:  # type: ignore[name-defined]  # noqa: F821, UP037
    from drivers.virtual.client import DockClient
    from drivers.virtual.personas import PERSONAS
    from kiosk.demo.citizen import PLANS, Citizen
    from kiosk.demo.results import collect, wait_for_pilot

    dock = DockClient(demonstration.dock_url)
    waits = []
    for item, person in CASES:
        with wait_for_pilot(demonstration) as pilot:
            citizen = Citizen(pilot, dock, PERSONAS[person], PLANS[item])
            citizen.plays()
            citizen.finishes()
        click.echo(f"{item} {person}: {' → '.join(citizen.passed)}")
        waits += [{"item": item, "person": person, **asdict(wait)} for wait in citizen.waits]
    found = collect(demonstration, out, waits=waits)
    click.echo(json.dumps(found, ensure_ascii=False))
    if found["applications"] != len(CASES):
        click.echo(f"the centre holds {found['applications']} applications instead of {len(CASES)}", err=True)
        sys.exit(1)
