"""All virtual devices of one terminal, switched on together."""

from __future__ import annotations

from collections.abc import Mapping
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

    Args:
        run_dir: where links and sockets are made.
        realistic: take the time that real devices take (a card is read in about a second).
    """

    def __init__(self, run_dir: Path, *, realistic: bool = False) -> None:
        self.devices: Mapping[str, VirtualDevice] = {
            "id_card_reader": VirtualIdCardReader(
                link_path=run_dir / "id_card_reader", speed=1.0 if realistic else 0.0
            ),
            "smart_card": VirtualSmartCard(run_dir / "smart_card"),
            "document_camera": VirtualDocumentCamera(),
            "receipt_printer": VirtualReceiptPrinter(),
        }
        self._on = ExitStack()

    def __enter__(self) -> Bench:
        try:
            for device in self.devices.values():
                device.start()
                self._on.callback(device.stop)
        except BaseException:
            self._on.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on.close()

    def settings(self) -> dict[str, dict[str, str]]:
        """What `[devices.*]` must say to use these devices."""
        return {name: dict(device.settings) for name, device in self.devices.items()}
