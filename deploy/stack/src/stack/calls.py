"""A small JSON call over HTTP to a process on this machine."""

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def json(self) -> Any:  # the shape is the callee's
        return json.loads(self.text)


class NoAnswerError(Exception):
    """Nothing came back: refused, reset or too late."""


def call(
    method: str,
    url: str,
    body: object = None,
    *,
    token: str | None = None,
    idempotency_key: str | None = None,
    seconds: float = 5,
) -> Answer:
    """Credentials in the URL are sent as Basic, `token` as Bearer. Raises `NoAnswerError`."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"{method} {parts.hostname}:{parts.port}{parts.path}: {error!r}") from error
    finally:
        connection.close()


def answers(url: str, status: int = 200) -> bool:
    try:
        return call("GET", url, seconds=2).status == status
    except NoAnswerError:
        return False
