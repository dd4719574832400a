"""`kiosk outbox`: how much waits to be sent. Never what is in it: the terminal cannot open it."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.commands.common import read_settings, with_settings


@click.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def outbox(config_file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """How many applications wait, since when, and which were refused."""
    from kiosk.outbox import queue
    from kiosk.outbox.errors import StoreError
    from kiosk.outbox.store import open_store

    config = read_settings(config_file, overrides)
    if not config.store_file.exists():
        # Opening would make one, and "nothing waits" in a wrong folder is false comfort.
        click.echo(
            f"{config.store_file}: there is no outbox; check paths.data, or no terminal has run here yet", err=True
        )
        sys.exit(1)
    try:
        store = open_store(config.store_file)
        figures = queue.summary(store, time.time())
        rows = queue.entries(store)
    except StoreError as error:
        click.echo(f"{config.data}: {error}\n-> {error.remedy.en} / {error.remedy.zh}", err=True)
        sys.exit(1)
    if as_json:
        listed = [
            {
                "slip_number": row.slip_number,
                "state": row.state.value,
                "attempts": row.attempts,
                "last_error": row.last_error,
                "case_number": row.case_number,
            }
            for row in rows
        ]
        click.echo(json.dumps({**asdict(figures), "applications": listed}, ensure_ascii=False))
        return
    click.echo(f"unsent {figures.unsent}, refused {figures.rejected}, stuck {figures.stuck}")
    if figures.oldest_seconds is not None:
        click.echo(f"oldest unsent: {figures.oldest_seconds / 3600:.1f} h")
    for row in rows:
        click.echo(
            f"{row.slip_number}  {row.state.value:<12} tries {row.attempts}  {row.case_number or row.last_error}"
        )
