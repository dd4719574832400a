"""`central init`, `central serve`, `central migrate`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from pydantic import SecretStr

from central import keys
from central.app import application
from central.casework.terms import Right
from central.casework.who import SYSTEM
from central.catalogue.updating import publish_missing
from central.centre import assemble, utc_now
from central.commands.common import data_option
from central.keys import KeyRing, KeysUnusable
from central.serving import Server, address, listen
from central.settings import DatabaseSettings, Settings, SettingsError, load
from central.store.database import Database, DatabaseError
from central.store.migrate import migrate as migrate_database
from central.store.models import Grant
from central.supervising import CannotBegin, Supervisor

EVERYBODY = "*"


@click.command()
@data_option
@click.option("--database", "url", default="", help="postgresql+psycopg://…; by default SQLite in the data folder.")
def init(data: Path, url: str) -> None:
    """Make keys, database and settings; print what a terminal needs to know (terminal.json)."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = load(data)
        if url:
            settings = replace(settings, database=DatabaseSettings(url=SecretStr(url)))
        if settings.keys.exists():
            raise click.ClickException(f"{data} has keys already; they are never overwritten")
        migrate_database(settings.database_url)
        ring = keys.create(settings.keys)
        _begin(settings, ring)
        text = json.dumps({**ring.published.model_dump(), "signing_key": ring.signing_public}, indent=2)
        settings.terminal_file.write_text(text + "\n", encoding="utf-8")
        if url:
            _write_settings(settings, url)
    except (DatabaseError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot make {data}: {error.strerror}") from None
    click.echo(text)


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8440, show_default=True, help="Port to listen on; 0 picks a free one.")
@click.option(
    "--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many; several need PostgreSQL."
)
def serve(data: Path, host: str, port: int, processes: int) -> None:
    """Serve API and desk until told to stop. Prints `ready http://…` once it listens."""
    if processes > 1:
        _check(data)
    try:
        listener = listen(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None

    def work(ready: Callable[[], None]) -> None:
        with _said():
            centre = assemble(load(data))
        centre.start()
        Server(application(centre), lambda _: ready()).run(sockets=[listener])

    def ready() -> None:
        click.echo(f"ready {address(listener)}")

    if processes == 1:
        work(ready)
        return
    try:
        Supervisor(processes, work, ready).run()
    except CannotBegin as error:
        raise click.ClickException(str(error)) from None


@click.command()
@data_option
def migrate(data: Path) -> None:
    """Bring the database to the tables of this version. Stop the centre and make a copy first."""
    try:
        migrate_database(load(data).database_url)
    except (DatabaseError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    click.echo("the database is up to date")


def _check(data: Path) -> None:
    """What would keep every one of several processes from serving is said once, before any is begun."""
    with _said():
        settings = load(data)
        if settings.database_url.startswith("sqlite"):
            raise SettingsError(
                "several processes need PostgreSQL: an SQLite database belongs to one. "
                "Leave --processes out, or make the centre with --database postgresql+psycopg://…"
            )
        keys.load(settings.keys)
        Database.open(settings.database_url).close()


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (KeysUnusable, DatabaseError, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _begin(settings: Settings, ring: KeyRing) -> None:
    """What a new centre starts with: content for terminals, and rights.

    Until places agree otherwise, each lets every other collect, notify, see originals and deliver for it (R147).
    """
    database = Database.open(settings.database_url)
    try:
        with database.writing() as session:
            now = utc_now()
            publish_missing(session, ring.signing, SYSTEM, now)
            session.add_all(
                Grant(grantor_region=EVERYBODY, grantee_region=EVERYBODY, right=right.value, since=now)
                for right in Right
                if session.query(Grant.id).filter_by(right=right.value).first() is None
            )
    finally:
        database.close()


def _write_settings(settings: Settings, url: str) -> None:
    if settings.file.exists():
        raise click.ClickException(f"put the database's URL into {settings.file.name} yourself: it exists already")
    settings.file.touch(mode=0o600)
    escaped = url.replace("\\", "\\\\").replace('"', '\\"')
    settings.file.write_text(f'[database]\nurl = "{escaped}"\n', encoding="utf-8")
