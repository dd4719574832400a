"""`central platform`: which platforms may follow what changes here."""

from __future__ import annotations

import re
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from central import platforms
from central.audit import trail
from central.casework.who import SYSTEM
from central.centre import utc_now
from central.settings import SettingsError, load
from central.store.database import Database, DatabaseError
from central.store.models import Platform

data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="The centre's data folder."
)


@click.group()
def platform() -> None:
    """Existing platforms of provinces that read the feed and report results (docs/integration.md)."""


@platform.command()
@data_option
@click.argument("name")
@click.option(
    "--division",
    "divisions",
    multiple=True,
    required=True,
    help="Beginning of division codes it may follow, 2, 4 or 6 digits: 64 is all of Ningxia.",
)
def add(data: Path, name: str, divisions: tuple[str, ...]) -> None:
    """Admit a platform and print its token, this once."""
    if not all(re.fullmatch("[0-9]{2}|[0-9]{4}|[0-9]{6}", one) for one in divisions):
        raise click.BadParameter("divisions have 2, 4 or 6 digits")
    database = _open(data)
    try:
        with database.writing() as session:
            token = platforms.add(session, name, list(divisions), utc_now())
            trail.record(session, SYSTEM, "platform.added", name, utc_now(), {"divisions": list(divisions)})
    except IntegrityError:
        raise click.ClickException(f"there is or was a platform named {name}; take another name") from None
    finally:
        database.close()
    click.echo(token)


@platform.command()
@data_option
@click.argument("name")
def revoke(data: Path, name: str) -> None:
    """Shut a platform out, at once."""
    database = _open(data)
    try:
        with database.writing() as session:
            found = platforms.revoke(session, name, utc_now())
            if found:
                trail.record(session, SYSTEM, "platform.revoked", name, utc_now())
    finally:
        database.close()
    if not found:
        raise click.ClickException(f"no platform named {name} is admitted")


@platform.command(name="list")
@data_option
def list_platforms(data: Path) -> None:
    """Who is admitted, and for which divisions."""
    database = _open(data)
    try:
        with database.reading() as session:
            for one in session.scalars(select(Platform).where(Platform.revoked_at.is_(None)).order_by(Platform.name)):
                click.echo(f"{one.name}\t{' '.join(one.prefixes)}")
    finally:
        database.close()


def _open(data: Path) -> Database:
    try:
        return Database.open(load(data).database_url)
    except (SettingsError, DatabaseError) as error:
        raise click.ClickException(str(error)) from None
