"""Sample pictures on the terminal: those of the software are whole, a damaged one is not there, a swapped one is not taken."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from kiosk.catalogue import SHIPPED_FOLDER, SHIPPED_SAMPLES, Catalogue
from kiosk.catalogue.held import take
from kiosk.catalogue.samples import Shelf, keep
from kiosk.outbox.client import Unreachable
from kiosk.protocol.model import sha256_hex
from kiosk.station.samples import SampleFetcher
from tests.unit.test_catalogue_held import NOW, SIGNING, changed, published

PICTURE = b"not a picture, but the bytes that the catalogue names"


@pytest.mark.req("R120")
def test_every_item_that_can_be_applied_for_here_has_samples_that_show() -> None:
    catalogue = Catalogue.load()
    for item_id, application in catalogue.applications.items():
        samples = catalogue.samples_of(item_id)
        assert samples, item_id
        for sample in samples:
            assert sample.material in {material.code for material in application.materials}
            with Image.open(io.BytesIO(SHIPPED_SAMPLES[sample.sha256])) as picture:
                assert max(picture.size) >= 800
    named = {sample.sha256 for samples in catalogue.samples.values() for sample in samples}
    assert set(SHIPPED_SAMPLES) == named


def test_a_damaged_picture_is_not_there(tmp_path: Path) -> None:
    keep(tmp_path, PICTURE)
    shelf = Shelf(tmp_path)
    assert shelf[sha256_hex(PICTURE)] == PICTURE
    (tmp_path / f"{sha256_hex(PICTURE)}.jpg").write_bytes(PICTURE[:-1])
    assert sha256_hex(PICTURE) not in shelf


class Centre:
    """Gives out one picture, after some failures."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked: list[str] = []

    def sample(self, sha256: str) -> bytes:
        self.asked.append(sha256)
        if len(self.asked) <= self.failures:
            raise Unreachable("no")
        return PICTURE


def test_pictures_are_fetched_until_they_are_here_and_thrown_away_when_no_visit_can_show_them(tmp_path: Path) -> None:
    file, folder, digest = tmp_path / "catalogue.json", tmp_path / "samples", sha256_hex(PICTURE)
    contents = changed()
    sample = {"material": "ID", "sha256": digest, "caption": {"zh": "样", "en": "sample"}}
    contents["C001"]["samples"] = [*contents["C001"]["samples"], sample]
    take(file, SIGNING, published(contents), NOW)
    fetcher, centre = SampleFetcher(file, SIGNING, folder, SHIPPED_FOLDER), Centre(failures=1)
    for _ in range(3):
        fetcher.fetch(centre)  # type: ignore[arg-type]
    assert centre.asked == [digest, digest]
    assert list(Shelf(folder)) == [digest]
    take(file, SIGNING, published(json.loads(json.dumps(changed())), "2026-11-20.2"), NOW)
    fetcher.fetch(centre)  # type: ignore[arg-type]
    assert list(Shelf(folder)) == [digest], "a visit that began before may have it on the screen"
    SampleFetcher(file, SIGNING, folder, SHIPPED_FOLDER).clear()
    assert not list(Shelf(folder))
