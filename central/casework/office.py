"""What every act works with: keys, time, the providers of facts, and the pen that writes the ledger (台账)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from central.casework import calendar, clocks, profiles
from central.casework.calendar import WorkCalendar
from central.casework.checklist import checklist, supplemented
from central.casework.ports import Issuer, Notifier
from central.casework.profiles import Profiles
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue.facts import ItemFacts
from central.catalogue.lookup import item_facts
from central.keys import KeyRing
from central.store.models import Case, CaseEvent


def shipped_calendar(_: Session) -> WorkCalendar:
    """The calendar that comes with the software."""
    return calendar.load()


def shipped_profiles(_: Session) -> Profiles:
    """The profiles that come with the software."""
    return profiles.load()


@dataclass(frozen=True)
class Office:
    """Keys, ports and sources. The sources take the session because published content stands in the database."""

    keys: KeyRing
    issue: Issuer
    notify: Notifier
    now: Callable[[], datetime]
    calendar: Callable[[Session], WorkCalendar] = shipped_calendar
    profiles: Callable[[Session], Profiles] = shipped_profiles
    item: Callable[[Session, str, str], ItemFacts] = item_facts
    checklist: Callable[[Session, KeyRing, Case, ItemFacts], Mapping[str, str]] = checklist
    """The materials of an application: code → name."""
    supplemented: Callable[[Session, KeyRing, Case], Mapping[str, int]] = supplemented
    """Which of them came anew: code → number of the supplement."""

    def setting(self, session: Session, case: Case, supplement_days: int | None = None) -> clocks.Setting:
        """What the clocks of `case` are counted by."""
        profile = self.profiles(session).get(case.profile)
        item = self.item(session, case.item_id, case.catalogue_version)
        return clocks.Setting(self.calendar(session), profile, item, supplement_days)

    def line(
        self,
        session: Session,
        case: Case,
        who: Who,
        event: str,
        *,
        actor: str = "",
        source: str = "",
        target: str = "",
        sub_case_id: int | None = None,
        reason: str = "",
        basis: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> CaseEvent:
        """Write a line into the ledger. `reason` and `basis` are sealed; `detail` says nothing about a person."""
        entry = CaseEvent(
            case_seq=case.seq,
            sub_case_id=sub_case_id,
            at=self.now(),
            event=event,
            source=source or case.state,
            target=target or case.state,
            actor=actor or capacity(who),
            unit_id=who.unit_id,
            user_id=who.user_id,
            terminal_id=who.terminal_id,
            reason_sealed=self.seal(reason, "case_event.reason_sealed", case) if reason else None,
            basis_sealed=self.seal(basis, "case_event.basis_sealed", case) if basis else None,
            detail=dict(detail or {}),
        )
        session.add(entry)
        return entry

    def seal(self, text: str, column: str, case: Case) -> bytes:
        """Seal a text about `case` for `column` (table.column)."""
        return self.keys.vault.seal(text, f"{column}|{case.application_id}")

    def unseal(self, sealed: bytes, column: str, case: Case) -> str:
        """Open it again.

        Raises:
            CannotUnseal
        """
        return self.keys.vault.open(sealed, f"{column}|{case.application_id}")


def capacity(who: Who) -> str:
    """What somebody is when they only record something: actor, or role."""
    if who.not_staff is not None:
        return who.not_staff.value
    return next((role.value for role in Role if role in who.roles), "staff")
