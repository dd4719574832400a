"""Choosing from a list: places, service items, answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from kivy.uix.widget import Widget

from kiosk.visit.events import Choose, Event, Search
from kiosk.visit.views import ListView, Row
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.entry import Entry
from screens.citizen.parts import pager
from screens.citizen.stage import GAPS
from screens.citizen.words import OWN_WORDS
from screens.widgets.layout import Column, Grid, Piece, Wrap
from screens.widgets.rows import FilterChip
from screens.widgets.text import TextLabel

FILTER_LINES = (2, 1)
"""Lines of filters, upright and wide, before the rest is behind a chip."""

_TOGGLE = Choose("filters")
"""Stays within the screen."""


class ListScreen(CitizenScreen[ListView]):
    """A list to choose from, with where we are, filters, and a search field where searching helps."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._all = False
        """Whether all filters are shown."""
        self._entry = Entry(self.theme, lambda _, text: self.emit(Search(text)), self.rebuild, live=True)

    def show(self, view: ListView) -> None:
        """Show `view`; on another list than before, nothing is being searched for yet."""
        if self.view is None or (view.name, view.crumbs) != (self.view.name, self.view.crumbs):
            self._entry.close()
            self._all = False
        super().show(view)

    def blocks(self, view: ListView) -> list[Piece]:
        """Title, search, where we are, filters, rows, pages."""
        self._entry.show((view.search,) if view.search is not None else (), view.chrome.language)
        if view.search is None and (large := self._large(view)):
            return large
        if view.search is not None and self._entry.keyboard is not None:
            return self._found(view, self._entry.block(view.search))
        blocks = self.head(view, view.lead)
        if view.search is not None:
            blocks.append(self._entry.block(view.search))
        if view.crumbs:
            blocks.append(Wrap(self.theme, self._chips(view.crumbs)))
        if view.filters:
            blocks.append(self._filters(view))
        if not view.rows and view.empty:
            blocks.append(spaced(self._empty(view), 48))
        # In a list of two columns, a row with a tag says too much for half the width.
        wide = [row for row in view.rows if row.tag is not None] if view.columns > 1 else []
        columns = self.theme.landscape + 1
        for some, across in ((wide, columns), ([row for row in view.rows if row not in wide], view.columns * columns)):
            if some:
                blocks.append(Grid(self.theme, self.rows(some, mark=_mark(view)), across))
                blocks[-1].whole_width = True
        return blocks + pager(self, view.pager)

    def _found(self, view: ListView, field: Piece) -> list[Piece]:
        """Return the search field and as many matches as the keyboard leaves room for, the best first.

        A wide screen has them side by side, and no room for the title.
        """
        above = [] if self.theme.landscape else [*self.head(view), field]
        rows = self.rows(view.rows, mark=_mark(view))
        more = self.text(OWN_WORDS[view.chrome.language].not_all, self.theme.scale.caption, soft=True)
        matches: list[Piece] = rows or [self._empty(view)]
        if self._fitting(above, rows) < len(rows):
            matches = [*rows[: self._fitting([*above, more], rows)], more]
        return [*(above or [field]), Column(self.theme, matches, gap=GAPS[-1])]

    def _empty(self, view: ListView) -> TextLabel:
        return self.text(view.empty, self.theme.scale.body, soft=True, align="center")

    def _large(self, view: ListView) -> list[Piece]:
        """Return title and rows in large type, for a list that is short enough; none when it is not."""
        blocks = self.head(view, view.lead, large=True)
        blocks.append(Grid(self.theme, self.rows(view.rows, mark=_mark(view), large=True), self.theme.landscape + 1))
        blocks[-1].whole_width = True
        return blocks if view.rows and view.pager is None and self.fits(blocks) else []

    def _chips(self, rows: Sequence[Row]) -> list[FilterChip]:
        return [self.part(FilterChip, row, self.emit) for row in rows]

    def _filters(self, view: ListView) -> Wrap:
        """Return the filters in two lines; the chosen one is among them, a last chip shows the others."""
        width, _ = self.stage_size()
        words = OWN_WORDS[view.chrome.language]
        toggle = FilterChip(
            self.theme, Row("filters", words.fewer if self._all else words.more, event=_TOGGLE), self._show_all
        )
        rows = sorted(view.filters, key=lambda row: not row.selected) if not self._all else list(view.filters)
        chips: list[Piece] = list(self._chips(rows))
        wrap, lines = Wrap(self.theme, chips), FILTER_LINES[self.theme.landscape]
        if wrap.lines_at(width) <= lines:
            return wrap
        wrap.add(toggle)
        while not self._all and wrap.lines_at(width) > lines:
            wrap.remove(wrap.blocks[-2])
        return wrap

    def _show_all(self, _event: Event) -> None:
        self._all = not self._all
        self.rebuild()

    def _fitting(self, above: Sequence[Piece], rows: Sequence[Piece]) -> int:
        """Return how many rows stand between what is above them and the keyboard."""
        gap, (width, space) = self.theme.px(GAPS[-1]), self.stage_size()
        column = width // (2 if self.theme.landscape else 1)
        room = space - sum(block.measure(column) + gap for block in above)
        return sum(end - gap <= room for end in accumulate(row.measure(column) + gap for row in rows))

    def dock(self, view: ListView) -> Widget | None:  # noqa: ARG002 - the entry knows its field
        """The keyboard, while something is being searched for."""
        return self._entry.keyboard


def _mark(view: ListView) -> str:
    """Where a choice is confirmed by the primary action, a row chooses; elsewhere it leads on."""
    return "ring" if view.chrome.primary is not None else "chevron"
