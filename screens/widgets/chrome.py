"""What frames every screen: the header above, the action bar below."""

from __future__ import annotations

from datetime import datetime

from kiosk.visit.views import Action, Chrome, Notice, Pager, Step, Tag, Tone
from screens.theme import Theme
from screens.widgets.button import Button, Emit, Kind
from screens.widgets.layout import Block
from screens.widgets.notice import TagChip
from screens.widgets.paint import Fill
from screens.widgets.text import TextLabel, run_width, shortened

WEEKDAYS = {
    "zh_CN": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_and_time(moment: datetime, language: str) -> str:
    """Return 11月20日 星期五 21:08 in the citizen's language."""
    weekday = WEEKDAYS.get(language, WEEKDAYS["en"])[moment.weekday()]
    if language == "zh_CN":
        return f"{moment.month}月{moment.day}日 {weekday} {moment:%H:%M}"
    return f"{weekday} {moment.day} {MONTHS[moment.month - 1]} {moment:%H:%M}"


LEAST_PRIMARY = 264
"""Design px: a primary action that would be narrower gets a row of its own."""


class Header(Block):
    """Place or errand, step, time, language."""

    def __init__(self, theme: Theme, chrome: Chrome, emit: Emit, clock: str, clock_short: str) -> None:
        super().__init__(theme)
        palette, scale = theme.palette, theme.scale
        self._ground = Fill(self.canvas, palette.surface)
        self._edge = Fill(self.canvas, palette.hairline)
        self._place_text = chrome.place
        self._place = TextLabel(theme, chrome.place, scale.caption_strong)
        self._steps = step_chips(theme, chrome.step) if chrome.step is not None else []
        self._step: TagChip | None = None
        self._clock_texts = (clock, clock_short)
        self._clock = TextLabel(theme, clock, scale.caption, palette.ink_soft, "right")
        self._language = (
            Button(theme, chrome.language_switch, emit, Kind.QUIET) if chrome.language_switch is not None else None
        )
        self._gap = theme.px(28)
        for child in (self._place, self._clock, self._language):
            if child is not None:
                self.add_widget(child)

    def measure(self, width: int) -> int:  # noqa: ARG002 - the same on every screen
        """Return the height of the header."""
        return self.theme.px(self.theme.header)

    def natural(self) -> int:
        """A header takes the whole width."""
        return 0

    def set_clock(self, clock: str, clock_short: str) -> None:
        """Show the present time."""
        if (clock, clock_short) != self._clock_texts:
            self._clock_texts = (clock, clock_short)
            self.arrange()

    def arrange(self) -> None:
        """Place and step from the left, language and time from the right; the time gives way first."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        self._ground.place(x, y, width, height)
        self._edge.place(x, y, width, self.theme.px(self.theme.hairline))
        margin = self.theme.px(self.theme.margin)
        left, right = x + margin, x + width - margin
        if self._language is not None:
            wide, high = self._language.natural(), self._language.measure(width)
            self._language.place(right - wide, y + (height - high) // 2, wide, high)
            right -= wide + self._gap
        self._choose_step(right - left)
        step = self._step.natural() + self._gap if self._step is not None else 0
        room = right - left - step
        style, size = self._place.style, self._place.size_px
        self._place.text = shortened(self._place_text, max(1, room), 2, size, style.weight)
        place = min(room, self._place.natural())
        self._place.place(left, y, place, height)
        left += place + self._gap
        if self._step is not None:
            high = self._step.measure(width)
            self._step.place(left, y + (height - high) // 2, self._step.natural(), high)
            left += step
        for text in (*self._clock_texts, ""):
            self._clock.text = text
            if self._clock.natural() <= right - left:
                break
        self._clock.place(left, y, max(0, right - left), height)

    def _choose_step(self, room: int) -> None:
        """Show the step with its name where place and time stand beside it, else its number only."""
        if not self._steps:
            return
        clock = run_width(self._clock_texts[1], self._clock.size_px, self._clock.style.weight) + 2 * self._gap
        place = run_width(self._place_text, self._place.size_px, self._place.style.weight)
        free = room - place - clock
        fitting = next((chip for chip in self._steps if chip.natural() <= free), self._steps[-1])
        if fitting is not self._step:
            if self._step is not None:
                self.remove_widget(self._step)
            self._step = fitting
            self.add_widget(fitting)


def step_chips(theme: Theme, step: Step) -> list[TagChip]:
    """Return the chip with number and name of the step, and a shorter one."""
    texts = [f"{step.text}　{step.name}", step.text] if step.name else [step.text]
    return [TagChip(theme, Tag(Tone.INFO, text)) for text in texts]


class ActionBar(Block):
    """返回 · 呼叫帮助 · the primary action: at the height a person in a wheelchair reaches."""

    def __init__(self, theme: Theme, chrome: Chrome, emit: Emit) -> None:
        super().__init__(theme)
        self._ground = Fill(self.canvas, theme.palette.surface)
        self._edge = Fill(self.canvas, theme.palette.hairline)
        self._actions = [Button(theme, action, emit) for action in chrome.actions]
        self._primary = Button(theme, chrome.primary, emit, Kind.PRIMARY) if chrome.primary is not None else None
        self._gap = theme.px(theme.gutter)
        self._narrow_gap = theme.px(16)
        for child in (*self._actions, self._primary):
            if child is not None:
                self.add_widget(child)

    def measure(self, width: int) -> int:
        """Return the height of the bar: none when there is nothing to do, more when the buttons need two rows."""
        if not self._actions and self._primary is None:
            return 0
        second = self._row_height(width) + self._narrow_gap if self._needs_two_rows(width) else 0
        return self.theme.px(self.theme.action_bar) + second

    def _row_height(self, width: int) -> int:
        return self._primary.measure(width) if self._primary is not None else 0

    def _room(self, width: int) -> int:
        return width - 2 * self.theme.px(self.theme.margin)

    def _needs_two_rows(self, width: int) -> bool:
        """Whether the secondary actions leave too little for the primary one."""
        if self._primary is None:
            return False
        taken = sum(button.natural() + self._narrow_gap for button in self._actions)
        return taken + max(self._primary.natural(), self.theme.px(LEAST_PRIMARY)) > self._room(width)

    def natural(self) -> int:
        """The bar takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Secondary actions from the left; the primary takes the rest, at most half of a wide screen."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        line = min(height, self.theme.px(self.theme.hairline))
        self._ground.place(x, y, width, height)
        self._edge.place(x, y + height - line, width, line)
        if height == 0:
            return
        if self._needs_two_rows(width):
            self._arrange_two_rows(x, y, width, height)
            return
        margin = self.theme.px(self.theme.margin)
        left, right = x + margin, x + width - margin
        wanted = sum(button.natural() for button in self._actions) + (self._primary.natural() if self._primary else 0)
        gaps = len(self._actions) - (self._primary is None)
        gap = self._gap if wanted + gaps * self._gap <= right - left else self._narrow_gap
        for button in self._actions:
            wide, high = button.natural(), button.measure(button.natural())
            button.place(left, y + (height - high) // 2, wide, high)
            left += wide + gap
        if self._primary is not None:
            wide = right - left
            if self.theme.landscape:
                wide = min(wide, max(self._primary.natural(), self.theme.px(760)))
            high = self._primary.measure(wide)
            self._primary.place(right - wide, y + (height - high) // 2, wide, high)

    def _arrange_two_rows(self, x: int, y: int, width: int, height: int) -> None:
        """The primary action over the full width, the others below it in equal parts."""
        margin, room = self.theme.px(self.theme.margin), self._room(width)
        primary = self._row_height(width)
        edge = (height - 2 * primary - self._narrow_gap) // 2
        if self._primary is not None:
            self._primary.place(x + margin, y + height - edge - primary, room, primary)
        cell = (room - self._narrow_gap * (len(self._actions) - 1)) // max(1, len(self._actions))
        for index, button in enumerate(self._actions):
            button.place(x + margin + index * (cell + self._narrow_gap), y + edge, cell, primary)


class StatusBar(Block):
    """The foot of the attract screen: the terminal's health, and where people can be reached."""

    def __init__(self, theme: Theme, health: Notice, desk: str) -> None:
        super().__init__(theme)
        self._ground = Fill(self.canvas, theme.palette.surface)
        self._edge = Fill(self.canvas, theme.palette.hairline)
        self._health = TagChip(theme, Tag(health.tone, health.text))
        self._desk = TextLabel(theme, desk, theme.scale.caption, theme.palette.ink_soft)
        self.add_widget(self._health)
        self.add_widget(self._desk)

    def measure(self, width: int) -> int:  # noqa: ARG002 - the same as an action bar
        """Return the height of the bar."""
        return self.theme.px(self.theme.action_bar)

    def natural(self) -> int:
        """The bar takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Side by side, or one above the other when there is no room."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        line = self.theme.px(self.theme.hairline)
        self._ground.place(x, y, width, height)
        self._edge.place(x, y + height - line, width, line)
        margin, gap = self.theme.px(self.theme.margin), self.theme.px(20)
        left, room = x + margin, width - 2 * margin
        chip_width = min(room, self._health.natural())
        chip_height = self._health.measure(chip_width)
        if chip_width + gap + self._desk.natural() <= room:
            self._health.place(left, y + (height - chip_height) // 2, chip_width, chip_height)
            self._desk.place(left + chip_width + gap, y, room - chip_width - gap, height)
            return
        desk_height = self._desk.measure(room)
        top = y + (height + chip_height + gap // 2 + desk_height) // 2
        self._health.place(left, top - chip_height, chip_width, chip_height)
        self._desk.place(left, top - chip_height - gap // 2 - desk_height, room, desk_height)


class PagerBar(Block):
    """上一页 · 第 2 页 / 共 5 页 · 下一页: pages instead of hidden scrolling."""

    def __init__(self, theme: Theme, pager: Pager, emit: Emit) -> None:
        super().__init__(theme)
        self._text = TextLabel(theme, pager.text, theme.scale.caption, theme.palette.ink_soft, "center")
        self._previous = self._button(pager.previous, emit)
        self._following = self._button(pager.following, emit)
        for child in (self._previous, self._text, self._following):
            if child is not None:
                self.add_widget(child)

    def _button(self, action: Action | None, emit: Emit) -> Button | None:
        return Button(self.theme, action, emit, Kind.QUIET) if action is not None else None

    def measure(self, width: int) -> int:  # noqa: ARG002 - one line
        """Return the height of the buttons."""
        return self.theme.px(self.theme.scale.target_small)

    def natural(self) -> int:
        """The pager takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Back at the left, on at the right, where we are between them."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        least = self.theme.px(200)
        if self._previous is not None:
            self._previous.place(x, y, max(least, self._previous.natural()), height)
        if self._following is not None:
            wide = max(least, self._following.natural())
            self._following.place(x + width - wide, y, wide, height)
        self._text.place(x + least, y, width - 2 * least, height)
