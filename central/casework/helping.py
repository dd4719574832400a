"""帮办 (R083, R170): who helped an applicant at a terminal. Whoever helps signs nothing (不得代签)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.office import Office
from central.casework.records import write
from central.casework.who import Who
from central.store.models import Case, User
from kiosk.protocol.application import Assistant


def who_helped(assistant: Assistant) -> str:
    """Work number and unit, as ledger and case page name them."""
    return f"{assistant.unit} {assistant.staff_number}"


def record(office: Office, session: Session, case: Case, who: Who, helper: User) -> None:
    """`helper` helped with the case at the terminal, as `who` records in the caller's transaction.

    Raises:
        Refused: somebody is recorded already.
    """
    by = f"{helper.unit.name} {helper.login}"
    if case.assisted_by not in ("", by):
        raise Refused(
            "assisted",
            Words("这一件已经登记了帮办人员，请看办件页", "Who helped is recorded already; see the case page"),
        )
    if not case.assisted_by:
        case.assisted_by = by
        write(office, session, case, who, "assisted", {"assisted_by": by})
