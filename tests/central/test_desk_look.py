"""How the desk looks, where that can be measured: contrast, type size, focus, print, and the vendored script."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise

import pytest

from central.desk.templating import STATIC, tone
from kiosk.protocol.states import State

SHEET = (STATIC / "desk.css").read_text("utf-8")
TEMPLATES = STATIC.parent / "templates"
HTMX = "vendor/htmx-2.0.11.min.js"
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
"""Of dist/htmx.min.js in the npm package htmx.org 2.0.11."""


def colours() -> dict[str, str]:
    """The design tokens that are colours."""
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", SHEET))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "grounds"),
    [
        ("ink", ("paper", "ground", "stripe", "blue-soft", "good-soft", "waiting-soft", "bad-soft", "ended-soft")),
        ("ink-soft", ("paper", "ground", "stripe", "blue-soft")),
        ("blue", ("paper", "ground", "stripe", "blue-soft")),
        ("blue-dark", ("paper", "stripe", "blue-soft")),
        ("good", ("paper", "good-soft")),
        ("waiting", ("paper", "waiting-soft")),
        ("bad", ("paper", "bad-soft", "stripe", "blue-soft")),
        ("ended", ("paper", "ended-soft")),
        ("deep-ink", ("deep", "blue", "blue-dark", "bad")),
        ("deep-soft", ("deep",)),
    ],
)
def test_every_text_colour_can_be_read_on_its_ground(ink: str, grounds: tuple[str, ...]) -> None:
    tokens = colours()
    assert {
        ground: contrast(tokens[ink], tokens[ground])
        for ground in grounds
        if contrast(tokens[ink], tokens[ground]) < 4.5
    } == {}


def test_borders_of_fields_and_the_focus_ring_can_be_seen() -> None:
    tokens = colours()
    assert contrast(tokens["line-strong"], tokens["paper"]) >= 3
    assert contrast(tokens["focus"], tokens["paper"]) >= 3
    assert contrast(tokens["focus"], tokens["deep"]) >= 3
    assert ":focus-visible { outline: 3px solid" in SHEET
    assert not re.search(r"(?<!main:focus \{ )outline: none", SHEET)


def test_no_text_is_smaller_than_twelve_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;]*?([0-9.]+)px", SHEET)]
    assert min(sizes) >= 12
    assert "font: 15px" in SHEET.split("html {")[1].split("}")[0]


def test_every_state_has_a_tone_and_states_that_ended_well_and_badly_differ() -> None:
    assert {tone(state) for state in State} == {"good", "waiting", "bad", "ended", "busy"}
    assert tone(State.COMPLETED) == "good"
    assert tone("REJECTED") == "bad"
    assert all(f".pill.{name}" in SHEET for name in ("good", "waiting", "bad", "ended"))


def test_printing_leaves_the_navigation_out() -> None:
    printed = SHEET.split("@media print")[1]
    hidden = printed.split("display: none")[0]
    for name in (".top", ".side", "form", ".filters", ".pager"):
        assert name in hidden


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in STATIC.rglob("*"):
        if file.suffix in {".css", ".svg"} or file.name == "desk.js":
            text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            # Fonts come from the computer itself, else from the desk.
            assert not re.search(r"https?://|@import|url\((?!\"fonts/)", text), file.name


def test_htmx_is_the_published_file_with_its_licence() -> None:
    assert hashlib.sha256((STATIC / HTMX).read_bytes()).hexdigest() == HTMX_SHA256
    assert "Zero-Clause BSD" in (STATIC / "vendor/LICENSE-htmx.txt").read_text("utf-8")


def test_links_inside_what_looks_again_by_itself_still_lead_to_whole_pages() -> None:
    looking = [
        tag
        for page in TEMPLATES.rglob("*.html")
        for tag in re.findall(r"<[^>]*hx-target=[^>]*>", page.read_text("utf-8"))
    ]
    assert looking
    assert all('hx-disinherit="hx-select hx-target hx-swap"' in tag for tag in looking)


def test_files_are_saved_and_not_fetched_into_the_page() -> None:
    for page in TEMPLATES.rglob("*.html"):
        for link in re.findall(r'<a [^>]*href="[^"]*kind=(?:xlsx|csv)[^>]*>', page.read_text("utf-8")):
            assert 'hx-boost="false"' in link, page.name


def test_layers_do_not_repeat_a_token() -> None:
    names = re.findall(r"^  --([a-z0-9-]+):", SHEET, re.MULTILINE)
    assert all(one != other for one, other in pairwise(sorted(names)))
