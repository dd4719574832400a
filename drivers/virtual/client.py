"""A client of the dock's API, for the scripted citizen, the command line and tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests


class DockError(Exception):
    """The dock refused, or nobody answers at its address."""


class DockClient:
    """Works the virtual devices of a running `kiosk bench`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()

    def devices(self) -> dict[str, Any]:
        """Every device: state, knobs, faults known and armed."""
        found: dict[str, Any] = self._call("GET", "/api/devices")
        return found

    def settings(self) -> dict[str, dict[str, str]]:
        """What `[devices.*]` must say to use these devices."""
        found: dict[str, dict[str, str]] = self._call("GET", "/api/settings")
        return found

    def turn(self, device: str, knob: str, value: str = "") -> None:
        """Do to a device what a person could do."""
        self._call("POST", f"/api/devices/{device}/turn", {"knob": knob, "value": value})

    def fault(self, device: str, fault: str, times: int | None = 1) -> None:
        """Arm a fault for `times` occasions; None: until cleared."""
        self._call("POST", f"/api/devices/{device}/faults", {"fault": fault, "times": times})

    def clear(self, device: str, fault: str | None = None) -> None:
        """Disarm one fault of a device, or all."""
        query = f"?fault={quote(fault)}" if fault else ""
        self._call("DELETE", f"/api/devices/{device}/faults{query}")

    def picture(self, device: str) -> bytes:
        """A PNG of what a person would see."""
        try:
            answer = self._session.get(f"{self.url}/api/devices/{device}/picture.png", timeout=10)
        except requests.RequestException as error:
            raise DockError(f"no answer from {self.url}") from error
        if answer.status_code != 200:
            raise DockError(f"{device}: no picture")
        return answer.content

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        try:
            answer = self._session.request(method, self.url + path, json=body, timeout=10)
        except requests.RequestException as error:
            raise DockError(f"no answer from {self.url}") from error
        if answer.status_code != 200:
            raise DockError(str(answer.json().get("detail", answer.status_code)))
        return answer.json()
