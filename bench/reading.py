"""Reading drawn papers at 200 dpi beside rapidocr as it comes: what is found, how long a page takes, how much memory.

Both sides read the same JPEG pages in a process of their own. The peer is `RapidOCR()(picture)` with its defaults, and looks for
the paper's name, the person's name and the number as they are in the text, as a simple integration would. Run
`python -m bench.reading` (three minutes on two idle cores).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from bench.result import Result, median, percentile, table
from drivers.virtual.desk import Desk, Scene, render
from drivers.virtual.papers import FORMS, paper, truth
from drivers.virtual.personas import PERSONAS, Persona
from kiosk.findings import Expectation, FindingCode, Reading
from kiosk.materials.capture import process
from kiosk.materials.reading import Reader
from kiosk.materials.reading.kinds import load_kinds

PEOPLE = ("wang", "gulnur", "liu", "yan", "abdu", "zhang")
"""Ordinary names, long ones with a dot, and characters that few fonts and readers know."""
DPI = 200
TODAY = date(2026, 11, 20)
PATIENCE = 120.0
A4 = (210, 297)

PEER = """
import json, sys, time
began = time.perf_counter()
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.log_level": "critical"})
load = time.perf_counter() - began
for line in sys.stdin:
    began = time.perf_counter()
    texts = engine(line.strip()).txts or ()
    took = time.perf_counter() - began
    peak = next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith("VmHWM"))
    print(json.dumps({"text": "".join(texts), "took": took, "load": load, "peak": peak / 1e3}), flush=True)
"""


@dataclass(frozen=True)
class Paper:
    """One page, what stands on it, and how long its sides are."""

    kind: str
    person: Persona
    jpeg: bytes
    a4: bool

    @property
    def expected(self) -> Expectation:
        """What the checklist would ask of it."""
        return Expectation((self.kind,), self.person.name, self.person.id_number, TODAY)

    def missed(self, kind: bool, name: bool, number: bool) -> bool:
        """Whether something that stands on it was not found."""
        there = truth(self.kind, self.person)
        return not kind or (there.name and not name) or (there.id_number and not number)


def drawn(kind: str, person: str, quarters: int = 0) -> Paper:
    """A paper's flat face, turned by quarters clockwise."""
    form = FORMS[kind]
    face = paper(kind, PERSONAS[person], pixels_per_mm=DPI / 25.4).face
    return Paper(
        kind, PERSONAS[person], _jpeg(np.rot90(face, -quarters)), sorted(A4) == sorted((form.width_mm, form.height_mm))
    )


def photographed(kind: str, person: str, seed: int) -> Paper:
    """The same under the virtual camera at 3840 × 2160, found and flattened by the kiosk."""
    sheet = paper(kind, PERSONAS[person], pixels_per_mm=12)
    desk = list(Desk)[seed % len(Desk)]
    view = render(Scene(desk=desk, sheet=sheet, width=2160, height=3840, seed=seed, lamp=seed))
    return Paper(kind, PERSONAS[person], process(view.pixels).file.jpeg, a4=False)


def run(report: Callable[[str], None], people: Sequence[str] = PEOPLE) -> list[Result]:
    """Measure; about ten pages a minute and core for each side when nothing else runs."""
    kinds = [kind for kind in FORMS if kind in load_kinds()]
    reader, began = Reader(), time.perf_counter()
    try:
        reader.read(_jpeg(np.full((64, 64, 3), 255, np.uint8)), Expectation(), PATIENCE)
        load = time.perf_counter() - began
        report("flat papers")
        flat = [drawn(kind, person) for kind in kinds for person in people]
        readings, times = _read(reader, flat)
        ours = _missed(flat, readings)
        report("photographed papers")
        photos = [photographed(kind, "wang", seed) for seed, kind in enumerate(kinds)]
        seen, _ = _read(reader, photos)
        report("turned papers")
        wrong = 0
        for kind in kinds:
            for quarters in range(4):
                reading = reader.read(drawn(kind, "wang", quarters).jpeg, Expectation(), PATIENCE)
                wrong += reading.turn != -90 * quarters % 360
        peak = _peak(reader)
    finally:
        reader.close()
    report("the peer")
    theirs = _peer([one for one in flat if one.person.key == people[0]])
    a4 = [took for one, took in zip(flat, times, strict=True) if one.a4]
    note = f"{len(kinds)} kinds × {len(people)} people at {DPI} dpi; goal: at most 5 %; peer: words as they are, first person only"
    return [
        Result("papers on which kind, name or number is not found", ours, theirs.missed, "%", note),
        Result(
            "the same under the virtual camera",
            _missed(photos, seen),
            None,
            "%",
            "3840 × 2160, five desks, found and flattened",
        ),
        Result(
            "pages taken to lie otherwise than they do",
            100 * wrong / (4 * len(kinds)),
            None,
            "%",
            "0°, 90°, 180°, 270°",
        ),
        Result(
            "reading an A4 page, median",
            median(a4),
            theirs.took,
            "s",
            "warm, two threads, nice 10, with findings; goal: 1.5 s",
        ),
        Result("reading an A4 page, p95", percentile(a4, 0.95), None, "s", "warm"),
        Result(
            "from nothing to the first answer",
            load,
            theirs.load,
            "s",
            "process start and models at nice 10; peer: import and models only",
        ),
        Result(
            "peak memory of the reading process",
            peak,
            theirs.peak,
            "MB",
            f"VmHWM after {len(flat) + 5 * len(kinds)} pages; peer: {len(kinds)}",
        ),
    ]


@dataclass(frozen=True)
class _Peer:
    missed: float
    took: float
    load: float
    peak: float


def _read(reader: Reader, papers: Sequence[Paper]) -> tuple[list[Reading], list[float]]:
    readings, times = [], []
    for one in papers:
        began = time.perf_counter()
        readings.append(reader.read(one.jpeg, one.expected, PATIENCE))
        times.append(time.perf_counter() - began)
    return readings, times


def _missed(papers: Sequence[Paper], readings: Sequence[Reading]) -> float:
    """Percent of the papers."""
    count = sum(
        one.missed(
            *(
                reading.has(code)
                for code in (FindingCode.KIND_MATCHES, FindingCode.NAME_FOUND, FindingCode.NUMBER_FOUND)
            )
        )
        for one, reading in zip(papers, readings, strict=True)
    )
    return 100 * count / len(papers)


def _peer(papers: Sequence[Paper]) -> _Peer:
    missed, times, last = 0, [], {}
    command = [sys.executable, "-c", PEER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, text=True, **pipes) as child:
        file = Path(folder) / "page.jpg"
        assert child.stdin is not None
        assert child.stdout is not None
        for one in papers:
            file.write_bytes(one.jpeg)
            child.stdin.write(f"{file}\n")
            child.stdin.flush()
            last = json.loads(child.stdout.readline())
            text = last["text"]
            missed += one.missed(FORMS[one.kind].name in text, one.person.name in text, one.person.id_number in text)
            if one.a4:
                times.append(last["took"])
        child.stdin.close()
    return _Peer(100 * missed / len(papers), median(times), last["load"], last["peak"])


def _peak(reader: Reader) -> float:
    """Peak resident set of the reader's process, MB."""
    status = Path(f"/proc/{reader.pid}/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmHWM")) / 1e3


def _jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", np.ascontiguousarray(picture), [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


if __name__ == "__main__":
    results = run(lambda line: print(line, file=sys.stderr))
    print(json.dumps([result.as_dict() for result in results], ensure_ascii=False, indent=1))
    print(table(results))
