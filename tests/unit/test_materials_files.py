"""Pages in and out of files: small enough to send, the same to the byte, and hostile pictures refused."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from drivers.virtual.desk import Desk, Scene, render, sensor_noise
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.capture import preview, process
from kiosk.materials.files import MOST_BYTES, PAGE_BYTES, encode_page, load_image
from kiosk.materials.pages import Code, InvalidPicture, MaterialsError

PHOTO = cv2.resize(np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8), (90, 60))


def as_file(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PHOTO[:, :, ::-1]).save(out, kind, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def frame() -> np.ndarray:
    """A paper on a wooden desk as the camera delivers it."""
    view = render(Scene(desk=Desk.WOOD, sheet=paper("转诊证明", PERSONAS["zhao"]), seed=6))
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


def test_the_dearest_page_still_fits_a_megabyte():
    noise = np.random.default_rng(0).integers(0, 256, (2400, 1700, 3), np.uint8)
    page = encode_page(noise)

    assert len(page.jpeg) <= PAGE_BYTES
    assert page.height / page.width == pytest.approx(2400 / 1700, rel=0.01)
    assert page.width < 1700


def test_a_page_in_a_log_shows_its_size_and_not_its_content():
    page = encode_page(PHOTO)
    assert repr(page) == f"PageFile(90x60, {len(page.jpeg)} bytes)"


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


def test_a_phone_picture_is_turned_as_the_phone_noted():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert load_image(as_file("JPEG", exif=exif)).shape == (90, 60, 3)


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


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(20_000, 6_000), (30_000, 30_000), (2_000_000, 2_000_000)])
def test_a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded(size):
    with pytest.raises(InvalidPicture, match="100 megapixels"):
        load_image(png_that_claims(*size))


def test_a_huge_or_missing_file_is_refused(tmp_path):
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InvalidPicture, match="64 MiB"):
        load_image(huge)
    with pytest.raises(InvalidPicture, match="cannot be read"):
        load_image(tmp_path / "missing.jpg")


# From frame to page


def test_one_call_makes_a_page_of_a_frame(frame):
    page = process(frame)

    assert page.verdict.codes == (Code.OK,)
    assert page.quad is not None
    flat = load_image(page.file.jpeg)
    assert flat.shape[:2] == (page.file.height, page.file.width)
    assert page.file.height / page.file.width == pytest.approx(297 / 210, rel=0.01)
    # The page's own corners are paper, not wood.
    assert all(flat[y, x].min() > 150 for y in (8, -8) for x in (8, -8))


def test_without_a_page_the_citizen_sees_what_the_camera_saw():
    desk = render(Scene(desk=Desk.GREEN_MAT)).pixels
    page = process(desk)

    assert (page.quad, page.verdict.worst) == (None, Code.NO_PAGE)
    assert (page.file.width, page.file.height) == (1080, 1920)


def test_pages_made_at_the_same_time_do_not_disturb_each_other(frame):
    with ThreadPoolExecutor(3) as workers:
        digests = {page.file.sha256 for page in workers.map(process, [frame] * 6)}
    assert digests == {process(frame).file.sha256}


def test_the_preview_is_small_has_the_right_colours_and_outlines_the_page(frame):
    small = preview(frame, 960)
    exact = process(frame).quad

    assert (small.width, small.height) == (540, 960)
    pixels = np.frombuffer(small.rgb, np.uint8).reshape(small.height, small.width, 3)
    red, _, blue = pixels[20, 270].astype(int)
    assert red > blue + 40  # wood is brown
    assert small.quad is not None
    assert exact is not None
    assert np.linalg.norm(small.quad.points - exact.scaled(0.5).points, axis=1).max() < 4


def test_a_small_frame_is_not_blown_up_for_the_preview():
    assert preview(PHOTO)[1:3] == (90, 60)
