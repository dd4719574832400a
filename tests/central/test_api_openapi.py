"""The published description is true: whatever is sent that way or against it, the centre answers as it says, never 5xx.

schemathesis makes up requests from docs/openapi.json, good ones and broken ones, always the same, and sends them to a
centre that really listens.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from kiosk.protocol.problems import Problem, ProblemType
from tests.central.rig import RunningCentre

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods]
KEPT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 25


@schemathesis.serializer("application/offset+octet-stream")
def _chunk(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_the_description_tells(centre: RunningCentre, name: str) -> None:
    method, path = name.split()
    operation = SCHEMA[path][method]
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    broken = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(good, broken))
    def sent(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=centre.url, checks=KEPT, timeout=10)

    sent()


NO_MESSAGE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "broken": b"{",
    "deep": b'{"a":' * 2000,
    "no UTF-8": b"\xff\xfe\x00",
    "not a number": b"NaN",
    "a lone surrogate": b'{"proof": {"query_code": "\\ud800"}}',
    "a number of five thousand digits": b'{"score": ' + b"9" * 5000 + b"}",
    "a number beyond all numbers": b'{"score": 1e999999}',
    "one name twice": b'{"proof": {}, "proof": {"query_code": "A"}}',
    "a NUL in a text": b'{"slip_number": "\\u0000", "query_code": "\\u0000", "check_code": "\\u0000"}',
}


@pytest.mark.parametrize("body", NO_MESSAGE.values(), ids=NO_MESSAGE)
def test_what_is_no_message_at_all_is_a_problem_of_4xx(centre: RunningCentre, body: bytes) -> None:
    for name in OPERATIONS:
        method, path = name.split()
        if method == "POST" and path != "/api/v1/uploads":
            answer = centre.post(path, data=body, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, name
            assert Problem.model_validate_json(answer.content).status == answer.status_code, name


def test_paths_and_methods_that_do_not_exist_are_problems_too(centre: RunningCentre) -> None:
    assert Problem.model_validate_json(centre.get("/api/v1/nothing").content).type is ProblemType.NOT_FOUND
    answer = centre.get("/api/v1/progress")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert Problem.model_validate_json(answer.content).status == 405


def test_every_problem_type_that_can_be_answered_is_told_somewhere() -> None:
    told = {
        example["value"]["type"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
    }
    assert told == set(ProblemType)


def test_an_address_with_a_nul_leads_nowhere(centre: RunningCentre) -> None:
    for path in ("/api/v1/uploads/%00", "/d/%00", "/q?n=%00&k=1", "/api/v1/feed?after=%00", "/desk/users?q=%00"):
        assert centre.get(path).status_code == 404, path


def test_every_operation_says_what_it_is_for() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            assert operation["description"], (path, method)


def test_the_examples_are_messages_of_the_contract(centre: RunningCentre) -> None:
    told = {
        path: body["example"]
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for body in operation.get("requestBody", {}).get("content", {}).values()
        if "example" in body
    }
    assert len(told) >= 7
    for path, example in told.items():
        key = {"Idempotency-Key": f'"{example.get("request_id")}"'}
        answer = centre.post(path, json=example, headers=key)
        assert answer.status_code < 300 or answer.json()["type"] != ProblemType.INVALID_MESSAGE, answer.text
