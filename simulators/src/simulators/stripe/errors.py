"""Stripe's error body and the refusals the simulator gives."""

from __future__ import annotations

import secrets
import string

from simulators.edge import Answer
from simulators.journal import JsonObject

_ALPHABET = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def request_id() -> str:
    return f"req_{random_text(14)}"


class Refusal(Exception):  # it is the provider's "no", not a fault of this program
    """A request Stripe answers with an error body.

    `executed`: the refusal came from what the objects are, not from what the request is like, so that the same
    idempotency key gets it again.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        more: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.error = _error(message, kind, code, param) | (more or {})

    def answer(self, request: str) -> Answer:
        log = f"https://dashboard.stripe.com/test/logs/{request}"
        return Answer.of({"error": self.error | {"request_log_url": log}}, self.status)


class Declined(Refusal):
    """The bank said no. The attempt stays in the books all the same."""


def _error(message: str, kind: str, code: str | None, param: str | None) -> JsonObject:
    error: JsonObject = {"message": message, "type": kind}
    if code is not None:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    return error if param is None else error | {"param": param}


def missing(kind: str, key: str, param: str) -> Refusal:
    words = f"No such {kind}: '{key}'"
    return Refusal(words, status=404, code="resource_missing", param=param, executed=True)


def unexpected_state(message: str, intent: JsonObject) -> Refusal:
    """The intent is shown as it is, so that the caller need not ask again."""
    more = {"payment_intent": intent}
    return Refusal(message, code="payment_intent_unexpected_state", executed=True, more=more)


def unknown_url(method: str, path: str) -> Refusal:
    words = (
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs "
        "or we can help at https://support.stripe.com/."
    )
    return Refusal(words, status=404)


def no_key() -> Refusal:
    words = (
        "You did not provide an API key. You need to provide your API key in the Authorization header, "
        "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
    )
    return Refusal(words, status=401)


def wrong_key(key: str) -> Refusal:
    return Refusal(f"Invalid API Key provided: {key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}", status=401)


def not_for_publishable() -> Refusal:
    words = (
        "This API call cannot be made with a publishable API key. Please use a secret API key. "
        "You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
    )
    return Refusal(words, status=403, code="secret_key_required")


def other_parameters(key: str) -> Refusal:
    words = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return Refusal(words, kind="idempotency_error")


def busy(key: str) -> Answer:
    """A call with the same idempotency key is still at work."""
    words = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {key}. Please try again later."
    )
    return _answered(Refusal(words, status=409, code="idempotency_key_in_use"))


def outage(status: int) -> Answer:
    """What Stripe says with a status of trouble."""
    return _answered(_TROUBLE.get(status, _server_error)(status))


def _answered(refusal: Refusal) -> Answer:
    request = request_id()
    answer = refusal.answer(request)
    return Answer(answer.status, answer.content, headers={"Request-Id": request})


def _server_error(status: int) -> Refusal:
    words = "An error occurred while processing your request. Please try again; we have been told of it."
    return Refusal(words, status=status, kind="api_error")


def _rate_limited(status: int) -> Refusal:
    words = "Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits."
    return Refusal(words, status=status, code="rate_limit")


def _locked(status: int) -> Refusal:
    words = (
        "This object cannot be accessed right now because another API request or Stripe process is currently "
        "accessing it. If you see this error intermittently, retry the request."
    )
    return Refusal(words, status=status, code="lock_timeout")


def _invalid(status: int) -> Refusal:
    return Refusal("Invalid request.", status=status)


_TROUBLE = {400: _invalid, 401: _invalid, 403: _invalid, 404: _invalid, 409: _locked, 429: _rate_limited}
