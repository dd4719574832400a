"""What every citizen screen is: a header, a stage, an action bar, filled from a view.

A screen is built once and used for every later view of its kind. Parts made from equal models are used again, so that
showing a view that differs in one word (a letter typed, a row done) rebuilds that part only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from kivy.clock import Clock
from kivy.uix.widget import Widget

from kiosk.visit.events import Event, TurnPage
from kiosk.visit.views import Action, Pager, Row, View
from screens.citizen.stage import GAPS, Space, StageColumn, excess, inside, split_pages
from screens.citizen.words import OWN_WORDS
from screens.theme import TextStyle, Theme
from screens.widgets.chrome import ActionBar, Header, PagerBar, date_and_time
from screens.widgets.layout import Block, Piece
from screens.widgets.notice import NoticeBar
from screens.widgets.rows import RowItem
from screens.widgets.tappable import Tappable, tappables
from screens.widgets.text import TextLabel

ViewT = TypeVar("ViewT", bound=View)
BlockT = TypeVar("BlockT", bound=Piece)

_ONWARD, _BACKWARD = TurnPage(1), TurnPage(-1)
"""What our own pager emits: told apart from the visit's by being these very objects."""


class CitizenScreen(Widget, Generic[ViewT]):
    """Shows views of one kind and emits the events they carry."""

    full_date: ClassVar[bool] = False
    """Whether the header has the date as well as the time."""

    def __init__(self, emit: Callable[[Event], None], theme: Theme, now: Callable[[], datetime] = datetime.now) -> None:
        super().__init__()
        self.emit = emit
        self.theme = theme
        self.view: ViewT | None = None
        self.stage: StageColumn | None = None
        """What stands between header and action bar."""
        self.size = theme.window
        self._now = now
        self._page = 0
        """Which of our own pages is shown, when a view has more than fits."""
        self._asked: Counter[Hashable] = Counter()
        """How often a part was asked for: equal models may stand on a screen twice."""
        self._kept: dict[Hashable, Block] = {}
        self._old: dict[Hashable, Block] = {}
        self._header: Header | None = None
        self._bar: Block | None = None
        self._dock: Widget | None = None
        self._arrange_soon = Clock.create_trigger(lambda _: self._arrange(), -1)
        self._clock_tick = Clock.create_trigger(lambda _: self._show_time(), 60)
        self.bind(
            pos=lambda *_: self._arrange_soon(),
            size=lambda *_: self.rebuild(),
            parent=lambda _, parent: self._left() if parent is None else self._clock_tick(),
        )

    # --- what a screen is made of -----------------------------------------------------------------------------------

    def blocks(self, view: ViewT) -> list[Piece]:
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
        if self.view is None or _place_of(view) != _place_of(self.view):
            self._page = 0
        self.view = view
        self.rebuild()

    def _left(self) -> None:
        """Another screen is shown now; the next view counts as new."""
        self.view = None

    def rebuild(self) -> None:
        """Put the stage together for the present view."""
        view = self.view
        if view is None:
            return
        self._old, self._kept = self._kept, {}
        self._asked.clear()
        moment = self._now()
        language = view.chrome.language
        header = self.part(Header, view.chrome, self.emit, *self._clock_texts(moment, language))
        bar = self.bar(view)
        notice = [self.part(NoticeBar, view.chrome.notice)] if view.chrome.notice is not None else []
        self._header, self._bar = header, bar
        blocks = [*notice, *self.blocks(view)]
        self._dock = self.dock(view)
        self.clear_widgets()
        self.stage = StageColumn(self.theme, self._paged(view, blocks))
        for child in (header, self.stage, self._dock, bar):
            if child is not None:
                self.add_widget(child)
        self._old = {}
        self._clock_tick.timeout = 60 - moment.second
        self._clock_tick()
        self._arrange_soon()

    def part(self, make: Callable[..., BlockT], *models: Any, **options: Any) -> BlockT:
        """Return the block made from these models, the one of the last view where there is one."""
        asked = (make, models, tuple(options.items()))
        key = (asked, self._asked[asked])
        self._asked[asked] += 1
        block: Any = self._old.pop(key, None)
        if block is None:
            block = make(self.theme, *models, **options)
        elif block.parent is not None:
            block.parent.remove_widget(block)
        block.extra_gap, block.whole_width = 0, type(block).whole_width
        self._kept[key] = block
        return block  # type: ignore[no-any-return]

    def part_of(self, kind: type[BlockT]) -> BlockT:
        """Return the part of this kind that the present view shows."""
        return next(block for block in self._kept.values() if isinstance(block, kind))

    def text(self, words: str, style: TextStyle, *, soft: bool = False, align: str = "left") -> TextLabel:
        """Return words in the first or second voice."""
        palette = self.theme.palette
        return self.part(TextLabel, words, style, palette.ink_soft if soft else palette.ink, align)

    def head(self, view: View, lead: str = "", *, large: bool = False) -> list[Piece]:
        """Return title and lead."""
        scale = self.theme.scale
        title = self.text(view.title, scale.title if large else scale.screen_title)
        if title.natural() > self.theme.window[0] - 2 * self.theme.px(self.theme.margin):
            title = self.text(view.title, scale.screen_title)
        blocks: list[Piece] = [title]
        if lead:
            blocks.append(spaced(self.text(lead, scale.body, soft=True), -8))
        return blocks

    def rows(self, rows: Sequence[Row], **options: Any) -> list[Piece]:
        """Return one row item each."""
        return [self.part(RowItem, row, self.emit, **options) for row in rows]

    def _paged(self, view: ViewT, blocks: list[Piece]) -> list[Piece]:
        """Return the blocks of the present page, with a pager when there are more than fit."""
        width, room = self.stage_size()
        pages = split_pages(self.theme, blocks, width, room)
        if len(pages) == 1:
            return pages[0]
        self._page = min(self._page, len(pages) - 1)
        words = OWN_WORDS[view.chrome.language]
        visit: Pager | None = getattr(view, "pager", None)
        last = self._page == len(pages) - 1
        backward = Action("previous", words.previous, _BACKWARD)
        onward = Action("more", words.more, _ONWARD)
        part = words.pages(self._page + 1, len(pages))
        pager = Pager(
            f"{visit.text} ({self._page + 1}/{len(pages)})" if visit is not None else part,
            backward if self._page else visit.previous if visit is not None else None,
            onward if not last else visit.following if visit is not None else None,
        )
        return [*pages[self._page], Space(self.theme), PagerBar(self.theme, pager, self._turn)]

    def _turn(self, event: Event) -> None:
        if event is _ONWARD or event is _BACKWARD:
            self._page += 1 if event is _ONWARD else -1
            self.rebuild()
        else:
            self.emit(event)

    def stage_size(self) -> tuple[int, int]:
        """Return width and height, px, that the blocks of the present view have."""
        view, width = self.view, int(self.width)
        if view is None or self._header is None or self._bar is None:
            return 1, 0
        dock = self.dock(view)
        taken = self._header.measure(width) + self._bar.measure(width) + (int(dock.height) if dock is not None else 0)
        _, _, wide, room = inside(self.theme, 0, 0, width, int(self.height) - taken)
        return wide, room

    def fits(self, blocks: Sequence[Piece]) -> bool:
        """Whether these blocks fit on the stage, together with the notice of the view."""
        view, (width, room) = self.view, self.stage_size()
        if view is not None and view.chrome.notice is not None:
            room -= NoticeBar(self.theme, view.chrome.notice).measure(width) + self.theme.px(GAPS[-1])
        return excess(self.theme, blocks, width, room) == 0

    # --- time and place ---------------------------------------------------------------------------------------------

    def _clock_texts(self, moment: datetime, language: str) -> tuple[str, str]:
        short = f"{moment:%H:%M}"
        return (date_and_time(moment, language) if self.full_date else short), short

    def _show_time(self) -> None:
        if self.parent is not None and self.view is not None and self._header is not None:
            moment = self._now()
            self._header.set_clock(*self._clock_texts(moment, self.view.chrome.language))
            self._clock_tick.timeout = 60 - moment.second
            self._clock_tick()

    def _arrange(self) -> None:
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
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


def _place_of(view: View) -> tuple[object, ...]:
    """What a view is of: turning our own pages begins anew when this changes."""
    return view.name, view.title, getattr(view, "pager", None), getattr(view, "crumbs", None)
