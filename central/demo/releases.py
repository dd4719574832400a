"""A version of the catalogue that two terminals try first, one of which works with it already."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.who import Who
from central.catalogue import editing, publishing, release
from central.centre import CentreParts
from central.demo.applications import terminal_of
from central.demo.world import GENHE, WUSHEN
from central.store.models import Terminal, TerminalGroup


def tried_first(session: Session, centre: CentreParts, editor: Who, reviewer: Who, at: datetime) -> None:
    """A group, and a reviewed change that is with it."""
    if publishing.latest(session, "catalogue") is None:
        return
    first, second = terminal_of(WUSHEN), terminal_of(GENHE)
    group = TerminalGroup()
    release.save_group(session, reviewer, group, "试点：乌审旗、根河市", [first, second], [], at)
    draft = editing.begin(session, editor, "catalogue", "C023", at)
    value = json.loads(draft.content)
    value["office"]["elements"]["conditions"] += "未成年人由监护人代为申请。"
    editing.save(session, editor, draft, draft.version, value, "补充监护人代办的条件", at)
    editing.hand_in(session, editor, draft, draft.version, at)
    editing.review(session, reviewer, draft, draft.version, True, "已与公安部门核对。", at)
    tried = editing.publish_approved(session, centre.keys.signing, reviewer, "catalogue", at, group=group)
    terminal = session.scalars(select(Terminal).where(Terminal.terminal_id == first)).one()
    terminal.status = {**terminal.status, "versions": [{"body": "catalogue", "version": tried.version}]}
