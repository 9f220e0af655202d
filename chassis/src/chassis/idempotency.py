"""`Idempotency-Key`: the first 2xx answer of a POST is kept for 24 h and given again.

A key is scoped to its caller. Source of the manners: api draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.auth import Tokens, bearer
from chassis.mongo import Collection, Document
from chassis.problems import InvalidInput, Problem, response

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT = timedelta(hours=24)
_RUNNING = timedelta(seconds=60)
INDEX = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


class KeyReused(Problem):
    """The key came before with another body or to another path."""

    status, code = 422, "idempotency_key_reused"


class InProgress(Problem):
    """The first call with this key still runs."""

    status, code = 409, "idempotency_in_progress"


class Keys:
    """The answers kept in one service's database."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def begin(self, key: str, fingerprint: str) -> Document | None:
        """Take the key (None) or return the kept answer; raises `KeyReused`, `InProgress`."""
        now = datetime.now(UTC)
        fresh = {"_id": key, "fingerprint": fingerprint, "expires_at": now + _RUNNING, "answer": None}
        try:
            await self._collection.insert(fresh)
        except DuplicateKeyError:
            lapsed = {"_id": key, "expires_at": {"$lte": now}}
            taken = await self._collection.update(lapsed, {"$set": _without_id(fresh)})
            return None if taken else await self._kept(key, fingerprint)
        return None

    async def _kept(self, key: str, fingerprint: str) -> Document:
        found = await self._collection.find_one({"_id": key})
        if found is not None and found["fingerprint"] != fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request")
        if found is None or found["answer"] is None:
            raise InProgress("the first request with this Idempotency-Key still runs", headers={"Retry-After": "1"})
        answer: Document = found["answer"]
        return answer

    async def keep(self, key: str, answer: Document) -> None:
        """Keep a 2xx answer."""
        expires_at = datetime.now(UTC) + _KEPT
        await self._collection.update({"_id": key}, {"$set": {"answer": answer, "expires_at": expires_at}})

    async def free(self, key: str) -> None:
        """Forget a key whose call had no 2xx answer."""
        await self._collection.delete({"_id": key, "answer": None})


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


class Idempotent:
    """ASGI middleware around a service; POSTs that bear a key and a good token pass through `Keys`.

    `keys` and `tokens` come from the lifespan state in the scope. Without a good token the call goes on: it ends in
    401 by itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if scope["type"] != "http" or scope["method"] != "POST" or "idempotency-key" not in headers:
            return await self._app(scope, receive, send)
        try:
            key = await self._scoped_key(scope, headers)
        except Problem as problem:
            if isinstance(problem, InvalidInput):
                return await response(problem)(scope, receive, send)
            return await self._app(scope, receive, send)
        return await self._once(key, scope, receive, send)

    async def _scoped_key(self, scope: Scope, headers: Headers) -> str:
        key = headers["idempotency-key"]
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key", "1 to 255 visible characters")
        tokens: Tokens = scope["state"]["tokens"]
        caller = await tokens.verify(bearer(headers.get("authorization")))
        return hashlib.sha256(f"{caller.user_id}\n{key}".encode()).hexdigest()

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        keys: Keys = scope["state"]["keys"]
        body = await _read(receive)
        fingerprint = hashlib.sha256(f"{scope['path']}\n".encode() + _canonical(body)).hexdigest()
        try:
            kept = await keys.begin(key, fingerprint)
        except Problem as problem:
            return await response(problem)(scope, receive, send)
        if kept is not None:
            return await _replay(kept, send)
        recorder = _Recorder(send)
        try:
            await self._app(scope, _again(body, receive), recorder)
        finally:
            if 200 <= recorder.status < 300:
                await keys.keep(key, recorder.answer())
            else:
                await keys.free(key)
            await recorder.release()
        return None


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
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self._messages[0]["headers"]
                   if name.lower() != b"x-request-id"]  # fmt: skip
        return {"status": self.status, "headers": headers, "body": body}

    async def release(self) -> None:
        """Send what was kept back."""
        for message in self._messages:
            await self._send(message)


async def _replay(kept: Document, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept["headers"]]
    await send({"type": "http.response.start", "status": kept["status"],
                "headers": [*headers, (b"idempotency-replayed", b"true")]})  # fmt: skip
    await send({"type": "http.response.body", "body": bytes(kept["body"])})


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
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
    except orjson.JSONDecodeError:
        return body
