"""Typing on a screen: the text fields of a view and the one keyboard that serves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.visit.views import Field
from screens.theme import Theme
from screens.widgets.keyboard import KeyboardPanel
from screens.widgets.text_field import TextField


class Entry:
    """Keeps a `TextField` for each typed field of a view, and says when the keyboard is open.

    `on_change(field_key, value)` is called after each committed change (`live`: after each letter), `on_layout()` when
    the keyboard came or went.
    """

    def __init__(
        self,
        theme: Theme,
        on_change: Callable[[str, str], None],
        on_layout: Callable[[], None],
        *,
        live: bool = False,
    ) -> None:
        self._theme = theme
        self._live = live
        self._on_change = on_change
        self._on_layout = on_layout
        self._fields: dict[str, TextField] = {}
        self._panel: KeyboardPanel | None = None
        self._open = False

    @property
    def keyboard(self) -> KeyboardPanel | None:
        """The keyboard while it is open."""
        return self._panel if self._open else None

    @property
    def active_key(self) -> str:
        """The key of the field that is typed into, or an empty string."""
        field = self._panel.field if self._panel is not None and self._open else None
        return field.field.key if field is not None else ""

    def show(self, fields: Sequence[Field], language: str) -> bool:
        """Show the typed fields of a view; return whether they are others than before."""
        typed = [field for field in fields if field.keyboard is not None]
        new = [field.key for field in typed] != list(self._fields)
        if new:
            self.close()
            self._fields = {field.key: self._new(field) for field in typed}
        for field in typed:
            self._fields[field.key].show(field)
        if self._panel is not None:
            self._panel.set_language(language)
        elif typed:
            self._panel = KeyboardPanel(self._theme, self._done, language)
        return new

    def _new(self, field: Field) -> TextField:
        return TextField(self._theme, field, self._on_change, self._focus, live=self._live)

    def block(self, field: Field) -> TextField:
        """Return the text field that shows `field`."""
        text_field = self._fields[field.key]
        if text_field.parent is not None:
            text_field.parent.remove_widget(text_field)
        return text_field

    def open_first(self) -> None:
        """Open the keyboard on the first field that is still empty, or the first of all."""
        fields = list(self._fields.values())
        if fields and self._panel is not None:
            self._open = True
            self._panel.attach(next((field for field in fields if not field.value), fields[0]))

    def close(self) -> None:
        """Put the keyboard away; letters under way are committed."""
        self._open = False
        if self._panel is not None:
            self._panel.attach(None)

    def settle(self) -> None:
        """Commit letters under way, because the citizen goes on."""
        field = self._panel.field if self._panel is not None else None
        if field is not None and field.composer.composing:
            field.activate(False)
            field.activate(True)

    def _focus(self, field: TextField) -> None:
        if self._panel is None:
            return
        came = not self._open
        self._open = True
        self._panel.attach(field)
        if came:
            self._on_layout()

    def _done(self) -> None:
        """确定: on to the next field, after the last one the keyboard goes."""
        fields = list(self._fields.values())
        place = fields.index(self._panel.field) if self._panel is not None and self._panel.field in fields else -1
        if self._panel is not None and 0 <= place < len(fields) - 1:
            self._panel.attach(fields[place + 1])
            return
        self.close()
        self._on_layout()
