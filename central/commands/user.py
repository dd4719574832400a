"""`central user`: the first administrator, and help when nobody can sign in any more.

Whoever may run this owns the machine and the keys; it is not a way around the desk's separation of duties, and each
call leaves an audit entry. Passwords are asked for, or read from standard input, never taken as an argument.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.terms import Role
from central.casework.who import Who
from central.commands.common import data_option, opened
from central.desk import personnel
from central.desk.security import WeakPassword, check_strength, hash_password
from central.store.models import Unit, User

OPERATOR = Who("operator")
"""Whoever has the command line."""


@click.group()
def user() -> None:
    """Members of staff."""


@user.command()
@data_option
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--unit", "unit_code", required=True, help="Code of the unit; made if it is the first one.")
@click.option("--region", default="", help="Division code of a unit that is made.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), help="Repeatable.")
def add(data: Path, login: str, name: str, unit_code: str, region: str, roles: tuple[str, ...]) -> None:
    """Record somebody. The first password is asked for; they choose their own at first sign-in."""
    with opened(data) as centre:
        hashed = _new_password(login)
        with centre.database.writing() as session:
            unit = _unit(session, unit_code, region)
            made = personnel.add(session, OPERATOR, login, name, unit, hashed, centre.now())
            if roles:
                personnel.give_roles(session, OPERATOR, made, roles, [], centre.now())
    click.echo(f"{made.login}: recorded; the authenticator is set up at the first sign-in")


@user.command()
@data_option
@click.argument("login")
def passwd(data: Path, login: str) -> None:
    """Give somebody a new first password and end their sessions and lock-out."""
    with opened(data) as centre:
        hashed = _new_password(login)
        with centre.database.writing() as session:
            found = _user(session, login)
            personnel.set_password(session, OPERATOR, found, hashed, centre.now())
            personnel.unlock(session, OPERATOR, found, centre.now())
    click.echo(f"{login}: password set, to be changed at the next sign-in")


@user.command("reset-totp")
@data_option
@click.argument("login")
def reset_totp(data: Path, login: str) -> None:
    """Let somebody set up a new authenticator at the next sign-in."""
    with opened(data) as centre, centre.database.writing() as session:
        personnel.reset_second_factor(session, OPERATOR, _user(session, login), centre.now())
    click.echo(f"{login}: the next sign-in sets up a new authenticator")


@user.command("list")
@data_option
def list_users(data: Path) -> None:
    """Login, unit, roles and standing of everybody, tab-separated."""
    with opened(data) as centre, centre.database.reading() as session:
        for one in session.scalars(select(User).order_by(User.login)):
            locked = one.locked_until is not None and one.locked_until > centre.now()
            standing = "disabled" if one.disabled_at else "locked" if locked else "active"
            click.echo("\t".join((one.login, one.unit.code, ",".join(one.roles) or "-", standing)))


def _new_password(login: str) -> str:
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        check_strength(password, login)
    except WeakPassword as weak:
        raise click.ClickException(weak.why.en) from None
    return hash_password(password)


def _user(session: Session, login: str) -> User:
    found = session.scalar(select(User).where(User.login == login))
    if found is None:
        raise click.ClickException("there is nobody with this login")
    return found


def _unit(session: Session, code: str, region: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is not None:
        return unit
    if session.scalar(select(Unit.id).limit(1)) is not None or not (len(region) == 6 and region.isdigit()):
        raise click.ClickException("there is no such unit (the first one is made when --region is given)")
    unit = Unit(code=code, name=code, short_name=code, region_code=region, region_name=region, kind="hall")
    session.add(unit)
    session.flush()
    return unit
