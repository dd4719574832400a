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

from drivers.virtual.desk import Blemish, Desk, Scene, Sheet, render
from drivers.virtual.device import VirtualDevice
from drivers.virtual.document_camera import FRAMES_IN_RING, VirtualDocumentCamera
from drivers.virtual.papers import BLANK, KINDS, paper
from drivers.virtual.personas import PERSONAS

MARKED = Sheet(np.full((1188, 840, 3), 255, np.uint8), 210, 297)


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
    sound = render(scene(seed=2)).pixels.astype(int)
    marred = render(scene(seed=2, blemishes=frozenset({blemish}))).pixels.astype(int)
    assert np.abs(sound - marred).max() > 20


@pytest.mark.parametrize("kind", [*KINDS, "收养登记申请书"])
def test_every_paper_of_every_persona_can_be_drawn_and_differs_from_person_to_person(kind):
    faces = [paper(kind, person).face for person in PERSONAS.values()]
    assert {face.dtype for face in faces} == {np.dtype(np.uint8)}
    if kind != BLANK:
        assert len({face.tobytes() for face in faces}) >= len({person.id_number for person in PERSONAS.values()})


def test_an_official_paper_carries_a_red_seal_and_a_blank_one_nothing():
    def red(kind: str) -> float:
        face = paper(kind, PERSONAS["wang"]).face.astype(int)
        return float(((face[..., 2] - face[..., 1]) > 60).mean())

    assert red("居住证明") > 0.002
    assert red(BLANK) == 0
    assert paper(BLANK, PERSONAS["wang"]).face.min() > 235


@pytest.fixture
def desk():
    device = VirtualDocumentCamera()
    device.start()
    yield device
    device.stop()


def test_it_is_a_virtual_device_whose_knobs_do_what_they_say(desk, tmp_path):
    device: VirtualDevice = desk
    knobs = {knob.name: knob for knob in device.knobs()}
    for choice in knobs["lay"].choices:
        knobs["lay"].turn(choice)
    assert device.state()["lying"] == knobs["lay"].choices[-1]
    for choice in knobs["desk"].choices:
        knobs["desk"].turn(choice)
        assert device.state()["desk"] == choice
    knobs["unplug"].turn("")
    assert device.state()["plugged"] is False
    knobs["plug"].turn("")
    assert device.state()["plugged"] is True
    knobs["clear"].turn("")
    assert desk.corners is None


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
    desk.lay("户口本:yan")
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
