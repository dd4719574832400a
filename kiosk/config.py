"""Typed settings from config.toml.

One declaration: what is not declared here (or in a driver's `Settings`) is refused, with file, key and reason, so
that a typing error on site is found by `kiosk doctor` and not by a citizen.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from drivers import registry
from kiosk.protocol.published import Body

DEFAULT_FILE = Path("config.toml")

DEVICE_CLASSES = ("id_card_reader", "smart_card", "document_camera", "receipt_printer")

USUAL_DEVICES: Mapping[str, Mapping[str, str]] = {
    "id_card_reader": {"driver": "sam", "link": "/dev/ttyUSB0"},
    "smart_card": {"driver": "pcsc"},
    "document_camera": {"driver": "opencv", "link": "/dev/video0"},
    "receipt_printer": {"driver": "escpos", "link": "/dev/usb/lp0"},
}
"""What holds for a device whose section is missing, or names no driver."""

ON_THE_BENCH: Mapping[str, Mapping[str, object]] = {
    "terminal": {
        "id": "TEST",
        "number": 0,
        "place_name": "测试",
        "receiving_region": "000000",
        "desk_name": "测试",
        "query_url": "https://query.invalid/",
    },
    "paths": {"data": "data"},
    "central": {"url": "https://centre.invalid"},
}
"""Stands in for the sections that trying a device does not need (`load` with `devices_only`)."""


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
    receiving_region: str = Field(pattern=r"^\d{6}$")
    desk_name: str = Field(min_length=1, max_length=24)
    desk_phone: str = ""
    desk_address: str = ""
    desk_hours: str = ""
    partners: list[str] = Field(default_factory=list)
    """Codes of regions that stand first when a handling place is chosen, besides those with an agreement (R046)."""
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
    """X25519, 32 bytes in base64. Empty until the terminal is set up: then nothing can be submitted."""
    signing_key: str = ""
    """Ed25519, 32 bytes in base64. Empty: the terminal keeps the catalogue that came with the software."""
    licences: bool = False
    """The centre is connected to an e-licence service: citizens may have it asked, and need not photograph what it finds."""

    @field_validator("public_key", "signing_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        try:
            size = len(base64.b64decode(value, validate=True))
        except binascii.Error:
            size = -1
        if value and size != 32:
            raise ValueError("is not the base64 of 32 bytes, as `central init` prints it")
        return value


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

    id_card_reader: DeviceSettings
    smart_card: DeviceSettings
    document_camera: DeviceSettings
    receipt_printer: DeviceSettings

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, given: Any) -> Any:
        """A section that names no driver is about the usual one, at its usual link unless it says another."""
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        for name, usual in USUAL_DEVICES.items():
            section = given.get(name, {})
            if isinstance(section, dict) and "driver" not in section:
                filled[name] = {**usual, **section}
        return filled

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
    devices: Devices = Field(default_factory=lambda: Devices.model_validate({}))

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.paths.data)

    @property
    def store_file(self) -> Path:
        """The database of outbox and print ledger."""
        return self.data / "kiosk.db"

    @property
    def published_file(self) -> Path:
        """The catalogue that the centre published, as this terminal holds it."""
        return self.data / "catalogue.json"

    @property
    def published_files(self) -> dict[Body, Path]:
        """Where each body of published content is held that this terminal subscribes to."""
        return {
            "catalogue": self.published_file,
            "agreements": self.agreements_file,
            "bulletins": self.bulletins_file,
        }

    @property
    def samples_folder(self) -> Path:
        """Sample pictures that were fetched from the centre."""
        return self.data / "samples"

    @property
    def bulletins_file(self) -> Path:
        """The news that the centre published, as this terminal holds it."""
        return self.data / "bulletins.json"

    @property
    def agreements_file(self) -> Path:
        """The agreements and scopes that the centre published, as this terminal holds them."""
        return self.data / "agreements.json"


def load(
    file: Path | None = DEFAULT_FILE,
    overrides: Iterable[str] = (),
    *,
    check_devices: bool | Iterable[str] = True,
    devices_only: bool = False,
) -> Config:
    """Read and check the settings.

    Args:
        file: the TOML file; None: there is none, everything is usual or overridden.
        overrides: `key.path=value` (value in TOML, or taken as text), as given with `--set`.
        check_devices: also check `[devices.*]` (or only the classes named) against each driver, which imports it.
        devices_only: the settings are for trying devices: what is not about them may be missing.

    Raises:
        ConfigError: with one line per problem.
    """
    tree = {} if file is None else _read(file)
    file = file or DEFAULT_FILE
    if devices_only:
        tree |= {name: {**usual, **tree.get(name, {})} for name, usual in ON_THE_BENCH.items()}
    sources: dict[str, str] = {}
    for override in overrides:
        _apply(tree, override)
        sources[override.partition("=")[0].strip()] = "--set"
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_lines(error, (), file, sources)) from error
    if check_devices:
        checked = DEVICE_CLASSES if check_devices is True else check_devices
        problems = [line for name in checked for line in _device_problems(name, config, file, sources)]
        if problems:
            raise ConfigError(problems)
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: not valid TOML: {error}"]) from error


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
    except ImportError as error:
        where = sources.get(f"devices.{name}.driver", str(file))
        return [f"{where}: devices.{name}.driver: {chosen.driver!r} cannot be loaded here: {error}"]
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
