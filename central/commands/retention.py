"""`central retention`: the periods that count here, what falls due by them, and the deletion at once."""

from __future__ import annotations

from pathlib import Path

import click

from central.commands.common import data_option, opened
from central.retention import finding


@click.command()
@data_option
@click.option(
    "--delete", is_flag=True, help="Delete now what falls due. (A running centre does it by itself, every hour.)"
)
def retention(data: Path, delete: bool) -> None:
    """Show the periods of retention and how many cases fall due. Nothing is deleted without --delete."""
    with opened(data) as centre:
        rules = centre.settings.retention.table
        if not rules:
            click.echo(f"No period is set in {centre.settings.file.name}: everything is kept.")
            return
        for rule in rules:
            period = "kept" if rule.days is None else f"{rule.days} days after its end"
            click.echo(f"{rule.place or 'everywhere':10}  {rule.state.value:13}  {rule.what.value:7}  {period}")
        with centre.database.reading() as session:
            due = finding.counts(session, rules, centre.now())
        for (state, what), number in due.items():
            click.echo(f"due: {number} {state.value} cases ({what.value})")
        if not due:
            click.echo("nothing is due")
        if delete:
            done = 0
            while some := centre.retention.step():
                done += some
            click.echo(f"deleted: {done}")
