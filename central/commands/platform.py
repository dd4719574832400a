"""`central platform`: which platforms are admitted, with which key, and what they may take on whose written word."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central import platforms
from central.audit import trail
from central.casework.acts import Refused
from central.casework.who import SYSTEM
from central.centre import utc_now
from central.settings import SettingsError, load
from central.sharing import authorisations
from central.store.database import Database, DatabaseError
from central.store.models import Platform
from central.times import end_of
from kiosk.protocol.envelope import PublishedKey

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
    """Admit a platform and print its token, this once. It gets nothing until a place authorises it."""
    if not all(authorisations.PREFIX.fullmatch(one) for one in divisions):
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
@click.argument("public", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def key(data: Path, name: str, public: Path) -> None:
    """Register the platform's public key (PUBLIC is what `central package key` printed): it gets what is about persons
    sealed to it. Never over the network: whoever steals a token must not be able to put a key of their own in its place.
    """
    try:
        published = PublishedKey.model_validate_json(public.read_bytes())
        published.key()
    except (OSError, ValueError):  # also ValidationError and EnvelopeError
        raise click.ClickException("that file holds no public key") from None
    database = _open(data)
    try:
        with database.writing() as session:
            found = _admitted(session, name)
            found.public_key = published.public_key
            trail.record(session, SYSTEM, "platform.key", name, utc_now(), {"key": published.key_id})
    finally:
        database.close()


@platform.command()
@data_option
@click.argument("name")
@click.option("--number", required=True, help="Number of the written authorisation.")
@click.option("--authority", required=True, help="The place's department that gave it.")
@click.option("--purpose", required=True, help="What it may be used for.")
@click.option(
    "--division",
    "divisions",
    multiple=True,
    required=True,
    help="Beginning of division codes of the authority's cases.",
)
@click.option(
    "--may",
    "rights",
    multiple=True,
    required=True,
    type=click.Choice([right.value for right in authorisations.SharingRight]),
    help="What the platform may take, or do (report).",
)
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day, in China.")
def authorise(
    data: Path,
    name: str,
    number: str,
    authority: str,
    purpose: str,
    divisions: tuple[str, ...],
    rights: tuple[str, ...],
    until: datetime.datetime,
) -> None:
    """Record a written authorisation (属地书面授权). The desk shows it, and ends it."""
    now = utc_now()
    last = end_of(until.date())
    letter = authorisations.Letter(number, authority, purpose, divisions, rights, now, last)
    database = _open(data)
    try:
        with database.writing() as session:
            authorisations.record(session, SYSTEM, _admitted(session, name), letter, now)
    except Refused as refused:
        raise click.ClickException(refused.why.en) from None
    finally:
        database.close()


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


def _admitted(session: Session, name: str) -> Platform:
    found = session.scalar(select(Platform).where(Platform.name == name, Platform.revoked_at.is_(None)))
    if found is None:
        raise click.ClickException(f"no platform named {name} is admitted")
    return found


def _open(data: Path) -> Database:
    try:
        return Database.open(load(data).database_url)
    except (SettingsError, DatabaseError) as error:
        raise click.ClickException(str(error)) from None
