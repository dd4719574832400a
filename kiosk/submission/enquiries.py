"""What a visit asks the centre: how applications stand, which documents were issued, what one of them says, which
e-licences there are, and for staff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from kiosk.visit import effects, events
from kiosk.visit.events import Event

if TYPE_CHECKING:
    from kiosk.config import Terminal
    from kiosk.outbox.client import CentreClient
    from kiosk.protocol.documents import DocumentCopy
    from kiosk.protocol.envelope import CentreKey


class Enquiries:
    """One visit's questions. Every method waits for the network.

    Args:
        url: the centre.
        centre_key: reads the key that a card's number is sealed to; called when it is needed.
    """

    def __init__(self, url: str, centre_key: Callable[[], CentreKey]) -> None:
        self._url = url
        self._centre_key = centre_key

    def progress(self, asked: effects.AskProgress) -> Event:
        """ProgressFound or ProgressFailed."""
        from pydantic import ValidationError

        from kiosk.outbox.client import Refused, Trouble
        from kiosk.protocol.card_token import seal_card_token
        from kiosk.protocol.messages import ProgressQuery

        by_card = bool(asked.id_number)
        if by_card:
            query = ProgressQuery(card_token=seal_card_token(asked.id_number, self._centre_key()))
        else:
            try:
                query = ProgressQuery(slip_number=asked.slip_number, query_code=asked.query_code)
            except ValidationError:
                return events.ProgressFailed(unknown_number=True)
        try:
            with self._client() as client:
                cases = client.progress(query)
        except Refused:
            # A card's number was not mistyped: then it is the centre that cannot read what we seal.
            return events.ProgressFailed(unknown_number=not by_card)
        except Trouble:
            return events.ProgressFailed()
        if not cases and not by_card:
            return events.ProgressFailed(unknown_number=True)
        return events.ProgressFound(
            tuple(
                (c.item_name, c.text_zh, c.text_en, f"{c.updated_at.astimezone():%Y-%m-%d %H:%M}", c.slip_number)
                for c in cases
            )
        )

    def documents(self, asked: effects.AskDocuments) -> Event:
        """DocumentsFound or DocumentsFailed."""
        from kiosk.outbox.client import Refused, Trouble
        from kiosk.protocol.documents import DocumentsQuery

        try:
            with self._client() as client:
                found = client.documents(DocumentsQuery(slip_number=asked.slip_number, query_code=asked.query_code))
        except (Refused, Trouble):
            return events.DocumentsFailed()
        return events.DocumentsFound(
            tuple(
                events.Paper(
                    check_code=each.check_code,
                    title_zh=each.title_zh,
                    title_en=each.title_en,
                    number=each.number,
                    issued_at=f"{each.issued_at.astimezone():%Y-%m-%d}",
                )
                for each in found
            )
        )

    def copy(self, asked: effects.PrintDocument) -> DocumentCopy | None:
        """What the document says; None when the centre did not tell."""
        from kiosk.outbox.client import Refused, Trouble
        from kiosk.protocol.documents import DocumentFetch

        fetch = DocumentFetch(slip_number=asked.slip_number, query_code=asked.query_code, check_code=asked.check_code)
        try:
            with self._client() as client:
                return client.document_copy(fetch)
        except (Refused, Trouble):
            return None

    def licences(self, asked: effects.AskLicences, terminal: Terminal) -> Event:
        """LicencesFound or LicencesFailed."""
        from kiosk.outbox.client import Refused, Trouble
        from kiosk.protocol.licences import LicenceQuery, seal_holder

        person = asked.draft.applicant
        if person is None:
            return events.LicencesFailed()
        key = uuid4()
        query = LicenceQuery(
            query_id=key,
            terminal_id=terminal.id,
            item_id=asked.draft.item_id,
            catalogue_version=asked.draft.catalogue_version,
            handling_region=asked.draft.handling_region,
            materials=asked.codes,
            holder=seal_holder(person.name or person.english_name, person.id_number, key, self._centre_key()),
            consented=True,
        )
        try:
            with self._client() as client:
                return events.LicencesFound(client.licences(query))
        except (Refused, Trouble):
            return events.LicencesFailed()

    def staff(self, asked: effects.CallStaff, terminal: Terminal) -> Event:
        """HelpAnswered."""
        from kiosk.outbox.client import Refused, Trouble
        from kiosk.protocol.help import HelpCall

        call = HelpCall(
            request_id=uuid4(),
            terminal_id=terminal.id,
            region_code=terminal.receiving_region,
            place=terminal.place_name,
            step=asked.step,
            called_at=datetime.now().astimezone(),
        )
        try:
            with self._client() as client:
                return events.HelpAnswered(client.call_staff(call).coming)
        except (Refused, Trouble):
            return events.HelpAnswered(None)

    @contextmanager
    def _client(self) -> Iterator[CentreClient]:
        from kiosk.outbox.client import CentreClient

        client = CentreClient(self._url)
        try:
            yield client
        finally:
            client.close()
