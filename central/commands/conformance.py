"""`central conformance`: does another system keep the wire contract?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from central.conformance.check import Outcome
from central.conformance.lab import Lab
from central.conformance.suite import as_json, line, run, summary
from kiosk.protocol.application import Item, Region
from kiosk.protocol.envelope import TerminalFile


def _waiting(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    slip, colon, code = value.partition(":")
    if not colon:
        raise click.BadParameter("SLIP:CODE")
    return slip, code


@click.command()
@click.argument("url")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The public key that terminals hold (terminal.json).",
)
@click.option("--receiving", default="990100", show_default=True, help="Receiving division of the test applications.")
@click.option("--handling", default="990200", show_default=True, help="Handling division.")
@click.option("--item", default="CONFORMANCE", show_default=True, help="Service item.")
@click.option(
    "--waiting",
    callback=_waiting,
    metavar="SLIP:CODE",
    help="A test case that staff have sent a one-time notice: it is supplemented.",
)
@click.option("--json", "machine", is_flag=True, help="Report as JSON.")
def conformance(
    url: str,
    key_file: Path,
    receiving: str,
    handling: str,
    item: str,
    waiting: tuple[str, str] | None,
    machine: bool,
) -> None:
    """Check the system at URL against docs/protocol.md. Ends with 1 if a rule is broken.

    Harmless: it submits a few applications of a person who does not exist, named as a test in every field, and asks to
    withdraw them. It sends no complaint and no rating.
    """
    try:
        known = TerminalFile.model_validate_json(key_file.read_bytes())
        lab = Lab(
            url,
            known.key(),
            Region(code=receiving, name="符合性测试 A"),
            Region(code=handling, name="符合性测试 B"),
            Item(id=item, name="符合性测试 CONFORMANCE TEST", catalogue_version="conformance"),
            waiting,
            known.signing_key,
        )
    except (ValueError, OSError):  # also ValidationError and EnvelopeError
        raise click.ClickException(
            "the key file is not a terminal.json, or a division or item makes no sense"
        ) from None
    results = run(lab, told=(lambda _: None) if machine else (lambda result: click.echo(line(result))))
    click.echo(as_json(results) if machine else summary(results))
    if any(one.outcome is Outcome.FAILED for one in results):
        sys.exit(1)
