"""All virtual devices of one terminal, switched on together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from drivers.virtual.device import VirtualDevice
from drivers.virtual.document_camera import VirtualDocumentCamera
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.receipt_printer import VirtualReceiptPrinter
from drivers.virtual.smart_card import VirtualSmartCard


class Bench:
    """A reader, a smart card slot, a document desk and a paper roll. A context manager: on inside, off after.

    A device that this machine cannot have (the smart card slot needs two Debian packages) is left out, and named
    with the reason in `missing`.

    Args:
        run_dir: where links and sockets are made.
        realistic: take the time that real devices take (a card is read in about a second).
    """

    def __init__(self, run_dir: Path, *, realistic: bool = False) -> None:
        speed = 1.0 if realistic else 0.0
        self._make: Mapping[str, Callable[[], VirtualDevice]] = {
            "id_card_reader": lambda: VirtualIdCardReader(link_path=run_dir / "id_card_reader", speed=speed),
            "smart_card": lambda: VirtualSmartCard(run_dir / "smart_card"),
            "document_camera": VirtualDocumentCamera,
            "receipt_printer": VirtualReceiptPrinter,
        }
        self.devices: dict[str, VirtualDevice] = {}
        """Those that are switched on, by their names in config.toml."""
        self.missing: dict[str, str] = {}
        """Those that could not be, with what to do about it."""
        self._on = ExitStack()

    def __enter__(self) -> Bench:
        with ExitStack() as starting:
            for name, make in self._make.items():
                try:
                    device = make()
                    device.start()
                except (RuntimeError, ValueError) as error:  # NotInstalled, pcscd not starting, a path too long for it
                    self.missing[name] = str(error)
                    continue
                starting.callback(device.stop)
                self.devices[name] = device
            self._on = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on.close()

    def settings(self) -> dict[str, dict[str, str]]:
        """What `[devices.*]` must say to use these devices; one that is missing is not to be looked for."""
        present = {name: dict(device.settings) for name, device in self.devices.items()}
        return {**present, **{name: {"enabled": "false"} for name in self.missing}}
