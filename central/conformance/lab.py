"""What checks work with: the system under test, its key, and things to send it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import requests
from pydantic import ValidationError

from central.conformance.check import Broken, NotRun, expect
from central.conformance.person import TERMINAL_ID, application_for, nobody, picture
from kiosk.protocol.application import Application, Item, Region
from kiosk.protocol.digest import digest_field, field_of
from kiosk.protocol.envelope import CentreKey, Envelope, Manifest, SealedPart, seal
from kiosk.protocol.messages import Centre, Submission
from kiosk.protocol.problems import MEDIA_TYPE, ProblemType
from kiosk.protocol.proof import Claim, Proof
from kiosk.protocol.slip_number import query_code

TIMEOUT = 30
OFFSET_TYPE = "application/offset+octet-stream"
ANSWER_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body.

        Raises:
            Broken
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise Broken(f"HTTP {self.status} with a body that is not JSON") from None

    @property
    def problem(self) -> str:
        """The problem type without its prefix; empty when it is no problem document."""
        if not self.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return ""
        kind = self.json().get("type", "")
        return kind.rpartition(":")[2] if isinstance(kind, str) else ""

    def must_be(self, status: int) -> Answer:
        """This status, or the rule is broken.

        Raises:
            Broken
        """
        if self.status != status:
            raise Broken(f"HTTP {self.status} {self.problem}".strip() + f" instead of {status}")
        return self

    def must_refuse(self, kind: ProblemType) -> Answer:
        """A refusal of this kind, or the rule is broken.

        Raises:
            Broken
        """
        wanted = kind.rpartition(":")[2]
        if (self.status, self.problem) != (kind.status, wanted):
            raise Broken(f"HTTP {self.status} {self.problem}".strip() + f" instead of {kind.status} {wanted}")
        return self


@dataclass(frozen=True)
class Submitted:
    """An application that was taken."""

    application: Application
    envelope: Envelope
    submission: Submission
    answer: Answer

    @property
    def claim(self) -> Claim:
        """It is ours.

        Raises:
            NotRun
        """
        return claim_of(self.envelope.manifest, self.answer)


def claim_of(manifest: Manifest, answer: Answer) -> Claim:
    """What proves that the case of a receipt is ours.

    Raises:
        NotRun
    """
    proof = Proof(slip_number=manifest.slip_number, query_code=query_code(manifest.application_id))
    try:
        return Claim(case_number=answer.json()["case_number"], proof=proof)
    except (ValidationError, KeyError, TypeError):
        raise NotRun("the receipt has no case number of the form 000000-YYYYMMDD-000001") from None


@dataclass
class Lab:
    """The system under test. `waiting`: slip number and query code of a case that waits for a supplement, if any."""

    url: str
    key: CentreKey
    receiving: Region
    handling: Region
    item: Item
    waiting: tuple[str, str] | None = None
    signing_key: str = ""
    """Ed25519 in base64; empty: signatures of published content are not examined."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self.id_number = nobody()
        self.taken: list[Claim] = []
        """Cases that this suite has made."""

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes = b"",
        body: object = None,
    ) -> Answer:
        """One request; `body` is sent as JSON.

        Raises:
            Broken: no HTTP answer, or a redirect.
        """
        fields = dict(headers or {})
        if body is not None:
            fields["Content-Type"], data = "application/json", json.dumps(body, ensure_ascii=False).encode()
        try:
            with self._session.request(
                method,
                self.url.rstrip("/") + path,
                headers=fields,
                data=data,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = answer.raw.read(ANSWER_LIMIT)
                made = Answer(answer.status_code, answer.headers, content)
        except requests.RequestException as error:
            raise Broken(f"no answer to {method} {path} ({type(error).__name__})") from None
        expect(not 300 <= made.status < 400 or made.status == 304, f"{method} {path} is redirected")
        expect(made.status < 500 or made.problem != "", f"HTTP {made.status} to {method} {path}: a server error")
        return made

    def post(self, path: str, body: object, key: UUID | str | None = None) -> Answer:
        """A JSON request, with its Idempotency-Key."""
        fields = {} if key is None else {"Idempotency-Key": f'"{key}"' if isinstance(key, UUID) else key}
        return self.ask("POST", path, headers=fields, body=body)

    def announce(self, sha256: str, size: int) -> Answer:
        """Begin an upload."""
        return self.ask(
            "POST", "/api/v1/uploads", headers={"Upload-Length": str(size), "Repr-Digest": field_of(sha256)}
        )

    def chunk(self, sha256: str, offset: int, data: bytes, digest: str | None = None) -> Answer:
        """Send a chunk."""
        fields = {
            "Content-Type": OFFSET_TYPE,
            "Upload-Offset": str(offset),
            "Content-Digest": digest or digest_field(data),
        }
        return self.ask("PATCH", f"/api/v1/uploads/{sha256}", headers=fields, data=data)

    def offset(self, sha256: str) -> Answer:
        """Where an upload stands."""
        return self.ask("HEAD", f"/api/v1/uploads/{sha256}")

    def upload(self, part: SealedPart, data: bytes) -> None:
        """A whole part in one go.

        Raises:
            NotRun: it does not work; other checks say why.
        """
        if self.announce(part.sha256, part.size).status != 201 or self.chunk(part.sha256, 0, data).status != 204:
            raise NotRun("a sealed part cannot be uploaded")

    def apply(self, files: list[bytes] | None = None) -> tuple[Application, Envelope]:
        """An application, sealed; nothing is sent."""
        pages = [picture(600)] if files is None else files
        application = application_for(
            pages, id_number=self.id_number, receiving=self.receiving, handling=self.handling, item=self.item
        )
        return application, seal(
            application, {ref.sha256: data for ref, data in zip(application.files(), pages, strict=True)}, self.key
        )

    def hand_in(self, envelope: Envelope, *, uploaded: bool = False) -> tuple[Submission, Answer]:
        """Upload the files and submit."""
        if not uploaded:
            for part in envelope.manifest.files:
                self.upload(part, envelope.parts[part.name])
        submission = Submission.sealed(envelope.manifest, envelope.parts["application"])
        key = envelope.manifest.application_id
        answer = self.post("/api/v1/applications", submission.model_dump(mode="json"), key)
        if answer.status == 201:
            with suppress(NotRun, Broken):
                self.taken.append(claim_of(envelope.manifest, answer))
        return submission, answer

    @cached_property
    def centre(self) -> Centre:
        """What the system says of itself.

        Raises:
            NotRun
        """
        try:
            return Centre.model_validate_json(self.ask("GET", "/api/v1/centre").body)
        except (ValidationError, Broken):
            raise NotRun("GET /api/v1/centre does not answer as it should") from None

    @cached_property
    def case(self) -> Submitted:
        """A case that was submitted, the same for all checks.

        Raises:
            NotRun
        """
        return self.another_case()

    def another_case(self) -> Submitted:
        """A case of its own.

        Raises:
            NotRun
        """
        application, envelope = self.apply()
        submission, answer = self.hand_in(envelope)
        if answer.status != 201:
            raise NotRun(f"no application can be submitted (HTTP {answer.status} {answer.problem})")
        return Submitted(application, envelope, submission, answer)

    @property
    def terminal_id(self) -> str:
        """Who sends."""
        return TERMINAL_ID
