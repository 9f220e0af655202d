"""Razorpay's error envelope and the refusals the simulator gives."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.edge import Answer
from simulators.journal import JsonObject


class Refusal(Exception):  # it is the provider's "no", not a fault of this program
    """A request Razorpay answers with an error body."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        reason: str = "input_validation_failed",
        field: str | None = None,
        step: str = "payment_initiation",
        source: str = "business",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.reason = reason
        self.field = field
        self.step = step
        self.source = source
        self.metadata = dict(metadata or {})

    def answer(self) -> Answer:
        return Answer.of({"error": self._error()}, self.status)

    def _error(self) -> JsonObject:
        error: JsonObject = {"code": "BAD_REQUEST_ERROR", "description": self.description}
        if self.field is not None:
            error["field"] = self.field
        return error | {"source": self.source, "step": self.step, "reason": self.reason, "metadata": self.metadata}


def about(payment: JsonObject) -> dict[str, str]:
    """The metadata of a refusal that comes from the state of a payment; faults of the request itself have none."""
    return {"payment_id": payment["id"], "order_id": payment["order_id"]}


def unknown_url() -> Refusal:
    return Refusal("The requested URL was not found on the server.", reason="NA", step="NA", source="NA")


def unauthenticated() -> Refusal:
    return Refusal("Authentication failed", status=401, reason="NA", step="NA", source="NA")


def unknown_id() -> Refusal:
    return Refusal("The id provided does not exist")


def outage(status: int) -> Answer:
    """What Razorpay says with a status of trouble; the SDK decides by `code` alone."""
    code, description = _TROUBLE.get(status, _SERVER_ERROR)
    error = {"code": code, "description": description, "source": "NA", "step": "NA", "reason": "NA", "metadata": {}}
    return Answer.of({"error": error}, status)


def busy(_: str) -> Answer:
    return Refusal("Another request with the same idempotency key is still in progress.", status=409).answer()


_SERVER_ERROR = (
    "SERVER_ERROR",
    "We are facing some trouble completing your request at the moment. Please try again shortly.",
)
_GATEWAY_ERROR = ("GATEWAY_ERROR", "The gateway request timed out")
_TROUBLE = {
    400: ("BAD_REQUEST_ERROR", "invalid request sent"),
    401: ("BAD_REQUEST_ERROR", "Authentication failed"),
    409: ("BAD_REQUEST_ERROR", "Another request with the same idempotency key is still in progress."),
    429: ("BAD_REQUEST_ERROR", "Too many requests"),
    502: _GATEWAY_ERROR,
    504: _GATEWAY_ERROR,
}
