"""Checks, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from central.conformance.lab import Lab


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    """A rule is broken."""
    NOT_RUN = "not run"
    """Something it needs is not there; `why` says what."""


class Broken(Exception):
    """The rule is broken; the message says how."""


class NotRun(Exception):
    """It cannot be tried; the message says why."""


@dataclass(frozen=True)
class Check:
    """One rule."""

    name: str
    section: str
    """Of docs/protocol.md."""
    rule: str
    run: Callable[[Lab], None]


@dataclass(frozen=True)
class Result:
    """What came of one check."""

    check: Check
    outcome: Outcome
    why: str = ""


def rule(name: str, section: str) -> Callable[[Callable[[Lab], None]], Check]:
    """Make a check of a function; its docstring is the rule in words."""

    def made(run: Callable[[Lab], None]) -> Check:
        return Check(name, section, (run.__doc__ or "").strip(), run)

    return made


def expect(holds: bool, otherwise: str) -> None:
    """Go on if it holds.

    Raises:
        Broken
    """
    if not holds:
        broken(otherwise)


def broken(how: str) -> NoReturn:
    """The rule is broken.

    Raises:
        Broken
    """
    raise Broken(how)
