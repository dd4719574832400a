"""A citizen at a terminal, for tests of what is sent after the application: everything really goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import requests
from sqlalchemy import update

from central.store.models import Case
from kiosk.outbox.client import CentreClient
from kiosk.protocol.application import Answer, Application, Material, Page
from kiosk.protocol.card_token import seal_card_token
from kiosk.protocol.model import Message, sha256_hex
from kiosk.protocol.proof import Claim, Proof
from kiosk.protocol.sealed_text import seal_text
from kiosk.protocol.slip_number import query_code
from kiosk.protocol.states import State
from kiosk.protocol.supplement import Supplement, SupplementEnvelope, SupplementSubmission, seal_supplement
from kiosk.protocol.withdrawal import WithdrawalReason, WithdrawalRequest
from tests.central.rig import RunningCentre, application_of, number, photo, ref, submit_directly


@dataclass
class Citizen:
    """Somebody whose application is at the centre."""

    centre: RunningCentre
    persona: str
    application: Application
    case_number: str
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def proof(self) -> Proof:
        """What the slip says."""
        slip = self.application.slip_number
        return Proof(slip_number=slip, query_code=query_code(self.application.application_id))

    @property
    def card(self) -> Proof:
        """The card."""
        return Proof(card_token=seal_card_token(self.application.applicant.id_number, self.centre.key))

    @property
    def claim(self) -> Claim:
        return Claim(case_number=self.case_number, proof=self.proof)

    def progress(self, understands: int | None = 2) -> dict[str, Any]:
        """How the case stands."""
        body: dict[str, Any] = dump(self.proof)
        if understands is not None:
            body["understands"] = understands
        answer = self.centre.post("/api/v1/progress", json=body)
        assert answer.status_code == 200, answer.text
        (case,) = answer.json()["applications"]
        return dict(case)

    def supplement(self, *pages: bytes, **changes: Any) -> tuple[Supplement, SupplementEnvelope]:
        """A supplement with one material of these pages (or the materials given), sealed; nothing is sent."""
        fields: dict[str, Any] = {
            "supplement_id": uuid4(),
            "case_number": self.case_number,
            "slip_number": self.application.slip_number,
            "created_at": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
            "terminal_id": "WSQ-03",
            "materials": (Material(code="CARD", name="社会保障卡", pages=tuple(Page(file=ref(one)) for one in pages)),),
            "form": (Answer(key="insured_at", label="参保地", value="石嘴山市"),),
        }
        supplement = Supplement(**{**fields, **changes})
        named = {one.sha256 for one in supplement.files()}
        files = {sha256_hex(page): page for page in pages if sha256_hex(page) in named}
        return supplement, seal_supplement(supplement, files, self.centre.key)

    def send(
        self, envelope: SupplementEnvelope, claim: Claim | None = None, *, upload: bool = True
    ) -> requests.Response:
        """Send a sealed supplement."""
        if upload:
            for part in envelope.manifest.files:
                put(self.centre, part, envelope.parts[part.name])
        body = SupplementSubmission(
            case_number=(claim or self.claim).case_number,
            proof=(claim or self.claim).proof,
            manifest=envelope.manifest,
            sealed_supplement=envelope.sealed_supplement,
        )
        return send(self.centre, "/api/v1/supplements", dump(body), envelope.manifest.supplement_id)

    def withdrawal(self, text: str = "想好了再办", **changes: Any) -> WithdrawalRequest:
        """A request to withdraw."""
        key = uuid4()
        fields: dict[str, Any] = {
            "case_number": self.case_number,
            "proof": self.proof,
            "request_id": key,
            "terminal_id": "WSQ-03",
            "reason": WithdrawalReason.CHANGED_MIND,
            "words": seal_text(text, key, "words", self.centre.key),
        }
        return WithdrawalRequest(**{**fields, **changes})

    def withdraw(self, request: WithdrawalRequest) -> requests.Response:
        return send(self.centre, "/api/v1/withdrawals", dump(request), request.request_id)

    def stands(self, state: State) -> None:
        """Put the case into a state, as if staff had acted."""
        with self.centre.parts.database.writing() as session:
            session.execute(update(Case).where(Case.case_number == self.case_number).values(state=state.value))


def at_the_centre(centre: RunningCentre, persona: str = "wang", counter: int = 1, **changes: Any) -> Citizen:
    """Submit an application for this persona."""
    application, files = application_of(persona, number(counter), [photo(400, counter)])
    application = application.model_copy(update=changes)
    receipt = submit_directly(centre, application, files)
    return Citizen(centre, persona, application, receipt.case_number, files)


def put(centre: RunningCentre, part: Any, data: bytes) -> None:
    """Upload a sealed part."""
    client = CentreClient(centre.url)
    offset = client.begin_upload(part)
    if offset < part.size:
        client.append(part, offset, data[offset:])
    client.close()


def send(centre: RunningCentre, path: str, body: dict[str, Any], key: UUID) -> requests.Response:
    """Post under an Idempotency-Key."""
    return centre.post(path, json=body, headers={"Idempotency-Key": f'"{key}"'})


def dump(message: Message) -> dict[str, Any]:
    """As it travels."""
    return message.model_dump(mode="json", exclude_none=True)


def kind(answer: requests.Response) -> str:
    """The problem's type, without its prefix."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).rpartition(":")[2]
