"""`central`: make a data folder, serve, export."""

from __future__ import annotations

import json
from pathlib import Path

import click

from central import keys
from central.app import create_app, openapi
from central.centre import assemble
from central.export import export as export_cases
from central.keys import KeysUnusable
from central.opening import CannotOpen
from central.serving import Server, listen
from central.settings import Settings
from central.store.database import DatabaseError

data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The centre's data folder."
)


@click.group()
def main() -> None:
    """The reference central server."""


@main.command()
@data_option
def init(data: Path) -> None:
    """Make the data folder and the key pair; print what a terminal needs to know (terminal.json)."""
    settings = Settings(data)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring = keys.create(settings.keys)
        text = ring.published.model_dump_json(indent=2)
        settings.terminal_file.write_text(text + "\n", encoding="utf-8")
    except FileExistsError:
        raise click.ClickException(f"{data} has keys already; they are never overwritten") from None
    except OSError as error:
        raise click.ClickException(f"cannot make {data}: {error.strerror}") from None
    click.echo(text)


@main.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8440, show_default=True, help="Port to listen on; 0 picks a free one.")
def serve(data: Path, host: str, port: int) -> None:
    """Serve the API until told to stop. Prints `ready http://…` once it listens."""
    try:
        app = create_app(Settings(data))
    except (KeysUnusable, DatabaseError, OSError) as error:
        raise click.ClickException(str(error)) from None
    try:
        listener = listen(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    Server(app, lambda url: click.echo(f"ready {url}")).run(sockets=[listener])


@main.command()
@data_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
def export(data: Path, out: Path) -> None:
    """Write every application and its files, opened, byte for byte as they were sealed."""
    try:
        centre = assemble(Settings(data))
        numbers = export_cases(centre, out)
    except (KeysUnusable, DatabaseError, CannotOpen, OSError) as error:
        raise click.ClickException(str(error)) from None
    for number in numbers:
        click.echo(number)


@main.command(name="openapi")
def print_openapi() -> None:
    """Print the API's description (docs/openapi.json)."""
    click.echo(json.dumps(openapi(), ensure_ascii=False, indent=2))
