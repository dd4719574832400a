"""Which driver serves which configured name.

A device class has one or more drivers, chosen by `driver = "…"` under `[devices.<class>]` in config.toml. Third
parties add theirs through the entry-point group `tongban_kiosk.drivers`, named `<class>.<driver>`, whose value is
a module with the same two names as ours: `Settings` (a frozen pydantic model) and `open_device(settings)`.
Modules are imported only when asked for: a spare visit process must not pay for OpenCV.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from pydantic import BaseModel

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "id_card_reader": {"sam": "drivers.id_card_reader.sam"},
    "smart_card": {"pcsc": "drivers.smart_card.pcsc"},
    "document_camera": {"opencv": "drivers.document_camera.opencv"},
    "receipt_printer": {"escpos": "drivers.receipt_printer.escpos_printer"},
}
"""Device class -> driver name -> module."""

GROUP = "tongban_kiosk.drivers"


class DriverModule(Protocol):
    """What a driver's module offers."""

    Settings: type[BaseModel]

    def open_device(self, settings: Any) -> Any:
        """The driver, not yet talking: it opens its link at the first call, so that a missing device is a status."""


def available(device_class: str) -> tuple[str, ...]:
    """The driver names that can serve `device_class`, sorted."""
    from importlib.metadata import entry_points

    third_party = {e.name.partition(".")[2] for e in entry_points(group=GROUP) if e.name.startswith(device_class + ".")}
    return tuple(sorted({*BUILT_IN.get(device_class, {}), *third_party}))


def load(device_class: str, driver: str) -> DriverModule:
    """Import the module of `driver`. Raises KeyError when nobody offers it."""
    module = BUILT_IN.get(device_class, {}).get(driver)
    if module is not None:
        return cast(DriverModule, import_module(module))
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        if entry.name == f"{device_class}.{driver}":
            return cast(DriverModule, entry.load())
    raise KeyError(f"{device_class}.{driver}")
