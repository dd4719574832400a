"""A house for tests: the real catalogue and strings, an invented terminal, a fixed day."""

from __future__ import annotations

from functools import cache

from kiosk.visit.house import House, Terminal, load_house

TODAY = "2026-11-20"
TERMINAL = Terminal(
    place="根河市 24 小时政务服务区",
    receiving_region="150785",
    desk_phone="0470-000-0000",
    desk_hours="工作日 9:00–17:00",
    desk_address="示例街1号政务服务中心一楼",
    partners=("640221", "371621", "140823"),
)


@cache
def house() -> House:
    """Loaded once: it is read-only."""
    return load_house(TERMINAL, today=TODAY)
