"""Deleting what was photographed when it is not kept (R157): the sealed pages go, what happened stays in the ledger.

A returned application leaves no images behind, nor does one that was withdrawn with «影像已销毁» as the way of return. The
move asks for it in its own transaction, the relay does it after; doing it twice changes nothing. A hold keeps them until it
ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from central.casework.acts import Act
from central.casework.lifecycle import Transition
from central.casework.lines import line
from central.casework.who import SYSTEM
from central.files.store import PartStore
from central.notify.outbox import enqueue
from central.retention import against
from central.retention.rules import RETURNED, Kept, What
from central.store.database import Database
from central.store.models import Case, CaseFile, Deletion, Hold
from kiosk.protocol.states import State

TOPIC = "erase"
"""Of the outbox. Payload: {"case": seq}."""
AGAIN = timedelta(days=1)
"""When it is looked again whether a hold has ended."""


def wanted(transition: Transition, act: Act) -> bool:
    """Whether a move leaves no images behind."""
    return transition.target is State.RETURNED or act.extra.get("returned") == "images_destroyed"


class Erasing:
    """Handles the outbox topic `erase`. Thread-safe."""

    def __init__(self, database: Database, parts: PartStore, now: Callable[[], datetime]) -> None:
        self._database = database
        self._parts = parts
        self._now = now

    def handle(self, payload: Mapping[str, object]) -> None:
        """Delete the sealed files of one case, then their rows, with a line in the ledger.

        Raises:
            OSError: the store is away; again later.
        """
        seq = int(str(payload["case"]))
        with self._database.writing() as session:
            # Whoever places a hold takes the same lock: either it is seen, or it comes after.
            case, now = session.scalars(select(Case).where(Case.seq == seq).with_for_update()).one(), self._now()
            if session.scalar(select(Hold.id).where(Hold.case_seq == seq, against.held(now)).limit(1)) is not None:
                enqueue(session, TOPIC, payload, now + AGAIN)
                return
            files = session.execute(
                select(CaseFile.sealed_sha256, CaseFile.plain_sha256).where(CaseFile.case_seq == seq)
            ).all()
            if not files:
                return
            for file in files:
                self._parts.delete(file.sealed_sha256)
            session.execute(delete(CaseFile).where(CaseFile.case_seq == seq))
            if case.kept == Kept.ALL:
                case.kept = Kept.CONTENT.value
            digests = [file.plain_sha256 for file in files]
            session.add(Deletion(case_seq=seq, what=What.PAGES.value, at=now, rule=RETURNED, digests=digests))
            line(session, case, SYSTEM, "images_deleted", now, {"files": len(files)})
