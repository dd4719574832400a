"""The virtual desk: its truth about corners must be true, and its papers must be those of invented people.

Everything about finding pages is measured against this truth; if it lied, a poor detector would look good.
"""

from __future__ import annotations

import urllib.request
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.virtual.desk import Blemish, Desk, Lying, Scene, Sheet, hands, render
from drivers.virtual.desk.optics import Bend, Lens, Pose
from drivers.virtual.desk.things import THINGS, thing
from drivers.virtual.device import VirtualDevice
from drivers.virtual.document_camera import FRAMES_IN_RING, SLIDE_FRAMES, VirtualDocumentCamera

MARKED = Sheet(np.full((1188, 840, 3), 255, np.uint8), 210, 297)
CARD = Sheet(np.full((216, 342, 3), 255, np.uint8), 85.6, 54.0)
A5 = Sheet(np.full((594, 840, 3), 255, np.uint8), 210, 148)


def written(sheet: Sheet) -> Sheet:
    """With black lines of text, the first of them 30 mm from the left edge, two thirds of the way down."""
    face = sheet.face.copy()
    scale = face.shape[1] / sheet.width_mm
    for number in range(5):
        top = round((sheet.height_mm * 0.6 + 6 * number) * scale)
        face[top : top + round(3 * scale), round(30 * scale) : -round(20 * scale)] = 0
    return Sheet(face, sheet.width_mm, sheet.height_mm)


def scene(**changes: object) -> Scene:
    return Scene(**{"sheet": MARKED, "width": 540, "height": 960, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("k1", [0.0, -0.03])
def test_the_true_corners_are_where_the_paper_ends(desk, k1):
    with_sheet = render(scene(desk=desk, k1=k1, seed=5))
    without = render(scene(desk=desk, k1=k1, seed=5, sheet=None))
    assert with_sheet.corners is not None
    centre = with_sheet.corners.mean(axis=0)
    for corner in with_sheet.corners:
        outward = (corner - centre) / np.linalg.norm(corner - centre)
        inside, beyond = (np.rint(corner + way * outward).astype(int) for way in (-6, 6))
        paper_there = with_sheet.pixels[inside[1], inside[0]].astype(int)
        desk_there = with_sheet.pixels[beyond[1], beyond[0]].astype(int)
        bare = without.pixels[beyond[1], beyond[0]].astype(int)
        # The paper is white; beyond its corner only the desk is left, a little darker where the shadow falls.
        assert paper_there.min() > 170
        assert np.abs(desk_there - bare).max() < 75
        assert (desk_there <= bare + 2).all()


@pytest.mark.parametrize(
    "bend",
    [None, Bend(12.0, False, 297.0), Bend(-12.0, False, 297.0), Bend(9.0, True, 210.0), Bend(-25.0, True, 210.0)],
)
@pytest.mark.parametrize("tilt", [(0.0, 0.0), (0.17, -0.12)])
def test_the_corners_and_the_drawing_come_from_the_same_place(bend, tilt):
    """What the truth says of a point of the sheet is, to a hundredth of a millimetre, what the pixel there shows."""
    pose = Pose(Lens(540, 960, -0.06), 252.0, tilt, 0.3, (4.0, -7.0), (210.0, 297.0), bend)
    x, y, slant = pose.to_sheet(slice(None), slice(None))
    points = np.array([[20.0, 30.0], [105.0, 148.5], [190.0, 40.0], [60.0, 270.0]])
    for (shown_x, shown_y), point in zip(pose.to_picture(points), points, strict=True):
        column, row = int(shown_x), int(shown_y)
        right, down = shown_x - column, shown_y - row
        around = np.array([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
        for plane, wanted in ((x, point[0]), (y, point[1])):
            assert plane[row : row + 2, column : column + 2].ravel() @ around == pytest.approx(wanted, abs=0.01)
    assert (slant is None) == (bend is None)


def test_a_bent_sheet_keeps_its_length_along_the_paper_and_its_corners_where_its_ends_are():
    lens = Lens(540, 960, 0.0)
    flat, bent = (
        Pose(lens, 252.0, (0.0, 0.0), 0.0, (0.0, 0.0), (210.0, 297.0), bend)
        for bend in (None, Bend(30.0, False, 297.0))
    )
    assert bent.bend is not None
    assert bent.bend.radius * (1 - np.cos(297.0 / 2 / bent.bend.radius)) == pytest.approx(30.0, abs=1e-6)
    ends = np.array([[0.0, 0.0], [210.0, 297.0]])
    shorter = np.diff(bent.to_picture(ends)[:, 1])[0] / np.diff(flat.to_picture(ends)[:, 1])[0]
    # The chord of an arc of 297 mm that stands 30 mm high is 289 mm.
    assert shorter == pytest.approx(289 / 297, abs=0.004)
    assert bent.to_picture(ends)[0, 0] == pytest.approx(flat.to_picture(ends)[0, 0], abs=0.01)


def test_a_drawn_dot_lands_where_the_lens_and_the_tilt_say():
    """The corners come from the inverse of the map that draws the sheet; a dot near each checks the two agree."""
    face = MARKED.face.copy()
    for x, y in ((12, 12), (827, 12), (827, 1175), (12, 1175)):
        cv2.circle(face, (x, y), 6, (0, 0, 255), -1)
    view = render(scene(sheet=Sheet(face, 210, 297), k1=-0.03, seed=9))
    assert view.corners is not None
    red = (view.pixels[..., 2].astype(int) - view.pixels[..., 0]) > 80
    count, _, _, centres = cv2.connectedComponentsWithStats(red.astype(np.uint8))
    assert count == 5
    for corner in view.corners:
        nearest = np.linalg.norm(centres[1:] - corner, axis=1).min()
        # 12.5 face pixels in from both edges: about 7.5 picture pixels along each.
        assert 8 < nearest < 13


def test_the_same_scene_gives_the_same_picture_and_another_seed_another():
    assert np.array_equal(render(scene(seed=3)).pixels, render(scene(seed=3)).pixels)
    assert not np.array_equal(render(scene(seed=3)).pixels, render(scene(seed=4)).pixels)


def test_the_desks_look_different():
    colours = [render(scene(desk=desk, sheet=None)).pixels.reshape(-1, 3).mean(axis=0) for desk in Desk]
    for i, one in enumerate(colours):
        for other in colours[i + 1 :]:
            assert np.abs(one - other).max() > 20


@pytest.mark.parametrize("blemish", list(Blemish))
def test_each_blemish_changes_the_picture(blemish):
    sheet = written(MARKED)
    sound = render(scene(sheet=sheet, seed=2)).pixels.astype(int)
    marred = render(scene(sheet=sheet, seed=2, blemishes=frozenset({blemish}))).pixels.astype(int)
    assert np.abs(sound - marred).max() > 20


def test_the_truth_follows_a_sheet_that_lies_another_way():
    def corners(*blemishes: Blemish, **changes: object) -> np.ndarray:
        found = render(scene(seed=2, blemishes=frozenset(blemishes), **changes)).corners
        assert found is not None
        return found

    upright = corners()
    assert upright[0, 1] < upright[3, 1]
    turned = corners(Blemish.UPSIDE_DOWN)
    assert turned[0, 1] > turned[3, 1]
    assert turned[0, 0] > turned[1, 0]
    lying = corners(Blemish.SIDEWAYS, sheet=CARD)
    assert lying[0, 0] > lying[3, 0] + 50
    assert corners(Blemish.CUT_OFF)[1, 0] > 540 + 40
    for sheet in (MARKED, CARD):
        assert np.ptp(corners(Blemish.TOO_SMALL, sheet=sheet), axis=0).max() < 340
    askew = corners(turn_degrees=45.0, sheet=CARD)
    assert askew[1, 1] - askew[0, 1] == pytest.approx(askew[1, 0] - askew[0, 0], rel=0.2)


@pytest.mark.parametrize("sheet", [MARKED, CARD, A5])
def test_two_sheets_are_both_seen_and_both_corners_known(sheet):
    view = render(scene(sheet=sheet, seed=2, blemishes=frozenset({Blemish.TWO_SHEETS})))
    assert view.corners is not None
    (other,) = view.others
    lowest_first, lowest_other = view.corners[:, 1].max(), other[:, 1].max()
    assert lowest_other > lowest_first + 20
    assert lowest_other < 960
    middle = np.array([other[:, 0].mean(), (lowest_first + lowest_other) / 2]).astype(int)
    assert view.pixels[middle[1], middle[0]].min() > 170


def test_a_card_can_lie_on_a_page_or_under_it():
    red = Sheet(np.full((216, 342, 3), (0, 0, 255), np.uint8), 85.6, 54.0)
    on, under = (
        render(scene(others=(Lying(red, (85.0, 40.0), 12.0, on_top=top),))).pixels[:, :, 0] for top in (True, False)
    )
    # Half of it looks out beside the page.
    assert (on < 20).sum() > 1.5 * (under < 20).sum() > 1500


@pytest.mark.parametrize("skin", range(len(hands.SKINS)))
def test_a_finger_over_text_hides_text_and_one_on_the_margin_none(skin):
    sheet = written(MARKED)

    def black(*blemishes: Blemish) -> int:
        view = render(scene(sheet=sheet, seed=2, skin=skin, desk=Desk.WHITE, blemishes=frozenset(blemishes)))
        assert view.corners is not None
        page = np.zeros(view.pixels.shape[:2], np.uint8)
        cv2.fillConvexPoly(page, np.rint(view.corners).astype(np.int32), 1)
        return int(((view.pixels.max(axis=2) < 25) & (page > 0)).sum())

    clear = black()
    assert black(Blemish.FINGER) < 0.97 * clear
    assert black(Blemish.FINGER_ON_MARGIN) == clear


@pytest.mark.parametrize("name", THINGS)
def test_what_is_no_document_has_no_corners_and_is_no_rectangle(name):
    view = render(scene(sheet=thing(name), desk=Desk.WHITE))
    assert view.corners is None
    shape = thing(name).shape
    assert shape is not None
    assert shape[0, 0] == shape[-1, -1] == 0
    assert (shape > 128).mean() > 0.08
    changed = np.abs(view.pixels.astype(int) - render(scene(sheet=None, desk=Desk.WHITE)).pixels).max(axis=2) > 25
    assert 0.01 < changed.mean() < 0.7


def test_a_landscape_frame_shows_the_same_desk_lying_on_its_side():
    upright = render(scene(seed=2, tilt_degrees=0.0)).corners
    lying = render(scene(seed=2, tilt_degrees=0.0, width=960, height=540, turn_degrees=90.0)).corners
    assert upright is not None
    assert lying is not None
    sides = [np.linalg.norm(corners[1] - corners[0]) for corners in (upright, lying)]
    assert sides[0] == pytest.approx(sides[1], rel=0.01)
    assert (lying > 0).all()
    assert (lying < (960, 540)).all()
    fanned = render(scene(seed=2, width=960, height=540, turn_degrees=90.0, blemishes=frozenset({Blemish.TWO_SHEETS})))
    assert fanned.corners is not None
    assert fanned.others[0][:, 0].max() > fanned.corners[:, 0].max() + 60
    cut = render(scene(seed=2, width=960, height=540, turn_degrees=90.0, blemishes=frozenset({Blemish.CUT_OFF})))
    assert cut.corners is not None
    assert cut.corners[:, 0].max() > 960 + 100
    assert 200 < cut.corners[:, 0].min() < 800


@pytest.fixture
def desk():
    device = VirtualDocumentCamera()
    device.start()
    yield device
    device.stop()


def test_it_is_a_virtual_device_whose_knobs_do_what_they_say(desk, tmp_path):
    device: VirtualDevice = desk
    knobs = {knob.name: knob for knob in device.knobs()}
    lay = knobs["lay"]
    for choice in (lay.choices[0], lay.choices[-2]):
        for person in (lay.further[0][0], lay.further[0][-1]):
            knobs["lay"].turn(f"{choice}:{person}")
            assert device.state()["lying"] == f"{choice}:{person}"
    assert set(lay.further[1]) >= {"", "expired", "no_seal", "no_signature", "pencil", "next_page"}
    for choice in knobs["put"].choices:
        knobs["put"].turn(choice)
        assert device.state()["lying"] == choice
    for choice in knobs["desk"].choices:
        knobs["desk"].turn(choice)
        assert device.state()["desk"] == choice
    knobs["unplug"].turn("")
    assert device.state()["plugged"] is False
    knobs["plug"].turn("")
    assert device.state()["plugged"] is True
    knobs["clear"].turn("")
    assert desk.corners is None


def test_a_paper_laid_again_lies_a_little_otherwise(desk):
    desk.lay("居民身份证人像面:wang")
    before = desk.corners
    {knob.name: knob for knob in desk.knobs()}["again"].turn("")
    away = np.linalg.norm(desk.corners - before, axis=1).max()
    assert 1 < away < 80


def test_every_fault_of_the_picture_is_one_of_the_camera_and_shows_at_once(desk):
    desk.lay("居民身份证人像面:wang")
    sound = desk.view().pixels
    for blemish in Blemish:
        desk.faults.fail_repeatedly(blemish.value)
        assert not np.array_equal(desk.view().pixels, sound), blemish
        desk.faults.clear()
    assert np.array_equal(desk.view().pixels, sound)


def test_a_paper_slid_in_moves_with_every_frame_and_then_lies_still(desk):
    """By the count of frames, not by the clock: a slow machine sees the same."""

    def seen(number: int) -> np.ndarray:
        picture = cv2.imdecode(np.frombuffer(desk.frame(number), np.uint8), cv2.IMREAD_GRAYSCALE)
        # The sensor lies on its side: the citizen stands at its right.
        return cv2.resize(picture, (192, 108), interpolation=cv2.INTER_AREA).astype(int)

    desk.slide("居民身份证人像面:wang")
    assert desk.state()["sliding"] is True
    frames = [seen(number) for number in range(SLIDE_FRAMES + 3)]
    moved = [np.abs(one - other).max() for one, other in pairwise(frames)]
    assert all(step > 25 for step in moved[: SLIDE_FRAMES - 1])
    assert all(step < 8 for step in moved[SLIDE_FRAMES:])
    columns = [float((frame * np.arange(192)).sum() / frame.sum()) for frame in frames]
    assert columns[3] > columns[6] > columns[-1]
    assert desk.state()["sliding"] is False
    desk.slide()
    assert desk.state()["sliding"] is True
    desk.clear()
    assert desk.state()["sliding"] is False


def test_a_4k_camera_shows_the_same_desk_with_twice_the_pixels():
    fine, coarse = (VirtualDocumentCamera(width=side, height=side * 9 // 16) for side in (3840, 1920))
    for camera in (fine, coarse):
        camera.lay("居民身份证人像面:wang")
    assert (fine.settings["width"], fine.settings["height"]) == ("3840", "2160")
    assert fine.settings["field_width_mm"] == coarse.settings["field_width_mm"] == "252"
    assert cv2.imdecode(np.frombuffer(fine.frame(0), np.uint8), cv2.IMREAD_COLOR).shape == (2160, 3840, 3)
    assert np.abs((fine.corners + 0.5) / 2 - (coarse.corners + 0.5)).max() < 0.01


@pytest.mark.parametrize("knob", ["lay_file", "show_file"])
def test_a_photo_file_can_be_laid_down_or_shown_whole(desk, tmp_path, knob):
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.full((600, 900, 3), (0, 0, 255), np.uint8))
    knobs = {knob.name: knob for knob in desk.knobs()}
    knobs[knob].turn(str(photo))
    middle = desk.view().pixels[960, 540].astype(int)

    assert middle[2] > 150
    assert middle[0] < 60
    assert (desk.corners is None) == (knob == "show_file")


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_file_that_is_no_picture_is_refused_by_name_only(desk, tmp_path, content):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(content)
    with pytest.raises(ValueError, match=r"^no picture: bad\.jpg$"):
        desk.lay_file(str(bad))
    with pytest.raises(ValueError, match="missing"):
        desk.lay_file(str(Path(tmp_path) / "missing.jpg"))


def test_its_picture_for_the_dock_is_a_small_png(desk):
    desk.lay("常住人口登记卡:yan")
    picture = cv2.imdecode(np.frombuffer(desk.picture(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (960, 540, 3)
    assert desk.picture().startswith(b"\x89PNG")


def test_the_stream_is_plain_motion_jpeg_that_never_repeats_a_frame_at_once(desk):
    with urllib.request.urlopen(desk.settings["link"], timeout=10) as stream:
        assert stream.headers.get_content_type() == "multipart/x-mixed-replace"
        boundary = stream.headers.get_param("boundary")
        frames = []
        for _ in range(4):
            assert stream.readline().decode().strip() == f"--{boundary}"
            headers = {}
            while line := stream.readline().decode().strip():
                key, _, value = line.partition(": ")
                headers[key] = value
            frames.append(stream.read(int(headers["Content-Length"])))
            stream.readline()
    assert all(one != other for one, other in pairwise(frames))
    assert cv2.imdecode(np.frombuffer(frames[0], np.uint8), cv2.IMREAD_COLOR).shape == (1080, 1920, 3)


def test_a_running_desk_encodes_its_frames_once_and_not_whenever_one_is_sent(desk):
    """Everything shares two processor cores."""
    desk.lay("居住证明:wang")
    first = [desk.frame(number) for number in range(FRAMES_IN_RING)]
    assert all(desk.frame(number + FRAMES_IN_RING) is frame for number, frame in enumerate(first))
    desk.lay("居住证明:zhao")
    assert desk.frame(0) is not first[0]
