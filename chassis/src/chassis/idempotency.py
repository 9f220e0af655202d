"""`Idempotency-Key`: the first final 2xx answer of a POST is kept for 24 h and given again.

A key is scoped to its caller. Source of the manners: api draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import Tokens, bearer
from chassis.idempotency_store import Keys, Turn
from chassis.mongo import Document
from chassis.problems import InvalidInput, Problem, response

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def turn_of(connection: HTTPConnection) -> Turn | None:
    """The call's turn under its key; None for a call without one."""
    return getattr(connection.state, "turn", None)


class Idempotent:
    """ASGI middleware around a service; POSTs that bear a key and a good token pass through `Keys`.

    `keys` and `tokens` come from the lifespan state in the scope. Without a good token the call goes on: it ends in
    401 by itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _key_in(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if given is None:
            return await self._app(scope, receive, send)
        try:
            key = await self._scoped_key(scope, given.decode("latin-1"))
        except Problem as problem:
            if isinstance(problem, InvalidInput):
                return await response(problem)(scope, receive, send)
            return await self._app(scope, receive, send)
        return await self._once(key, scope, receive, send)

    async def _scoped_key(self, scope: Scope, key: str) -> str:
        tokens: Tokens = scope["state"]["tokens"]
        caller = await tokens.verify(bearer(HTTPConnection(scope).headers.get("authorization")))
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key", "1 to 255 visible characters")
        return hashlib.sha256(f"{caller.user_id}\n{key}".encode()).hexdigest()

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        keys: Keys = scope["state"]["keys"]
        body = await _read(receive)
        fingerprint = hashlib.sha256(f"{scope['path']}\n".encode() + _canonical(body)).hexdigest()
        try:
            turn = await keys.begin(key, fingerprint)
        except Problem as problem:
            return await response(problem)(scope, receive, send)
        if turn.answer is not None:
            return await _replay(turn.answer, send)
        scope["state"]["turn"] = turn
        recorder = _Recorder(send)
        try:
            await self._app(scope, _again(body, receive), recorder)
        finally:
            await self._conclude(keys, key, turn, recorder)
        return None

    async def _conclude(self, keys: Keys, key: str, turn: Turn, recorder: "_Recorder") -> None:
        """Keep a success, forget the refusal of a first run, leave anything else to the next: a 202 too, which says
        that the outcome is to come."""
        if 200 <= recorder.status < 300 and recorder.status != 202:
            await keys.keep(key, turn, recorder.answer())
        elif 400 <= recorder.status < 500 and not turn.again:
            await keys.free(key, turn)
        else:
            await keys.leave(key, turn)
        await recorder.release()


def _key_in(scope: Scope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"idempotency-key"), None)


class _Recorder:
    """Keeps an answer back until it has been stored, so that what a client saw can always be given again."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self._messages.append(message)

    def answer(self) -> dict[str, Any]:
        """Status, headers and body as a document."""
        body = b"".join(message.get("body", b"") for message in self._messages)
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in self._messages[0]["headers"]
            if name.lower() != b"x-request-id"
        ]
        return {"status": self.status, "headers": headers, "body": body}

    async def release(self) -> None:
        """Send what was kept back."""
        for message in self._messages:
            await self._send(message)


async def _replay(kept: Document, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept["headers"]]
    await send(
        {
            "type": "http.response.start",
            "status": kept["status"],
            "headers": [*headers, (b"idempotency-replayed", b"true")],
        }
    )
    await send({"type": "http.response.body", "body": bytes(kept["body"])})


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _canonical(body: bytes) -> bytes:
    """The same JSON whatever its spacing and key order."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # what is too deep to be written again is as it came
        return body
