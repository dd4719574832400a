"""`central export`: everything that was received, opened."""

from __future__ import annotations

from pathlib import Path

import click

from central.commands.common import data_option, opened
from central.export import export as export_cases
from central.opening import CannotOpen


@click.command()
@data_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--terminal", default="", help="Only what this terminal sent.")
def export(data: Path, out: Path, terminal: str) -> None:
    """Write every application and its files, opened, byte for byte as they were sealed."""
    with opened(data) as centre:
        try:
            numbers = export_cases(centre, out, terminal)
        except (CannotOpen, OSError) as error:
            raise click.ClickException(str(error)) from None
    for number in numbers:
        click.echo(number)
