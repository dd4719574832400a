"""From a picture of a page to its lines of text, by the PP-OCRv6 models that the rapidocr wheel carries.

The three models (where is text, does it stand on its head, what does it say) are run on onnxruntime directly: only their
files are taken from the wheel. So no code that could download or log anything is ever loaded, and a page takes half of
the memory and time that the wheel's own pipeline needs (bench/reading.py measures both). The models are PaddleOCR's,
Apache-2.0. What is done to the pixels before and after each model is what PaddleOCR does, unless said otherwise here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kiosk.materials.pages import MaterialsError, Picture
from kiosk.materials.reading import boxes
from kiosk.materials.reading.boxes import Corners
from kiosk.materials.reading.lines import Box, Line

_WHEEL = "rapidocr"
_DETECTOR = "PP-OCRv6_det_small.onnx"
_CLASSIFIER = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
_RECOGNISER = "PP-OCRv6_rec_small.onnx"

_LOOK_AT = (960, 1024)
"""Bounds of the page's long side, in pixels, where lines are looked for: at the upper one 7-point print on A4 is 9 pixels
high. The lines are then read from the page as it came. The detector's memory grows with the square: this is 110 MB."""
_RED_FADES = 0.8
"""How far red is taken out before reading (not in PaddleOCR): a seal pales, the date beneath it can be read, and red print
is still dark enough."""
_VOTERS = 12
_SURE_VOTE = 0.4
"""Mean of the voters' probabilities for upside down less those for upright, from which the vote alone decides."""
_ASKED = 4
_SURE_READING = 0.08
"""Otherwise this many lines are read both ways, and so much better must they read upside down."""
_HIGH = 48
"""The recogniser's and the classifier's picture height."""
_CLASSIFIED = 192
_NARROWEST = 320
_WIDEST = 48 * 50
"""Pixels: about a hundred Chinese characters. A longer line is squeezed."""
_LEAST_SCORE = 0.5

Floats = NDArray[np.float32]


class ModelsMissing(MaterialsError):
    """The rapidocr package, or a model in it, is not installed."""


def model_files() -> tuple[Path, ...]:
    """Detector, classifier and recogniser. Raises ModelsMissing."""
    wheel = find_spec(_WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        raise ModelsMissing("the rapidocr package is not installed")
    folder = Path(wheel.submodule_search_locations[0]) / "models"
    files = tuple(folder / name for name in (_DETECTOR, _CLASSIFIER, _RECOGNISER))
    for file in files:
        if not file.is_file():
            raise ModelsMissing(f"the model {file.name} is missing")
    return files


@dataclass(frozen=True, repr=False)
class PageText:
    """What stands on a page once it is turned the right way round."""

    lines: tuple[Line, ...]
    """Boxes in pixels of the turned page."""
    turn: int
    """Degrees clockwise by which the page was turned: 0, 90, 180 or 270. When the evidence is thin: 0."""
    page: Picture
    """The page, turned."""


class Engine:
    """The loaded models. Not for several threads at once.

    Raises:
        ModelsMissing: the rapidocr package, or a model in it, is not installed
    """

    def __init__(self, threads: int = 2) -> None:
        self._detector, self._classifier, self._recogniser = (_Model(file, threads) for file in model_files())
        # The first class of a CTC recogniser means "nothing", and PaddleOCR adds the space as its last.
        self._characters = ["", *self._recogniser.notes["character"].splitlines(), " "]

    def read(self, picture: Picture) -> PageText:
        """Read a flat page (BGR) that lies in any of four directions."""
        page, turn = _without_red(picture), 0
        found = self._detect(page)
        if boxes.standing(found):
            found = boxes.turned_clockwise(found, page.shape[0])
            page, turn = _turned(page, 90), 90
        if found and self._is_upside_down(page, found):
            found = boxes.turned_over(found, page.shape[1], page.shape[0])
            page, turn = _turned(page, 180), turn + 180
        return PageText(tuple(self._lines(page, found)), turn, _turned(picture, turn))

    def _detect(self, page: Picture) -> list[Corners]:
        height, width = page.shape[:2]
        longer = max(height, width)
        scale = min(max(longer, _LOOK_AT[0]), _LOOK_AT[1]) / longer
        across, down = (max(32, round(side * scale / 32) * 32) for side in (width, height))
        shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        heat = self._detector(_blob(cv2.resize(page, (across, down), interpolation=shrink)))[0, 0]
        return boxes.from_heat(heat, width / across, height / down)

    def _is_upside_down(self, page: Picture, found: Sequence[Corners]) -> bool:
        """The classifier votes on the widest lines; when it is undecided, the recogniser tries both ways."""
        strips = [_strip(page, box) for box in sorted(found, key=boxes.width, reverse=True)[:_VOTERS]]
        votes = [self._classifier(_blob(_fit(strip, _CLASSIFIED, _CLASSIFIED)))[0] for strip in strips]
        vote = float(np.mean([upside_down - upright for upright, upside_down in votes]))
        if abs(vote) >= _SURE_VOTE:
            return vote > 0
        upright = np.mean([self._recognise(strip)[1] for strip in strips[:_ASKED]])
        turned = np.mean([self._recognise(_turned(strip, 180))[1] for strip in strips[:_ASKED]])
        return float(turned - upright) >= _SURE_READING

    def _lines(self, page: Picture, found: Sequence[Corners]) -> list[Line]:
        lines = []
        for box in found:
            text, score = self._recognise(_strip(page, box))
            if text.strip() and score >= _LEAST_SCORE:
                (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
                lines.append(Line(text, score, Box(left, top, right, bottom)))
        return lines

    def _recognise(self, strip: Picture) -> tuple[str, float]:
        """Text and mean score of a strip. One at a time: a batch is no faster on a processor and takes its multiple of memory."""
        scores = self._recogniser(_blob(_fit(strip, _NARROWEST, _WIDEST)))[0]
        best = scores.argmax(axis=1)
        kept = best != 0
        kept[1:] &= best[1:] != best[:-1]
        text = "".join(self._characters[number] for number in best[kept])
        return text, float(scores.max(axis=1)[kept].mean()) if text else 0.0


@cache
def _share_memory() -> None:
    """One arena for all models: what the detector took is there for the lines. Pages and lines have all sizes, and without an
    arena their memory is had and returned in pieces, which takes half as much again."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, None)


class _Model:
    """One ONNX model with one input and one output."""

    def __init__(self, file: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        _share_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
        options.enable_mem_pattern = False  # one would be remembered for every size there ever was
        # A thread that spins while it waits takes a core from the screen, and on a busy machine from the other threads.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.notes = dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, blob: Floats) -> Floats:
        return np.asarray(self._session.run(None, {self._input: blob})[0], np.float32)


def _turned(picture: Picture, degrees: int) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90)) if degrees else picture


def _without_red(picture: Picture) -> Picture:
    """Each pixel moved towards the grey of its brightest channel, which is where red ink is as light as paper."""
    blue, green, red = cv2.split(picture)
    most = cv2.max(cv2.max(blue, green), red)
    return np.asarray(cv2.addWeighted(picture, 1 - _RED_FADES, cv2.merge((most, most, most)), _RED_FADES, 0), np.uint8)


def _strip(page: Picture, box: Corners) -> Picture:
    """A line cut out of the page and laid level."""
    across, down = max(1, round(boxes.width(box))), max(1, round(boxes.height(box)))
    target = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    matrix = cv2.getPerspectiveTransform(box, target)
    strip = cv2.warpPerspective(page, matrix, (across, down), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(strip, np.uint8)


def _fit(strip: Picture, narrowest: int, widest: int) -> Picture:
    """The strip at the models' height, padded with grey to a multiple of 32 pixels."""
    height, width = strip.shape[:2]
    across = min(max(1, round(width * _HIGH / height)), widest)
    full = max(narrowest, -(-across // 32) * 32)
    fitted = np.full((_HIGH, full, 3), 127, np.uint8)
    fitted[:, :across] = cv2.resize(strip, (across, _HIGH))
    return fitted


def _blob(picture: Picture) -> Floats:
    """As the models take it: 1 × 3 × height × width, −1 to 1."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1
