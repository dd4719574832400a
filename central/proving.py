"""Whose case is it? What the slip says, or the card, proves it; guessing does not pay.

A query code has 40 bits. Besides, each slip number bears ten wrong codes in a quarter of an hour, whether it exists or
not; then it answers nobody until the quarter is over (the card still works). All processes count together.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from central.keys import KeyRing
from central.opening import CannotOpen, open_card_token
from central.refusal import Refusal
from central.store.database import Database
from central.store.models import Case, UtcTime, WrongCode
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.proof import Claim, Proof

MOST_WRONG = 10
WINDOW = timedelta(minutes=15)


_COUNT = text(
    "INSERT INTO wrong_code (slip_number, since, count) VALUES (:slip_number, :now, 1) "
    "ON CONFLICT (slip_number) DO UPDATE SET "
    "count = CASE WHEN wrong_code.since > :earliest THEN wrong_code.count + 1 ELSE 1 END, "
    "since = CASE WHEN wrong_code.since > :earliest THEN wrong_code.since ELSE :now END"
).bindparams(bindparam("now", type_=UtcTime()), bindparam("earliest", type_=UtcTime()))


class Guesses:
    """Wrong query codes by slip number. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, session: Session, slip_number: str, now: datetime) -> None:
        """May this number be asked about at all?

        Raises:
            Refusal: TOO_MANY_TRIES, with `Retry-After`.
        """
        wrong = session.get(WrongCode, slip_number)
        if wrong is not None and wrong.count >= MOST_WRONG and (left := wrong.since + WINDOW - now) > timedelta():
            seconds = str(int(left.total_seconds()) + 1)
            raise Refusal(ProblemType.TOO_MANY_TRIES, headers={"Retry-After": seconds})

    def wrong(self, slip_number: str, now: datetime) -> None:
        """Somebody gave a wrong code. Counted in a transaction of its own, whatever becomes of the request."""
        with self._database.writing() as session:
            session.execute(_COUNT, {"slip_number": slip_number, "now": now, "earliest": now - WINDOW})


def prove(session: Session, keys: KeyRing, guesses: Guesses, claim: Claim, now: datetime) -> Case:
    """The case, if there is one and the proof is right for it: the two are not told apart. Only reads in `session`, which
    is not to be one that writes: a wrong code is counted beside it.

    Raises:
        Refusal: NOT_YOURS, TOO_MANY_TRIES, CANNOT_OPEN (a card token that does not open)
    """
    number = claim.case_number
    found = cases_of(session, keys, guesses, claim.proof, now, number=number)
    case = next((case for case in found if case.case_number == number), None)
    if case is None:
        raise Refusal(ProblemType.NOT_YOURS)
    return case


def cases_of(
    session: Session,
    keys: KeyRing,
    guesses: Guesses,
    proof: Proof,
    now: datetime,
    most: int | None = None,
    number: str | None = None,
) -> Sequence[Case]:
    """All cases that `proof` is right for, the newest first; with a card, only the one of this `number` if one is given.
    `session` as for `prove`.

    Raises:
        Refusal: TOO_MANY_TRIES, CANNOT_OPEN
    """
    statement = select(Case).order_by(Case.seq.desc()).limit(most)
    if proof.slip_number is None or proof.query_code is None:
        try:
            identity = open_card_token(keys, proof.card_token or "")
        except CannotOpen as error:
            raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
        if number is not None:
            statement = statement.where(Case.case_number == number)
        return session.scalars(statement.where(Case.applicant_index == keys.applicant_index(identity))).all()
    guesses.admit(session, proof.slip_number, now)
    asked = proof.query_code.replace(" ", "").upper().encode()
    cases = session.scalars(statement.where(Case.slip_number == proof.slip_number)).all()
    found = [case for case in cases if hmac.compare_digest(case.query_code.encode(), asked)]
    if not found:
        guesses.wrong(proof.slip_number, now)
    return found
