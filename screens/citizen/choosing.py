"""Choosing from a list: places, service items, answers."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from kivy.uix.widget import Widget

from kiosk.visit.events import Search
from kiosk.visit.views import ListView
from screens.citizen.base import GAPS, CitizenScreen, spaced
from screens.citizen.entry import Entry
from screens.citizen.parts import pager
from screens.widgets.layout import Block, Grid, Wrap
from screens.widgets.rows import FilterChip


class ListScreen(CitizenScreen[ListView]):
    """A list to choose from, with where we are, filters, and a search field where searching helps."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._entry = Entry(self.theme, lambda _, text: self.emit(Search(text)), self.rebuild)

    def blocks(self, view: ListView) -> list[Block]:
        """Title, search, where we are, filters, rows, pages."""
        self._entry.show((view.search,) if view.search is not None else (), view.chrome.language)
        searching = self._entry.keyboard is not None
        blocks = self.head(view, "" if searching else view.lead)
        if view.search is not None:
            blocks.append(self._entry.block(view.search))
        for chips in () if searching else (view.crumbs, view.filters):
            if chips:
                blocks.append(Wrap(self.theme, [self.part(FilterChip, row, self.emit) for row in chips]))
        if not view.rows and view.empty:
            blocks.append(spaced(self.text(view.empty, self.theme.scale.body, soft=True, align="center"), 48))
        rows = self.rows(view.rows)
        if searching:
            rows = rows[: self._fitting(blocks, rows, view.columns)]
        if rows:
            blocks.append(Grid(self.theme, rows, view.columns))
        return blocks if searching else blocks + pager(self, view.pager)

    def _fitting(self, above: list[Block], rows: list[Block], columns: int) -> int:
        """Return how many rows stand above the keyboard: the best matches come first."""
        gap, width = self.theme.px(GAPS[-1]), self.stage_width()
        cell = (width - gap * (columns - 1)) // columns
        room = self.stage_room() - sum(block.measure(width) + gap for block in above)
        lines = [rows[i : i + columns] for i in range(0, len(rows), columns)]
        ends = accumulate(max(block.measure(cell) for block in line) + gap for line in lines)
        return columns * sum(end - gap <= room for end in ends)

    def dock(self, view: ListView) -> Widget | None:  # noqa: ARG002 - the entry knows its field
        """The keyboard, while something is being searched for."""
        return self._entry.keyboard
