"""Every delay of a visit, by name, in seconds. Tests fire timers by name and never wait."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

IDLE = "idle"
COUNTDOWN = "countdown"
TAKE_CARD = "take_card"
REMINDER = "reminder"
GOODBYE = "goodbye"
CAPTURE = "capture"
WORKING = "working"
READING = "reading"
PRINT = "print"
PROGRESS = "progress"
SENDING = "sending"
HELP = "help"

DELAYS: Mapping[str, float] = MappingProxyType(
    {
        # 空闲 60 s → 20 s 倒计时 (norms.md 6); WCAG 2.2.1 wants a warning of 20 s or more.
        IDLE: 60.0,
        COUNTDOWN: 20.0,
        # A card left behind: long enough to turn round and fetch it.
        TAKE_CARD: 30.0,
        # The reader says that the card is gone, which many readers say of a card that still lies there.
        REMINDER: 6.0,
        GOODBYE: 5.0,
        # Taking, straightening and judging a page should end within 1 s; past this the camera is stuck.
        CAPTURE: 15.0,
        # A page is turned, or two sides are joined, in about 0.3 s; past this the page stays as it was.
        WORKING: 5.0,
        # A page is read in about 1.5 s, the first one in 3; past this nobody is told any more that it is being read.
        READING: 12.0,
        # A slip is printed in about 3 s; past this its end is unknown.
        PRINT: 30.0,
        # Sealing and writing take well below a second; past this the disk is stuck, and the citizen may leave.
        SENDING: 20.0,
        # "> 10 s: offer another way" (norms.md 7).
        PROGRESS: 10.0,
        # The same for calling staff: past this the citizen is told whom to phone.
        HELP: 10.0,
    }
)
"""Name of the timer -> seconds."""
