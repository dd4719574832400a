"""`central seals`: the electronic seals of the units."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from central.commands.common import data_option, opened
from central.documents.papers import demonstration_seals, seals_of
from central.documents.seals import Certificate, Seals, SealUnusable
from central.store.models import Unit


@click.group()
def seals() -> None:
    """The certificates with which units seal and sign their documents."""


@seals.command(name="list")
@data_option
def show(data: Path) -> None:
    """Every unit, and its seal."""
    with opened(data) as centre:
        held = seals_of(centre)
        with centre.database.reading() as session:
            units = session.scalars(select(Unit).where(Unit.active).order_by(Unit.code)).all()
        for unit in units:
            click.echo(f"{unit.code}  {unit.name}  {_standing(held, unit.code)}")


@seals.command()
@data_option
@click.option("--unit", "code", default="", help="Code of one unit; without it every unit that has no seal.")
def create(data: Path, code: str) -> None:
    """Make self-signed seals for demonstrations. They say so in their certificate, and have no legal force."""
    with opened(data) as centre:
        try:
            made = demonstration_seals(centre, code)
        except SealUnusable as error:
            raise click.ClickException(str(error)) from None
    for seal in made:
        click.echo(f"{seal.unit_code}  {seal.subject}  until {seal.valid_until:%Y-%m-%d}")


@seals.command(name="import")
@data_option
@click.option("--unit", "code", required=True, help="Code of the unit.")
@click.option("--passphrase", prompt=True, hide_input=True, default="", help="Of the file; asked for when missing.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def bring(data: Path, code: str, passphrase: str, file: Path) -> None:
    """Take over a real seal from a PKCS#12 file (.p12, .pfx)."""
    with opened(data) as centre:
        with centre.database.reading() as session:
            known = session.scalar(select(Unit.id).where(Unit.code == code))
        if known is None:
            raise click.ClickException("there is no such unit")
        try:
            seal = seals_of(centre).bring(code, file.read_bytes(), passphrase)
        except SealUnusable as error:
            raise click.ClickException(str(error)) from None
        if not seal.valid(centre.now()):
            click.echo("warning: this certificate is not valid now", err=True)
        click.echo(f"{code}  {seal.subject}  until {seal.valid_until:%Y-%m-%d}")


def _standing(held: Seals, code: str) -> str:
    try:
        seal = held.get(code)
    except SealUnusable as error:
        return f"unusable: {error}"
    return "no seal" if seal is None else _said(seal)


def _said(seal: Certificate) -> str:
    kind = "demonstration" if seal.demonstration else f"issued by {seal.issuer}"
    return f"{seal.subject} ({kind}), serial {seal.serial}, until {seal.valid_until:%Y-%m-%d}"
