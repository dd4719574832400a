"""The conformance suite: green against our own centre, and red, by the right name, against one that breaks one rule."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from central.app import application
from central.centre import assemble
from central.cli import main
from central.conformance import running
from central.conformance.check import Outcome
from central.conformance.lab import Lab
from central.conformance.person import MARK, NOBODY_NAME, nobody
from central.conformance.suite import CHECKS, as_json, line, run
from central.serving import Server, listen
from central.store.models import Case, Complaint, Entry, Publication, Rating, Withdrawal
from kiosk.protocol.application import Item, Region
from kiosk.protocol.digest import digest_field
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import MEDIA_TYPE
from kiosk.protocol.published import EntryRef, PublishedManifest, canonical, sign
from kiosk.protocol.states import State
from tests.central.citizen import at_the_centre
from tests.central.rig import RunningCentre, initialised, running_centre


def lab(url: str, centre: RunningCentre, waiting: tuple[str, str] | None = None) -> Lab:
    return Lab(
        url,
        centre.key,
        Region(code="990100", name=MARK),
        Region(code="990200", name=MARK),
        Item(id="CONFORMANCE", name=MARK, catalogue_version="conformance"),
        waiting,
    )


@pytest.mark.req("R141")
def test_our_own_centre_keeps_every_rule(centre: RunningCentre) -> None:
    citizen = at_the_centre(centre)
    citizen.stands(State.SUPPLEMENT_REQUIRED)
    proof = citizen.proof
    assert proof.slip_number is not None
    assert proof.query_code is not None
    results = run(lab(centre.url, centre, (proof.slip_number, proof.query_code)))
    assert [line(one) for one in results if one.outcome is Outcome.FAILED] == []
    assert {one.check.name for one in results if one.outcome is Outcome.NOT_RUN} == {
        "published.digests",
        "published.signature",
        "published.not-modified",
    }, "nothing is published at this centre"


def test_it_does_no_harm(centre: RunningCentre) -> None:
    run(lab(centre.url, centre))
    with centre.parts.database.reading() as session:
        cases = session.scalars(select(Case)).all()
        asked = session.scalars(select(Withdrawal.case_seq)).all()
        assert {case.item_id for case in cases} == {"CONFORMANCE"}
        assert {case.terminal_id for case in cases} == {"CONFORMANCE"}
        assert {case.seq for case in cases} == set(asked), "every case it made, it asked to withdraw"
        assert session.scalars(select(Rating)).all() == []
        assert session.scalars(select(Complaint)).all() == []


def test_the_person_of_the_tests_does_not_exist() -> None:
    number = nobody()
    assert number.startswith("990000"), "a division that GB/T 2260 does not have"
    assert len(number) == 18
    assert "测试" in NOBODY_NAME


def test_every_check_has_a_name_of_its_own_and_says_its_rule() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.rule.endswith(".") for check in CHECKS)
    protocol = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
    for check in CHECKS:
        assert f"\n## {check.section.split()[0]}. " in protocol, check.name


# A centre that breaks one rule


@dataclass
class Exchange:
    """One request and its answer, to be spoilt on the way in or out."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""

    @property
    def problem(self) -> str:
        is_one = self.answer_headers.get("content-type") == MEDIA_TYPE and self.answer
        return str(json.loads(self.answer)["type"]).rpartition(":")[2] if is_one else ""

    def edit(self, **changes: object) -> None:
        """Change fields of the JSON answer."""
        self.answer = json.dumps({**json.loads(self.answer), **changes}).encode()


Spoil = Callable[[Exchange], None]


def _nothing(_: Exchange) -> None:
    """Honest."""


@dataclass
class Faulty:
    """Our centre, with a fault between it and the world (ASGI)."""

    app: Any
    spoil_request: Spoil = _nothing
    spoil_answer: Spoil = _nothing

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        exchange = Exchange(scope["method"], scope["path"], headers, body)
        self.spoil_request(exchange)
        exchange.headers["content-length"] = str(len(exchange.body))
        sent = False

        async def given() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": exchange.body, "more_body": False}

        async def taken(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.answer_headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                exchange.answer += message.get("body", b"")

        inner = {
            **scope,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in exchange.headers.items()],
        }
        await self.app(inner, given, taken)
        self.spoil_answer(exchange)
        if exchange.answer_headers.get("content-length"):
            exchange.answer_headers["content-length"] = str(len(exchange.answer))
        fields = [(name.encode(), value.encode()) for name, value in exchange.answer_headers.items()]
        await send({"type": "http.response.start", "status": exchange.status, "headers": fields})
        await send({"type": "http.response.body", "body": exchange.answer})


def _when(problem: str, spoil: Spoil, path: str = "") -> Spoil:
    """Spoil refusals of one kind only."""

    def conditional(exchange: Exchange) -> None:
        if exchange.problem == problem and path in exchange.path:
            spoil(exchange)

    return conditional


def _on(path: str, status: int, spoil: Spoil, method: str = "POST") -> Spoil:
    """Spoil the answers of one endpoint with one status only."""

    def conditional(exchange: Exchange) -> None:
        if (exchange.path, exchange.method, exchange.status) == (path, method, status):
            spoil(exchange)

    return conditional


def _becomes(status: int, problem: str) -> Spoil:
    def spoil(exchange: Exchange) -> None:
        exchange.status = status
        exchange.edit(status=status, type=f"urn:tongban:problem:{problem}")

    return spoil


def _accepts(exchange: Exchange) -> None:
    """What had to be refused is taken."""
    exchange.status, exchange.answer = 201, b"{}"
    exchange.answer_headers["content-type"] = "application/json"


def _without(name: str) -> Spoil:
    return lambda exchange: exchange.answer_headers.pop(name, None) and None


def _any_digest(exchange: Exchange) -> None:
    if exchange.method == "PATCH" and int(exchange.headers.get("upload-offset", "1")) == 0 and len(exchange.body) == 80:
        exchange.headers["content-digest"] = digest_field(exchange.body)


def _key_made_up(exchange: Exchange) -> None:
    if exchange.path == "/api/v1/applications" and exchange.body.startswith(b'{"manifest": {"protocol"'):
        exchange.headers["idempotency-key"] = f'"{json.loads(exchange.body)["manifest"]["application_id"]}"'


def _unknown_fields_dropped(exchange: Exchange) -> None:
    if exchange.path == "/api/v1/applications" and b'"colour"' in exchange.body:
        exchange.body = json.dumps(
            {key: one for key, one in json.loads(exchange.body).items() if key != "colour"}
        ).encode()


def _always_version_2(exchange: Exchange) -> None:
    if exchange.path == "/api/v1/progress" and b"understands" not in exchange.body:
        exchange.body = json.dumps({**json.loads(exchange.body), "understands": 2}).encode()


def _names_the_applicant(exchange: Exchange) -> None:
    if exchange.path == "/api/v1/progress" and exchange.status == 200:
        answer = json.loads(exchange.answer)
        for case in answer["applications"]:
            case["item_name"] += f"（{NOBODY_NAME}）"
        exchange.answer = json.dumps(answer, ensure_ascii=False).encode()


def _quotes(exchange: Exchange) -> None:
    if exchange.problem == "invalid-message":
        exchange.edit(detail=exchange.body.decode("utf-8", "replace")[:4000])


def _a_new_time(exchange: Exchange) -> None:
    exchange.answer = exchange.answer.replace(b"{", b'{ "seen": "%s",' % uuid4().hex.encode(), 1)


def _another_key(exchange: Exchange) -> None:
    exchange.edit(key={**json.loads(exchange.answer)["key"], "key_id": "0" * 16})


class NotConstant:
    """Answers to the same receipt differ from the second time on."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __call__(self, exchange: Exchange) -> None:
        known = exchange.answer in self._seen
        self._seen.add(exchange.answer)
        if known:
            exchange.answer = exchange.answer.replace(b"{", b"{ ", 1)


FAULTS: dict[str, tuple[Spoil, Spoil]] = {
    "uploads.wrong-offset": (_nothing, _when("wrong-offset", _without("upload-offset"))),
    "uploads.chunk-digest": (_any_digest, _nothing),
    "uploads.whole-digest": (
        _nothing,
        lambda one: (
            _becomes(422, "cannot-open")(one)
            if one.problem == "digest-mismatch" and "whole" in str(one.answer)
            else None
        ),
    ),
    "uploads.length-differs": (_nothing, _when("upload-length-differs", _becomes(409, "wrong-offset"))),
    "uploads.announce": (_nothing, _on("/api/v1/uploads", 201, _without("location"))),
    "centre.key": (_nothing, _on("/api/v1/centre", 200, _another_key, "GET")),
    "applications.receipt": (
        _nothing,
        _on("/api/v1/applications", 201, lambda one: one.edit(state="COLLECTED")),
    ),
    "applications.repetition": (_nothing, _on("/api/v1/applications", 201, NotConstant())),
    "applications.key-reused": (
        _nothing,
        _when("idempotency-key-reused", _becomes(409, "in-flight"), "applications"),
    ),
    "applications.key-missing": (_nothing, _when("idempotency-key-missing", _becomes(422, "invalid-message"))),
    "applications.parts-missing": (_nothing, _when("parts-missing", lambda one: one.edit(detail=""))),
    "applications.unknown-key": (_nothing, _when("unknown-key", _becomes(422, "cannot-open"))),
    "messages.unknown-field": (_unknown_fields_dropped, _nothing),
    "problems.form": (
        _nothing,
        _when("invalid-message", lambda one: one.edit(title_zh=None), "progress"),
    ),
    "problems.silent": (_nothing, _quotes),
    "progress.wrong-code": (
        _nothing,
        lambda one: _becomes_404(one) if one.answer == b'{"applications":[]}' and b"22222222" in one.body else None,
    ),
    "progress.version-1": (_always_version_2, _nothing),
    "progress.no-person": (_nothing, _names_the_applicant),
    "progress.guessing": (_nothing, _when("too-many-tries", _without("retry-after"))),
    "claims.foreign-proof": (_nothing, _when("not-yours", _becomes(404, "not-found"))),
    "supplements.wrong-state": (_nothing, _when("wrong-state", _becomes(404, "not-found"), "supplements")),
    "ratings.too-early": (_nothing, _when("wrong-state", _accepts, "ratings")),
    "ratings.reason": (_nothing, _when("invalid-message", _accepts, "ratings")),
    "complaints.sealed": (_nothing, _when("cannot-open", _accepts, "complaints")),
    "withdrawals.request": (_nothing, _on("/api/v1/withdrawals", 201, _a_new_time)),
    "withdrawals.twice": (_nothing, _when("already-done", _accepts)),
    "documents.none": (
        _nothing,
        _on("/api/v1/documents/query", 200, lambda one: one.edit(documents=[{"number": "1"}])),
    ),
    "heartbeat.strict": (_nothing, _when("invalid-message", _accepts, "heartbeat")),
}


def _becomes_404(exchange: Exchange) -> None:
    exchange.status, exchange.answer = 404, b"{}"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Faulty, RunningCentre]]:
    """A centre behind a fault that each test chooses."""
    settings = initialised(tmp_path_factory.mktemp("faulty") / "centre")
    app = application(assemble(settings))
    spoilt = Faulty(app)
    urls: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = Server(spoilt, urls.put)  # type: ignore[arg-type]
    threading.Thread(target=server.run, kwargs={"sockets": [listen("127.0.0.1", 0)]}, daemon=True).start()
    yield spoilt, RunningCentre(urls.get(timeout=20), settings, app)
    server.should_exit = True


@pytest.mark.parametrize("name", FAULTS)
def test_a_centre_that_breaks_one_rule_fails_exactly_that_check(
    faulty: tuple[Faulty, RunningCentre], name: str
) -> None:
    spoilt, centre = faulty
    spoilt.spoil_request, spoilt.spoil_answer = FAULTS[name]
    results = run(lab(centre.url, centre))
    failed = {one.check.name: one.why for one in results if one.outcome is Outcome.FAILED}
    assert set(failed) == {name}, failed


@pytest.mark.req("R141")
@pytest.mark.parametrize("signed_by_us", [True, False])
def test_published_content_is_examined_down_to_its_signature(tmp_path: Path, signed_by_us: bool) -> None:
    settings = initialised(tmp_path / "centre")
    with running_centre(settings) as centre:
        with centre.parts.database.writing() as session:
            content = canonical({"name": "异地就医结算备案"})
            at = datetime(2026, 11, 20, tzinfo=UTC)
            entry = EntryRef(key="C001", sha256=sha256_hex(content.encode()))
            manifest = PublishedManifest(
                body="catalogue", version="2026-11-20.1", published_at=at, effective_at=at, entries=(entry,)
            )
            key = centre.parts.keys.signing if signed_by_us else Ed25519PrivateKey.generate()
            signed = sign(manifest, key)
            session.add_all(
                [
                    Entry(sha256=entry.sha256, content=content),
                    Publication(
                        body="catalogue",
                        version=manifest.version,
                        manifest=signed.manifest,
                        signature=signed.signature,
                        published_at=at,
                        effective_at=at,
                        everybody_at=at,
                    ),
                ]
            )
        under_test = lab(centre.url, centre)
        under_test.signing_key = base64.b64encode(centre.parts.keys.signing.public_key().public_bytes_raw()).decode()
        results = run(under_test, running.CHECKS)
    failed = {one.check.name: one.why for one in results if one.outcome is not Outcome.PASSED}
    assert set(failed) == (set() if signed_by_us else {"published.signature"}), failed


def test_where_nobody_answers_everything_fails_or_cannot_be_tried_and_nothing_breaks(centre: RunningCentre) -> None:
    results = run(lab("http://127.0.0.1:9", centre))
    assert {one.outcome for one in results} <= {Outcome.FAILED, Outcome.NOT_RUN}
    assert json.loads(as_json(results))[0]["why"].startswith("no answer")


def test_the_command_reports_and_ends_with_1_when_a_rule_is_broken(
    faulty: tuple[Faulty, RunningCentre], tmp_path: Path
) -> None:
    spoilt, centre = faulty
    key = tmp_path / "terminal.json"
    key.write_text(centre.parts.keys.published.model_dump_json())
    spoilt.spoil_request, spoilt.spoil_answer = _nothing, _nothing
    good = CliRunner().invoke(main, ["conformance", centre.url, "--key", str(key)])
    assert good.exit_code == 0, good.output
    assert "0 failed" in good.output
    spoilt.spoil_answer = FAULTS["withdrawals.twice"][1]
    bad = CliRunner().invoke(main, ["conformance", centre.url, "--key", str(key), "--json"])
    assert bad.exit_code == 1
    (failed,) = [one for one in json.loads(bad.output) if one["outcome"] == "failed"]
    assert failed["check"] == "withdrawals.twice"
    assert failed["section"] == "5 withdrawals"
    assert failed["rule"]
