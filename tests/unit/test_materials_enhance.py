"""Even light and white paper: what a page gains, and what must not be lost for it.

Staff decide on seals, pencil notes and photographs; a page that lost one of them is worse than a grey one.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kiosk.materials.enhance import enhance
from kiosk.materials.pages import Picture

HEIGHT, WIDTH = 1400, 990
RED, BLUE, PENCIL = (44, 38, 206), (150, 60, 40), (198, 200, 200)
PAPER = (236, 240, 242)


def uneven(page: Picture) -> Picture:
    """A lamp at the left and the shadow of somebody leaning over at the bottom right."""
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    light = (0.95 - 0.3 * x) * (1 - 0.25 / (1 + np.exp(-(y + 0.4 * x - 1.0) / 0.06)))
    noise = np.random.default_rng(1).normal(0, 2, page.shape)
    return np.asarray(np.clip(page * light[..., None] + noise, 0, 255), np.uint8)


@pytest.fixture(scope="module")
def page() -> Picture:
    """Print, a faint pencil line, a seal, and a dark photograph, under uneven light."""
    sheet = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    for line in range(14):
        cv2.putText(sheet, "certificate of residence 110101", (90, 200 + 44 * line), 0, 0.9, (40, 36, 38), 2)
    cv2.line(sheet, (100, 900), (880, 900), PENCIL, 3)
    cv2.circle(sheet, (700, 1100), 120, RED, 10)
    cv2.putText(sheet, "*", (660, 1130), 0, 3, RED, 8)
    cv2.line(sheet, (120, 1300), (400, 1300), BLUE, 8)
    photo = np.random.default_rng(2).integers(30, 120, (20, 15, 3), np.uint8)
    sheet[1000:1240, 120:300] = cv2.resize(photo, (180, 240), interpolation=cv2.INTER_CUBIC)
    return uneven(sheet)


@pytest.fixture(scope="module")
def better(page: Picture) -> Picture:
    return enhance(page)


def lightness(picture: Picture, rows: slice, columns: slice) -> float:
    return float(cv2.cvtColor(picture[rows, columns], cv2.COLOR_BGR2LAB)[..., 0].mean())


def difference(picture: Picture, mark: tuple[slice, slice], beside: tuple[slice, slice]) -> float:
    """How far a mark stands out from the paper beside it (CIELAB)."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    return float(np.linalg.norm(np.median(lab[mark], axis=(0, 1)) - np.median(lab[beside], axis=(0, 1))))


MARKS = {
    "pencil": ((slice(899, 902), slice(110, 870)), (slice(880, 892), slice(110, 870))),
    "seal": ((slice(976, 985), slice(695, 705)), (slice(950, 965), slice(690, 710))),
    "ink": ((slice(1298, 1303), slice(130, 390)), (slice(1280, 1290), slice(130, 390))),
}


def test_paper_becomes_evenly_white_and_is_not_burnt_out(page, better):
    bare = [(60, 60), (60, 900), (700, 940), (1340, 60), (1360, 940), (850, 500)]
    before, after = ([lightness(p, slice(y, y + 20), slice(x, x + 20)) for y, x in bare] for p in (page, better))
    assert np.ptp(before) > 40
    assert np.ptp(after) < 15
    assert min(after) > 222
    assert np.mean(better[40:80, 40:900] == 255) < 0.01


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_stands_out_as_much_as_before(page, better, mark):
    assert difference(better, *MARKS[mark]) >= 0.98 * difference(page, *MARKS[mark])
    assert difference(page, *MARKS[mark]) > 5


def test_a_seal_stays_red_and_blue_ink_blue(page, better):
    for rows, columns in (MARKS["seal"][0], MARKS["ink"][0]):
        before, after = (np.median(p[rows, columns], axis=(0, 1)) for p in (page, better))
        assert np.abs(before / before.sum() - after / after.sum()).max() < 0.02


def test_a_photograph_on_the_page_keeps_its_shades(page, better):
    rows, columns = slice(1010, 1230), slice(130, 290)
    before, after = (cv2.cvtColor(p[rows, columns], cv2.COLOR_BGR2GRAY).astype(float) for p in (page, better))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.98
    assert after.max() < 235
    assert after.std() > before.std()


def test_a_dark_card_or_a_picture_without_paper_comes_back_as_it_is():
    rng = np.random.default_rng(3)
    dark = np.full((400, 640, 3), (70, 40, 25), np.uint8)
    colourful = cv2.resize(rng.integers(0, 256, (9, 12, 3), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    for picture in (dark, colourful):
        assert np.abs(enhance(picture).astype(int) - picture).mean() < 3


def test_doing_it_twice_changes_little(better):
    assert np.abs(enhance(better).astype(int) - better).mean() < 3


@pytest.mark.parametrize("size", [(2, 2), (3, 400), (64, 64), (1, 1)])
def test_no_picture_is_too_small(size):
    assert enhance(np.full((*size, 3), 200, np.uint8)).shape == (*size, 3)
