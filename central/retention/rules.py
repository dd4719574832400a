"""Periods of retention (保存期限) as data: for how many days after its end a case keeps its pages, and then the rest.

Pure. Which period counts for a case follows from the state it ended in and from its places: of each place the rule with
the longest prefix of its division code, and of all the longest period, since each archives. Without a rule, everything
stays: how long is for the local archives and cyberspace authorities to say, and what is deleted does not come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.protocol.states import State

ENDS = frozenset(
    {
        State.COMPLETED,
        State.ARCHIVED,
        State.REJECTED,
        State.NOT_ACCEPTED,
        State.RETURNED,
        State.WITHDRAWN,
        State.EXPIRED,
        State.REVOKED,
    }
)
"""States that a case ends in; each has a period of its own."""


RETURNED = "returned"
"""In the place of a rule's name: pages of a returned application go at once (R157)."""


class Kept(StrEnum):
    """What is still here of a case."""

    ALL = "all"
    DELETING_PAGES = "deleting_pages"
    """Begun and not yet known to be done: whoever comes next goes on."""
    CONTENT = "content"
    """No pages any more."""
    DELETING_CONTENT = "deleting_content"
    LEDGER = "ledger"
    """The line in the ledger, numbers of documents, digests and the audit trail: nothing that was handed in."""


class What(StrEnum):
    """What a period is about."""

    PAGES = "pages"
    """Pictures of materials, and the signature."""
    CONTENT = "content"
    """The sealed application with its form, what documents say, and what staff wrote about a person."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A period for places whose division codes begin with `place` (empty: everywhere)."""

    place: str
    state: State
    what: What
    days: int | None
    """None: kept."""

    @property
    def name(self) -> str:
        """As the record of a deletion names it: `15 ARCHIVED pages 1825`."""
        return f"{self.place or '*'} {self.state.value} {self.what.value} {self.days}"


def counting(rules: Iterable[Rule], what: What, state: State, places: Sequence[str]) -> Rule | None:
    """The rule by which a case that ended in `state` at `places` is deleted; None: it is kept."""
    found = [_of_place(rules, what, state, place) for place in places]
    if not found or any(rule is None or rule.days is None for rule in found):
        return None
    return max((rule for rule in found if rule is not None), key=lambda rule: rule.days or 0)


def due(rule: Rule, ended_at: datetime, now: datetime) -> bool:
    """Whether the period is over."""
    return rule.days is not None and ended_at + timedelta(days=rule.days) <= now


def _of_place(rules: Iterable[Rule], what: What, state: State, place: str) -> Rule | None:
    fitting = [rule for rule in rules if rule.what is what and rule.state is state and place.startswith(rule.place)]
    return max(fitting, key=lambda rule: len(rule.place), default=None)
