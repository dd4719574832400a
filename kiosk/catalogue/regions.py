"""Administrative regions: province, city, county, as shown on screen.

Rows stay one string each and are split when looked at: 3,345 rows cost about half a megabyte that way, and a visit
looks at a few dozen. The key of a row is code *and* level: 441900, 442000 and 460400 stand at level 2 and at level 3.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kiosk.catalogue.errors import CatalogueError, read_asset

COUNTY = 3


@dataclass(frozen=True, slots=True)
class Region:
    """One place. `parent` is the place above it as shown on screen (fillers such as 市辖区 are left out)."""

    code: str
    level: int
    parent: str
    name: str
    initials: str
    pinyin: str


def _parse(line: str) -> Region:
    code, level, parent, name, initials, pinyin = line.split("\t")
    return Region(code, int(level), parent, name, initials, pinyin)


class Regions:
    """All regions, read-only."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = lines

    @classmethod
    def load(cls, file: Path) -> Regions:
        """Read `regions.tsv`, sorted by code and level.

        Raises:
            CatalogueError
        """
        lines = tuple(read_asset(file).splitlines())
        if not lines:
            raise CatalogueError(file, "", "is empty")
        for number, line in enumerate(lines, start=1):
            if line.count("\t") != 5 or not line[:6].isdigit() or line[7:8] not in "123":
                raise CatalogueError(file, f"line {number}", "is no region row")
        if any(earlier >= later for earlier, later in pairwise(lines)):
            raise CatalogueError(file, "", "rows are not in order")
        return cls(lines)

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, code: str, level: int | None = None) -> Region | None:
        """The region with this code; without `level` the lowest one. None: unknown (a withdrawn code, perhaps)."""
        if len(code) != 6:
            return None
        found = None
        for line in self._lines[bisect_left(self._lines, code) :]:
            if not line.startswith(code):
                break
            if level is None or line[7] == str(level):
                found = line
        return None if found is None else _parse(found)

    def children(self, code: str = "") -> tuple[Region, ...]:
        """The places directly below `code`; the provinces for an empty code."""
        if not code:
            return tuple(_parse(line) for line in self._lines if line[7] == "1")
        prefix = code[:2]
        start = bisect_left(self._lines, prefix)
        parent = f"\t{code}\t"
        found = []
        for line in self._lines[start:]:
            if not line.startswith(prefix):
                break
            if line[8:16] == parent:
                found.append(_parse(line))
        return tuple(found)

    def is_last(self, region: Region) -> bool:
        """True when choosing goes no deeper: a county, a place without counties, or a city that is its own county."""
        below = self.children(region.code) if region.level < COUNTY else ()
        return not below or (len(below) == 1 and below[0].name == region.name)

    def path(self, code: str) -> tuple[Region, ...]:
        """Province, city and county of `code`, without repeating a name; empty for an unknown code."""
        region = self.find(code)
        path: list[Region] = []
        while region is not None:
            if not path or path[0].name != region.name:
                path.insert(0, region)
            same_code = region.parent == region.code
            region = self.find(region.parent, region.level - 1 if same_code else None) if region.parent else None
        return tuple(path)

    def full_name(self, code: str, separator: str = " · ") -> str:
        """内蒙古自治区 · 呼伦贝尔市 · 根河市; the code itself when it is unknown."""
        return separator.join(region.name for region in self.path(code)) or code

    def name(self, code: str) -> str:
        """根河市; the code itself when it is unknown."""
        region = self.find(code)
        return code if region is None else region.name

    def split(self, address: str) -> tuple[str, str]:
        """Code of the county an address begins with, and the rest: 内蒙古自治区根河市… as well as with its city.

        ("", address) when the address does not name one: an old name, or a place that exists no more.
        """
        for province in self.children():
            if not address.startswith(province.name):
                continue
            rest = address[len(province.name) :]
            for below in self.children(province.code):
                if self.is_last(below) and rest.startswith(below.name):
                    return below.code, rest[len(below.name) :]
                named = rest.removeprefix(below.name)
                for county in self.children(below.code):
                    if named.startswith(county.name):
                        return county.code, named[len(county.name) :]
        return "", address

    def search(self, text: str, limit: int = 40) -> tuple[Region, ...]:
        """Places whose name, full pinyin or initials begin with `text`, then those that contain it in their name.

        Only places one can choose (`is_last`); at most `limit`.
        """
        wanted = text.strip().lower()
        if not wanted:
            return ()
        first: list[Region] = []
        then: list[Region] = []
        for line in self._lines:
            if wanted not in line:
                continue
            region = _parse(line)
            if region.level < COUNTY and (not self.is_last(region)):
                continue
            if region.level == COUNTY and region.parent == region.code:
                continue
            if region.name.startswith(wanted) or wanted == region.initials or region.pinyin.startswith(wanted):
                first.append(region)
            elif wanted in region.name or region.initials.startswith(wanted):
                then.append(region)
        return tuple((first + then)[:limit])
