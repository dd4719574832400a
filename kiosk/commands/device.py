"""`kiosk device`: try each device from the command line, on whatever link.

For technicians on site and for integrators; `--json` is for programs. Cards are read and printed because somebody
asked for it by hand: nothing is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from drivers import registry
from drivers.status import Deadline, DeviceError, DeviceState, DeviceStatus
from kiosk import config as configuration
from kiosk.commands.common import read_settings, with_settings


@click.group()
def device() -> None:
    """List and try the devices of this terminal."""


def _json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def _timeout_option(seconds: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--timeout", default=seconds, show_default=True, metavar="SECONDS", help="Give up after this long."
    )


@device.command("list")
@with_settings
@_json_option
def list_devices(config_file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Which devices are configured, with driver and link."""
    config = read_settings(config_file, overrides)
    rows = [
        {
            "device": name,
            "driver": config.devices.of(name).driver,
            "enabled": config.devices.of(name).enabled,
            **config.devices.of(name).options,
            "drivers_available": list(registry.available(name)),
        }
        for name in configuration.DEVICE_CLASSES
    ]
    if as_json:
        _print_json({"devices": rows})
        return
    for row in rows:
        state = "" if row["enabled"] else "  (disabled)"
        click.echo(f"{row['device']:<16} {row['driver']:<8} {row.get('link', row.get('reader', ''))}{state}")


@device.command()
@with_settings
@_json_option
def status(config_file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Ask every device how it is; exits 0 when all enabled ones are online."""
    config = read_settings(config_file, overrides)
    answers: dict[str, dict[str, object]] = {}
    for name in configuration.DEVICE_CLASSES:
        if not config.devices.of(name).enabled:
            answers[name] = {"device": "disabled"}
            continue
        driver = _open(config, name, as_json)
        try:
            answers[name] = _status_fields(driver.status())
        finally:
            driver.close()
    if as_json:
        _print_json(answers)
    else:
        for name, answer in answers.items():
            details = ", ".join(
                f"{k} {v}" for k, v in answer.items() if k not in ("device", "since", "reason", "remedy") and v
            )
            click.echo(f"{name:<16} {answer['device']}  {details}")
            remedy = answer.get("remedy")
            if isinstance(remedy, dict):
                click.echo(f"{'':<16} {answer.get('reason', '')}\n{'':<16} -> {remedy['en']} / {remedy['zh']}")
    fine = {DeviceState.ONLINE.value, DeviceState.DEVICE_BUSY.value, "disabled"}
    sys.exit(0 if all(answer["device"] in fine for answer in answers.values()) else 1)


@device.command("read-id")
@with_settings
@_json_option
@_timeout_option(30.0)
def read_id(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Wait for an identity card and print every field of it."""
    if not as_json:
        click.echo("请把身份证平放在感应区 / Put an identity card on the reader …", err=True)
    config = read_settings(config_file, overrides)
    card = _run(config, "id_card_reader", as_json, timeout, lambda reader, limit: reader.read_card(limit))
    _print_fields(card.as_dict(), as_json)


@device.command("read-social")
@with_settings
@_json_option
@_timeout_option(30.0)
def read_social(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Wait for a social security card and print what it shows without a PIN (none is ever tried)."""
    if not as_json:
        click.echo("请插入社会保障卡 / Insert a social security card …", err=True)
    config = read_settings(config_file, overrides)
    card = _run(config, "smart_card", as_json, timeout, lambda reader, limit: reader.read_social_security_card(limit))
    _print_fields(card.as_dict(), as_json)


@device.command()
@with_settings
@_json_option
@_timeout_option(15.0)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep the picture here (PNG, JPEG).")
def capture(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float, out: Path | None) -> None:
    """Take one picture with the document camera and say what the terminal thinks of it."""
    from kiosk.materials.capture import process
    from kiosk.materials.pages import ADVICE

    config = read_settings(config_file, overrides)
    frame = _run(config, "document_camera", as_json, timeout, lambda camera, limit: camera.capture(limit))
    page = process(frame.pixels)
    answer: dict[str, object] = {
        "width": int(frame.pixels.shape[1]),
        "height": int(frame.pixels.shape[0]),
        "verdicts": [code.value for code in page.verdict.codes],
        "advice": {"zh": ADVICE[page.verdict.worst].zh, "en": ADVICE[page.verdict.worst].en},
        "corners": None if page.quad is None else page.quad.points.round(1).tolist(),
    }
    if out is not None:
        import cv2

        if not cv2.imwrite(str(out), frame.pixels):
            _fail(f"{out}: the picture could not be written", None, as_json)
        answer["file"] = str(out)
    _print_fields(answer, as_json)


@device.command("print-test")
@with_settings
@_json_option
@_timeout_option(30.0)
def print_test(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Print a test page; exits 0 only when the printer confirmed it."""
    from kiosk.printing import test_receipt

    config = read_settings(config_file, overrides)
    receipt = test_receipt(config.terminal.id)
    result = _run(
        config, "receipt_printer", as_json, timeout, lambda printer, limit: printer.print_receipt(receipt, limit)
    )
    answer: dict[str, object] = {
        "outcome": result.outcome.value,
        "paper": result.paper.value,
        "reason": result.reason,
        "remedy": _remedy_fields(result.remedy),
    }
    _print_fields(answer, as_json)
    sys.exit(0 if result.outcome.value == "confirmed" else 1)


def _open(config: configuration.Config, name: str, as_json: bool) -> Any:
    try:
        return configuration.open_device(config, name)
    except configuration.ConfigError as error:
        _fail(str(error), None, as_json, code=2)


def _run(
    config: configuration.Config,
    name: str,
    as_json: bool,
    timeout: float,
    act: Callable[[Any, Deadline], Any],
) -> Any:
    driver = _open(config, name, as_json)
    try:
        return act(driver, Deadline(timeout))
    except DeviceError as error:
        _fail(str(error), error, as_json)
    finally:
        driver.close()


def _fail(message: str, error: DeviceError | None, as_json: bool, *, code: int = 1) -> Any:
    if as_json:
        kind = type(error).__name__ if error is not None else "ConfigError"
        remedy = _remedy_fields(error.remedy) if error is not None else None
        _print_json({"error": kind, "message": message, "remedy": remedy})
    else:
        click.echo(message, err=True)
        if error is not None:
            click.echo(f"-> {error.remedy.en} / {error.remedy.zh}", err=True)
    sys.exit(code)


def _status_fields(found: DeviceStatus) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in vars(found).items():
        fields[key] = getattr(value, "value", value)
    fields["since"] = datetime.fromtimestamp(found.since, UTC).isoformat() if found.since else None
    fields["remedy"] = _remedy_fields(found.remedy)
    return fields


def _remedy_fields(remedy: Any) -> dict[str, str] | None:
    if remedy is None:
        return None
    return {"action": remedy.action.value, "who": remedy.who.value, "zh": remedy.zh, "en": remedy.en}


def _print_fields(fields: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        _print_json(fields)
        return
    for key, value in fields.items():
        text = f"{len(str(value))} characters" if key == "photo" and value else value
        click.echo(f"{key:<26} {'' if text is None else text}")


def _print_json(value: Mapping[str, object]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
