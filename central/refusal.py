"""Refusing: how the centre's rules say no, and how a no becomes a problem document."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.protocol.problems import ProblemType


class Refusal(Exception):
    """The request is refused. `detail` never repeats what was sent; `headers` go with the answer."""

    def __init__(self, kind: ProblemType, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or kind.en)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
