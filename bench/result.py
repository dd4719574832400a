"""What a benchmark says: our figure, the peer's figure, and their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """One measured quantity. Less is better (ms, s, MB) unless `more_is_better` (shares of things found); `ratio`
    below 1 is better in either case."""

    name: str
    ours: float
    peer: float | None
    unit: str
    note: str = ""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's, or the reverse where more is better; None where there is no peer."""
        if self.peer is None:
            return None
        over, under = (self.peer, self.ours) if self.more_is_better else (self.ours, self.peer)
        return over / under if under else None

    def as_dict(self) -> dict[str, object]:
        """For a JSON report."""
        return {**asdict(self), "ratio": self.ratio}


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    lines = ["| what | ours | peer | ratio | note |", "|---|---:|---:|---:|---|"]
    for result in results:
        peer = "–" if result.peer is None else f"{result.peer:.4g} {result.unit}"
        ratio = "–" if result.ratio is None else f"{result.ratio:.2f}"
        lines.append(f"| {result.name} | {result.ours:.4g} {result.unit} | {peer} | {ratio} | {result.note} |")
    return "\n".join(lines)


def median(values: Sequence[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0…1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
