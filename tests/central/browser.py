"""Clerks in real Chromium, for journeys: they look for what is written on the page and press it.

    with chromium() as browser:                            # once per module
        clerk = Clerk.at_work(browser, town, "hall.150626", watch)
        clerk.open_case("待收件", citizen.case_number)
        clerk.act("开始核对")                               # a button under 下一步
        clerk.sees("形式审查中")

Everything is found by role, label or visible text, as a person finds it. A `Watch` listens to all pages: what the
console complains of, what the content security policy stopped, where requests went, and answers that are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect
from playwright.sync_api import sync_playwright as playwright

from central.desk.frame import SESSION
from tests.central.desk import open_session
from tests.central.rig import RunningCentre

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip
_MOST_TABS = 120
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, without a window."""
    with playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What went wrong on any page, in words; `refusals` are answers of 4xx, which a test may have meant."""

    origin: str
    troubles: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)

    def forgive(self, *words: str) -> None:
        """Take out troubles that the test brought about itself: those with any of these words."""
        self.troubles = [one for one in self.troubles if not any(word in one for word in words)]

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a browser context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource") or "Response Status Error Code" in message.text
        if message.type in ("error", "warning") and not refused:  # refused requests are counted by their answers
            self.troubles.append(f"{message.page.url if message.page else ''} {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.troubles.append(f"a request left for {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.url}")
        elif response.status >= 400:
            self.refusals.append(response.status)
        elif "text/html" in response.headers.get("content-type", ""):
            self.visited.add(re.sub(r"\d{6}-\d{8}-\d{6}|\d+", "…", response.url.removeprefix(self.origin)))


@dataclass
class Clerk:
    """Somebody at a desk, with a browser of their own."""

    context: BrowserContext
    page: Page

    @classmethod
    def at_work(cls, browser: Browser, town: RunningCentre, login: str, watch: Watch, **options: Any) -> Clerk:
        """`login` with a session already opened, at the first page of the desk."""
        clerk = cls.arrives(browser, town, watch, **options)
        clerk.carry_session(town, login)
        clerk.page.goto("/desk/")
        return clerk

    @classmethod
    def arrives(cls, browser: Browser, town: RunningCentre, watch: Watch, **options: Any) -> Clerk:
        """Somebody who has not signed in, before an empty page."""
        fitting = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        context = browser.new_context(base_url=town.url, **{**fitting, **options})
        context.set_default_timeout(8000)
        context.add_init_script(_TELL_VIOLATIONS)
        watch.over(context)
        return cls(context, context.new_page())

    def carry_session(self, town: RunningCentre, login: str) -> str:
        """Have the cookie of a fresh session; returns its token."""
        token = open_session(town, login)
        self.context.add_cookies([{"name": SESSION, "value": token, "domain": "127.0.0.1", "path": "/desk"}])
        return token

    def leaves(self) -> None:
        self.context.close()

    @property
    def main(self) -> Locator:
        """What is on the page, without menu and header."""
        return self.page.get_by_role("main")

    def sees(self, *words: str, where: Locator | None = None) -> None:
        """All these words are on the page (it may still be on its way)."""
        for one in words:
            expect(where or self.main).to_contain_text(one)

    def misses(self, *words: str) -> None:
        for one in words:
            expect(self.main).not_to_contain_text(one)

    def click(self, what: Locator) -> None:
        """Click, and wait as people do until what it began has come: the desk does one thing at a time."""
        what.click()
        expect(self.page.locator("body")).not_to_have_attribute("aria-busy", "true")

    def follow(self, name: str, where: Locator | None = None) -> None:
        """Click on a link."""
        self.click((where or self.page).get_by_role("link", name=name, exact=True).first)

    def press(self, name: str, where: Locator | None = None) -> None:
        """Click on a button."""
        self.click((where or self.main).get_by_role("button", name=name, exact=True).first)

    def fill(self, label: str, value: str, where: Locator | None = None) -> None:
        (where or self.main).get_by_label(label).first.fill(value)

    def select(self, label: str, option: str) -> None:
        """One of a list."""
        self.main.get_by_label(label).first.select_option(label=option)

    def choose(self, label: str, where: Locator | None = None) -> None:
        """A choice or a tick."""
        (where or self.main).get_by_label(label).first.check()

    def open_list(self, worklist: str) -> None:
        """A work list, from the menu."""
        self.follow("工作清单", self.page.get_by_role("navigation", name="菜单"))
        lists = self.page.get_by_role("navigation", name="工作清单")
        self.click(lists.get_by_role("link", name=worklist).first)
        expect(self.page.get_by_role("heading", level=1, name=worklist)).to_be_visible()

    def row(self, case_number: str) -> Locator:
        """The row of a case in a list."""
        return self.main.get_by_role("row").filter(has_text=case_number)

    def open_case(self, worklist: str, case_number: str) -> None:
        """From the menu to the work list to the case, as every piece of work begins."""
        self.open_list(worklist)
        self.click(self.row(case_number).get_by_role("link").first)
        expect(self.next_steps).to_be_visible()

    @property
    def next_steps(self) -> Locator:
        """What the case page offers."""
        return self.page.get_by_role("region", name="下一步")

    def tab_to(self, name: str, where: Locator | None = None) -> None:
        """Go on with the Tab key until the thing with this name is in focus."""
        part = where or self.main
        wanted = part.get_by_role("button", name=name, exact=True).or_(part.get_by_role("link", name=name))
        for _ in range(_MOST_TABS):
            self.page.keyboard.press("Tab")
            if wanted.and_(self.page.locator(":focus")).count():
                return
        raise AssertionError(f"the Tab key does not lead to {name}")

    def begin(self, act: str, part: str = "") -> bool:
        """Press what is offered under 下一步: whether it was a link to a form, and not a button that acts at once."""
        name = f"{act}（{part}）" if part else act
        link = self.next_steps.get_by_role("link", name=name, exact=True)
        offered = self.next_steps.get_by_role("button", name=name, exact=True).or_(link)
        expect(offered).to_be_visible()
        asks = link.count() > 0
        self.click(offered)
        return asks

    def act(self, act: str, part: str = "") -> None:
        """Do an act that asks for nothing: at once, or by the one button of its page. The desk says that it is done."""
        if self.begin(act, part):
            expect(self.page.get_by_role("heading", level=1, name=act)).to_be_visible()
            self.press(act)
        self.done(act)

    def done(self, act: str) -> None:
        """The desk says that the act was done."""
        expect(self.page.get_by_role("status").first).to_contain_text(f"已办：{act}")

    def confirm(self, act: str) -> None:
        """Read an act over once more and do it."""
        self.press("下一步：核对")
        self.sees("请再看一遍，确认无误再办")
        self.press(f"确认：{act}")
        self.done(act)

    def shot(self, name: str) -> None:
        """A picture of the page, for somebody who looks at it (not used by tests)."""
        self.page.screenshot(path=name, full_page=True)
