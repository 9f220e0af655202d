"""Errors as RFC 9457 problems: every failure a client sees has a status, a stable code and a trace id."""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, ClassVar, NotRequired, Self, get_type_hints

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from typing_extensions import TypedDict

from chassis import telemetry
from chassis.fault_codes import FaultCode, code_of, limit_of
from chassis.fault_paths import path_of
from chassis.logs import logger
from chassis.unavailable import is_unavailable, outcome_unknown

log = logger(__name__)


class Fault(TypedDict):
    """What is wrong with one value: its path such as `seatIds.0`, and why. `code` is the kind of wrong where there is a
    name for it, `limit` the length or number that the value may just have."""

    path: str
    message: str
    code: NotRequired[FaultCode]
    limit: NotRequired[int | float]


class Problem(Exception):
    """A failure that carries its own answer. A subclass sets `status` and `code`; its docstring says what the code
    means. It annotates the members it has beside those of every problem; one with None as default may be left out."""

    status: ClassVar[int]
    code: ClassVar[str]

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        declared = members_of(type(self))  # type: ignore[arg-type]  # a class is hashable, whatever its instances are
        missing = {name for name in declared if name not in members and not hasattr(type(self), name)}
        if missing or members.keys() - declared:
            raise TypeError(f"{type(self).__name__} has the members {sorted(declared)}, got {sorted(members)}")
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = {to_camel(name): value for name, value in members.items() if value is not None}


@cache
def members_of(kind: type[Problem]) -> dict[str, Any]:
    """The members that a problem adds to those of every problem: types by name."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if name not in get_type_hints(Problem)}


class MalformedBody(Problem):
    """The body is no JSON, or did not come whole."""

    status, code = 400, "malformed_body"


class NotFound(Problem):
    """Nothing is there."""

    status, code = 404, "not_found"


class RateLimited(Problem):
    """Too often for now; `Retry-After` says when again."""

    status, code = 429, "rate_limited"


class MethodNotAllowed(Problem):
    """The path is there, but not for this method; `Allow` names those it has."""

    status, code = 405, "method_not_allowed"


class BodyTooLarge(Problem):
    """The body has more bytes than any call takes."""

    status, code = 413, "body_too_large"


class InternalError(Problem):
    """An error of ours; it was recorded under this trace."""

    status, code = 500, "internal_error"


class NotAuthenticated(Problem):
    """No token was sent."""

    status, code = 401, "not_authenticated"

    def __init__(self, detail: str = "a valid access token is needed") -> None:
        super().__init__(detail)


class InvalidToken(NotAuthenticated):
    """A token was sent that is none of ours, or ours no longer (RFC 6750 §3.1)."""

    def __init__(self, detail: str = "this access token is not valid") -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'


class TokenExpired(InvalidToken):
    """A token of ours that is past its time."""

    code = "token_expired"


class Forbidden(Problem):
    """The caller's roles do not reach this."""

    status, code = 403, "forbidden"


class Unavailable(Problem):
    """Something this answer needs cannot be reached; nothing was done, try again."""

    status, code = 503, "service_unavailable"

    def __init__(self, detail: str = "try again shortly") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class DeadlineExceeded(Problem):
    """The outcome is unknown: repeat the call."""

    status, code = 504, "deadline_exceeded"


class InvalidInput(Problem):
    """Some values are not acceptable; `errors` says which and why."""

    status, code = 422, "validation_error"
    errors: list[Fault]

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}", errors=[Fault(path=path, message=message)])

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Self:
        """Several values are not acceptable; one at least."""
        problem = cls(faults[0]["path"], faults[0]["message"])
        problem.members = {"errors": list(faults)}
        return problem


_OF_FRAMEWORK: dict[int, type[Problem]] = {
    kind.status: kind for kind in (MalformedBody, NotFound, MethodNotAllowed, BodyTooLarge)
}


def answering(*failures: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that can answer these problems: the public document reads their codes."""
    codes: dict[int | str, list[str]] = {}
    for failure in failures:
        codes.setdefault(failure.status, []).append(failure.code)
    return {status: {"description": "", "x-problems": codes_of_status} for status, codes_of_status in codes.items()}


def problem_body(problem: Problem) -> dict[str, Any]:
    """The members of a problem's document, as they are written to JSON."""
    phrase = HTTPStatus(problem.status).phrase
    return {
        "type": "about:blank",
        "title": phrase,
        "status": problem.status,
        "detail": problem.detail or phrase,
        "code": problem.code,
        "traceId": telemetry.trace_id(),
        **problem.members,
    }


def problem_response(problem: Problem) -> Response:
    """A problem as its document; a 401 always names its scheme (RFC 9110 §15.5.2)."""
    scheme = {"WWW-Authenticate": 'Bearer realm="marquee"'} if problem.status == 401 else {}
    headers = {**scheme, **problem.headers}
    return Response(orjson.dumps(problem_body(problem)), problem.status, headers, media_type="application/problem+json")


async def handle(_request: Request, error: Exception) -> Response:
    """Starlette's handler of every failure."""
    return response_for(error)


def response_for(error: Exception) -> Response:
    """The problem document of any failure. An unexpected one is logged, and its document says nothing about it."""
    return problem_response(_problem_of(error))


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            kind = _OF_FRAMEWORK.get(error.status_code, MalformedBody if error.status_code < 500 else InternalError)
            return kind(str(error.detail), headers=error.headers)
        case ClientDisconnect():
            return MalformedBody("the body did not come whole")
        case RequestValidationError():
            return _of_validation(error.errors(), error.body)
        case _:
            return _of_unexpected(error)


def _of_validation(faults: Sequence[Any], body: Any) -> Problem:
    if any(fault["type"] == "json_invalid" or isinstance(fault.get("input"), bytes) for fault in faults):
        return MalformedBody("the body is no JSON")
    distinct = {(fault["path"], fault["message"]): fault for fault in (_fault_of(error, body) for error in faults)}
    problem = InvalidInput.of(list(distinct.values()))
    problem.detail = "some values are not acceptable"
    return problem


def _fault_of(error: Mapping[str, Any], body: Any) -> Fault:
    path = path_of(error["loc"], body, missing=error["type"] == "missing")
    fault = Fault(path=path, message=error["msg"].removeprefix("Value error, "), code=code_of(error))
    limit = limit_of(error)
    return fault if limit is None else {**fault, "limit": limit}


def _of_unexpected(error: Exception) -> Problem:
    if outcome_unknown(error):
        return DeadlineExceeded("a store did not answer in time; the outcome is unknown")
    if is_unavailable(error):
        return Unavailable("a store cannot be reached")
    log.error("unexpected error", exc_info=error)
    return InternalError("an error of ours; it was recorded under this trace")
