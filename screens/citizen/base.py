"""What every citizen screen is: a header, a stage, an action bar, filled from a view.

A screen is built once and used for every later view of its kind. Parts made from equal models are used again, so that
showing a view that differs in one word (a letter typed, a row done) rebuilds that part only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.visit.events import Event
from kiosk.visit.views import Row, View
from screens.theme import TextStyle, Theme
from screens.widgets.chrome import ActionBar, Header, date_and_time
from screens.widgets.layout import Block, gaps_above
from screens.widgets.notice import NoticeBar
from screens.widgets.rows import RowItem
from screens.widgets.tappable import Tappable, tappables
from screens.widgets.text import TextLabel

ViewT = TypeVar("ViewT", bound=View)
BlockT = TypeVar("BlockT", bound=Block)

FOOT = 24
"""Design px between the lowest block and the action bar."""

GAPS = (24, 16)
"""Distances of blocks in design px: the first at which everything fits is used."""


class CitizenScreen(Widget, Generic[ViewT]):
    """Shows views of one kind and emits the events they carry."""

    full_date: ClassVar[bool] = False
    """Whether the header has the date as well as the time."""

    def __init__(self, emit: Callable[[Event], None], theme: Theme, now: Callable[[], datetime] = datetime.now) -> None:
        super().__init__()
        self.emit = emit
        self.theme = theme
        self.view: ViewT | None = None
        self.stage: Block | None = None
        """What stands between header and action bar."""
        self._now = now
        self._kept: dict[Hashable, Block] = {}
        self._old: dict[Hashable, Block] = {}
        self._header: Header | None = None
        self._bar: Block | None = None
        self._dock: Widget | None = None
        with self.canvas.before:
            Color(*theme.palette.ground)
            self._ground = Rectangle()
        self._arrange_soon = Clock.create_trigger(lambda _: self._arrange(), -1)
        self._clock_tick = Clock.create_trigger(lambda _: self._show_time(), 60)
        self.bind(pos=lambda *_: self._arrange_soon(), size=lambda *_: self._arrange_soon())

    # --- what a screen is made of -----------------------------------------------------------------------------------

    def blocks(self, view: ViewT) -> list[Block]:
        """Return the stage's blocks from top to bottom."""
        raise NotImplementedError

    def dock(self, view: ViewT) -> Widget | None:  # noqa: ARG002 - most screens have none
        """Return what stands on the action bar over the full width (the keyboard), or None."""
        return None

    def bar(self, view: ViewT) -> Block:
        """Return the action bar."""
        return self.part(ActionBar, view.chrome, self.emit)

    # --- showing ------------------------------------------------------------------------------------------------------

    def show(self, view: ViewT) -> None:
        """Show `view` with the next frame."""
        if view == self.view:
            return
        self.view = view
        self.rebuild()

    def rebuild(self) -> None:
        """Put the stage together for the present view."""
        view = self.view
        if view is None:
            return
        self._old, self._kept = self._kept, {}
        moment = self._now()
        language = view.chrome.language
        header = self.part(Header, view.chrome, self.emit, *self._clock_texts(moment, language))
        bar = self.bar(view)
        notice = [self.part(NoticeBar, view.chrome.notice)] if view.chrome.notice is not None else []
        self._header, self._bar = header, bar
        blocks = [*notice, *self.blocks(view)]
        self._dock = self.dock(view)
        self.clear_widgets()
        self.stage = StageColumn(self.theme, blocks)
        for child in (header, self.stage, self._dock, bar):
            if child is not None:
                self.add_widget(child)
        self._old = {}
        self._clock_tick()
        self._arrange_soon()

    def part(self, make: Callable[..., BlockT], *models: Any, **options: Any) -> BlockT:
        """Return the block made from these models, the one of the last view where there is one."""
        key = (make, models, tuple(options.items()))
        block: Any = self._kept.get(key) or self._old.pop(key, None)
        if block is None:
            block = make(self.theme, *models, **options)
        elif block.parent is not None:
            block.parent.remove_widget(block)
        self._kept[key] = block
        return block  # type: ignore[no-any-return]

    def part_of(self, kind: type[BlockT]) -> BlockT:
        """Return the part of this kind that the present view shows."""
        return next(block for block in self._kept.values() if isinstance(block, kind))

    def text(self, words: str, style: TextStyle, *, soft: bool = False, align: str = "left") -> TextLabel:
        """Return words in the first or second voice."""
        palette = self.theme.palette
        return TextLabel(self.theme, words, style, palette.ink_soft if soft else palette.ink, align)

    def head(self, view: View, lead: str = "", *, large: bool = False) -> list[Block]:
        """Return title and lead."""
        scale = self.theme.scale
        blocks: list[Block] = [self.text(view.title, scale.title if large else scale.screen_title)]
        if lead:
            blocks.append(spaced(self.text(lead, scale.body, soft=True), -8))
        return blocks

    def rows(self, rows: Sequence[Row], **options: Any) -> list[Block]:
        """Return one row item each."""
        return [self.part(RowItem, row, self.emit, **options) for row in rows]

    def stage_width(self) -> int:
        """Return the width between the margins, px."""
        return max(1, int(self.width) - 2 * self.theme.px(self.theme.margin))

    def stage_room(self) -> int:
        """Return the height that the blocks of the present view have, px."""
        if self.view is None or self._header is None or self._bar is None:
            return 0
        width, dock = int(self.width), self.dock(self.view)
        taken = self._header.measure(width) + self._bar.measure(width) + (int(dock.height) if dock is not None else 0)
        if self.view.chrome.notice is not None:
            taken += self.part(NoticeBar, self.view.chrome.notice).measure(self.stage_width()) + self.theme.px(GAPS[-1])
        return int(self.height) - taken - self.theme.px(self.theme.margin) - self.theme.px(FOOT)

    def fits(self, blocks: Sequence[Block]) -> bool:
        """Whether these blocks fit on the stage below one another."""
        heights = sum(block.measure(self.stage_width()) for block in blocks)
        return heights + sum(gaps_above(self.theme, blocks, GAPS[-1])) <= self.stage_room()

    # --- time and place ---------------------------------------------------------------------------------------------

    def _clock_texts(self, moment: datetime, language: str) -> tuple[str, str]:
        short = f"{moment:%H:%M}"
        return (date_and_time(moment, language) if self.full_date else short), short

    def _show_time(self) -> None:
        if self.parent is not None and self.view is not None and self._header is not None:
            self._header.set_clock(*self._clock_texts(self._now(), self.view.chrome.language))
            self._clock_tick()

    def _arrange(self) -> None:
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self._ground.pos, self._ground.size = (x, y), (width, height)
        if self._header is None or self._bar is None or self.stage is None:
            return
        header, bar = self._header.measure(width), self._bar.measure(width)
        self._header.place(x, y + height - header, width, header)
        self._bar.place(x, y, width, bar)
        bottom = y + bar
        if self._dock is not None:
            high = int(self._dock.height)
            self._dock.pos = (x, bottom)
            self._dock.width = width
            bottom += high
        self.stage.place(x, bottom, width, y + height - header - bottom)

    @property
    def focus_order(self) -> list[Tappable]:
        """What the tactile keypad steps through, in reading order."""
        return [widget for widget in tappables(self) if widget.enabled]


def spaced(block: BlockT, extra: int) -> BlockT:
    """Return `block` with `extra` design px more (or less) above it."""
    block.extra_gap = extra
    return block


class StageColumn(Block):
    """The stage: blocks below one another inside the margins; on a wide screen in two columns under the title.

    One block may stretch: it gets the height that the others leave. `Space` does so to centre what stands between.
    """

    def __init__(self, theme: Theme, blocks: Sequence[Block]) -> None:
        super().__init__(theme)
        self.blocks = list(blocks)
        self.overflow = 0
        """Pixels by which the blocks are higher than the stage."""
        for block in self.blocks:
            self.add_widget(block)

    def arrange(self) -> None:
        """Place the blocks: one column where it fits, else two on a wide screen."""
        margin = self.theme.px(self.theme.margin)
        x, width = int(self.x) + margin, int(self.width) - 2 * margin
        top, room = int(self.top) - margin, int(self.height) - margin - self.theme.px(FOOT)
        if self.theme.landscape:
            self._two_columns(x, top, width, room)
        else:
            self.overflow = max(0, _stack(self.theme, self.blocks, (x, top, width, room)) - room)

    def _two_columns(self, x: int, top: int, width: int, room: int) -> None:
        split = next((i for i, block in enumerate(self.blocks) if not isinstance(block, TextLabel | NoticeBar)), 0)
        head, rest = self.blocks[:split], self.blocks[split:]
        if len(rest) < 2 or any(block.whole_width for block in self.blocks):
            self.overflow = max(0, _stack(self.theme, self.blocks, (x, top, width, room)) - room)
            return
        if head:
            used = _stack(self.theme, head, (x, top, width, 0))
            top, room = top - used - self.theme.px(GAPS[0]), room - used - self.theme.px(GAPS[0])
        gutter = self.theme.px(2 * self.theme.gutter)
        half = (width - gutter) // 2
        heights = [block.measure(half) for block in rest]
        cut = min(range(1, len(rest)), key=lambda i: abs(sum(heights[:i]) - sum(heights[i:])))
        left = _stack(self.theme, rest[:cut], (x, top, half, room))
        right = _stack(self.theme, rest[cut:], (x + half + gutter, top, half, room))
        self.overflow = max(0, left - room, right - room)


class Space(Block):
    """Empty height. `share` of the height that is left goes to this one."""

    stretch = True

    def __init__(self, theme: Theme, share: float = 1.0) -> None:
        super().__init__(theme)
        self.share = share

    def measure(self, width: int) -> int:  # noqa: ARG002 - nothing is needed
        """Need nothing."""
        return 0

    def natural(self) -> int:
        """Need nothing."""
        return 0


def _stack(theme: Theme, blocks: Sequence[Block], box: tuple[int, int, int, int]) -> int:
    """Place blocks below one another in `box` (x, top, width, room); return the height used."""
    x, top, width, room = box
    heights = [block.measure(width) for block in blocks]
    for gap in GAPS:
        gaps = gaps_above(theme, blocks, gap)
        used = sum(heights) + sum(gaps)
        if used <= room:
            break
    shares = [block.share if block.stretch else 0.0 for block in blocks]
    spare, total = max(0, room - used), sum(shares)
    for block, height, above, share in zip(blocks, heights, gaps, shares, strict=True):
        high = height + (int(spare * share / total) if share else 0)
        top -= above
        block.place(x, top - high, width, high)
        top -= high
    return used
