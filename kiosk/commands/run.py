"""`kiosk run` and `kiosk visit`: the station, and the process of one visit."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kiosk.commands.common import read_settings, with_settings

_record_option = click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    help="Demonstration only: keep a picture of every screen passed, and timeline.json, in this folder.",
)
_pilot_option = click.option(
    "--pilot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Demonstration only: let a program touch the screen through this socket.",
)


@click.command()
@with_settings
@_record_option
@_pilot_option
def run(config_file: Path, overrides: tuple[str, ...], record: Path | None, pilot: Path | None) -> None:
    """Run this terminal: supervise the visits, send what was submitted."""
    from kiosk.station.service import AlreadyRunning, run_station

    config = read_settings(config_file, overrides, check_devices=True)
    _only_in_demonstration(config.terminal.demonstration, record, pilot)
    if not config.central.public_key:
        click.echo(f"{config_file}: central.public_key: is empty, so nothing could be sealed or submitted", err=True)
        sys.exit(2)
    arguments = ["--config", str(config_file)]
    for override in overrides:
        arguments += ["--set", override]
    if record is not None:
        arguments += ["--record", str(record)]
    if pilot is not None:
        arguments += ["--pilot", str(pilot)]
    try:
        run_station(config, arguments)
    except AlreadyRunning as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@click.command()
@with_settings
@_record_option
@_pilot_option
@click.option("--control-fd", type=int, help="Started by the station: the control channel.")
def visit(
    config_file: Path, overrides: tuple[str, ...], record: Path | None, pilot: Path | None, control_fd: int | None
) -> None:
    """Run one visit. The station starts these; by hand it is one visit in one window."""
    from kiosk.app import run_visit
    from kiosk.control import Channel

    config = read_settings(config_file, overrides)
    _only_in_demonstration(config.terminal.demonstration, record, pilot)
    channel = Channel.inherited(control_fd) if control_fd is not None else None
    run_visit(config, channel, record=record, pilot=pilot)


def _only_in_demonstration(demonstration: bool, record: Path | None, pilot: Path | None) -> None:
    if (record or pilot) and not demonstration:
        click.echo(
            "--record and --pilot are for invented people only: set terminal.demonstration=true for that", err=True
        )
        sys.exit(2)
