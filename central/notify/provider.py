"""What all outside providers have in common (text messages, carriers): how they refuse, and how they are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import requests

MOST_ANSWER = 256 * 1024
"""Bytes of an answer that are read."""


class ProviderError(Exception):
    """The call did not succeed. `code` says why, without number or content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Throttled(ProviderError):
    """Too many at once, or for this number today: again after `after`."""

    def __init__(self, code: str, after: timedelta) -> None:
        super().__init__(code)
        self.after = after


class Unavailable(ProviderError):
    """No answer, or none that makes sense; what became of it is unknown. Again later."""


class Rejected(ProviderError):
    """Not this number, not this template, not this waybill: again would not help."""


class NotAuthentic(Exception):
    """A callback that does not come from the provider."""


def post(
    url: str, body: bytes, headers: Mapping[str, str], timeout_s: float, method: str = "POST"
) -> tuple[int, bytes]:
    """Status and body of the answer. Follows no redirect and uses no proxy of the environment: the body is personal.

    Raises:
        Throttled: status 429.
        Unavailable: no answer.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                method, url, data=body, headers=dict(headers), timeout=timeout_s, allow_redirects=False, stream=True
            )
            answer = response.raw.read(MOST_ANSWER, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise Unavailable(type(error).__name__) from None  # the error's own words may quote the body
    if response.status_code == 429:
        after = response.headers.get("Retry-After", "")
        raise Throttled(
            "http_429", timedelta(seconds=int(after) if after.isascii() and after.isdigit() and len(after) < 6 else 60)
        )
    return response.status_code, answer


def code_of(text: object) -> str:
    """A provider's code, reduced to what a code may hold: its words might quote a number."""
    return re.sub(r"[^A-Za-z0-9_.:-]|\d{7,}", "", str(text))[:80]
