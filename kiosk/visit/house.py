"""The house: static facts a visit looks at and never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from kiosk.catalogue import SHIPPED_SAMPLES, Catalogue
from kiosk.catalogue.samples import Sample
from kiosk.protocol.agreements import Agreements, Scope
from kiosk.protocol.bulletins import Bulletin
from kiosk.strings import Strings

LANGUAGES = ("zh_CN", "en")

CLOCK_YEARS = 20
"""No terminal runs so long with one catalogue: then it is the clock that is wrong."""


@dataclass(frozen=True)
class Terminal:
    """What the operator's configuration says of this terminal."""

    place: str
    """Name at the top of every screen: 根河市 24 小时政务服务区."""
    receiving_region: str
    """收件地: six-digit code of where the terminal stands."""
    desk_phone: str
    desk_hours: str
    """工作日 9:00–17:00, as printed."""
    desk_address: str = ""
    licences: bool = False
    """The centre can be asked for e-licences."""
    partners: tuple[str, ...] = ()
    """Codes of regions that stand first when a handling place is chosen, besides those with an agreement (R046)."""


@dataclass(frozen=True)
class House:
    """Everything `step` and `view` need besides the visit. Built by the runner before the visit starts."""

    catalogue: Catalogue
    strings: Mapping[str, Strings]
    """By language: `zh_CN`, `en`."""
    terminal: Terminal
    today: str
    """The terminal's date, `YYYY-MM-DD`."""
    agreements: Agreements = Agreements()  # noqa: RUF009  # frozen
    """Which items may be applied for with which places, and what that is called."""
    pictures: Mapping[str, bytes] = field(default_factory=lambda: SHIPPED_SAMPLES)
    """Sample pictures (JPEG) that are here, by digest."""
    bulletins: tuple[Bulletin, ...] = ()
    """News for the screen that nobody stands before."""

    @property
    def clock_right(self) -> bool:
        """False when the date cannot be true: before the installed catalogue was made, or `CLOCK_YEARS` later."""
        made = self.catalogue.as_of
        return made <= self.today < f"{int(made[:4]) + CLOCK_YEARS}"

    def samples(self, item_id: str, material: str = "") -> tuple[Sample, ...]:
        """The samples of an item, or of one of its materials, whose pictures are here."""
        return tuple(one for one in self.catalogue.samples_of(item_id, material) if one.sha256 in self.pictures)

    def scope(self, handling: str, item: str = "") -> Scope:
        """The scope (通办范围) of an application that is handled there."""
        return self.agreements.scope(self.terminal.receiving_region, handling, item, self.day)

    def permits(self, item_id: str, handling: str) -> bool:
        """Whether an item may be applied for here when that place handles it (R046, R114)."""
        item = self.catalogue.item(item_id)
        national = item is not None and item.national
        return self.agreements.permits(self.terminal.receiving_region, handling, item_id, national, self.day)

    @property
    def day(self) -> date:
        """The terminal's date; with a wrong clock the day its catalogue was made, which comes nearer to the truth."""
        return date.fromisoformat(self.today if self.clock_right else self.catalogue.as_of)

    def on(self, today: str) -> House:
        """The same house on another day."""
        return self if today == self.today else replace(self, today=today)


def load_house(
    terminal: Terminal,
    *,
    today: str,
    catalogue: Catalogue | None = None,
    agreements: Agreements | None = None,
    bulletins: tuple[Bulletin, ...] = (),
    pictures: Mapping[str, bytes] = SHIPPED_SAMPLES,
) -> House:
    """Read strings and, unless they are given, what came with the software; once per process.

    Raises:
        CatalogueError, StringsError: an asset is missing or damaged.
    """
    strings = MappingProxyType({language: Strings.load(language) for language in LANGUAGES})
    agreements = agreements or Agreements()
    return House(catalogue or Catalogue.load(), strings, terminal, today, agreements, pictures, bulletins)
