"""The end of an errand: sign, and hold the slip."""

from __future__ import annotations

from dataclasses import replace

from kiosk.visit.views import DoneView, Row, SignView, Tag
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.stage import Space
from screens.widgets.button import Button
from screens.widgets.card import Card, facts
from screens.widgets.layout import Column, Line, Piece
from screens.widgets.notice import NoticeBar, TagChip
from screens.widgets.pictures import QrImage
from screens.widgets.rows import RowItem
from screens.widgets.signature import SignaturePad
from screens.widgets.text import TextLabel


class SignScreen(CitizenScreen[SignView]):
    """Sign with a finger under the promise."""

    def blocks(self, view: SignView) -> list[Piece]:
        """The promise, the pad, a way to begin again."""
        scale = self.theme.scale
        pad = self.part(SignaturePad, self.emit)
        pad.show(view.strokes)
        blocks = self.head(view)
        if view.promise:
            blocks.append(Card(self.theme, [self.text(view.promise, scale.body)]))
        if view.lead:
            blocks.append(self.text(view.lead, scale.body, soft=True))
        blocks += [pad, self.part(Button, view.clear, self.emit, icon="undo")]
        if not self.theme.landscape:
            blocks.append(Space(self.theme, 0.35))  # a pad that is not much higher than wide
        return blocks


class DoneScreen(CitizenScreen[DoneView]):
    """Submitted and safe: the number to keep, and what happens next."""

    def blocks(self, view: DoneView) -> list[Piece]:
        """The slip as it is printed, what it does not mean, the next steps."""
        scale, palette = self.theme.scale, self.theme.palette
        blocks: list[Piece] = [TagChip(self.theme, Tag(view.badge.tone, view.badge.text), scale.body_strong)]
        blocks += [spaced(block, -8) for block in self.head(view, large=True)]
        if view.print_notice is not None:
            blocks.append(self.part(NoticeBar, view.print_notice))
        words: list[Piece] = [
            self.text(view.number_label, scale.caption, soft=True),
            self.text(view.number, scale.heading),
            *(self.text(line, scale.caption, soft=True) for line in view.lines),
        ]
        slip = Line(
            self.theme,
            [self.part(QrImage, view.qr, 240 if self.theme.landscape else 296), Column(self.theme, words, gap=8)],
            gap=40,
            rest=1,
        )
        blocks.append(Card(self.theme, [slip], padding=(36, 32, 32)))
        blocks.append(TextLabel(self.theme, view.disclaimer, scale.body, palette.warm))
        if view.next_steps:
            blocks.append(spaced(self.text(view.next_title, scale.section), 16))
        steps = self.rows(view.next_steps)
        if view.contact:
            steps.append(self.part(RowItem, Row("contact", view.contact), self.emit))
        if not self.fits([*blocks, *steps]):
            steps = [self._close_set(view)]
        return blocks + steps

    def _close_set(self, view: DoneView) -> Card:
        """The steps as lines of one box: what the citizen needs to know must not be on a second page."""
        lines = [replace(step, title=f"{step.number}　{step.title}") for step in view.next_steps]
        if view.contact:
            lines.append(Row("contact", view.contact))
        return Card(self.theme, facts(self.theme, lines, stress="title"), gap=14, padding=(32, 24, 24))
