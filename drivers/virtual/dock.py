"""The web dock: a page and an API by which a person or a test works the virtual devices.

    GET    /                                  the page
    GET    /api/devices                       every device: state, knobs, faults known and armed
    GET    /api/missing                       devices this machine cannot have, and why
    GET    /api/settings                      what `[devices.*]` must say to use them
    POST   /api/devices/{name}/turn           {"knob": "place", "value": "wang"}
    POST   /api/devices/{name}/faults         {"fault": "no_answer", "times": 1}   times null: until cleared
    DELETE /api/devices/{name}/faults[?fault=…]
    GET    /api/devices/{name}/picture.png    the desk, the paper
    GET    /api/devices/{name}/prints/{n}.png what a printer printed: the n-th piece from 0, or `last`
    GET    /api/devices/{name}/prints/{n}.txt
    GET    /api/people                        whose cards there are

Bound to loopback by whoever serves it. Everything here concerns invented people.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from drivers.virtual.device import VirtualDevice
from drivers.virtual.personas import PERSONAS


class PieceOfPaper(Protocol):
    """One print, cut off."""

    @property
    def text(self) -> str:
        """What stands on it."""

    def png(self) -> bytes:
        """How it looks."""


@runtime_checkable
class Prints(Protocol):
    """What a virtual device that prints has besides `VirtualDevice`."""

    @property
    def receipts(self) -> Sequence[PieceOfPaper]:
        """What was printed and cut, in order."""


FRESH = {"Cache-Control": "no-store"}
FONT = Path(__file__).parents[2] / "assets" / "fonts" / "NotoSansSC-Regular.ttf"
"""The kiosk's own: a bare machine has no Chinese font for the page."""


class Turn(BaseModel):
    """Body of `turn`."""

    model_config = ConfigDict(extra="forbid")
    knob: str
    value: str = ""


class Arm(BaseModel):
    """Body of `faults`."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    times: Annotated[int, Field(ge=1)] | None = 1


def make_dock(devices: Mapping[str, VirtualDevice], missing: Mapping[str, str] | None = None) -> FastAPI:
    """The dock over `devices` (already started). `missing`: devices that are not there, and why."""
    app = FastAPI(title="Tongban Kiosk virtual devices", docs_url=None, redoc_url=None)
    page = files("drivers.virtual").joinpath("dock.html").read_text("utf-8")

    def device(name: str) -> VirtualDevice:
        if name not in devices:
            absent = (missing or {}).get(name)
            there = f"there are: {', '.join(devices)}"
            raise HTTPException(404, f"{name} is missing: {absent}" if absent else f"no device {name!r}; {there}")
        return devices[name]

    @app.get("/", response_class=HTMLResponse)
    def index() -> str:
        return page

    @app.get("/font.ttf")
    def font() -> FileResponse:
        return FileResponse(FONT, headers={"Cache-Control": "max-age=86400"})

    @app.get("/api/devices")
    def list_devices() -> dict[str, object]:
        return {name: _describe(one) for name, one in devices.items()}

    @app.get("/api/missing")
    def list_missing() -> Mapping[str, str]:
        return missing or {}

    @app.get("/api/people")
    def people() -> dict[str, dict[str, str]]:
        return {
            key: {"name": person.name or person.english_name, "note": person.note, "kind": person.kind.value}
            for key, person in PERSONAS.items()
        }

    @app.get("/api/settings")
    def settings() -> dict[str, Mapping[str, str]]:
        return {name: one.settings for name, one in devices.items()}

    @app.post("/api/devices/{name}/turn")
    def turn(name: str, body: Turn) -> dict[str, object]:
        for knob in device(name).knobs():
            if knob.name == body.knob:
                try:
                    knob.turn(body.value)
                except (KeyError, ValueError, OSError, RuntimeError) as error:
                    raise HTTPException(422, f"{body.knob} {body.value!r}: {error}") from error
                return _describe(device(name))
        raise HTTPException(404, f"{name} has no knob {body.knob!r}")

    @app.post("/api/devices/{name}/faults")
    def arm(name: str, body: Arm) -> dict[str, object]:
        faults = device(name).faults
        if body.fault not in faults.known:
            raise HTTPException(404, f"{name} knows no fault {body.fault!r}")
        if body.times is None:
            faults.fail_repeatedly(body.fault)
        else:
            faults.fail_next(body.fault, body.times)
        return _describe(device(name))

    @app.delete("/api/devices/{name}/faults")
    def disarm(name: str, fault: str | None = None) -> dict[str, object]:
        device(name).faults.clear(fault)
        return _describe(device(name))

    def piece(name: str, which: str) -> PieceOfPaper:
        printer = device(name)
        pieces = printer.receipts if isinstance(printer, Prints) else ()
        if which == "last" and pieces:
            return pieces[-1]
        if which.isdecimal() and int(which) < len(pieces):
            return pieces[int(which)]
        raise HTTPException(404, f"{name} has printed {len(pieces)} pieces; there is no {which!r}")

    @app.get("/api/devices/{name}/prints/{which}.png")
    def print_picture(name: str, which: str) -> Response:
        return Response(piece(name, which).png(), media_type="image/png", headers=FRESH)

    @app.get("/api/devices/{name}/prints/{which}.txt")
    def print_text(name: str, which: str) -> PlainTextResponse:
        return PlainTextResponse(piece(name, which).text, headers=FRESH)

    @app.get("/api/devices/{name}/picture.png")
    def picture(name: str) -> Response:
        png = device(name).picture()
        if png is None:
            raise HTTPException(404, f"{name} has nothing to see")
        return Response(png, media_type="image/png", headers=FRESH)

    return app


def _describe(device: VirtualDevice) -> dict[str, object]:
    picture = device.picture()
    return {
        "state": dict(device.state()),
        "knobs": [
            {"name": k.name, "label": k.label, "choices": list(k.choices), "further": [list(f) for f in k.further]}
            for k in device.knobs()
        ],
        "faults": dict(device.faults.known),
        "armed": list(device.faults.armed()),
        "settings": dict(device.settings),
        "has_picture": picture is not None,
        "picture_version": 0 if picture is None else zlib.crc32(picture),
        "prints": len(device.receipts) if isinstance(device, Prints) else None,
    }
