"""Twilio's error body and the refusals the simulator gives."""

from __future__ import annotations

from simulators.edge import Answer

_DOCUMENTATION = "https://www.twilio.com/docs/errors"


class Refusal(Exception):  # it is the provider's "no", not a fault of this program
    """A request that Twilio answers with an error body."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> Answer:
        more_info = f"{_DOCUMENTATION}/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}
        return Answer.of(body, self.status)


def unauthenticated() -> Refusal:
    return Refusal(20003, "Authenticate", 401)


def not_found(path: str) -> Refusal:
    return Refusal(20404, f"The requested resource {path} was not found", 404)


def outage(status: int) -> Answer:
    """What Twilio says with a status of trouble."""
    code, message = _TROUBLE.get(status, (20500, "An internal server error has occurred"))
    return Refusal(code, message, status).answer()


_TROUBLE = {
    400: (20001, "Bad request"),
    401: (20003, "Authenticate"),
    403: (20403, "Forbidden"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    503: (20503, "Service unavailable"),
}
