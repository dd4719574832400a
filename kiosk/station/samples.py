"""Sample pictures: fetched by their digest as soon as a catalogue that names them is held, so that they show offline."""

from __future__ import annotations

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

    def fetch(self, client: CentreClient) -> None:
        """Fetch what is missing, once a version; what cannot be had now is asked for next time. Never raises."""
        held = [self._named(file) for file in (self._catalogue, waiting_file(self._catalogue))]
        versions = tuple(version for version, _ in held)
        if versions == self._seen:
            return
        wanted = {digest for _, digests in held for digest in digests}
        here = Shelf(self._folder)
        try:
            clear(self._folder, wanted)
            for digest in sorted(wanted):
                if digest not in self._shipped and digest not in here:
                    keep(self._folder, client.sample(digest))
        except (Trouble, OSError):
            return
        except Refused:
            pass  # the centre has it no more: the material is shown without
        self._seen = versions

    def _named(self, file: Path) -> tuple[str | None, set[str]]:
        try:
            held = read_held(file, self._signing_key)
        except NotGenuine:
            held = None
        if held is None:
            return None, set()
        entries = [entry for key, entry in held.values().items() if not key.startswith("_")]
        return held.version, {sample["sha256"] for entry in entries for sample in entry.get("samples", ())}
