"""`make bench`: every benchmark with its peer in one run; writes bench/results.md."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import judging, locating, memory, reading, screen_latency, visit
from bench.result import Result, table

RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    """Measure, print and write the results."""

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    load = os.getloadavg()[0]
    parts: list[tuple[str, list[Result]]] = []
    for title, run in (
        ("A whole terminal", lambda: visit.run(report)),
        ("The screen beside Chromium", lambda: screen_latency.run(report)),
        ("Memory beside Chromium", memory.run),
        ("Documents: finding the page", lambda: locating.run(report)),
        ("Documents: judging it", lambda: judging.run(report)),
        ("Documents: reading it", lambda: reading.run(report)),
    ):
        report(title)
        parts.append((title, run()))
    text = [
        "# Benchmark results",
        "",
        "Both sides of a ratio were measured in the same run on the same machine; `make bench` measures again. A ratio below 1 is better.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, load {load:.1f} at the start. "
        "Software rendering; no real device: the virtual ones take the time of real ones where it matters.",
    ]
    for title, results in parts:
        text += ["", f"## {title}", "", table(results)]
    RESULTS.write_text("\n".join(text) + "\n", "utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
