"""Giving materials: the checklist, the live camera, the page just taken."""

from __future__ import annotations

from kiosk.visit.views import CaptureView, ChecklistView, PageReviewView
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.parts import pager
from screens.citizen.stage import GAPS
from screens.citizen.words import OWN_WORDS
from screens.port import Preview as PreviewPicture
from screens.widgets.button import Button
from screens.widgets.hints import HintList
from screens.widgets.layout import Column, Grid, Line, Piece
from screens.widgets.notice import NoticeBar
from screens.widgets.paint import Icon
from screens.widgets.pictures import PageImage
from screens.widgets.preview import Preview
from screens.widgets.text import TextLabel


class ChecklistScreen(CitizenScreen[ChecklistView]):
    """材料清单: what to give, what is done."""

    def blocks(self, view: ChecklistView) -> list[Piece]:
        """One row a material."""
        large = [*self.head(view, view.lead, large=True), *self.rows(view.rows, large=True)]
        if view.pager is None and self.fits(large):
            return large
        return [*self.head(view, view.lead), *self.rows(view.rows), *pager(self, view.pager)]


class CaptureScreen(CitizenScreen[CaptureView]):
    """The live picture, what to mind, and the materials there are."""

    def _left(self) -> None:
        """Keep no picture of what lay under the camera: the next view begins with the next frame."""
        super()._left()
        self._kept = {}

    def blocks(self, view: CaptureView) -> list[Piece]:
        """The picture gets all the room that tips and rows leave."""
        blocks = self.head(view)
        if view.problem is not None:
            blocks.append(self.part(NoticeBar, view.problem))
        preview = self.part(Preview, tuple(view.live.items()))
        preview.shooting(view.chrome.primary.text if view.shooting and view.chrome.primary is not None else "")
        blocks.append(preview)
        if view.tips:
            blocks.append(Column(self.theme, [self._tip(tip) for tip in view.tips], gap=8))
        return blocks + self.rows(view.rows)

    def _tip(self, words: str) -> Line:
        scale, palette = self.theme.scale, self.theme.palette
        mark = Icon(self.theme, "dot", palette.action, 32)
        return Line(self.theme, [mark, TextLabel(self.theme, words, scale.caption, palette.ink_soft)], gap=12, rest=1)

    def preview(self, picture: PreviewPicture) -> None:
        """Show the newest frame of the camera."""
        self.part_of(Preview).show_preview(picture)


class PageReviewScreen(CitizenScreen[PageReviewView]):
    """The page as it will be sent, and what is thought of it."""

    def _left(self) -> None:
        """Keep no page, nor how closely it was looked at."""
        super()._left()
        self._kept = {}

    def blocks(self, view: PageReviewView) -> list[Piece]:
        """Verdict and hints above the page, choices below it; of the hints, which begin with the worst, what fits."""
        words = OWN_WORDS[view.chrome.language]
        title = self.head(view)
        page = self.part(PageImage, view.jpeg, (words.closer, words.whole))
        hints = [HintList(self.theme, view.hints)] if view.hints else []
        said: list[Piece] = [self.part(NoticeBar, view.verdict), *hints]
        if self.theme.landscape:
            # A column of its own for the page, which stays where it is when the hints come.
            blocks = [*title, page, Column(self.theme, [*said, *self._below(view)], gap=GAPS[-1])]
        else:
            blocks = [*title, *said, page, *self._below(view)]
        while hints and not self.fits(blocks) and hints[0].drop_last():
            continue
        return blocks

    def _below(self, view: PageReviewView) -> list[Piece]:
        """Which page it is, and what can be done with it."""
        blocks: list[Piece] = []
        if view.pages_text:
            words = self.text(view.pages_text, self.theme.scale.caption, soft=True, align="center")
            blocks.append(spaced(words, -8))
        if view.choices:
            choices = [self.part(Button, action, self.emit) for action in view.choices]
            blocks.append(Grid(self.theme, choices, 2 if len(choices) == 4 else min(3, len(choices))))
        return blocks
