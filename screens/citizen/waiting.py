"""Screens with one message: put your card, please wait, still there, goodbye, out of service, who can help."""

from __future__ import annotations

import time
from typing import Any

from kivy.clock import Clock

from kiosk.visit.views import (
    CardView,
    GoodbyeView,
    HelpView,
    StillThereView,
    Tone,
    TroubleView,
    View,
    WorkingView,
)
from screens.citizen.base import CitizenScreen, ViewT, spaced
from screens.citizen.parts import Scene
from screens.citizen.stage import Space
from screens.citizen.words import OWN_WORDS
from screens.theme import Colour
from screens.widgets.button import Button, Kind
from screens.widgets.layout import Piece
from screens.widgets.notice import NoticeBar
from screens.widgets.paint import Icon
from screens.widgets.rows import RowItem
from screens.widgets.text import TextLabel


class CardScreen(CitizenScreen[CardView]):
    """Put your card, reading, take it back: one large drawing."""

    def blocks(self, view: CardView) -> list[Piece]:
        """Words above, the drawing in the room that is left."""
        blocks = self.head(view, view.lead, large=True)
        if view.problem is not None:
            blocks.append(self.part(NoticeBar, view.problem))
        return [*blocks, spaced(self.part(Scene, view.picture, 360 if self.theme.landscape else 560), 8)]


class MessageScreen(CitizenScreen[ViewT]):
    """An icon, a title and a sentence in the middle."""

    def message(self, view: View, lead: str, icon: str, colour: Colour) -> list[Piece]:
        """Return icon, title and sentence, one below the other."""
        scale = self.theme.scale
        mark: Piece = self.part(Icon, icon, colour, 144)
        title = self.text(view.title, scale.title, align="center")
        blocks = [mark, spaced(title, 24), self.text(lead, scale.body, soft=True, align="center")]
        for block in blocks:
            block.whole_width = True
        return blocks


class WorkingScreen(MessageScreen[WorkingView]):
    """Something runs that the citizen waits for."""

    def blocks(self, view: WorkingView) -> list[Piece]:
        """A clock and what is being done."""
        message = self.message(view, view.lead, "clock", self.theme.palette.action)
        return [Space(self.theme, 0.8), *message, Space(self.theme, 1.2)]


class GoodbyeScreen(MessageScreen[GoodbyeView]):
    """已退出，您的信息已清除."""

    def blocks(self, view: GoodbyeView) -> list[Piece]:
        """A shield: nothing is left here."""
        good = self.theme.palette.tones[Tone.GOOD].text
        return [Space(self.theme, 0.8), *self.message(view, view.lead, "shield", good), Space(self.theme, 1.2)]


class TroubleScreen(MessageScreen[TroubleView]):
    """Out of service: what, what is safe, where to go."""

    def blocks(self, view: TroubleView) -> list[Piece]:
        """The message above, the ways out as rows."""
        large = self._all(view, large=True)
        return large if self.fits(large) else self._all(view, large=False)

    def _all(self, view: TroubleView, *, large: bool) -> list[Piece]:
        message = self.message(view, view.lead, "warning", self.theme.palette.warm)
        rows = self.rows(view.rows, large=large)
        if rows:
            spaced(rows[0], 40)
        return [Space(self.theme, 0.6), *message, *rows, Space(self.theme, 1.4)]


HELP_ICONS = {"desk": "phone", "hours": "clock", "address": "place", "hotline": "phone", "free": "person"}
"""Icons of the usual ways to be helped, by row key."""


class HelpScreen(CitizenScreen[HelpView]):
    """Who can help now, and how."""

    def blocks(self, view: HelpView) -> list[Piece]:
        """One row for each way."""
        large = self._all(view, large=True)
        return large if self.fits(large) else self._all(view, large=False)

    def _all(self, view: HelpView, *, large: bool) -> list[Piece]:
        icons = [HELP_ICONS.get(row.key, "info") for row in view.rows]
        rows = [
            self.part(RowItem, row, self.emit, icon=icon, large=large)
            for row, icon in zip(view.rows, icons, strict=True)
        ]
        return [*self.head(view, view.lead, large=True), *rows]


class StillThereScreen(MessageScreen[StillThereView]):
    """还在吗? The seconds run down on the monotonic clock; the visit machine, not the screen, ends the visit."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._count: TextLabel | None = None
        self._seconds = ""
        self._deadline = 0.0
        self._tick = Clock.create_trigger(lambda _: self._count_down(), 1)

    def blocks(self, view: StillThereView) -> list[Piece]:
        """The question, the seconds, and a large way to stay."""
        scale = self.theme.scale
        self._seconds = OWN_WORDS[view.chrome.language].seconds
        self._count = TextLabel(
            self.theme, self._seconds.format(n=view.seconds), scale.hero, self.theme.palette.warm, "center"
        )
        self._deadline = time.monotonic() + view.seconds
        self._tick()
        message = self.message(view, view.lead, "clock", self.theme.palette.warm)
        return [
            Space(self.theme, 0.8),
            *message,
            self._count,
            spaced(self.part(Button, view.stay, self.emit, Kind.PRIMARY, large=True), 24),
            self.part(Button, view.leave, self.emit),
            Space(self.theme, 1.2),
        ]

    def _count_down(self) -> None:
        left = max(0, round(self._deadline - time.monotonic()))
        if self._count is not None and self.parent is not None:
            self._count.set_text(self._seconds.format(n=left))
            if left:
                self._tick()
