"""The document camera's far end: a desk that can be looked at over the same link as a network camera.

The link is motion JPEG over HTTP (`multipart/x-mixed-replace`), which the real driver opens with the same OpenCV
call as a camera on a cable. The desk is drawn once per change; what differs from frame to frame is the sensor's
noise, encoded in advance, so that a running camera costs next to nothing.

The sensor is wider than high, and A4 lies along it, as under most document cameras: the stream shows the desk on
its side and `settings` ask the driver to turn it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from drivers.virtual.desk import Blemish, Desk, Picture, Points, Scene, Sheet, View, render, sensor_noise
from drivers.virtual.device import Faults, Knob
from drivers.virtual.papers import KINDS, PIXELS_PER_MM, paper
from drivers.virtual.personas import PERSONAS

BOUNDARY = "tongbanframe"
FRAMES_IN_RING = 4
"""Differently noisy JPEGs per scene; two frames in a row never have the same bytes."""
JPEG_QUALITY = 90
SLOW_SECONDS = 1.0
"""Between two frames under the fault `slow`."""

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
    "glare": "a lamp mirrored in the paper (until cleared)",
    "dark": "the lamp is off (until cleared)",
    "finger": "a finger on the paper (until cleared)",
    "cut_off": "the paper lies half outside the field (until cleared)",
}


@dataclass(frozen=True)
class _Ring:
    """The encoded frames of one scene, and what it looks like without noise."""

    scene: Scene
    small: bool
    view: View
    frames: tuple[bytes, ...]


class VirtualDocumentCamera:
    """A document camera over a desk. Switched off when made; see `drivers.virtual.device.VirtualDevice`."""

    name = "document_camera"

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, fps: float = 12.0, seed: int = 1) -> None:
        self.faults = Faults(FAULTS)
        self._host, self._port, self._period = host, port, 1 / fps
        self._lock = threading.Lock()
        self._scene = Scene(seed=seed)
        self._lying = ""
        self._photo: Picture | None = None
        self._ring: _Ring | None = None
        self._stopped = threading.Event()
        self._server: _Server | None = None
        self._watching = self._held = 0

    def start(self) -> None:
        """Switch on. A port of 0 becomes a free one, and stays the same after `stop` and `start`."""
        if self._server is not None:
            return
        self._stopped.clear()
        self._server = _Server((self._host, self._port), self)
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
            "width": "1920",
            "height": "1080",
            "rotate": "90",
        }

    def knobs(self) -> Sequence[Knob]:
        """Lay a paper or a photo, clear the desk, change the desk, pull the plug."""
        papers = [f"{kind}:{person}" for kind in KINDS for person in ("wang", "zhao", "yan")]
        return (
            Knob("lay", "放上材料", self.lay, papers),
            Knob("lay_file", "放上图片文件", self.lay_file),
            Knob("show_file", "用图片代替画面", self.show_file),
            Knob("clear", "拿走材料", lambda _value: self.clear()),
            Knob("desk", "换台面", self.set_desk, [desk.value for desk in Desk]),
            Knob("unplug", "拔线", lambda _value: self.faults.fail_repeatedly("unplugged")),
            Knob("plug", "插上", lambda _value: self.faults.clear("unplugged")),
        )

    def lay(self, what: str) -> None:
        """Lay the paper `<kind>:<persona>`; an unknown kind is a paper of that title. KeyError: unknown persona."""
        kind, _, person = what.partition(":")
        self._put(paper(kind, PERSONAS[person or "wang"]), what)

    def lay_file(self, path: str) -> None:
        """Lay a picture file on the desk as a sheet with A4's longer side. ValueError when it cannot be read."""
        face = _picture_in(path)
        mm_per_pixel = min(210 / min(face.shape[:2]), 297 / max(face.shape[:2]))
        finest = mm_per_pixel * PIXELS_PER_MM
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
        with self._lock:
            self._scene = replace(self._scene, desk=Desk(desk))

    def state(self) -> Mapping[str, object]:
        """What lies where, and whether anybody looks."""
        with self._lock:
            return {
                "lying": self._lying,
                "desk": self._scene.desk.value,
                "plugged": not self.faults.active("unplugged"),
                "watching": self._watching,
                "held": self._held,
                "faults": list(self.faults.armed()),
            }

    def picture(self) -> bytes:
        """The desk as a PNG, 540 pixels wide."""
        pixels = self.view().pixels
        small = cv2.resize(pixels, (540, 540 * pixels.shape[0] // pixels.shape[1]), interpolation=cv2.INTER_AREA)
        return bytes(cv2.imencode(".png", small)[1])

    @property
    def corners(self) -> Points | None:
        """The paper's true corners in the upright picture (4 × 2 pixels), None when the desk is empty."""
        return self.view().corners

    def view(self) -> View:
        """The upright desk without noise, and the truth about its corners."""
        return self._current().view

    def _put(self, sheet: Sheet | None, what: str, photo: Picture | None = None) -> None:
        with self._lock:
            # Nobody lays two papers down alike; and the new number tells the frames of the old paper apart.
            self._scene = replace(self._scene, sheet=sheet, seed=self._scene.seed + 1)
            self._lying, self._photo = what, photo

    def _current(self) -> _Ring:
        """The frames of the scene as it is now, drawn at the first call after a change."""
        with self._lock:
            blemishes = frozenset(blemish for blemish in Blemish if self.faults.active(blemish.value))
            scene = replace(self._scene, blemishes=blemishes)
            small = self.faults.active("wrong_resolution")
            ring = self._ring
            if ring is None or ring.small != small or not _alike(ring.scene, scene):
                view = render(scene) if self._photo is None else View(self._photo, None)
                ring = self._ring = _encode_ring(scene, small, view)
            return ring

    def frame(self, number: int) -> bytes:
        """The JPEG that goes over the wire as frame `number`, with whatever fault is armed."""
        ring = self._current()
        if self.faults.take("garbage"):
            return b"\xff\xd8" + bytes((number * 7 + i * 31) % 251 for i in range(4000))
        if self.faults.take("black"):
            return _BLACK
        if self.faults.take("frozen"):
            return ring.frames[0]
        return ring.frames[number % FRAMES_IN_RING]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
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
                    handler.wfile.write(b"".join(map(_part, held)))
                    held.clear()
        finally:
            with self._lock:
                self._watching -= 1


def _part(body: bytes) -> bytes:
    """One JPEG as a part of the multipart stream."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body + b"\r\n"


def _alike(one: Scene, other: Scene) -> bool:
    """Would two scenes look the same? Sheets hold arrays, which have no plain equality; their seeds differ."""
    return replace(one, sheet=None) == replace(other, sheet=None)


def _picture_in(path: str) -> Picture:
    content = np.fromfile(path, np.uint8) if Path(path).is_file() else np.empty(0, np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if picture is None:
        raise ValueError(f"no picture: {Path(path).name}")
    return np.asarray(picture, np.uint8)


def _encode_ring(scene: Scene, small: bool, view: View) -> _Ring:
    # The driver turns by 90° clockwise, so the sensor sees the desk turned the other way.
    seen = cv2.rotate(view.pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    if small:
        seen = cv2.resize(seen, (640, 480), interpolation=cv2.INTER_AREA)
    return _Ring(scene, small, view, tuple(_encode(seen, number) for number in range(FRAMES_IN_RING)))


def _encode(seen: Picture, number: int) -> bytes:
    height, width = seen.shape[:2]
    noise = sensor_noise(width // 2, height // 2, number)
    # A quarter of the noise, repeated: drawing it is the dear part, and nobody sees the seam.
    noisy = cv2.add(seen, np.tile(noise, (2, 2, 1))[:height, :width], dtype=cv2.CV_8U)
    return bytes(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])


_BLACK = bytes(cv2.imencode(".jpg", np.zeros((1080, 1920, 3), np.uint8))[1])


class _Server(ThreadingHTTPServer):
    """Accepts viewers; keeps their sockets so that switching off cuts them at once."""

    daemon_threads = True
    # `server_close` would otherwise wait for viewers that may be stuck in a send.
    block_on_close = False

    def __init__(self, address: tuple[str, int], camera: VirtualDocumentCamera) -> None:
        self.camera = camera
        self._sockets: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._sockets.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut every connection that is still open."""
        for viewer in list(self._sockets):
            try:
                viewer.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has just left by itself

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that goes away in the middle of a picture is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Every path is the stream."""
        camera = self.server.camera
        if camera.faults.active("unplugged"):
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        camera.serve(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Viewers are not logged."""
