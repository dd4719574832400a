"""The catalogue as one thing: items, applications and regions of one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.catalogue.application import Application
from kiosk.catalogue.applications import applications_of, load_applications
from kiosk.catalogue.errors import CatalogueError
from kiosk.catalogue.items import Item, ItemList, items_of, load_english, load_items
from kiosk.catalogue.regions import Regions
from kiosk.catalogue.samples import Sample, Shelf, load_samples, samples_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SHIPPED_FOLDER = ASSETS / "catalogue" / "samples"
SHIPPED_SAMPLES = Shelf(SHIPPED_FOLDER)
"""The sample pictures that came with the software."""


@dataclass(frozen=True)
class Catalogue:
    """Everything the terminal can show or take. An application keeps `version`: it stays bound to it."""

    version: str
    as_of: str
    """ISO date of the state of the catalogue; no right clock is earlier."""
    items: tuple[Item, ...]
    applications: dict[str, Application]
    first_batch: tuple[str, ...]
    regions: Regions
    english_values: dict[str, str]
    """English for time limits, fees, applicants and materials that the list gives in Chinese."""
    samples: Mapping[str, tuple[Sample, ...]]
    """Sample pictures by item id."""

    @classmethod
    def load(cls, assets: Path = ASSETS) -> Catalogue:
        """Read the assets.

        Raises:
            CatalogueError: an asset is missing or damaged; says file, key and reason.
        """
        names, values = load_english(assets / "catalogue" / "english.toml")
        items = load_items(assets / "catalogue" / "items.json", names)
        file = assets / "catalogue" / "applications.toml"
        version, applications = load_applications(file)
        samples = load_samples(assets / "catalogue" / "samples.json")
        return cls._of(f"{items.version}+{version}", items, applications, values, samples, file, assets)

    @classmethod
    def published(cls, version: str, contents: Mapping[str, Any], file: Path, assets: Path = ASSETS) -> Catalogue:
        """A version that the centre published; `contents` by item id, and `_common`, were read from `file`.

        An item that is not open (yet, or any more) keeps its guide and takes no application.

        Raises:
            CatalogueError: the contents do not fit together.
        """
        try:
            common = contents["_common"]
            entries = {key: entry for key, entry in contents.items() if key != "_common"}
            names = {key: entry["name_en"] for key, entry in entries.items() if entry["name_en"]}
            guides = {
                "version": version,
                "as_of": common["as_of"],
                "first_batch": common["first_batch"],
                "items": [entry["guide"] for entry in entries.values()],
            }
            forms = {
                "version": version,
                "contact_pages": common["contact_pages"],
                "applications": {
                    key: entry["application"]
                    for key, entry in entries.items()
                    if entry["application"] and entry["office"]["status"] == "open"
                },
            }
            english = dict(common["english_values"])
            samples = {key: samples_of(entry.get("samples", ())) for key, entry in entries.items()}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CatalogueError(file, "", f"lacks or mistypes {error}") from error
        items = items_of(guides, names, file)
        _, applications = applications_of(forms, file)
        return cls._of(version, items, applications, english, samples, file, assets)

    @classmethod
    def _of(
        cls,
        version: str,
        items: ItemList,
        applications: dict[str, Application],
        english_values: dict[str, str],
        samples: Mapping[str, tuple[Sample, ...]],
        file: Path,
        assets: Path,
    ) -> Catalogue:
        known = {item.id: item for item in items.items}
        for item_id, application in applications.items():
            if item_id not in known:
                raise CatalogueError(file, item_id, "is no item of the catalogue")
            if application.mode not in known[item_id].modes:
                raise CatalogueError(file, f"{item_id}.mode", "is no mode of this item")
        return cls(
            version=version,
            as_of=items.as_of,
            items=items.items,
            applications=applications,
            first_batch=items.first_batch,
            regions=Regions.load(assets / "regions" / "regions.tsv"),
            english_values=english_values,
            samples=samples,
        )

    def item(self, item_id: str) -> Item | None:
        """The item with this id."""
        return next((item for item in self.items if item.id == item_id), None)

    def say(self, value: str, language: str) -> str:
        """A value of the list (time limit, fee, applicant, material) in `language`; as published when it has no English."""
        return self.english_values.get(value, value) if language == "en" else value

    def application(self, item_id: str) -> Application | None:
        """What the item asks; None: the terminal has its guide only."""
        return self.applications.get(item_id)

    def submittable(self, item_id: str) -> bool:
        """Whether this terminal can take an application for the item from beginning to end."""
        return item_id in self.applications

    def samples_of(self, item_id: str, material: str = "") -> tuple[Sample, ...]:
        """The sample pictures of an item, or of one of its materials."""
        return tuple(one for one in self.samples.get(item_id, ()) if material in ("", one.material))

    def sectors(self) -> tuple[str, ...]:
        """The sectors, those with most items first."""
        count: dict[str, int] = {}
        for item in self.items:
            count[item.sector] = count.get(item.sector, 0) + 1
        return tuple(sorted(count, key=lambda sector: -count[sector]))

    def find(self, *, sector: str = "", text: str = "") -> tuple[Item, ...]:
        """Items of a sector (all when empty) that match `text`; what can be submitted here comes first."""
        wanted = text.strip().lower()
        found = [
            item
            for item in self.items
            if (not sector or item.sector == sector) and (not wanted or item.matches(wanted))
        ]
        return tuple(sorted(found, key=lambda item: not self.submittable(item.id)))

    def popular(self) -> tuple[Item, ...]:
        """大家常办: what can be submitted here, in the order of the first batch."""
        order = {item_id: rank for rank, item_id in enumerate(self.first_batch)}
        here = [item for item in self.items if self.submittable(item.id)]
        return tuple(sorted(here, key=lambda item: order.get(item.id, len(order))))
