"""Laying a page flat: its true proportions and its true scale.

Staff would take a squeezed page for a forgery, measure a seal on it wrongly, or trust dots per inch that are not there.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.desk import Desk, Scene, Sheet, render
from kiosk.materials.pages import PaperFormat, Picture, Points, Quad
from kiosk.materials.rectify import Rectified, rectify, true_ratio

WIDTH, HEIGHT = 1920, 1080
FRAME = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


def projected(
    long_mm: float,
    short_mm: float,
    *,
    tilt: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    focus: float = 1.0,
    pixels: float = 900.0,
) -> Points:
    """Corners of a flat rectangle as a pinhole camera sees it; its longer side is about `pixels` long.

    Args:
        tilt: of the camera about its two axes, degrees
        turn: of the sheet on the desk, degrees
        focus: focal length in diagonals of the picture
    """
    focal = focus * np.hypot(WIDTH, HEIGHT)
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * (long_mm / 2, short_mm / 2, 0)
    about = [cv2.Rodrigues(np.deg2rad(axis))[0] for axis in ([tilt[0], 0, 0], [0, tilt[1], 0], [0, 0, turn])]
    seen = corners @ (about[0] @ about[1] @ about[2]).T + (0, 0, focal * long_mm / pixels)
    return np.asarray(seen[:, :2] / seen[:, 2:] * focal + ((WIDTH - 1) / 2, (HEIGHT - 1) / 2))


def flat(points: Points, field_width_mm: float | None = None, frame: Picture = FRAME) -> Rectified:
    return rectify(frame, Quad.of(points), field_width_mm)


def shape(page: Rectified) -> float:
    return max(page.picture.shape[:2]) / min(page.picture.shape[:2])


# Proportions


@given(
    st.floats(1.0, 3.0),
    st.tuples(st.floats(-25, 25), st.floats(-25, 25)),
    st.floats(-40, 40),
    st.floats(0.6, 2.0),
)
def test_a_rectangle_keeps_about_its_proportions_however_the_camera_is_tilted(ratio, tilt, turn, focus):
    points = projected(200 * ratio, 200, tilt=tilt, turn=turn, focus=focus, pixels=600)
    found = true_ratio(Quad.of(points), WIDTH, HEIGHT)
    # A sheet that is foreshortened along just one of its sides does not show the focal length.
    assert max(found, 1 / found) == pytest.approx(ratio, rel=0.11)


@pytest.mark.parametrize("tilt", [(20.0, 15.0), (-18.0, 22.0), (12.0, -25.0)])
def test_a_strongly_tilted_free_page_is_not_squeezed(tilt):
    points = projected(250, 200, tilt=tilt, turn=10, focus=0.8)
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    naive = (sides[0] + sides[2]) / (sides[1] + sides[3])
    page = flat(points)
    assert (page.format, page.dpi) == (PaperFormat.FREE, 0.0)
    assert shape(page) == pytest.approx(1.25, rel=0.005)
    assert abs(naive - 1.25) > 0.02  # what the mean of the sides would have made of it


def test_a_page_without_perspective_keeps_the_proportions_of_its_sides():
    assert true_ratio(Quad((100, 100), (700, 100), (700, 500), (100, 500)), WIDTH, HEIGHT) == pytest.approx(1.5)


@given(st.lists(st.tuples(st.floats(-50, 2000), st.floats(-50, 1100)), min_size=4, max_size=4))
def test_no_four_corners_upset_it(corners):
    ratio = true_ratio(Quad.of(np.array(corners)), WIDTH, HEIGHT)
    assert np.isfinite(ratio)
    assert 1e-3 <= ratio <= 1e3


# Formats and scale


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (8.0, -6.0), (-15.0, 10.0)])
@pytest.mark.parametrize(
    ("long_mm", "short_mm", "paper"), [(297, 210, PaperFormat.A4), (85.6, 53.98, PaperFormat.ID_1)]
)
def test_a4_and_cards_get_their_exact_proportions_and_their_true_dpi(long_mm, short_mm, paper, tilt):
    page = flat(projected(long_mm, short_mm, tilt=tilt, pixels=1300))
    assert page.format is paper
    assert shape(page) == pytest.approx(long_mm / short_mm, rel=0.002)
    assert page.dpi == pytest.approx(max(page.picture.shape[:2]) / long_mm * 25.4, rel=0.01)


@pytest.mark.parametrize(
    ("long_mm", "short_mm"),
    [(88, 60), (143, 105), (180, 80), (125, 88), (279.4, 215.9), (105, 105)],
    ids=["driving licence", "household register", "strip", "booklet", "letter", "square"],
)
def test_other_papers_are_free_and_no_dpi_is_claimed_for_them(long_mm, short_mm):
    page = flat(projected(long_mm, short_mm, tilt=(5, 4)))
    assert (page.format, page.dpi) == (PaperFormat.FREE, 0.0)
    assert shape(page) == pytest.approx(long_mm / short_mm, rel=0.01)


def test_a_small_page_of_the_shape_of_a4_is_not_called_a4_without_a_scale():
    page = flat(projected(148, 105, pixels=700))
    assert (page.format, page.dpi) == (PaperFormat.FREE, 0.0)


@pytest.mark.parametrize(
    ("long_mm", "short_mm", "paper"),
    [
        (297, 210, PaperFormat.A4),
        (210, 148, PaperFormat.A5),
        (250, 176, PaperFormat.B5),
        (257, 182, PaperFormat.B5),
        (85.6, 53.98, PaperFormat.ID_1),
        (148, 105, PaperFormat.FREE),
        (88, 60, PaperFormat.FREE),
    ],
)
def test_a_camera_of_known_scale_tells_the_formats_apart_and_states_the_dpi_of_all(long_mm, short_mm, paper):
    pixels_per_mm = WIDTH / 420.0
    page = flat(projected(long_mm, short_mm, tilt=(2, 3), pixels=long_mm * pixels_per_mm), 420.0)
    assert page.format is paper
    assert page.dpi == pytest.approx(pixels_per_mm * 25.4, rel=0.02)


@given(st.floats(90, 1000), st.sampled_from([(297, 210), (85.6, 53.98), (180, 80)]))
def test_no_pixels_are_invented(pixels, size):
    points = projected(*size, tilt=(6, 5), pixels=pixels)
    sides = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    assert max(flat(points).picture.shape[:2]) <= sides.max() + 1


def test_the_flat_page_has_the_paper_in_its_corners_and_its_words_in_place():
    face = np.full((1782, 1260, 3), 250, np.uint8)
    dots = [(60, 60), (1200, 60), (1200, 1722), (60, 1722)]
    colours = [(0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 0, 0)]
    for (x, y), colour in zip(dots, colours, strict=True):
        cv2.circle(face, (x, y), 25, colour, -1)
    view = render(Scene(sheet=Sheet(face, 210, 297), seed=4))
    assert view.corners is not None
    page = rectify(view.pixels, Quad.of(view.corners)).picture
    height, width = page.shape[:2]

    assert height / width == pytest.approx(297 / 210, rel=0.002)
    for (x, y), colour in zip(dots, colours, strict=True):
        pixel = page[round(y / 1782 * height), round(x / 1260 * width)].astype(int)
        assert np.abs(pixel - np.array(colour) * 0.85).max() < 60


# A card's round corners


def card_on(desk: Desk) -> Picture:
    face = np.full((324, 514, 3), (232, 214, 196), np.uint8)
    cv2.rectangle(face, (40, 60), (300, 90), (40, 40, 40), -1)
    view = render(Scene(desk=desk, sheet=Sheet(face, 85.6, 53.98), seed=2))
    assert view.corners is not None
    picture = view.pixels.copy()
    bare = render(Scene(desk=desk, seed=2)).pixels
    # Round the drawn card's corners off: the desk shows there.
    mask = np.zeros((540, 856), np.uint8)
    cv2.rectangle(mask, (32, 0), (823, 539), 255, -1)
    cv2.rectangle(mask, (0, 32), (855, 507), 255, -1)
    for x in (32, 823):
        for y in (32, 507):
            cv2.circle(mask, (x, y), 32, 255, -1)
    ends = np.array([[0, 0], [855, 0], [855, 539], [0, 539]], np.float32)
    outline = cv2.getPerspectiveTransform(ends, view.corners.astype(np.float32))
    covered = cv2.warpPerspective(mask, outline, (picture.shape[1], picture.shape[0]))[..., None] / 255
    square = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(square, np.rint(view.corners).astype(np.int32), 1)
    rounded = np.where(square[..., None] > 0, picture * covered + bare * (1 - covered), picture)
    return rectify(rounded.astype(np.uint8), Quad.of(view.corners)).picture


@pytest.mark.parametrize("desk", [Desk.DARK_MAT, Desk.WOOD])
def test_the_desk_in_a_cards_round_corners_becomes_white_and_the_card_stays(desk):
    card = card_on(desk)
    height, width = card.shape[:2]
    for y in (1, height - 2):
        for x in (1, width - 2):
            assert card[y, x].min() > 235
    inside = round(0.1 * width)
    assert all(card[y, x].max() < 235 for y in (inside, height - inside) for x in (inside, width - inside))


def test_print_in_the_corner_of_a_square_ticket_is_not_erased():
    face = np.full((324, 514, 3), (225, 240, 240), np.uint8)
    for x in (4, 480):
        cv2.putText(face, "7", (x, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (30, 30, 30), 2)
    frame = np.full((900, 1200, 3), 60, np.uint8)
    frame[200 : 200 + 324, 300 : 300 + 514] = face
    ticket = rectify(frame, Quad((300, 200), (813, 200), (813, 523), (300, 523)))
    assert ticket.format is PaperFormat.ID_1
    for rows in (slice(0, 14), slice(-14, None)):
        for columns in (slice(0, 14), slice(-14, None)):
            assert np.abs(ticket.picture[rows, columns].astype(int) - face[rows, columns]).mean() < 4
