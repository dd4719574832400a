"""The published description of the API (docs/openapi.json), made whole where the framework cannot know better."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from central.api.problem_answers import documented
from kiosk.protocol.problems import MEDIA_TYPE, Problem, ProblemType, problem

_UPLOAD = {
    "Upload-Offset": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Bytes that are safe"},
    "Upload-Complete": {"schema": {"type": "string", "enum": ["?0", "?1"]}},
}
_LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Of the upload"}}

_ANSWER_HEADERS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("/api/v1/uploads", "post", "201"): _UPLOAD | _LOCATION,
    ("/api/v1/uploads/{sha256}", "head", "204"): _UPLOAD,
    ("/api/v1/uploads/{sha256}", "patch", "204"): _UPLOAD,
}

_PROOF = {"slip_number": "150626003000000164", "query_code": "7K4M9Q2P"}
_SAID = {"terminal_id": "WSQ-03", "region_code": "150626"}

_EXAMPLES: dict[str, dict[str, Any]] = {
    "/api/v1/progress": {**_PROOF, "understands": 2},
    "/api/v1/documents/query": _PROOF,
    "/api/v1/withdrawals": {
        "request_id": "6f1c1b2e-5a62-4d0e-9d3b-0d6c6a3c7d11",
        "case_number": "150626-20261120-000001",
        "proof": _PROOF,
        "terminal_id": "WSQ-03",
        "reason": "changed_mind",
    },
    "/api/v1/ratings": {
        "request_id": "6f1c1b2e-5a62-4d0e-9d3b-0d6c6a3c7d12",
        "kind": "visit",
        "visit_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "score": 2,
        "reasons": ["too_slow"],
        **_SAID,
    },
    "/api/v1/complaints": {
        "request_id": "6f1c1b2e-5a62-4d0e-9d3b-0d6c6a3c7d13",
        "kind": "suggestion",
        "words": "c2VhbGVkIHRvIHRoZSBjZW50cmUncyBrZXk=",
        **_SAID,
    },
    "/api/v1/results": {
        "request_id": "6f1c1b2e-5a62-4d0e-9d3b-0d6c6a3c7d14",
        "case_number": "150626-20261120-000001",
        "region_code": "640221",
        "outcome": "approved",
        "number": "宁医保备〔2026〕12号",
        "decided_on": "2026-11-20",
        "department": "平罗县医疗保障局",
        "system": "nx-gov",
    },
    "/api/v1/heartbeat": {
        "terminal_id": "WSQ-03",
        "region_code": "150626",
        "place": "乌审旗政务大厅 24 小时自助区",
        "boot_id": "0b4c54c4-3a0b-4b62-9ac5-1ad6a3c1e0aa",
        "sequence": 1440,
        "sent_at": "2026-11-20T21:35:00+08:00",
        "software": "0.1.0",
        "versions": [{"body": "catalogue", "version": "2026-11-20.1"}],
        "in_service": True,
        "devices": [{"device": "receipt_printer", "state": "degraded", "reason": "paper_low"}],
        "outbox": {"waiting": 2, "oldest_seconds": 95},
    },
}


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` tell everything."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs")
    schemas["Problem"]["examples"] = [problem(ProblemType.WRONG_STATE).model_dump(mode="json")]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                if parameter["name"].lower() == "idempotency-key":
                    parameter["required"] = True
                    parameter["schema"] = {"type": "string", "pattern": '^"[0-9a-fA-F-]{36}"$'}
            for status, answer in operation["responses"].items():
                headers = _ANSWER_HEADERS.get((path, method, status))
                if headers:
                    answer["headers"] = headers
            _problems(operation)
            if method == "post" and path in _EXAMPLES:
                operation["requestBody"]["content"]["application/json"]["example"] = _EXAMPLES[path]
    return document


def _problems(operation: dict[str, Any]) -> None:
    """Whatever takes parameters may refuse them, and whatever takes a body may find it unreadable or too long; the
    framework's own description of a refusal is not what we send.
    """
    answers = operation["responses"]
    kinds = [ProblemType.INVALID_MESSAGE] if "422" in answers else []
    if "requestBody" in operation:
        kinds += [ProblemType.BAD_REQUEST, ProblemType.TOO_LARGE]
    for status, told in documented(*kinds).items():
        content = answers.get(str(status), {}).get("content", {})
        if MEDIA_TYPE in content:
            content[MEDIA_TYPE]["examples"] |= told["content"][MEDIA_TYPE]["examples"]
        else:
            answers[str(status)] = told
