"""`central publish`: content for terminals that does not come from the desk's editor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from central.casework.who import SYSTEM
from central.catalogue import publishing, updating
from central.commands.common import data_option, opened
from central.store.models import Publication

_BODIES = ("catalogue", "profiles", "calendar", "contacts", "bulletins", "agreements", "ratings")
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


@click.group()
def publish() -> None:
    """Publish, signed, what terminals and deadlines go by."""


@publish.command()
@data_option
def shipped(data: Path) -> None:
    """What came with the software and is not published yet; what was edited at the desk stays."""
    try:
        with opened(data) as centre, centre.database.writing() as session:
            _say(updating.publish_missing(session, centre.keys.signing, SYSTEM, centre.now()))
    except updating.CannotPublish as error:
        raise click.ClickException(str(error)) from None


@publish.command()
@data_option
@_file
def calendar(data: Path, file: Path) -> None:
    """Years of the working-day calendar: {"2027": {"off": ["2027-01-01", …], "extra_workdays": […]}}."""
    _publish(data, file, updating.publish_years)


@publish.command()
@data_option
@_file
def profiles(data: Path, file: Path) -> None:
    """Rules of places, in the form of assets/casework/profiles.json."""
    _publish(data, file, updating.publish_profiles)


@publish.command()
@data_option
@_file
def ratings(data: Path, file: Path) -> None:
    """Rules of rating by place, in the form of assets/ratings/rules.json."""
    _publish(data, file, updating.publish_ratings)


@publish.command()
@data_option
@_file
def bulletins(data: Path, file: Path) -> None:
    """All news of today: {"KEY": {"title": {"zh", "en"}, "text": {"zh", "en"}, "since": "2026-12-01", "until": …}}."""
    _publish(data, file, updating.publish_bulletins)


@publish.command()
@data_option
def status(data: Path) -> None:
    """The newest version of each body of content."""
    with opened(data) as centre, centre.database.reading() as session:
        for body in _BODIES:
            newest = publishing.latest(session, body)
            said = (
                "nothing published"
                if newest is None
                else f"{newest.version}, in effect from {newest.effective_at:%Y-%m-%d %H:%M} UTC"
                + ("" if newest.everybody_at else ", for a group of terminals only")
            )
            click.echo(f"{body}: {said}")


def _publish(data: Path, file: Path, make: Callable[..., Publication]) -> None:
    contents = _read(file)
    try:
        with opened(data) as centre, centre.database.writing() as session:
            _say((make(session, centre.keys.signing, contents, SYSTEM, centre.now()),))
    except updating.CannotPublish as error:
        raise click.ClickException(str(error)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise click.ClickException(f"{file} is no JSON file") from None
    if not isinstance(value, dict):
        raise click.ClickException(f"{file} is no JSON object")
    return value


def _say(publications: tuple[Publication, ...]) -> None:
    for publication in publications:
        click.echo(f"{publication.body}: {publication.version}")
    if not publications:
        click.echo("nothing new")
