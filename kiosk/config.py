"""Typed settings from config.toml.

One declaration: what is not declared here (or in a driver's `Settings`) is refused, with file, key and reason, so
that a typing error on site is found by `kiosk doctor` and not by a citizen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers import registry

DEFAULT_FILE = Path("config.toml")

DEVICE_CLASSES = ("id_card_reader", "smart_card", "document_camera", "receipt_printer")


class ConfigError(Exception):
    """The settings cannot be used. `problems` has one line per key: `file: key: reason`."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Terminal(_Section):
    """Who and where this terminal is."""

    id: str = Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9-]+$")
    number: int = Field(ge=0, le=999)
    place_name: str = Field(min_length=1, max_length=24)
    place_name_en: str = ""
    receiving_region: str = Field(pattern=r"^\d{6}$")
    desk_name: str = Field(min_length=1, max_length=24)
    desk_phone: str = ""
    desk_hours: str = ""
    desk_hours_en: str = ""
    complaint_phone: str = "12345"
    query_url: str = Field(pattern=r"^https?://")
    demonstration: bool = False
    """Invented people only: permits the remote control and the recording of screens."""


class Paths(_Section):
    """Where this terminal keeps what must outlive a visit."""

    data: str


class Central(_Section):
    """The central server."""

    url: str = Field(pattern=r"^https?://")
    public_key: str = ""


class Screen(_Section):
    """The display."""

    width: int = Field(default=1080, ge=360, le=7680)
    height: int = Field(default=1920, ge=360, le=7680)
    fullscreen: bool = True
    language: Literal["zh_CN", "en"] = "zh_CN"


class DeviceSettings(BaseModel):
    """`[devices.<class>]`: which driver, and the rest for that driver's own `Settings`."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    driver: str
    enabled: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """What the driver's `Settings` is made from."""
        return dict(self.model_extra or {})


class Devices(_Section):
    """The hardware. Choosing a simulator is a `link` like any other."""

    id_card_reader: DeviceSettings = DeviceSettings(driver="sam")
    smart_card: DeviceSettings = DeviceSettings(driver="pcsc")
    document_camera: DeviceSettings = DeviceSettings(driver="opencv")
    receipt_printer: DeviceSettings = DeviceSettings(driver="escpos")

    def of(self, device_class: str) -> DeviceSettings:
        """The settings of one device class."""
        settings: DeviceSettings = getattr(self, device_class)
        return settings


class Config(_Section):
    """All settings of one terminal."""

    terminal: Terminal
    paths: Paths
    central: Central
    screen: Screen = Screen()
    devices: Devices = Devices()

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.paths.data)

    @property
    def store_file(self) -> Path:
        """The database of outbox and print ledger."""
        return self.data / "kiosk.db"


def load(file: Path = DEFAULT_FILE, overrides: Iterable[str] = (), *, check_devices: bool = True) -> Config:
    """Read and check the settings.

    Args:
        file: the TOML file.
        overrides: `key.path=value` (value in TOML, or taken as text), as given with `--set`.
        check_devices: also check `[devices.*]` against each driver, which imports the drivers.

    Raises:
        ConfigError: with one line per problem.
    """
    try:
        tree: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: not valid TOML: {error}"]) from error
    sources: dict[str, str] = {}
    for override in overrides:
        _apply(tree, override)
        sources[override.partition("=")[0].strip()] = "--set"
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_lines(error, (), file, sources)) from error
    if check_devices:
        problems = [line for name in DEVICE_CLASSES for line in _device_problems(name, config, file, sources)]
        if problems:
            raise ConfigError(problems)
    return config


def open_device(config: Config, device_class: str) -> Any:
    """The driver of one device class, not yet talking to its device.

    Raises:
        ConfigError: no such driver, or settings it refuses.
    """
    chosen = config.devices.of(device_class)
    problems = _device_problems(device_class, config, Path("config"), {})
    if problems:
        raise ConfigError(problems)
    module = registry.load(device_class, chosen.driver)
    return module.open_device(module.Settings(**chosen.options))


def _device_problems(name: str, config: Config, file: Path, sources: Mapping[str, str]) -> list[str]:
    chosen = config.devices.of(name)
    if not chosen.enabled:
        return []
    try:
        module = registry.load(name, chosen.driver)
    except KeyError:
        known = ", ".join(registry.available(name))
        where = sources.get(f"devices.{name}.driver", str(file))
        return [f"{where}: devices.{name}.driver: no driver {chosen.driver!r}; there are: {known}"]
    try:
        module.Settings(**chosen.options)
    except ValidationError as error:
        return _lines(error, ("devices", name), file, sources)
    return []


def _apply(tree: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise ConfigError([f"--set {override}: write it as key.path=value"])
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    node = tree
    for part in path[:-1]:
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            raise ConfigError([f"--set {override}: {part} is a value, not a section"])
        node = child
    node[path[-1]] = value


def _lines(error: ValidationError, prefix: tuple[str, ...], file: Path, sources: Mapping[str, str]) -> list[str]:
    lines = []
    for problem in error.errors():
        key = ".".join(str(part) for part in (*prefix, *problem["loc"]))
        reason = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{sources.get(key, file)}: {key}: {reason}")
    return lines
