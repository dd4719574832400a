"""`make bench`: every benchmark with its peer in one run; writes bench/results.md.

`python -m bench submissions desk` measures only these again and leaves the other sections as they stand.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import desk, judging, locating, memory, reading, screen_latency, submissions, visit
from bench.result import Result, table

RESULTS = Path(__file__).with_name("results.md")

Report = Callable[[str], None]
SECTIONS: dict[str, tuple[str, Callable[[Report], list[Result]]]] = {
    "visit": ("A whole terminal", visit.run),
    "screen": ("The screen beside Chromium", screen_latency.run),
    "memory": ("Memory beside Chromium", lambda _: memory.run()),
    "locating": ("Documents: finding the page", locating.run),
    "judging": ("Documents: judging it", judging.run),
    "reading": ("Documents: reading it", reading.run),
    "submissions": ("The centre: durable submissions", submissions.run),
    "desk": ("The centre: the desk over a million applications", desk.run),
}


def main(chosen: Sequence[str]) -> None:
    """Measure, print and write the results."""
    if unknown := set(chosen) - SECTIONS.keys():
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))} (there are {', '.join(SECTIONS)})")
    sections = _written() if chosen else {}
    for name in chosen or SECTIONS:
        title, run = SECTIONS[name]
        _report(title)
        measured = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} at the start."
        sections[title] = f"{measured}\n\n{table(run(_report))}"
    text = [
        "# Benchmark results",
        "",
        "Both sides of a ratio were measured in the same run on the same machine; `make bench` measures again. A ratio below 1 is better.",
        "",
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release()}, Python {platform.python_version()}. "
        "Software rendering; no real device: the virtual ones take the time of real ones where it matters.",
    ]
    for title, _ in SECTIONS.values():
        if title in sections:
            text += ["", f"## {title}", "", sections[title]]
    RESULTS.write_text("\n".join(text) + "\n", "utf-8")
    print("\n".join(text))


def _written() -> dict[str, str]:
    """The sections of the last results, by title."""
    parts = re.split(r"^## (.+)$", RESULTS.read_text("utf-8"), flags=re.MULTILINE) if RESULTS.exists() else [""]
    return {title: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _report(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
