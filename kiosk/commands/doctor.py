"""`kiosk doctor`: what is missing, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.commands.common import with_settings
from kiosk.doctor import Finding, Grade, examine

_MARKS = {Grade.OK: "ok  ", Grade.WARNING: "WARN", Grade.BAD: "BAD "}


def _usual_language() -> str:
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if locale.startswith("zh") else "en"


@click.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, in both languages.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default=_usual_language, help="Default: this shell's.")
def doctor(config_file: Path, overrides: tuple[str, ...], as_json: bool, lang: str) -> None:
    """Say what is missing on this machine and how to mend it; exits 0 when citizens can be served."""
    findings: list[Finding] = []
    for finding in examine(config_file, overrides):
        findings.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.grade]}  {getattr(finding.what, lang)}")
            if finding.mend is not None:
                click.echo(f"      -> {getattr(finding.mend, lang)}")
    served = not any(each.grade is Grade.BAD for each in findings)
    if as_json:
        answer = {"served": served, "findings": [asdict(each) for each in findings]}
        sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8") + b"\n")
    sys.exit(0 if served else 1)
