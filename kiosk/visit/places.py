"""Which handling places and items may be chosen here: what is national, and what an agreement covers (R046, R114, R137)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.catalogue import Region
from kiosk.protocol.agreements import FoundBy, Scope, prefix
from kiosk.visit.house import House


@dataclass(frozen=True)
class Places:
    """The handling places for an item, or while none is chosen for anything that can be applied for here."""

    house: House
    item_id: str = ""
    scope: str = ""
    """Only places of this scope; empty: of all."""

    def roots(self) -> tuple[Region, ...]:
        """Where choosing begins: the provinces, or of a scope what lies as high as it can be said as a whole."""
        scope = self.house.agreements.called(self.scope)
        regions = self.house.catalogue.regions
        if scope is not None and scope.found_by is FoundBy.ALLIANCE:
            members = (regions.find(member.ljust(6, "0")) for member in scope.members)
            return self.those(tuple(region for region in members if region is not None))
        above = ("", *(region.code for region in regions.path(self.house.terminal.receiving_region)))
        rows = next((found for code in above if (found := self.those(regions.children(code)))), ())
        while scope is not None and len(rows) == 1 and not regions.is_last(rows[0]):
            rows = self.those(regions.children(rows[0].code))
        return rows

    def below(self, code: str) -> tuple[Region, ...]:
        """The places beneath a province or city."""
        return self.those(self.house.catalogue.regions.children(code))

    def those(self, regions: tuple[Region, ...]) -> tuple[Region, ...]:
        """What of them may be chosen, or leads to a place that may."""
        partners = self._partners()
        return tuple(region for region in regions if self._in_scope(region) and self._open(region, partners))

    def partners(self) -> tuple[Region, ...]:
        """The single places with which this one has an agreement."""
        regions = self.house.catalogue.regions
        codes = self._agreed() if self.house.agreements.agreements else ()
        found = (regions.find(code) for code in codes if len(code) == 6)
        return tuple(region for region in found if region is not None)

    def _agreed(self) -> tuple[str, ...]:
        return self.house.agreements.partners(self.house.terminal.receiving_region, self.item_id, self.house.day)

    def _partners(self) -> tuple[str, ...] | None:
        """Prefixes of the places that may be chosen; None: any may."""
        catalogue = self.house.catalogue
        items = [catalogue.item(self.item_id)] if self.item_id else catalogue.items
        here = (item for item in items if item is not None and (self.item_id or catalogue.submittable(item.id)))
        if not self.house.agreements.agreements or any(item.national for item in here):
            return None
        return (*self._agreed(), self.house.terminal.receiving_region)

    def _in_scope(self, region: Region) -> bool:
        return not self.scope or self.house.scope(region.code, self.item_id).code == self.scope

    def _open(self, region: Region, partners: tuple[str, ...] | None) -> bool:
        own = prefix(region.code)
        return partners is None or any(own.startswith(one) or one.startswith(own) for one in partners)


def scopes_here(house: House) -> tuple[Scope, ...]:
    """The scopes that an application from here can have, the widest first."""
    here = house.terminal.receiving_region
    found = [scope for scope in house.agreements.scopes if scope.found_by is FoundBy.ALLIANCE and scope.member(here)]
    found = [scope for scope in found if len(scope.members) > 1]
    for code in dict.fromkeys((f"{here[:2]}0000", "900000")):
        scope = house.agreements.scope(here, code)
        if scope.found_by is not FoundBy.SAME_CITY:
            found.append(scope)
    found.append(house.agreements.scope(here, here))
    order = list(FoundBy)
    return tuple(sorted(found, key=lambda scope: (scope.found_by is FoundBy.ALLIANCE, -order.index(scope.found_by))))
