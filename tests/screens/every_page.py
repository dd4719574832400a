"""The pages that a citizen can lay under the camera, and every situation in which one is looked at."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from types import MappingProxyType

from PIL import Image, ImageDraw

from kiosk.findings import Finding, FindingCode
from kiosk.visit import states
from kiosk.visit.draft import Draft, MaterialDraft, Page
from kiosk.visit.pages import CARD
from kiosk.visit.showing.pages import VERDICTS

_PAPER, _INK, _SEAL = (251, 250, 245), (90, 98, 104), (190, 60, 50)
SURE = 0.95
WELL_READ = (Finding(FindingCode.NAME_FOUND, SURE), Finding(FindingCode.SEAL_FOUND, SURE))
DOUBTS: Mapping[str, tuple[Finding, ...]] = MappingProxyType(
    {
        "other_paper": (Finding(FindingCode.OTHER_KIND, SURE), Finding(FindingCode.TURNED, 1.0, "90")),
        "other_person": (Finding(FindingCode.OTHER_NUMBER, SURE), Finding(FindingCode.NAME_MISSING, SURE)),
        "expired": (
            Finding(FindingCode.EXPIRED, SURE, "2024-05-01"),
            Finding(FindingCode.SEAL_MISSING, SURE),
            Finding(FindingCode.SIGNATURE_MISSING, SURE),
        ),
        "nothing_read": (Finding(FindingCode.NOTHING_READ, SURE),),
        "turned": (*WELL_READ, Finding(FindingCode.TURNED, 1.0, "180")),
    }
)
"""Every hint, on as few pictures as they fit on."""
LIVE = ("looking", "hold_still", "too_dark", "cut_off", "finger", "two_sheets", "same_page")
"""States of the live picture that are worth a picture of their own; `capture` shows `shooting_soon`."""


def _page(image: Image.Image, *verdicts: str, paper: str = "a4") -> Page:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    jpeg = buffer.getvalue()
    digest = hashlib.sha256(jpeg).hexdigest()
    return Page(jpeg, digest, *image.size, verdicts or ("ok",), paper, 150, findings=WELL_READ)


@cache
def page(verdict: str = "ok", number: int = 1) -> Page:
    """A photographed A4 page. `number` tells several apart."""
    image = Image.new("RGB", (1240, 1754), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((140, 150, 500 + 100 * number, 210), fill=_INK)
    for line in range(22):
        end = 1100 if line % 5 else 760
        draw.rectangle((140, 320 + line * 56, end, 338 + line * 56), fill=(176, 180, 182))
    draw.ellipse((820, 1380, 1060, 1620), outline=_SEAL, width=10)
    return _page(image, verdict)


def _card_picture(*, back: bool) -> Image.Image:
    image = Image.new("RGB", (1011, 638), (222, 232, 238))
    draw = ImageDraw.Draw(image)
    if back:
        draw.rectangle((0, 70, 1011, 190), fill=(60, 66, 72))
    else:
        draw.rectangle((700, 130, 930, 430), fill=(176, 180, 182))
    for line in range(4):
        draw.rectangle((80, 260 + line * 70, 620 - 90 * (line % 2), 290 + line * 70), fill=_INK)
    return image


@cache
def card(*, back: bool = False) -> Page:
    """One side of a card."""
    return _page(_card_picture(back=back), paper=CARD)


@cache
def both_sides() -> Page:
    """Both sides of a card on one sheet."""
    image = Image.new("RGB", (1240, 1754), "white")
    for back in (False, True):
        side = _card_picture(back=back).resize((506, 319))
        image.paste(side, (367, 440 + 470 * back))
    return replace(_page(image), sides=2)


def page_situations(full: Draft, fresh: Draft) -> dict[str, tuple[states.Screen, Draft]]:
    """Screens of the camera and of pages, by the picture's name. `fresh` is an application without materials."""

    def review(new: Page, **fields: object) -> tuple[states.Screen, Draft]:
        return states.PageReview("RESID", page=new, **fields), fresh  # type: ignore[arg-type]

    def kept(*pages: Page, at: int = 0, **fields: object) -> tuple[states.Screen, Draft]:
        screen = states.PageReview("RESID", at, **fields)  # type: ignore[arg-type]
        return screen, replace(fresh, materials=(MaterialDraft("RESID", pages),))

    pages = tuple(page(number=number) for number in (1, 2, 3))
    doubtful = replace(page(), findings=DOUBTS["other_paper"])
    return {
        "capture": (states.Capture("RESID"), fresh),
        "capture_shooting": (states.Capture("RESID", shooting=True), fresh),
        "capture_failed": (states.Capture("RESID", problem="mat.capture_failed"), fresh),
        "capture_back": (states.Capture("RESID", 1, back=True), kept(card())[1]),
        **{f"capture_{state}": (states.Capture("RESID"), fresh) for state in LIVE},
        "page_review": review(page()),
        "page_review_reading": review(replace(page(), findings=None)),
        **{f"page_review_{verdict}": review(page(verdict)) for verdict in VERDICTS},
        "page_review_warned": review(page("blurred"), warned=True),
        **{f"page_review_hint_{name}": review(replace(page(), findings=found)) for name, found in DOUBTS.items()},
        "page_review_turning": review(page(), work=states.Work.TURN),
        "page_review_not_turned": review(page(), failed=states.Work.TURN),
        "page_review_front": review(card()),
        "page_review_back": (states.PageReview("RESID", 1, card(back=True), back=True), kept(card())[1]),
        "page_review_joining": kept(card(), card(back=True), work=states.Work.JOIN),
        "page_review_not_joined": kept(card(), card(back=True), failed=states.Work.JOIN),
        "page_review_both_sides": kept(both_sides()),
        "page_review_kept": (states.PageReview("RESID"), full),
        "page_review_kept_bad": kept(page("glare")),
        "page_review_first_of_three": kept(*pages),
        "page_review_second_of_three": kept(*pages, at=1),
        "page_review_kept_card": kept(card(), page(), at=0),
        "checklist_look_again": (states.Checklist(), kept(doubtful)[1]),
    }


# --- what the camera sees ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """A camera picture of a page on a dark desk (`screens.port.Preview`)."""

    width: int
    height: int
    rgb: bytes
    outline: tuple[tuple[float, float], ...] | None
    state: str
    progress: float


@cache
def frame(state: str = "shooting_soon", progress: float = 0.7) -> Frame:
    """A page lying a little askew under the camera; none while the camera is `looking`."""
    width, height = 1120, 840
    desk = Image.new("RGB", (width, height), (43, 50, 56))
    if state == "looking":
        return Frame(width, height, desk.tobytes(), None, state, 0.0)
    sheet = Image.open(BytesIO(page().jpeg)).resize((470, 665))
    mask = Image.new("L", sheet.size, 255)
    turned, mask = (one.rotate(-4, expand=True, resample=Image.Resampling.BICUBIC) for one in (sheet, mask))
    left, top = (width - turned.width) // 2, (height - turned.height) // 2
    desk.paste(turned, (left, top), mask)
    angle = math.radians(-4)
    corners = []
    for x, y in ((-235, -332.5), (235, -332.5), (235, 332.5), (-235, 332.5)):
        corners.append(
            (
                (width / 2 + x * math.cos(angle) + y * math.sin(angle)) / width,
                (height / 2 - x * math.sin(angle) + y * math.cos(angle)) / height,
            )
        )
    return Frame(width, height, desk.tobytes(), tuple(corners), state, progress)


def live_state(name: str) -> tuple[str, float] | None:
    """State and progress of the live picture on the picture called `name`; None: it shows none."""
    if name in ("capture", "capture_shooting", "capture_back"):
        return "shooting_soon", 0.7
    state = name.removeprefix("capture_")
    return (state, 0.25 if state == "hold_still" else 0.0) if state in LIVE else None
