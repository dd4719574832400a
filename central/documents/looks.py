"""How often one address may look at the public pages. Counted in memory, by the minute."""

from __future__ import annotations

import threading
from datetime import datetime

MOST_A_MINUTE = 60
MOST_ADDRESSES = 20_000
"""More are forgotten together: an attacker with so many addresses is not held by this."""


class Looks:
    """Requests by address in the current minute. Thread-safe."""

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        self._most = most
        self._minute = 0
        self._counted: dict[str, int] = {}
        self._lock = threading.Lock()

    def admit(self, address: str, now: datetime) -> bool:
        """Whether `address` may look once more."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute or len(self._counted) >= MOST_ADDRESSES:
                self._minute, self._counted = minute, {}
            self._counted[address] = self._counted.get(address, 0) + 1
            return self._counted[address] <= self._most
