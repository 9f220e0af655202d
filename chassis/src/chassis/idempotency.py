"""`Idempotency-Key`: a POST that is repeated under its key has one effect and gets one answer, for 24 hours.

A key belongs to its caller: others may use the same one. Source: draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from collections.abc import Sequence

import orjson
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import Tokens, bearer
from chassis.context import read_body
from chassis.idempotency_keys import Answer, IdempotencyStore, KeyClaim
from chassis.problems import InvalidInput, Problem, problem_response

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def claim_of(connection: HTTPConnection) -> KeyClaim | None:
    """The call's claim to its key; None for a call without a key."""
    return getattr(connection.state, "key_claim", None)


def replay_without(connection: HTTPConnection, *fields: str) -> None:
    """Of this call's answer, a JSON object, these fields are given once: they are not stored, and a replay is without
    them."""
    connection.state.not_replayed = fields


class Idempotent:
    """ASGI middleware around a service: answers a POST that bears a key and a valid token from the store, or stores its
    answer there.

    `idempotency` (an `IdempotencyStore`) and `tokens` are in the lifespan state. Without a valid token the call goes on
    to the service, which refuses it with 401.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        header = _key_header(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if header is None:
            return await self._app(scope, receive, send)
        try:
            key = await self._key_of_caller(scope, header.decode("latin-1"))
        except Problem as problem:
            if isinstance(problem, InvalidInput):
                return await problem_response(problem)(scope, receive, send)
            return await self._app(scope, receive, send)
        return await self._once(key, scope, receive, send)

    async def _key_of_caller(self, scope: Scope, key: str) -> str:
        """The key's id in the store; raises `InvalidInput` for a key of another form, and what `Tokens.verify` does."""
        tokens: Tokens = scope["state"]["tokens"]
        caller = await tokens.verify(bearer(HTTPConnection(scope).headers.get("authorization")))
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key", "1 to 255 visible characters")
        return hashlib.sha256(f"{caller.user_id}\n{key}".encode()).hexdigest()

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        store: IdempotencyStore = scope["state"]["idempotency"]
        body = await read_body(receive)
        fingerprint = hashlib.sha256(f"{scope['path']}\n".encode() + _canonical(body)).hexdigest()
        try:
            claim = await store.claim(key, fingerprint)
        except Problem as problem:
            return await problem_response(problem)(scope, receive, send)
        if claim.answer is not None:
            return await _replay(claim.answer, send)
        scope["state"]["key_claim"] = claim
        recorder = _Recorder(send)
        try:
            await self._app(scope, _first_giving(body, receive), recorder)
        finally:
            await self._conclude(store, key, claim, recorder, scope["state"].get("not_replayed", ()))
        return None

    async def _conclude(
        self, store: IdempotencyStore, key: str, claim: KeyClaim, recorder: "_Recorder", not_replayed: Sequence[str]
    ) -> None:
        """Store a success, forget a refusal of the first call, and leave anything else to a retry. 202 is such a case
        too: its outcome is still to come."""
        if 200 <= recorder.status < 300 and recorder.status != 202:
            await store.complete(key, claim, recorder.answer(not_replayed))
        elif 400 <= recorder.status < 500 and not claim.is_retry:
            await store.forget(key, claim)
        else:
            await store.leave_to_retry(key, claim)
        await recorder.release()


def _key_header(scope: Scope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"idempotency-key"), None)


class _Recorder:
    """A `send` that holds an answer back until it has been stored, so that what a client saw can be given again."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self._messages.append(message)

    def answer(self, without: Sequence[str] = ()) -> Answer:
        """Status, headers and body, without some of its fields."""
        body = b"".join(message.get("body", b"") for message in self._messages)
        if without:
            body = orjson.dumps({name: value for name, value in orjson.loads(body).items() if name not in without})
        length = str(len(body))
        headers = [
            [name.decode("latin-1"), length if name.lower() == b"content-length" else value.decode("latin-1")]
            for name, value in self._messages[0]["headers"]
            if name.lower() != b"x-request-id"
        ]
        return {"status": self.status, "headers": headers, "body": body}

    async def release(self) -> None:
        """Send what was held back."""
        for message in self._messages:
            await self._send(message)


async def _replay(answer: Answer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer["headers"]]
    await send(
        {
            "type": "http.response.start",
            "status": answer["status"],
            "headers": [*headers, (b"idempotency-replayed", b"true")],
        }
    )
    await send({"type": "http.response.body", "body": bytes(answer["body"])})


def _first_giving(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, then goes on with `receive`."""
    is_given = False

    async def receiving() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _canonical(body: bytes) -> bytes:
    """The same JSON whatever its spacing and key order."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # what is too deep to be written again is as it came
        return body
