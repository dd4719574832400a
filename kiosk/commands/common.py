"""What every subcommand shares: which settings it works with, and how it ends when they are wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from kiosk import config as configuration

F = TypeVar("F", bound=Callable[..., Any])


def with_settings(command: F) -> F:
    """Adds `--config FILE` and `--set key=value` to a command; it receives them as `config_file` and `overrides`."""
    command = click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        default=configuration.DEFAULT_FILE,
        show_default=True,
        help="Settings file.",
    )(command)
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override one setting, e.g. devices.id_card_reader.link=/dev/ttyUSB0 (repeatable).",
    )(command)


def read_settings(
    config_file: Path, overrides: tuple[str, ...], *, check_devices: bool = False
) -> configuration.Config:
    """The settings, or one line per problem on standard error and exit code 2."""
    try:
        return configuration.load(config_file, overrides, check_devices=check_devices)
    except configuration.ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)


def read_device_settings(config_file: Path, overrides: tuple[str, ...], devices: Iterable[str]) -> configuration.Config:
    """The settings as far as trying `devices` needs them.

    Works without a settings file too, unless one was named: a technician's laptop has none.

    Raises:
        ConfigError: with one line per problem.
    """
    named = click.get_current_context().get_parameter_source("config_file") is not ParameterSource.DEFAULT
    file = config_file if named or config_file.exists() else None
    return configuration.load(file, overrides, check_devices=devices, devices_only=True)
