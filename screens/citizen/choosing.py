"""Choosing from a list: places, service items, answers."""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from kiosk.visit.events import Search
from kiosk.visit.views import ListView
from screens.citizen.base import CitizenScreen, spaced
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
        """Title, where we are, search, filters, rows, pages."""
        blocks = self.head(view, view.lead)
        self._entry.show((view.search,) if view.search is not None else ())
        if view.search is not None:
            blocks.append(self._entry.block(view.search))
        for chips in (view.crumbs, view.filters):
            if chips:
                blocks.append(Wrap(self.theme, [self.part(FilterChip, row, self.emit) for row in chips]))
        if not view.rows and view.empty:
            blocks.append(spaced(self.text(view.empty, self.theme.scale.body, soft=True, align="center"), 48))
        rows = self.rows(view.rows)
        if self._entry.keyboard is None:
            return [*blocks, Grid(self.theme, rows, view.columns), *pager(self, view.pager)]
        return [*blocks, *self._fitting(blocks, rows, view.columns)]

    def _fitting(self, blocks: list[Block], rows: list[Block], columns: int) -> list[Block]:
        """Return as many rows as stand above the keyboard: the best matches come first."""
        width = int(self.width) - 2 * self.theme.px(self.theme.margin)
        if not rows or width <= 0:
            return []
        room = self.stage_room() - sum(block.measure(width) + self.theme.px(24) for block in blocks)
        shown = len(rows)
        while shown > columns and Grid.height_of(rows[:shown], columns, width, self.theme) > room:
            shown -= columns - (-shown % columns)
        return [Grid(self.theme, rows[:shown], columns)]

    def dock(self, view: ListView) -> Widget | None:  # noqa: ARG002 - the entry knows its field
        """The keyboard, while something is being searched for."""
        return self._entry.keyboard
