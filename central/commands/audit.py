"""`central audit`: check the audit trail, and sign its head for keeping elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from central.audit import chain
from central.commands.common import data_option, opened


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@data_option
@click.option("--anchors", type=click.File(encoding="utf-8"), help="Lines that `audit anchor` printed, kept elsewhere.")
def verify(data: Path, anchors: TextIO | None) -> None:
    """Go through the whole trail. Exit status 1 when anything is not as it was written."""
    with opened(data) as centre:
        try:
            kept = [chain.parse(line) for line in anchors or () if line.strip()]
        except chain.NotAnAnchor as error:
            raise click.ClickException(str(error)) from None
        with centre.database.reading() as session:
            verdict = chain.verify(session, centre.keys, kept)
    for finding in verdict.findings:
        click.echo(f"entry {finding.entry_id}: {finding.what.en}")
    click.echo(f"{verdict.entries} entries, {verdict.anchors} anchors, head {verdict.head}")
    if not verdict.sound:
        raise click.ClickException("the audit trail was tampered with")


@audit.command()
@data_option
def anchor(data: Path) -> None:
    """Sign the head and print it as a line: append it to something that this machine cannot change."""
    with opened(data) as centre, centre.database.writing() as session:
        made = chain.anchor(session, centre.keys, centre.now())
    if made is None:
        raise click.ClickException("the audit trail is empty")
    click.echo(made.line)
