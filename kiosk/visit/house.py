"""The house: static facts a visit looks at and never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from kiosk.catalogue import Catalogue
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
    partners: tuple[str, ...] = ()
    """Codes of the regions with an agreement (R046); they stand first when a handling place is chosen."""


@dataclass(frozen=True)
class House:
    """Everything `step` and `view` need besides the visit. Built by the runner before the visit starts."""

    catalogue: Catalogue
    strings: Mapping[str, Strings]
    """By language: `zh_CN`, `en`."""
    terminal: Terminal
    today: str
    """The terminal's date, `YYYY-MM-DD`."""

    @property
    def clock_right(self) -> bool:
        """False when the date cannot be true: before the installed catalogue was made, or `CLOCK_YEARS` later."""
        made = self.catalogue.as_of
        return made <= self.today < f"{int(made[:4]) + CLOCK_YEARS}"

    def on(self, today: str) -> House:
        """The same house on another day."""
        return self if today == self.today else replace(self, today=today)


def load_house(terminal: Terminal, *, today: str, catalogue: Catalogue | None = None) -> House:
    """Read strings and, unless it is given, the catalogue that came with the software; once per process.

    Raises:
        CatalogueError, StringsError: an asset is missing or damaged.
    """
    strings = MappingProxyType({language: Strings.load(language) for language in LANGUAGES})
    return House(catalogue or Catalogue.load(), strings, terminal, today)
