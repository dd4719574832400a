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
        self._session.trust_env = False  # the dock is on this machine: no proxy

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

    def missing(self) -> dict[str, str]:
        """Devices that the bench's machine cannot have, and why."""
        found: dict[str, str] = self._call("GET", "/api/missing")
        return found

    def picture(self, device: str) -> bytes:
        """A PNG of what a person would see. Raises DockError when there is nothing to see."""
        return self._ask("GET", f"/api/devices/{device}/picture.png").content

    def print(self, number: int, device: str = "receipt_printer") -> tuple[bytes, str]:
        """The piece of paper that came out as number `number` (from 0): PNG and text. Raises DockError: none such."""
        return self._piece(str(number), device)

    def last_print(self, device: str = "receipt_printer") -> tuple[bytes, str] | None:
        """The piece of paper that came out last: PNG and text; None before the first."""
        return self._piece("last", device) if self.devices()[device]["prints"] else None

    def _piece(self, which: str, device: str) -> tuple[bytes, str]:
        path = f"/api/devices/{device}/prints/{which}"
        return self._ask("GET", f"{path}.png").content, self._ask("GET", f"{path}.txt").content.decode("utf-8")

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        return self._ask(method, path, body).json()

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> requests.Response:
        try:
            answer = self._session.request(method, self.url + path, json=body, timeout=10)
        except requests.RequestException as error:
            raise DockError(f"no answer from {self.url}") from error
        if answer.status_code != 200:
            raise DockError(_reason(answer))
        return answer


def _reason(answer: requests.Response) -> str:
    """Why the dock refused; something else that answers at its address has no `detail`."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url.partition('?')[0]} answers {answer.status_code}"
