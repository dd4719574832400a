"""Sample pictures: fetched by their digest as soon as a catalogue that names them is held, so that they show offline."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from kiosk.catalogue.held import read_held, waiting_file
from kiosk.catalogue.samples import Shelf, clear, keep
from kiosk.outbox.client import CentreClient, Refused, Trouble
from kiosk.protocol.published import NotGenuine


class SampleFetcher:
    """Keeps the shelf of sample pictures as the held catalogues name them.

    Args:
        catalogue: where the catalogue is held.
        signing_key: the centre's, base64.
        folder: where fetched pictures are kept.
        shipped: where those are that came with the software.
    """

    def __init__(self, catalogue: Path, signing_key: str, folder: Path, shipped: Path) -> None:
        self._catalogue = catalogue
        self._signing_key = signing_key
        self._folder = folder
        self._shipped = Shelf(shipped)
        self._seen: tuple[str | None, ...] = ()

    def clear(self) -> None:
        """Throw away what no held version names. To be called before anything newer is taken: a visit may still show it."""
        with suppress(OSError):
            clear(self._folder, self._wanted(self._held()))

    def fetch(self, client: CentreClient) -> None:
        """Fetch what is missing, once a version; what cannot be had now is asked for next time. Never raises."""
        held = self._held()
        versions = tuple(version for version, _ in held)
        if versions == self._seen:
            return
        here = Shelf(self._folder)
        try:
            for digest in sorted(self._wanted(held)):
                if digest not in self._shipped and digest not in here:
                    keep(self._folder, client.sample(digest))
        except (Trouble, OSError):
            return
        except Refused:
            pass  # the centre has it no more: the material is shown without
        self._seen = versions

    def _held(self) -> list[tuple[str | None, set[str]]]:
        return [self._named(file) for file in (self._catalogue, waiting_file(self._catalogue))]

    @staticmethod
    def _wanted(held: list[tuple[str | None, set[str]]]) -> set[str]:
        return {digest for _, digests in held for digest in digests}

    def _named(self, file: Path) -> tuple[str | None, set[str]]:
        try:
            held = read_held(file, self._signing_key)
        except NotGenuine:
            held = None
        if held is None:
            return None, set()
        entries = [entry for key, entry in held.values().items() if not key.startswith("_")]
        return held.version, {sample["sha256"] for entry in entries for sample in entry.get("samples", ())}
