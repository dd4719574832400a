"""Filling in a form page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.uix.widget import Widget

from kiosk.visit.events import Enter, Event
from kiosk.visit.views import Field, FormView, Row, Tone
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.entry import Entry
from screens.theme import Theme
from screens.widgets.button import Emit
from screens.widgets.layout import Block, Column, Grid, Piece
from screens.widgets.rows import RowItem
from screens.widgets.text import TextLabel


class FormScreen(CitizenScreen[FormView]):
    """One to three fields; the keyboard is open from the start where there is something to type."""

    def __init__(self, emit: Callable[[Event], None], theme: Theme, *args: Any) -> None:
        super().__init__(self._go_on, theme, *args)
        self._tell = emit
        self._entry = Entry(theme, lambda key, value: emit(Enter(key, value)), self.rebuild)

    def _go_on(self, event: Event) -> None:
        """Letters under way count when the citizen presses anything else."""
        self._entry.settle()
        self._tell(event)

    def blocks(self, view: FormView) -> list[Piece]:
        """Title, lead, fields; while they do not all fit above the keyboard, the one that is typed into."""
        if self._entry.show(view.fields, view.chrome.language):
            self._entry.open_first()
        head = self.head(view, view.lead)
        fields = {field.key: self._field(field) for field in view.fields}
        blocks = [*head, *(spaced(block, 8) for block in fields.values())]
        active = self._entry.active_key
        if active in fields and not self.fits(blocks):
            return [*head[:1], fields[active]]
        return blocks

    def _field(self, field: Field) -> Block:
        if field.keyboard is not None:
            return self._entry.block(field)
        if field.change is not None:
            return self.part(region_field, field, self.emit)
        return self.part(choice_field, field, self.emit)

    def dock(self, view: FormView) -> Widget | None:  # noqa: ARG002 - the entry knows its fields
        """The keyboard, while it is open."""
        return self._entry.keyboard


def _labelled(theme: Theme, field: Field, body: Block) -> Column:
    """Return a field's label, its body, and its hint or error."""
    scale, palette = theme.scale, theme.palette
    blocks: list[Piece] = [body]
    if field.label:
        blocks.insert(0, TextLabel(theme, field.label, scale.caption, palette.ink_soft))
    if field.error:
        blocks.append(TextLabel(theme, field.error, scale.caption, palette.tones[Tone.BAD].text))
    elif field.hint:
        blocks.append(TextLabel(theme, field.hint, scale.caption, palette.ink_soft))
    return Column(theme, blocks, gap=12)


def region_field(theme: Theme, field: Field, emit: Emit) -> Column:
    """Return a field whose value comes from another screen (更改)."""
    change = field.change
    if change is None:
        raise ValueError(f"{field.key} has nothing to change it by")
    if field.value:
        row = Row(change.key, field.value, value=change.text, event=change.event)
    else:
        row = Row(change.key, change.text, event=change.event)
    return _labelled(theme, field, RowItem(theme, row, emit, mark="" if field.value else "chevron", link=True))


def choice_field(theme: Theme, field: Field, emit: Emit) -> Column:
    """Return a field whose value is chosen from its options: in pairs where they are short."""
    rows: list[Piece] = [RowItem(theme, row, emit, mark="ring") for row in field.options]
    short = all(not row.detail and len(row.title) <= 10 for row in field.options)
    return _labelled(theme, field, Grid(theme, rows, 2 if short and len(rows) > 1 else 1, gap=16))
