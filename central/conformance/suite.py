"""Running all checks, and telling what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from central.conformance import cases, running, submissions, uploads
from central.conformance.check import Broken, Check, NotRun, Outcome, Result
from central.conformance.lab import Lab

CHECKS: tuple[Check, ...] = (*uploads.CHECKS, *submissions.CHECKS, *cases.CHECKS, *running.CHECKS)
"""The order matters in one point: cases are withdrawn after everything else was tried on them."""


def run(
    lab: Lab, checks: Iterable[Check] = CHECKS, told: Callable[[Result], None] = lambda _: None
) -> tuple[Result, ...]:
    """Run the checks, one after the other; `told` hears of each result at once. At the end, what was submitted is withdrawn."""
    results = []
    for check in checks:
        result = _one(lab, check)
        told(result)
        results.append(result)
    cases.withdraw_all(lab)
    return tuple(results)


def _one(lab: Lab, check: Check) -> Result:
    try:
        check.run(lab)
    except Broken as error:
        return Result(check, Outcome.FAILED, str(error))
    except NotRun as error:
        return Result(check, Outcome.NOT_RUN, str(error))
    return Result(check, Outcome.PASSED)


def line(result: Result) -> str:
    """One result for people."""
    mark = {Outcome.PASSED: "pass", Outcome.FAILED: "FAIL", Outcome.NOT_RUN: "----"}[result.outcome]
    head = f"{mark}  {result.check.name:<32} §{result.check.section}"
    if result.outcome is Outcome.PASSED:
        return head
    rule = f"\n      rule: {result.check.rule}" if result.outcome is Outcome.FAILED else ""
    return f"{head}{rule}\n      {result.why}"


def summary(results: Sequence[Result]) -> str:
    """The last line."""
    counts = {outcome: sum(one.outcome is outcome for one in results) for outcome in Outcome}
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)


def as_json(results: Sequence[Result]) -> str:
    """All results for machines."""
    rows = [
        {
            "check": one.check.name,
            "section": one.check.section,
            "rule": one.check.rule,
            "outcome": one.outcome,
            "why": one.why,
        }
        for one in results
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)
