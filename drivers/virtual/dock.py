"""The web dock: a page and an API by which a person or a test works the virtual devices.

    GET    /                                  the page
    GET    /api/devices                       every device: state, knobs, faults known and armed
    GET    /api/settings                      what `[devices.*]` must say to use them
    POST   /api/devices/{name}/turn           {"knob": "place", "value": "wang"}
    POST   /api/devices/{name}/faults         {"fault": "no_answer", "times": 1}   times null: until cleared
    DELETE /api/devices/{name}/faults[?fault=…]
    GET    /api/devices/{name}/picture.png    the desk, the paper

Bound to loopback by whoever serves it. Everything here concerns invented people.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from drivers.virtual.device import VirtualDevice


class Turn(BaseModel):
    """Body of `turn`."""

    model_config = ConfigDict(extra="forbid")
    knob: str
    value: str = ""


class Arm(BaseModel):
    """Body of `faults`."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    times: int | None = 1


def make_dock(devices: Mapping[str, VirtualDevice]) -> FastAPI:
    """The dock over `devices` (already started)."""
    app = FastAPI(title="Tongban Kiosk virtual devices", docs_url=None, redoc_url=None)
    page = files("drivers.virtual").joinpath("dock.html").read_text("utf-8")

    def device(name: str) -> VirtualDevice:
        if name not in devices:
            raise HTTPException(404, f"no device {name!r}; there are: {', '.join(devices)}")
        return devices[name]

    @app.get("/", response_class=HTMLResponse)
    def index() -> str:
        return page

    @app.get("/api/devices")
    def list_devices() -> dict[str, object]:
        return {name: _describe(one) for name, one in devices.items()}

    @app.get("/api/settings")
    def settings() -> dict[str, Mapping[str, str]]:
        return {name: one.settings for name, one in devices.items()}

    @app.post("/api/devices/{name}/turn")
    def turn(name: str, body: Turn) -> dict[str, object]:
        for knob in device(name).knobs():
            if knob.name == body.knob:
                try:
                    knob.turn(body.value)
                except (KeyError, ValueError, OSError) as error:
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

    @app.get("/api/devices/{name}/picture.png")
    def picture(name: str) -> Response:
        png = device(name).picture()
        if png is None:
            raise HTTPException(404, f"{name} has nothing to see")
        return Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})

    return app


def _describe(device: VirtualDevice) -> dict[str, object]:
    return {
        "state": dict(device.state()),
        "knobs": [{"name": k.name, "label": k.label, "choices": list(k.choices)} for k in device.knobs()],
        "faults": dict(device.faults.known),
        "armed": list(device.faults.armed()),
        "settings": dict(device.settings),
        "has_picture": device.picture() is not None,
    }
