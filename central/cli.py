"""`central`: make a data folder, serve, look after what is in it. Each command is a module of `central.commands`."""

from __future__ import annotations

import json

import click

from central.app import openapi
from central.commands.audit import audit
from central.commands.conformance import conformance
from central.commands.demo_data import demo_data
from central.commands.export import export
from central.commands.package import package
from central.commands.platform import platform
from central.commands.publish import publish
from central.commands.retention import retention
from central.commands.running import init, migrate, serve
from central.commands.seals import seals
from central.commands.user import user


@click.group()
def main() -> None:
    """The reference central server."""


@main.command(name="openapi")
def print_openapi() -> None:
    """Print the API's description (docs/openapi.json)."""
    click.echo(json.dumps(openapi(), ensure_ascii=False, indent=2))


for command in (
    init,
    serve,
    migrate,
    export,
    user,
    audit,
    publish,
    platform,
    package,
    conformance,
    seals,
    demo_data,
    retention,
):
    main.add_command(command)
