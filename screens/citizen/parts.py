"""Small compositions that several screens share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.visit.views import CardPicture, Pager, Paragraph
from screens.citizen.base import CitizenScreen
from screens.citizen.stage import Space
from screens.icons.scenes import GRID, SCENES, STROKE
from screens.theme import Theme
from screens.widgets.card import Card, Rule
from screens.widgets.chrome import PagerBar
from screens.widgets.layout import Column, Leaf, Piece
from screens.widgets.paint import Box, Drawing
from screens.widgets.text import TextLabel


def pager(screen: CitizenScreen[Any], model: Pager | None) -> list[Piece]:
    """Return the pager at the foot of the stage, when there is more than one page."""
    if model is None or (model.previous is None and model.following is None):
        return []
    return [Space(screen.theme), screen.part(PagerBar, model, screen.emit)]


def paragraphs(theme: Theme, models: Sequence[Paragraph], *, strong: bool = False, large: bool = False) -> Card:
    """Return headed paragraphs in one white box, hairlines between them. `strong`: headings that are read first."""
    scale, palette = theme.scale, theme.palette
    blocks: list[Piece] = []
    for index, model in enumerate(models):
        if index:
            blocks.append(Rule(theme))
        heading = (
            TextLabel(theme, model.heading, scale.section if large else scale.body_strong)
            if strong
            else TextLabel(theme, model.heading, scale.caption, palette.ink_soft)
        )
        text = TextLabel(
            theme, model.text, scale.choice if large else scale.body, palette.ink_soft if strong else palette.ink
        )
        blocks.append(Column(theme, [heading, text], gap=4))
    return Card(theme, blocks)


class Scene(Leaf):
    """A large drawing in a white box: what stands still in ink, what carries the message in blue or, if bad, warm."""

    stretch = True
    whole_width = True

    def __init__(self, theme: Theme, picture: CardPicture, size: int) -> None:
        super().__init__(theme)
        palette = theme.palette
        still, telling = SCENES[picture]
        colour = palette.warm if picture is CardPicture.FAILED else palette.action
        self._box = Box(self.canvas, theme, theme.radius)
        self._box.paint(palette.surface, palette.hairline)
        self._layers = [
            Drawing(theme, still, palette.ink_soft, size, GRID, STROKE),
            Drawing(theme, telling, colour, size, GRID, STROKE),
        ]
        for layer in self._layers:
            self.add_widget(layer)

    def measure(self, width: int) -> int:
        """Return the height of the drawing with some room."""
        return self._layers[0].measure(width) + self.theme.px(96)

    def natural(self) -> int:
        """A scene takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Lay the drawings over one another in the middle."""
        rectangle = (int(self.x), int(self.y), int(self.width), int(self.height))
        self._box.place(*rectangle)
        for layer in self._layers:
            layer.place(*rectangle)
