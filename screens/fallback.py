"""The screen for when a screen is broken: plain words and the same buttons, made of nothing that could break too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from kiosk.visit.events import Event
from kiosk.visit.views import Action, View
from screens.fonts import main_font
from screens.theme import Theme, Weight
from screens.widgets.tappable import Tappable

_WORDS = {
    "zh_CN": "这一页暂时显示不出来\n您填写的内容都还在。请点下面的按钮继续，或找工作人员。",
    "en": "This page cannot be shown right now\nWhat you entered is kept. Use a button below, or ask the staff.",
}


class _PlainButton(Tappable, Label):
    def __init__(self, action: Action, emit: Callable[[Event], None], theme: Theme) -> None:
        self.key = action.key
        self.label = action.text
        self._event = action.event
        self._emit = emit
        super().__init__(
            text=action.text,
            font_name=main_font(Weight.REGULAR),
            font_size=theme.px(theme.scale.label.size),
            color=theme.palette.on_action,
            size_hint_y=None,
            height=theme.px(theme.scale.target),
            enabled=action.enabled,
        )
        with self.canvas.before:
            Color(*theme.palette.action)
            self._ground = Rectangle()
        self.bind(pos=self._stand, size=self._stand)

    def _stand(self, *_: object) -> None:
        self._ground.pos, self._ground.size = self.pos, self.size

    def on_tap(self) -> None:
        self._emit(self._event)


class FallbackScreen(BoxLayout):
    """Shows any view as its title, a sentence of comfort and its buttons."""

    def __init__(self, emit: Callable[[Event], None], theme: Theme) -> None:
        super().__init__(orientation="vertical", padding=theme.px(theme.margin), spacing=theme.px(theme.gutter))
        self._emit = emit
        self._theme = theme

    def show(self, view: Any) -> None:
        """Show `view` plainly."""
        theme = self._theme
        self.clear_widgets()
        self.add_widget(self._words(view.title, theme.scale.title.size))
        self.add_widget(self._words(_WORDS.get(view.chrome.language, _WORDS["zh_CN"]), theme.scale.body.size))
        for action in buttons_of(view):
            self.add_widget(_PlainButton(action, self._emit, theme))

    def _words(self, text: str, size: int) -> Label:
        label = Label(
            text=text,
            font_name=main_font(Weight.REGULAR),
            font_size=self._theme.px(size),
            color=self._theme.palette.ink,
            halign="center",
        )
        label.bind(width=self._wrap)
        return label

    @staticmethod
    def _wrap(label: Label, width: float) -> None:
        label.text_size = (width, None)


def buttons_of(view: View) -> tuple[Action, ...]:
    """The actions of the view's bar, the primary one last."""
    primary = (view.chrome.primary,) if view.chrome.primary is not None else ()
    return (*view.chrome.actions, *primary)
