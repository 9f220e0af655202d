"""Whether an answer is what the public document promises: status, code, headers and body."""

from typing import Any

import requests
from schemathesis import Case
from schemathesis.specs.openapi import checks

from stack.documents.schemas import resolved

Values = dict[str, Any]
TRY_AGAIN = frozenset({503, 504})
# What any answer may bear, beside what the document tells of it: RFC 9110 and 9112, CORS, and what browsers go by.
EVERYWHERE = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "vary",
        "content-security-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "referrer-policy",
        "transfer-encoding",
        "x-content-type-options",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
    }
)
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def is_endless(operation: Any) -> bool:
    """Whether a good answer is a stream that goes on until the client hangs up."""
    return "text/event-stream" in operation.definition.raw["responses"].get("200", {}).get("content", {})


def require_documented(case: Case[Any], response: requests.Response | Any) -> None:
    """Raise where an answer is not what the document promises."""
    assert response.status_code < 500 or response.status_code in TRY_AGAIN, (case.method, case.path, response.text)
    if response.status_code >= 400:
        problem = response.json()
        assert {"type", "title", "status", "detail", "code", "traceId"} <= problem.keys()
        assert problem["status"] == response.status_code
        assert ("errors" in problem) == (problem["code"] == "validation_error")
    described = case.operation.responses.find_by_status_code(response.status_code)
    assert described is not None, (case.operation.label, response.status_code, response.text)
    declared = {name.lower() for name, _ in described.headers.items()} | EVERYWHERE
    assert set(map(str.lower, response.headers)) <= declared, (case.operation.label, response.status_code)
    case.validate_response(response, checks=CHECKS)


def example_of(document: Any, operation: Any, values: Values) -> Values:
    """What is sent: the examples of parameters and body, with the values of the scene in place of theirs."""
    raw = operation.definition.raw
    given: Values = {"path_parameters": {}, "query": {}, "headers": {}}
    places = {"path": "path_parameters", "query": "query", "header": "headers"}
    for parameter in (resolved(document, one) for one in raw.get("parameters", ())):
        name = parameter["name"]
        value = values.get(name, parameter["example"])
        if value is not None and (parameter["in"] != "header" or parameter.get("required")):
            given[places[parameter["in"]]][name] = str(value)
    if "requestBody" in raw:
        ((media, content),) = raw["requestBody"]["content"].items()
        example = content["example"]
        is_list = isinstance(example, list)
        given["body"] = example if is_list else {name: values.get(name, value) for name, value in example.items()}
        given["media_type"] = media
    return given
