"""Reading before acting: the guide of a service item, the consent, facts to check."""

from __future__ import annotations

from kiosk.visit.views import ConsentView, FactsView, GuideView, Notice, SampleView, Section, Tone
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.parts import pager, paragraphs
from screens.citizen.words import OWN_WORDS
from screens.theme import Theme
from screens.widgets.button import Button, Emit, Kind
from screens.widgets.card import Card, entries, facts
from screens.widgets.layout import Grid, Line, Piece, Wrap
from screens.widgets.notice import NoticeBar, TagChip
from screens.widgets.pictures import PageImage
from screens.widgets.text import TextLabel


class GuideScreen(CitizenScreen[GuideView]):
    """办事指南, readable without signing in."""

    def blocks(self, view: GuideView) -> list[Piece]:
        """Tags, the elements in one box, the materials."""
        blocks = self.head(view)
        if view.tags:
            blocks.append(spaced(Wrap(self.theme, [TagChip(self.theme, tag) for tag in view.tags]), -8))
        if view.paragraphs:
            elements = entries(self.theme, [(one.heading, one.text) for one in view.paragraphs])
            blocks.append(Card(self.theme, elements, gap=16, padding=(32, 28, 28)))
        if view.materials:
            blocks.append(spaced(self.text(view.materials_title, self.theme.scale.section), 16))
            blocks.append(Card(self.theme, facts(self.theme, view.materials), gap=14, padding=(32, 24, 24)))
        return blocks + pager(self, view.pager)


class SampleScreen(CitizenScreen[SampleView]):
    """样本: the picture as large as it fits, what it shows, and the way to the others."""

    def blocks(self, view: SampleView) -> list[Piece]:
        """The picture gets all the room that words and buttons leave."""
        words = OWN_WORDS[view.chrome.language]
        blocks = [*self.head(view), self.part(PageImage, view.jpeg, (words.closer, words.whole))]
        blocks.append(self.text(view.caption, self.theme.scale.body, align="center"))
        if view.choices:
            blocks.append(Grid(self.theme, [self.part(Button, one, self.emit) for one in view.choices], 2))
        return blocks


class ConsentScreen(CitizenScreen[ConsentView]):
    """What is collected, why, how long; the promise of truth."""

    def blocks(self, view: ConsentView) -> list[Piece]:
        """One box to read, one warning."""
        large = self._all(view, large=True)
        return large if self.fits(large) else self._all(view)

    def _all(self, view: ConsentView, *, large: bool = False) -> list[Piece]:
        text = paragraphs(self.theme, view.paragraphs, strong=True, large=large)
        blocks = [*self.head(view, large=large), text]
        if view.warning:
            blocks.append(self.part(NoticeBar, Notice(Tone.YOUR_TURN, view.warning)))
        return blocks


class FactsScreen(CitizenScreen[FactsView]):
    """Facts to check: the card, the whole application, a case."""

    def blocks(self, view: FactsView) -> list[Piece]:
        """A white box for each section."""
        if len(view.sections) == 1 and view.pager is None:
            large = self._all(view, large=True)
            if self.fits(large):
                return large
        return self._all(view) + pager(self, view.pager)

    def _all(self, view: FactsView, *, large: bool = False) -> list[Piece]:
        blocks = self.head(view, view.lead, large=large)
        if view.problem is not None:
            blocks.append(self.part(NoticeBar, view.problem))
        return blocks + [self.part(section_card, section, self.emit, large=large) for section in view.sections]


def section_card(theme: Theme, section: Section, emit: Emit, *, large: bool = False) -> Card:
    """Return a section: its title with the way to change it, and its facts. `large`: the only one on the screen."""
    blocks: list[Piece] = []
    # The change button is as high as a finger needs; the air above it counts as the box's own.
    over = 8 if section.change is not None else 24
    if section.title:
        title = TextLabel(theme, section.title, theme.scale.body_strong)
        if section.change is not None:
            button = Button(theme, section.change, emit, Kind.LINK)
            blocks.append(Line(theme, [title, button], rest=0))
        else:
            blocks.append(title)
    if large and len(section.rows) == 1 and not section.rows[0].title:
        lines: list[Piece] = [TextLabel(theme, section.rows[0].value, theme.scale.title)]
    else:
        lines = facts(theme, section.rows, large=large)
    if lines and section.change is None:
        lines[0].extra_gap = 8
    blocks += lines
    return Card(theme, blocks, gap=20 if large else 12, padding=(32, over, 24))
