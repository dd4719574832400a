"""What a user would lose if the corner network failed: the page found on any desk, and an honest no on an empty one."""

from pathlib import Path

import numpy as np
import pytest

from drivers.virtual.desk import Blemish, Desk, Scene, View, render
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.corners import CELLS, MODEL, RIM, CornerModelMissing, CornerNet, Corners, corner_net, decode
from kiosk.materials.pages import Quad

GRID = CELLS + 2 * RIM
PERSON = next(iter(PERSONAS.values()))


def view(desk: Desk, kind: str = "居住证明", *blemishes: Blemish, seed: int = 3) -> View:
    scene = Scene(desk, paper(kind, PERSON), width=540, height=960, seed=seed, blemishes=frozenset(blemishes))
    return render(scene)


def farthest(found: Corners, truth: np.ndarray, shape: tuple[int, ...]) -> float:
    """The worst corner's distance as a share of the picture's diagonal."""
    distance = np.linalg.norm(found.points - Quad.of(truth).points, axis=1)
    return float(distance.max() / np.hypot(*shape[:2]))


@pytest.mark.parametrize("desk", list(Desk))
def test_the_corners_of_a_page_are_found_on_every_desk(desk: Desk) -> None:
    seen = view(desk)
    found = corner_net().find(seen.pixels)
    assert farthest(found, seen.corners, seen.pixels.shape) < 0.02
    assert found.present > 0.8


def test_a_finger_on_the_page_does_not_move_the_corners() -> None:
    seen = view(Desk.WOOD, "居住证明", Blemish.FINGER)
    assert farthest(corner_net().find(seen.pixels), seen.corners, seen.pixels.shape) < 0.02


def test_the_second_look_finds_a_small_card_more_closely_than_the_first() -> None:
    seen = view(Desk.WHITE, "居民身份证人像面")
    first, second = (
        farthest(corner_net().find(seen.pixels, closer=closer), seen.corners, seen.pixels.shape)
        for closer in (False, True)
    )
    assert second < 0.004
    assert second < first


@pytest.mark.parametrize("desk", list(Desk))
def test_an_empty_desk_shows_no_page(desk: Desk) -> None:
    assert corner_net().find(render(Scene(desk, width=540, height=960)).pixels).present < 0.5


def test_the_mask_covers_the_page_and_nothing_else() -> None:
    seen = view(Desk.GREEN_MAT)
    found = corner_net().find(seen.pixels)
    height, width = seen.pixels.shape[:2]
    x, y = seen.corners.mean(axis=0) * CELLS / (width, height)
    assert found.mask.shape == (CELLS, CELLS)
    assert found.mask[int(y), int(x)] > 0.9
    assert found.mask[:2, :2].max() < 0.1
    assert found.agreement > 0.9


@pytest.mark.parametrize("shape", [(2, 3), (40, 4000), (4000, 40)])
def test_pictures_of_any_shape_are_taken(shape: tuple[int, int]) -> None:
    found = corner_net().find(np.full((*shape, 3), 90, np.uint8))
    assert np.isfinite(found.points).all()
    assert 0 <= found.present <= 1


def test_a_page_turned_by_half_a_quarter_is_one_page_though_each_corner_shows_twice() -> None:
    """Which corner is the top left one is open at 45°: each grid then has two peaks, and the likelier ones clash."""
    diamond = np.array([[36, 10], [62, 36], [36, 62], [10, 36]])  # top, right, bottom, left
    grids = np.zeros((4, GRID, GRID), np.float32)
    for corner, share in enumerate((0.55, 0.45, 0.55, 0.45)):
        for at, chance in ((diamond[corner], share), (diamond[corner - 1], 1 - share)):
            grids[corner, at[1], at[0]] = chance
    y, x = np.mgrid[0:GRID, 0:GRID]
    mask = (abs(x - 36) + abs(y - 36) <= 26).astype(np.float32)
    points, confidence, agreement = decode(grids, mask)
    expected = {tuple(point) for point in ((diamond + 0.5 - RIM) / CELLS).round(6).tolist()}
    assert {tuple(point) for point in points.round(6).tolist()} == expected
    assert confidence.min() > 0.4
    assert agreement > 0.9


def test_no_four_corners_is_said_so_instead_of_an_error() -> None:
    grids = np.zeros((4, GRID, GRID), np.float32)
    grids[:, 20, 20] = 1
    _, confidence, agreement = decode(grids, np.zeros((GRID, GRID), np.float32))
    assert confidence.max() == 0
    assert agreement == 0


def test_a_missing_or_damaged_network_says_what_to_do(tmp_path: Path) -> None:
    for content in (None, b"", MODEL.read_bytes()[:1000]):
        model = tmp_path / "corners.onnx"
        if content is not None:
            model.write_bytes(content)
        with pytest.raises(CornerModelMissing, match="restore assets/materials") as raised:
            CornerNet(model)
        assert str(tmp_path) not in str(raised.value)
