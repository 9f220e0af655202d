"""Errors as RFC 9457 problems: every failure a client sees has a status, a stable code and a trace id."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from chassis import telemetry
from chassis.away import is_away, is_unknown
from chassis.logs import logger

log = logger(__name__)

_CODES = {400: "malformed_body", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


class Problem(Exception):
    """A failure that carries its own answer. Subclasses set `status` and `code`; `extra` adds members."""

    status: int = 400
    code: str = "bad_request"
    title: str | None = None

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra


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
    """A value that no schema can judge alone; `errors` as in a validation failure."""

    status, code = 422, "validation_error"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}", errors=[{"path": path, "message": message}])


def body_of(status: int, code: str, detail: str, title: str | None = None, **extra: Any) -> dict[str, Any]:
    """The members of a problem document."""
    phrase = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title or phrase, "status": status, "detail": detail or phrase,
            "code": code, "traceId": telemetry.trace_id(), **extra}  # fmt: skip


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem document as a response; a 401 always names its scheme (RFC 9110 §15.5.2)."""
    scheme = {"WWW-Authenticate": 'Bearer realm="marquee"'} if status == 401 else {}
    return Response(orjson.dumps(body), status, {**scheme, **(headers or {})}, media_type="application/problem+json")


def response(problem: Problem) -> Response:
    """The answer a `Problem` carries."""
    body = body_of(problem.status, problem.code, problem.detail, problem.title, **problem.extra)
    return answer(problem.status, body, problem.headers)


def install(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""
    for kind in (Problem, HTTPException, RequestValidationError, ClientDisconnect, Exception):
        app.add_exception_handler(kind, _handled)


async def _handled(_request: Request, error: Exception) -> Response:
    return answer_to(error)


def answer_to(error: Exception) -> Response:
    """The problem document of any failure; one that is nobody's plan is logged and says nothing of itself."""
    match error:
        case Problem():
            return response(error)
        case HTTPException():
            code = _CODES.get(error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"))
            return answer(error.status_code, body_of(error.status_code, code, str(error.detail)), error.headers)
        case ClientDisconnect():
            return answer(400, body_of(400, "malformed_body", "the body did not come whole"))
        case RequestValidationError():
            return _of_validation(error.errors())
        case _:
            return _of_unexpected(error)


def _of_validation(found: Sequence[Any]) -> Response:
    if any(one["type"] == "json_invalid" or isinstance(one.get("input"), bytes) for one in found):
        return answer(400, body_of(400, "malformed_body", "the body is no JSON"))
    errors = [{"path": _path(one["loc"]), "message": one["msg"].removeprefix("Value error, ")} for one in found]
    return answer(422, body_of(422, "validation_error", "some values are not acceptable", errors=errors))


def _path(location: Sequence[Any]) -> str:
    """`("body", "seatIds", 0)` → `seatIds.0`; the body itself is `body`."""
    rest = location[1:] if len(location) > 1 else location
    return ".".join(str(part) for part in rest)


def _of_unexpected(error: Exception) -> Response:
    if is_unknown(error):
        return response(DeadlineExceeded("a store did not answer in time; the outcome is unknown"))
    if is_away(error):
        return response(Unavailable("a store cannot be reached"))
    log.error("unexpected error", exc_info=error)
    return answer(500, body_of(500, "internal_error", "an error of ours; it was recorded under this trace"))
