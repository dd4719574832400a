"""Acts: what people (and, for a few, the system or a carrier) do to a case, each in one transaction.

An act moves a case along one transition of its flow, or is refused with a reason that people understand. With the
move go, in the same transaction: the line in the ledger, the documents, the clocks, the notices, the audit entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from central.casework.terms import DocumentKind
from kiosk.protocol.states import State


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for people."""

    zh: str
    en: str


class Refused(Exception):
    """The act is not possible. `why` says so to the clerk; nothing has changed."""

    def __init__(self, code: str, why: Words) -> None:
        super().__init__(why.en)
        self.code = code
        self.why = why


class Conflict(Refused):
    """Somebody else was faster: the case is no longer what the act was decided on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of a one-time notice (一次性告知书): material or form field, what is wrong, basis, how to put it right."""

    subject: str
    what: str
    basis: str
    remedy: str
    tolerable: bool = False
    """可容缺: it may come later."""
    material: str = ""
    """Code, when it is about a material."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do."""

    case_number: str
    event: str
    """An event of the lifecycle."""
    version: int
    """`Case.version` the decision was taken on."""
    sub_case_id: int | None = None
    reason: str = field(default="", repr=False)
    """Concrete words of the member of staff; personal, sealed."""
    basis: str = ""
    """Legal basis."""
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    supplement_days: int | None = None
    """Working days to supplement; None: the profile's."""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What some events need besides: `result_number`, `result_text`, `refusal_kind`, `returned`, `archive_number`, …"""


@dataclass(frozen=True, slots=True)
class Performed:
    """What came of it."""

    case_number: str
    state: State
    version: int
    documents: tuple[str, ...] = ()
    """Numbers of the documents issued."""


@dataclass(frozen=True, slots=True)
class NextAct:
    """An act that the lifecycle allows now and this person has the right to; `missing` says what must be done first."""

    event: str
    words: Words
    target: State
    sub_case_id: int | None = None
    needs: frozenset[str] = frozenset()
    """What the form must ask: `reason`, `basis`, `problems`, `result`, `refusal_kind`, `returned`, `archive_number`, …"""
    missing: tuple[Words, ...] = ()
    document: DocumentKind | None = None
    basis: str = ""
    """Where the rule is written, e.g. 根河规程 第八条."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A running clock of a case, as people see it."""

    clock: str
    words: Words
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    standing: str
    """running, warning, overdue."""
    uncertain: bool = False
