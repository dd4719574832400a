"""Hostile pictures: whatever the bytes are, one clear word or a picture, in bounded memory and time.

The files come from citizens' phones, integrators' folders and broken cameras; a terminal that dies of one, or is busy
with it for minutes, is a terminal out of order.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kiosk.materials.capture import preview, process
from kiosk.materials.files import MOST_BYTES, load_image
from kiosk.materials.pages import Code, InvalidPicture

MOST_MEMORY_MB = 420
"""That loading any one file takes, beside the interpreter and its libraries."""
CAMERA = Image.fromarray(np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8)).resize((63, 41))


def as_file(kind: str, image: Image.Image = CAMERA, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def png_that_claims(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return png_of((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))


EXIF = Image.Exif()
EXIF[0x0112], EXIF[0x010F] = 6, "Tongban"
SEEDS = [
    as_file("JPEG"),
    as_file("JPEG", progressive=True),
    as_file("JPEG", CAMERA.convert("CMYK"), exif=EXIF),
    as_file("PNG", exif=EXIF),
    as_file("PNG", CAMERA.convert("RGBA")),
    as_file("PNG", CAMERA.quantize(16), transparency=3),
    as_file("PNG", Image.fromarray(np.full((20, 30), 40_000, np.uint16))),
    as_file("PNG", save_all=True, append_images=[CAMERA.rotate(90)]),
]


def picture_or_clear_word(content: bytes) -> None:
    word, picture = "a picture, as it should be", np.zeros((1, 1, 3), np.uint8)
    try:
        picture = load_image(content)
    except InvalidPicture as error:
        word = str(error)
    assert 10 < len(word) < 100
    assert (picture.dtype, picture.ndim, picture.shape[2]) == (np.uint8, 3, 3)


# Any bytes


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=12),
    st.integers(0, 1 << 16),
    st.binary(max_size=40),
)
def test_no_change_to_a_pictures_bytes_does_more_than_refuse_it(seed, changes, cut, insert):
    content = bytearray(seed)
    for place, value in changes:
        content[place % len(content)] = value
    at = cut % len(content)
    content[at:at] = insert
    picture_or_clear_word(bytes(content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 1 << 16))
def test_no_truncation_does_more_than_refuse_it(seed, cut):
    picture_or_clear_word(seed[: cut % len(seed)])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"iCCP", b"IEND"]),
            st.binary(max_size=60),
        ),
        max_size=8,
    )
)
def test_no_chunks_of_a_png_in_whatever_order_do_more_than_refuse_it(chunks):
    header = struct.pack(">IIBBBBB", 9, 7, 8, 3, 0, 0, 0)
    picture_or_clear_word(png_of((b"IHDR", header), *chunks))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31), st.booleans())
def test_no_frame_however_small_or_noisy_upsets_the_way_from_frame_to_page(width, height, seed, flat):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (1, 1, 3) if flat else (height, width, 3), np.uint8)
    picture = np.ascontiguousarray(np.broadcast_to(picture, (height, width, 3)))
    page = process(picture, earlier=[(b"", "")])
    assert page.file.jpeg
    assert preview(picture).width == width


@pytest.mark.parametrize("size", [(60_000, 17), (16, 20_000), (100, 30_000), (64, 11_999), (5000, 1)])
def test_no_strip_however_long_upsets_the_way_from_file_to_page_or_grows_into_one(size):
    """A light strip with marks on a dark ground, so that something is found: OpenCV takes no side over 32767."""
    pixels = np.full((*size[::-1], 3), 40, np.uint8)
    pixels[2:-2, 2:-2] = 240
    pixels[pixels.shape[0] // 3 : pixels.shape[0] // 2, ::7] = 30
    frame = load_image(as_file("PNG", Image.fromarray(pixels), compress_level=1))
    page = process(frame)
    process(frame, earlier=[(page.file.jpeg, page.fingerprint or "0" * 64)])
    assert page.file.width * page.file.height <= 4 * frame.shape[0] * frame.shape[1]
    assert 0 < preview(frame).width <= 960


# Claims


@pytest.mark.parametrize("size", [(20_000, 6_500), (30_000, 30_000), (2_000_000, 2_000_000), (1, 2**31 - 1)])
def test_a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded(size):
    with pytest.raises(InvalidPicture, match="megapixels"):
        load_image(png_that_claims(*size))


def test_a_file_of_gigabytes_is_refused_before_it_is_read(tmp_path):
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InvalidPicture, match="64 MiB"):
        load_image(huge)
    with pytest.raises(InvalidPicture, match="64 MiB"):
        load_image(b"\xff" * (MOST_BYTES + 1))


def test_a_jpeg_of_a_thousand_passes_is_refused_before_it_is_decoded():
    wide = as_file("JPEG", Image.new("L", (4000, 3000)), progressive=True)
    scan = wide.index(b"\xff\xda")
    bomb = wide[:scan] + wide[scan:-2] * 200 + wide[-2:]
    with pytest.raises(InvalidPicture, match="more passes"):
        load_image(bomb)


def test_a_comment_that_unpacks_to_gigabytes_is_not_unpacked():
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "0" * 80_000_000, zip=True)
    content = as_file("PNG", pnginfo=info)
    assert len(content) < 200_000
    picture_or_clear_word(content)


# Memory, measured where nothing else was loaded

_MEASURE = """
import json, resource, sys
from kiosk.materials.files import load
from kiosk.materials.pages import InvalidPicture
from PIL import Image
import io
out = io.BytesIO(); Image.new("RGB", (32, 32)).save(out, "JPEG"); load(out.getvalue())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    loaded = load(__import__("pathlib").Path(sys.argv[1]))
    said = list(loaded.picture.shape) + [loaded.reduced]
except InvalidPicture as error:
    said = str(error)
print(json.dumps([said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]))
"""


def taken(file: Path) -> tuple[object, float]:
    """What became of the file, and the megabytes that it took at most."""
    ended = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(file)],
        capture_output=True,
        check=True,
        timeout=90,
        cwd=Path(__file__).parents[2],
    )
    said, megabytes = json.loads(ended.stdout)
    return said, megabytes


def test_a_100_megapixel_photo_is_taken_smaller_in_bounded_memory(tmp_path):
    file = tmp_path / "large.jpg"
    Image.new("L", (11_600, 8_700), 200).save(file, quality=50)
    said, megabytes = taken(file)
    assert said == [4350, 5800, 3, 2]
    assert megabytes < MOST_MEMORY_MB


@pytest.mark.parametrize(
    "image",
    [Image.new("RGBA", (6_300, 6_300), (9, 9, 9, 90)), Image.new("I;16", (6_300, 6_300))],
    ids=["rgba", "16 bit"],
)
def test_the_largest_png_that_is_taken_stays_within_bounded_memory(tmp_path, image):
    file = tmp_path / "large.png"
    image.save(file, compress_level=1)
    said, megabytes = taken(file)
    assert said == [3150, 3150, 3, 2]
    assert megabytes < MOST_MEMORY_MB


def test_a_bomb_takes_no_memory(tmp_path):
    file = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 6, 0, 0, 0)
    file.write_bytes(png_of((b"IHDR", header), (b"IDAT", zlib.compress(bytes(30_000_000))), (b"IEND", b"")))
    said, megabytes = taken(file)
    assert "megapixels" in str(said)
    assert megabytes < 5


# Frames that show no page


@pytest.mark.parametrize("tint", [0, 128, 255])
def test_a_frame_without_anything_gets_a_clear_word_and_is_kept_as_a_picture(tint):
    page = process(np.full((720, 1280, 3), tint, np.uint8))
    assert Code.NO_PAGE in page.verdict.codes
    assert load_image(page.file.jpeg).shape == (720, 1280, 3)
