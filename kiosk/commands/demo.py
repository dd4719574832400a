"""`kiosk demo`: the main job on virtual devices with an embedded centre, by hand or by a scripted citizen."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk.commands.common import with_settings

if TYPE_CHECKING:
    from kiosk.demo.citizen import Citizen
    from kiosk.demo.processes import Demonstration
    from kiosk.demo.results import Results

CASES = (("C001", "wang"), ("C003", "foreigner_2023"), ("C004", "yan"))
"""What the scripted citizens come for: one item of each mode; an ordinary card, a Y card, a name with a rare character."""
LOOK_SECONDS = 1.5
"""The scripted citizens look at the live picture before they take one, so that it can be seen in `out` too."""


@click.command()
@with_settings
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
@click.option("--scripted", is_flag=True, help="Let the scripted citizens play, also where there is a display.")
@click.option("--quick", is_flag=True, help="Virtual devices answer at once instead of taking their real time.")
@click.option("--dock-port", default=8620, show_default=True, help="Port of the virtual devices' dock; 0: a free one.")
def demo(config_file: Path, overrides: tuple[str, ...], out: Path, scripted: bool, quick: bool, dock_port: int) -> None:
    """Play the main job: with a display by hand, without one by scripted citizens. Leaves its results in OUT."""
    from kiosk.demo.citizen import Lost
    from kiosk.demo.processes import Demonstration, DidNotStart
    from kiosk.demo.results import NothingCame
    from screens.environment import has_display
    from screens.pilot_client import PilotError

    by_hand = has_display() and not scripted
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="tongban-demo-")))
        demonstration = Demonstration(
            config_file,
            folder,
            overrides=overrides,
            realistic=not quick,
            record=out.resolve() / "screens",
            piloted=not by_hand,
            dock_port=dock_port if by_hand else 0,
            desk=True,
        )
        ends.callback(lambda: shutil.copytree(demonstration.logs, out / "logs", dirs_exist_ok=True))
        try:
            with demonstration:
                missing = _by_hand(demonstration, out) if by_hand else _scripted(demonstration, out)
        except (DidNotStart, NothingCame, Lost, PilotError, OSError) as error:
            missing = (f"{type(error).__name__}: {error}",)
    for what in missing:
        click.echo(f"缺 / missing: {what}", err=True)
    if missing:
        click.echo(f"日志 / logs: {out / 'logs'}", err=True)
        sys.exit(1)


def _by_hand(demonstration: Demonstration, out: Path) -> Sequence[str]:
    from kiosk.demo.results import collect

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("终端窗口已打开，用鼠标或手指点。 / The terminal's window is open: touch or click.")
    _tell_desk(demonstration, out)
    click.echo(f"放证件、放材料、看凭条、制造故障 / cards, papers, slips, faults: {demonstration.dock_url}")
    click.echo("按 Ctrl-C 结束 / Ctrl-C ends the demonstration.")
    sys.stdout.flush()
    while not stop.wait(0.5):
        if demonstration.station is None or demonstration.station.process.poll() is not None:
            break
    results = collect(demonstration, out, waits=[], passed=[])
    _tell(results, out)
    return results.missing


def _scripted(demonstration: Demonstration, out: Path) -> Sequence[str]:
    from drivers.virtual.client import DockClient
    from drivers.virtual.personas import PERSONAS
    from kiosk.demo.citizen import MENDING, PLANS, Citizen
    from kiosk.demo.desk import pictures
    from kiosk.demo.results import collect, wait_for_pilot

    click.echo("没有显示器：三位虚构的办事人来办事。 / No display: three invented citizens play.")
    dock = DockClient(demonstration.dock_url)
    citizens: list[Citizen] = []
    waits: list[dict[str, object]] = []
    for item, person in CASES:
        begun = time.monotonic()
        with wait_for_pilot(demonstration) as pilot:
            plan = MENDING if item == MENDING.item else PLANS[item]
            citizen = Citizen(pilot, dock, PERSONAS[person], plan, look_seconds=LOOK_SECONDS)
            citizen.plays()
            citizen.finishes()
        citizens.append(citizen)
        waits += [{"item": item, "person": person, **asdict(wait)} for wait in citizen.waits]
        _tell_visit(citizen, item, person, time.monotonic() - begun)
    results = collect(demonstration, out, waits, [citizen.passed for citizen in citizens])
    _tell(results, out)
    _tell_desk(demonstration, out)
    cases = sorted(folder.name for folder in (out / "centre").iterdir())
    taken = pictures(demonstration, cases, out / "desk")
    click.echo(
        f"办件中心画面 {taken} 张 / pictures of the desk: {out / 'desk'}"
        if taken
        else "没有 Chromium / no Chromium here"
    )
    return results.missing


def _tell_desk(demonstration: Demonstration, out: Path) -> None:
    from kiosk.demo.desk import where

    (out / "desk-logins.txt").write_text(demonstration.logins, "utf-8")
    for line in where(demonstration):
        click.echo(line)


def _tell_visit(citizen: Citizen, item: str, person: str, seconds: float) -> None:
    from drivers.virtual.personas import PERSONAS

    click.echo(f"{item} {PERSONAS[person].name}: {len(citizen.passed)} 屏 / screens, {seconds:.0f} s")
    if citizen.mended:
        click.echo(f"    重拍 {citizen.mended} 次 / bad pages mended: {citizen.mended}")
    for wait in citizen.waits:
        click.echo(f"    {wait.what}: {wait.ms:.0f} ms")
    sys.stdout.flush()


def _tell(results: Results, out: Path) -> None:
    click.echo(f"中心收到 {results.applications} 件 / applications at the centre: {out / 'centre'}")
    click.echo(f"凭条 {results.slips} 张 / slips: {out}/slip-NN.png, .txt")
    click.echo(f"画面 {results.pictures} 张 / pictures: {out / 'screens'}")
    click.echo(f"等待时间 / waits: {out / 'timeline.json'}")
