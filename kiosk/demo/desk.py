"""The centre's desk in a demonstration: who signs in where, and pictures of it where there is no display."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from kiosk.demo.processes import Demonstration

CHROMIUM = Path("/usr/bin/chromium")
CLERK = "genhe.window"
"""The window at the place where the demonstration's terminal stands."""
PASSWORD = "Tongban-demo-2026"  # noqa: S105  # public, as `central demo-data` prints it
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def where(demonstration: Demonstration) -> tuple[str, ...]:
    """Lines that say how to get to the desk."""
    lines = demonstration.logins.splitlines()
    secret = next((line.rpartition(" ")[2] for line in lines if "TOTP secret" in line), "")
    return (
        f"办件中心 / the desk: {demonstration.central_url}/desk/",
        f"    收件地窗口 / receiving window {CLERK}，办理地窗口、审批 / handling place pingluo.window, pingluo.yb，全部账号 / all: desk-logins.txt",
        f"    密码 / password {PASSWORD}，验证器密钥 / authenticator secret {secret}",
        f"    现在的六位数字 / the six digits now: .venv/bin/central demo-data --code --data {demonstration.central_data}",
    )


def pictures(demonstration: Demonstration, cases: Sequence[str], out: Path) -> int:
    """Sign in as a clerk in Chromium and take pictures of the desk and of these cases; how many. 0: no Chromium here."""
    try:
        import pyotp
        from playwright.sync_api import sync_playwright
    except ImportError:
        return 0
    found = re.search(r"TOTP secret\): (\S+)", demonstration.logins)
    if not CHROMIUM.exists() or found is None:
        return 0
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        page.goto(f"{demonstration.central_url}/desk/")
        page.fill("input[name=login]", CLERK)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.fill("input[name=code]", pyotp.TOTP(found[1]).now())
        page.click("main button[type=submit]")
        page.wait_for_url("**/desk/")
        for number, (name, path) in enumerate(_PAGES, start=1):
            page.goto(demonstration.central_url + path)
            page.screenshot(path=str(out / f"{number:02d}-{name}.png"))
        for case in cases:
            page.goto(f"{demonstration.central_url}/desk/cases/{case}", wait_until="networkidle")
            page.screenshot(path=str(out / f"case-{case}.png"), full_page=True)
        browser.close()
    return len(_PAGES) + len(cases)


_PAGES = (("today", "/desk/"), ("work-list", "/desk/work"), ("ledger", "/desk/ledger"))
