"""TMDB's error body and the refusals the simulator gives."""

from __future__ import annotations

from simulators.edge import Answer


class Refusal(Exception):  # it is the provider's "no", not a fault of this program
    """A request that TMDB answers with an error body; `code` is its own number for the reason."""

    def __init__(self, code: int, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> Answer:
        body = {"success": False, "status_code": self.code, "status_message": self.message}
        headers = {"Retry-After": "1"} if self.status == 429 else {}
        return Answer(self.status, Answer.of(body).content, headers=headers)


def not_found() -> Refusal:
    return Refusal(34, "The resource you requested could not be found.", 404)


def bad_key() -> Refusal:
    return Refusal(7, "Invalid API key: You must be granted a valid key.", 401)


def bad_page() -> Refusal:
    return Refusal(22, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.", 400)


def outage(status: int) -> Answer:
    """What TMDB says with a status of trouble."""
    code, message = _TROUBLE.get(status, (11, "Internal error: Something went wrong, contact TMDB."))
    return Refusal(code, message, status).answer()


_TROUBLE = {
    401: (7, "Invalid API key: You must be granted a valid key."),
    404: (34, "The resource you requested could not be found."),
    429: (25, "Your request count is over the allowed limit."),
    503: (9, "Service offline: This service is temporarily offline, try again later."),
    504: (24, "Your request to the backend server timed out. Try again."),
}
