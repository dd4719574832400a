"""`central demo-data`: invented cases in every state, for trying the desk."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click
import pyotp

from central.casework.acts import Refused
from central.commands.common import data_option
from central.demo.fill import fill
from central.demo.world import PASSWORD, TOTP_SECRET
from central.keys import KeysUnusable
from central.settings import SettingsError, load
from central.store.database import DatabaseError


@click.command(name="demo-data")
@data_option
@click.option("--code", is_flag=True, help="Only print the six digits that the second step of signing in asks for now.")
def demo_data(data: Path, *, code: bool) -> None:
    """Fill an initialised, empty centre with invented units, staff and cases in every state of every flow."""
    if code:
        click.echo(pyotp.TOTP(TOTP_SECRET).now())
        return
    began = time.monotonic()
    try:
        filled = fill(load(data), datetime.now(UTC))
    except Refused as refused:
        raise click.ClickException(refused.why.en) from None
    except (KeysUnusable, DatabaseError, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo("DEMONSTRATION ONLY: everybody and everything is invented, and these passwords are public.")
    for login in filled.logins:
        click.echo(f"{login.login:22} {login.role:18} {login.unit} {login.name}")
    click.echo(f"password of all: {PASSWORD}")
    click.echo(f"second factor of all (TOTP secret): {TOTP_SECRET}")
    click.echo(f"code now: {pyotp.TOTP(TOTP_SECRET).now()}   (central demo-data --data … --code prints it again)")
    cases, states = sum(filled.states.values()), len(filled.states)
    click.echo(f"{cases} cases in {states} states, in {time.monotonic() - began:.1f} s")
