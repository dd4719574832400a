"""The document camera's far end: a desk that can be looked at over the same link as a network camera.

The link is motion JPEG over HTTP (`multipart/x-mixed-replace`), which the real driver opens with the same OpenCV
call as a camera on a cable. The desk is drawn once per change; what differs from frame to frame is the sensor's
noise, encoded in advance, so that a running camera costs next to nothing.

The sensor is wider than high, and A4 lies along it, as under most document cameras: the stream shows the desk on
its side and `settings` ask the driver to turn it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from drivers.virtual.desk import (
    FIELD_WIDTH_MM,
    Blemish,
    Desk,
    Picture,
    Points,
    Scene,
    Sheet,
    View,
    render,
    sensor_noise,
)
from drivers.virtual.desk.things import THINGS, thing
from drivers.virtual.device import Faults, Knob
from drivers.virtual.mjpeg import Send, StreamServer, part
from drivers.virtual.papers import KINDS, PIXELS_PER_MM, Variant, paper, parse
from drivers.virtual.personas import PERSONAS

FRAMES_IN_RING = 4
"""Differently noisy JPEGs per scene; two frames in a row never have the same bytes."""
JPEG_QUALITY = 90
SLOW_SECONDS = 1.0
"""Between two frames under the fault `slow`."""
SLIDE_FRAMES = 10
"""In how many frames a paper that is slid in comes to lie."""
SLIDE_FROM_MM = 230.0
"""How far below its place it starts, where the citizen stands."""

FAULTS: Mapping[str, str] = {
    "frozen": "the same picture again and again, to the last bit",
    "black": "black pictures",
    "stalled": "the connection stays open and nothing comes",
    "unplugged": "every connection is dropped and none answered",
    "garbage": "the bytes of a picture are no JPEG",
    "slow": "one picture a second",
    "hiccup": "pictures are held back while this is armed, and all come at once when it is cleared",
    "wrong_resolution": "640 × 480 whatever was asked for (until cleared)",
    "blurred": "out of focus (until cleared)",
    "shaken": "the paper moves while the light falls in (until cleared)",
    "glare": "a lamp mirrored in the paper (until cleared)",
    "dark": "the lamp is off (until cleared)",
    "finger": "a finger over the text (until cleared)",
    "cut_off": "a fifth of the paper lies outside the field (until cleared)",
    "too_small": "the camera stands far too high (until cleared)",
    "two_sheets": "a second sheet looks out from under the first (until cleared)",
    "upside_down": "the paper lies upside down (until cleared)",
    "sideways": "the paper lies on its side (until cleared)",
    "curled": "the paper's ends stand up; harmless (until cleared)",
    "crumpled": "the paper was folded before; harmless (until cleared)",
    "finger_on_margin": "a finger where nothing is written; harmless (until cleared)",
}


@dataclass(frozen=True, eq=False)
class _Ring:
    """The encoded frames of one scene, and what it looks like without noise."""

    scene: Scene
    small: bool
    view: View
    frames: tuple[bytes, ...]

    @cached_property
    def png(self) -> bytes:
        """What a person would see, 540 pixels wide."""
        pixels = self.view.pixels
        small = cv2.resize(pixels, (540, 540 * pixels.shape[0] // pixels.shape[1]), interpolation=cv2.INTER_AREA)
        return bytes(cv2.imencode(".png", small)[1])


class VirtualDocumentCamera:
    """A document camera over a desk. Switched off when made; see `drivers.virtual.device.VirtualDevice`.

    Whatever the terminal can say of a page can be shown: `no_page` by the knob `clear`, `blank` by laying 空白页,
    `same_page` by `again`, `not_a_document` by `put`; another kind, another person's, an expired, unsealed or unsigned
    paper by `lay`; everything else by the fault of (nearly) the same name.

    Args:
        host, port: where it streams; port 0 becomes a free one.
        fps: pictures a second.
        seed: decides how papers come to lie.
        width, height: of the sensor, which lies on its side: 1920 × 1080, or 3840 × 2160 for 4K.
    """

    name = "document_camera"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fps: float = 12.0,
        seed: int = 1,
        width: int = 1920,
        height: int = 1080,
    ) -> None:
        self.faults = Faults(FAULTS)
        self._host, self._port, self._period = host, port, 1 / fps
        self._drawing = threading.Lock()
        """Held while a scene is drawn: one at a time, in the order in which they were asked for."""
        self._lock = threading.Lock()
        """Held while what is shown is changed or looked at, which takes no time."""
        self._scene = Scene(seed=seed, width=height, height=width)
        self._black = bytes(cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8))[1])
        self._finest = max(PIXELS_PER_MM, 1.4 * height / FIELD_WIDTH_MM)
        self._lying = ""
        self._photo: Picture | None = None
        self._ring: _Ring | None = None
        self._slide: list[bytes] = []
        self._stopped = threading.Event()
        self._server: StreamServer | None = None
        self._watching = self._held = 0

    def start(self) -> None:
        """Switch on. A port of 0 becomes a free one, and stays the same after `stop` and `start`."""
        if self._server is not None:
            return
        self._stopped.clear()
        self._server = StreamServer((self._host, self._port), lambda: not self.faults.active("unplugged"), self._serve)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="virtual-camera").start()

    def stop(self) -> None:
        """Switch off: connections are cut, new ones refused. Harmless twice."""
        server, self._server = self._server, None
        self._stopped.set()
        if server is not None:
            server.shutdown()
            server.server_close()
            server.hang_up()

    @property
    def settings(self) -> Mapping[str, str]:
        """What the real driver needs to find this camera and to turn its picture upright."""
        return {
            "driver": "opencv",
            "link": f"http://{self._host}:{self._port}/stream.mjpg",
            "width": str(self._scene.height),
            "height": str(self._scene.width),
            "rotate": "90",
            "field_width_mm": f"{FIELD_WIDTH_MM:g}",
        }

    def knobs(self) -> Sequence[Knob]:
        """Lay a paper, a thing or a photo, let a paper slide in, clear the desk, change the desk, pull the plug."""
        return (
            Knob("lay", "放上材料", self.lay, list(KINDS), (list(PERSONAS), ["", *(one.value for one in Variant)])),
            Knob("again", "再放一次", lambda _value: self.lay_again()),
            Knob("slide", "推着进来", self.slide),
            Knob("clear", "拿走材料", lambda _value: self.clear()),
            Knob("put", "放上别的东西", self.put, list(THINGS)),
            Knob("lay_file", "放上图片文件", self.lay_file),
            Knob("show_file", "用图片代替画面", self.show_file),
            Knob("desk", "换台面", self.set_desk, [desk.value for desk in Desk]),
            Knob("unplug", "拔线", lambda _value: self.faults.fail_repeatedly("unplugged")),
            Knob("plug", "插上", lambda _value: self.faults.clear("unplugged")),
        )

    def lay(self, what: str) -> None:
        """Lay the paper `<kind>[:<persona>[:<variant>,…]]`; an unknown kind is a paper of that title.

        Raises:
            KeyError: unknown persona
            ValueError: unknown variant, or the next page of a paper that has one page only
        """
        self._put(self._paper(what), what)

    def lay_again(self) -> None:
        """Lift what lies there and lay it down again: not quite as it lay before."""
        with self._drawing:
            self._show(replace(self._scene, seed=self._scene.seed + 1), self._lying, self._photo)

    def slide(self, what: str = "") -> None:
        """Let a paper (as for `lay`; empty: what lies there) come in from below and then lie still.

        Each of the next `SLIDE_FRAMES` frames that anybody is sent shows it a little further, whatever the clock says.
        Returns when these frames are drawn: about a second. Raises as `lay` does.
        """
        sheet = self._paper(what) if what else None
        with self._drawing:
            scene = replace(self._scene, sheet=sheet or self._scene.sheet, seed=self._scene.seed + 1)
            self._show(scene, what or self._lying, None if what else self._photo, slides=True)

    def put(self, name: str) -> None:
        """Lay down something that is no document. Raises KeyError for a thing that is not among `THINGS`."""
        self._put(thing(name), name)

    def lay_file(self, path: str) -> None:
        """Lay a picture file on the desk as a sheet with A4's longer side. ValueError when it cannot be read."""
        face = _picture_in(path)
        mm_per_pixel = min(210 / min(face.shape[:2]), 297 / max(face.shape[:2]))
        finest = mm_per_pixel * self._finest
        if finest < 1:
            face = cv2.resize(face, None, fx=finest, fy=finest, interpolation=cv2.INTER_AREA)
            mm_per_pixel /= finest
        sheet = Sheet(face.astype(np.uint8), face.shape[1] * mm_per_pixel, face.shape[0] * mm_per_pixel)
        self._put(sheet, Path(path).name)

    def show_file(self, path: str) -> None:
        """Let the camera see a picture file in place of the desk, whole. ValueError when it cannot be read."""
        photo = _picture_in(path)
        scale = min(self._scene.width / photo.shape[1], self._scene.height / photo.shape[0])
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        right, below = self._scene.width - photo.shape[1], self._scene.height - photo.shape[0]
        framed = cv2.copyMakeBorder(
            photo, below // 2, below - below // 2, right // 2, right - right // 2, cv2.BORDER_CONSTANT
        )
        self._put(None, Path(path).name, framed)

    def clear(self) -> None:
        """Take the paper away."""
        self._put(None, "")

    def set_desk(self, desk: str) -> None:
        """Change the desk under the paper. Raises ValueError for an unknown one."""
        wanted = Desk(desk)
        with self._drawing:
            self._show(replace(self._scene, desk=wanted), self._lying, self._photo)

    def state(self) -> Mapping[str, object]:
        """What lies where, and whether anybody looks."""
        with self._lock:
            return {
                "lying": self._lying,
                "desk": self._scene.desk.value,
                "sliding": bool(self._slide),
                "plugged": not self.faults.active("unplugged"),
                "watching": self._watching,
                "held": self._held,
                "faults": list(self.faults.armed()),
            }

    def picture(self) -> bytes:
        """The desk as a PNG, 540 pixels wide."""
        return self._current().png

    @property
    def corners(self) -> Points | None:
        """The paper's true corners in the upright picture (4 × 2 pixels), None when the desk is empty."""
        return self.view().corners

    def view(self) -> View:
        """The upright desk without noise, and the truth about its corners; of a paper that slides: where it will lie."""
        return self._current().view

    def _paper(self, what: str) -> Sheet:
        kind, person, variants = parse(what)
        return paper(kind, person, variants, pixels_per_mm=self._finest)

    def _put(self, sheet: Sheet | None, what: str, photo: Picture | None = None) -> None:
        with self._drawing:
            # Nobody lays two papers down alike; and the new number tells the frames of the old paper apart.
            self._show(replace(self._scene, sheet=sheet, seed=self._scene.seed + 1), what, photo)

    def _show(self, scene: Scene, what: str, photo: Picture | None, *, slides: bool = False) -> None:
        """Draw a new scene, and let it be seen from the next frame on; the old one is streamed until then."""
        too_wide = scene.sheet is not None and scene.sheet.width_mm > FIELD_WIDTH_MM
        scene = replace(scene, turn_degrees=90.0 if too_wide else 0.0)  # as whoever lays it sees that it must lie
        ring = self._drawn(scene, photo)
        slide = _sliding(ring) if slides and photo is None and scene.sheet is not None else []
        with self._lock:
            self._scene, self._lying, self._photo, self._ring, self._slide = scene, what, photo, ring, slide

    def _current(self) -> _Ring:
        """The frames of the scene as it is now; drawn here after a fault was armed or cleared."""
        if (ring := self._fitting()) is not None:
            return ring
        with self._drawing:
            if (ring := self._fitting()) is not None:
                return ring
            self._ring = ring = self._drawn(self._scene, self._photo)
            return ring

    def _fitting(self) -> _Ring | None:
        """What was drawn last, if it shows the scene and the faults of now."""
        with self._lock:
            ring = self._ring
            scene = replace(self._scene, blemishes=self._blemishes)
        fits = ring is not None and ring.scene == scene and ring.small == self.faults.active("wrong_resolution")
        return ring if fits else None

    @property
    def _blemishes(self) -> frozenset[Blemish]:
        return frozenset(blemish for blemish in Blemish if self.faults.active(blemish.value))

    def _drawn(self, scene: Scene, photo: Picture | None) -> _Ring:
        scene = replace(scene, blemishes=self._blemishes)
        view = render(scene) if photo is None else View(photo, None)
        return _encode_ring(scene, self.faults.active("wrong_resolution"), view)

    def frame(self, number: int) -> bytes:
        """The JPEG that goes over the wire as frame `number`, with whatever fault is armed."""
        ring = self._current()
        if self.faults.take("garbage"):
            return b"\xff\xd8" + bytes((number * 7 + i * 31) % 251 for i in range(4000))
        if self.faults.take("black"):
            return self._black
        if self.faults.take("frozen"):
            return ring.frames[0]
        with self._lock:
            if self._slide:
                return self._slide.pop(0)
        return ring.frames[number % FRAMES_IN_RING]

    def _serve(self, send: Send) -> None:
        """Stream to one viewer until they leave, or this camera is switched off or unplugged."""
        with self._lock:
            self._watching += 1
        try:
            number, due = 0, time.monotonic()
            held: list[bytes] = []
            while not self._stopped.wait(max(0.0, due - time.monotonic())):
                if self.faults.active("unplugged"):
                    return
                due = time.monotonic() + (SLOW_SECONDS if self.faults.take("slow") else self._period)
                if self.faults.take("stalled"):
                    continue
                held.append(self.frame(number))
                number += 1
                with self._lock:
                    self._held = len(held)
                if not self.faults.active("hiccup"):
                    send(b"".join(map(part, held)))
                    held.clear()
        finally:
            with self._lock:
                self._watching -= 1


def _picture_in(path: str) -> Picture:
    content = np.fromfile(path, np.uint8) if Path(path).is_file() else np.empty(0, np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if picture is None:
        raise ValueError(f"no picture: {Path(path).name}")
    return np.asarray(picture, np.uint8)


def _encode_ring(scene: Scene, small: bool, view: View) -> _Ring:
    seen = _on_sensor(view.pixels, small)
    return _Ring(scene, small, view, tuple(_encode(seen, number) for number in range(FRAMES_IN_RING)))


def _sliding(ring: _Ring) -> list[bytes]:
    """The frames in which the sheet comes to where it lies in `ring`: fast at first, then slower, as a hand pushes."""
    x, y = ring.scene.at_mm
    ways = [SLIDE_FROM_MM * (1 - number / SLIDE_FRAMES) ** 2 for number in range(SLIDE_FRAMES)]
    scenes = [replace(ring.scene, at_mm=(x, y + way)) for way in ways]
    return [_encode(_on_sensor(render(scene).pixels, ring.small), number) for number, scene in enumerate(scenes)]


def _on_sensor(pixels: Picture, small: bool) -> Picture:
    """The driver turns by 90° clockwise, so the sensor sees the desk turned the other way."""
    seen = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    if small:
        seen = cv2.resize(seen, (640, 480), interpolation=cv2.INTER_AREA)
    return np.asarray(seen, np.uint8)


def _encode(seen: Picture, number: int) -> bytes:
    height, width = seen.shape[:2]
    noise = sensor_noise(width // 2, height // 2, number)
    # A quarter of the noise, repeated: drawing it is the dear part, and nobody sees the seam.
    noisy = cv2.add(seen, np.tile(noise, (2, 2, 1))[:height, :width], dtype=cv2.CV_8U)
    return bytes(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])
