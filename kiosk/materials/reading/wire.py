"""What goes through the pipes between a visit and its reader: frames of a length (4 bytes, big-endian) and that many bytes.

To the reader: the length of the expectation (4 bytes), the expectation (JSON, UTF-8), the page (JPEG). From it: JSON, first
`{"ready": true}`, then for each page `{"reading": …}` or `{"failed": why}`. Personal data goes this way and no other:
never through an argument, the environment or a file.
"""

from __future__ import annotations

import json
import struct
from datetime import date

from kiosk.findings import Expectation, Finding, FindingCode, Reading

_LENGTH = struct.Struct(">I")
HEADER = _LENGTH.size
MOST_REQUEST = 64 * 1024 * 1024
MOST_REPLY = 64 * 1024
READY = b'{"ready": true}'


class BadFrame(Exception):
    """The other side does not keep to the form. The message holds nothing of the frame."""


def frame(payload: bytes) -> bytes:
    """The payload with its length before it."""
    return _LENGTH.pack(len(payload)) + payload


def length(header: bytes, most: int) -> int:
    """The length that a frame announces; BadFrame when it is more than `most`."""
    if len(header) != HEADER or (count := int(_LENGTH.unpack(header)[0])) > most:
        raise BadFrame("a frame is too long")
    return count


def request(jpeg: bytes, expected: Expectation) -> bytes:
    """A page to read."""
    asked = {
        "kinds": expected.kinds,
        "name": expected.name,
        "id_number": expected.id_number,
        "today": expected.today.isoformat() if expected.today else None,
    }
    text = json.dumps(asked).encode()
    return _LENGTH.pack(len(text)) + text + jpeg


def parse_request(payload: bytes) -> tuple[bytes, Expectation]:
    """The page, and what is asked of it. Raises BadFrame."""
    try:
        end = HEADER + length(payload[:HEADER], len(payload) - HEADER)
        asked = json.loads(payload[HEADER:end])
        today = date.fromisoformat(asked["today"]) if asked["today"] else None
        kinds = tuple(str(kind) for kind in asked["kinds"])
        expected = Expectation(kinds, str(asked["name"]), str(asked["id_number"]), today)
    except (ValueError, KeyError, TypeError) as error:
        raise BadFrame("a request cannot be understood") from error
    return payload[end:], expected


def reply(reading: Reading) -> bytes:
    """What was read."""
    findings = [(one.code.value, one.confidence, one.value) for one in reading.findings]
    content = {
        "findings": findings,
        "kind": reading.kind,
        "kind_confidence": reading.kind_confidence,
        "turn": reading.turn,
        "lines": reading.lines,
    }
    return json.dumps({"reading": content}).encode()


def failure(why: str) -> bytes:
    """Why a page could not be read: a word, never something from the page."""
    return json.dumps({"failed": why}).encode()


def parse_reply(payload: bytes) -> Reading | str:
    """What was read, or why nothing was. Raises BadFrame."""
    try:
        content = json.loads(payload)
        if "failed" in content:
            return str(content["failed"])
        content = content["reading"]
        findings = tuple(
            Finding(FindingCode(code), float(sure), str(value)) for code, sure, value in content["findings"]
        )
        kind, confidence = str(content["kind"]), float(content["kind_confidence"])
        return Reading(findings, kind, confidence, int(content["turn"]), int(content["lines"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadFrame("a reply cannot be understood") from error
