"""Answering how a case stands."""

from __future__ import annotations

import hmac

from sqlalchemy import select

from central.keys import KeyRing
from central.opening import CannotOpen, open_card_token
from central.refusal import Refusal
from central.store.database import Database
from central.store.models import Case
from kiosk.protocol.messages import Progress, ProgressAnswer, ProgressQuery
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.states import State

MOST = 50
"""Cases in one answer, the newest."""


def progress(database: Database, keys: KeyRing, query: ProgressQuery) -> ProgressAnswer:
    """The cases that `query` finds; an empty answer does not tell a wrong query code from an unknown number.

    Raises:
        Refusal: CANNOT_OPEN for a card token that does not open.
    """
    statement = select(Case).order_by(Case.seq.desc()).limit(MOST)
    if query.card_token is not None:
        try:
            number = open_card_token(keys, query.card_token)
        except CannotOpen as error:
            raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
        statement = statement.where(Case.applicant_index == keys.applicant_index(number))
    else:
        statement = statement.where(Case.slip_number == query.slip_number)
    with database.reading() as session:
        cases = session.scalars(statement).all()
    if query.query_code is not None:
        asked = query.query_code.replace(" ", "").upper().encode()
        cases = [case for case in cases if hmac.compare_digest(case.query_code.encode(), asked)]
    return ProgressAnswer(applications=tuple(_progress(case) for case in cases))


def _progress(case: Case) -> Progress:
    state = State(case.state)
    return Progress(
        case_number=case.case_number,
        slip_number=case.slip_number,
        item_name=case.item_name,
        receiving_place=case.receiving_name,
        handling_place=case.handling_name,
        state=state,
        text_zh=state.zh,
        text_en=state.en,
        received_at=case.received_at,
        updated_at=case.updated_at,
    )
