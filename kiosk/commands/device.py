"""`kiosk device`: try each device from the command line, on whatever link.

For technicians on site and for integrators; `--json` is for programs. Cards are read and printed because somebody
asked for it by hand: nothing is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from drivers import registry
from drivers.status import Action, Canceled, Deadline, DeviceState, DeviceStatus, Remedy, TimeOut, Who
from kiosk import config as configuration
from kiosk.commands.common import read_device_settings, with_settings
from kiosk.devices.worker import UNUSABLE_SETTINGS, as_device_error

if TYPE_CHECKING:
    from drivers.document_camera import Frame

EXIT_FAILED = 1
EXIT_SETTINGS = 2

PUT_A_CARD = Remedy(Action.CLEAR, Who.CITIZEN, "放好证件后再运行一次", "Put a card there and run this again")
UNUSABLE_FILE = Remedy(
    Action.CONFIGURATION, Who.TECHNICIAN, "换一个能写的文件名", "Give a file name that can be written"
)

_FINE = {DeviceState.ONLINE.value, DeviceState.DEVICE_BUSY.value, "disabled"}


@click.group()
def device() -> None:
    """List and try the devices of this terminal.

    Each works without a settings file too: --set devices.<name>.link=… says where the device is.
    """


def _options(seconds: float | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--config`, `--set`, `--json`, and `--timeout` for what waits."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)
        if seconds is not None:
            command = click.option(
                "--timeout",
                type=click.FloatRange(min=0, min_open=True),
                default=seconds,
                show_default=True,
                metavar="SECONDS",
                help="Give up after this long.",
            )(command)
        return with_settings(command)

    return add


@device.command("list")
@_options()
def list_devices(config_file: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Which devices are configured, with driver and link."""
    with _explained(as_json):
        config = read_device_settings(config_file, overrides, configuration.DEVICE_CLASSES)
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
@click.argument("names", metavar="[DEVICE]...", nargs=-1, type=click.Choice(configuration.DEVICE_CLASSES))
@_options()
def status(config_file: Path, overrides: tuple[str, ...], as_json: bool, names: tuple[str, ...]) -> None:
    """Ask the devices named (or all) how they are; exits 0 when all enabled ones are online."""
    asked = names or configuration.DEVICE_CLASSES
    with _explained(as_json):
        config = read_device_settings(config_file, overrides, asked)
    answers = {name: _ask(config, name) for name in asked}
    if as_json:
        _print_json(answers)
    else:
        for name, answer in answers.items():
            _print_status(name, answer)
    sys.exit(0 if all(answer["device"] in _FINE for answer in answers.values()) else EXIT_FAILED)


@device.command("read-id")
@_options(30.0)
def read_id(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Wait for an identity card and print every field of it."""
    if not as_json:
        click.echo("请把身份证平放在感应区 / Put an identity card on the reader …", err=True)
    with _opened("id_card_reader", config_file, overrides, as_json) as (reader, _), _card_within(timeout) as limit:
        card = reader.read_card(limit)
    _print_fields(card.as_dict(), as_json)


@device.command("read-social")
@_options(30.0)
def read_social(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Wait for a social security card and print what it shows without a PIN (none is ever tried)."""
    if not as_json:
        click.echo("请插入社会保障卡 / Insert a social security card …", err=True)
    with _opened("smart_card", config_file, overrides, as_json) as (reader, _), _card_within(timeout) as limit:
        card = reader.read_social_security_card(limit)
    _print_fields(card.as_dict(), as_json)


@device.command()
@_options(15.0)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep the picture here (PNG, JPEG).")
def capture(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float, out: Path | None) -> None:
    """Take one picture with the document camera and say what the terminal thinks of it."""
    from kiosk.devices.pages import field_width_mm
    from kiosk.materials.capture import process
    from kiosk.strings import Strings

    with _opened("document_camera", config_file, overrides, as_json) as (camera, config):
        frame = camera.capture(Deadline(timeout))
    page = process(frame.pixels, field_width_mm=field_width_mm(config))
    answer: dict[str, object] = {
        "width": int(frame.pixels.shape[1]),
        "height": int(frame.pixels.shape[0]),
        "verdicts": [code.value for code in page.verdict.codes],
        "advice": {
            name: Strings.load(language)(f"mat.verdict.{page.verdict.worst}")
            for name, language in (("zh", "zh_CN"), ("en", "en"))
        },
        "corners": None if page.quad is None else page.quad.points.round(1).tolist(),
        "format": page.format.value,
        "dpi": round(page.dpi, 1),
    }
    if out is not None:
        _keep(frame, out, as_json)
        answer["file"] = str(out)
    _print_fields(answer, as_json)


@device.command("print-test")
@_options(30.0)
def print_test(config_file: Path, overrides: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Print a test page; exits 0 only when the printer confirmed it."""
    from kiosk.printing import test_receipt

    with _opened("receipt_printer", config_file, overrides, as_json) as (printer, config):
        result = printer.print_receipt(test_receipt(config.terminal.id), Deadline(timeout))
    outcome = result.outcome.value
    answer: dict[str, object] = {"outcome": outcome, "paper": result.paper.value, "evidence": result.evidence.value}
    if outcome != "confirmed":
        answer |= {
            "error": f"Print{outcome.capitalize()}",
            "message": result.reason,
            "remedy": _remedy_fields(result.remedy),
        }
    _print_fields(answer, as_json)
    sys.exit(0 if outcome == "confirmed" else EXIT_FAILED)


@contextmanager
def _explained(as_json: bool) -> Iterator[None]:
    """Ends the command with a plain error, and nothing else on standard output, whatever goes wrong inside."""
    try:
        yield
    except configuration.ConfigError as error:
        _fail("ConfigError", str(error), UNUSABLE_SETTINGS, as_json, EXIT_SETTINGS)
    except KeyboardInterrupt:
        _fail("Canceled", "interrupted", Canceled.remedy, as_json, EXIT_FAILED)
    except Exception as error:  # noqa: BLE001 - a driver's defect too is told in one plain sentence
        known = as_device_error(error)
        _fail(type(known).__name__, str(known), known.remedy, as_json, EXIT_FAILED)


@contextmanager
def _opened(
    name: str, config_file: Path, overrides: tuple[str, ...], as_json: bool
) -> Iterator[tuple[Any, configuration.Config]]:
    """The driver of one device, closed afterwards, and the settings. Only this device's settings need be right."""
    with _explained(as_json):
        config = read_device_settings(config_file, overrides, [name])
        driver = configuration.open_device(config, name)
        try:
            yield driver, config
        finally:
            driver.close()


@contextmanager
def _card_within(seconds: float) -> Iterator[Deadline]:
    try:
        yield Deadline(seconds)
    except TimeOut:
        raise TimeOut(f"no card came within {seconds:g} s", remedy=PUT_A_CARD) from None


def _fail(kind: str, message: str, remedy: Remedy, as_json: bool, code: int) -> NoReturn:
    if as_json:
        _print_json({"error": kind, "message": message, "remedy": _remedy_fields(remedy)})
    else:
        click.echo(f"{message}\n-> {remedy.en} / {remedy.zh}", err=True)
    sys.exit(code)


def _ask(config: configuration.Config, name: str) -> dict[str, object]:
    if not config.devices.of(name).enabled:
        return {"device": "disabled"}
    try:
        driver = configuration.open_device(config, name)
        try:
            return _status_fields(driver.status())
        finally:
            driver.close()
    except Exception as error:  # noqa: BLE001 - one bad driver must not hide the other devices
        known = as_device_error(error)
        return _status_fields(DeviceStatus(DeviceState.HARDWARE_ERROR, reason=str(known), remedy=known.remedy))


def _keep(frame: Frame, out: Path, as_json: bool) -> None:
    import cv2

    try:
        written = cv2.imwrite(str(out), frame.pixels)
    except cv2.error:  # a file name that ends in nothing OpenCV knows
        written = False
    if not written:
        message = f"{out}: cannot be written; give a file .png or .jpg in a folder that exists"
        _fail("FileError", message, UNUSABLE_FILE, as_json, EXIT_FAILED)


def _print_status(name: str, answer: Mapping[str, object]) -> None:
    known = {"device", "since", "reason", "remedy"}
    details = ", ".join(
        f"{key} {value}" for key, value in answer.items() if key not in known and value not in (None, "")
    )
    click.echo(f"{name:<16} {answer['device']}  {details}")
    remedy = answer.get("remedy")
    if isinstance(remedy, dict):
        click.echo(f"{'':<16} {answer.get('reason', '')}\n{'':<16} -> {remedy['en']} / {remedy['zh']}")


def _status_fields(found: DeviceStatus) -> dict[str, object]:
    fields: dict[str, object] = {key: getattr(value, "value", value) for key, value in vars(found).items()}
    fields["since"] = datetime.fromtimestamp(found.since, UTC).isoformat() if found.since else None
    fields["remedy"] = _remedy_fields(found.remedy)
    return fields


def _remedy_fields(remedy: Remedy | None) -> dict[str, str] | None:
    if remedy is None:
        return None
    return {"action": remedy.action.value, "who": remedy.who.value, "zh": remedy.zh, "en": remedy.en}


def _print_fields(fields: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        _print_json(fields)
        return
    for key, value in fields.items():
        match value:
            case {"zh": zh, "en": en}:
                text = f"{en} / {zh}"
            case str() if key == "photo" and value:
                text = f"{len(value)} characters of base64"
            case None:
                text = ""
            case _:
                text = str(value)
        click.echo(f"{key:<26} {text}".rstrip())


def _print_json(value: Mapping[str, object]) -> None:
    """JSON is UTF-8 whatever the terminal's encoding: a rare character of a name must not break it."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()
