"""Speaking to the centre over a connection that cannot be trusted.

Everything that is not exactly the expected answer is trouble: HTTP 200 from a hotel's log-in page, a redirect,
HTML, JSON of another shape, an endless body. Only a problem document of our own contract can reject for good; an
error page of some proxy with the same status code cannot.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from pydantic import ValidationError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from kiosk.protocol.digest import digest_field, field_of
from kiosk.protocol.documents import DocumentCopy, DocumentFetch, DocumentsAnswer, DocumentsQuery, IssuedDocument
from kiosk.protocol.envelope import SealedPart
from kiosk.protocol.heartbeat import Heartbeat, HeartbeatAnswer
from kiosk.protocol.help import HelpCall, HelpCallReceipt
from kiosk.protocol.licences import LicenceAnswer, LicenceQuery
from kiosk.protocol.messages import Centre, Progress, ProgressAnswer, ProgressQuery, Submission, SubmissionReceipt
from kiosk.protocol.model import Message, sha256_hex
from kiosk.protocol.problems import Problem, ProblemType
from kiosk.protocol.published import MOST_SAMPLE, Body, Delta

TIMEOUTS = (15.0, 30.0)
"""Seconds to connect (and, as urllib3 has it, to send the whole body), and between two bytes of an answer."""
ANSWER_SECONDS = 60.0
"""Longest time for a whole answer."""
ANSWER_LIMIT = 1024 * 1024
"""Largest answer, in bytes."""
PUBLISHED_LIMIT = 16 * 1024 * 1024
"""Largest answer with published content, in bytes."""
NOT_MODIFIED = 304
OFFSET_TYPE = "application/offset+octet-stream"

MessageT = TypeVar("MessageT", bound=Message)


class Trouble(Exception):
    """It did not work this time, or it is unknown whether it did: try again later. `str()` is a plain reason."""


class Unreachable(Trouble):
    """No answer, or the answer broke off."""


class NotOurCentre(Trouble):
    """Something answered that is not the centre: a captive portal, a proxy, a redirect."""


class NotAdmitted(Trouble):
    """The centre does not admit this terminal: nothing else will get through either."""


class Misplaced(Trouble):
    """The upload stands elsewhere than we thought."""


class Refused(Exception):
    """The centre refused for good."""


def http_session() -> requests.Session:
    """A pooled session that takes nothing from the environment: no proxies, no netrc."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept-Encoding"] = "identity"  # answers are small; nothing to unpack is nothing to abuse
    return session


class CentreClient:
    """One centre, one pooled session, used by one thread.

    Args:
        url: where the centre's API begins, `https://centre.example.gov.cn`.
        session: makes the session; called once.
        monotonic: seconds, for the deadline of an answer.
    """

    def __init__(
        self,
        url: str,
        session: Callable[[], requests.Session] = http_session,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = url.rstrip("/")
        self._session = session()
        self._monotonic = monotonic

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def centre(self) -> Centre:
        """Pre-flight: is this our centre, and what does it take?

        Raises:
            Trouble
        """
        status, _, body = self._ask("GET", "/api/v1/centre")
        self._expect(status, (200,), body)
        return _parsed(Centre, body)

    def begin_upload(self, part: SealedPart) -> int:
        """Announce a part, or find it again. Returns the offset to go on from (the size: it is complete).

        Raises:
            Trouble, Refused
        """
        headers = {"Upload-Length": str(part.size), "Repr-Digest": field_of(part.sha256)}
        status, answer, body = self._ask("POST", "/api/v1/uploads", headers)
        self._expect(status, (201,), body)
        return _offset(answer, part)

    def upload_offset(self, part: SealedPart) -> int:
        """Where the upload stands now.

        Raises:
            Trouble, Refused
        """
        status, answer, body = self._ask("HEAD", f"/api/v1/uploads/{part.sha256}")
        self._expect(status, (204,), body)
        return _offset(answer, part)

    def append(self, part: SealedPart, offset: int, chunk: bytes) -> int:
        """Send one chunk. Returns the new offset.

        Raises:
            Misplaced: ask for the offset and go on from there.
            Trouble, Refused
        """
        headers = {
            "Content-Type": OFFSET_TYPE,
            "Upload-Offset": str(offset),
            "Content-Digest": digest_field(chunk),
        }
        status, answer, body = self._ask("PATCH", f"/api/v1/uploads/{part.sha256}", headers, chunk)
        self._expect(status, (204,), body)
        if _offset(answer, part) != offset + len(chunk):
            raise Misplaced("the centre names another offset than was sent")
        return offset + len(chunk)

    def submit(self, submission: Submission) -> SubmissionReceipt:
        """Hand in the application. Safe to repeat: its id is the idempotency key.

        Raises:
            Trouble, Refused
        """
        manifest = submission.manifest
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{manifest.application_id}"'}
        data = submission.model_dump_json().encode()
        status, _, body = self._ask("POST", "/api/v1/applications", headers, data)
        self._expect(status, (201, 202), body)
        receipt = _parsed(SubmissionReceipt, body)
        if (receipt.application_id, receipt.slip_number) != (manifest.application_id, manifest.slip_number):
            raise NotOurCentre("the receipt is for another application")
        return receipt

    def progress(self, query: ProgressQuery) -> tuple[Progress, ...]:
        """How the cases found by `query` stand, newest first.

        Raises:
            Trouble, Refused
        """
        data = query.model_dump_json(exclude_none=True).encode()
        status, _, body = self._ask("POST", "/api/v1/progress", {"Content-Type": "application/json"}, data)
        self._expect(status, (200,), body)
        return _parsed(ProgressAnswer, body).applications

    def documents(self, query: DocumentsQuery) -> tuple[IssuedDocument, ...]:
        """Which documents were issued in the cases found by `query`, newest first.

        Raises:
            Trouble, Refused
        """
        data = query.model_dump_json(exclude_none=True).encode()
        status, _, body = self._ask("POST", "/api/v1/documents/query", {"Content-Type": "application/json"}, data)
        self._expect(status, (200,), body)
        return _parsed(DocumentsAnswer, body).documents

    def document_copy(self, fetch: DocumentFetch) -> DocumentCopy:
        """What a document says, for the roll.

        Raises:
            Trouble, Refused
        """
        data = fetch.model_dump_json().encode()
        status, _, body = self._ask("POST", "/api/v1/documents/copy", {"Content-Type": "application/json"}, data)
        self._expect(status, (200,), body)
        return _parsed(DocumentCopy, body)

    def call_staff(self, call: HelpCall) -> HelpCallReceipt:
        """Ask for a member of staff to come to this terminal. Safe to repeat with the same id.

        Raises:
            Trouble, Refused
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{call.request_id}"'}
        status, _, body = self._ask("POST", "/api/v1/help-calls", headers, call.model_dump_json().encode())
        self._expect(status, (201,), body)
        receipt = _parsed(HelpCallReceipt, body)
        if receipt.request_id != call.request_id:
            raise NotOurCentre("the receipt is for another call")
        return receipt

    def licences(self, query: LicenceQuery) -> tuple[str, ...]:
        """Which of the materials asked about the centre can obtain as e-licences.

        Raises:
            Trouble, Refused
        """
        data = query.model_dump_json().encode()
        status, _, body = self._ask("POST", "/api/v1/licences/query", {"Content-Type": "application/json"}, data)
        self._expect(status, (200,), body)
        return _parsed(LicenceAnswer, body).available

    def heartbeat(self, status: Heartbeat) -> HeartbeatAnswer:
        """Say how this terminal is.

        Raises:
            Trouble, Refused
        """
        data = status.model_dump_json().encode()
        code, _, body = self._ask("POST", "/api/v1/heartbeat", {"Content-Type": "application/json"}, data)
        self._expect(code, (200,), body)
        return _parsed(HeartbeatAnswer, body)

    def published(
        self, body: Body, since: str | None, terminal_id: str = "", version: str | None = None
    ) -> Delta | None:
        """What is new of a body of published content for a holder of `since`; None: nothing. Not yet verified.

        Of `version`, or of the newest that the terminal is offered.

        Raises:
            Trouble, Refused
        """
        asked = {"since": since, "terminal": terminal_id, "version": version}
        path = f"/api/v1/published/{body}?{urlencode({name: value for name, value in asked.items() if value})}"
        headers = {} if since is None else {"If-None-Match": f'"{since}"'}
        status, _, answer = self._ask("GET", path, headers, limit=PUBLISHED_LIMIT)
        self._expect(status, (200, NOT_MODIFIED), answer)
        return None if status == NOT_MODIFIED else _parsed(Delta, answer)

    def sample(self, sha256: str) -> bytes:
        """A sample picture of the catalogue.

        Raises:
            Trouble: also when what comes is not what was asked for.
            Refused
        """
        status, _, picture = self._ask("GET", f"/api/v1/samples/{sha256}", limit=MOST_SAMPLE)
        self._expect(status, (200,), picture)
        if sha256_hex(picture) != sha256:
            raise NotOurCentre("another picture than was asked for")
        return picture

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        data: bytes = b"",
        limit: int = ANSWER_LIMIT,
    ) -> tuple[int, requests.structures.CaseInsensitiveDict[str], bytes]:
        end = self._monotonic() + ANSWER_SECONDS
        try:
            with self._session.request(
                method,
                self._base + path,
                headers=headers,
                data=data,
                timeout=TIMEOUTS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = bytearray()
                # read1 returns what is there; `iter_content` waits for a full piece, for hours when a byte a second comes.
                while piece := answer.raw.read1(16 * 1024):
                    body += piece
                    if len(body) > limit:
                        raise NotOurCentre("the answer is far too long")
                    if self._monotonic() > end:
                        raise Unreachable("the answer takes too long")
                if answer.is_redirect or (300 <= answer.status_code < 400 and answer.status_code != NOT_MODIFIED):
                    raise NotOurCentre(f"redirected to {_host(answer, self._base)}")
                return answer.status_code, answer.headers, bytes(body)
        except (requests.Timeout, Urllib3Timeout):
            raise Unreachable("the centre does not answer in time") from None
        except requests.exceptions.SSLError:
            raise NotOurCentre("the centre's certificate is not trusted") from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # HTTPError is urllib3's own. ValueError: urllib3 lets some hostile header values through as that.
            raise Unreachable(f"no connection to the centre ({type(error).__name__})") from None

    def _expect(self, status: int, good: tuple[int, ...], body: bytes) -> None:
        if status in good:
            return
        if status in (401, 403):
            raise NotAdmitted(f"the centre does not admit this terminal (HTTP {status})")
        try:
            problem = Problem.model_validate_json(body)
        except ValidationError:
            if status == 409:
                raise Misplaced("the centre reports a conflict") from None
            if status < 400:
                raise NotOurCentre(f"HTTP {status}: a log-in page or proxy answers, not the centre") from None
            raise Trouble(f"HTTP {status} without a reason") from None
        reason = f"{problem.type.en} (HTTP {status})"
        if problem.type is ProblemType.WRONG_OFFSET:
            raise Misplaced(reason)
        if problem.type.final and status == problem.type.status:
            raise Refused(reason)
        raise Trouble(reason)


def _offset(headers: requests.structures.CaseInsensitiveDict[str], part: SealedPart) -> int:
    text = headers.get("Upload-Offset", "")
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) > part.size:
        raise NotOurCentre("the centre names no sensible offset")
    return int(text)


def _parsed(model: type[MessageT], body: bytes) -> MessageT:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        raise NotOurCentre("the answer is not what the centre says") from None


def _host(answer: requests.Response, base: str) -> str:
    """The host alone: the rest of a foreign URL may hold anything."""
    return urlsplit(urljoin(base, answer.headers.get("Location", ""))).hostname or "an unknown host"
