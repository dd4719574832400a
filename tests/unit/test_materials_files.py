"""Pages in and out of files: small enough to send, the same to the byte, and every kind of JPEG and PNG read."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from drivers.virtual.desk import Desk, Scene, render, sensor_noise
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.capture import preview, process
from kiosk.materials.files import PAGE_BYTES, density, encode_page, load, load_image
from kiosk.materials.pages import Code, InvalidPicture, MaterialsError, PaperFormat

PHOTO = cv2.resize(np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8), (90, 60))
IMAGE = Image.fromarray(PHOTO[:, :, ::-1])


def as_file(kind: str, image: Image.Image = IMAGE, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def frame() -> np.ndarray:
    """A paper on a wooden desk as the camera delivers it."""
    view = render(Scene(desk=Desk.WOOD, sheet=paper("转诊转院证明", PERSONAS["zhao"]), seed=6))
    return cv2.add(view.pixels, sensor_noise(1080, 1920, 2), dtype=cv2.CV_8U)


# Out


@pytest.mark.req("R069")
def test_a_page_becomes_a_jpeg_with_its_digest_and_nothing_else_inside(frame):
    page = encode_page(frame)
    image = Image.open(io.BytesIO(page.jpeg))

    assert image.format == "JPEG"
    assert (page.width, page.height) == image.size == (1080, 1920)
    assert page.sha256 == hashlib.sha256(page.jpeg).hexdigest()
    assert not image.getexif()
    # APP1…APP15 and comments carry metadata; JFIF's own APP0 is all there may be.
    assert not any(bytes([0xFF, marker]) in page.jpeg[:600] for marker in (*range(0xE1, 0xF0), 0xFE))
    assert np.abs(load_image(page.jpeg).astype(int) - frame).mean() < 3


def test_a_page_says_its_true_dots_per_inch_and_keeps_still_about_unknown_ones(frame):
    stated = encode_page(frame, 109.4)
    assert Image.open(io.BytesIO(stated.jpeg)).info["dpi"] == (109, 109)
    assert (stated.dpi, density(stated.jpeg)) == (109.4, 109)
    unknown = encode_page(frame)
    assert "dpi" not in Image.open(io.BytesIO(unknown.jpeg)).info
    assert (unknown.dpi, density(unknown.jpeg)) == (0, 0)
    assert density(b"") == density(as_file("PNG")) == 0


def test_more_than_200_dpi_are_brought_down_and_fewer_are_never_brought_up(frame):
    fine = encode_page(frame, 300.0)
    assert (fine.width, fine.height, fine.dpi) == (720, 1280, 200.0)
    coarse = encode_page(frame, 90.0)
    assert (coarse.width, coarse.height, coarse.dpi) == (1080, 1920, 90.0)


def test_the_dearest_page_still_fits_a_megabyte_and_its_dpi_stay_true():
    noise = np.random.default_rng(0).integers(0, 256, (2400, 1700, 3), np.uint8)
    page = encode_page(noise, 200.0)

    assert len(page.jpeg) <= PAGE_BYTES
    assert page.height / page.width == pytest.approx(2400 / 1700, rel=0.01)
    assert page.width < 1700
    assert page.dpi == pytest.approx(200 * page.width / 1700, rel=0.01)


def test_nothing_cannot_be_a_page():
    with pytest.raises(MaterialsError):
        encode_page(np.empty((0, 0, 3), np.uint8))


# In


@pytest.mark.parametrize("from_disk", [True, False])
def test_jpeg_and_png_are_taken_with_their_colours(tmp_path, from_disk):
    for kind, tolerance in (("PNG", 0), ("JPEG", 5)):
        content = as_file(kind, quality=95)
        path = tmp_path / "page"
        path.write_bytes(content)
        loaded = load_image(path if from_disk else content)
        assert loaded.shape == PHOTO.shape
        assert np.abs(loaded.astype(int) - PHOTO).mean() <= tolerance


GREY_16 = Image.fromarray(np.asarray(IMAGE.convert("L")).astype(np.uint16) << 8)


@pytest.mark.parametrize(
    ("content", "tolerance"),
    [
        (as_file("JPEG", IMAGE.convert("CMYK"), quality=95), 6),
        (as_file("JPEG", progressive=True, quality=95), 5),
        (as_file("PNG", IMAGE.quantize(256)), 12),
        (as_file("PNG", IMAGE.convert("RGBA")), 0),
        (as_file("PNG", save_all=True, append_images=[IMAGE.rotate(180)]), 0),
    ],
    ids=["cmyk", "progressive", "palette", "alpha", "animated"],
)
def test_unusual_kinds_look_as_they_should(content, tolerance):
    assert np.abs(load_image(content).astype(int) - PHOTO).mean() <= tolerance


@pytest.mark.parametrize("image", [IMAGE.convert("L"), GREY_16, IMAGE.convert("LA")], ids=["L", "16 bits", "LA"])
def test_grey_pictures_are_as_bright_as_they_were(image):
    grey = np.asarray(IMAGE.convert("L")).astype(int)
    assert np.abs(load_image(as_file("PNG", image)).astype(int) - grey[..., None]).max() <= 1


def test_what_is_transparent_is_white_paper():
    clear = IMAGE.convert("RGBA")
    clear.putalpha(0)
    assert load_image(as_file("PNG", clear)).min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_phone_picture_is_turned_as_the_phone_noted(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What a phone stores of the same sight (Exif 2.3, Orientation).
    stored = {
        1: PHOTO,
        2: PHOTO[:, ::-1],
        3: PHOTO[::-1, ::-1],
        4: PHOTO[::-1],
        5: PHOTO.transpose(1, 0, 2),
        6: np.rot90(PHOTO),
        7: PHOTO[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(PHOTO, -1),
    }[orientation]
    image = Image.fromarray(np.ascontiguousarray(stored[:, :, ::-1]))
    loaded = load_image(as_file(kind, image, exif=exif, quality=95))
    assert loaded.shape == PHOTO.shape
    assert np.abs(loaded.astype(int) - PHOTO).mean() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_picture_is_refused(kind, share):
    content = as_file(kind)
    with pytest.raises(InvalidPicture, match="truncated"):
        load_image(content[: int(len(content) * share)])


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-1.7 page", as_file("GIF"), as_file("BMP"), as_file("WEBP")])
def test_other_kinds_are_refused(content):
    with pytest.raises(InvalidPicture, match="neither JPEG nor PNG"):
        load_image(content)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing.jpg"):
        with pytest.raises(InvalidPicture, match="cannot be read"):
            load_image(path)


def test_a_picture_of_many_megapixels_is_taken_smaller_and_says_by_how_much():
    page = Image.new("L", (5200, 6000), 230)
    page.paste(20, (1000, 1000, 3000, 2000))
    for kind in ("JPEG", "PNG"):
        loaded = load(as_file(kind, page))
        assert loaded.reduced == 2
        assert loaded.picture.shape[:2] == (3000, 2600)
        assert loaded.picture[750, 1000].max() < 40


# From frame to page


def test_one_call_makes_a_page_of_a_frame(frame):
    page = process(frame)

    assert page.verdict.codes == (Code.OK,)
    assert page.quad is not None
    assert page.format is PaperFormat.A4
    assert page.dpi == page.file.dpi == pytest.approx(1080 / 252 * 25.4, rel=0.03)
    assert density(page.file.jpeg) == round(page.dpi)
    flat = load_image(page.file.jpeg)
    assert flat.shape[:2] == (page.file.height, page.file.width)
    assert page.file.height / page.file.width == pytest.approx(297 / 210, rel=0.01)
    # The page's own corners are paper, not wood, and lie in even light.
    corners = [flat[y, x].min() for y in (12, -12) for x in (12, -12)]
    assert min(corners) > 215


def test_the_same_page_again_is_told_and_another_is_not(frame):
    first = process(frame)
    earlier = [(first.file.jpeg, first.fingerprint)]
    assert process(frame, earlier=earlier).verdict.codes == (Code.SAME_PAGE,)
    other = render(Scene(desk=Desk.WOOD, sheet=paper("转诊转院证明", PERSONAS["liu"]), seed=7)).pixels
    assert process(other, earlier=earlier).verdict.codes == (Code.OK,)


def test_without_a_page_the_citizen_sees_what_the_camera_saw():
    desk = render(Scene(desk=Desk.GREEN_MAT)).pixels
    page = process(desk)

    assert (page.quad, page.verdict.worst, page.fingerprint) == (None, Code.NO_PAGE, "")
    assert (page.file.width, page.file.height, page.dpi) == (1080, 1920, 0)


def test_pages_made_at_the_same_time_do_not_disturb_each_other(frame):
    with ThreadPoolExecutor(3) as workers:
        digests = {page.file.sha256 for page in workers.map(process, [frame] * 3)}
    assert digests == {process(frame).file.sha256}


def test_the_preview_is_small_has_the_right_colours_and_outlines_the_page(frame):
    small = preview(frame, 960)
    exact = process(frame).quad

    assert (small.width, small.height, small.code) == (540, 960, Code.OK)
    pixels = np.frombuffer(small.rgb, np.uint8).reshape(small.height, small.width, 3)
    red, _, blue = pixels[20, 270].astype(int)
    assert red > blue + 40  # wood is brown
    assert small.located.quad is not None
    assert exact is not None
    assert np.linalg.norm(small.located.quad.points - exact.scaled(0.5).points, axis=1).max() < 4


def test_a_small_frame_is_not_blown_up_for_the_preview():
    assert preview(PHOTO)[1:3] == (90, 60)
