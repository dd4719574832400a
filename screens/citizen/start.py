"""The screen nobody stands before, and the first question."""

from __future__ import annotations

from kiosk.visit.views import AttractView, HomeView, Tag, Tone
from screens.citizen.base import CitizenScreen, spaced
from screens.citizen.parts import paragraphs
from screens.citizen.stage import Space
from screens.widgets.button import Button, Kind
from screens.widgets.chrome import StatusBar
from screens.widgets.layout import Block, Grid, Piece
from screens.widgets.notice import TagChip
from screens.widgets.rows import Tile


class AttractScreen(CitizenScreen[AttractView]):
    """What is done here, for whom, how long it takes, and one large button."""

    full_date = True

    def blocks(self, view: AttractView) -> list[Piece]:
        """Hang everything a little above the middle."""
        scale = self.theme.scale
        chip = TagChip(self.theme, Tag(Tone.INFO, view.badge), scale.body_strong)
        hero = self.text("\n".join(view.lines), scale.hero)
        body = self.text("\n".join(view.body), scale.body, soft=True)
        blocks: list[Piece] = [
            Space(self.theme, 0.8),
            chip,
            spaced(hero, 8),
            spaced(body, 8),
            spaced(self.part(Button, view.start, self.emit, Kind.PRIMARY, large=True), 24),
        ]
        blocks += [self.part(Button, action, self.emit, large=True) for action in view.chrome.actions]
        if view.news:
            blocks.append(spaced(paragraphs(self.theme, view.news, strong=True), 24))
        blocks.append(Space(self.theme, 1.2))
        for block in blocks:
            block.whole_width = True
        return blocks

    def bar(self, view: AttractView) -> Block:
        """The terminal's health instead of buttons."""
        return self.part(StatusBar, view.health, view.desk)


class HomeScreen(CitizenScreen[HomeView]):
    """您要做什么?"""

    def blocks(self, view: HomeView) -> list[Piece]:
        """One blue tile, the other tiles in pairs, what most people come for."""
        tiles = [self.part(Tile, row, self.emit) for row in view.tiles]
        blocks = self.head(view, large=True)
        blocks.append(self.part(Tile, view.main, self.emit, main=True))
        if tiles:
            blocks.append(Grid(self.theme, tiles, min(2, len(tiles))))
        if view.popular:
            blocks.append(spaced(self.text(view.popular_title, self.theme.scale.section), 24))
            blocks += self.rows(view.popular)
        return blocks
