"""One operation of the public document: what follows by rule from its endpoint's dependencies, method and body."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel, to_pascal

from chassis.app import Api
from chassis.auth import Having, optional, required
from chassis.idempotency_keys import InProgress, KeyReused
from chassis.problems import (
    BodyTooLarge,
    DeadlineExceeded,
    Forbidden,
    InvalidInput,
    MalformedBody,
    NotAuthenticated,
    NotFound,
    Problem,
    RateLimited,
    TokenExpired,
    Unavailable,
)
from gateway.errors import (
    HeadersTooLarge,
    MalformedRequest,
    QueueRequired,
    RequestTimeout,
    TargetTooLong,
    TooManyConnections,
    UnsupportedEncoding,
)
from gateway.rate_classes import class_of
from gateway.waiting import paths
from stack.documents import problems
from stack.documents.schemas import Schema

_ORDER = ("tags", "summary", "description", "operationId", "security", "parameters", "requestBody", "responses")
_STALE = "412"
_UNTOLD = "Successful Response"  # FastAPI's word where an endpoint has none
_SAID = {
    "200": "As it is now.",
    "201": "It was made.",
    "202": "It is under way.",
    "204": "It was done; there is nothing to say.",
}
PARAMETERS: dict[str, Schema] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "description": "Same key and body: the first 2xx answer again, with `Idempotency-Replayed: true`. Kept 24 h.",
        "example": "0b2c1d8e-3f7a-4f0e-9f43-6f1f7f0f6f1a",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "An ETag of an earlier answer: 304 where nothing has changed.",
        "example": '"5d41402abc4b2a76b9719d911017c592"',
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The ETag of what the client has seen: 412 `stale_version` where it was changed since.",
        "example": '"5d41402abc4b2a76b9719d911017c592"',
    },
    "QueuePass": {
        "name": "X-Queue-Pass",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The `pass` of who was admitted, while the showtime's waiting room is in force.",
        "example": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl",
    },
    "Traceparent": {
        "name": "traceparent",
        "in": "header",
        "schema": {"type": "string"},
        "description": "W3C trace context: the trace is continued, its id is the `traceId` of problems.",
        "example": f"00-{problems.TRACE}-b7ad6b7169203331-01",
    },
}
_ALWAYS: dict[str, Schema] = {
    "X-Request-Id": {"description": "the caller's own id, or a new one", "schema": {"type": "string"}},
    "Cache-Control": {"description": "how long it may be kept, and by whom", "schema": {"type": "string"}},
    "ETag": {"description": "names this state; for `If-None-Match`", "schema": {"type": "string"}},
    "Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "`Bearer`", "schema": {"type": "string"}},
    "Accept-Encoding": {"description": "what a body may be sent in", "schema": {"type": "string"}},
    "Location": {"description": "where the new thing is", "schema": {"type": "string", "format": "uri-reference"}},
}
HEADERS: dict[str, Schema] = {
    **{name: {**header, "required": True} for name, header in _ALWAYS.items()},
    "Idempotency-Replayed": {"description": "the first answer, given again", "schema": {"const": "true"}},
    "RateLimit-Limit": {"description": "so many calls a minute", "schema": {"type": "integer", "minimum": 1}},
    "RateLimit-Remaining": {"description": "so many are left now", "schema": {"type": "integer", "minimum": 0}},
    "RateLimit-Reset": {"description": "seconds until all are back", "schema": {"type": "integer", "minimum": 0}},
}
_OF_LIMITS = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
_OF_STATUS = {
    401: ["WWW-Authenticate"],
    415: ["Accept-Encoding"],
    429: ["Retry-After", *_OF_LIMITS],
    503: ["Retry-After"],
}


@dataclass(frozen=True)
class Operation:
    """An endpoint of a service and what FastAPI makes of it."""

    api: Api
    route: APIRoute
    method: str
    given: Schema

    @cached_property
    def _calls(self) -> list[Any]:
        return list(_dependencies(self.route.dependant))

    @property
    def _private(self) -> bool:
        return required in self._calls and optional not in self._calls

    @property
    def _roles(self) -> list[str]:
        return sorted({role for call in self._calls if isinstance(call, Having) for role in call.roles})

    @property
    def _keyed(self) -> bool:
        takes_keys = self.api.idempotency is not None and self.route.path not in self.api.keyless
        return self.method == "post" and takes_keys and self._private

    @property
    def _holds(self) -> bool:
        return self.method == "post" and paths.holds(self.route.path)

    @property
    def _is_limited(self) -> bool:
        return class_of(self.method.upper(), self.route.path) is not None

    def written(self, known: Mapping[str, type[Problem]]) -> tuple[Schema, dict[str, Schema]]:
        """The operation as it is published, and the answers it refers to by their names in the components."""
        answers: dict[str, Schema] = {}
        described = {**self.given, "security": self._security(), "responses": self._answers(known, answers)}
        if parameters := [*map(_named, self.given.get("parameters", [])), *self._parameters()]:
            described["parameters"] = parameters
        if self._roles:
            needed = f"Needs the role {' or '.join(f'`{role}`' for role in self._roles)}."
            described["description"] = " ".join(filter(None, (described.get("description"), needed)))
        return {key: described[key] for key in _ORDER if key in described}, answers

    def _security(self) -> list[dict[str, list[str]]]:
        if self._private:
            return [{"bearer": []}]
        return [{}, {"bearer": []}] if optional in self._calls else []

    def _parameters(self) -> Iterator[Schema]:
        answers = self.given["responses"]
        counts = {
            "IdempotencyKey": self._keyed,
            "IfNoneMatch": "304" in answers,
            "IfMatch": _STALE in answers,
            "QueuePass": self._holds,
            "Traceparent": self.method != "get",
        }
        yield from ({"$ref": f"#/components/parameters/{name}"} for name, does in counts.items() if does)

    def _answers(self, known: Mapping[str, type[Problem]], answers: dict[str, Schema]) -> Schema:
        given = {status: answer for status, answer in self.given["responses"].items() if not _is_validation(answer)}
        good = {status: self._good(status, answer) for status, answer in given.items() if status < "4"}
        refused: dict[str, set[str]] = {}
        for kind in self._by_rule():
            refused.setdefault(str(kind.status), set()).add(kind.code)
        for status, answer in given.items():
            if status >= "4":
                refused.setdefault(status, set()).update(answer["x-problems"])
        for codes in refused.values():
            name = "Or".join(to_pascal(code) for code in sorted(codes))
            answers[name] = _refusal(codes, known)
        bad = {
            status: {"$ref": f"#/components/responses/{'Or'.join(to_pascal(code) for code in sorted(codes))}"}
            for status, codes in refused.items()
        }
        return dict(sorted({**good, **bad}.items()))

    def _good(self, status: str, answer: Schema) -> Schema:
        names = ["X-Request-Id", "Cache-Control"]
        names += ["ETag"] if "304" in self.given["responses"] else []
        names += ["Location"] if status == "201" else []
        names += _OF_LIMITS if self._is_limited else []
        names += ["Idempotency-Replayed"] if self._keyed and status != "202" else []
        description = answer["description"] if answer["description"] != _UNTOLD else _SAID.get(status, "The answer.")
        return {**answer, "description": description, "headers": {**_headers(names), **answer.get("headers", {})}}

    def _by_rule(self) -> Iterator[type[Problem]]:
        """What any endpoint with such dependencies, parameters and body can answer, and what the gateway adds."""
        yield from (Unavailable, DeadlineExceeded)
        yield from (MalformedRequest, HeadersTooLarge, RequestTimeout, TooManyConnections)
        if self._is_limited:
            yield RateLimited
        if self._holds:
            yield QueueRequired
        parameters = self.given.get("parameters", [])
        if any(parameter["in"] in {"path", "query"} for parameter in parameters):
            yield TargetTooLong
        if any(parameter["in"] == "path" for parameter in parameters):
            yield NotFound
        if self._security():
            yield from (NotAuthenticated, TokenExpired)
        if self._roles:
            yield Forbidden
        if "requestBody" in self.given:
            yield from (BodyTooLarge, UnsupportedEncoding)
        if self.route.body_field is not None:
            yield from (MalformedBody, InvalidInput)
        own = [
            parameter["name"] for parameter in (self.route.openapi_extra or {}).get("parameters", ())
        ]  # which no one checks
        if any(parameter["in"] != "path" and parameter["name"] not in own for parameter in parameters) or self._keyed:
            yield InvalidInput
        if self._keyed:
            yield from (InProgress, KeyReused)


def _dependencies(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _dependencies(inner)


def _named(parameter: Schema) -> Schema:
    """A path's `booking_id` is `bookingId` to clients; others say their own alias. An empty parameter is none, so one
    that is needed is not empty."""
    if parameter["in"] == "path":
        return {**parameter, "name": to_camel(parameter["name"])}
    if parameter["in"] == "query" and not parameter.get("required"):
        return {**parameter, "allowEmptyValue": True}
    if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
        return {**parameter, "schema": {"minLength": 1, "pattern": r"\S", **parameter["schema"]}}
    return parameter


def _is_validation(answer: Schema) -> bool:
    """FastAPI's own word on what is not acceptable, of a shape that nothing of ours has."""
    return "HTTPValidationError" in str(answer.get("content", ""))


def _headers(names: list[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusal(codes: set[str], known: Mapping[str, type[Problem]]) -> Schema:
    status = {known[code].status for code in codes}.pop()
    headers = _headers(["X-Request-Id", "Cache-Control", *_OF_STATUS.get(status, ())])
    if InProgress.code in codes:  # the others of this status do not say when to come back
        headers["Retry-After"] = _ALWAYS["Retry-After"]
    return {**problems.responses(codes, known), "headers": headers}
