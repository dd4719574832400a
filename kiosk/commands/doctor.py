"""`kiosk doctor`: what is missing, and how to mend it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.commands.common import with_settings
from kiosk.doctor import Grade, examine

_MARKS = {Grade.OK: "ok  ", Grade.WARNING: "WARN", Grade.BAD: "BAD "}


@click.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(config_file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Say what is missing on this machine and how to mend it; exits 0 when citizens can be served."""
    findings = []
    for finding in examine(config_file, overrides):
        findings.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.grade]}  {finding.what}")
            if finding.mend:
                click.echo(f"      -> {finding.mend}")
    if as_json:
        click.echo(json.dumps({"findings": [asdict(each) for each in findings]}, ensure_ascii=False))
    sys.exit(1 if any(each.grade is Grade.BAD for each in findings) else 0)
